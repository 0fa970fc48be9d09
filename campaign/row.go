package campaign

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/expression"
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
	of      *fieldsAt // from columns
	dates   Dates
	today   Date
	stated  Statement // of all rows
	told    time.Time // when they are read

	otherWords *sync.Map // the reason of a refusal, by field; of all who read the file

	line   int
	cells  []string
	reject *Reject // first fault, nil while the row is good
	notes  []Note
}

func newRowReader(cols columns, dates Dates, today Date) rowReader {
	return rowReader{columns: cols, of: newFieldsAt(cols), dates: dates, today: today, otherWords: &sync.Map{}}
}

// read makes a contact of a row. A row with a fault gives a contact all the same, for the no that it
// may carry; only without a fault is it to be kept. The map of what c was is used again.
func (r *rowReader) read(line int, cells []string, c *Contact) (*Reject, []Note) {
	r.line, r.cells, r.reject, r.notes = line, cells, nil, nil
	attributes := c.Attributes
	clear(attributes)
	r.person(c)
	r.facts(&c.Facts)
	for _, i := range r.columns.rest {
		if h, v := r.columns.header[i], r.at(i); h != "" && v != "" {
			if attributes == nil {
				attributes = map[string]string{}
			}
			attributes[h] = v
		}
	}
	c.Attributes = attributes
	for i := len(r.columns.header); i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			r.fault("", "more cells than the header has columns")
		}
	}
	if c.Email == "" && c.BadEmail == "" && c.ExternalID == "" && !c.HasPostal() {
		r.fault("", "nothing says who this is: no e-mail, no external_id, no postal address")
	}
	return r.reject, r.notes
}

