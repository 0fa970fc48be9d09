package forms_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// What people ask for by right is one press on their preferences, which then say until when it is due.
func TestAskingByRight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := h.path(link.Preferences)
	for n, kind := range campaign.CaseKinds() {
		w := h.post(page+"?lang=en", fields("form", h.nonce(page+"?lang=en"), "request", string(kind)))
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != page+"?asked="+string(kind)+"&lang=en" {
			t.Fatalf("%s: %d to %s", kind, w.Code, to)
		}
		if len(h.desk.cases) != n+1 || h.desk.cases[n].Kind != kind {
			t.Fatalf("%+v", h.desk.cases)
		}
		said := text(parse(t, h.get(w.Header().Get("Location"))))
		if stops := strings.Contains(said, "No marketing message is sent to you any more, from now on."); stops != (kind == campaign.CaseErase) {
			t.Errorf("%s: the page says that marketing stops: %v", kind, stops)
		}
		for _, words := range []string{"Your request is recorded", "What you asked for", "Asked on 10 March 2026. You will have an answer by 10 April 2026."} {
			if !strings.Contains(said, words) {
				t.Errorf("%s: the page lacks %q", kind, words)
			}
		}
	}
	h.desk.cases[0].State, h.desk.cases[0].ClosedAt = campaign.CaseDone, h.now().AddDate(0, 0, 3)
	if said := text(parse(t, h.get(page+"?lang=en"))); !strings.Contains(said, "Asked on 10 March 2026, dealt with on 13 March 2026.") || strings.Contains(said, "Your request is recorded") {
		t.Error("the page does not say what was done")
	}
}

// A request whose day is over is not promised an answer by a day that is past.
func TestARequestThatIsLateSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := h.path(link.Preferences) + "?lang=en"
	h.desk.cases = []campaign.Case{{Kind: campaign.CaseAccess, State: campaign.CaseOpen, OpenedAt: h.now().AddDate(0, -2, 0), DueAt: h.now().AddDate(0, -1, 0)}}
	if said := text(parse(t, h.get(page))); strings.Contains(said, "You will have an answer by") || !strings.Contains(said, "An answer was due by 10 February 2026. If you have none, write to us, or to the authority named below.") {
		t.Error(said)
	}
}

// A yes that an erasure's request has ended is shown as withdrawn, and can be given again.
func TestAYesThatARequestForErasureEndedIsShownAsWithdrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	question := campaign.Question{Purpose: "newsletter", Channel: "email"}
	h.view().Current = []campaign.CurrentChoice{{Question: question, State: campaign.Granted, At: h.now().AddDate(0, 0, -2)}}
	page := h.path(link.Preferences) + "?lang=en"
	before := text(parse(t, h.get(page)))
	h.view().Current[0].State, h.view().Suppressed = campaign.Withdrawn, true
	w := parse(t, h.get(page))
	after := text(w)
	if strings.Contains(before, "withdrawn") || !strings.Contains(after, "withdrawn") || len(find(w, "input", "value", "newsletter.email")) == 0 {
		t.Errorf("before: %s\nafter: %s", before, after)
	}
}

func TestAskingByRightTakesAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := h.path(link.Preferences)
	foreignPage := h.nonce(h.path(link.Form))
	good := h.nonce(page)
	for what, body := range map[string]url.Values{
		"no nonce":          fields("request", "erase"),
		"another page's":    fields("request", "erase", "form", foreignPage),
		"a filled trap":     fields("request", "erase", "form", good, "remark", "x"),
		"an unknown right":  fields("request", "sell", "form", good),
		"two rights":        fields("request", "erase", "request", "access", "form", good),
		"a choice with it":  fields("request", "erase", "action", "refuse-all", "form", good),
		"a change with it":  fields("request", "erase", "change", "newsletter.email", "to", "yes", "form", good),
		"a nonce with more": fields("request", "erase", "form", good+"A"),
	} {
		if w := h.post(page, body); w.Code != http.StatusUnprocessableEntity || len(h.desk.cases) != 0 || h.desk.acts() != 0 {
			t.Errorf("%s: %d, %d cases", what, w.Code, len(h.desk.cases))
		}
	}
	if w := h.get(page + "?asked=erase"); strings.Contains(w.Body.String(), "Votre demande est enregistrée") {
		t.Error("an address alone says that something was asked for")
	}
	if w := h.get(page + "?asked=erase&lang=en"); strings.Contains(w.Body.String(), "No marketing message") {
		t.Error("an address alone says that marketing stops")
	}
	h.desk.fail = fault.New(fault.Unavailable, "test.full", "disk full")
	if w := h.post(page, fields("request", "erase", "form", good)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("what could not be saved: %d", w.Code)
	}
	h.desk.fail = nil
	h.view().Open = false
	form := h.path(link.Form)
	if w := h.post(form, fields("request", "access", "form", h.nonce(form))); w.Code != http.StatusSeeOther || len(h.desk.cases) != 1 {
		t.Errorf("on the page of a closed form: %d", w.Code)
	}
}

// A page younger than two seconds was not read by anybody.
func TestAskingByRightAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := h.path(link.Preferences)
	nonce := h.fresh(page)
	h.wait(time.Second)
	if w := h.post(page, fields("request", "erase", "form", nonce)); w.Code != http.StatusUnprocessableEntity || len(h.desk.cases) != 0 {
		t.Errorf("%d, %d cases", w.Code, len(h.desk.cases))
	}
}
