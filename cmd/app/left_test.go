package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// leftReply is an automatic answer at a return path, which may be nobody's.
func leftReply(to, from, text string) []byte {
	return fmt.Appendf(nil, "Return-Path: <>\nFrom: %s\nTo: %s\nMessage-ID: <left-%s>\nSubject: Automatic reply\nAuto-Submitted: auto-replied\n\n%s\n", from, to, from, text)
}

// returnPath is the signed address that the message of a person came from.
func (h *house) returnPath(email string) string {
	return "b+" + h.app.links.Mint(link.Bounce, h.invitation(email).Link, time.Time{}) + "@bounce.lumen.example"
}

// takes reads one message that came back.
func (h *house) takes(raw []byte, want campaign.Effect) {
	h.t.Helper()
	for _, dry := range []bool{true, false} {
		taken, err := h.app.intake().Take(h.t.Context(), raw, dry)
		h.must(err)
		if len(taken.Recipients) != 1 || taken.Recipients[0].Effect != want {
			h.t.Fatalf("dry %v: %+v, want %s", dry, taken, want)
		}
	}
}

// COMPLIANCE E.4: whoever is said to have left is for a person to look at, and is not written to at that address again.
func TestWhoHasLeftIsReviewed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who, other := person(0), person(1)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	const gone = "Peter Dunn no longer works for the company. Please contact Ruth Ames, ruth@place.example."
	n := h.entries()
	h.takes(leftReply("contact@shop.example", who, gone), campaign.EffectNone)
	h.takes(leftReply("b+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounce.lumen.example", who, gone), campaign.EffectNone)
	h.takes(leftReply(h.returnPath(who), who, "I have left the office and am back on Monday."), campaign.EffectNone)
	h.takes(leftReply(h.returnPath(who), "peter@forwarded.example", gone), campaign.EffectNone)
	if h.entries() != n {
		t.Error("what proves nothing counts")
	}
	h.takes(leftReply(h.returnPath(who), who, gone), campaign.EffectReview)
	h.takes(leftReply(h.returnPath(who), who, gone), campaign.EffectKnown)
	h.expectClass(who, "REVIEW")
	h.expectClass(other, "ASKED")
	if v := h.contact(who).Verdict; v.Class != campaign.Doubtful || v.Route != campaign.RouteNone || v.Code != "T-00" {
		t.Errorf("%+v", v)
	}
	if !h.suppressed(who) || h.suppressed(other) {
		t.Error("one mailbox, and no other, waits for somebody to look")
	}
	h.expectBounces(0, 0, 0)
	i := h.invitation(who)
	h.view(func(r campaign.Reader) error {
		late, _, err := r.LateEnds(i.Campaign, campaign.NoEntry)
		if len(late) != 0 {
			t.Errorf("the stop rules count it: %+v", late)
		}
		known, _ := r.BouncesOf(i.ID)
		if bs := known[i.ID]; len(bs) != 1 || bs[0].Meaning != campaign.MeansLeft || bs[0].Words != "no longer works for" {
			t.Errorf("kept: %+v", bs)
		}
		return err
	})
	h.says(who, "newsletter.email")
	h.expectClass(who, "OPTED_IN_VALID")
}

// What the operator does with such a person settles it: another address, a no, or a mailbox that turns out dead.
func TestWhoHasLeftIsSettled(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	for n := range 3 {
		h.takes(leftReply(h.returnPath(person(n)), person(n), "I have left the company."), campaign.EffectReview)
	}
	_, err := h.app.Suppress(t.Context(), person(0), "told by telephone")
	h.must(err)
	h.expectClass(person(0), "OPTED_OUT")
	h.note(h.hardNotice(person(1)), campaign.EffectSuppressed)
	h.expectClass(person(1), "UNDELIVERABLE")
	_, err = h.app.Desk.Rectify(t.Context(), Operator(), person(2), map[string]string{"email": "dora@d.example"}, false)
	h.must(err)
	h.expectClass("dora@d.example", "ASKED")
}

// Whose mailbox of now is dead cannot be written to there, whatever was said of the one before.
func TestWhoHasLeftForADeadMailbox(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const now = "dora@d.example"
	h := newHouse(t, plan{people: 1}).start(spring).send()
	was := h.invitation(person(0)).Keys
	h.takes(leftReply(h.returnPath(person(0)), person(0), "I have left the company."), campaign.EffectReview)
	_, err := h.app.Desk.Rectify(t.Context(), Operator(), person(0), map[string]string{"email": now}, false)
	h.must(err)
	h.expectClass(now, "ASKED")
	dead := campaign.Record{Kind: campaign.RecordSuppress, Attempt: 2, At: h.clock()} // a bounce, as an older copy of the database had it
	for _, k := range h.contact(now).Keys {
		if !slices.Contains(was, k) {
			dead.Keys = append(dead.Keys, k)
		}
	}
	h.must(h.app.journal.Append(t.Context(), dead))
	h.reopen()
	h.expectClass(now, "UNDELIVERABLE")
}

// The send journal outlives the database: the mailbox stays unused, and the words that say why are lost with it.
func TestWhoHasLeftOutlivesTheDatabase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	restore := h.backup()
	h.takes(leftReply(h.returnPath(who), who, "I have left the company."), campaign.EffectReview)
	restore()
	h.recover()
	if !h.suppressed(who) {
		t.Error("it is forgotten")
	}
}
