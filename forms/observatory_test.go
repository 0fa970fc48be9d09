package forms_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/link"
)

// The score that MDN's HTTP Observatory gives a page, by its table as it stands since the summer of 2026, when it began to
// look at the policies of embedders and openers. A site starts with 100; what it earns beyond counts when nothing much was
// taken away. Left out are 5 for cookies that are well set and 5 for the hashes of scripts, of which our pages have
// neither, and 5 for a name in the browsers' own list, which is the operator's to ask for.
const (
	observatoryStart = 100
	observatoryOurs  = 150
)

// observatory adds up the table. Penalties are negative.
func observatory(header http.Header, page *html.Node) (score int, lost []string) {
	score, bonus := observatoryStart, 0
	earn := func(ok bool, points int) {
		if ok {
			bonus += points
		}
	}
	lose := func(bad bool, points int, what string) {
		if bad {
			score -= points
			lost = append(lost, what)
		}
	}
	policy := map[string][]string{}
	for directive := range strings.SplitSeq(header.Get("Content-Security-Policy"), ";") {
		if words := strings.Fields(directive); len(words) > 0 {
			policy[words[0]] = words[1:]
		}
	}
	only := func(name string, allowed ...string) bool {
		return len(policy[name]) > 0 && !slices.ContainsFunc(policy[name], func(s string) bool { return !slices.Contains(allowed, s) })
	}
	strict := only("default-src", "'none'") && only("form-action", "'none'", "'self'")
	for name, sources := range policy {
		strict = strict && (name == "default-src" || !slices.ContainsFunc(sources, func(s string) bool { return s != "'self'" && s != "'none'" }))
	}
	lose(len(policy) == 0, 25, "content security policy")
	earn(strict, 10)
	earn(only("frame-ancestors", "'none'", "'self'"), 5)
	earn(slices.Contains([]string{"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}, header.Get("Referrer-Policy")), 5)
	earn(slices.Contains([]string{"same-origin", "same-site"}, header.Get("Cross-Origin-Resource-Policy")), 10)
	earn(header.Get("Cross-Origin-Embedder-Policy") == "require-corp", 10)
	earn(header.Get("Cross-Origin-Opener-Policy") == "same-origin", 10)
	lose(header.Get("Access-Control-Allow-Credentials") != "", 50, "cross-origin resource sharing")
	lose(len(header.Values("Set-Cookie")) > 0, 20, "a cookie")
	lose(header.Get("X-Content-Type-Options") != "nosniff", 5, "content type options")
	lose(policy["frame-ancestors"] == nil && header.Get("X-Frame-Options") != "DENY", 20, "frame options")
	lose(header.Get("Strict-Transport-Security") != "max-age=63072000", 20, "strict transport security for two years")
	lose(len(find(page, "script", "", "")) > 0, 50, "a script")
	if score >= 90 {
		score += bonus
	}
	return score, lost
}

func TestObservatory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.post(h.path(link.Form), saved(h.nonce(h.path(link.Form))))
	for _, target := range []string{h.path(link.Form), h.path(link.Preferences), h.path(link.OneClick), h.path(link.Receipt), "/l", "/c/nobody", "/nothing"} {
		w := h.get(target)
		if score, lost := observatory(w.Header(), parse(t, w)); score != observatoryOurs {
			t.Errorf("%.3s: %d of the %d that a page without cookies and scripts can reach; lost by %v", target, score, observatoryOurs, lost)
		}
	}
}
