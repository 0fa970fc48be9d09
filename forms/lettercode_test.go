package forms_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

func TestTheCodeOfALetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.links.Code(h.id)
	h.desk.codes[campaign.CodeDigest(code.Digest())] = h.id
	if w := h.get("/l?lang=de"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<html lang="de"`) || !strings.Contains(w.Body.String(), "Der Code aus Ihrem Brief") {
		t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	for _, typed := range []string{code.Text(), strings.ToLower(string(code)), " " + strings.ReplaceAll(code.Text(), "-", " ")} {
		w := h.post("/l?lang=en", fields("code", typed))
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/c/") || !strings.HasSuffix(to, "?lang=en") {
			t.Fatalf("%q: %d to %s", typed, w.Code, to)
		}
		if form := h.get(to); form.Code != http.StatusOK || !strings.Contains(form.Body.String(), "j•••@e•••.net") {
			t.Errorf("the form of the code: %d", form.Code)
		} else if text := form.Body.String(); strings.Contains(text, "in the message") || !strings.Contains(text, "by the same link or code") {
			t.Error("who came by a letter is to withdraw by a message that they never got")
		}
	}
	if h.desk.acts() != 0 {
		t.Error("typing a code decided something")
	}
}

// A typing error is said to be one and is no attempt; codes that open nothing all have one answer, and after five
// in an hour a network has to wait.
func TestCodesThatOpenNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.links.Code(h.id)
	h.desk.codes[campaign.CodeDigest(code.Digest())] = h.id
	wrong := []byte(code)
	wrong[3] = map[bool]byte{true: 'B', false: 'A'}[wrong[3] == 'A']
	for range 20 {
		w := h.post("/l", fields("code", string(wrong)))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "typing error") || !strings.Contains(w.Body.String(), `value="`+string(wrong)+`"`) {
			t.Fatalf("a typing error: %d", w.Code)
		}
	}
	for what, body := range map[string]url.Values{"none": fields("x", "1"), "two": fields("code", string(code), "code", string(code)), "a long one": fields("code", strings.Repeat("A", 5000)), "markup": fields("code", `"><b>x`)} {
		if w := h.post("/l", body); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "<b>") {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	var first string
	for n := range 5 {
		other := h.links.Code(campaign.LinkID{9, byte(n)})
		w := h.post("/l", fields("code", string(other)))
		said := strings.ReplaceAll(w.Body.String(), string(other), "CODE")
		if first == "" {
			first = said
		}
		if w.Code != http.StatusNotFound || said != first {
			t.Errorf("code %d: %d, another answer", n, w.Code)
		}
	}
	for _, typed := range []string{string(h.links.Code(campaign.LinkID{9, 9})), string(code)} {
		w := h.post("/l", fields("code", typed))
		said := text(parse(t, w))
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "720" || !strings.Contains(said, "in 12 minutes") || !strings.Contains(w.Body.String(), `value="`+typed+`"`) {
			t.Errorf("a sixth attempt: %d, %s: %s", w.Code, w.Header().Get("Retry-After"), said)
		}
		if !strings.Contains(said, "you need no code: write to Lumen, 12 rue des Tanneurs, 69005 Lyon, France, contact@lumen.example.") {
			t.Errorf("it does not say how else to say no: %s", said)
		}
	}
	h.wait(11*time.Minute + 30*time.Second)
	if w := h.post("/l?lang=fr", fields("code", string(code))); w.Header().Get("Retry-After") != "30" || !strings.Contains(w.Body.String(), "dans 1 minute.") {
		t.Errorf("half a minute before: %d, %s", w.Code, w.Header().Get("Retry-After"))
	}
	h.wait(30 * time.Second)
	if w := h.post("/l", fields("code", string(code))); w.Code != http.StatusSeeOther {
		t.Errorf("after the time that was said: %d", w.Code)
	}
	if w := h.do(http.MethodPost, "/l", fields("code", string(code)).Encode(), "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := h.get(h.path(link.Form)); w.Code != http.StatusOK {
		t.Errorf("wrong codes closed a link: %d", w.Code)
	}
}
