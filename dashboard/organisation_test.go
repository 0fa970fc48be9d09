package dashboard_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

func TestTheOrganisationIsShownWithWhoSigned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("Lumen")
	words := text(parse(t, h.as(account.Viewer).get("/admin/organisation")))
	for _, want := range []string{"Legal name Lumen", "Purposes Lumen Lumen · kept for Lumen", "Lumen P1 Doubtful people with some proof may be asked by e-mail Lumen Lumen 1 March 2026 No"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	h.desk.organisation.Policies = map[string]campaign.Policy{"FR": {Mode: campaign.P1, Justification: "x"}}
	if words := text(parse(t, h.as(account.Viewer).get("/admin/organisation"))); !strings.Contains(words, "Not signed: it does not count") {
		t.Error("a policy that nobody signed looks as if it counted")
	}
	h.desk.organisation.Policies = map[string]campaign.Policy{"ES": {Mode: campaign.P1, Justification: "x", ApprovedBy: "anna", ApprovedAt: campaign.NewDate(2026, 3, 1)}}
	if words := text(parse(t, h.as(account.Viewer).get("/admin/organisation"))); !strings.Contains(words, "Not open in this country: P2 counts") {
		t.Error("a mode that no signature opens looks as if it counted")
	}
	h.desk.organisation = campaign.Organisation{}
	page := parse(t, h.as(account.Administrator).get("/admin/organisation"))
	if !strings.Contains(text(page), "Nobody has said yet who asks") || !strings.Contains(text(find(page, "textarea", "id", "text")[0]), "# begin here") {
		t.Error("an empty house does not say how to begin")
	}
}

// TestWhoMayChangeWhichPart: settings are the administrator's, policies the privacy officer's, and the
// desk is told so; nobody else has a form.
func TestWhoMayChangeWhichPart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, r := range account.Roles() {
		page := parse(t, h.as(r).get("/admin/organisation"))
		action := map[account.Role]string{account.Administrator: "/admin/organisation", account.PrivacyOfficer: "/admin/organisation/policy"}[r]
		forms := find(page, "form", "enctype", "multipart/form-data")
		if action == "" && len(forms) > 0 || action != "" && (len(forms) != 1 || attr(forms[0], "action") != action) {
			t.Errorf("%s has %d forms", r, len(forms))
		}
	}
	a, p := h.as(account.Administrator), h.as(account.PrivacyOfficer)
	if w := a.post("/admin/organisation", "text", "x"); w.Header().Get("Location") != "/admin/organisation?done=organisation" || h.desk.actor.Role != "administrator" {
		t.Errorf("administrator: %d", w.Code)
	}
	p.post("/admin/organisation/policy", "text", "x")
	if want := []campaign.Mandate{{Rest: true}, {Policy: true}}; !slices.Equal(h.desk.applied, want) {
		t.Errorf("the desk was told %v", h.desk.applied)
	}
}

// TestTwoWhoChangeTheOrganisationLoseNothing: a file that was begun before somebody else's change does not take that away unsaid.
func TestTwoWhoChangeTheOrganisationLoseNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Administrator)
	was := func(n *html.Node) string { return attr(find(n, "input", "name", "was")[0], "value") }
	first := was(parse(t, b.get("/admin/organisation")))
	h.desk.organisation.Phone = "+33 1 02 03 04 05"
	h.desk.stands = h.desk.organisation.Mark()
	if w := b.post("/admin/organisation", "text", "broken", "was", first); was(parse(t, w)) != first {
		t.Error("after a fault in the file the change of the other counts as seen")
	}
	w := b.post("/admin/organisation", "text", "mine", "was", first)
	page := parse(t, w)
	if w.Code != http.StatusUnprocessableEntity || len(h.desk.applied) != 0 || !strings.Contains(text(page), "Somebody changed the organisation after this page was opened") || !strings.Contains(text(find(page, "textarea", "id", "text")[0]), "mine") {
		t.Errorf("%d, applied %d times", w.Code, len(h.desk.applied))
	}
	if w := b.post("/admin/organisation", "text", "mine", "was", was(page)); w.Code != http.StatusSeeOther {
		t.Errorf("whoever was told cannot apply theirs: %d", w.Code)
	}
}

