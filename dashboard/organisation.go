package dashboard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// showOrganisation shows who asks, for what, and how far it may go in each country.
func (d *Dashboard) showOrganisation(v *visit) error {
	return v.organisationPage(http.StatusOK, "", nil, voiding{})
}

// applyOrganisation stores another organisation file. Which part of it a person may change is the desk's
// to hold.
func (d *Dashboard) applyOrganisation(v *visit) error {
	v.path = "/organisation"
	text, err := v.textOrFile("text", "file")
	if err != nil {
		return err
	}
	o, err := d.organisations.ReadOrganisation(text)
	var would voiding
	if err == nil {
		would, err = d.voiding(v.ctx(), o)
	}
	if err == nil && would.sure != "" && v.FormValue("sure") != would.sure {
		return v.organisationPage(http.StatusUnprocessableEntity, text, nil, would)
	}
	if err == nil {
		err = d.desk.ChangeOrganisation(v.ctx(), v.actor(), o, campaign.Mandate{Rest: v.may(account.Settings), Policy: v.may(account.Sign), Seen: v.FormValue("was")})
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) {
		return v.organisationPage(http.StatusUnprocessableEntity, text, err, voiding{})
	}
	if err != nil {
		return err
	}
	return v.done("/organisation", "organisation")
}

// voiding is what an organisation would take away, to be confirmed, and what confirms this and nothing else; "" where it takes nothing.
type voiding struct {
	sure    string
	changes []campaign.PurposeChange
	fewer   []campaign.Tightened
}

func (d *Dashboard) voiding(ctx context.Context, o campaign.Organisation) (w voiding, err error) {
	if w.changes, err = d.desk.PurposeChanges(ctx, o); err != nil {
		return w, err
	}
	if w.fewer, err = d.desk.Tightened(ctx, o); err == nil && len(w.changes)+len(w.fewer) > 0 {
		w.sure = w.print(o)
	}
	return w, err
}

// print tells what a person was shown from anything else, other words of a purpose too. How many wait in a campaign changes while it
// sends: of that the file and the campaigns count.
func (w voiding) print(o campaign.Organisation) string {
	var shown []any
	for _, c := range w.changes {
		p, _ := o.Purpose(c.Key)
		shown = append(shown, c, p)
	}
	for _, t := range w.fewer {
		shown = append(shown, t.Campaign, o.Mark())
	}
	return printOf(shown)
}

// show writes it into the form.
func (w voiding) show(v *visit, f *board.OrganisationForm) {
	if w.sure == "" {
		return
	}
	f.Sure = w.sure
	for _, c := range w.changes {
		key := "board.organisation.changed"
		if c.Gone {
			key = "board.organisation.gone"
		}
		f.Changes = append(f.Changes, v.P.N(key, c.Consents, "title", campaign.Text(c.Title, v.P.Language()), "key", c.Key))
	}
	for _, t := range w.fewer {
		f.Changes = append(f.Changes, v.P.N("board.organisation.fewer", t.Withheld, "campaign", t.Campaign, "waiting", v.P.Number(t.Waiting)))
	}
	var meaning, sure []string
	if len(w.changes) > 0 {
		meaning, sure = append(meaning, v.P.T("board.organisation.changes_text")), append(sure, v.P.T("board.organisation.sure"))
	}
	if len(w.fewer) > 0 {
		meaning, sure = append(meaning, v.P.T("board.organisation.fewer_text")), append(sure, v.P.T("board.organisation.sure_fewer"))
	}
	f.Meaning, f.SureText = strings.Join(meaning, " "), strings.Join(sure, "; ")
}

// printOf tells what somebody was shown from anything else.
func printOf(shown any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", shown)) // maps by their keys
	return hex.EncodeToString(sum[:])
}

// textOrFile is the text of a file that was chosen, else what stands in the field.
func (v *visit) textOrFile(field, file string) (string, error) {
	f, err := v.FormFile(file)
	if err == nil && f.Size > 0 {
		in, err := f.Open()
		if err != nil {
			return "", fault.Wrap("dashboard.textOrFile", err)
		}
		b, err := io.ReadAll(in)
		return string(b), errors.Join(fault.Wrap("dashboard.textOrFile", err), in.Close())
	}
	return strings.ReplaceAll(v.FormValue(field), "\r\n", "\n"), nil
}

// organisationPage draws it; text is what was sent last and is refused for wrong, or waits for somebody to say that what it takes
// away may go.
func (v *visit) organisationPage(status int, text string, wrong error, sure voiding) error {
	p := board.Organisation{Frame: v.frame(v.P.T("board.organisation.title"))}
	o, err := v.d.desk.Organisation(v.ctx())
	starter := v.d.organisations.StarterOrganisation()
	switch {
	case fault.Is(err, fault.NotFound):
		p.None = &board.Empty{Title: v.P.T("board.organisation.none"), Text: v.P.T("board.organisation.none_text")}
	case err != nil:
		return err
	default:
		starter = v.d.organisations.WriteOrganisation(o)
		p.Installed = o.Name
		p.Facts, p.Purposes, p.Policies = v.organisationFacts(o), v.purposes(o), v.policies(o)
	}
	v.organisationForm(&p, starter, text, wrong)
	if p.Form != nil {
		p.Form.Was = o.Mark()
		// Whoever sends it again has not seen what stands by now, unless that is what they are told.
		if was := v.FormValue("was"); was != "" && !fault.Is(wrong, fault.Conflict) {
			p.Form.Was = was
		}
	}
	if p.Form != nil {
		sure.show(v, p.Form)
	}
	body, err := board.OrganisationHTML(p)
	return v.show(status, body, err)
}

