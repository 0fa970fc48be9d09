package app

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// stands reads from the export where somebody stands with one question.
func (h *house) stands(who, purpose, channel string) string {
	h.t.Helper()
	for _, line := range h.consentLines(who) {
		if cells := strings.Split(line, ","); cells[2] == purpose && cells[3] == channel {
			return cells[4]
		}
	}
	return ""
}

// A no to one channel that the base brings ends a yes to it, in every file and in the verdict; one dated before that yes does
// not, and a yes by the person's own link after the import stands again, also when the same file comes once more.
func TestAnImportedNoToOneChannelEndsAYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, c := range []struct{ channel, day, want string }{
		{"sms", "2026-03-11", "withdrawn"}, {"sms", "", "withdrawn"}, {"sms", "2026-03-01", "granted"},
		{"phone", "2026-03-11", "withdrawn"}, {"post", "", "withdrawn"},
	} {
		who, q := person(0), "newsletter."+c.channel
		h := newHouse(t, plan{people: 1, channels: []string{"email", c.channel}}).start(spring).send()
		h.importRows([]string{who}, map[string]string{"phone": "+33612345678"})
		h.says(who, "newsletter.email", q)
		h.wait(48 * time.Hour)
		no := map[string]string{"optout": "yes", "optout_at": c.day, "optout_scope": c.channel}
		h.importRows([]string{who}, no)
		if got := h.stands(who, "newsletter", c.channel); got != c.want {
			t.Errorf("%v: %s", c, got)
		}
		if got := h.stands(who, "newsletter", "email"); got != "granted" {
			t.Errorf("%v: e-mail is %s", c, got)
		}
		for _, program := range []string{"brevo", "klaviyo"} {
			if _, text := h.exports(program, true); c.channel == "sms" && strings.Contains(text, "33612345678") != (c.want == "granted") {
				t.Errorf("%v: %s gets %s", c, program, text)
			}
		}
		h.wait(time.Hour)
		h.says(who, "newsletter.email", q)
		h.wait(time.Hour)
		h.importRows([]string{who}, no)
		if got := h.stands(who, "newsletter", c.channel); got != "granted" {
			t.Errorf("%v: %s after a yes of their own", c, got)
		}
	}
}

// Whose only yes is ended so is opted in no more.
func TestANoToTheOnlyChannelLeavesNoYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(person(0), "newsletter.sms")
	h.wait(time.Hour)
	h.importRows([]string{person(0)}, map[string]string{"consent_status": "no", "consent_at": "", "consent_channels": "sms"})
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if v := h.contact(person(0)).Verdict; v.Class == campaign.OptedIn {
		t.Errorf("%+v", v)
	}
}

// What stands against a yes on paper stands also when only the base knows it.
func TestAYesByHandAgainstANoToOneChannel(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	h.importRows([]string{person(0)}, map[string]string{"optout": "yes", "optout_scope": "sms"})
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: person(0), By: "paper", Decisions: []string{"newsletter.sms=yes"}, On: "2026-03-09", Proof: scan})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a yes to sms: %v", err)
	}
	h.onPaper(person(0), "newsletter.phone=yes")
}

// A yes from a scan of an earlier day is one of that day in every export, as in the records of consent.
func TestAConsentOnPaperIsOfTheDayItWasGiven(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: person(0), By: "paper", Decisions: []string{"newsletter.email=yes"}, On: "2025-11-03", Proof: scan})
	h.must(err)
	_, klaviyo := h.exports("klaviyo", true)
	for _, text := range []string{h.consentLines(person(0))[0], klaviyo} {
		if !strings.Contains(text, "2025-11-03") || strings.Contains(text, "2026-03-10") {
			t.Error(text)
		}
	}
}
