package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

// fields gives what a form would post, as a browser would, with some values changed.
func fields(page *html.Node, action string, change map[string][]string) (pairs []string) {
	form := find(page, "form", "action", action)[0]
	v := url.Values{}
	for _, in := range find(form, "input", "", "") {
		if n := attr(in, "name"); attr(in, "type") != "checkbox" || slices.ContainsFunc(in.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
			v.Add(n, attr(in, "value"))
		}
	}
	for _, area := range find(form, "textarea", "", "") {
		value := ""
		if area.FirstChild != nil {
			value = area.FirstChild.Data
		}
		v.Set(attr(area, "name"), value)
	}
	for n, values := range change {
		v[n] = values
	}
	return []string{v.Encode()}
}

func (b *browser) send(target string, encoded []string) *httptest.ResponseRecorder {
	return b.do("POST", target, encoded[0])
}

func TestEditingByTheForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	page := parse(t, b.get(spring+"draft/edit"))
	action := spring + "draft/edit"
	w := b.send(action, fields(page, action, map[string][]string{"subject_fr": {"Un\r\nobjet"}, "body_fr": {"Bonjour\r\n\r\nà vous"}, "start": {"2026-03-11T09:00"}, "deadline": {"2026-05-01"}, "channels": {"email", "sms"}, "rate": {"10/min"}}))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != action+"?done=campaign_saved" {
		t.Fatalf("%d to %q\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	f := h.desk.campaigns[0].File
	if m := f.Message["fr"]; m.Subject != "Un objet" || m.Body != "Bonjour\n\nà vous" || f.Message["en"].Subject != "word" || !slices.Equal(f.Channels, []string{"email", "sms"}) ||
		f.Schedule.Deadline.String() != "2026-05-01" || f.Schedule.Start.UTC().Hour() != 8 || f.Schedule.Rate != "10/min" || f.Name != "spring-draft" || len(f.Languages) != 2 {
		t.Errorf("stored was %+v", f)
	}
	page = parse(t, b.get(action))
	for where, change := range map[string]map[string][]string{
		"deadline":    {"deadline": {"soon"}},
		"start":       {"start": {"soon"}},
		"sender_name": {"sender_name": {""}},
	} {
		h.desk.refuse = fault.New(fault.Invalid, "file.invalid", "{where}: is wrong", "where", "sender.name")
		w := b.send(action, fields(page, action, change))
		bad := find(parse(t, w), "input", "aria-invalid", "true")
		if w.Code != http.StatusUnprocessableEntity || len(bad) != 1 || attr(bad[0], "name") != where {
			t.Errorf("%s: %d, %d fields are marked", where, w.Code, len(bad))
		}
	}
	h.desk.refuse = fault.New(fault.Invalid, "file.untranslated", "not in that language", "key", "news", "language", "en")
	if w := b.send(action, fields(page, action, map[string][]string{"body_en": {"kept as typed"}})); !strings.Contains(w.Body.String(), "kept as typed") || !strings.Contains(text(find(parse(t, w), "p", "class", "error")[0]), "no title and description in a language of the campaign: en") {
		t.Error("what was typed is forgotten, or the fault not beside the languages")
	}
	if w := b.get(spring + "running/edit"); w.Code != http.StatusConflict {
		t.Errorf("a running campaign: %d", w.Code)
	}
}

func TestAChangeVoidsTheApprovalAndSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	action := spring + "approved/edit"
	page := parse(t, b.get(action))
	if !strings.Contains(text(page), "Any change you save voids that approval") {
		t.Error("nothing warns before")
	}
	if w := b.send(action, fields(page, action, nil)); w.Header().Get("Location") != action+"?done=campaign_voided" {
		t.Errorf("to %q", w.Header().Get("Location"))
	}
	if !strings.Contains(text(parse(t, b.get(action+"?done=campaign_voided"))), "voided the approval") {
		t.Error("nothing tells afterwards")
	}
}

func TestALanguageThatIsNewBeginsWithTheStarter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	c := &h.desk.campaigns[0]
	c.File.Languages = []string{"fr"}
	delete(c.File.Message, "en")
	delete(c.File.Form, "en")
	b := h.as(account.Marketer)
	action := spring + "draft/edit"
	page := parse(t, b.get(action))
	b.send(action, fields(page, action, map[string][]string{"languages": {"en", "fr"}}))
	if f := h.desk.campaigns[0].File; !slices.Equal(f.Languages, []string{"fr", "en"}) || f.Message["en"].Subject != "starter" || f.Message["fr"].Subject != "word" {
		t.Errorf("stored was %+v", f)
	}
}

func TestEditingAsAFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	at := spring + "draft/text"
	if area := find(parse(t, b.get(at)), "textarea", "id", "text"); text(area[0]) != "name = spring-draft" {
		t.Errorf("the text is %q", text(area[0]))
	}
	if w := b.post(at, "text", "name = spring-draft", "was", h.desk.campaigns[0].File.Mark()); w.Code != http.StatusSeeOther || !strings.Contains(h.desk.did(), "create spring-draft") {
		t.Errorf("%d: %s", w.Code, h.desk.did())
	}
	for typed, says := range map[string]string{"nonsense <b>": "line 3", "name = other": "must stay spring-draft"} {
		w := b.post(at, "text", typed)
		page := parse(t, w)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(text(find(page, "p", "id", "text-error")[0]), says) || !strings.Contains(text(find(page, "textarea", "id", "text")[0]), typed) {
			t.Errorf("%q: %d", typed, w.Code)
		}
	}
}

// TestTwoEditorsLoseNothing: what one saved is not replaced by what the other began before, until that one was told so; and what
// they typed is there all the same.
func TestTwoEditorsLoseNothing(t *testing.T) {
	t.Parallel()
	for _, at := range []string{spring + "draft/edit", spring + "draft/text"} {
		h := newHouse(t)
		h.furnish("word")
		b := h.as(account.Marketer)
		typed := map[string][]string{"body_fr": {"mine"}, "text": {"name = spring-draft"}}
		mine := fields(parse(t, b.get(at)), at, typed)
		h.desk.campaigns[0].File.Sender.Name, h.desk.campaigns[0].WrittenBy = "another's", "zoe"
		w := b.send(at, mine)
		page := parse(t, w)
		if w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || h.desk.campaigns[0].File.Sender.Name != "another's" {
			t.Fatalf("%s: %d, it did %s", at, w.Code, h.desk.did())
		}
		if words := text(page); !strings.Contains(words, "zoe changed the campaign spring-draft after this page was opened") || !strings.Contains(w.Body.String(), typed["body_fr"][0]) && !strings.Contains(w.Body.String(), typed["text"][0]) {
			t.Errorf("%s: it is not said, or what was typed is gone: %s", at, words)
		}
		if w := b.send(at, fields(page, at, nil)); w.Code != http.StatusSeeOther {
			t.Errorf("%s: whoever was told cannot save: %d", at, w.Code)
		}
	}
}

// TestThePreviewOfWhatIsTyped holds the frames of a draft that is not stored, their policies, and whose
// they are.
func TestThePreviewOfWhatIsTyped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	page := parse(t, b.get(spring+"draft/edit"))
	w := b.send(spring+"draft/preview", fields(page, spring+"draft/edit", map[string][]string{"body_fr": {"typed just now"}, "sample": {"jeanne@example.net"}}))
	if w.Code != http.StatusOK || h.desk.did() != "" {
		t.Fatalf("%d, it did %s", w.Code, h.desk.did())
	}
	drawn := parse(t, w)
	preview := find(drawn, "div", "id", "preview")[0]
	if words := text(preview); !strings.Contains(words, "Warning message.fr.subject") {
		t.Errorf("the findings are not beside it: %s", words)
	}
	frames := find(preview, "iframe", "", "")
	if len(frames) != 4 {
		t.Fatalf("%d frames", len(frames))
	}
	for i, f := range frames {
		src, sandbox := attr(f, "src"), attr(f, "sandbox")
		got := b.get(src)
		policy := got.Header().Get("Content-Security-Policy")
		if strings.Contains(sandbox+policy, "allow-scripts") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, "sandbox") || got.Header().Get("X-Frame-Options") != "SAMEORIGIN" {
			t.Errorf("%s: sandbox %q under %s", src, sandbox, policy)
		}
		if message := strings.Contains(src, "message."); strings.Contains(policy, "unsafe-inline") != message || message == strings.Contains(sandbox, "allow-same-origin") {
			t.Errorf("%s: sandbox %q under %s", src, sandbox, policy)
		}
		if i == 0 && (!strings.Contains(got.Body.String(), "typed just now") || !strings.Contains(got.Body.String(), "jeanne@example.net")) {
			t.Errorf("the frame shows %s", got.Body)
		}
		if i == 0 {
			if other := h.as(account.Marketer).get(src); other.Code != http.StatusNotFound {
				t.Errorf("somebody else sees the draft: %d", other.Code)
			}
			if stored := b.get(strings.Split(src, "?")[0]); strings.Contains(stored.Body.String(), "typed just now") {
				t.Error("the draft was stored")
			}
		}
	}
	for _, bad := range []string{"message.de", "message", "nothing.fr", "form.", "message.fr?draft=x"} {
		w := b.get(spring + "draft/frame/" + bad)
		if w.Header().Get("X-Frame-Options") != "SAMEORIGIN" || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s is said on a page that no frame shows:\n%s", bad, w.Body)
		}
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	if w := b.send(spring+"draft/preview", fields(page, spring+"draft/edit", map[string][]string{"sample": {"nobody@example.net"}})); !strings.Contains(text(parse(t, w)), "no such contact") {
		t.Error("a contact that is not there is not told")
	}
	if w := b.send(spring+"draft/preview", fields(page, spring+"draft/edit", map[string][]string{"sender_name": {""}})); w.Code != http.StatusOK || !strings.Contains(text(find(parse(t, w), "div", "id", "preview")[0]), "sender.name: is missing") {
		t.Error("what cannot be drawn does not say why")
	}
}

