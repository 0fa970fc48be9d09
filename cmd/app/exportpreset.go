package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// exportPreset is a file as another program imports it. What an import means there decides who may stand in it.
type exportPreset struct {
	Name      string
	Title     string
	Source    string // where the program's makers say what the columns are
	Says      string // whom it takes: yes, no, both or neither
	How       string // where the file is imported, and as what
	ByNumber  bool   `toml:"by_number"` // the program knows people by its own number: nobody else can stand in the file
	Delimiter string // "" is a comma
	Columns   []exportColumn
}

// Whom a file takes. Where everybody in a file is subscribed by importing it only those with a standing yes may stand in it;
// where a column says the no, whoever said no stands there too.
const (
	takesYes     = "yes"
	takesNo      = "no"
	takesBoth    = "both"
	takesNeither = "neither" // whoever is in doubt
)

// exportColumn is one column: a value of the person, what they said to a channel, or the same text for all.
type exportColumn struct {
	Heading   string
	Value     string
	Channel   string
	Yes, No   string // what a yes and a no to the channel is there
	Otherwise string // what nothing said is
	Text      *string
}

// exportPresets reads the presets of exports.
func exportPresets() (all []exportPreset, err error) {
	err = eachPresetFile(func(f presetFile) (err error) {
		for _, p := range f.Export {
			p.Source += " (" + f.Seen + ")"
			all, err = append(all, p), errors.Join(err, p.check())
		}
		return err
	})
	return all, fault.Wrap("app.exportPresets", err)
}

// check finds what is wrong with a preset itself.
func (p *exportPreset) check() error {
	if !slices.Contains([]string{takesYes, takesNo, takesBoth, takesNeither}, p.Says) || p.How == "" || len(p.Delimiter) > 1 {
		return fmt.Errorf("preset %s: says %q, how %q", p.Name, p.Says, p.How)
	}
	for _, c := range p.Columns {
		kinds := 0
		for _, set := range []bool{c.Value != "", c.Channel != "", c.Text != nil} {
			if set {
				kinds++
			}
		}
		if _, known := personValues[c.Value]; kinds != 1 || c.Value != "" && !known {
			return fmt.Errorf("preset %s: column %q", p.Name, c.Heading)
		}
	}
	return nil
}

// findExport gives the preset that was asked for.
func findExport(said string) (*exportPreset, error) {
	all, err := exportPresets()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(p exportPreset) bool { return strings.EqualFold(p.Name, said) }); i >= 0 {
		return &all[i], nil
	}
	names := make([]string, len(all))
	for n, p := range all {
		names[n] = p.Name
	}
	return nil, fault.New(fault.Invalid, "export.preset", "there is no preset {preset}", "preset", said).Hint("use one of " + strings.Join(names, " "))
}

// exported is one person as a file of another program sees them.
type exported struct {
	campaign.Contact
	said     map[string]campaign.Choice // by channel: granted to all purposes, or refused to all
	purposes []string                   // that may be written about by e-mail
	latest   campaign.ConsentRow        // the newest yes to e-mail
	boxes    []campaign.Address         // a row each
}

// personValues are the values that a column may have.
var personValues = map[string]func(*exported) string{
	"email":         func(p *exported) string { return string(p.Email) },
	"external_id":   func(p *exported) string { return p.ExternalID },
	"first_name":    func(p *exported) string { return p.FirstName },
	"last_name":     func(p *exported) string { return p.LastName },
	"name":          func(p *exported) string { return strings.TrimSpace(p.FirstName + " " + p.LastName) },
	"company":       func(p *exported) string { return p.Company },
	"job_title":     func(p *exported) string { return p.JobTitle },
	"language":      func(p *exported) string { return p.Language },
	"country":       func(p *exported) string { return p.countryStated() },
	"address_line1": func(p *exported) string { return p.Address1 },
	"address_line2": func(p *exported) string { return p.Address2 },
	"postal_code":   func(p *exported) string { return p.PostalCode },
	"city":          func(p *exported) string { return p.City },
	"phone":         func(p *exported) string { return dialled(p.Phone) },
	"sms_phone":     (*exported).smsPhone,
	"purposes":      func(p *exported) string { return strings.Join(p.purposes, ",") },
	"consent_at":    func(p *exported) string { return stamp(p.latest.Since()) },
	"attributes":    (*exported).attributes,
}

