package app

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// TestWhomATighterPolicyWithholdsIsSaidBefore applies an organisation without its signature while a campaign waits: each person is
// judged once more when their turn comes, so that all were withheld for good without a word. They stay people whom another campaign
// may ask.
func TestWhomATighterPolicyWithholdsIsSaidBefore(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring)
	was, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	is := was
	is.Policies = map[string]campaign.Policy{"FR": {Mode: campaign.P1, Justification: "opinion 7"}}
	is.Phone = "+33 1 23 45 67 89"
	loss, err := h.app.Desk.Tightened(t.Context(), is)
	h.must(err)
	if len(loss) != 1 || loss[0] != (campaign.Tightened{Campaign: spring, Waiting: 3, Withheld: 3}) {
		t.Errorf("%+v", loss)
	}
	same := was
	same.Phone = is.Phone
	if loss, err := h.app.Desk.Tightened(t.Context(), same); err != nil || len(loss) != 0 {
		t.Errorf("another telephone number: %+v, %v", loss, err)
	}
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), is))
	h.send()
	h.took(0)
	h.expect(map[campaign.State]int{campaign.Withheld: 3})
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), was))
	h.approve("summer", nil)
	if f, err := h.app.Desk.Start(t.Context(), Operator(), "summer"); err != nil || f.ToAsk != 3 {
		t.Errorf("another campaign asks %d, %v", f.ToAsk, err)
	}
}
