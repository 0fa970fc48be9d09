package forms_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

func saved(nonce string) url.Values {
	return fields("form", nonce, "action", "save", "decision.newsletter.email", "yes")
}

func TestAnAnswerIsRecordedAndReadBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	w := h.post(target, saved(nonce), "Sec-Fetch-Site", "same-origin", "User-Agent", "Mozilla/5.0 Firefox/140.0")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/r/") {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	a := h.desk.answers[0]
	want := []campaign.AnswerLine{
		{Question: campaign.Question{Purpose: "newsletter", Channel: "email"}, Yes: true},
		{Question: campaign.Question{Purpose: "newsletter", Channel: "sms"}},
		{Question: campaign.Question{Purpose: "offers", Channel: "email"}},
		{Question: campaign.Question{Purpose: "offers", Channel: "sms"}},
	}
	if !slices.Equal(a.Lines, want) {
		t.Errorf("lines are %+v", a.Lines)
	}
	if a.Kind != campaign.ByForm || a.Language != "fr" || a.Nonce != nonce || a.NonceAge != 3*time.Second ||
		a.Document != h.desk.frozen.Documents["form.fr.html"] {
		t.Errorf("evidence is %+v", a)
	}
	if a.Request != (campaign.Request{SecFetchSite: "same-origin", UAFamily: "firefox"}) {
		t.Errorf("request is %+v", a.Request)
	}
	receipt := text(parse(t, h.get(w.Header().Get("Location"))))
	for _, words := range []string{"Votre choix est enregistré", "10 mars 2026, 09:00:03 UTC", "a6f58318-72e6-46a2-bfd7-000000000001", "j•••@e•••.net", a.Document, "Changer ou retirer"} {
		if !strings.Contains(receipt, words) {
			t.Errorf("the receipt lacks %q", words)
		}
	}
	if strings.Count(receipt, "non")-strings.Count(receipt, "non.") < 3 {
		t.Error("the receipt does not say each no")
	}
}

func TestWhatMayNotBeRecordedAsksAgain(t *testing.T) {
	t.Parallel()
	other := campaign.LinkID{9}
	for name, test := range map[string]struct {
		change func(url.Values, *house) url.Values
		wait   time.Duration
		says   string
	}{
		"nothing ticked":     {func(v url.Values, _ *house) url.Values { return fields("form", v.Get("form"), "action", "save") }, 3, "Aucune case"},
		"no nonce":           {func(v url.Values, _ *house) url.Values { v.Del("form"); return v }, 3, "à neuf"},
		"mangled nonce":      {func(v url.Values, _ *house) url.Values { return with(v, "form", v.Get("form")+"x") }, 3, "à neuf"},
		"two nonces":         {func(v url.Values, _ *house) url.Values { v.Add("form", v.Get("form")); return v }, 3, "à neuf"},
		"nonce of another":   {func(v url.Values, h *house) url.Values { return with(v, "form", h.nonceOf(other)) }, 3, "à neuf"},
		"too young":          {func(v url.Values, _ *house) url.Values { return v }, 1, "une personne"},
		"too old":            {func(v url.Values, _ *house) url.Values { return v }, 25 * 3600, "à neuf"},
		"honeypot":           {func(v url.Values, _ *house) url.Values { return with(v, "remark", "cheap pills") }, 3, "une personne"},
		"no action":          {func(v url.Values, _ *house) url.Values { v.Del("action"); return v }, 3, "ne se lit pas"},
		"two actions":        {func(v url.Values, _ *house) url.Values { v.Add("action", "refuse-all"); return v }, 3, "ne se lit pas"},
		"unknown action":     {func(v url.Values, _ *house) url.Values { return with(v, "action", "accept-all") }, 3, "ne se lit pas"},
		"twice the same box": {func(v url.Values, _ *house) url.Values { v.Add("decision.newsletter.email", "no"); return v }, 3, "ne se lit pas"},
		"box of another day": {func(v url.Values, _ *house) url.Values { return with(v, "decision.lottery.email", "yes") }, 3, "ne se lit pas"},
		"another value":      {func(v url.Values, _ *house) url.Values { return with(v, "decision.newsletter.email", "on") }, 3, "ne se lit pas"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			target := h.path(link.Form)
			post := saved(h.fresh(target))
			h.wait(test.wait * time.Second)
			w := h.post(target, test.change(post, h))
			if w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 0 {
				t.Fatalf("%d, %d recorded", w.Code, h.desk.acts())
			}
			page := parse(t, w)
			notice := find(page, "div", "role", "alert")
			if len(notice) != 1 || !strings.Contains(text(notice[0]), test.says) || !strings.Contains(text(notice[0]), "Rien n’est encore enregistré") {
				t.Errorf("the page does not say why: %q", text(page))
			}
			if len(find(page, "input", "type", "checkbox")) != 4 {
				t.Error("the form is not shown again")
			}
			unticked(t, page)
			h.wait(3 * time.Second)
			again := find(page, "input", "name", "form")
			if w := h.post(target, saved(attr(again[len(again)-1], "value"))); w.Code != http.StatusSeeOther || h.desk.acts() != 1 {
				t.Errorf("the form shown again does not work: %d", w.Code)
			}
		})
	}
}

