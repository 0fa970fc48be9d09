package forms_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/i18n"
)

// The fixed texts of the form must never be what keeps a campaign from being launched.
func TestTheFormPassesTheLint(t *testing.T) {
	t.Parallel()
	c, err := i18n.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	z := sample()
	o := z.Organisation
	draft := lint.Draft{
		Languages: z.File.Languages, BaseURL: "https://choice.lumen.example",
		Deadline: z.File.Schedule.Deadline.Time(), Today: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		Controller: lint.Controller{
			Name: o.Name, LegalName: o.LegalName, LegalForm: o.LegalForm, Registration: o.Registration, Address: o.Address, Country: o.Country,
			Email: o.Email, PrivacyURL: o.PrivacyURL, DPO: o.DPO, Authority: o.Authority,
		},
	}
	for _, q := range z.File.Questions() {
		p, _ := o.Purpose(q.Purpose)
		draft.Questions = append(draft.Questions, lint.Question{Purpose: q.Purpose, Channel: q.Channel, Retention: p.Retention, Title: p.Title, Description: p.Description})
	}
	s := forms.NewSheets(c, draft.BaseURL)
	for _, language := range z.File.Languages {
		form, thanks, header, err := s.Preview(z, campaign.Sample{Language: language, Email: "jeanne@example.net"})
		if err != nil {
			t.Fatal(err)
		}
		draft.Sheets = append(draft.Sheets, lint.Sheets{Language: language, Sample: "complete", Form: lint.Form{HTML: form, Thanks: thanks, Header: header, Style: forms.Style(z.Organisation), AcceptsEmpty: !forms.RefusesEmpty(z.File)}})
	}
	// The style sheet of the house is really read: paler letters, or one button of another colour, are seen.
	for old, rule := range map[string]string{"--soft: #4d5759": "DARK-009", ".act {\n": "DARK-001"} {
		spoiled := draft
		spoiled.Sheets = slices.Clone(draft.Sheets)
		changed := map[string]string{"DARK-009": "--soft: #a5adaf", "DARK-001": ".acts > .act { background: #777 }\n.acts > button { border-width: 5px }\n.act {\n"}[rule]
		if rule == "DARK-001" {
			spoiled.Sheets[0].Form.HTML = strings.Replace(spoiled.Sheets[0].Form.HTML, `class="act" type="submit" name="action" value="refuse-all"`, `type="submit" name="action" value="refuse-all"`, 1)
		}
		style := strings.Replace(draft.Sheets[0].Form.Style, old, changed, 1)
		if style == draft.Sheets[0].Form.Style {
			t.Fatalf("the style sheet has no %q", old)
		}
		spoiled.Sheets[0].Form.Style = style
		if !slices.ContainsFunc(lint.Check(spoiled), func(f lint.Finding) bool { return f.Rule == rule && strings.HasPrefix(f.Where, "form") }) {
			t.Errorf("with %q instead of %q, %s says nothing", changed, old, rule)
		}
	}
	for _, f := range lint.Check(draft) {
		if strings.HasPrefix(f.Where, "form") {
			t.Errorf("%s %s at %s: %q: %s", f.Rule, f.Severity, f.Where, f.Text, f.Message)
		}
	}
}