func (v *visit) organisationForm(p *board.Organisation, starter, text string, wrong error) {
	f := &board.OrganisationForm{Title: v.P.T("board.organisation.apply"), Text: text, File: board.Field{Name: "file", Label: v.P.T("board.organisation.file"), Kind: "file", Hint: v.P.T("board.organisation.file_hint")}}
	if text == "" {
		f.Text = starter
	}
	if p.None != nil {
		f.Title = v.P.T("board.task.organisation.title")
	}
	switch {
	case v.may(account.Settings):
		f.Action, f.Rule = v.d.href("/organisation"), v.P.T("board.organisation.rule_settings")
	case v.may(account.Sign):
		f.Action, f.Rule = v.d.href("/organisation/policy"), v.P.T("board.organisation.rule_sign")
	default:
		return
	}
	if wrong != nil {
		f.Problem, f.Excerpt = v.sentence(wrong), excerpt(f.Text, lineOf(wrong))
	}
	p.Form = f
}

// lineOf is the line that a fault of a file speaks of; 0: none.
func lineOf(err error) int {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return 0
	}
	n, _ := f.Arg("line").(int)
	return n
}

// excerpt is a line of a text with those around it.
func excerpt(text string, line int) (out []board.TextLine) {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return nil
	}
	for n := max(line-2, 1); n <= min(line+2, len(lines)); n++ {
		out = append(out, board.TextLine{Number: strconv.Itoa(n), Text: clip(lines[n-1], 200), Meant: n == line})
	}
	return out
}

func (v *visit) organisationFacts(o campaign.Organisation) []board.Pair {
	pair := func(key, text string) board.Pair {
		return board.Pair{Term: v.P.T("board.organisation.fact." + key), Text: text}
	}
	months := func(n int) string {
		if n == 0 {
			return ""
		}
		return v.P.N("board.organisation.months", n)
	}
	similar := ""
	if o.SimilarToPurchases != nil {
		similar = v.yesNo(*o.SimilarToPurchases)
	}
	second := ""
	if o.SecondPerson {
		second = v.yesNo(true)
	}
	days := ""
	if o.FrenchGraceDays != nil {
		days = v.P.N("board.organisation.days", *o.FrenchGraceDays)
	}
	return known(pair("name", o.Name), pair("brands", strings.Join(o.Brands, ", ")), pair("legal_name", o.LegalName), pair("legal_form", o.LegalForm),
		pair("registration", o.Registration), pair("address", o.Address), pair("country", o.Country), pair("email", o.Email), pair("phone", o.Phone),
		pair("privacy_url", o.PrivacyURL), pair("privacy_version", o.PrivacyVersion), pair("dpo", o.DPO), pair("authority", o.Authority), pair("kind", o.Kind), pair("similar", similar),
		pair("b2b_subject", o.B2BSubject), pair("successor_of", strings.Join(o.SuccessorOf, ", ")), pair("retention", months(o.RetentionMonths)),
		pair("refresh", months(o.RefreshAfterMonths)), pair("grace", days), pair("second_person", second))
}

func (v *visit) purposes(o campaign.Organisation) (out []board.Purpose) {
	for _, p := range o.Purposes {
		line := board.Purpose{Key: p.Key, Title: campaign.Text(p.Title, v.P.Language()), Kept: p.Retention}
		if n, err := campaign.Months(p.Retention); err == nil {
			line.Kept = v.P.N("board.organisation.months", n)
		}
		for _, l := range slices.Sorted(maps.Keys(p.Title)) {
			line.Texts = append(line.Texts, board.PurposeText{Lang: l, Language: v.languageName(l), Title: p.Title[l], Description: p.Description[l]})
		}
		out = append(out, line)
	}
	return out
}

// languageName is what speakers of a language call it, or its code.
func (v *visit) languageName(code string) string {
	if !v.d.catalogue.Speaks(code) {
		return code
	}
	return v.d.catalogue.For(code).T("language.self")
}

func (v *visit) policies(o campaign.Organisation) (out []board.Policy) {
	shut := map[string]campaign.Mode{} // what holds instead of a mode that no signature opens
	for _, s := range o.Shortfalls() {
		if s.Closed {
			shut[s.Country] = s.InForce
		}
	}
	for _, c := range slices.Sorted(maps.Keys(o.Policies)) {
		p := o.Policies[c]
		line := board.Policy{Country: c, Mode: string(p.Mode), Meaning: v.P.Or("board.mode."+string(p.Mode), string(p.Mode)), Justification: p.Justification,
			By: p.ApprovedBy, At: v.day(p.ApprovedAt), Post: v.yesNo(p.Post)}
		switch {
		case shut[c] != "":
			line.Void = v.P.T("board.organisation.shut", "mode", string(shut[c]))
		case !p.Signed():
			line.Void = v.P.T("board.organisation.unsigned")
		}
		out = append(out, line)
	}
	return out
}
