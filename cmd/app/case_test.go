package app

import (
	"net/http"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Whoever asks to be erased wants no marketing either (COMPLIANCE B.6 step 2): their yes is withdrawn, nothing is sent, and a
// database that is put back does not forget it.
func TestARequestForErasureStopsMarketing(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, ask := range map[string]func(h *house, who string) error{
		"on the page": func(h *house, who string) error {
			h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "request", "erase")
			return nil
		},
		"by letter": func(h *house, who string) error {
			return second(h.app.OpenCase(h.t.Context(), who, "erase", campaign.DateOf(h.clock()).String(), "by letter"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 2, channels: both}).start(spring).send()
			restore := h.backup()
			h.says(who, "newsletter.email")
			h.wait(time.Minute)
			stale := h.opened(h.form(who))
			h.wait(time.Minute)
			n := h.entries()
			h.must(ask(h, who))
			if !h.suppressed(who) || h.entries() != n+1 {
				t.Errorf("on the never-write list %v, %d entries", h.suppressed(who), h.entries()-n)
			}
			h.expectClass(who, "OPTED_OUT")
			id := h.contact(who).ID
			h.view(func(r campaign.Reader) error {
				rows, err := r.ConsentsOf(id)
				h.must(err)
				rows, err = campaign.StandingConsents(r, rows)
				for _, row := range rows {
					if row.State == campaign.Granted || row.Channel == "email" && (row.State != campaign.Withdrawn || int64(row.Proof) != n) {
						t.Errorf("stands as %+v", row)
					}
				}
				return err
			})
			if s, err := h.app.Desk.Suppressed(t.Context(), campaign.Address(who)); err != nil || s == nil || s.Reason != campaign.SuppressObjection || s.Source != "case 1" {
				t.Errorf("%+v %v", s, err)
			}
			h.outdated(h.form(who), "form", stale, "action", "save", "decision.newsletter.email", "yes", "decision.newsletter.sms", "yes")
			if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
				t.Errorf("%+v %v", r, err)
			}
			h.wait(time.Minute)
			h.says(who, "newsletter.email")
			if h.suppressed(who) {
				t.Error("their own later yes does not lift it")
			}
			h.wait(time.Minute)
			n = h.entries()
			h.post(h.page(who), http.StatusSeeOther, "form", h.opened(h.page(who)), "request", "erase")
			if !h.suppressed(who) || h.entries() != n+1 {
				t.Errorf("asked again after a yes: %v, %d entries", h.suppressed(who), h.entries()-n)
			}
			restore()
			if !h.suppressed(who) {
				t.Error("the restored database has forgotten")
			}
		})
	}
}

// To see or to correct what is held says nothing of marketing.
func TestARequestToSeeStopsNothing(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	for _, kind := range []campaign.CaseKind{campaign.CaseAccess, campaign.CaseRectify} {
		h.must(second(h.app.Desk.Request(t.Context(), h.invitation(person(0)).Link, kind)))
	}
	if h.suppressed(person(0)) {
		t.Error("on the never-write list")
	}
}

// What a person asks for by right becomes a case with a due date and an entry; asked for twice it is one.
func TestRequestBecomesACase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	who := h.invitation(person(0))
	n := h.entries()
	asked, err := h.app.Desk.Request(t.Context(), who.Link, campaign.CaseErase)
	h.must(err)
	if asked.Contact != who.Contact || asked.State != campaign.CaseOpen || h.entries() != n+1 {
		t.Errorf("%+v, %d entries", asked, h.entries()-n)
	}
	if want := campaign.DateOf(asked.OpenedAt).AddMonths(1); campaign.DateOf(asked.DueAt) != want {
		t.Errorf("due %s, want the end of %s", asked.DueAt, want)
	}
	h.wait(time.Hour)
	again, err := h.app.Desk.Request(t.Context(), who.Link, campaign.CaseErase)
	h.must(err)
	if again.ID != asked.ID || h.entries() != n+1 {
		t.Errorf("case %d again as %d, %d entries", asked.ID, again.ID, h.entries()-n)
	}
	if _, err := h.app.Desk.Request(t.Context(), campaign.LinkID{9}, campaign.CaseErase); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown link: %v", err)
	}
	if _, err := h.app.Desk.Request(t.Context(), who.Link, "sell"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown kind: %v", err)
	}
}
