package forms_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// TestTheLinkOfATestMessageRecordsNothing tries every kind of answer on it, and on the pages of answers.
func TestTheLinkOfATestMessageRecordsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := h.links.Mint(link.Test, campaign.LinkID{9}, h.now().AddDate(0, 0, 7))
	do := func(method, path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Host = "choice.lumen.example"
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		h.srv.Echo.ServeHTTP(w, r)
		return w
	}
	page := do("GET", "/t/"+token, nil)
	if body := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(body, "Ceci est un essai") || !strings.Contains(body, "decision.newsletter.email") {
		t.Fatalf("%d\n%s", page.Code, body)
	}
	if body := do("GET", "/t/"+token+"?lang=en", nil).Body.String(); !strings.Contains(body, "This is a test") || strings.Contains(body, "/p/") || strings.Contains(body, "/c/") {
		t.Errorf("in English:\n%s", body)
	}
	for _, form := range []url.Values{{"form": {"test"}, "action": {"save"}, "decision.newsletter.email": {"yes"}}, {"action": {"refuse-all"}}, {"List-Unsubscribe": {"One-Click"}}, nil} {
		if w := do("POST", "/t/"+token, form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "rien n’a été enregistré") {
			t.Errorf("%v: %d", form, w.Code)
		}
		for _, door := range []string{"/c/", "/u/", "/p/", "/r/"} { // it opens nothing else
			if w := do("POST", door+token, form); door != "/u/" && w.Code < 400 {
				t.Errorf("%s takes a test token: %d", door, w.Code)
			}
		}
	}
	if h.desk.acts() != 0 || h.desk.views != 0 {
		t.Errorf("%d acts, %d views", h.desk.acts(), h.desk.views)
	}
	real := h.links.Mint(link.Form, h.id, h.now().AddDate(0, 0, 7))
	over := h.links.Mint(link.Test, campaign.LinkID{9}, h.now().AddDate(0, 0, -2))
	forged := token[:len(token)-1] + map[bool]string{true: "b", false: "a"}[strings.HasSuffix(token, "a")]
	for name, bad := range map[string]string{"a form's": real, "one that is over": over, "a forged": forged, "nobody's": h.links.Mint(link.Test, campaign.LinkID{}, time.Time{})} {
		if w := do("GET", "/t/"+bad, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s token: %d", name, w.Code)
		}
	}
}