func TestAnOrganisationFileIsTakenFromFieldOrFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Administrator)
	if w := b.upload("/admin/organisation", "organisation.toml", "good", "form", b.token, "text", "broken"); w.Code != http.StatusSeeOther {
		t.Errorf("the file does not go before the text: %d", w.Code)
	}
	w := b.upload("/admin/organisation", "", "", "form", b.token, "text", "first\r\nbroken\r\nlast")
	page := parse(t, w)
	if w.Code != http.StatusUnprocessableEntity || inRed(t, w) != "In line 2: broken." || attr(find(page, "ol", "class", "excerpt")[0], "class") == "" {
		t.Errorf("%d: %s", w.Code, inRed(t, w))
	}
	if meant := find(page, "li", "class", "meant"); len(meant) != 1 || text(meant[0]) != "2 broken" {
		t.Error("the line is not shown")
	}
	if kept := find(page, "textarea", "id", "text")[0].FirstChild.Data; kept != "first\nbroken\nlast" {
		t.Errorf("what was typed is forgotten: %q", kept)
	}
	h.desk.refusal = fault.New(fault.Denied, "organisation.policy", "the contact policy differs")
	if w := b.post("/admin/organisation", "text", "x"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "only who may sign it can change it") {
		t.Errorf("a changed policy: %d", w.Code)
	}
	if w := b.post("/admin/organisation", "text", strings.Repeat("x", 3<<20)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge text: %d", w.Code)
	}
}

// What was confirmed is what was shown: another list asks again.
func TestAChangedPurposeSaysHowManyConsentsItWouldVoid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("Lumen")
	h.desk.changes = []campaign.PurposeChange{{Key: "news", Title: map[string]string{"en": "Our <b>news</b>"}, Consents: 1200}, {Key: "offers", Title: map[string]string{"en": "Offers"}, Gone: true, Consents: 1}}
	b := h.as(account.Administrator)
	w := b.post("/admin/organisation", "text", "new text")
	page := parse(t, w)
	if words := text(find(page, "div", "class", "notice")[0]); w.Code != http.StatusUnprocessableEntity || !strings.Contains(words, "“Our <b>news</b>” (news) would change, and 1,200 consents") || !strings.Contains(words, "“Offers” (offers) would be gone, and with it 1 consent") {
		t.Errorf("%d %s", w.Code, words)
	}
	if len(h.desk.applied) != 0 || !strings.Contains(text(find(page, "textarea", "id", "text")[0]), "new text") || len(find(page, "input", "name", "sure")) != 1 {
		t.Fatal("it was saved unasked, or what was typed is lost, or it cannot be confirmed")
	}
	sure := attr(find(page, "input", "name", "sure")[0], "value")
	if w := b.post("/admin/organisation", "text", "new text", "sure", "yes"); w.Code != http.StatusUnprocessableEntity || len(h.desk.applied) != 0 {
		t.Errorf("confirmed without what was shown: %d", w.Code)
	}
	h.desk.changes[0].Consents++
	w = b.post("/admin/organisation", "text", "new text", "sure", sure)
	if anew := attr(find(parse(t, w), "input", "name", "sure")[0], "value"); w.Code != http.StatusUnprocessableEntity || len(h.desk.applied) != 0 || anew == sure {
		t.Fatalf("another list was confirmed: %d", w.Code)
	}
	h.desk.changes[0].Consents--
	if w := b.post("/admin/organisation", "text", "new text", "sure", sure); w.Code != http.StatusSeeOther || len(h.desk.applied) != 1 {
		t.Errorf("confirmed: %d", w.Code)
	}
}

// TestATighterPolicySaysWhomItWithholds: how many, before it is applied. Those who wait grow fewer while a campaign sends, and what was
// confirmed stays confirmed.
func TestATighterPolicySaysWhomItWithholds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("Lumen")
	h.desk.fewer = []campaign.Tightened{{Campaign: "<b>spring</b>", Waiting: 1300, Withheld: 1200}}
	b := h.as(account.PrivacyOfficer)
	w := b.post("/admin/organisation/policy", "text", "new text")
	page := parse(t, w)
	words := text(find(page, "div", "class", "notice")[0])
	if w.Code != http.StatusUnprocessableEntity || len(h.desk.applied) != 0 || !strings.Contains(words, "“<b>spring</b>” would not ask 1,200 people any more, of 1,300 who wait") || strings.Contains(words, "consent") {
		t.Fatalf("%d, applied %d: %s", w.Code, len(h.desk.applied), words)
	}
	sure := attr(find(page, "input", "name", "sure")[0], "value")
	h.desk.fewer[0].Waiting, h.desk.fewer[0].Withheld = 1299, 1199
	if w := b.post("/admin/organisation/policy", "text", "new text", "sure", sure); w.Code != http.StatusSeeOther || len(h.desk.applied) != 1 {
		t.Errorf("confirmed: %d", w.Code)
	}
	h.desk.fewer = append(h.desk.fewer, campaign.Tightened{Campaign: "summer", Waiting: 1, Withheld: 1})
	if w := b.post("/admin/organisation/policy", "text", "new text", "sure", sure); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another campaign was confirmed unseen: %d", w.Code)
	}
}
