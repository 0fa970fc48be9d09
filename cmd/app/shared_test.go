package app

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// family are two people whose mailboxes are one, by two spellings, of whom the campaign has asked the first.
func family(t *testing.T) (h *house, asked, other string) {
	t.Helper()
	h = newHouse(t, plan{people: 1, channels: both, mostTwo: true})
	asked, other = "family+jo@d0.example", "family+al@d0.example"
	h.importRows([]string{asked, other}, nil)
	h.start(spring).send()
	if h.accepted()[asked] == 0 {
		asked, other = other, asked
	}
	if n := h.accepted(); n[asked] != 1 || n[other] != 0 {
		t.Fatal(n)
	}
	return h, asked, other
}

// paperYes enters a yes to e-mail on paper; false: it was refused.
func (h *house) paperYes(who string) bool {
	h.t.Helper()
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	_, err := h.app.RecordByHand(h.t.Context(), ByHand{Contact: who, By: "paper", Decisions: []string{"newsletter.email=yes"}, On: h.clock().Format("2006-01-02"), Proof: scan})
	if err != nil && !fault.Is(err, fault.Conflict) {
		h.t.Fatal(err)
	}
	return err == nil
}

// TestAYesOfOneRevivesNothingOfAnother: two people share a mailbox. In whatever order they and others speak: a yes by a link is the
// yes of that person. What a no to everything ended for the other one does not count again, nor does their no end.
func TestAYesOfOneRevivesNothingOfAnother(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h, asked, other := family(t)
			r := rand.New(rand.NewPCG(seed, 65))
			agreed, refused, yes := false, false, false // what the other one said, and the asked one
			var log []string
			note := func(what string, then func()) {
				log = append(log, what)
				h.wait(time.Minute)
				then()
			}
			call := func(box string) {
				_, err := h.app.Suppress(t.Context(), box, "by telephone")
				h.must(err)
			}
			for range 10 {
				switch r.IntN(6) {
				case 0, 1:
					note("yes of the asked one", func() { h.says(asked, "newsletter.sms"); yes = true })
				case 2:
					note("no of the asked one", func() { h.oneClick(asked); yes, refused = false, true })
				case 3:
					note("telephone, for the mailbox", func() { call("family@d0.example"); yes, refused = false, true })
				case 4:
					note("paper of the other one", func() {
						if took := h.paperYes(other); took == refused {
							t.Errorf("a yes on paper was entered: %v, after a no: %v", took, refused)
						}
						agreed = agreed || !refused
					})
				case 5:
					note("an audit", func() { _, err := h.app.Audit(t.Context(), AuditOptions{}); h.must(err) })
				}
				if got := h.stands(asked, "newsletter", "sms"); (got == "granted") != yes {
					t.Errorf("the asked one stands as %q, after %q", got, log)
				}
				if got := h.stands(other, "newsletter", "email"); (got == "granted") != (agreed && !refused) {
					t.Errorf("the other one stands as %q, after %q", got, log)
				}
				if v := h.nowJudged(other); refused && v.Class != campaign.OptedOut || agreed && !refused && v.Class != campaign.OptedIn {
					t.Errorf("the other one is %s by %s, after %q", v.Class, v.Code, log)
				}
			}
			h.erase(asked)
			if got := h.stands(other, "newsletter", "email"); (got == "granted") != (agreed && !refused) {
				t.Errorf("after the other was erased: %q, after %q", got, log)
			}
			h.send().verifies()
			if n := h.accepted(); n[asked] != 1 || n[other] != 0 {
				t.Errorf("asked: %v", n)
			}
		})
	}
}

// nowJudged is the verdict of today.
func (h *house) nowJudged(who string) (v campaign.Verdict) {
	h.t.Helper()
	c := h.contact(who)
	h.view(func(r campaign.Reader) error {
		vs, err := campaign.VerdictsNow(r, []campaign.Contact{c})
		v = vs[0]
		return err
	})
	return v
}

// TestTheLinkOfOneTakesBackTheNoOfThatOne, and of the other only where the other has a link of their own and says so by it.
func TestTheLinkOfOneTakesBackTheNoOfThatOne(t *testing.T) {
	t.Parallel()
	h, asked, other := family(t)
	h.wait(time.Minute)
	_, err := h.app.Suppress(t.Context(), "family@d0.example", "by telephone")
	h.must(err)
	h.wait(time.Minute)
	h.says(asked, "newsletter.email")
	if w := h.do(http.MethodGet, h.page(asked), nil); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	if v := h.nowJudged(asked); v.Class != campaign.OptedIn {
		t.Errorf("the one who said yes: %+v", v)
	}
	if v := h.nowJudged(other); v.Class != campaign.OptedOut {
		t.Errorf("the one who did not: %+v", v)
	}
	for _, who := range []string{asked, other} {
		_, err = h.app.Audit(t.Context(), AuditOptions{})
		h.must(err)
		v, err := h.app.Contact(t.Context(), who)
		h.must(err)
		if v.Suppressed != (who == other) {
			t.Errorf("%s is shown as suppressed: %v", who, v.Suppressed)
		}
	}
}

// TestASecondNoByTelephoneIsHeard: the first left a line under another spelling of the mailbox, which the yes since did not lift.
func TestASecondNoByTelephoneIsHeard(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h, asked, _ := family(t)
	for range 2 {
		h.wait(time.Minute)
		added, err := h.app.Suppress(t.Context(), "family@d0.example", "by telephone")
		if err != nil || !added || !h.suppressed(asked) {
			t.Errorf("added %v, suppressed %v, %v", added, h.suppressed(asked), err)
		}
		if again, err := h.app.Suppress(t.Context(), "family@d0.example", "by telephone"); err != nil || again {
			t.Errorf("the same again: %v %v", again, err)
		}
		h.wait(time.Minute)
		h.says(asked, "newsletter.email")
	}
}