func (h *house) nonceOf(id campaign.LinkID) string {
	n, err := h.links.Nonce(id, [32]byte{}, 0, "fr", h.now(), strings.NewReader(strings.Repeat("r", 64)))
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// unticked fails when any control of a page has a state set for the person.
func unticked(t *testing.T, page *html.Node) {
	t.Helper()
	for d := range page.Descendants() {
		for _, a := range d.Attr {
			if a.Key == "checked" || a.Key == "selected" || a.Key == "aria-checked" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q>", d.Data, a.Key, a.Val)
			}
		}
	}
}

func TestTheSameNonceTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	first, second := h.post(target, saved(nonce)), h.post(target, saved(nonce))
	if second.Code != http.StatusSeeOther || first.Header().Get("Location") != second.Header().Get("Location") || h.desk.acts() != 1 {
		t.Fatalf("a double click: %d, %d recorded", second.Code, h.desk.acts())
	}
	w := h.post(target, fields("form", nonce, "action", "refuse-all"))
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/p/") || h.desk.acts() != 1 {
		t.Fatalf("another choice: %d to %s, %d recorded", w.Code, to, h.desk.acts())
	}
	page := parse(t, h.get(to))
	if !strings.Contains(text(page), "Cette page n’était plus à jour") {
		t.Errorf("nothing says why: %s", text(page))
	}
	if !strings.Contains(text(page), "par e-mail oui") {
		t.Errorf("what stands is not shown: %s", text(page))
	}
}

func TestParallelAnswersAreOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	post := saved(h.nonce(target))
	codes := make([]int, 64)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() { codes[i] = h.post(target, post).Code })
	}
	wg.Wait()
	for _, code := range codes {
		if code != http.StatusSeeOther {
			t.Errorf("%d", code)
		}
	}
	if h.desk.acts() != 1 {
		t.Errorf("%d recorded", h.desk.acts())
	}
}

func TestNoToAllByTheForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	w := h.post(target, fields("form", h.nonce(target), "action", "refuse-all"))
	if w.Code != http.StatusSeeOther || len(h.desk.answers) != 1 || len(h.desk.answers[0].Lines) != 4 {
		t.Fatalf("%d, %+v", w.Code, h.desk.answers)
	}
	for _, l := range h.desk.answers[0].Lines {
		if l.Yes {
			t.Errorf("%v is a yes", l.Question)
		}
	}
	if !strings.Contains(text(parse(t, h.get(w.Header().Get("Location")))), "C’est non.") {
		t.Error("the receipt does not say no")
	}
}