// countryStated is the country that the base states; one that was guessed is not given away as a fact.
func (p *exported) countryStated() string {
	if p.Inferred || p.Country == campaign.CountryUnclear {
		return ""
	}
	return p.Country
}

// smsPhone is the number for a column that makes its owner a recipient of text messages: it needs a yes to them.
func (p *exported) smsPhone() string {
	if p.said["sms"] != campaign.Granted {
		return ""
	}
	return dialled(p.Phone)
}

// attributes are what listmonk keeps beside the name: what the yes was to, and where its proof is.
func (p *exported) attributes() string {
	if p.latest.At.IsZero() {
		return "{}"
	}
	b, _ := json.Marshal(map[string]any{"purposes": p.purposes, "consent_at": stamp(p.latest.Since()), "proof": p.latest.Proof}) // texts and numbers always marshal
	return string(b)
}

var separators = expression.Of(`[ .()/\-]`)

// dialled is a telephone number without what people put between its digits; "" for what is none. A plus and digits are
// nothing that a spreadsheet could run, and programs take no other form.
func dialled(number string) string {
	n := separators.ReplaceAllString(number, "")
	if !isNumber.MatchString(n) {
		return ""
	}
	return n
}

var isNumber = expression.Of(`^\+?[0-9]{4,15}$`)

// PresetExport is what an export for another program wrote.
type PresetExport struct {
	Preset  string       `json:"preset"`
	Title   string       `json:"title"`
	Source  string       `json:"source"`
	How     string       `json:"how"`
	People  int          `json:"people"`
	LeftOut LeftOut      `json:"left_out"`
	File    string       `json:"file,omitempty"`
	Text    string       `json:"text,omitempty"`
	preset  exportPreset // whose columns are written
}

// LeftOut counts who is not in a file, and why.
type LeftOut struct {
	Yes       int `json:"yes"`        // said yes, and the file is of others
	No        int `json:"no"`         // said no, and the file has no place for it
	Undecided int `json:"undecided"`  // neither
	NoMailbox int `json:"no_mailbox"` // nothing to know them by
	NoNumber  int `json:"no_number"`  // the program knows people by one number, and they have none or several
}

// Words say who is left out.
func (o LeftOut) Words() string {
	var out []string
	for _, w := range []struct {
		n    int
		what string
	}{{o.Yes, "who said yes"}, {o.No, "who said no"}, {o.Undecided, "who said neither"}, {o.NoMailbox, "without a mailbox"},
		{o.NoNumber, "without a number of their own in that program, or with several"}} {
		if w.n > 0 {
			out = append(out, fmt.Sprintf("%d %s", w.n, w.what))
		}
	}
	if out == nil {
		return "nobody is left out"
	}
	return "left out: " + strings.Join(out, ", ")
}

// add counts a person, and reports whether they stand in the file.
func (e *PresetExport) add(p *exported, v campaign.Verdict) bool {
	switch said := p.said["email"]; {
	case len(p.boxes) == 0:
		e.LeftOut.NoMailbox++
	case !e.preset.takes(said, v.Class) && said == campaign.Granted:
		e.LeftOut.Yes++
	case !e.preset.takes(said, v.Class) && said == campaign.Declined:
		e.LeftOut.No++
	case !e.preset.takes(said, v.Class):
		e.LeftOut.Undecided++
	case e.preset.ByNumber && (!onlyDigits.MatchString(p.ExternalID) || len(p.MergedIDs) > 0):
		e.LeftOut.NoNumber++
	default:
		e.People++
		return true
	}
	return false
}

// takes reports whether somebody who said this stands in the file of a program.
func (p *exportPreset) takes(said campaign.Choice, class campaign.Class) bool {
	switch said {
	case campaign.Granted:
		return p.Says == takesYes || p.Says == takesBoth
	case campaign.Declined:
		return p.Says == takesNo || p.Says == takesBoth
	}
	return p.Says == takesNeither && class == campaign.Doubtful
}

var onlyDigits = expression.Of(`^[0-9]{1,18}$`)

