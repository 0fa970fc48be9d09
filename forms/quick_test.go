package forms_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// shows is how often the record behind a link was read while something was done.
func (h *house) shows(do func()) int {
	h.desk.mu.Lock()
	before := h.desk.shows
	h.desk.mu.Unlock()
	do()
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	return h.desk.shows - before
}

// TestPlainAnswersAreNotLookedAtTwice, and all others are: the short way must come to the same as the long one.
func TestPlainAnswersAreNotLookedAtTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *house)
		post   func(nonce string) url.Values
		status int
		acts   int
		long   bool
	}{
		"a yes":            {post: saved, status: http.StatusSeeOther, acts: 1},
		"a no":             {post: func(n string) url.Values { return fields("form", n, "action", "refuse-all") }, status: http.StatusSeeOther, acts: 1},
		"nothing ticked":   {post: func(n string) url.Values { return fields("form", n, "action", "save") }, status: http.StatusUnprocessableEntity, long: true},
		"another link's":   {post: func(n string) url.Values { return saved(n[:len(n)-2] + "xx") }, status: http.StatusUnprocessableEntity, long: true},
		"a filled trap":    {post: func(n string) url.Values { return with(saved(n), "remark", "x") }, status: http.StatusUnprocessableEntity, long: true},
		"a foreign line":   {post: func(n string) url.Values { return with(saved(n), "decision.else.email", "yes") }, status: http.StatusUnprocessableEntity, long: true},
		"a yes too late":   {change: func(h *house) { h.view().Open = false }, post: saved, status: http.StatusGone, long: true},
		"erased meanwhile": {change: func(h *house) { h.desk.people = map[campaign.LinkID]*campaign.FormView{} }, post: saved, status: http.StatusNotFound, long: true},
		"not stored": {change: func(h *house) { h.desk.fail = fault.New(fault.Unavailable, "test.full", "full") }, post: saved,
			status: http.StatusServiceUnavailable}, // whoever waited for it once does not wait a second time
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			target := h.path(link.Form)
			nonce := h.nonce(target)
			if c.change != nil {
				c.change(h)
			}
			status := 0
			looks := h.shows(func() { status = h.post(target, c.post(nonce)).Code })
			if status != c.status || h.desk.acts() != c.acts || (looks > 0) != c.long {
				t.Errorf("%d, %d recorded, looked at %d times", status, h.desk.acts(), looks)
			}
		})
	}
}

// TestAPageThatAnotherProcessServed is answered all the same.
func TestAPageThatAnotherProcessServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	h.restart()
	if looks := h.shows(func() {
		if w := h.post(target, saved(nonce)); w.Code != http.StatusSeeOther || h.desk.acts() != 1 {
			t.Errorf("%d, %d recorded", w.Code, h.desk.acts())
		}
	}); looks == 0 {
		t.Error("nobody looked whether the page is the campaign's")
	}
}

// TestAlwaysConfirmingLeavesOutNothing.
func TestAlwaysConfirmingLeavesOutNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *campaign.Frozen, d *forms.Deps) { d.Confirm = "always" })
	target := h.path(link.Form)
	nonce := h.nonce(target)
	h.wait(3 * time.Second)
	if w := h.post(target, saved(nonce)); w.Code != http.StatusOK || h.desk.acts() != 0 {
		t.Errorf("%d, %d recorded", w.Code, h.desk.acts())
	}
}

// TestANoToEverythingCoversAllThatWasAsked: two campaigns that ask the same purposes by other channels have one and the same
// preferences page, which stands in the place of a form that is closed. What was served to somebody else says nothing
// of what this person was asked.
func TestANoToEverythingCoversAllThatWasAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other, id := h.desk.frozen, campaign.LinkID{9}
	other.File.Channels = []string{"email"}
	docs, err := forms.NewSheets(h.deps.Catalogue, h.deps.BaseURL).Documents(other)
	if err != nil {
		t.Fatal(err)
	}
	other.Documents = map[string]string{}
	for _, d := range docs {
		other.Documents[d.Name] = d.SHA256
		h.desk.documents[d.SHA256] = d
	}
	if other.Documents["preferences.fr.html"] != h.desk.frozen.Documents["preferences.fr.html"] {
		t.Fatal("the page of one campaign is not that of the other")
	}
	h.desk.people[id] = &campaign.FormView{Invitation: 2, Contact: 2, Campaign: 2, Language: "fr", Email: "paul@example.net", Frozen: &other}
	h.view().Open = false
	target := h.path(link.Form)
	nonce := h.nonce(target)
	h.get("/c/" + h.links.Mint(link.Form, id, time.Time{}))
	if w := h.post(target, fields("form", nonce, "action", "refuse-all")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d", w.Code)
	}
	if lines, asked := h.desk.answers[0].Lines, h.desk.frozen.File.Questions(); len(lines) != len(asked) {
		t.Errorf("of %d questions the no answers %d: %+v", len(asked), len(lines), lines)
	}
}
