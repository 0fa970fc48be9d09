package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// failingCommit is a store whose updates do everything and then fail.
type failingCommit struct{ campaign.Store }

func (s failingCommit) Update(ctx context.Context, do func(campaign.Tx) error) error {
	return s.Store.Update(ctx, func(tx campaign.Tx) error { return errors.Join(do(tx), errDisk) })
}

// byLetter enters a request that arrived today.
func (h *house) byLetter(who string) error { return h.letterOf(who, "access", 0) }

// letterOf enters a request that arrived some days ago.
func (h *house) letterOf(who, kind string, days int) error {
	_, err := h.app.OpenCase(h.t.Context(), who, kind, campaign.DateOf(h.clock()).AddDays(-days).String(), "by letter")
	return err
}

func (h *house) closes(id string) {
	h.t.Helper()
	_, err := h.app.CloseCase(h.t.Context(), id, "sent by post")
	h.must(err)
}

// nothingComesBack starts once more, which must change nothing.
func (h *house) nothingComesBack() {
	h.t.Helper()
	n := h.entries()
	if r := h.reopen(); r != (campaign.Recovery{}) || h.entries() != n {
		h.t.Errorf("%+v, open %v", r, h.cases(campaign.CaseOpen))
	}
}

// What was done for somebody is not opened again where nothing was restored: whoever has their mailbox now did not ask.
func TestADoneRequestStaysDone(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, leaves := range map[string]func(h *house){
		"their import is taken back": func(h *house) {
			_, err := h.app.UndoImport(h.t.Context(), "2", false)
			h.must(err)
		},
		"their time is over": func(h *house) {
			_, err := h.app.Audit(h.t.Context(), AuditOptions{})
			h.must(err)
			h.wait(5 * week)
			if n := h.retain(); n["unasked"][0] != 1 {
				h.t.Fatalf("retention: %v", n)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1})
			h.importRows([]string{marked}, map[string]string{"minor": "yes"})
			h.must(h.byLetter(marked))
			h.closes("1")
			leaves(h)
			h.wait(time.Hour)
			h.importRows([]string{marked}, nil)
			h.nothingComesBack()
		})
	}
}

// Whoever is told again that their request waits has it in the journal, also when that failed the first time.
func TestARequestIsJournalledByItsRetry(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	for name, asks := range map[string]func(h *house, status int){
		"on the page": func(h *house, status int) {
			h.wait(time.Minute)
			h.post(h.page(who), status, "form", h.opened(h.page(who)), "request", "access")
		},
		"by letter": func(h *house, _ int) {
			if h.byLetter(who) == nil {
				h.t.Error("nothing is said of the journal, or of the case that is open")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1}).start(spring).send()
			restore := h.backup()
			journal := &failingJournal{broken: true, when: func([]campaign.Record) bool { return false }}
			h.rewire(func(d *campaign.Deps) { journal.Journal, d.Journal = d.Journal, journal })
			asks(h, http.StatusServiceUnavailable)
			journal.broken = false
			asks(h, http.StatusSeeOther)
			restore()
			h.recover()
			if open := h.cases(campaign.CaseOpen); len(open) != 1 {
				t.Errorf("open: %v", open)
			}
		})
	}
}

// A request that comes back where the same is open already is done with that one, and never opened behind it.
func TestARequestComesBackBesideAnOpenOne(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.must(h.byLetter(person(0)))
	restore := h.backup()
	h.closes("1")
	h.wait(48 * time.Hour)
	h.must(h.byLetter(person(0)))
	restore()
	h.recover()
	if open, done := h.cases(campaign.CaseOpen), h.cases(campaign.CaseDone); len(open) != 1 || len(done) != 1 || h.app.remembered.Cases != 1 || h.status().Status != campaign.Paused {
		t.Errorf("open %v, done %v, %+v, %s", open, done, h.app.remembered, h.status().Status)
	}
	h.wait(20 * 24 * time.Hour)
	h.closes("1")
	h.nothingComesBack()
}

// openUntil is on which days what is open must be done.
func (h *house) openUntil() (days []string) {
	h.t.Helper()
	cs, err := h.app.Desk.CaseList(h.t.Context(), campaign.CaseOpen, 0, 100)
	h.must(err)
	for _, c := range cs {
		days = append(days, campaign.DateOf(c.DueAt).String())
	}
	return days
}

