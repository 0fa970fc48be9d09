package app

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// fullJournal takes nothing while full is set.
type fullJournal struct {
	campaign.Journal
	full bool
}

func (j *fullJournal) Append(ctx context.Context, rs ...campaign.Record) error {
	if j.full {
		return errDisk
	}
	return j.Journal.Append(ctx, rs...)
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
			journal := &fullJournal{full: true}
			h.rewire(func(d *campaign.Deps) { journal.Journal, d.Journal = d.Journal, journal })
			asks(h, http.StatusServiceUnavailable)
			journal.full = false
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