func TestAnEarlierChoiceStandsInWordsAndCanBeChanged(t *testing.T) {
	t.Parallel()
	for _, p := range []link.Purpose{link.Form, link.Preferences} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
			target := h.path(p)
			page := parse(t, h.get(target))
			unticked(t, page)
			if len(find(page, "input", "name", "change")) != 4 || !strings.Contains(text(page), "La lettre d’information, par e-mail oui Depuis le 10 mars 2026") {
				t.Fatalf("what stands is not in words: %s", text(page))
			}
			w := h.post(target, fields("form", h.nonce(target), "change", "newsletter.email", "to", "no"))
			last := h.desk.answers[len(h.desk.answers)-1]
			if w.Code != http.StatusSeeOther || len(last.Lines) != 1 || last.Lines[0].Yes || last.Kind != campaign.ByForm {
				t.Fatalf("%d, %+v", w.Code, last)
			}
			h.wait(2 * time.Second)
			h.ticksLater(target, "offers.sms")
			before := h.desk.acts()
			for _, bad := range []url.Values{fields("change", "x.y", "to", "no"), fields("change", "offers.sms", "to", "maybe"), fields("change", "offers.sms"), fields("change", "offers.sms", "to", "no", "action", "save")} {
				bad.Set("form", h.nonce(target))
				if w := h.post(target, bad); w.Code != http.StatusUnprocessableEntity {
					t.Errorf("%v: %d", bad, w.Code)
				}
			}
			if h.desk.acts() != before {
				t.Error("an unclear change was recorded")
			}
		})
	}
}

// ticksLater says yes to one line later: the button alone says nothing, and leads to an empty box.
func (h *house) ticksLater(target, field string) {
	h.t.Helper()
	before := h.desk.acts()
	w := h.post(target, fields("form", h.nonce(target), "change", field, "to", "yes"))
	if !strings.Contains(w.Body.String(), "\u00a0: Oui, par ") {
		h.t.Errorf("the box does not say in French what it is for: %s", w.Body)
	}
	step := parse(h.t, w)
	unticked(h.t, step)
	if box := find(step, "input", "name", "confirmed"); len(box) != 1 || attr(box[0], "type") != "checkbox" || h.desk.acts() != before {
		h.t.Fatalf("a yes by a button alone: %d recorded: %s", h.desk.acts()-before, text(step))
	}
	posted := url.Values{}
	for _, input := range find(step, "input", "type", "hidden") {
		posted.Add(attr(input, "name"), attr(input, "value"))
	}
	h.wait(3 * time.Second)
	if w := h.post(target, posted); w.Code != http.StatusOK || h.desk.acts() != before {
		h.t.Errorf("without the tick: %d, %d recorded", w.Code, h.desk.acts()-before)
	}
	if w := h.post(target, with(posted, "confirmed", "yes")); w.Code != http.StatusSeeOther || h.desk.acts() != before+1 {
		h.t.Errorf("with the tick: %d, %d recorded", w.Code, h.desk.acts()-before)
	}
}

func TestAClosedFormCanStillSayNo(t *testing.T) {
	t.Parallel()
	for name, closing := range map[string]func(*house){
		"link expired":    func(h *house) { h.wait(60 * 24 * time.Hour) },
		"campaign closed": func(h *house) { h.view().Open = false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			target := h.path(link.Form)
			h.post(target, saved(h.nonce(target)))
			closing(h)
			page := parse(t, h.get(target))
			if len(find(page, "input", "type", "checkbox")) != 0 || len(find(page, "button", "value", "yes")) != 0 || len(find(page, "button", "value", "save")) != 0 {
				t.Error("the page can say yes")
			}
			if !strings.Contains(text(page), "Le temps de dire oui est passé") {
				t.Error("the page does not say so")
			}
			nonce := h.nonce(target)
			for _, yes := range []url.Values{saved(nonce), fields("form", nonce, "change", "offers.sms", "to", "yes")} {
				if w := h.post(target, yes); w.Code != http.StatusGone || h.desk.acts() != 1 {
					t.Errorf("yes: %d, %d recorded", w.Code, h.desk.acts())
				}
			}
			if w := h.post(target, fields("form", nonce, "change", "newsletter.email", "to", "no")); w.Code != http.StatusSeeOther || h.desk.acts() != 2 {
				t.Errorf("withdrawal: %d", w.Code)
			}
			if w := h.post(target, fields("form", h.nonce(target), "action", "refuse-all")); w.Code != http.StatusSeeOther || h.desk.acts() != 3 {
				t.Errorf("no: %d", w.Code)
			}
		})
	}
}

