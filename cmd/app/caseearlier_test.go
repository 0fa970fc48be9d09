package app

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// A letter that arrived before the person asked for the same on their page is due first: from then on its case is the open one, also
// after a restore, and the other is done with it. One that arrived the same day or later is the same request.
func TestALetterFromBeforeBringsTheDueDayForward(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	restore := h.backup()
	h.wait(time.Minute)
	h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "request", "erase")
	for _, days := range []int{0, 12} {
		err := h.letterOf(who, "erase", days)
		if days == 0 && !fault.Is(err, fault.Conflict) || days == 12 && err != nil {
			t.Errorf("a letter of %d days ago: %v", days, err)
		}
	}
	want := []string{campaign.DateOf(h.clock()).AddDays(-12).AddMonths(1).String()}
	check := func(when string) {
		t.Helper()
		if got, done := h.openUntil(), h.cases(campaign.CaseDone); !slices.Equal(got, want) || len(done) != 1 {
			t.Errorf("%s: due %v, want %v; done %v", when, got, want, done)
		}
		h.verifies()
	}
	check("entered")
	if !h.suppressed(who) {
		t.Error("may be written to")
	}
	if err := h.letterOf(who, "erase", 5); !fault.Is(err, fault.Conflict) {
		t.Errorf("a letter from between: %v", err)
	}
	restore()
	h.recover()
	check("restored")
	h.nothingComesBack()
}

// Who was told that it takes longer asked in a letter from before, too: that one is due within its own month.
func TestALetterFromBeforeHasItsOwnMonth(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	h.must(h.letterOf(person(0), "access", 3))
	_, err := h.extends(1, 3, "many lists", false)
	h.must(err)
	if err := h.letterOf(person(0), "access", 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("a letter from after: %v", err)
	}
	h.must(h.letterOf(person(0), "access", 10))
	if got, want := h.openUntil(), []string{campaign.DateOf(h.clock()).AddDays(-10).AddMonths(1).String()}; !slices.Equal(got, want) {
		t.Errorf("due %v, want %v", got, want)
	}
	h.verifies()
}
