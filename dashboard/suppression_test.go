package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/account"
)

func TestTheNeverWriteListShowsActsAndSaysThatItHoldsHashes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("anna")
	h.desk.more = true
	b := h.as(account.Viewer)
	page := parse(t, b.get("/admin/suppressions"))
	words := text(page)
	for _, want := range []string{"Added by hand Added anna 2 March 2026, 08:30:00 UTC 2", "Objection Taken back by the person anna", "keyed hashes, no addresses"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if older := find(page, "a", "rel", "next"); len(older) != 1 || attr(older[0], "href") != "/admin/suppressions?before=8" {
		t.Error("the way to older acts is lost")
	}
	if len(find(page, "form", "action", "/admin/suppressions")) != 0 || len(find(page, "form", "action", "/admin/suppressions/check")) != 1 {
		t.Error("a viewer can add, or cannot check")
	}
	if words := text(parse(t, b.get("/admin/suppressions?before=8"))); !strings.Contains(words, "The list is empty") {
		t.Errorf("behind the end: %s", words)
	}
}

func TestAnAddressIsPutOnTheListWithAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Marketer)
	for name, c := range map[string]struct{ address, why, says string }{
		"no reason":  {"a@b.example", " ", "Say why"},
		"no mailbox": {"nobody", "rang", "no usable mailbox"},
	} {
		w := b.post("/admin/suppressions", "address", c.address, "why", c.why)
		page := parse(t, w)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), c.says) || attr(find(page, "input", "id", "address")[0], "value") != c.address {
			t.Errorf("%s: %d %s", name, w.Code, inRed(t, w))
		}
	}
	if w := b.post("/admin/suppressions", "address", " a@b.example ", "why", "rang us"); w.Header().Get("Location") != "/admin/suppressions?done=suppressed" || h.desk.why != "rang us" || h.desk.actor.Name != "marketer" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	h.desk.listed = true
	if w := b.post("/admin/suppressions", "address", "a@b.example", "why", "rang us"); w.Header().Get("Location") != "/admin/suppressions?done=suppressed_before" {
		t.Errorf("twice: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestWhetherAnAddressIsOnTheList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Viewer)
	if words := text(parse(t, b.post("/admin/suppressions/check", "asked", "a@b.example"))); !strings.Contains(words, "a@b.example is not on the list") {
		t.Errorf("not listed: %s", words)
	}
	h.fillBase("anna")
	if words := text(parse(t, b.post("/admin/suppressions/check", "asked", "a@b.example"))); !strings.Contains(words, "a@b.example is on the list. Reason Added by hand Source anna") {
		t.Errorf("listed: %s", words)
	}
	if w := b.post("/admin/suppressions/check", "asked", "nobody"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "no usable mailbox") {
		t.Errorf("no mailbox: %d", w.Code)
	}
}
