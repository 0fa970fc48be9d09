package app

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// What a person asks for by right becomes a case with a due date and an entry; asked for twice it is one.
func TestRequestBecomesACase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1}).start(spring).send()
	who := h.invitation(person(0))
	n := h.entries()
	asked, err := h.app.Desk.Request(t.Context(), who.Link, campaign.CaseErase)
	h.must(err)
	if asked.Contact != who.Contact || asked.State != campaign.CaseOpen || h.entries() != n+1 {
		t.Errorf("%+v, %d entries", asked, h.entries()-n)
	}
	if want := campaign.DateOf(asked.OpenedAt).AddMonths(1); campaign.DateOf(asked.DueAt) != want {
		t.Errorf("due %s, want the end of %s", asked.DueAt, want)
	}
	h.wait(time.Hour)
	again, err := h.app.Desk.Request(t.Context(), who.Link, campaign.CaseErase)
	h.must(err)
	if again.ID != asked.ID || h.entries() != n+1 {
		t.Errorf("case %d again as %d, %d entries", asked.ID, again.ID, h.entries()-n)
	}
	if _, err := h.app.Desk.Request(t.Context(), campaign.LinkID{9}, campaign.CaseErase); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown link: %v", err)
	}
	if _, err := h.app.Desk.Request(t.Context(), who.Link, "sell"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown kind: %v", err)
	}
}
