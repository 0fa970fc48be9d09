package app

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// memory is database and send journal as they stand, for putting back together.
type memory map[string][]byte

func (h *house) remember() memory {
	h.t.Helper()
	m := memory{}
	for _, name := range []string{"reoptin.db", "reoptin.db-wal", "send.journal"} {
		b, err := os.ReadFile(h.at(name))
		if err != nil && !os.IsNotExist(err) {
			h.t.Fatal(err)
		}
		if err == nil {
			m[name] = b
		}
	}
	return m
}

// rollBack puts database and journal back together, in the same files, as a snapshot of the machine does.
func (h *house) rollBack(m memory) {
	h.t.Helper()
	h.close()
	for _, name := range []string{"reoptin.db", "reoptin.db-wal", "reoptin.db-shm", "send.journal"} {
		b, was := m[name]
		if !was {
			if err := os.Remove(h.at(name)); err != nil && !os.IsNotExist(err) {
				h.t.Fatal(err)
			}
			continue
		}
		f, err := os.OpenFile(h.at(name), os.O_WRONLY|os.O_TRUNC|os.O_CREATE, 0o600)
		h.must(err)
		_, err = f.Write(b)
		h.must(err)
		h.must(f.Close())
	}
	h.open()
	h.must(h.app.recover(h.t.Context()))
}

// rolledBack is a house that was rolled back to just after its campaign was started, when all had been asked.
func rolledBack(t *testing.T, p plan) *house {
	t.Helper()
	p.people, p.senders = 6, 1
	h := newHouse(t, p).start(spring)
	h.close()
	was := h.remember()
	h.open()
	h.send()
	h.took(6)
	if h.app.config.Anchor != "" {
		_, err := h.app.Checkpoint(t.Context())
		h.must(err)
	}
	h.rollBack(was)
	return h
}

// F17: whoever comes with a message that the database does not know to have left, by its link or by a bounce, is not
// asked again, and what runs is paused.
func TestRolledBackTogetherIsNoticedByALink(t *testing.T) {
	t.Parallel()
	acts := map[string]func(h *house, i campaign.Invitation) error{
		"a form opened": func(h *house, i campaign.Invitation) error {
			_, err := h.app.Desk.Show(t.Context(), i.Link)
			return err
		},
		"a no": func(h *house, i campaign.Invitation) error {
			_, err := h.app.Desk.Object(t.Context(), i.Link, campaign.Answer{Kind: campaign.ByOneClick})
			return err
		},
		"a bounce": func(h *house, i campaign.Invitation) error {
			_, err := h.app.Desk.Note(t.Context(), campaign.Notice{Link: i.Link, Meaning: campaign.MeansSoft, Mark: strings.Repeat("a", 64)})
			return err
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := rolledBack(t, plan{})
			who := h.relay.Messages()[0].To
			if r := h.status(); r.Status != campaign.Running {
				t.Fatalf("the campaign is %s before anybody came", r.Status)
			}
			h.must(act(h, h.invitation(who)))
			r := h.status()
			if r.Status != campaign.Paused || !strings.Contains(r.Reason, "does not know to have left") {
				t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
			}
			h.saidInFrench(r.Reason)
			if s := h.invitation(who).State; s != campaign.Uncertain && s != campaign.Sent {
				t.Errorf("%s is %s", who, s)
			}
			h.plan.mostTwo = true // those whom nobody spoke of are asked again: nothing here can know
			h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
			h.send()
			if n := h.relay.Accepted()[who]; n != 1 {
				t.Errorf("%s was written to %d times", who, n)
			}
		})
	}
}

// Somebody who was asked and whose answer comes in the ordinary way raises no alarm; nor does a message that the
// relay put off and delivered all the same.
func TestALinkOfSomebodyAskedRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, senders: 1}).start(spring).send()
	_, err := h.app.Desk.Show(t.Context(), h.invitation(person(0)).Link)
	h.must(err)
	if r := h.status(); r.Status != campaign.Running {
		t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
	}
	h.expect(map[campaign.State]int{campaign.Sent: 3})
}

