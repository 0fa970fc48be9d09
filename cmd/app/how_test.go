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
