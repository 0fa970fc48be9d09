package app

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// asksReceipt presses the button of the receipt that says to send it.
func (h *house) asksReceipt(email string) {
	h.t.Helper()
	target := h.link("/r/", link.Receipt, email)
	h.post(target, http.StatusSeeOther, "form", h.opened(target), "action", "mail")
}

func (h *house) receipts() {
	h.t.Helper()
	h.must(h.app.sendReceipts(h.t.Context()))
}

// A receipt goes out by mail at the person's wish and never otherwise: once, to the address that was asked.
func TestReceiptByMailOnce(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 2, mostTwo: true}).start(spring).send()
	h.took(2)
	h.says(who, "newsletter.email")
	h.receipts()
	h.took(2)
	h.asksReceipt(who)
	h.asksReceipt(who)
	h.receipts()
	h.receipts()
	h.took(3)
	m := h.relay.Messages()[2]
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(m.Data)))
	if err != nil && len(text) == 0 {
		t.Fatal(err)
	}
	if m.To != who || !strings.Contains(string(m.Data), "application/pdf") || strings.Contains(string(m.Data), "List-Unsubscribe") {
		t.Errorf("to %s\n%.2000s", m.To, m.Data)
	}
	last := h.responses(who)[0]
	for _, words := range []string{last.ID, "/p/", "Our newsletter, by e-mail: yes"} {
		if !strings.Contains(string(text), words) {
			t.Errorf("the receipt lacks %q:\n%.2000s", words, text)
		}
	}
}

// An answer by hand means what was decided, in every form that its receipt has; a complaint is a no to everything.
func TestTheReceiptOfAnAnswerByHand(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both, mostTwo: true}).start(spring).send()
	for _, c := range []struct{ by, lines, says string }{
		{"paper", "newsletter.email=yes newsletter.sms=yes", "will keep to what is written below"},
		{"voice", "newsletter.sms=no", "The other lines stay as they were"},
		{"voice", "newsletter.email=no newsletter.sms=no", "It is a no."},
	} {
		scan := h.at("scan.pdf")
		h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
		_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: c.by, Decisions: strings.Fields(c.lines), On: "2026-03-10", Proof: scan})
		h.must(err)
		if text := h.do(http.MethodGet, h.link("/r/", link.Receipt, who), nil).Body.String(); !strings.Contains(text, c.says) || strings.Contains(text, "no to everything") {
			t.Errorf("%s %s: %s", c.by, c.lines, text)
		}
	}
	h.asksReceipt(who)
	h.receipts()
	if m := string(h.relay.Messages()[1].Data); strings.Contains(m, "no to everything") {
		t.Errorf("by mail: %s", m)
	}
}

// TestANoByHandToOnePurposeIsNoneToTheOthers: where the campaign asked for that one alone, its receipt speaks of that alone.
func TestANoByHandToOnePurposeIsNoneToTheOthers(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, purposes: 2, mostTwo: true})
	h.approve(spring, func(f *campaign.File) { f.Purposes = []string{"newsletter"} })
	h.start(spring).send()
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	for _, b := range []ByHand{{By: "paper", Decisions: []string{"events.email=yes"}, Proof: scan}, {By: "voice", Decisions: []string{"newsletter.email=no"}}} {
		b.Contact, b.On = who, "2026-03-10"
		_, err := h.app.RecordByHand(t.Context(), b)
		h.must(err)
	}
	if got := h.stands(who, "events", "email"); got != "granted" {
		t.Fatalf("to the other purpose: %s", got)
	}
	if page := h.shows("/r/", link.Receipt, who); strings.Contains(page, "no marketing message") || !strings.Contains(page, "The change below is recorded") {
		t.Errorf("%s", page)
	}
}