// F17: whoever comes with a letter that the database does not know to have been printed is not asked again, and what runs is paused:
// the others of its batch would get another.
func TestRolledBackTogetherIsNoticedByALetter(t *testing.T) {
	t.Parallel()
	unwatched(t)
	acts := map[string]func(h *house, link string) error{
		"the code scanned": func(h *house, link string) error {
			h.do(http.MethodGet, link, nil)
			return nil
		},
		"a no": func(h *house, link string) error {
			h.post(link, http.StatusSeeOther, "form", h.opened(link), "action", "refuse-all")
			return nil
		},
		"it comes back": func(h *house, link string) error {
			_, err := h.app.ReturnLetters(t.Context(), Operator(), TypedCodes(link), "unknown there")
			return err
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := postHouse(t, 1, 3)
			h.close()
			was := h.remember()
			h.open()
			_, rows := h.prints(0, 3)
			h.rollBack(was)
			h.expectLetters(map[campaign.State]int{campaign.Planned: 3})
			_, token, _ := strings.Cut(rows[0][4], "/c/")
			h.must(act(h, "/c/"+token))
			if got := h.status().Letters[campaign.Planned]; got != 2 {
				t.Errorf("%d letters are planned", got)
			}
			if _, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: spring, Out: h.at("x.pdf")}); !fault.Is(err, fault.Conflict) {
				t.Error("the others of the batch are printed again:", err)
			}
		})
	}
}

// F17: a head of the ledger that is kept elsewhere tells at the start that both were put back together, and nobody
// is written to.
func TestRolledBackTogetherIsNoticedByTheAnchor(t *testing.T) {
	t.Parallel()
	unwatched(t)
	elsewhere := filepath.Join(t.TempDir(), "reoptin.head")
	h := rolledBack(t, plan{anchor: elsewhere})
	r := h.status()
	if r.Status != campaign.Paused || !strings.Contains(r.Reason, "older than its head that is kept in anchor") {
		t.Fatalf("the campaign is %s: %s", r.Status, r.Reason)
	}
	h.saidInFrench(r.Reason)
	kept, err := os.ReadFile(elsewhere)
	h.must(err)
	h.send()
	h.took(6)
	_, err = h.app.Checkpoint(t.Context()) // of a ledger that has gone another way: it knows less
	h.must(err)
	if now, err := os.ReadFile(elsewhere); err != nil || string(now) != string(kept) {
		t.Errorf("the anchor was overwritten: %v", err)
	}
	if v, err := h.app.VerifyLedger(t.Context(), ""); err != nil || v.OK {
		t.Errorf("the ledger verifies against an anchor that knows more: %v", err)
	}
	h.reopen()
	h.must(h.app.compareAnchor(t.Context()))
	h.must(os.Remove(elsewhere)) // somebody has looked, and begins anew
	h.must(h.app.compareAnchor(t.Context()))
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	if r := h.status(); r.Status != campaign.Running {
		t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
	}
}

// An anchor that is behind is the ordinary case, one that nobody signed stops the start, and one that cannot be
// written stops nothing.
func TestAnchor(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "reoptin.head")
	h := newHouse(t, plan{people: 2, anchor: elsewhere}).start(spring).send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a break"))
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.must(h.app.recover(t.Context()))
	if r := h.status(); r.Status != campaign.Running {
		t.Errorf("the campaign is %s: %s", r.Status, r.Reason)
	}
	h.must(os.WriteFile(elsewhere, []byte("reoptin\n9\nAAAA\n\n— nobody AAAA\n"), 0o600))
	if err := h.app.recover(t.Context()); err == nil {
		t.Error("a head that nobody signed is believed")
	}
	h.plan.anchor, h.app.config.Anchor = "", filepath.Join(t.TempDir(), "no", "folder")
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a break"))
	if _, err := h.app.Checkpoint(t.Context()); err != nil {
		t.Error(err)
	}
}
