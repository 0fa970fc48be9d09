package campaign

import (
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/address"
)

// Dates reads the date cells of a file whose date format is already settled. false: no date.
type Dates interface {
	Date(column int, cell string) (Date, bool)
}

// Reject is a row that was not taken over, and why.
type Reject struct {
	Line   int      `json:"line"`
	Column string   `json:"column"` // heading, "" when the row as a whole is at fault
	Reason string   `json:"reason"`
	Cells  []string `json:"cells"`
}

// Note is something of a kept row that was left aside.
type Note struct {
	Line   int    `json:"line"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// earliest is the first day on which a date in a marketing base is believable (COMPLIANCE D.1).
var earliest = NewDate(1995, time.January, 1)

// rowReader turns cells into a contact, and gathers what is wrong with them.
type rowReader struct {
	columns columns
	dates   Dates
	today   Date

	line   int
	cells  []string
	reject *Reject // first fault, nil while the row is good
	notes  []Note
}

// read makes a contact of a row. A row with a fault gives a contact all the same, for the no that it
// may carry; only without a fault is it to be kept.
func (r *rowReader) read(line int, cells []string) (Contact, *Reject, []Note) {
	r.line, r.cells, r.reject, r.notes = line, cells, nil, nil
	c := r.person()
	c.Facts = r.facts()
	for _, i := range r.columns.rest {
		if h, v := r.columns.header[i], r.at(i); h != "" && v != "" {
			if c.Attributes == nil {
				c.Attributes = map[string]string{}
			}
			c.Attributes[h] = v
		}
	}
	for i := len(r.columns.header); i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			r.fault("", "more cells than the header has columns")
		}
	}
	if c.Email == "" && c.BadEmail == "" && c.ExternalID == "" && !c.HasPostal() {
		r.fault("", "nothing says who this is: no e-mail, no external_id, no postal address")
	}
	return c, r.reject, r.notes
}

func (r *rowReader) person() Contact {
	c := Contact{ExternalID: r.text("external_id"), Phone: r.text("phone"), Title: r.text("title"), FirstName: r.text("first_name"), LastName: r.text("last_name"),
		Company: r.text("company"), JobTitle: r.text("job_title"), Timezone: r.timezone(), Address1: r.text("address_line1"), Address2: r.text("address_line2"),
		PostalCode: r.text("postal_code"), City: r.text("city"), Language: r.language(), Country: r.country()}
	if text := r.text("email"); text != "" {
		box, err := address.Parse(text)
		if err != nil {
			c.BadEmail = text
		} else {
			c.Email = Address(box.String())
		}
	}
	if c.Country == "" {
		c.Country = address.CountryOfPhone(c.Phone)
		if c.Country == "" && c.Email != "" {
			c.Country = address.CountryOfDomain(c.Email.Domain())
		}
		c.Inferred = c.Country != ""
	}
	return c
}

func (r *rowReader) facts() Facts {
	f := Facts{Market: r.word("market", markets), Relationship: r.word("relationship", relationships), LastPurchase: r.date("last_purchase_at"),
		RelationEnd: r.date("relationship_end_at"), LastInbound: r.date("last_inbound_at"), LastMarketing: r.date("last_marketing_at"),
		Collected: r.date("collected_at"), Bounce: r.word("bounce", bounces), BounceAt: r.date("bounce_at"),
		OppositionOffered: r.yesNo("opposition_offered") == "yes", Complaint: r.flag("complaint"), Deceased: r.flag("deceased"),
		Erasure: r.flag("erasure_requested"), Restricted: r.flag("restricted"), Minor: r.minor()}
	f.Origins = union([]string{r.word("list_origin", origins)}, nil)
	f.ExternalLists = union(slices.DeleteFunc(split(r.text("external_lists")), func(s string) bool { return saysNo(s) }), nil)
	status := r.word("consent_status", statuses)
	at, channels := r.date("consent_at"), r.channels()
	if status == "no" || status == "withdrawn" {
		f.Objections = append(f.Objections, Objection{Kind: status, At: at, Scope: onlyOther(channels)})
	} else if c := r.claim(status, at, channels); c.Status != "" {
		f.Claims = []Claim{c}
	}
	if o, ok := r.optOut(); ok {
		f.Objections = mergeObjections(f.Objections, []Objection{o})
	}
	for _, scope := range r.columns.scopes {
		if field := scoped(scope); r.flag(field) {
			f.Objections = mergeObjections(f.Objections, []Objection{{Kind: "optout", At: r.flagDate(field), Scope: scope}})
		}
	}
	return f
}

// claim is what the row says of consent; a row that says nothing makes no claim, one that has dates
// or sources but no status makes an unknown one.
func (r *rowReader) claim(status string, at Date, channels []string) Claim {
	c := Claim{Status: status, At: at, Method: r.word("consent_method", consentMethods), Source: r.text("consent_source"), Channels: channels,
		Text: r.text("consent_text"), Proof: r.text("consent_proof"), DoubleAt: r.date("double_opt_in_at"), Bundled: r.yesNo("bundled"),
		Incentive: r.yesNo("incentive"), Purpose: r.text("purpose_at_collection"), Controller: r.text("controller_at_collection")}
	if status == "" && (!c.At.IsZero() || !c.DoubleAt.IsZero() || c.Method != "" || c.Source != "" || c.Text != "" || c.Proof != "") {
		c.Status = statusUnknown
	}
	return c
}

// optOut reads the opt-out columns. A date of opting out is an opt-out, unless the flag says no.
func (r *rowReader) optOut() (Objection, bool) {
	o := Objection{Kind: "optout", At: r.date("optout_at"), Scope: r.word("optout_scope", scopes)}
	if r.flag("optout") {
		if o.At.IsZero() {
			o.At = r.flagDate("optout")
		}
		return o, true
	}
	return o, r.text("optout_at") != "" && r.text("optout") == ""
}

// flagDate is the date that stands where a yes could stand; a plain yes that would also pass for the
// serial number of a day (1) is none.
func (r *rowReader) flagDate(field string) (at Date) {
	for _, i := range r.columns.of[field] {
		if text := r.at(i); text != "" && !saysYes(text) && !saysNo(text) {
			d, ok := r.dates.Date(r.columns.source(i), text)
			at = later(at, r.believable(field, d, ok))
		}
	}
	return at
}

// onlyOther is the channel of a no that names one channel and that not e-mail; "" for every other no.
func onlyOther(channels []string) string {
	if len(channels) == 1 && channels[0] != "email" {
		return channels[0]
	}
	return ""
}

// minor keeps of a date of birth only whether the person is under 18 on the day of the import.
func (r *rowReader) minor() bool {
	under := r.flag("minor")
	text, i := r.first("birth_date")
	if text == "" {
		return under
	}
	born, ok := r.dates.Date(i, text)
	switch {
	case !ok:
		r.fault("birth_date", "not a date")
	case born.After(r.today):
		r.note("birth_date", "date in the future, ignored")
	case r.today.Before(born.AddMonths(majority * 12)):
		return true
	}
	return under
}

const hardSpace = "\u00a0" // that does not break a line

func (r *rowReader) at(i int) string {
	if n := i - len(r.columns.header); n >= 0 && n < len(r.columns.derivations) {
		return r.derivation(&r.columns.derivations[n])
	}
	if i >= len(r.cells) {
		return ""
	}
	s := r.cells[i]
	if s != "" && strings.IndexByte(s, hardSpace[0]) >= 0 {
		s = strings.ReplaceAll(s, hardSpace, " ")
	}
	return strings.TrimSpace(s)
}

// text is the first filled cell of a field.
func (r *rowReader) text(field string) string {
	s, _ := r.first(field)
	return s
}

// first is the first filled cell of a field, and the column that it comes from.
func (r *rowReader) first(field string) (string, int) {
	for _, i := range r.columns.of[field] {
		if s := r.at(i); s != "" {
			return s, r.columns.source(i)
		}
	}
	return "", -1
}

func (r *rowReader) date(field string) Date {
	text, i := r.first(field)
	if text == "" {
		return Date{}
	}
	d, ok := r.dates.Date(i, text)
	if !ok {
		r.fault(field, "not a date")
	}
	return r.believable(field, d, ok)
}

// believable drops days that cannot be true (COMPLIANCE D.1).
func (r *rowReader) believable(field string, d Date, ok bool) Date {
	switch {
	case !ok:
		return Date{}
	case d.After(r.today):
		r.note(field, "date in the future, ignored")
		return Date{}
	case d.Before(earliest):
		r.note(field, "date before 1995, ignored")
		return Date{}
	}
	return d
}

// word reads an enumeration through its synonyms.
func (r *rowReader) word(field string, known map[string]string) string {
	text := r.text(field)
	if text == "" {
		return ""
	}
	w, ok := known[plain(text)]
	if !ok {
		r.fault(field, "not one of the values of "+field)
	}
	return w
}

// yesNo gives yes, no, or "" for unknown.
func (r *rowReader) yesNo(field string) string {
	switch text := r.text(field); {
	case text == "" || vague[plain(text)]:
		return ""
	case saysYes(text):
		return "yes"
	case saysNo(text):
		return "no"
	}
	r.fault(field, "neither yes nor no")
	return ""
}

// flag reads a fact that counts as soon as any column says yes, gives a date, or says something that
// is no plain no: then the row is at fault, and the fact still stands.
func (r *rowReader) flag(field string) (set bool) {
	for _, i := range r.columns.of[field] {
		text := r.at(i)
		if text == "" || saysNo(text) || vague[plain(text)] {
			continue
		}
		set = true
		if _, dated := r.dates.Date(r.columns.source(i), text); !saysYes(text) && !dated {
			r.fault(field, "neither yes nor no")
		}
	}
	return set
}

func (r *rowReader) channels() []string {
	var list []string
	for _, s := range split(r.text("consent_channels")) {
		c, ok := scopes[plain(s)]
		switch {
		case !ok:
			r.fault("consent_channels", "not a channel")
		case c == "all":
			list = append(list, "email", "sms", "phone", "post")
		default:
			list = append(list, c)
		}
	}
	return union(list, nil)
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;/| +", r) })
}

// fault keeps the first thing that is wrong with a row.
func (r *rowReader) fault(field, reason string) {
	if r.reject == nil {
		column := ""
		if field != "" {
			column = r.columns.name(field)
		}
		r.reject = &Reject{Line: r.line, Column: column, Reason: reason, Cells: r.cells}
	}
}

func (r *rowReader) note(field, reason string) {
	r.notes = append(r.notes, Note{r.line, r.columns.name(field), reason})
}