// Who asks by letter only sees letter and form, and no message: not on the page of the check, and not while typing.
func TestThePreviewOfLettersDrawsNoMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	typed := func(routes ...string) *html.Node {
		t.Helper()
		page := parse(t, b.get(spring+"draft/edit"))
		return parse(t, b.send(spring+"draft/preview", fields(page, spring+"draft/edit", map[string][]string{"routes": routes, "body_fr": {"typed just now"}})))
	}
	sheets := func(page *html.Node) (out []string) {
		for _, f := range find(page, "iframe", "", "") {
			name, _, _ := strings.Cut(attr(f, "src")[strings.LastIndex(attr(f, "src"), "/")+1:], "?")
			name, _, _ = strings.Cut(name, "#")
			out = append(out, name)
		}
		return out
	}
	page := typed("letter")
	if got := sheets(page); !slices.Equal(got, []string{"letter.fr", "form.fr", "letter.en", "form.en"}) {
		t.Errorf("letters alone: %v", got)
	}
	if words := text(find(page, "div", "id", "preview")[0]); strings.Contains(words, "Subject") || strings.Contains(words, "Headers of the message") || !strings.Contains(words, "The letter as PDF") {
		t.Errorf("letters alone: %s", words)
	}
	frame := find(page, "iframe", "class", "letter")[0]
	if len(frame.Attr) == 0 || slices.ContainsFunc(frame.Attr, func(a html.Attribute) bool { return a.Key == "sandbox" }) {
		t.Error("no browser shows a PDF in a sandbox")
	}
	address, _, _ := strings.Cut(attr(frame, "src"), "#")
	got := b.get(address)
	if got.Header().Get("Content-Type") != "application/pdf" || got.Header().Get("Content-Disposition") != `inline; filename="letter.fr.pdf"` || !strings.Contains(got.Body.String(), "typed just now") || !strings.Contains(got.Body.String(), "12 rue de l'Exemple") {
		t.Errorf("the letter is %d %v %s", got.Code, got.Header(), got.Body)
	}
	if policy := got.Header().Get("Content-Security-Policy"); policy != "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'" || got.Header().Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("the letter is under %s", policy)
	}
	if len(find(page, "a", "href", address)) != 1 {
		t.Error("a phone that shows no PDF in a frame has nothing to open it by")
	}
	if other := h.as(account.Marketer).get(address); other.Code != http.StatusNotFound {
		t.Errorf("somebody else sees the draft: %d", other.Code)
	}
	if got := sheets(typed("email", "letter")); !slices.Equal(got, []string{"message.fr", "letter.fr", "form.fr", "message.en", "letter.en", "form.en"}) {
		t.Errorf("both: %v", got)
	}
	if got := sheets(typed("email")); !slices.Equal(got, []string{"message.fr", "form.fr", "message.en", "form.en"}) {
		t.Errorf("messages alone: %v", got)
	}
	if w := b.get(spring + "draft/frame/letter.fr"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no longer kept") {
		t.Errorf("a letter of a campaign that writes none: %d", w.Code)
	}

	for n := range h.desk.campaigns {
		h.desk.campaigns[n].File.Audience.Routes = []campaign.Route{campaign.RouteLetter}
	}
	page = parse(t, b.get(spring+"draft/check"))
	if got := sheets(page); !slices.Equal(got, []string{"letter.fr", "form.fr", "letter.en", "form.en"}) {
		t.Errorf("stored: %v", got)
	}
	if len(find(page, "form", "action", spring+"draft/test")) != 0 {
		t.Error("a test message is offered of a campaign that has none")
	}
}

func TestTheContentFormTakesLongTexts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	page := parse(t, b.get(spring+"draft/edit"))
	action := spring + "draft/edit"
	if w := b.send(action, fields(page, action, map[string][]string{"body_fr": {strings.Repeat("e", 3*web.FormBytes)}})); w.Code != http.StatusSeeOther {
		t.Errorf("a long text: %d", w.Code)
	}
	if w := b.send(action, fields(page, action, map[string][]string{"body_fr": {strings.Repeat("é", 20*web.FormBytes)}})); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("an endless text: %d", w.Code)
	}
}
