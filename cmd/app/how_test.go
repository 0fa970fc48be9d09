package app

import (
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// What somebody is told of their answers names the page or the letter that they came from: changes on the preferences page were
// called the hosted form.
func TestAccessSaysHowEachAnswerCame(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.says(who, "newsletter.email")
	h.wait(time.Minute)
	h.post(h.page(who), 303, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "no")
	h.wait(time.Minute)
	h.says(who, "newsletter.email")
	h.wait(time.Minute)
	h.oneClick(who)
	x, err := h.app.Access(t.Context(), who)
	h.must(err)
	var how []string
	for _, r := range x.Responses {
		how = append(how, r.How)
	}
	if !slices.Equal(how, []string{"form", "preferences", "form", "one_click"}) {
		t.Errorf("%v", how)
	}
	card, err := h.app.Desk.Card(t.Context(), h.contact(who).ID)
	h.must(err)
	var told []string
	for _, m := range card.Timeline() {
		if m.Kind == campaign.MomentAnswered {
			told = append(told, m.What)
		}
	}
	slices.Sort(told)
	slices.Sort(how)
	if !slices.Equal(told, how) {
		t.Errorf("the page of the person says %v", told)
	}
}

// TestAPersonWhoWasAskedIsNotShownAsOneWhoMayBe: the page of a contact said by which way they may be asked until the next audit of the
// whole base, also to whoever looked up somebody who has their message.
func TestAPersonWhoWasAskedIsNotShownAsOneWhoMayBe(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1})
	way := func() campaign.Verdict {
		card, err := h.app.Desk.Card(t.Context(), h.contact(who).ID)
		h.must(err)
		if v := card.Explained.Verdict; card.Contact.Verdict.Code != v.Code {
			t.Errorf("%s is explained as %s", card.Contact.Verdict.Code, v.Code)
		}
		return card.Contact.Verdict
	}
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if v := way(); v.Route != campaign.RouteEmail {
		t.Errorf("before: %+v", v)
	}
	h.start(spring).send()
	if v := way(); v.Route != campaign.RouteNone || v.Code != "T-00" || v.Class != campaign.Doubtful {
		t.Errorf("once asked: %+v", v)
	}
}
