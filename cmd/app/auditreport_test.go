package app

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/internal/fault"
)

// auditOf writes the report in a language and reads it.
func auditOf(t *testing.T, h *house, language string) (page *html.Node, raw string) {
	t.Helper()
	path := h.at("audit." + language + ".html")
	s, err := h.app.Audit(t.Context(), AuditOptions{HTML: path, Language: language})
	h.must(err)
	if s.Contacts == 0 {
		t.Error("nobody was audited")
	}
	b, err := os.ReadFile(path)
	h.must(err)
	page, err = html.Parse(strings.NewReader(string(b)))
	h.must(err)
	return page, string(b)
}

// TestTheAuditReportStandsForItselfAndNamesNobody: what is forwarded loads nothing, runs nothing, and holds
// counts only, whatever the base has in its cells.
func TestTheAuditReportStandsForItselfAndNamesNobody(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 20})
	h.importRows([]string{"q1@secret.example", "q2@secret.example"}, map[string]string{"consent_source": "Madame Secret", "last_name": "Secret"})
	h.importRows([]string{"r1@x.example", "r2@x.example", "r3@x.example", "r4@x.example", "r5@x.example"}, map[string]string{"consent_source": "<script>alert(1)</script>"})
	page, raw := auditOf(t, h, "en")
	for _, never := range []string{"p000@", "Robin", "Secret", "secret.example", "X-p", "<script", "http://", "https://", "url(", "@import"} {
		if strings.Contains(raw, never) {
			t.Errorf("the report holds %q", never)
		}
	}
	if !strings.Contains(raw, "&lt;script&gt;alert(1)") || !strings.Contains(raw, "website form") {
		t.Error("sources of several people are not shown as they are")
	}
	standsForItself(t, page)
}

// standsForItself fails for a page that loads or runs anything, or has a chart that says nothing.
func standsForItself(t *testing.T, page *html.Node) {
	t.Helper()
	for n := range page.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		has := map[string]string{}
		for _, a := range n.Attr {
			has[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "srcset" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") || a.Key == "style" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		switch {
		case n.Data == "svg" && has["aria-hidden"] != "true" && (has["role"] != "img" || has["aria-label"] == ""):
			t.Error("a chart that says nothing to whoever cannot see it")
		case n.Data == "link" || n.Data == "script" || n.Data == "iframe" || n.Data == "img" || n.Data == "object" || n.Data == "form":
			t.Errorf("the report has a <%s>", n.Data)
		}
	}
}

// TestTheAuditReportIsFrenchThroughout: no sentence of the code's English is left.
func TestTheAuditReportIsFrenchThroughout(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 12})
	h.importRows([]string{"out@d.example"}, map[string]string{"optout": "yes", "optout_at": "2025-09-02"})
	h.importRows([]string{"de@d.example"}, map[string]string{"country": "DE"})
	h.importRows([]string{"sure@d.example"}, map[string]string{"consent_text": "Oui."})
	_, raw := auditOf(t, h, "fr")
	body := strings.ReplaceAll(raw[strings.Index(raw, "</style>"):], "<wbr>", "") // within a name
	english := regexp.MustCompile(`(?i)\b(the|people|consent|months|proof|asked|said|of)\b`)
	for _, found := range english.FindAllStringIndex(body, -1) {
		t.Errorf("English in the French report: …%s…", body[max(0, found[0]-60):min(len(body), found[1]+40)])
	}
	if !strings.Contains(body, `lang="fr"`) && !strings.Contains(raw, `<html lang="fr"`) || !strings.Contains(body, "Solliciter") {
		t.Error("it is not French")
	}
}

// TestAReportThatCannotBeWrittenAuditsNothing: where there is no folder, nothing is judged, and nothing is left.
func TestAReportThatCannotBeWrittenAuditsNothing(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3})
	h.importPeople([]string{"new@d.example"})
	before, err := h.app.Desk.Base(t.Context())
	h.must(err)
	if _, err := h.app.Audit(t.Context(), AuditOptions{HTML: h.at("no/where.html")}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := h.app.Audit(t.Context(), AuditOptions{HTML: h.at("x.html"), Language: "pl"}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	after, err := h.app.Desk.Base(t.Context())
	h.must(err)
	if _, err := os.Stat(h.at("x.html")); err == nil || before.Unaudited != after.Unaudited {
		t.Errorf("%v, %d people not audited, then %d", err, before.Unaudited, after.Unaudited)
	}
}

// TestAReportHasNoHeadingsOfEmptyTables: of nobody, or of people who all said no, it shows no table and no list
// without a line, and leads to no section that is not there.
func TestAReportHasNoHeadingsOfEmptyTables(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, rows := range map[string][]string{"nobody": nil, "all said no": {person(0), person(1)}} {
		h := newHouse(t, plan{people: 2})
		if len(rows) > 0 {
			h.importRows(rows, map[string]string{"consent_status": "no"})
		} else {
			_, err := h.app.Desk.UndoImport(t.Context(), Operator(), 1, false)
			h.must(err)
		}
		path := h.at("audit.html")
		_, err := h.app.Audit(t.Context(), AuditOptions{HTML: path, Language: "en"})
		h.must(err)
		b, err := os.ReadFile(path)
		h.must(err)
		page, err := html.Parse(strings.NewReader(string(b)))
		h.must(err)
		leads, ids := 0, map[string]bool{}
		for n := range page.Descendants() {
			for _, a := range n.Attr {
				ids[a.Val] = ids[a.Val] || a.Key == "id"
			}
			switch n.Data {
			case "tbody", "ul", "ol", "dl":
				if !hasElement(n) {
					t.Errorf("%s: a <%s> without a line", name, n.Data)
				}
			}
		}
		for n := range page.Descendants() {
			for _, a := range n.Attr {
				if a.Key == "href" {
					if leads++; !ids[strings.TrimPrefix(a.Val, "#")] {
						t.Errorf("%s: nothing is at %s", name, a.Val)
					}
				}
			}
		}
		if leads == 0 || ids["ages"] || ids["sources"] || ids["worth"] != (len(rows) > 0) {
			t.Errorf("%s: %d sections, %v", name, leads, ids)
		}
	}
}

func hasElement(n *html.Node) bool {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			return true
		}
	}
	return false
}
