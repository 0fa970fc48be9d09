package app

import (
	"slices"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// Whoever was put off by the relay is still to be asked, though their invitation holds its keys; who said no meanwhile, or
// moved, is not. The lint of a running campaign counts so.
func TestTheLintOfARunningCampaignCountsThePlanned(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4})
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot {
			return smtptest.Step{Reply: "451 4.7.1 later"}
		}
		return smtptest.Step{}
	})
	h.start(spring).send()
	h.expect(map[campaign.State]int{campaign.Planned: 4})
	counted := func() []string {
		t.Helper()
		r, err := h.app.Lint(t.Context(), spring, nil)
		h.must(err)
		var out []string
		for _, f := range r.Findings {
			if slices.Contains([]string{"CAMP-002", "CAMP-003"}, f.Rule) && f.Severity == lint.Warning {
				out = append(out, f.Rule+" "+f.Text)
			}
		}
		return out
	}
	if got := counted(); len(got) != 0 {
		t.Errorf("all were put off: %v", got)
	}
	h.changeAddress(h.emails()[0], "moved@iris.example")
	if got := counted(); !slices.Equal(got, []string{"CAMP-002 1 person"}) {
		t.Errorf("one moved: %v", got)
	}
}

// changeAddress imports somebody again, by the same number, with another address.
func (h *house) changeAddress(from, to string) {
	h.t.Helper()
	h.importRows([]string{to}, map[string]string{"external_id": "X-" + from})
}
