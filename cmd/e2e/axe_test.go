package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is the checker of accessibility, as npm installed it.
func axe(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		lacking(t, "axe-core is missing: run npm ci --ignore-scripts in cmd/e2e")
	}
	return string(text)
}

// rules are what is checked: WCAG 2.2 AA, what of the French RGAA 4 a program can see, and good practice. Frames are pages of their own, and are visited as such. A message is part of the
// page of somebody's mail program, so it has no landmarks of its own.
const rules = `{iframes: false, preload: false, resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"],
	rules: location.pathname.includes("/frame/message.") ? {"region": {enabled: false}, "landmark-one-main": {enabled: false}} : {}}`

// violations are what the checker finds wrong with the page that is shown.
func (v *tab) violations(axe string) (found []string) {
	v.t.Helper()
	if !ask[bool](v, `"axe" in window`) {
		v.do("load axe", chromedp.Evaluate[chromedp.Void](axe+";0"))
	}
	var all []struct {
		ID, Help string
		Nodes    []struct {
			Target  []any
			Summary string `json:"failureSummary"`
		}
	}
	text := ask[string](v, `axe.run(document, `+rules+`).then(r => JSON.stringify(r.violations))`)
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		v.t.Fatal(err)
	}
	for _, one := range all {
		n := one.Nodes[0]
		found = append(found, fmt.Sprintf("axe %s: %s (%d times, first %v: %s)", one.ID, one.Help, len(one.Nodes), n.Target, strings.ReplaceAll(n.Summary, "\n", " ")))
	}
	return found
}
