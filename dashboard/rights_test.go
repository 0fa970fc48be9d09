package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
)

// officer is the browser of whoever answers for people's rights, in a house where some asked.
func officer(t *testing.T) (*house, *browser) {
	h := newHouse(t)
	h.fillBase("anna")
	h.desk.card.Contact.Email = "anna@iris.example"
	h.asked("sent by registered mail")
	return h, h.as(account.PrivacyOfficer)
}

func TestWhatIsDueFirstStandsFirst(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	page := parse(t, b.get("/admin/rights"))
	open, done := find(page, "section", "aria-labelledby", "open")[0], find(page, "section", "aria-labelledby", "done")[0]
	words := text(open)
	for _, want := range []string{"Erasure anna @iris.example 5 February 2026 8 March 2026 2 days late", "Correction anna @iris.example 11 February 2026 14 March 2026 4 days left", "To see what is held anna @iris.example 9 March 2026 9 April 2026 30 days left"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if strings.Index(words, "late") > strings.Index(words, "left") || len(find(open, "span", "class", "badge bad")) != 1 || len(find(open, "span", "class", "badge wait")) != 1 {
		t.Errorf("what is overdue is not first, or not marked: %s", words)
	}
	for _, want := range []string{"sent by registered mail Done, late", "Erasure Erased 5 March 2026 the person was erased Done"} {
		if !strings.Contains(text(done), want) {
			t.Errorf("what is done lacks %q:\n%s", want, text(done))
		}
	}
	if links := find(open, "a", "href", "/admin/rights/1"); len(links) != 1 {
		t.Error("nothing leads to the case")
	}
	h.desk.beyond = true
	page = parse(t, b.get("/admin/rights?after=1&before=5"))
	for href, want := range map[string]int{"/admin/rights?after=3": 1, "/admin/rights?before=4": 1, "/admin/rights": 2} {
		if n := len(find(find(page, "main", "", "")[0], "a", "href", href)); n != want {
			t.Errorf("%d links lead to %s", n, href)
		}
	}
	h.desk.cards = nil
	if words := text(parse(t, b.get("/admin/rights"))); !strings.Contains(words, "Nobody waits for an answer A person asks on their preference page") {
		t.Errorf("without a case: %s", words)
	}
}

func TestACaseLeadsToWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	for id, to := range map[string]string{"1": "/admin/rights/people/1/erase", "2": "/admin/rights/people/1/rectify", "3": "/admin/rights/people/1#access"} {
		page := parse(t, b.get("/admin/rights/"+id))
		if len(find(page, "a", "href", to)) != 1 || len(find(page, "form", "action", "/admin/rights/"+id+"/close")) != 1 {
			t.Errorf("case %s does not lead to %s, or cannot be closed", id, to)
		}
	}
	page := parse(t, b.get("/admin/rights/5"))
	if words := text(page); !strings.Contains(words, "the person was erased") || len(find(page, "form", "action", "/admin/rights/5/close")) != 0 || len(find(page, "a", "class", "button plain")) != 0 {
		t.Errorf("a case that is done, of an erased person: %s", words)
	}
	if w := b.get("/admin/rights/99"); w.Code != http.StatusNotFound || !strings.Contains(text(parse(t, w)), "There is no case 99") {
		t.Errorf("no case: %d", w.Code)
	}
	if w := b.post("/admin/rights/3/close", "note", " "); w.Code != http.StatusUnprocessableEntity || !strings.Contains(text(find(parse(t, w), "p", "id", "note-error")[0]), "Say what was done") || h.desk.did() != "" {
		t.Errorf("without a note: %d", w.Code)
	}
	if w := b.post("/admin/rights/3/close", "note", "sent by letter"); w.Header().Get("Location") != "/admin/rights?done=case_closed" || h.desk.did() != "close case 3 by privacy-officer: sent by letter" {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
}

// A case gets more time on its page while the law allows it, and says then what the person must be told.
func TestACaseIsExtendedOnItsPage(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	const at = "/admin/rights/3/extend"
	for id, want := range map[string]int{"3": 1, "2": 1, "1": 0, "5": 0} { // one day, 27 and 33 days after it was asked for; done
		if n := len(find(parse(t, b.get("/admin/rights/"+id)), "form", "action", "/admin/rights/"+id+"/extend")); n != want {
			t.Errorf("case %s: %d forms to extend it, want %d", id, n, want)
		}
	}
	w := b.post(at, "until", "soon", "because", "many shops")
	if again := find(parse(t, w), "form", "action", at); w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || !strings.Contains(inRed(t, w), "Give a day after") ||
		attr(find(again[0], "input", "name", "because")[0], "value") != "many shops" {
		t.Errorf("no day: %d, %s", w.Code, h.desk.did())
	}
	if w := b.post(at, "until", "2026-05-02", "because", " many shops "); w.Header().Get("Location") != "/admin/rights/3?done=case_extended" || h.desk.did() != "extend case 3 to 2026-05-02 by privacy-officer: many shops" {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
	c := &h.desk.cards[2]
	tellBy := campaign.DateOf(c.OpenedAt).AddMonths(1)
	c.DueAt, c.Because, c.Extended = c.Utmost().Time(), "many shops", 12
	words := text(parse(t, b.get("/admin/rights/3?done=case_extended")))
	for _, want := range []string{"Tell the person now.", "must be told by " + tellBy.Time().Format("2 January 2006"), "Extended because many shops", "Ledger entry of the extension 12"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q: %s", want, words)
		}
	}
	if n := len(find(parse(t, b.get("/admin/rights/3")), "form", "action", at)); n != 0 {
		t.Error("a case of three months is offered more time")
	}
	if list := text(parse(t, b.get("/admin/rights"))); !strings.Contains(list, "extended: many shops") {
		t.Errorf("the list does not say so: %s", list)
	}
}

func TestSomebodyWhoWroteALetterIsFound(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	if w := b.post("/admin/rights/find", "who", "anna@iris.example"); w.Header().Get("Location") != "/admin/rights/people/1" {
		t.Errorf("found: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := b.post("/admin/rights/find", "who", "nobody@iris.example"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(text(find(parse(t, w), "p", "id", "who-error")[0]), "Nobody") {
		t.Errorf("nobody: %d", w.Code)
	}
	h.desk.ledger = "known@iris.example"
	page := parse(t, b.post("/admin/rights/find", "who", "known@iris.example"))
	if f := find(page, "form", "action", "/admin/rights/erase"); len(f) != 1 || attr(find(f[0], "input", "name", "who")[0], "value") != "known@iris.example" {
		t.Fatalf("whom only the ledger knows cannot be erased: %s", text(page))
	}
	if w := b.post("/admin/rights/erase", "who", "known@iris.example", "name", "known@iris.exampl"); w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" {
		t.Errorf("mistyped: %d, %s", w.Code, h.desk.did())
	}
	if w := b.post("/admin/rights/erase", "who", "known@iris.example", "name", "known@iris.example"); w.Header().Get("Location") != "/admin/rights?done=erased" || h.desk.did() != "erase known@iris.example by privacy-officer: " {
		t.Errorf("%d, %s", w.Code, h.desk.did())
	}
}

// A letter has no link: whoever is asked opens the case, whose month runs from the day on which it arrived.
func TestACaseIsOpenedByHandOnThePersonsPage(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	const at = "/admin/rights/people/1/case"
	page := parse(t, b.get("/admin/rights/people/1"))
	form := find(page, "form", "action", at)
	if len(form) != 1 || len(find(form[0], "option", "", "")) != 3 || attr(find(form[0], "input", "name", "received")[0], "type") != "date" {
		t.Fatal("a case cannot be opened")
	}
	if said := text(parse(t, b.get("/admin/rights?done=case_opened"))); !strings.Contains(said, "The case is open, with your name and its last day.") {
		t.Error("nothing says that a case was opened")
	}
	w := b.post(at, "kind", "erase", "received", "soon", "how", "by letter")
	if again := find(parse(t, w), "form", "action", at); w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || !strings.Contains(inRed(t, w), "the day on which it arrived") ||
		attr(find(again[0], "input", "name", "how")[0], "value") != "by letter" {
		t.Errorf("no day: %d, %s", w.Code, h.desk.did())
	}
	if w := b.post(at, "kind", "erase", "received", "2026-03-02", "how", " by letter "); w.Header().Get("Location") != "/admin/rights/9?done=case_opened" || h.desk.did() != "open erase of id:1 on 2026-03-02 by privacy-officer: by letter" {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
	h.desk.cards[0].Entered = campaign.Entered{By: "paula", Note: "at the counter"}
	if words := text(parse(t, b.get("/admin/rights/1"))); !strings.Contains(words, "Entered by paula How it came at the counter") {
		t.Errorf("the case does not say how it came: %s", words)
	}
}

func TestAccessIsGivenAsAFile(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	page := parse(t, b.get("/admin/rights/people/1"))
	form := find(page, "form", "action", "/admin/rights/people/1/access")
	if len(form) != 1 || len(find(form[0], "button", "value", "pdf")) != 1 || len(find(form[0], "button", "value", "json")) != 1 {
		t.Fatal("the files cannot be had")
	}
	for format, media := range map[string]string{"pdf": "application/pdf", "json": "application/json"} {
		w := b.post("/admin/rights/people/1/access", "format", format)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != media || w.Body.String() != "all of id:1" || w.Header().Get("Content-Disposition") != `attachment; filename="access-1.`+format+`"` {
			t.Errorf("%s: %d %v", format, w.Code, w.Header())
		}
	}
	if w := b.post("/admin/rights/people/1/access", "format", "doc"); w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another format: %d", w.Code)
	}
	if got := strings.Count(h.desk.did(), "by privacy-officer"); got != 2 {
		t.Errorf("recorded: %s", h.desk.did())
	}
}

func TestACorrectionShowsOldAndNewBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	const at = "/admin/rights/people/1/rectify"
	page := parse(t, b.get(at))
	if got := attr(find(page, "input", "id", "email")[0], "value"); got != "anna@iris.example" {
		t.Errorf("the form begins with %q", got)
	}
	last := attr(find(page, "input", "id", "last_name")[0], "value")
	if w := b.post(at, "last_name", last); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "Nothing differs") {
		t.Errorf("nothing changed: %d %s", w.Code, inRed(t, w))
	}
	if w := b.post(at, "country", "france"); w.Code != http.StatusUnprocessableEntity || attr(find(parse(t, w), "input", "id", "country")[0], "value") != "france" {
		t.Errorf("what was typed wrongly is lost: %d", w.Code)
	}
	page = parse(t, b.post(at, "last_name", "Dupond", "city", " Lyon "))
	if words := text(find(page, "table", "", "")[0]); !strings.Contains(words, "Last name "+last+" Dupond") || !strings.Contains(words, "Lyon") || h.desk.did() != "" {
		t.Fatalf("shown: %s; done: %s", words, h.desk.did())
	}
	was := attr(find(page, "input", "name", "was")[0], "value")
	if w := b.post(at, "step", "save", "was", "0ld", "last_name", "Dupond"); w.Code != http.StatusOK || h.desk.did() != "" {
		t.Errorf("what changed meanwhile is overwritten: %d, %s", w.Code, h.desk.did())
	}
	if w := b.post(at, "step", "save", "was", was, "last_name", "Dupond"); w.Header().Get("Location") != "/admin/rights/people/1?done=rectified" || h.desk.did() != "rectify id:1 by privacy-officer: map[last_name:Dupond]" {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
}

