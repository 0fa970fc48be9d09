package app

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// mark stands in everything that is known of the person who is erased.
const mark = "Kanarie"

const marked = "kanarie.vogel@kanarie-huis.example"

// holding is a house that holds much about one person: imported twice, asked, bounced, answered.
func holding(t *testing.T) *house {
	h := newHouse(t, plan{emails: []string{marked, person(1), person(2)}, channels: both})
	h.importRows([]string{marked}, map[string]string{"external_id": mark + "-7", "last_name": mark + " old", "company": mark + " BV"})
	h.importRows([]string{marked}, map[string]string{"external_id": mark + "-7", "last_name": mark, "phone": "+3120" + mark, "address_line1": mark + "straat 1", "city": mark + "dam",
		"postal_code": "1000", "note": mark + " likes birds", "consent_source": mark + " fair"})
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && e.To == marked {
			return smtptest.Step{Reply: "250 2.0.0 <" + marked + "> queued"}
		}
		return smtptest.Step{}
	})
	h.start(spring).send()
	h.relays(nil)
	h.says(marked, "newsletter.email", "newsletter.sms")
	h.wait(time.Hour)
	h.post(h.page(marked), http.StatusSeeOther, "form", h.opened(h.page(marked)), "change", "newsletter.sms", "to", "no")
	for n := range 12 { // rows move about in their tables
		h.importRows([]string{"x" + person(10+n)}, map[string]string{"last_name": strings.Repeat("y", 40*n)})
	}
	_, err := h.app.Desk.Request(t.Context(), h.invitation(marked).Link, campaign.CaseErase)
	h.must(err)
	_, err = h.app.Checkpoint(t.Context())
	h.must(err)
	return h
}

// found lists the files of the installation in which something stands.
func (h *house) found(what string) (files []string) {
	h.t.Helper()
	h.must(filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".csv") { // what the company brought is its own
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(text), bytes.ToLower([]byte(what))) {
			files = append(files, strings.TrimPrefix(path, h.dir))
		}
		return err
	}))
	return files
}

func (h *house) erase(who string) Erased {
	h.t.Helper()
	e, err := h.app.EraseSubject(h.t.Context(), who, "asked on her page", false)
	h.must(err)
	return e
}

func TestErasedPersonIsNowhereOnTheDisk(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	h.logged = &heard{}
	h.reopen()
	page, before := h.page(marked), len(h.found(mark))
	if before == 0 {
		t.Fatal("nothing is held: the test looks in the wrong place")
	}
	would, err := h.app.EraseSubject(t.Context(), marked, "", true)
	h.must(err)
	if would.Done || would.Proof != campaign.NoEntry || would.Entries < 3 || would.Archived != 2 || would.Invitations != 1 || would.Cases != 1 || len(h.found(mark)) != before {
		t.Errorf("a dry run: %+v", would)
	}
	did := h.erase(marked)
	if !did.Done || !did.Scrubbed || did.Entries != would.Entries || did.Archived != 2 || did.Suppressed < 2 /* the mailbox was, when she asked */ || did.Cases != 1 || len(did.Kept) != 3 || len(did.Copies) != 0 {
		t.Errorf("%+v", did)
	}
	if files := h.found(mark); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	if strings.Contains(strings.ToLower(h.logged.String()), strings.ToLower(mark)) {
		t.Error("the log names the person")
	}
	if gone, never := h.do(http.MethodGet, page, nil), h.do(http.MethodGet, "/p/"+strings.Repeat("A", len(page)-3), nil); gone.Code != http.StatusNotFound || gone.Body.String() != never.Body.String() {
		t.Errorf("the link of an erased person: %d, and not the page of one that never was", gone.Code)
	}
	if _, err := h.app.EraseSubject(t.Context(), marked, "", false); !fault.Is(err, fault.NotFound) {
		t.Errorf("erased twice: %v", err)
	}
	l, err := h.app.Cases(t.Context(), true, Page{})
	h.must(err)
	if len(l.Cases) != 1 || l.Cases[0].State != "done" {
		t.Errorf("%+v", l)
	}
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK || len(r.Erased) != did.Entries {
		t.Errorf("%+v %v", r, err)
	}
	h.close()
	if files := h.found(mark); len(files) > 0 {
		t.Errorf("after the end still found in %v", files)
	}
	h.open()
}

