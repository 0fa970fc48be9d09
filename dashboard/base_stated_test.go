package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
)

// TestTheFourQuestionsOfAFile: not to know is the answer that stands there first; what was answered goes with the file,
// and is said to be stated by whoever did.
func TestTheFourQuestionsOfAFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	h.desk.organisation.Purposes = []campaign.Purpose{{Key: "news", Title: map[string]string{"en": "Our newsletter"}}}
	h.bases.brought.Stage, h.bases.brought.Fault = dashboard.Looked, nil
	h.bases.brought.Columns = []dashboard.Column{{Heading: "mail", Field: "email"}}
	all := strings.Fields("consent_status consent_method consent_source consent_text consent_proof purpose_at_collection controller_at_collection bundled incentive")
	h.bases.brought.Statable = all
	b := h.as(account.Administrator)
	at := "/admin/base/import/abc"
	page := parse(t, b.get(at))
	legends := 0
	for _, f := range find(page, "fieldset", "class", "ask") {
		legends += len(find(f, "legend", "", ""))
		for _, s := range find(f, "select", "", "") {
			if chosen := find(s, "option", "selected", ""); len(chosen) == 0 || text(chosen[0]) != "I don’t know" {
				t.Errorf("%s begins with another answer", attr(s, "name"))
			}
		}
	}
	if legends != 4 || len(find(page, "select", "name", "stated_consent_status")) != 1 {
		t.Errorf("there are %d questions", legends)
	}
	if w := b.post(at+"/read", "columns", "1", "c0", "email", "stated_consent_status", "yes", "stated_consent_method", "paper", "stated_consent_text", " v3 ", "stated_purpose_at_collection", "news", "stated_bundled", "no"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	want := campaign.Statement{Status: "yes", Method: "paper", Text: "v3", Purpose: "news", Bundled: "no"}
	if got := h.bases.said[0].Stated; got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	want.By = "anna"
	h.bases.brought.Said.Stated = want
	h.bases.brought.Statable = all[1:]
	h.bases.brought.First = []campaign.Understood{{Line: 2, Contact: campaign.Contact{Facts: campaign.Facts{Claims: []campaign.Claim{{Status: "yes", Method: "paper", Stated: []string{"consent_method"}, StatedBy: "anna"}}}}}}
	h.bases.brought.Result = campaign.ImportResult{Rows: 3, Updated: 1, Stated: map[string]int{"consent_method": 1, "bundled": 0}, Changes: []campaign.ContactChange{{Line: 2, Contact: 9, Fields: []string{"postal address", "phone"}}}}
	page = parse(t, b.get(at))
	words := text(page)
	for _, said := range []string{"With what anna stated of the consents", "by anna", "Postal address"} {
		if !strings.Contains(words, said) {
			t.Errorf("the page lacks %q", said)
		}
	}
	if len(find(page, "select", "name", "stated_consent_status")) != 0 {
		t.Error("who consented is asked of a file that says it row by row")
	}
	if in := find(page, "input", "name", "stated_consent_text"); len(in) != 1 || attr(in[0], "value") != "v3" {
		t.Error("what was answered is not there any more")
	}
	h.bases.brought.Stage = dashboard.TakenOver
	if words := text(parse(t, b.get(at))); !strings.Contains(words, "What anna stated of the consents was kept with it") {
		t.Errorf("the end does not say who stated what: %s", words)
	}
	h.bases.brought.Result.Stated = map[string]int{"consent_method": 0}
	if words := text(parse(t, b.get(at))); strings.Contains(words, "was kept with it") || !strings.Contains(words, "Nothing of what anna stated could be used") {
		t.Errorf("a statement that did nothing is said to have: %s", words)
	}
	h.bases.brought.Stage, h.bases.brought.Statable = dashboard.Looked, nil
	page = parse(t, b.get(at))
	if len(find(page, "fieldset", "class", "ask")) != 0 || strings.Contains(text(page), "What an auditor asks") || strings.Contains(text(page), "With what anna stated") {
		t.Error("what cannot be used is asked for, or said to be taken")
	}
}
