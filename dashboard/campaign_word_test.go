package dashboard_test

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/account"
)

// TestNoneIsSingularInFrench: "0 adresse inexistante", as "1", and "2 adresses inexistantes".
func TestNoneIsSingularInFrench(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]string{
		0: {"7 terminés, 0 adresse inexistante, 0 plainte, 0 refus, 0 incertain", "0 personne : 0 oui, 0 non, 0 a repris un oui"},
		1: {"7 terminés, 1 adresse inexistante, 1 plainte, 1 refus, 1 incertain", "1 personne : 1 oui, 1 non, 1 a repris un oui"},
		2: {"7 terminés, 2 adresses inexistantes, 2 plaintes, 2 refus, 2 incertains", "2 personnes : 2 oui, 2 non, 2 ont repris un oui"},
	} {
		h := newHouse(t)
		h.furnish("word")
		r := h.desk.reports["spring-running"]
		r.Counted = campaign.Figures{Ended: 7, Hard: n, Complaints: n, Refused: n, Uncertain: n}
		r.Responses.People, r.Responses.Granted, r.Responses.Refused, r.Responses.Withdrawn = n, n, n, n
		h.desk.reports["spring-running"] = r
		b := h.as(account.Approver)
		b.header["Accept-Language"] = "fr"
		words := text(parse(t, b.get(spring+"running")))
		for _, w := range want {
			if !strings.Contains(words, w) {
				t.Errorf("%d: the page lacks %q:\n%s", n, w, words)
			}
		}
	}
}

// TestAFindingSaysEachPlaceOnce: "message.de, message.en" and not "message.de (message.de, message.en)".
func TestAFindingSaysEachPlaceOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	h.desk.findings = []lint.Finding{{Rule: "HDR-001", Severity: lint.Error, Where: "message.de", Places: []string{"message.de", "message.en"}, Message: "no name"},
		{Rule: "LINK-002", Severity: lint.Error, Where: "base_url", Places: []string{"message.de", "message.en"}, Message: "not https"}}
	words := text(parse(t, h.as(account.Approver).get(spring+"draft/approve")))
	for _, want := range []string{"message.de, message.en", "base_url (message.de, message.en)"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if strings.Contains(words, "message.de (") {
		t.Errorf("a place stands twice:\n%s", words)
	}
}

// TestNothingIsSaidToLeaveWhenAllWereAsked, and nobody to be left out where nobody waits.
func TestNothingIsSaidToLeaveWhenAllWereAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		states  map[campaign.State]int
		leaving bool
	}{
		"all asked":     {map[campaign.State]int{campaign.Sent: 7, campaign.Refused: 2, campaign.Withheld: 1}, false},
		"some wait":     {map[campaign.State]int{campaign.Sent: 7, campaign.Planned: 3}, true},
		"one uncertain": {map[campaign.State]int{campaign.Sent: 9, campaign.Uncertain: 1}, true},
	} {
		h := newHouse(t)
		h.furnish("word")
		r := h.desk.reports["spring-running"]
		r.ToAsk, r.Invitations = 10, c.states
		h.desk.reports["spring-running"] = r
		words := text(parse(t, h.as(account.Approver).get(spring+"running")))
		if leaving, over := strings.Contains(words, "Messages leave by themselves"), strings.Contains(words, "Nobody is left to ask"); leaving != c.leaving || over == c.leaving {
			t.Errorf("%s: leave %v, over %v", name, leaving, over)
		}
		if out := strings.Contains(words, "not asked any more"); out != (c.states[campaign.Planned] > 0) {
			t.Errorf("%s: says that some are not asked any more: %v", name, out)
		}
	}
}