func TestAFormClosedBetweenLookingAndAnswering(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	h.desk.fail = fault.New(fault.Gone, "test.closed", "too late")
	w := h.post(target, saved(nonce))
	if page := parse(t, w); w.Code != http.StatusGone || len(find(page, "button", "value", "yes")) != 0 || !strings.Contains(text(page), "Le temps de dire oui est passé") {
		t.Errorf("%d: %s", w.Code, text(page))
	}
}

func TestWhatCannotBeSavedIsNeverThankedFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind   fault.Kind
		status int
	}{{fault.Unavailable, 503}, {fault.Internal, 500}, {fault.NotFound, 404}} {
		h := newHouse(t)
		target := h.path(link.Form)
		nonce := h.nonce(target)
		h.desk.fail = fault.New(test.kind, "test.disk", "disk full at /var/lib/reoptin").At("store.Update")
		w := h.post(target, saved(nonce))
		said := text(parse(t, w))
		if w.Code != test.status || strings.Contains(said, "Votre choix est enregistré") || strings.Contains(said, "disk") || strings.Contains(said, "store") {
			t.Errorf("%v: %d %s", test.kind, w.Code, said)
		}
		if test.kind == fault.Unavailable && !strings.Contains(said, "Non enregistré, merci de réessayer") {
			t.Errorf("503 does not say so: %s", said)
		}
	}
}

func TestConfirmAlwaysAsksOnceMoreForYesAndNoAlike(t *testing.T) {
	t.Parallel()
	for name, choice := range map[string]url.Values{
		"yes":    fields("action", "save", "decision.newsletter.email", "yes"),
		"no":     fields("action", "refuse-all"),
		"change": fields("change", "offers.sms", "to", "yes"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(_ *campaign.Frozen, d *forms.Deps) { d.Confirm = "always" })
			target := h.path(link.Form)
			w := h.post(target, with(choice, "form", h.nonce(target)))
			page := parse(t, w)
			if w.Code != http.StatusOK || h.desk.acts() != 0 || !strings.Contains(text(page), "Rien n’est encore enregistré") {
				t.Fatalf("%d, %d recorded: %s", w.Code, h.desk.acts(), text(page))
			}
			again := url.Values{"confirmed": {"yes"}}
			for _, input := range find(page, "input", "type", "hidden") {
				again.Add(attr(input, "name"), attr(input, "value"))
			}
			w = h.post(target, again)
			hasty := parse(t, w)
			if w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 0 || !strings.Contains(text(hasty), "presque aussitôt") {
				t.Errorf("confirmed at once: %d, %s", w.Code, text(hasty))
			}
			unticked(t, hasty)
			kept := url.Values{"confirmed": {"yes"}}
			for _, input := range find(hasty, "input", "type", "hidden") {
				kept.Add(attr(input, "name"), attr(input, "value"))
			}
			for name := range again {
				if name != "form" && !slices.Equal(kept[name], again[name]) {
					t.Errorf("%s is lost: %v", name, kept)
				}
			}
			h.wait(3 * time.Second)
			if w := h.post(target, again); w.Code != http.StatusSeeOther || h.desk.acts() != 1 {
				t.Errorf("confirmed: %d, %d recorded", w.Code, h.desk.acts())
			}
		})
	}
}

// What cannot be read as a choice is no choice to ask for again, however soon it comes, and neither is what fills
// the field that people do not see.
func TestConfirmingTooSoonVouchesForNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *campaign.Frozen, d *forms.Deps) { d.Confirm = "always" })
	target := h.path(link.Form)
	for name, post := range map[string]url.Values{
		"nothing ticked": fields("action", "save"), "a box of another day": fields("action", "save", "decision.lottery.email", "yes"),
		"honeypot": fields("action", "refuse-all", "remark", "x"), "not confirmed": fields("action", "refuse-all", "confirmed", "no"),
	} {
		if name != "not confirmed" {
			post.Set("confirmed", "yes")
		}
		w := h.post(target, with(post, "form", h.fresh(target)))
		if page := parse(t, w); w.Code != http.StatusUnprocessableEntity || h.desk.acts() != 0 || len(find(page, "input", "type", "checkbox")) != 4 {
			t.Errorf("%s: %d, %d recorded", name, w.Code, h.desk.acts())
		}
	}
}