// TestAReceiptPromisesNothingThatIsNoLongerSo, by mail and to print, once another choice stands.
func TestAReceiptPromisesNothingThatIsNoLongerSo(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string]func(h *house, who string){
		"a no by telephone": func(h *house, who string) {
			_, err := h.app.Suppress(h.t.Context(), who, "by telephone")
			h.must(err)
		},
		"another answer": func(h *house, who string) {
			target := h.link("/p/", link.Preferences, who)
			h.post(target, http.StatusSeeOther, "form", h.opened(target), "change", "newsletter.email", "to", "no")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1, mostTwo: true}).start(spring).send()
			h.says(who, "newsletter.email")
			target := h.link("/r/", link.Receipt, who) + "?lang=en&format=pdf"
			stood := h.do(http.MethodGet, target, nil).Body.Bytes()
			h.asksReceipt(who)
			changes(h, who)
			h.receipts()
			if m := string(h.relay.Messages()[1].Data); strings.Contains(m, "will keep to") || !strings.Contains(m, "Another choice stands since") {
				t.Errorf("by mail: %.2500s", m)
			}
			if bytes.Equal(stood, h.do(http.MethodGet, target, nil).Body.Bytes()) {
				t.Error("the receipt to print says what it said before")
			}
		})
	}
}

// What the relay puts off is tried later; what it may have taken is not sent again; what it refuses ends.
func TestReceiptsThatAreHardToSend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step  smtptest.Step
		end   campaign.ReceiptOutcome
		tries int
	}{
		"put off":   {smtptest.Step{Reply: "451 4.3.0 later"}, campaign.ReceiptSent, 2},
		"refused":   {smtptest.Step{Reply: "550 5.1.1 nobody"}, campaign.ReceiptRefused, 1},
		"no answer": {smtptest.Step{Drop: true}, campaign.ReceiptUncertain, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1, mostTwo: true}).start(spring).send()
			h.says(who, "newsletter.email")
			h.asksReceipt(who)
			var bad atomic.Bool
			bad.Store(true)
			h.relays(func(e smtptest.Event) smtptest.Step {
				if bad.Load() && e.Stage == smtptest.Dot {
					return c.step
				}
				return smtptest.Step{}
			})
			h.receipts()
			h.receipts() // too early
			bad.Store(false)
			h.wait(time.Hour)
			h.receipts()
			answer := h.responses(who)[0].ID
			h.view(func(r campaign.Reader) error {
				m, err := r.ReceiptMail(answer)
				if m.Outcome != c.end || m.Tries != c.tries || m.EndedAt.IsZero() {
					t.Errorf("%+v, want %s after %d", m, c.end, c.tries)
				}
				return err
			})
		})
	}
}

// The code of a letter opens the form of its person, and an answer to it counts.
func TestCodeOfALetter(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	i := h.invitation(who)
	code := h.app.links.Code(i.Link)
	for range 2 {
		h.must(h.app.Desk.KeepCode(t.Context(), i.Link, campaign.CodeDigest(code.Digest())))
	}
	w := h.post("/l", http.StatusSeeOther, "code", code.Text())
	form := w.Header().Get("Location")
	h.post(form, http.StatusSeeOther, "form", h.opened(form), "action", "save", "decision.newsletter.email", "yes")
	h.expectConsents(who, map[string]campaign.Choice{"newsletter.email": campaign.Granted})
	h.post("/l", http.StatusNotFound, "code", h.app.links.Code(h.invitation(person(1)).Link).Text())
}

// Whoever has a receipt can check it: the proof is recomputed, and an entry that was changed is seen.
func TestReceiptIsChecked(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.says(who, "newsletter.email")
	target := h.link("/r/", link.Receipt, who)
	w := h.post(target, http.StatusOK, "form", h.opened(target), "action", "verify")
	if body := w.Body.String(); !strings.Contains(body, "The receipt holds") || strings.Contains(body, "fails") {
		t.Errorf("%s", body)
	}
}

// Nobody without a mailbox is offered a receipt by mail, nor told that one was sent.
func TestNoReceiptByMailWithoutAMailbox(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 1).send()
	_, rows := h.prints(0, 1)
	form := h.post("/l", http.StatusSeeOther, "code", rows[0][3]).Header().Get("Location")
	receipt := h.post(form, http.StatusSeeOther, "form", h.opened(form), "action", "save", "decision.newsletter.post", "yes").Header().Get("Location")
	if page := h.do(http.MethodGet, receipt, nil).Body.String(); strings.Contains(page, `value="mail"`) || !strings.Contains(page, `value="verify"`) {
		t.Errorf("%s", page)
	}
	h.post(receipt, http.StatusUnprocessableEntity, "form", h.opened(receipt), "action", "mail")
	h.view(func(r campaign.Reader) error {
		waiting, err := r.ReceiptsWaiting(1)
		if len(waiting) != 0 {
			t.Errorf("%+v", waiting)
		}
		return err
	})
}
