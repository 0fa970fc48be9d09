package app

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// shows is what a page of a person says, in English.
func (h *house) shows(prefix string, p link.Purpose, who string) string {
	h.t.Helper()
	return h.do(http.MethodGet, h.link(prefix, p, who)+"?lang=en", nil).Body.String()
}

// Whatever took a yes back, the person's own page says what the export says, and the receipt that it is out of date.
func TestPagesShowWhatStands(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	for name, takeBack := range map[string]func(*house) error{
		"by voice, with a channel that was not asked": func(h *house) error {
			_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: "voice", Decisions: []string{"newsletter.sms=no", "newsletter.phone=no"}, On: "2026-03-10"})
			return err
		},
		"told by telephone": func(h *house) error {
			_, err := h.app.Suppress(t.Context(), who, "told by telephone")
			return err
		},
		"imported": func(h *house) error {
			h.importRows([]string{who}, map[string]string{"optout": "yes", "optout_scope": "all"})
			return nil
		},
		"imported for one channel": func(h *house) error {
			h.importRows([]string{who}, map[string]string{"optout": "yes", "optout_scope": "sms"})
			return nil
		},
	} {
		h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
		h.says(who, "newsletter.email", "newsletter.sms")
		h.wait(time.Hour)
		h.must(takeBack(h))
		if got := h.stands(who, "newsletter", "sms"); got != "withdrawn" {
			t.Fatalf("%s: the export says %s", name, got)
		}
		for _, page := range []string{h.shows("/p/", link.Preferences, who), h.shows("/c/", link.Form, who)} {
			if strings.Count(page, "<strong>yes</strong>") != strings.Count(strings.Join(h.consentLines(who), "\n"), ",granted,") || !strings.Contains(page, "no, withdrawn") {
				t.Errorf("%s: %s", name, page)
			}
		}
		if name != "by voice, with a channel that was not asked" && !takenBack(h.shows("/r/", link.Receipt, who)) {
			t.Errorf("%s: the receipt says nothing of it", name)
		}
		h.wait(time.Minute)
		h.says(who, "newsletter.email", "newsletter.sms") // which takes it back
		if got := h.stands(who, "newsletter", "sms"); got != "granted" || strings.Contains(h.shows("/p/", link.Preferences, who), "withdrawn") {
			t.Errorf("%s: %s after a yes of their own", name, got)
		}
	}
}

// TestACouponIsAnAnswerToItsLetter, also while nobody has said yet that its batch was posted: the page shows what the coupon says.
func TestACouponIsAnAnswerToItsLetter(t *testing.T) {
	t.Parallel()
	h := postHouse(t, 1, 1).send()
	_, rows := h.prints(0, 1)
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: "Va", By: "paper", Decisions: []string{"newsletter.post=yes", "newsletter.email=no"}, On: "2026-03-10", Proof: scan})
	h.must(err)
	form := h.post("/l", http.StatusSeeOther, "code", rows[0][3]).Header().Get("Location")
	if page := h.do(http.MethodGet, form, nil).Body.String(); !strings.Contains(page, "<strong>yes</strong>") {
		t.Errorf("%s", page)
	}
}

// Who complained is offered no yes, and thanked for none; a mailbox that takes no messages is no no.
func TestNoYesIsOfferedThatCouldNotCount(t *testing.T) {
	t.Parallel()
	unwatched(t)
	complained, dead := person(0), person(1)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.says(dead, "newsletter.email")
	open := h.opened(h.form(complained))
	h.note(campaign.Notice{Link: h.invitation(complained).Link, Meaning: campaign.MeansComplaint, Mark: "aa"}, campaign.EffectOptedOut)
	h.note(h.hardNotice(dead), campaign.EffectSuppressed)
	for _, path := range []string{h.form(complained), h.page(complained)} {
		if page := h.do(http.MethodGet, path+"?lang=en", nil).Body.String(); !strings.Contains(page, "No yes can be given here") || strings.Contains(page, `value="yes"`) {
			t.Errorf("%.3s: %s", path, page)
		}
	}
	h.post(h.form(complained), http.StatusGone, "form", open, "action", "save", "decision.newsletter.email", "yes")
	if got := h.stands(complained, "newsletter", "email"); got == "granted" {
		t.Errorf("after a complaint: %s", got)
	}
	page := h.shows("/u/", link.OneClick, dead)
	if strings.Contains(page, "Your no to everything") || !strings.Contains(page, "Messages to it came back") {
		t.Errorf("of a dead mailbox: %s", page)
	}
}

// takenBack reports whether a receipt says that its yes stands no more, and does not promise to keep to it.
func takenBack(page string) bool {
	return strings.Contains(page, "Another choice stands since") && !strings.Contains(page, "will keep to what is written below")
}
