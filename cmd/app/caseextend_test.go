package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

var officerPaula = campaign.Actor{Kind: "operator", Name: "paula", Role: "privacy-officer"}

// extends gives a case more time, to some months from the day on which it was asked for.
func (h *house) extends(id campaign.CaseID, months int, because string, dry bool) (campaign.Case, error) {
	h.t.Helper()
	card, err := h.app.Desk.CaseCard(h.t.Context(), id)
	h.must(err)
	return h.app.Desk.ExtendCase(h.t.Context(), officerPaula, id, campaign.DateOf(card.OpenedAt).AddMonths(months), because, dry)
}

// TestACaseIsExtended: within its first month a case gets up to three months, for a reason. Its entry says who, from when, until when and
// why; the person's own page has the new day, and the ledger holds the case to it, also once its entries are emptied.
func TestACaseIsExtended(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	link := h.invitation(person(0)).Link
	c, err := h.app.Desk.Request(t.Context(), link, campaign.CaseAccess)
	h.must(err)
	was := campaign.DateOf(c.DueAt)
	h.wait(20 * 24 * time.Hour)
	for what, x := range map[string]struct {
		months  int
		because string
		want    fault.Kind
	}{
		"the day on which it is due": {1, "many lists", fault.Invalid}, "a day before": {0, "many lists", fault.Invalid}, "the fourth month": {4, "many lists", fault.Invalid},
		"no reason": {2, " ", fault.Invalid}, "a long reason": {2, strings.Repeat("a", 501), fault.Invalid}, "a reason that names them": {2, "for " + person(0), fault.Invalid},
	} {
		if _, err := h.extends(c.ID, x.months, x.because, false); !fault.Is(err, x.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	before := h.entries()
	if dry, err := h.extends(c.ID, 2, "many lists", true); err != nil || campaign.DateOf(dry.DueAt) != campaign.DateOf(c.OpenedAt).AddMonths(2) || dry.TellBy() != was || h.entries() != before {
		t.Errorf("a dry run: %+v %v", dry, err)
	}
	_, err = h.extends(c.ID, 2, " many lists ", false)
	h.must(err)
	if _, err := h.extends(c.ID, 2, "the same day again", false); !fault.Is(err, fault.Invalid) {
		t.Errorf("to the same day: %v", err)
	}
	far, err := h.extends(c.ID, 3, "one shop does not answer", false)
	h.must(err)
	var says struct {
		Actor    campaign.Actor
		Case     campaign.CaseID
		Was, Due time.Time
		Because  string
	}
	h.last(campaign.EntryCaseExtended, &says)
	if asked := campaign.DateOf(c.OpenedAt); says.Actor != officerPaula || says.Case != c.ID || campaign.DateOf(says.Was) != asked.AddMonths(2) || campaign.DateOf(says.Due) != asked.AddMonths(3) ||
		says.Because != "one shop does not answer" {
		t.Errorf("the ledger says %+v", says)
	}
	if seen, err := h.app.Desk.Requests(t.Context(), link); err != nil || len(seen) != 1 || !seen[0].DueAt.Equal(far.DueAt) {
		t.Errorf("the person sees %+v %v", seen, err)
	}
	h.verifies()
	h.wait(20 * 24 * time.Hour) // past the first month
	l, err := h.app.Cases(t.Context(), false, Page{})
	if err != nil || len(l.Cases) != 1 || l.Cases[0].Overdue || l.Cases[0].Because != says.Because || l.Cases[0].TellBy != was.String() {
		t.Errorf("%+v %v", l, err)
	}
	h.closes("1")
	if _, err := h.extends(c.ID, 3, "closed", false); !fault.Is(err, fault.Conflict) {
		t.Errorf("a closed one: %v", err)
	}
	h.wait(37 * 31 * 24 * time.Hour)
	h.expectDue(map[string][2]int{"cases": {0, 4}})
	h.must(h.app.keep(t.Context()))
	h.expectDue(nil)
	h.verifies()
}

// The month in which a case may be extended is that in which the person must be told so: to its last day, and not after.
func TestACaseIsExtendedInItsFirstMonthOnly(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for days, want := range map[int]bool{0: true, 28: true, 40: false} {
		h := newHouse(t, plan{people: 1})
		h.must(h.letterOf(person(0), "erase", days))
		if _, err := h.extends(1, 2, "many lists", false); (err == nil) != want || err != nil && !fault.Is(err, fault.Conflict) {
			t.Errorf("after %d days: %v", days, err)
		}
	}
	h := newHouse(t, plan{people: 1})
	h.must(h.byLetter(person(0)))
	card, err := h.app.Desk.CaseCard(t.Context(), 1)
	h.must(err)
	h.wait(card.DueAt.Sub(h.clock()))
	if _, err := h.extends(1, 2, "many lists", true); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	h.wait(time.Millisecond)
	if _, err := h.extends(1, 2, "many lists", true); !fault.Is(err, fault.Conflict) {
		t.Errorf("the day after: %v", err)
	}
	if _, err := h.extends(1, 2, "many lists", false); !fault.Is(err, fault.Conflict) {
		t.Errorf("the day after: %v", err)
	}
}

// More time that was given after a backup is known to the send journal: a restored database has it, also of a case that it forgot.
func TestMoreTimeOutlivesTheDatabase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, late := range map[string]bool{"the backup has the case": false, "the backup has no case": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1})
			var restore func()
			if late {
				restore = h.backup()
			}
			h.must(h.byLetter(person(0)))
			if !late {
				restore = h.backup()
			}
			_, err := h.extends(1, 2, "many lists", false)
			h.must(err)
			_, err = h.extends(1, 3, "more lists", false)
			h.must(err)
			want := h.openUntil()
			restore()
			if got := h.openUntil(); !slices.Equal(got, want) || h.app.remembered.Cases != 1 {
				t.Errorf("due %v, was %v; %+v", got, want, h.app.remembered)
			}
			h.recover()
			h.verifies()
			h.nothingComesBack()
			if got := h.openUntil(); !slices.Equal(got, want) {
				t.Errorf("due %v, was %v", got, want)
			}
		})
	}
}

// More time that the journal could not take is told it by the next start.
func TestMoreTimeReachesTheJournal(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	h.must(h.byLetter(person(0)))
	restore := h.backup()
	journal := &failingJournal{broken: true, when: func([]campaign.Record) bool { return false }}
	h.rewire(func(d *campaign.Deps) { journal.Journal, d.Journal = d.Journal, journal })
	if _, err := h.extends(1, 2, "many lists", false); err == nil {
		t.Error("nothing is said of the journal")
	}
	want := h.openUntil()
	h.reopen()
	if n := h.recorded(campaign.RecordExtend); n != 1 {
		t.Errorf("the journal has it %d times", n)
	}
	h.reopen()
	if n := h.recorded(campaign.RecordExtend); n != 1 {
		t.Errorf("the journal has it %d times after another start", n)
	}
	restore()
	h.recover()
	if got := h.openUntil(); !slices.Equal(got, want) {
		t.Errorf("due %v, was %v", got, want)
	}
	h.verifies()
}
