package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestNoiseIsHeard proves that the other tests could fail: a page with every fault that they look for is found
// to have each.
func TestNoiseIsHeard(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Security-Policy", "script-src 'self'")
			fmt.Fprint(w, `<!DOCTYPE html><title>x</title><script src="/x.js"></script><script>alert(1)</script><img src="/missing.png">
				<div style="width: 9000px">wide</div><form><input type="password"></form>`)
		case "/x.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `console.debug("said"); setTimeout(() => { throw new Error("thrown") })`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	v := (&house{t: t, url: server.URL}).visitor(t)
	v.open("/")
	wrong := append(v.violations(checker), "overflow: "+ask[string](v, overflow))
	all := strings.Join(append(wrong, v.quiet()...), "\n")
	for _, want := range []string{"axe image-alt", "axe label", "axe html-has-lang", "overflow: DIV", `console debug: "said"`, "exception: ", "violates the following Content Security Policy", "404", "autocomplete attributes"} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody hears of %q:\n%s", want, all)
		}
	}
}