func (r *rowReader) person(c *Contact) {
	*c = Contact{ExternalID: r.number(&r.of.externalID), Phone: r.phone(), Title: r.text(&r.of.title), FirstName: r.text(&r.of.firstName), LastName: r.text(&r.of.lastName),
		Company: r.text(&r.of.company), JobTitle: r.text(&r.of.jobTitle), Timezone: r.timezone(), Address1: r.text(&r.of.addressLine1), Address2: r.text(&r.of.addressLine2),
		PostalCode: r.text(&r.of.postalCode), City: r.text(&r.of.city), Language: r.language(), Country: r.country()}
	if text := r.text(&r.of.email); text != "" {
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
}

func (r *rowReader) facts(f *Facts) {
	*f = Facts{Market: r.word(&r.of.market, markets), Relationship: r.word(&r.of.relationship, relationships), LastPurchase: r.date(&r.of.lastPurchaseAt),
		RelationEnd: r.date(&r.of.relationshipEndAt), LastInbound: r.date(&r.of.lastInboundAt), LastMarketing: r.date(&r.of.lastMarketingAt),
		Collected: r.date(&r.of.collectedAt), Bounce: r.word(&r.of.bounce, bounces), BounceAt: r.date(&r.of.bounceAt),
		OppositionOffered: r.offered(), Complaint: r.flag(&r.of.complaint), Deceased: r.flag(&r.of.deceased),
		Erasure: r.flag(&r.of.erasureRequested), Restricted: r.flag(&r.of.restricted), Minor: r.minor()}
	f.Origins = union([]string{r.word(&r.of.listOrigin, origins)}, nil)
	f.ExternalLists = union(slices.DeleteFunc(split(r.text(&r.of.externalLists)), func(s string) bool { return saysNo(s) }), nil)
	status := r.word(&r.of.consentStatus, statuses)
	if other := r.text(&r.of.notYet); status == statusYes && other != "" {
		status = other
	}
	at, channels := r.date(&r.of.consentAt), r.channels()
	if status == "no" || status == "withdrawn" {
		f.Objections = append(f.Objections, Objection{Kind: status, At: at, Scope: onlyOther(channels)})
	} else if c := r.claim(status, at, channels); c.Status != "" {
		f.Claims = []Claim{c}
	}
	if o, ok := r.optOut(); ok {
		f.Objections = mergeObjections(f.Objections, []Objection{o})
	}
	for _, scope := range r.columns.scopes {
		if own := r.columns.at(scoped(scope)); r.flag(&own) {
			f.Objections = mergeObjections(f.Objections, []Objection{{Kind: "optout", At: r.flagDate(&own), Scope: scope}})
		}
	}
	for n := range f.Objections {
		if !f.Objections[n].total() { // of a total one the never-write list says when it came
			f.Objections[n].Told = r.told
		}
	}
}

// claim is what the row says of consent; a row that says nothing makes no claim, one that has dates
// or sources but no status makes an unknown one.
func (r *rowReader) claim(status string, at Date, channels []string) Claim {
	c := Claim{Status: status, At: at, Method: r.word(&r.of.consentMethod, consentMethods), Source: r.evidence(&r.of.consentSource), Channels: channels,
		Text: r.evidence(&r.of.consentText), Proof: r.evidence(&r.of.consentProof), DoubleAt: r.date(&r.of.doubleOptInAt), Bundled: r.yesNo(&r.of.bundled),
		Incentive: r.yesNo(&r.of.incentive), Purpose: r.text(&r.of.purposeAtCollection), Controller: r.text(&r.of.controllerAtCollection)}
	if status == "" {
		c.Status = c.unsaid()
	}
	r.state(&c)
	return c
}

// unsaid is the status of a claim that has none of its own.
func (c *Claim) unsaid() string {
	if !c.At.IsZero() || !c.DoubleAt.IsZero() || c.Method != "" || c.Source != "" || c.Text != "" || c.Proof != "" {
		return statusUnknown
	}
	return ""
}

// optOut reads the opt-out columns. A date of opting out is an opt-out, unless the flag says no.
func (r *rowReader) optOut() (Objection, bool) {
	o := Objection{Kind: "optout", At: r.date(&r.of.optoutAt), Scope: r.word(&r.of.optoutScope, scopes)}
	if r.flag(&r.of.optout) {
		if o.At.IsZero() {
			o.At = r.flagDate(&r.of.optout)
		}
		return o, true
	}
	return o, r.text(&r.of.optoutAt) != "" && r.text(&r.of.optout) == ""
}

// flagDate is the date that stands where a yes could stand; a plain yes that would also pass for the
// serial number of a day (1) is none.
func (r *rowReader) flagDate(f *fieldAt) (at Date) {
	for _, i := range f.at {
		if text := r.at(i); text != "" && !saysYes(text) && !saysNo(text) {
			d, ok := r.dates.Date(r.columns.source(i), text)
			at = later(at, r.believable(f.name, d, ok))
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
	under := r.flag(&r.of.minor)
	text, i := r.first(&r.of.birthDate)
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
	if s = strings.TrimSpace(s); isAbsent(s) {
		return ""
	}
	return s
}

// text is the first filled cell of a field.
func (r *rowReader) text(f *fieldAt) string {
	s, _ := r.first(f)
	return s
}

// first is the first filled cell of a field, and the column that it comes from.
func (r *rowReader) first(f *fieldAt) (string, int) {
	for _, i := range f.at {
		if s := r.at(i); s != "" {
			return s, r.columns.source(i)
		}
	}
	return "", -1
}

func (r *rowReader) date(f *fieldAt) Date {
	text, i := r.first(f)
	if text == "" {
		return Date{}
	}
	d, ok := r.dates.Date(i, text)
	if !ok {
		r.fault(f.name, "not a date")
	}
	return r.believable(f.name, d, ok)
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
func (r *rowReader) word(f *fieldAt, known map[string]string) string {
	text := r.text(f)
	if text == "" {
		return ""
	}
	w, ok := known[plainWord(text)]
	if !ok || isNegative(text) {
		r.fault(f.name, r.otherWord(f.name, known))
		return ""
	}
	return w
}

// otherWord says which words a field has, from memory: a column of another program can have some other word in every row.
func (r *rowReader) otherWord(field string, known map[string]string) string {
	if reason, ok := r.otherWords.Load(field); ok {
		return reason.(string)
	}
	reason := "not one of the values of " + field + ": " + strings.Join(wordsOf(known), ", ")
	r.otherWords.Store(field, reason)
	return reason
}

// isNegative holds for a number below zero, which is another word than the number: -1 is a yes to some programs, and a no to others.
func isNegative(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return strings.ContainsRune("-−–", r) && strings.Trim(text[size:], "0123456789.,") == "" && strings.ContainsAny(text, "123456789")
}

// wordsOf are the values that an enumeration has, without their synonyms.
func wordsOf(known map[string]string) []string {
	words := slices.Collect(maps.Values(known))
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
}

// yesNo gives yes, no, or "" for unknown.
func (r *rowReader) yesNo(f *fieldAt) string {
	switch text := r.text(f); {
	case text == "" || vague[plain(text)]:
		return ""
	case saysYes(text):
		return "yes"
	case saysNo(text):
		return "no"
	}
	r.fault(f.name, "neither yes nor no")
	return ""
}

// offered reads whether opposition was offered. That helps, so -1 is not taken for a yes; of a bundled or rewarded consent a yes
// forbids, and it is one.
func (r *rowReader) offered() bool {
	f := &r.of.oppositionOffered
	if isNegative(r.text(f)) {
		r.fault(f.name, "neither yes nor no")
		return false
	}
	return r.yesNo(f) == "yes"
}

// flag reads a fact that counts as soon as any column says yes, gives a date, or says something that
// is no plain no: then the row is at fault, and the fact still stands, but for a sum of money, which is about something else.
func (r *rowReader) flag(f *fieldAt) (set bool) {
	for _, i := range f.at {
		text := r.at(i)
		if text == "" || saysNo(text) || vague[plain(text)] {
			continue
		}
		from := r.columns.source(i)
		day, dated := r.dates.Date(from, text)
		switch {
		case dated && f.name == "deceased" && day.Before(firstDeath):
			r.note(f.name, "date before 1995, ignored")
			continue
		case !saysYes(text) && !dated:
			r.faultAt(from, f.name, "neither yes nor no")
			if isMoney(text) {
				continue
			}
		}
		set = true
	}
	return set
}

// firstDeath is the first day on which somebody who is in a marketing base may have died: programs write the first day of their calendar,
// up to 1970, where nobody did.
var firstDeath = NewDate(1971, time.January, 1)

var money = expression.Of(`^[-+−]?(?:[€$£][-+]?[0-9][0-9.,']*|[0-9][0-9.,']*(?:[€$£]|EUR|CHF|USD|GBP)|[0-9]{1,9}[.,][0-9]{1,2})$`)

// isMoney knows a sum of money: with its currency, or with cents.
func isMoney(s string) bool { return money.MatchString(strings.ReplaceAll(s, " ", "")) }

func (r *rowReader) channels() []string {
	var list []string
	for _, s := range split(r.text(&r.of.consentChannels)) {
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
	column := ""
	if field != "" {
		column = r.columns.name(field)
	}
	r.rejectFor(column, reason)
}

// faultAt is fault where a field has several columns, of one of them.
func (r *rowReader) faultAt(column int, field, reason string) {
	if column >= 0 && column < len(r.columns.header) {
		r.rejectFor(r.columns.header[column], reason)
		return
	}
	r.fault(field, reason)
}

func (r *rowReader) rejectFor(column, reason string) {
	if r.reject == nil {
		r.reject = &Reject{Line: r.line, Column: column, Reason: reason, Cells: r.cells}
	}
}

func (r *rowReader) note(field, reason string) {
	r.notes = append(r.notes, Note{r.line, r.columns.name(field), reason})
}
