package app

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// failingCommit is a store whose updates do everything and then fail.
type failingCommit struct{ campaign.Store }

func (s failingCommit) Update(ctx context.Context, do func(campaign.Tx) error) error {
	return s.Store.Update(ctx, func(tx campaign.Tx) error { return errors.Join(do(tx), errDisk) })
}

// byLetter enters a request that arrived today.
func (h *house) byLetter(who string) error {
	_, err := h.app.OpenCase(h.t.Context(), who, "access", campaign.DateOf(h.clock()).String(), "by letter")
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

// A request that could not be stored is not in the journal either: it would come back as one that was lost.
func TestARequestThatIsNotStoredIsNotJournalled(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	h.rewire(func(d *campaign.Deps) { d.Store = failingCommit{d.Store} })
	if err := h.byLetter(person(0)); !errors.Is(err, errDisk) {
		t.Fatalf("it was stored: %v", err)
	}
	h.must(h.app.journal.Replay(func(r campaign.Record) error {
		if r.Kind == campaign.RecordCase {
			t.Errorf("the journal has %+v", r)
		}
		return nil
	}))
	h.nothingComesBack()
}
