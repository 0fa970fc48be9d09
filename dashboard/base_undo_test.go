package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// TestTakingAnImportBack: the base leads to it, the page says what it does, and a second time it says why not.
func TestTakingAnImportBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	h.desk.imports = []campaign.Import{{ID: 3, Source: "fair.csv", At: h.clock()}, {ID: 2, Source: "old.csv", At: h.clock(), Undone: h.clock()}}
	b := h.as(account.Administrator)
	if base := parse(t, b.get("/admin/base")); len(find(base, "a", "href", "/admin/base/imports/3")) != 1 || len(find(base, "a", "href", "/admin/base/imports/2")) != 0 || !strings.Contains(text(base), "Taken back 10 March 2026") {
		t.Error("the base does not lead to what can be taken back, and to that alone")
	}
	if base := parse(t, h.as(account.Viewer).get("/admin/base")); len(find(base, "a", "href", "/admin/base/imports/3")) != 0 {
		t.Error("whoever may only look is led there")
	}
	page := parse(t, b.get("/admin/base/imports/3"))
	if words := text(page); !strings.Contains(words, "Leave the base 1,200 Are as they were before 4 Stay: asked, answered or corrected since, or with an open request 1") || len(h.desk.undone) != 0 {
		t.Errorf("it says %s", words)
	}
	if w := b.post("/admin/base/imports/3/undo"); w.Header().Get("Location") != "/admin/base?done=import_undone" || len(h.desk.undone) != 1 || h.desk.undone[0] != string(account.Administrator) {
		t.Errorf("%d to %q, by %v", w.Code, w.Header().Get("Location"), h.desk.undone)
	}
	h.desk.undoRefused = fault.New(fault.Conflict, "undo.done", "import {id} was taken back on {day}", "id", 3, "day", "2026-03-10")
	for name, w := range map[string]int{"get": b.get("/admin/base/imports/3").Code, "post": b.post("/admin/base/imports/3/undo").Code} {
		if want := map[string]int{"get": http.StatusOK, "post": http.StatusUnprocessableEntity}[name]; w != want {
			t.Errorf("%s: %d", name, w)
		}
	}
	if page := parse(t, b.get("/admin/base/imports/3")); len(find(page, "form", "action", "/admin/base/imports/3/undo")) != 0 || !strings.Contains(text(page), "was taken back") {
		t.Errorf("it can be taken back twice: %s", text(page))
	}
	if w := b.get("/admin/base/imports/9"); w.Code != http.StatusNotFound {
		t.Errorf("an import that there is not: %d", w.Code)
	}
}