// choicesOf is what a person said to each channel: yes where every purpose has it, no where none has. Whoever is not opted in
// today, whatever was answered once, has no yes, nor has somebody whose yes may not be used; whoever is opted out has a no, and so has a yes whose
// promised time is over: what was handed on has to end there. Without an answer of their own here, the
// verdict on what the base proves counts for e-mail, and for nothing else.
func choicesOf(c *campaign.Contact, v campaign.Verdict, rows []campaign.ConsentRow) map[string]campaign.Choice {
	out, unclear := map[string]campaign.Choice{}, map[string]bool{}
	for _, r := range rows {
		one := campaign.Declined
		if r.State == campaign.Granted {
			one = campaign.Granted
		}
		if was, ok := out[r.Channel]; ok && was != one || one == campaign.Granted && !r.Usable(*c) {
			unclear[r.Channel] = true
		}
		out[r.Channel] = one
	}
	for channel, state := range out {
		if unclear[channel] || state == campaign.Granted && v.Class != campaign.OptedIn {
			delete(out, channel)
		}
	}
	switch {
	case v.Class == campaign.OptedOut:
		out["email"] = campaign.Declined
	case v.Class == campaign.OptedIn && len(rows) == 0:
		out["email"] = campaign.Granted
	}
	return out
}

// ExportContactsAs writes the base as another program imports it.
func (a *App) ExportContactsAs(ctx context.Context, w io.Writer, q ContactQuery, preset string) (e PresetExport, err error) {
	p, err := findExport(preset)
	if err != nil {
		return e, err
	}
	f, err := q.filter()
	if err != nil {
		return e, err
	}
	return a.exportAs(ctx, w, p, campaign.Export{What: campaign.ExportContacts, Only: q.words()}, func(r campaign.Reader, page func([]campaign.Contact, []campaign.ConsentRow) error) error {
		return campaign.EachNow(r, f, func(cs []campaign.Contact) error {
			ids := make([]campaign.ContactID, len(cs))
			for n := range cs {
				ids[n] = cs[n].ID
			}
			rows, err := r.ConsentsOf(ids...)
			if err != nil {
				return err
			}
			return page(cs, rows)
		})
	})
}

// ExportConsentsAs writes who answered as another program imports it. A yes is a yes to one purpose: where answers are about
// several, one must be named.
func (a *App) ExportConsentsAs(ctx context.Context, w io.Writer, preset, purpose string) (e PresetExport, err error) {
	p, err := findExport(preset)
	if err != nil {
		return e, err
	}
	what := campaign.Export{What: campaign.ExportConsents, Only: map[string]string{"purpose": purpose}}
	return a.exportAs(ctx, w, p, what, func(r campaign.Reader, page func([]campaign.Contact, []campaign.ConsentRow) error) error {
		if err := onePurpose(r, purpose); err != nil {
			return err
		}
		for after := campaign.ContactID(0); ; {
			rows, err := r.ConsentPage(after, mostExported)
			if err != nil || len(rows) == 0 {
				return err
			}
			after = rows[len(rows)-1].Contact
			if purpose != "" {
				rows = slices.DeleteFunc(rows, func(row campaign.ConsentRow) bool { return row.Purpose != purpose })
			}
			cs, err := peopleOf(r, rows)
			if err == nil {
				err = page(cs, rows)
			}
			if err != nil {
				return err
			}
		}
	})
}

// mostExported is how many people are in memory at once.
const mostExported = 1000

// peopleOf are the contacts of some rows, by number.
func peopleOf(r campaign.Reader, rows []campaign.ConsentRow) (cs []campaign.Contact, err error) {
	var ids []campaign.ContactID
	for _, row := range rows {
		ids = append(ids, row.Contact)
	}
	ids = slices.Compact(ids)
	found, err := r.ContactsOf(ids)
	for _, id := range ids {
		if c, ok := found[id]; ok {
			cs = append(cs, c)
		}
	}
	return cs, err
}

// onePurpose refuses a file that would mix the answers to several purposes, and a purpose that nobody was asked about.
func onePurpose(r campaign.Reader, purpose string) error {
	asked, err := r.AnsweredPurposes()
	switch {
	case err != nil:
		return err
	case purpose == "" && len(asked) > 1:
		return fault.New(fault.Invalid, "export.purposes", "people answered about several purposes, and a yes to one is none to another").Hint("--purpose takes one of " + strings.Join(asked, " "))
	case purpose != "" && !slices.Contains(asked, purpose):
		return fault.New(fault.Invalid, "export.purpose", "nobody answered about the purpose {purpose}", "purpose", purpose).Hint("--purpose takes one of " + strings.Join(asked, " "))
	}
	return nil
}

