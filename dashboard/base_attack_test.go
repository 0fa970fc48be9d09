package dashboard_test

import (
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
)

// manyAttacks are texts that would act, or look like something else, were they not shown as what they
// are: one a line, quoted as in Go.
func manyAttacks(t *testing.T) (out []string) {
	t.Helper()
	b, err := os.ReadFile("testdata/attack.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		s, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, s)
	}
	if len(out) < 150 {
		t.Fatalf("only %d attacks", len(out))
	}
	return out
}

// lookAtBase opens every page of base, organisation and never-write list, with a text in all that people
// and files may have written.
func lookAtBase(h *house, b *browser, attack string) map[string]*httptest.ResponseRecorder {
	h.fill(attack)
	looks := map[string]*httptest.ResponseRecorder{}
	for _, p := range []string{"base", "base/contacts", "base/contacts/1", "organisation", "suppressions"} {
		looks[p] = b.get("/admin/" + p)
	}
	for _, s := range []dashboard.Stage{dashboard.Looking, dashboard.Looked, dashboard.TakingOver, dashboard.TakenOver} {
		h.bases.brought.Stage = s
		looks["import "+string(s)] = b.get("/admin/base/import/abc")
	}
	looks["find"] = b.post("/admin/base/contacts/find", "who", attack+" nobody")
	looks["check"] = b.post("/admin/suppressions/check", "asked", attack+" @")
	looks["suppress"] = b.post("/admin/suppressions", "address", attack, "why", "")
	looks["apply"] = b.post("/admin/organisation", "text", "broken "+attack)
	looks["audit"] = b.post("/admin/base/audit", "as_of", "x"+attack)
	return looks
}

// TestNothingImportedIsMoreThanText: whatever a column, a file or a person says, every page keeps its
// shape, and says what was said.
func TestNothingImportedIsMoreThanText(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	b := h.as(account.Administrator)
	plain := map[string]string{}
	for name, w := range lookAtBase(h, b, "Plain Name") {
		plain[name] = shape(parse(t, w))
	}
	for _, attack := range append(manyAttacks(t), attacks...) {
		for name, w := range lookAtBase(h, b, attack) {
			if got := shape(parse(t, w)); got != plain[name] {
				t.Fatalf("%s changes its shape with %q", name, attack)
			}
		}
	}
	if names := slices.Sorted(maps.Keys(plain)); len(names) != 14 {
		t.Errorf("the pages are %v", names)
	}
}

// TestAFilterFromOutsideIsOnlyText puts attacks into the query of a list.
func TestAFilterFromOutsideIsOnlyText(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	h.fillBase("anna")
	b := h.as(account.Viewer)
	look := func(s string) string {
		q := "?class=" + url.QueryEscape(s) + "&route=" + url.QueryEscape(s) + "&reason=" + url.QueryEscape(s)
		return shape(parse(t, b.get("/admin/base/contacts"+q)))
	}
	plain := look("plain")
	for _, attack := range manyAttacks(t) {
		if look(attack) != plain {
			t.Errorf("the list changes its shape with %q", attack)
		}
	}
}