// Why somebody was erased, and what was said of their cases, is kept for ever: it must not say who it was.
func TestWhatIsKeptOfAnErasureDoesNotNameThePerson(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	n := h.entries()
	for _, why := range []string{"asked by " + marked, mark + " asked", "customer " + mark + "-7"} {
		for _, dry := range []bool{true, false} {
			if _, err := h.app.EraseSubject(t.Context(), marked, why, dry); !fault.Is(err, fault.Invalid) {
				t.Errorf("erased because %q: %v", why, err)
			}
		}
		if _, err := h.app.OpenCase(t.Context(), marked, "access", campaign.DateOf(h.clock()).String(), why); !fault.Is(err, fault.Invalid) {
			t.Errorf("opened with %q: %v", why, err)
		}
		if _, err := h.app.CloseCase(t.Context(), "1", why); !fault.Is(err, fault.Invalid) {
			t.Errorf("closed with %q: %v", why, err)
		}
	}
	_, err := h.app.Suppress(t.Context(), "other@elsewhere.example", "asked by telephone")
	h.must(err)
	if _, err := h.app.EraseSubject(t.Context(), "other@elsewhere.example", "other@elsewhere.example asked", false); !fault.Is(err, fault.Invalid) {
		t.Errorf("of whom only the ledger knows: %v", err)
	}
	if h.entries() != n+1 {
		t.Errorf("%d entries", h.entries()-n)
	}
	h.must(second(h.app.CloseCase(t.Context(), "1", "sent by letter")))
	h.erase(marked)
}

// What they were asked under, and what they were called before an import, names a person as what they are called now: who corrects a
// mailbox writes down both.
func TestWhatIsKeptOfAnErasureDoesNotSayWhoThePersonWas(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	h.rectify(marked, "vera@elsewhere.example")
	_, err := h.app.Rectify(t.Context(), "vera@elsewhere.example", []string{"last_name=Vogelsang"}, false)
	h.must(err)
	n := h.entries()
	for _, why := range []string{"now and no longer " + marked, "no longer kanarie.vogel", "no longer " + mark, "no longer " + mark + " Old"} {
		if _, err := h.app.EraseSubject(t.Context(), "vera@elsewhere.example", why, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("erased because %q: %v", why, err)
		}
		if _, err := h.app.OpenCase(t.Context(), "vera@elsewhere.example", "access", campaign.DateOf(h.clock()).String(), why); !fault.Is(err, fault.Invalid) {
			t.Errorf("opened with %q: %v", why, err)
		}
		if _, err := h.app.ExtendCase(t.Context(), "1", campaign.DateOf(h.clock()).AddMonths(2).String(), why, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("extended because %q: %v", why, err)
		}
		if _, err := h.app.CloseCase(t.Context(), "1", why); !fault.Is(err, fault.Invalid) {
			t.Errorf("closed with %q: %v", why, err)
		}
	}
	if h.entries() != n {
		t.Errorf("%d entries", h.entries()-n)
	}
}

// Somebody who is not in the base may stand in the ledger all the same, by the hand that put them on the never-write list.
func TestErasedThoughNotInTheBase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	_, err := h.app.Suppress(t.Context(), marked, "asked by telephone")
	h.must(err)
	if len(h.found(marked)) == 0 {
		t.Fatal("nothing is held")
	}
	did := h.erase(marked)
	if did.Entries != 1 || did.Contact != 0 || !did.Done {
		t.Errorf("%+v", did)
	}
	if files := h.found(marked); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	if !h.suppressed(marked) {
		t.Error("the no is gone")
	}
	if _, err := h.app.EraseSubject(t.Context(), marked, "", false); !fault.Is(err, fault.NotFound) {
		t.Errorf("erased twice: %v", err)
	}
}

