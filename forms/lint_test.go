package forms_test

import (
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
	c, err := i18n.New()
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
		draft.Sheets = append(draft.Sheets, lint.Sheets{Language: language, Sample: "complete", Form: lint.Form{HTML: form, Thanks: thanks, Header: header}})
	}
	for _, f := range lint.Check(draft) {
		if strings.HasPrefix(f.Where, "form") {
			t.Errorf("%s %s at %s: %q: %s", f.Rule, f.Severity, f.Where, f.Text, f.Message)
		}
	}
}