// exportAs writes a file; people gives them with their answers, a page at a time.
func (a *App) exportAs(ctx context.Context, w io.Writer, p *exportPreset, what campaign.Export, people func(campaign.Reader, func([]campaign.Contact, []campaign.ConsentRow) error) error) (PresetExport, error) {
	e := PresetExport{Preset: p.Name, Title: p.Title, Source: p.Source, How: p.How, preset: *p}
	what.Format = p.Name
	err := a.takeOut(ctx, w, Operator(), what, func(w io.Writer, what *campaign.Export) error {
		err := a.writeAs(ctx, w, &e, people)
		what.Count = e.People
		return err
	})
	return e, err
}

func (a *App) writeAs(ctx context.Context, w io.Writer, e *PresetExport, people func(campaign.Reader, func([]campaign.Contact, []campaign.ConsentRow) error) error) error {
	p := &e.preset
	delimiter := ','
	if p.Delimiter != "" {
		delimiter = rune(p.Delimiter[0])
	}
	out := tabular.NewWriter(w, delimiter)
	header := make([]string, len(p.Columns))
	for n, c := range p.Columns {
		header[n] = c.Heading
	}
	err := out.Write(header...)
	if err != nil {
		return err
	}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		return people(r, func(cs []campaign.Contact, rows []campaign.ConsentRow) error {
			return a.exportPage(r, e, out, cs, rows)
		})
	})
	if err != nil {
		return err // what is written so far may be little: no heading stands alone then
	}
	return out.Flush()
}

// exportPage adds a page of people, judged as of now: the last audit may be older than their last word.
func (a *App) exportPage(r campaign.Reader, e *PresetExport, out *tabular.Writer, cs []campaign.Contact, rows []campaign.ConsentRow) error {
	if len(cs) == 0 {
		return nil
	}
	rows, err := campaign.StandingConsents(r, rows)
	if err != nil {
		return err
	}
	verdicts, err := campaign.VerdictsNow(r, cs)
	if err != nil {
		return err
	}
	of := map[campaign.ContactID][]campaign.ConsentRow{}
	for _, row := range rows {
		of[row.Contact] = append(of[row.Contact], row)
	}
	left := map[campaign.ContactID][]campaign.Address{}
	if e.preset.Says == takesNo { // a list of mailboxes; in others the person would stand twice
		if left, err = a.leftMailboxes(r, cs, of); err != nil {
			return err
		}
	}
	for n, c := range cs {
		p := &exported{Contact: c, said: choicesOf(&c, verdicts[n], of[c.ID])}
		for _, row := range of[c.ID] {
			if row.Channel == "email" && row.Usable(c) && p.said["email"] == campaign.Granted {
				p.purposes = append(p.purposes, row.Purpose)
				if row.Since().After(p.latest.Since()) {
					p.latest = row
				}
			}
		}
		p.boxes = left[c.ID]
		if c.Email != "" {
			p.boxes = append([]campaign.Address{c.Email}, p.boxes...)
		}
		if !e.add(p, verdicts[n]) {
			continue
		}
		for _, p.Email = range p.boxes {
			if err := out.Write(e.cells(p)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// cells are a person's row. What a spreadsheet would run is made harmless. A telephone number is nothing of the kind, nor is a
// mailbox: it has no sign by which a formula calls anything (localRune of internal/address), and with an apostrophe before it it
// would be nobody's, so that the no of whoever has it were lost.
func (e *PresetExport) cells(p *exported) []string {
	cells := make([]string, len(e.preset.Columns))
	for n, c := range e.preset.Columns {
		switch {
		case c.Text != nil:
			cells[n] = *c.Text
		case c.Channel != "":
			cells[n] = map[campaign.Choice]string{campaign.Granted: c.Yes, campaign.Declined: c.No, "": c.Otherwise}[p.said[c.Channel]]
		default:
			cells[n] = personValues[c.Value](p)
		}
		if c.Value != "email" && !isNumber.MatchString(cells[n]) {
			cells[n] = tabular.Harmless(cells[n])
		}
	}
	return cells
}