func TestAnErasureSaysWhatGoesAndStaysAndIsTypedToConfirm(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	const at = "/admin/rights/people/1/erase"
	words := text(parse(t, b.get(at)))
	for _, want := range []string{"The contact, with all fields", "The content of 3 ledger entries, with their salts.", "1 message", "1 open case ends with it", "keyed fingerprints of the addresses and numbers", "2031-03-10 at the latest",
		"reoptin.db.replaced-", "Type anna@iris.example to confirm"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	b.header["Accept-Language"] = "fr"
	if words := text(parse(t, b.get(at))); !strings.Contains(words, "les empreintes à clé") || !strings.Contains(words, "le 10 mars 2031 au plus tard") {
		t.Errorf("in French: %s", words)
	}
	b.header["Accept-Language"] = "en"
	for _, typed := range []string{"", "1", "ANNA@iris.example"} {
		if w := b.post(at, "name", typed); w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || !strings.Contains(inRed(t, w), "Type who is erased") {
			t.Errorf("typed %q: %d, %s", typed, w.Code, h.desk.did())
		}
	}
	h.desk.sending = true
	if w := b.post(at, "name", "anna@iris.example"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "just being sent") {
		t.Errorf("while a message leaves: %d %s", w.Code, inRed(t, w))
	}
	h.desk.sending = false
	if w := b.post(at, "name", "anna@iris.example", "because", "asked by letter"); w.Header().Get("Location") != "/admin/rights?done=erased" || h.desk.did() != "erase id:1 by privacy-officer: asked by letter" {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
}

// Whoever left the screen alone a while ago proves once more who they are, before anything is given away or taken.
func TestRightsAskOnceMoreWhoIsThere(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	h.pass(account.Fresh + 1)
	for _, p := range []string{"/admin/rights/people/1/rectify", "/admin/rights/people/1/erase"} {
		if w := b.get(p); w.Header().Get("Location") != "/admin/prove?to="+strings.TrimPrefix(p, "/admin") {
			t.Errorf("%s: %d to %q", p, w.Code, w.Header().Get("Location"))
		}
	}
	for _, p := range []string{"/admin/rights/people/1/access", "/admin/rights/people/1/rectify", "/admin/rights/people/1/erase", "/admin/rights/erase", "/admin/rights/3/close"} {
		if w := b.post(p, "format", "pdf", "name", "anna@iris.example", "note", "sent by letter"); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	if words := b.post("/admin/rights/3/close", "note", "sent by letter").Body.String(); !strings.Contains(words, "sent by letter") {
		t.Error("the note that was typed is lost")
	}
	if w := b.post("/admin/rights/find", "who", "anna@iris.example"); w.Code != http.StatusSeeOther || h.desk.did() != "" {
		t.Errorf("to look somebody up: %d, %s", w.Code, h.desk.did())
	}
	bound := map[string]bool{}
	for _, r := range dashboard.Routes(h.board) {
		if strings.HasPrefix(r.Path, "/rights") {
			bound[r.Method+" "+r.Path] = r.Binds
		}
	}
	if bound["GET /rights"] || bound["GET /rights/:case"] || bound["POST /rights/find"] || len(bound) < 11 {
		t.Errorf("%v", bound)
	}
}

// TestNothingOfAPersonIsMoreThanText: whatever people are called and wrote, the pages keep their shape.
func TestNothingOfAPersonIsMoreThanText(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t)
	b := h.as(account.PrivacyOfficer)
	look := func(word string) map[string]*httptest.ResponseRecorder {
		h.fillBase(word)
		h.asked(word)
		looks := map[string]*httptest.ResponseRecorder{}
		for _, p := range []string{"", "/1", "/4", "/people/1", "/people/1/rectify", "/people/1/erase"} {
			looks["rights"+p] = b.get("/admin/rights" + p)
		}
		looks["find"] = b.post("/admin/rights/find", "who", word+" nobody")
		looks["note"] = b.post("/admin/rights/1/close", "note", "", "who", word)
		looks["compare"] = b.post("/admin/rights/people/1/rectify", "city", "x"+word)
		looks["erase"] = b.post("/admin/rights/people/1/erase", "because", word, "name", "x"+word)
		return looks
	}
	plain := map[string]string{}
	for name, w := range look("Plain Name") {
		plain[name] = shape(parse(t, w))
		if w.Code >= 500 || len(plain[name]) < 100 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for _, attack := range append(manyAttacks(t), attacks...) {
		for name, w := range look(attack) {
			if got := shape(parse(t, w)); got != plain[name] {
				t.Fatalf("%s changes its shape with %q", name, attack)
			}
		}
	}
}

func TestWhoseTimeIsOverIsCountedBeforeTheyAreErased(t *testing.T) {
	t.Parallel()
	h, b := officer(t)
	h.desk.over = []campaign.RetentionLine{{Rule: campaign.KeepUnasked, Before: "2026-02-08", People: 12}, {Rule: campaign.KeepSilent, Before: "2026-02-08", People: 30, Entries: 31}, {Rule: campaign.KeepBounces}}
	if forms := find(parse(t, b.get("/admin/rights")), "form", "action", "/admin/rights/retention"); len(forms) != 1 {
		t.Error("nothing leads to whose time is over")
	}
	page := parse(t, b.post("/admin/rights/retention"))
	words, shown := text(page), attr(find(page, "input", "name", "shown")[0], "value")
	for _, want := range []string{"People who may not be asked, and were not 8 February 2026 12 0", "People who did not answer 8 February 2026 30 31", "Words of what came back kept for ever", "Type 73, the sum of people (42) and ledger entries (31), to confirm"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	for _, typed := range []string{"", "42", "72"} {
		if w := b.post("/admin/rights/retention/apply", "number", typed, "shown", shown); w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || !strings.Contains(inRed(t, w), "Type the sum") {
			t.Errorf("typed %q: %d, %s", typed, w.Code, h.desk.did())
		}
	}
	// As many in all, of other rules: it is not what was shown.
	h.desk.over[0].People, h.desk.over[1].People = 11, 31
	w := b.post("/admin/rights/retention/apply", "number", "73", "shown", shown)
	if w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || !strings.Contains(inRed(t, w), "has changed since") {
		t.Errorf("what changed meanwhile: %d, %s", w.Code, h.desk.did())
	}
	shown = attr(find(parse(t, w), "input", "name", "shown")[0], "value")
	if w := b.post("/admin/rights/retention/apply", "number", "73", "shown", shown); w.Header().Get("Location") != "/admin/rights?done=retained" || h.desk.did() != "retain by privacy-officer" {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
	h.desk.over = nil
	if page := parse(t, b.post("/admin/rights/retention")); !strings.Contains(text(page), "Nothing is due today") || len(find(page, "form", "action", "/admin/rights/retention/apply")) != 0 {
		t.Errorf("with nothing due: %s", text(page))
	}
	h.pass(account.Fresh + 1)
	if w := b.post("/admin/rights/retention/apply", "number", "0"); w.Code != http.StatusUnauthorized {
		t.Errorf("a screen left alone: %d", w.Code)
	}
}
