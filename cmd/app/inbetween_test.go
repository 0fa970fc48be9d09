//go:build failpoint

package app

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// takesList imports a list with one line.
func (h *house) takesList(o ListOptions, line string) {
	h.t.Helper()
	file := h.at("list.csv")
	h.must(os.WriteFile(file, []byte("email\n"+line+"\n"), 0o600))
	_, err := h.app.ImportList(h.t.Context(), file, o)
	h.must(err)
}

func hashed(email string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(email))) }

// Whoever was looked at when the claim was made is looked at anew when their record changes before the dot: a mailbox that was
// corrected is somebody else's now, and of whoever is restricted, a minor or dead nothing may be used. The others are not held up.
func TestWhatChangesBetweenClaimAndDotIsHeeded(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const who = "p001@d.example"
	for name, change := range map[string]func(h *house, made campaign.ImportID){
		"another mailbox": func(h *house, _ campaign.ImportID) { h.rectify(who, "other@d.example") },
		"restricted": func(h *house, _ campaign.ImportID) {
			h.importRows([]string{who}, map[string]string{"restricted": "yes"})
		},
		"deceased": func(h *house, _ campaign.ImportID) { h.importRows([]string{who}, map[string]string{"deceased": "yes"}) },
		"an import is taken back": func(h *house, made campaign.ImportID) {
			_, err := h.app.Desk.UndoImport(h.t.Context(), Operator(), made, false)
			h.must(err)
		},
		"a minor": func(h *house, _ campaign.ImportID) { h.importRows([]string{who}, map[string]string{"minor": "yes"}) },
		"on a register": func(h *house, _ campaign.ImportID) {
			h.takesList(ListOptions{List: "robinson", External: true}, hashed(who))
		},
		"on a list of noes":         func(h *house, _ campaign.ImportID) { h.takesList(ListOptions{List: "shop"}, who) },
		"on a list of noes, hashed": func(h *house, _ campaign.ImportID) { h.takesList(ListOptions{List: "shop"}, hashed(who)) },
	} {
		for _, point := range []string{"claim.after", "mail.after-body"} {
			t.Run(name+" at "+point, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, plan{emails: []string{"p000@d.example", "p002@d.example"}, senders: 1})
				made := h.importPeople([]string{who}).Import
				h.on(point, sync.OnceFunc(func() { change(h, made) }))
				h.start(spring).send()
				h.took(2)
				for _, m := range h.relay.Messages() {
					if m.To == who {
						t.Errorf("%s was written to", who)
					}
				}
				h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Withheld: 1})
			})
		}
	}
}

// A claim that is taken back has spent nothing: whoever was to be written to today within the warm-up still is.
func TestAClaimThatIsTakenBackSpendsNoWarmUp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, point := range []string{"claim.after", "mail.after-body"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			people := at("gmail.com", 12)
			h := newHouse(t, plan{emails: people, senders: 2, sending: func(s *config.Sending) { s.Warmup = "4, 7" }})
			h.on(point, sync.OnceFunc(func() { h.importRows(people, map[string]string{"last_inbound_at": "2025-10-01"}) }))
			h.start(spring).send()
			h.tookGmail(4)
			h.wait(24 * time.Hour)
			h.send()
			h.tookGmail(4 + 7)
		})
	}
}

// Nor has it spent the hour of a campaign that sends one message an hour.
func TestAClaimThatIsTakenBackSpendsNoTurn(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, point := range []string{"claim.after", "mail.after-body"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			people := at("d.example", 3)
			h := newHouse(t, plan{emails: people, slow: "1/h"})
			h.on(point, sync.OnceFunc(func() { h.importRows(people, map[string]string{"last_inbound_at": "2025-10-01"}) }))
			h.start(spring).ticks()
			h.took(1)
			h.ticks()
			h.took(1)
			h.wait(time.Hour)
			h.ticks()
			h.took(2)
		})
	}
}

// Nor have those who are found at the claim to be asked no more.
func TestWhoeverIsWithheldSpendsNoWarmUp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	people := at("gmail.com", 12)
	h := newHouse(t, plan{emails: people, senders: 2, sending: func(s *config.Sending) { s.Warmup = "4, 7" }}).start(spring)
	h.importRows(people[:3], map[string]string{"minor": "yes"})
	for _, who := range people[3:5] {
		_, err := h.app.Suppress(t.Context(), who, "asked by telephone")
		h.must(err)
	}
	h.send()
	h.tookGmail(4)
}

// A provider whose messages the relay puts off was tried: no more of its people than the day allows are, while others go on.
func TestWhoeverIsPutOffSpendsWarmUp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	people := append(at("gmail.com", 40), at("d.example", 3)...)
	h := newHouse(t, plan{emails: people, senders: 2, sending: func(s *config.Sending) { s.Warmup = "4, 7" }}).start(spring)
	var mu sync.Mutex
	tried := 0
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage != smtptest.Rcpt || !gmail(e.To) {
			return smtptest.Step{}
		}
		mu.Lock()
		defer mu.Unlock()
		tried++
		return smtptest.Step{Reply: "421 4.7.28 too many for now"}
	})
	h.send()
	h.took(3)
	if tried != 4 {
		t.Errorf("the relay was asked to take %d messages for gmail, want 4", tried)
	}
}
