package app

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/templates/mail"
)

// unseenTags are what readers do not see.
var unseenTags = regexp.MustCompile(`(?s)<(style|title)\b.*?</(style|title)>|<[^>]*>`)

// asRead is an HTML part as somebody reads it.
func asRead(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(unseenTags.ReplaceAllString(page, " "))), " ")
}

// TestEveryStarterSaysAllThatTheLawWants looks in both parts of the message of every starter for each item that a
// message must hold (COMPLIANCE A.9), filled in from the organisation, and in its form for what a form must.
func TestEveryStarterSaysAllThatTheLawWants(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	o := starterFor(t)
	o.Phone = "+33 1 00 00 00 00"
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
	for _, s := range Situations() {
		text, err := StarterCampaign("spring", o, campaign.DateOf(h.clock()), StarterChoice{Situation: s.Name})
		h.must(err)
		f, err := desk{h.app.Desk, h.app}.ReadCampaign(text)
		h.must(err)
		f.Channels = []string{"email", "sms"}
		for _, l := range f.Languages {
			sheets, err := h.app.Desk.Preview(t.Context(), f, campaign.MadeUp(l))
			h.must(err)
			items := itemsOf(t, o, f, l)
			for part, said := range map[string]string{"text": strings.Join(strings.Fields(sheets.Message.Text), " "), "HTML": asRead(sheets.Message.HTML)} {
				for item, want := range items {
					if !strings.Contains(said, want) {
						t.Errorf("%s, %s, %s: %s lacks %q", s.Name, l, part, item, want)
					}
				}
			}
			head := sheets.Message.Header
			if !strings.HasPrefix(sheets.Message.Subject, o.Name) || len(head["List-Unsubscribe"]) != 1 || !strings.Contains(strings.Join(head["From"], ""), o.Name) {
				t.Errorf("%s, %s: M-01, M-04 or M-20: %q %v", s.Name, l, sheets.Message.Subject, head)
			}
			if n := strings.Count(sheets.Message.HTML, "/c/"); n != 1 {
				t.Errorf("%s, %s: M-09: %d links to the form", s.Name, l, n)
			}
			form := asRead(sheets.Form.HTML)
			for item, want := range map[string]string{"F-01": o.LegalName, "F-08": mail.Fill("{p}", "p", wordsOf(t, l).Period("36mo")), "F-09": o.Email, "F-03": campaign.Text(o.Purposes[0].Title, l), "intro": o.Name} {
				if !strings.Contains(form, want) {
					t.Errorf("%s, %s, form: %s lacks %q", s.Name, l, item, want)
				}
			}
		}
	}
}

func wordsOf(t *testing.T, language string) mail.Words {
	t.Helper()
	w, ok := mail.Speak(language)
	if !ok {
		t.Fatal(language)
	}
	return w
}

// itemsOf are the words by which each item is known.
func itemsOf(t *testing.T, o campaign.Organisation, f campaign.File, l string) map[string]string {
	w := wordsOf(t, l)
	day := w.Date(f.Schedule.Deadline.Time())
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	title := campaign.Text(o.Purposes[0].Title, l)
	fill := func(text string, pairs ...string) string { return flat(mail.Fill(text, pairs...)) }
	return map[string]string{
		"M-01 legal name": o.LegalName, "M-02 registration": o.Registration, "M-02 postal address": o.Address, "M-02 contact": o.Email, "M-02 phone": o.Phone,
		"M-03 data protection officer": fill(w.DPO, "dpo", o.DPO),
		"M-05 why this person":         "formulaire",
		"M-06 purpose by e-mail":       flat(strings.TrimSuffix(mail.Fill(w.AskItem, "purpose", title, "channel", w.Channels["email"], "description", campaign.Text(o.Purposes[0].Description, l)), " ")),
		"M-06 purpose by SMS":          flat(mail.Fill(w.AskItem, "purpose", title, "channel", w.Channels["sms"], "description", "")),
		"M-07 free":                    flat(w.Free),
		"M-08 no answer, and the date": fill(w.Silence, "deadline", day),
		"M-10 withdrawal":              fill(w.Withdraw, "email", o.Email),
		"M-11 objection":               flat(w.Object),
		"M-12 rights":                  fill(w.Rights, "email", o.Email),
		"M-13 authority":               fill(w.Complain, "authority", o.Authority),
		"M-14 notice":                  flat(w.Notice),
		"M-15 if yes":                  fill(w.KeepYes, "retention", w.Period("36mo")),
		"M-15 if no":                   flat(w.KeepNo),
		"M-16, M-18 recipients, no profiling, no tracking": flat(w.Use),
		"M-17 legal basis": flat(w.Basis),
		"M-20 opt-out":     flat(w.ObjectLink),
	}
}
