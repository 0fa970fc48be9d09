package app

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// noesByOtherWays are noes to everything that are no answers to the message.
var noesByOtherWays = map[string]func(h *house, who string){
	"by telephone": func(h *house, who string) {
		_, err := h.app.Suppress(h.t.Context(), who, "by telephone")
		h.must(err)
	},
	"imported": func(h *house, who string) {
		h.importRows([]string{who}, map[string]string{"optout": "yes", "optout_scope": "all"})
	},
	"with a request to be erased": func(h *house, who string) { h.asks(who, campaign.CaseErase) },
}

// TestAYesBringsNoOtherBack: whoever said no to everything and then yes to one thing has said yes to that alone.
func TestAYesBringsNoOtherBack(t *testing.T) {
	t.Parallel()
	for name, no := range noesByOtherWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1, channels: both, purposes: 2, mostTwo: true})
			h.approve(spring, func(f *campaign.File) { f.Purposes = []string{"newsletter"} })
			h.start(spring).send()
			h.says(who, "newsletter.email", "newsletter.sms")
			scan := h.at("scan.pdf")
			h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
			_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: "paper", Decisions: []string{"events.post=yes"}, On: "2026-03-10", Proof: scan})
			h.must(err)
			h.wait(time.Minute)
			no(h, who)
			h.wait(time.Minute)
			target := h.page(who)
			once := []string{"form", h.opened(target), "change", "newsletter.sms", "to", "yes", "confirmed", "yes"}
			first := h.post(target, http.StatusSeeOther, once...)
			if again := h.post(target, http.StatusSeeOther, once...); again.Header().Get("Location") != first.Header().Get("Location") || len(h.responses(who)) != 2 {
				t.Errorf("pressed twice: %d answers", len(h.responses(who)))
			}
			if h.suppressed(who) || h.stands(who, "newsletter", "sms") != "granted" {
				t.Errorf("the yes does not stand: %v", h.consentLines(who))
			}
			if e, p := h.stands(who, "newsletter", "email"), h.stands(who, "events", "post"); e != "withdrawn" || p != "withdrawn" {
				t.Errorf("what nobody said yes to since: e-mail %s, the other purpose %s", e, p)
			}
			if w := h.do(http.MethodGet, first.Header().Get("Location")+"&format=json", nil); w.Code != http.StatusOK {
				t.Errorf("its receipt: %d", w.Code)
			}
			h.wait(time.Minute)
			h.says(who, "newsletter.email", "newsletter.sms")
			if e := h.stands(who, "newsletter", "email"); e != "granted" {
				t.Errorf("a yes of their own afterwards: %s", e)
			}
			h.verifies()
		})
	}
}

// TestANoLiftsNothing: a no to one line leaves a no to everything as it is, though another line said yes before.
func TestANoLiftsNothing(t *testing.T) {
	t.Parallel()
	for name, no := range noesByOtherWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1, channels: both, mostTwo: true}).start(spring).send()
			h.says(who, "newsletter.sms")
			h.wait(time.Minute)
			no(h, who)
			h.wait(time.Minute)
			h.post(h.form(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "change", "newsletter.email", "to", "no")
			if s := h.stands(who, "newsletter", "sms"); !h.suppressed(who) || s == "granted" {
				t.Errorf("suppressed: %v; %s", h.suppressed(who), s)
			}
		})
	}
}