// Of two requests of one kind the one that is due first stays open, in whichever order they were entered and come back.
func TestTheRequestThatIsDueFirstStaysOpen(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := "jane@elsewhere.example"
	for name, c := range map[string]struct {
		rows     []string // who is in the base at the backup
		asks     func(h *house)
		asksMore func(h *house) // after the backup was put back
		first    int            // days from the begin at which the one arrived that is due first
	}{
		"entered last, arrived first": {rows: []string{who}, first: -5, asks: func(h *house) {
			h.must(h.byLetter(who))
			h.closes("1")
			h.wait(10 * 24 * time.Hour)
			h.must(h.letterOf(who, "access", 15))
		}},
		"entered first, arrived first": {rows: []string{who}, asks: func(h *house) {
			h.must(h.byLetter(who))
			h.closes("1")
			h.wait(20 * 24 * time.Hour)
			h.must(h.letterOf(who, "access", 15))
		}},
		"asked for again before it came back": {first: -9, asks: func(h *house) {
			h.importRows([]string{who}, nil)
			h.must(h.letterOf(who, "access", 9))
		}, asksMore: func(h *house) {
			h.recover()
			h.wait(5 * 24 * time.Hour)
			h.importRows([]string{who}, nil)
			h.must(h.byLetter(who))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1})
			if len(c.rows) > 0 {
				h.importRows(c.rows, nil)
			}
			want := campaign.DateOf(h.clock()).AddDays(c.first).AddMonths(1).String()
			restore := h.backup()
			h.wait(time.Hour)
			c.asks(h)
			restore()
			if c.asksMore != nil {
				c.asksMore(h)
			}
			h.reopen()
			if got := h.openUntil(); !slices.Equal(got, []string{want}) {
				t.Errorf("open are those due on %v, want %s", got, want)
			}
			done, err := h.app.Desk.CaseList(t.Context(), campaign.CaseDone, 0, 9)
			h.must(err)
			if len(done) != 1 || !strings.Contains(done[0].Note, "which is open") {
				t.Errorf("done: %+v", done)
			}
			h.saidInFrench(done[0].Note)
			h.verifies()
			h.nothingComesBack()
		})
	}
}

// A request that could not be stored is not in the journal either: it would come back as one that was lost.
func TestARequestThatIsNotStoredIsNotJournalled(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	h.rewire(func(d *campaign.Deps) { d.Store = failingCommit{d.Store} })
	if err := h.byLetter(person(0)); !errors.Is(err, errDisk) {
		t.Fatalf("it was stored: %v", err)
	}
	if n := h.recorded(campaign.RecordCase); n != 0 {
		t.Errorf("the journal has %d", n)
	}
	h.nothingComesBack()
}

// recorded counts the lines of the journal of one kind.
func (h *house) recorded(kind campaign.RecordKind) (n int) {
	h.t.Helper()
	h.must(h.app.journal.Replay(func(r campaign.Record) error {
		if r.Kind == kind {
			n++
		}
		return nil
	}))
	return n
}

// Whoever asks to be erased says no with it: what failed in the journal, the retry writes for both.
func TestTheRetryOfARequestToBeErasedJournalsItsNo(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	journal := &failingJournal{broken: true, when: func([]campaign.Record) bool { return false }}
	h.rewire(func(d *campaign.Deps) { journal.Journal, d.Journal = d.Journal, journal })
	if err := h.letterOf(person(0), "erase", 0); !errors.Is(err, errDisk) {
		t.Errorf("nothing is said of the journal: %v", err)
	}
	journal.broken = false
	if err := h.letterOf(person(0), "erase", 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("nothing is said of the case that is open: %v", err)
	}
	if c, s := h.recorded(campaign.RecordCase), h.recorded(campaign.RecordSuppress); c != 1 || s != 1 {
		t.Errorf("the journal has %d cases and %d noes", c, s)
	}
}

// A request to be erased that comes back is the objection that it was, also where the journal has no more than the request.
func TestARestoredRequestToBeErasedIsAnObjection(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	restore := h.backup()
	h.rewire(func(d *campaign.Deps) { d.Journal = tornJournal{d.Journal} })
	if err := h.letterOf(person(0), "erase", 0); err == nil {
		t.Error("the journal was not torn")
	}
	restore()
	if !h.suppressed(person(0)) || len(h.cases(campaign.CaseOpen)) != 1 {
		t.Errorf("may be written to; open: %v", h.cases(campaign.CaseOpen))
	}
	h.recover()
	if n := h.recorded(campaign.RecordSuppress); n == 0 {
		t.Error("the journal does not know of the no")
	}
	h.verifies()
	h.nothingComesBack()
}

// The keys of somebody with three mailboxes take two lines of the journal: a request that has only the first is completed by the next start.
func TestARequestThatIsHalfInTheJournalIsCompleted(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	h.importRows([]string{"old@elsewhere.example"}, nil)
	h.rectify("old@elsewhere.example", "newer@elsewhere.example")
	who := "newest@elsewhere.example"
	h.rectify("newer@elsewhere.example", who)
	h.rewire(func(d *campaign.Deps) { d.Journal = tornJournal{d.Journal} })
	if err := h.byLetter(who); err == nil {
		t.Error("the journal was not torn")
	}
	h.reopen()
	h.reopen() // writes it no third time
	if n := h.recorded(campaign.RecordCase); n != 3 {
		t.Errorf("%d lines, of which one was there", n)
	}
}
