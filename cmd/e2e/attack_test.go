package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// The columns of an import that take any text, and those that take only what fits them.
var (
	textColumns = []string{"external_id", "phone", "title", "first_name", "last_name", "company", "job_title", "language", "country", "timezone",
		"address_line1", "address_line2", "postal_code", "city", "controller_at_collection", "purpose_at_collection", "consent_source",
		"consent_text", "consent_proof", "external_lists", "Shop", "<img src=x onerror=alert(1)>"}
	typedColumns = []string{"market", "relationship", "last_purchase_at", "relationship_end_at", "last_inbound_at", "last_marketing_at",
		"collected_at", "list_origin", "consent_status", "consent_at", "consent_method", "consent_channels", "double_opt_in_at", "bundled",
		"incentive", "opposition_offered", "optout", "optout_at", "optout_scope", "complaint", "bounce", "bounce_at", "birth_date", "minor",
		"deceased", "erasure_requested", "restricted"}
)

// attacks are the texts that the dashboard's own tests put where people and files may have written: each would
// run, load or rebuild something, were it shown as anything but text.
func attacks(t *testing.T) (out []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "dashboard/testdata/attack.txt"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		s, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !seen[s] && !strings.ContainsRune(s, 0) { // no file with that is taken
			out = append(out, s)
		}
		seen[s] = true
	}
	if len(out) < 150 {
		t.Fatalf("only %d attacks", len(out))
	}
	return out
}

// attackBase writes a file in which one person per attack has it in every column.
func attackBase(t *testing.T, columns, attacks []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), `"><img src=x onerror=alert(1)>.csv`)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	_ = w.Write(append([]string{"email"}, columns...))
	for i, a := range attacks {
		row := []string{fmt.Sprintf("a%d@boite.example", i)}
		for range columns {
			row = append(row, a)
		}
		_ = w.Write(row)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNothingImportedRuns imports more than 150 attacks through every column and opens every page that shows
// them. Nothing runs, nothing is loaded, and the browser has nothing to complain of: not even that the
// content security policy had to hold something back.
func TestNothingImportedRuns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.run("organisation", "apply", h.file("organisation.toml", today(t, "organisation.toml")))
	h.serve()
	all := attacks(t)
	v := h.enter(t, marketer)
	v.bring(attackBase(t, typedColumns, all))
	v.calm("a file with attacks in typed columns")
	v.press(`form[action$="/forget"] button`)
	v.bring(attackBase(t, textColumns, all))
	v.calm("a file with attacks in columns of text")
	v.press(`form[action$="/run"] button`)
	v.until(`document.querySelector(".flash[role=status]") && !document.querySelector("[aria-labelledby=busy]")`)
	v.calm("the import")
	v.open("/admin/base")
	v.press(`form[action$="/base/audit"] button`)
	v.calm("the base")
	v.visits(v.contacts(150))
	v.previews(all)
}

// calm unfolds the page and expects that it made no noise. A dialog, a script, a policy that was needed and
// an image that was asked for are all noise.
func (v *tab) calm(what string) {
	v.t.Helper()
	v.do("unfold", chromedp.Evaluate[chromedp.Void](`for (const d of document.querySelectorAll("details")) d.open = true`))
	if noise := v.quiet(); len(noise) > 0 {
		v.t.Errorf("%s: %s", what, strings.Join(noise, "\n"))
	}
}

// bring uploads a base file and waits until it was looked at.
func (v *tab) bring(file string) {
	v.t.Helper()
	v.open("/admin/base")
	v.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	v.press("section[aria-labelledby=bring] button")
	v.until(`document.querySelector("#reading")`)
}

// contacts walks the list of all contacts and gives the pages of each.
func (v *tab) contacts(least int) (pages []string) {
	v.t.Helper()
	v.open("/admin/base/contacts")
	for {
		pages = append(pages, ask[[]string](v, `[...document.querySelectorAll("table.stacks tbody th a")].map(a => a.pathname)`)...)
		v.calm("the list of contacts")
		if !ask[bool](v, `!!document.querySelector("a[rel=next]")`) {
			break
		}
		v.press("a[rel=next]")
	}
	if len(pages) < least {
		v.t.Errorf("only %d contacts are listed", len(pages))
	}
	return pages
}

// visits opens pages in two tabs.
func (v *tab) visits(pages []string) {
	work := make(chan string)
	var workers sync.WaitGroup
	for range 2 {
		w := v.another(v.t)
		workers.Go(func() {
			for p := range work {
				w.open(p)
				w.calm(p)
			}
		})
	}
	give(work, pages, &workers)
}

// previews types attacks into the texts of a campaign and lets people with attacks for a name be its sample.
func (v *tab) previews(attacks []string) {
	v.t.Helper()
	attacks = slices.DeleteFunc(slices.Clone(attacks), func(a string) bool { return strings.Contains(a, "{{") }) // refused: no such placeholder
	v.open("/admin/campaigns")
	v.fill("#name", "attack")
	v.press(`form[action$="/campaigns"] button`)
	v.open("/admin/campaigns/attack/edit")
	v.rewrites("#subject_fr", strings.Join(attacks[:40], " "))
	v.rewrites("#title_fr", strings.Join(attacks, " "))
	v.rewrites("#intro_fr", strings.Join(attacks, "\n\n"))
	v.rewrites("#body_fr", "{{greeting}} {{first_name}} {{last_name}} {{title}} {{company}} {{source}} {{attribute.Shop}}")
	for _, n := range []int{0, 14, 60, 120} {
		v.rewrites("#sample", fmt.Sprintf("a%d@boite.example", n))
		v.until(`document.querySelectorAll("#preview iframe").length == 4`)
		v.do("bring the frames", chromedp.Evaluate[chromedp.Void](`for (const f of document.querySelectorAll("iframe")) f.loading = "eager"`))
		v.until(`[...document.querySelectorAll("iframe")].filter(f => f.contentDocument && f.contentDocument.URL != "about:blank" && f.contentDocument.readyState == "complete").length > 1`)
		v.calm("the preview")
	}
}
