package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

func TestTheListOfAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("jeanne@example.net")
	b := h.as(account.Viewer)
	page := parse(t, b.get("/admin/responses?campaign=spring-running&address=jeanne@example.net&before=20"))
	if f := h.desk.filter; f.Campaign != "spring-running" || f.Address != "" || f.Before != 20 || f.Limit < 10 {
		t.Errorf("asked for %+v", f)
	}
	words := text(page)
	for _, want := range []string{"jeanne @example.net spring-running Form news, by e-mail: Yes", "Erased spring-running One-click news, by e-mail: No"} {
		if !strings.Contains(words, want) {
			t.Errorf("the list lacks %q:\n%s", want, words)
		}
	}
	if older := find(page, "a", "rel", "next"); len(older) != 1 || !strings.Contains(attr(older[0], "href"), "before=8") || !strings.Contains(attr(older[0], "href"), "campaign=spring-running") {
		t.Error("the way to older answers is wrong or loses the filter")
	}
	// An address is asked for by a form, and stands in no link.
	found := b.post("/admin/responses/find", "campaign", "spring-running", "address", " jeanne@example.net")
	if f := h.desk.filter; found.Code != http.StatusOK || f.Campaign != "spring-running" || f.Address != "jeanne@example.net" {
		t.Errorf("%d, asked for %+v", found.Code, f)
	}
	for _, a := range find(parse(t, found), "a", "", "") {
		if strings.Contains(attr(a, "href"), "jeanne") || attr(a, "rel") == "next" {
			t.Errorf("a link leads to %s", attr(a, "href"))
		}
	}
	h.desk.answers = nil
	if words := text(parse(t, b.get("/admin/responses"))); !strings.Contains(words, "Nobody has answered yet") {
		t.Errorf("an empty list says %s", words)
	}
}

func TestOneAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("jeanne@example.net")
	b := h.as(account.Approver)
	page := parse(t, b.get("/admin/responses/a-1"))
	words := text(page)
	for _, want := range []string{"jeanne@example.net decided:", ", by e-mail Yes", "unticked boxes", "cafe", "d0c", "Receipt a-1", "Ledger entry 9"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	frame := find(page, "iframe", "class", "tall")
	if len(frame) != 1 || attr(frame[0], "sandbox") != "allow-same-origin" {
		t.Fatal("the page as shown is not in a sandbox")
	}
	shown := b.get(attr(frame[0], "src"))
	if policy := shown.Header().Get("Content-Security-Policy"); shown.Body.String() != "<!DOCTYPE html><p>kept </p>" || strings.Contains(policy, "script") || !strings.Contains(policy, "sandbox allow-same-origin") || !strings.Contains(policy, "form-action 'none'") {
		t.Errorf("%s under %s", shown.Body, policy)
	}
	h.desk.answers[0].Route = campaign.RouteLetter
	if words := text(parse(t, b.get("/admin/responses/a-1"))); !strings.Contains(words, "the code of the letter leads to") {
		t.Errorf("an answer by the code of a letter is another:\n%s", words)
	}
	page = parse(t, b.get("/admin/responses/a-2"))
	if len(find(page, "iframe", "", "")) != 0 || !strings.Contains(text(page), "No page was shown") || b.get("/admin/responses/a-2/page").Code != http.StatusNotFound {
		t.Error("a one-click has a page")
	}
	if b.get("/admin/responses/nobody").Code != http.StatusNotFound {
		t.Error("an answer that is not there is shown")
	}
	page = parse(t, h.as(account.Viewer).get("/admin/responses/a-1"))
	if len(find(page, "form", "action", "/admin/responses/a-1/verify"))+len(find(page, "form", "action", "/admin/responses/a-1/proof")) != 0 {
		t.Error("a viewer has the buttons of proofs")
	}
}

func TestVerifyingAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.PrivacyOfficer)
	words := text(parse(t, b.post("/admin/responses/a-1/verify")))
	if strings.Count(words, "Holds") != 6 || !strings.Contains(words, "The proof of this answer holds.") {
		t.Errorf("all holds, but the page says %s", words)
	}
	h.desk.steps[1] = dashboard.Step{Name: "inclusion", Detail: "entry 9: its proof leads elsewhere"}
	w := b.post("/admin/responses/a-1/verify")
	if words := text(parse(t, w)); strings.Count(words, "Fails") != 1 || !strings.Contains(words, "leads elsewhere") || !strings.Contains(alert(t, w), "does not hold") {
		t.Errorf("one step fails, but the page says %s", words)
	}
	h.desk.refuse = fault.New(fault.Unavailable, "proof.uncovered", "no checkpoint covers this selection yet")
	if w := b.post("/admin/responses/a-1/verify"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(alert(t, w), "No checkpoint covers") || strings.Contains(text(parse(t, w)), "Holds") {
		t.Errorf("what cannot be verified: %d", w.Code)
	}
	if w := b.post("/admin/responses/a-1/proof"); w.Header().Get("Content-Disposition") != `attachment; filename="proof-9.json"` || w.Header().Get("Content-Type") != "application/json" || !strings.Contains(w.Body.String(), "format") {
		t.Errorf("the dossier: %v %s", w.Header(), w.Body)
	}
}

func TestVerifyingTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.PrivacyOfficer)
	if words := text(parse(t, b.get("/admin/proof"))); !strings.Contains(words, "covers 10 entries, the last of 9 March 2026") || !strings.Contains(words, "cm9vdA==") || !strings.Contains(words, "Entries 12") {
		t.Errorf("the page says %s", words)
	}
	if words := text(parse(t, b.post("/admin/proof/verify"))); !strings.Contains(words, "all 12 entries were recomputed") {
		t.Errorf("it holds, but the page says %s", words)
	}
	h.desk.verdict = dashboard.Verdict{Faults: []string{"entry 3: changed"}, More: 4}
	w := b.post("/admin/proof/verify")
	if words := text(parse(t, w)); !strings.Contains(words, "entry 3: changed") || !strings.Contains(words, "and 4 more") || !strings.Contains(alert(t, w), "does not hold") {
		t.Errorf("it does not hold, but the page says %s", words)
	}
}

func TestWhoElseHasHeadsOfTheLedgerAndWhichKeysSigned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	page := parse(t, h.as(account.PrivacyOfficer).get("/admin/proof"))
	anchors, keys := text(find(page, "section", "aria-labelledby", "anchors")[0]), text(find(page, "section", "aria-labelledby", "key")[0])
	for _, want := range []string{"Mail to the data-protection officer Given dpo@lumen.example", "10 entries, 9 March 2026, 08:01:00 UTC", "Time stamp (RFC 3161) Late https://tsa.example", "Copy on another disk Not set Set anchor"} {
		if !strings.Contains(anchors, want) {
			t.Errorf("the page lacks %q:\n%s", want, anchors)
		}
	}
	for _, want := range []string{"Signed before since 9 January 2026, 08:00:00 UTC the first key old key", "Signs now since 1 March 2026, 08:00:00 UTC after a rotation by root, entry 7 key"} {
		if !strings.Contains(keys, want) {
			t.Errorf("the page lacks %q:\n%s", want, keys)
		}
	}
}

func TestADossierIsOfACampaignOrAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	h.desk.card.Contact.Email = "anna@iris.example"
	b := h.as(account.PrivacyOfficer)
	for _, c := range []struct{ field, value, name, did string }{{"campaign", "spring-running", "proof-spring-running.zip", `dossier of "spring-running" "" in en`}, {"who", "anna@iris.example", "proof-person.zip", `dossier of "" "id:1" in en`}} {
		w := b.post("/admin/proof/dossier", c.field, c.value)
		if w.Code != http.StatusOK || w.Body.String() != "PK" || w.Header().Get("Content-Disposition") != `attachment; filename="`+c.name+`"` || !strings.HasSuffix(h.desk.did(), c.did) {
			t.Errorf("%s: %d %v, %s", c.value, w.Code, w.Header(), h.desk.did())
		}
	}
	for name, pairs := range map[string][]string{"neither": nil, "both": {"campaign", "spring-running", "who", "x"}, "nobody": {"who", "nobody@iris.example"}} {
		if w := b.post("/admin/proof/dossier", pairs...); w.Code != http.StatusUnprocessableEntity || alert(t, w) == "" {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	h.pass(account.Fresh + 1)
	if w := b.post("/admin/proof/dossier", "campaign", "spring-running"); w.Code != http.StatusUnauthorized {
		t.Errorf("a screen left alone: %d", w.Code)
	}
}

func TestAnswersAreFoundByDayAndByReceipt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.PrivacyOfficer)
	page := parse(t, b.get("/admin/responses?from=2026-03-01&to=2026-03-05"))
	if f := h.desk.filter; f.From.String() != "2026-03-01" || f.To.String() != "2026-03-05" || attr(find(page, "input", "id", "from")[0], "value") != "2026-03-01" {
		t.Errorf("asked for %+v", f)
	}
	if older := find(page, "a", "rel", "next"); len(older) != 1 || !strings.Contains(attr(older[0], "href"), "from=2026-03-01&to=2026-03-05") {
		t.Error("the way to older answers loses the days")
	}
	if w := b.post("/admin/responses/find", "number", " 9 "); w.Header().Get("Location") != "/admin/responses/a-1" {
		t.Errorf("by its entry: %d to %q", w.Code, w.Header().Get("Location"))
	}
	for name, pairs := range map[string][]string{"no answer": {"number", "77"}, "no day": {"from", "soon"}} {
		if w := b.post("/admin/responses/find", pairs...); w.Code != http.StatusUnprocessableEntity || alert(t, w) == "" {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if forms := find(parse(t, b.get("/admin/proof")), "form", "action", "/admin/responses/find"); len(forms) != 1 || len(find(forms[0], "input", "name", "number")) != 1 {
		t.Error("the page of proofs leads to no search")
	}
}

func TestTheLedgerIsRecomputedOnceAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	h.desk.entered, h.desk.stop = make(chan struct{}), make(chan struct{})
	b, other := h.as(account.PrivacyOfficer), h.as(account.Approver)
	first := make(chan int, 1)
	go func() { first <- b.post("/admin/proof/verify").Code }()
	<-h.desk.entered
	if w := other.post("/admin/proof/verify"); w.Code != http.StatusConflict || !strings.Contains(alert(t, w), "being recomputed already") {
		t.Errorf("the second: %d", w.Code)
	}
	close(h.desk.stop)
	if code := <-first; code != http.StatusOK {
		t.Errorf("the first: %d", code)
	}
}

// TestAnAnswerIsWrittenAsItsLanguageWritesIt: French has a space before its colon.
func TestAnAnswerIsWrittenAsItsLanguageWritesIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("jeanne@example.net")
	b := h.as(account.Viewer)
	b.header["Accept-Language"] = "fr"
	if words := b.get("/admin/responses").Body.String(); !strings.Contains(words, "news, par e-mail\u00a0: Oui") {
		t.Errorf("it says %s", words)
	}
}