// A page from before a no leads to no confirming page, whose nonce would be newer than the no.
func TestConfirmAlwaysDoesNotRenewAStalePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ *campaign.Frozen, d *forms.Deps) { d.Confirm = "always" })
	target := h.path(link.Form)
	old := h.nonce(target)
	if w := h.post(h.path(link.OneClick), url.Values{"List-Unsubscribe": {"One-Click"}}); w.Code != http.StatusOK {
		t.Fatalf("one-click: %d", w.Code)
	}
	h.wait(3 * time.Second)
	if w := h.post(target, saved(old)); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/p/") || h.desk.acts() != 1 {
		t.Errorf("the stale yes: %d, %d recorded", w.Code, h.desk.acts())
	}
}

func TestTheOtherLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form) + "?lang=en"
	w := h.get(target)
	page := parse(t, w)
	if attr(find(page, "html", "", "")[0], "lang") != "en" || w.Header().Get("Content-Language") != "en" || !strings.Contains(text(page), "Would you still like our news?") {
		t.Error("the page is not in English")
	}
	if len(find(page, "a", "href", "?lang=fr")) != 1 {
		t.Error("there is no way back to French")
	}
	posted := h.post(attr(find(page, "form", "class", "choice")[0], "action"), saved(h.nonce(target)))
	if a := h.desk.answers[0]; a.Language != "en" || a.Document != h.desk.frozen.Documents["form.en.html"] {
		t.Errorf("recorded %+v", a)
	}
	if !strings.Contains(text(parse(t, h.get(posted.Header().Get("Location")))), "Your choice is recorded") {
		t.Error("the receipt is not in English")
	}
	if strings.Contains(h.get(h.path(link.Form)+"?lang=de").Body.String(), `lang="de"`) {
		t.Error("a language that the campaign lacks is shown")
	}
}

func TestTheServedPageIsTheKeptDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	kept := string(h.desk.documents[h.desk.frozen.Documents["form.fr.html"]].Content)
	parts := regexp.MustCompile(`\{\{[a-z_]+\}\}`).Split(kept, -1)
	if len(parts) < 5 || strings.Contains(kept, "jeanne") || strings.ContainsAny(kept, "\uE000\uE001") {
		t.Fatalf("the kept page has %d parts", len(parts))
	}
	served := h.get(h.path(link.Form)).Body.String()
	for _, part := range parts {
		before, after, found := strings.Cut(served, part)
		if !found {
			t.Fatalf("the served page lacks %q", part)
		}
		_, served = before, after
	}
	h.desk.documents[h.desk.frozen.Documents["form.en.html"]] = campaign.Document{SHA256: h.desk.frozen.Documents["form.en.html"], Content: []byte("forged")}
	if w := h.get(h.path(link.Form) + "?lang=en"); w.Code != http.StatusInternalServerError {
		t.Errorf("a document that does not match its hash is served: %d", w.Code)
	}
}

// Who comes before the last day that was named, and finds the campaign over, is not told that the day has passed.
func TestACampaignThatEndedSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	target := h.path(link.Form)
	nonce := h.nonce(target)
	h.view().Open, h.view().Ended = false, true
	for what, w := range map[string]*httptest.ResponseRecorder{"the form": h.get(target), "the preferences": h.get(h.path(link.Preferences)), "a yes": h.post(target, saved(nonce))} {
		if said := text(parse(t, w)); !strings.Contains(said, "Cette campagne est terminée") || strings.Contains(said, "dernier jour pour répondre est derrière") {
			t.Errorf("%s: %d %s", what, w.Code, said)
		}
	}
	h.view().Ended = false
	if said := text(parse(t, h.get(target))); !strings.Contains(said, "dernier jour pour répondre est derrière") {
		t.Errorf("after its last day: %s", said)
	}
}