// Whoever was erased is not asked again, under whatever they come back.
func TestErasedPersonIsNeverAskedAgain(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	h.erase(marked)
	h.importRows([]string{marked}, nil)
	h.importRows([]string{"other@elsewhere.example"}, map[string]string{"external_id": mark + "-7"})
	h.approve("autumn", nil)
	h.start("autumn")
	h.send()
	for to, n := range h.accepted() {
		if to == marked && n > 1 || to == "other@elsewhere.example" {
			t.Errorf("%s was asked %d times", to, n)
		}
	}
	if !h.suppressed(marked) {
		t.Error("the never-write list has forgotten")
	}
}

// Without room for a second copy the disk is left alone, and it stays due.
func TestErasingWithoutRoom(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: []string{marked, person(1)}})
	h.mu.Lock()
	h.room = campaign.Room{Free: 64 << 20, Total: 1 << 30}
	h.mu.Unlock()
	if did := h.erase(marked); !did.Done || did.Scrubbed {
		t.Errorf("%+v", did)
	}
	h.must(h.app.scrub(t.Context()))
	due, err := h.app.store.ScrubDue(t.Context())
	h.must(err)
	if due.IsZero() {
		t.Error("it is no longer due")
	}
	h.mu.Lock()
	h.room = campaign.Room{}
	h.mu.Unlock()
	h.must(h.app.scrub(t.Context()))
	if files := h.found(marked); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
}

// Whoever was erased without having been asked is not asked either.
func TestErasedBeforeBeingAsked(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{emails: []string{marked, person(1)}})
	h.start(spring)
	h.erase(marked)
	h.importRows([]string{marked}, nil)
	h.send()
	h.took(1)
}

func TestRestoredBackupErasesAgain(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	restore := h.backup()
	h.erase(marked)
	h.says(person(1), "newsletter.email")
	restore()
	if n := h.app.remembered.Erased; n != 1 {
		t.Errorf("%d people erased again at opening", n)
	}
	if _, err := h.app.scrubNow(t.Context()); err != nil {
		t.Error(err)
	}
	if files := h.found(mark); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	if r := h.recover(); r.Erased != 0 {
		t.Errorf("erased twice: %+v", r)
	}
	if !h.suppressed(marked) {
		t.Error("the never-write list has forgotten")
	}
}

// A backup from before somebody came into the base has nobody to erase; they are not asked all the same.
func TestRestoredFromBeforeTheErasedCame(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	restore := h.backup()
	h.importRows([]string{marked}, nil)
	h.erase(marked)
	restore()
	h.importRows([]string{marked}, nil)
	h.start(spring).send()
	h.took(2)
}

// What dies between journal and database is done by the next start.
func TestErasingIsKilled(t *testing.T) {
	if !failpoint.Enabled {
		t.Skip("needs -tags failpoint")
	}
	t.Parallel()
	for _, point := range []string{"erase.after-journal", "erase.after-update"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			h.mu.Lock()
			h.point = func(name string) {
				if name == point {
					panic(point)
				}
			}
			h.mu.Unlock()
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the mark was not passed")
					}
				}()
				_, _ = h.app.EraseSubject(context.Background(), marked, "", false)
			}()
			h.mu.Lock()
			h.point = nil
			h.mu.Unlock()
			h.reopen()
			due, err := h.app.store.ScrubDue(t.Context())
			h.must(err)
			if due.IsZero() {
				t.Error("nothing is due")
			}
			h.must(h.app.scrub(t.Context())) // the campaign runs: it waits
			h.wait(25 * time.Hour)
			h.must(h.app.scrub(t.Context()))
			if files := h.found(mark); len(files) > 0 {
				t.Errorf("still found in %v", files)
			}
		})
	}
}
