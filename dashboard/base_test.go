package dashboard_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
)

// upload sends a form with a file: pairs first, then the file, unless it has no name.
func (b *browser) upload(target, name, content string, pairs ...string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		b.h.must(w.WriteField(pairs[i], pairs[i+1]))
	}
	if name != "" {
		f, err := w.CreateFormFile("file", name)
		b.h.must(err)
		_, err = f.Write([]byte(content))
		b.h.must(err)
	}
	b.h.must(w.Close())
	b.header["Content-Type"] = w.FormDataContentType()
	defer delete(b.header, "Content-Type")
	return b.do("POST", target, body.String())
}

// inRed is what a page says in red.
func inRed(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var said []string
	for _, n := range find(parse(t, w), "div", "role", "alert") {
		said = append(said, text(n))
	}
	return strings.Join(said, " ")
}

func TestTheBaseShowsFiguresThatLeadToPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	h.desk.base = campaign.Base{Contacts: 12000, Unaudited: 2000, Classes: map[campaign.Class]int{campaign.OptedIn: 2000, campaign.Doubtful: 8000},
		Routes: map[campaign.Route]int{campaign.RouteEmail: 7000, campaign.RouteNone: 3000},
		Reasons: []campaign.AuditReason{{Code: "T-50", Class: campaign.Doubtful, Route: campaign.RouteEmail, Text: "A yes without proof.", Contacts: 7000},
			{Code: "T-30", Class: campaign.OptedIn, Route: campaign.RouteNone, Text: "Proven.", Contacts: 3000}}}
	page := parse(t, h.as(account.Viewer).get("/admin/base"))
	words := text(page)
	for _, want := range []string{"12,000 contacts", "Doubtful 8,000 67%", "E-mail 7,000 58%", "2,000 more contacts were not audited yet", "Consent probable, proof incomplete; one neutral request allowed after sign-off. T-50 Doubtful E-mail 7,000"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	for _, href := range []string{"/admin/base/contacts?class=doubtful", "/admin/base/contacts?route=email", "/admin/base/contacts?class=doubtful&reason=T-50&route=email"} {
		if len(find(page, "a", "href", href)) != 1 {
			t.Errorf("nothing leads to %s", href)
		}
	}
	if len(find(page, "a", "href", "/admin/base/contacts?class=unusable")) != 0 {
		t.Error("a class of nobody leads to a list")
	}
	if len(find(page, "form", "action", "/admin/base/import"))+len(find(page, "form", "action", "/admin/base/audit")) != 0 {
		t.Error("who may not import is offered to")
	}
	page = parse(t, h.as(account.Marketer).get("/admin/base"))
	if len(find(page, "form", "action", "/admin/base/import")) != 1 || len(find(page, "form", "action", "/admin/base/audit")) != 1 {
		t.Error("who may import is not offered to")
	}
	if day := find(page, "input", "id", "as_of"); len(day) != 1 || attr(day[0], "value") != "2026-03-10" || attr(day[0], "type") != "date" {
		t.Error("the day of the audit is not today at first")
	}
}

func TestAnEmptyOrUnauditedBaseSaysWhatToDo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if words := text(parse(t, h.as(account.Marketer).get("/admin/base"))); !strings.Contains(words, "There is no base yet Bring a file below") || strings.Contains(words, "Audit now") {
		t.Errorf("empty: %s", words)
	}
	if words := text(parse(t, h.as(account.Viewer).get("/admin/base"))); !strings.Contains(words, "Somebody who may import") {
		t.Errorf("empty, for a viewer: %s", words)
	}
	h.desk.base = campaign.Base{Contacts: 5, Unaudited: 5}
	page := parse(t, h.as(account.Marketer).get("/admin/base"))
	if words := text(page); !strings.Contains(words, "The base was not audited yet") || len(find(page, "dl", "class", "segments")) != 0 {
		t.Errorf("not audited: %s", words)
	}
}

func TestAuditTakesADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.desk.base = campaign.Base{Contacts: 5}
	b := h.as(account.Marketer)
	for said, want := range map[string]string{"": "2026-03-10", "2027-06-01": "2027-06-01"} {
		h.desk.audited = nil
		if w := b.post("/admin/base/audit", "as_of", said); w.Header().Get("Location") != "/admin/base?done=audited" || fmt.Sprint(h.desk.audited) != "["+want+"]" {
			t.Errorf("%q: %d, %v", said, w.Code, h.desk.audited)
		}
	}
	h.desk.audited = nil
	if w := b.post("/admin/base/audit", "as_of", "tomorrow"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "no day") || h.desk.audited != nil {
		t.Errorf("tomorrow: %d, %v", w.Code, h.desk.audited)
	}
	h.desk.refusal = fault.New(fault.NotFound, "organisation.missing", "no organisation was applied yet")
	if w := b.post("/admin/base/audit"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "No organisation was applied yet") {
		t.Errorf("without an organisation: %d", w.Code)
	} else if alert := find(parse(t, w), "div", "role", "alert"); len(find(alert[0], "a", "href", "/admin/organisation")) != 1 {
		t.Errorf("nothing leads to where it is applied: %s", text(alert[0]))
	}
}

func TestContactsAreFilteredPagedAndFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fill("anna")
	h.desk.next, h.desk.base.Reasons = 2, []campaign.AuditReason{{Code: "T-50", Class: campaign.Doubtful, Route: campaign.RouteEmail, Text: "A yes.", Contacts: 70}}
	b := h.as(account.Viewer)
	page := parse(t, b.get("/admin/base/contacts?class=doubtful&route=email&reason=T-50&after=40"))
	if want := (campaign.ContactFilter{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50"}); h.desk.filtered != want || h.desk.after != 40 {
		t.Errorf("asked for %v after %d", h.desk.filtered, h.desk.after)
	}
	for _, o := range find(page, "option", "selected", "") {
		if v := attr(o, "value"); slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) && !slices.Contains([]string{"doubtful", "email", "T-50"}, v) {
			t.Errorf("%q is shown as chosen", v)
		}
	}
	if next := find(page, "a", "rel", "next"); len(next) != 1 || attr(next[0], "href") != "/admin/base/contacts?after=2&class=doubtful&reason=T-50&route=email" {
		t.Error("the next page is lost")
	}
	if first := find(page, "a", "rel", "prev"); len(first) != 1 || attr(first[0], "href") != "/admin/base/contacts?class=doubtful&reason=T-50&route=email" {
		t.Error("the way back to the beginning is lost")
	}
	if words := text(page); !strings.Contains(words, "70 contacts by the last audit") || !strings.Contains(words, "anna anna anna anna Doubtful E-mail T-50") || !strings.Contains(words, "Not audited") {
		t.Errorf("the list says %s", words)
	}
	if len(find(page, "a", "href", "/admin/base/contacts/1")) != 1 {
		t.Error("nothing leads to the contact")
	}
	for _, bad := range []string{"?after=-1", "?after=x", "?after=99999999999999999999"} {
		if b.get("/admin/base/contacts" + bad); h.desk.after != 0 {
			t.Errorf("%s: after %d", bad, h.desk.after)
		}
	}
	h.desk.contacts, h.desk.next = nil, 102 // all of a page said no since
	if page := parse(t, b.get("/admin/base/contacts?class=doubtful")); len(find(page, "a", "href", "/admin/base/contacts?after=102&class=doubtful")) != 1 || strings.Contains(text(page), "Nobody is like that") {
		t.Errorf("an empty page before others: %s", text(page))
	}
	h.desk.next = 0
	if words := text(parse(t, b.get("/admin/base/contacts?class=unusable"))); !strings.Contains(words, "0 contacts") || !strings.Contains(words, "Nobody is like that") {
		t.Errorf("nobody: %s", words)
	}
}

func TestAnAddressThatIsLookedForStandsInNoPath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("anna@lumen.example")
	b := h.as(account.Viewer)
	if w := b.post("/admin/base/contacts/find", "who", " anna@lumen.example "); w.Header().Get("Location") != "/admin/base/contacts/1" || h.desk.found != "anna@lumen.example" {
		t.Errorf("%d to %q, looked for %q", w.Code, w.Header().Get("Location"), h.desk.found)
	}
	w := b.post("/admin/base/contacts/find", "who", "nobody@lumen.example")
	page := parse(t, w)
	if kept := find(page, "input", "id", "who"); w.Code != http.StatusUnprocessableEntity || attr(kept[0], "value") != "nobody@lumen.example" || !strings.Contains(text(page), "Nobody in the base has this address") {
		t.Errorf("nobody: %d", w.Code)
	}
	for _, at := range []string{"/admin/base/contacts/find", "/admin/rights/find"} {
		if w := h.as(account.PrivacyOfficer).post(at, "who", "7"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(text(parse(t, w)), `"7" means more than one person: id:1; id:2. Write id:`) {
			t.Errorf("a number of two people: %d", w.Code)
		}
	}
	b.post("/admin/suppressions/check", "asked", "anna@lumen.example")
	if log := h.log.String(); strings.Contains(log, "lumen.example") {
		t.Errorf("the log has an address: %s", log)
	}
	for _, r := range dashboard.Routes(h.board) {
		if strings.HasSuffix(r.Path, "/find") || strings.HasSuffix(r.Path, "/check") {
			if w := b.get("/admin" + r.Path + "?who=x"); w.Code < 400 && w.Code != http.StatusNotFound {
				t.Errorf("%s by GET: %d", r.Path, w.Code)
			}
		}
	}
}

func TestAContactShowsAllThatIsKnownAndNoLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("anna")
	b := h.as(account.Viewer)
	w := b.get("/admin/base/contacts/1")
	words := text(parse(t, w))
	for _, want := range []string{"Verdict Consent Doubtful Reachability Never to be written to Consent probable, proof incomplete; one neutral request allowed after sign-off. anna anna", "Row of the table T-50", "May be asked by e-mail", "As of 1 March 2026",
		"What to do Ask once by e-mail, after the sign-off. What would change it", "A postal address. Doubtful · Letter · T-51", "Other numbers, merged anna, anna", "anna (inferred, not stated)",
		"On the never-write list Reason Added by hand Source anna", "spring Sent 2 March 2026, 08:30:00 UTC", "By the form, 2 March 2026, 08:30:00 UTC", "anna E-mail Yes 2 March 2026", "winter Withheld – The person was asked already",
		"Opt-out Opted out Opt-out on 1 March 2026 Opt-out covers Not said, so it counts for everything", "Consent Yes Consent on 1 March 2026 How consent was given On paper", "Complaint Yes", "Bounce Permanent",
		"1 March 2026 Agreed, the base says: On paper.", "2 March 2026, 08:30:00 UTC Asked by spring.", "Answered spring: By the form. What was answered, and what was shown", "Put on the never-write list: Added by hand."} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if strings.Contains(words, "dot") {
		t.Error("a step of the delivery is told as a reason")
	}
	if strings.Contains(w.Body.String(), h.desk.card.Invitations[0].Invitation.Link.String()) {
		t.Error("the page shows the random number of a link")
	}
	h.desk.card.Explained.Verdict.Code = "T-22"
	if words := text(parse(t, b.get("/admin/base/contacts/1"))); strings.Contains(words, "What would change it") {
		t.Error("a verdict of an earlier day is explained by today's")
	}
	h.desk.card = campaign.Card{Contact: campaign.Contact{ID: 1, BadEmail: "no at"}}
	words = text(parse(t, b.get("/admin/base/contacts/1")))
	for _, want := range []string{"Contact 1", "was not audited yet", "no at (no usable mailbox)", "Not on the never-write list", "Never asked", "says nothing of consent"} {
		if !strings.Contains(words, want) {
			t.Errorf("of a bare contact the page lacks %q:\n%s", want, words)
		}
	}
	for _, other := range []string{"2", "x", "-1", "01x"} {
		if w := b.get("/admin/base/contacts/" + other); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", other, w.Code)
		}
	}
}

func TestAFileIsHandedOnOnlyWithItsToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Marketer)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"no token":         b.upload("/admin/base/import", "base.csv", "email\n"),
		"a wrong token":    b.upload("/admin/base/import", "base.csv", "email\n", "form", "x"),
		"token not first":  b.upload("/admin/base/import", "base.csv", "email\n", "other", "x", "form", b.token),
		"no right":         h.as(account.Viewer).upload("/admin/base/import", "base.csv", "email\n", "form", "x"),
		"of another login": h.as(account.Marketer).upload("/admin/base/import", "base.csv", "email\n", "form", b.token),
	} {
		if w.Code != http.StatusForbidden || h.bases.text != "" {
			t.Errorf("%s: %d, %q", name, w.Code, h.bases.text)
		}
	}
	if w := b.upload("/admin/base/import", "../dir/base\u202e.csv", "email\na@b.example\n", "form", b.token); w.Header().Get("Location") != "/admin/base/import/abc" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if h.bases.text != "email\na@b.example\n" || h.bases.brought.Name != "base.csv" || h.bases.by.Name != "marketer" {
		t.Errorf("%q of %q came as %q", h.bases.text, h.bases.by.Name, h.bases.brought.Name)
	}
	if w := b.upload("/admin/base/import", "", "", "form", b.token); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "Choose a file first") {
		t.Errorf("without a file: %d", w.Code)
	}
	h.bases.refuse = fault.New(fault.Invalid, "import.nothing", "the file is empty")
	if w := b.upload("/admin/base/import", "base.csv", "", "form", b.token); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "The file is empty") {
		t.Errorf("an empty file: %d", w.Code)
	}
}

func TestAFileThatIsTooLargeIsRefusedInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Marketer)
	h.bases.refuse = fault.Wrap("app.spool", &http.MaxBytesError{Limit: 1})
	w := b.upload("/admin/base/import", "base.csv", "email\n", "form", b.token)
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(inRed(t, w), "more than 512 MB. Nothing was kept.") {
		t.Errorf("%d: %s", w.Code, inRed(t, w))
	}
}

func TestAnImportIsShownStageByStage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	b := h.as(account.Administrator)
	at := "/admin/base/import/abc"
	for stage, want := range map[dashboard.Stage]string{dashboard.Looking: "Looking at the file 1,500 rows read", dashboard.TakingOver: "Importing 1,500 rows read"} {
		h.bases.brought.Stage, h.bases.brought.Rows = stage, 1500
		page := parse(t, b.get(at))
		busy := find(page, "section", "hx-get", at)
		if len(busy) != 1 || !strings.Contains(text(busy[0]), want) || len(find(busy[0], "a", "href", at)) != 1 {
			t.Errorf("%s: %s", stage, text(page))
		}
		if len(find(page, "form", "action", at+"/run"))+len(find(page, "form", "action", at+"/forget")) != 0 {
			t.Errorf("%s: there is a button", stage)
		}
	}
	h.bases.brought.Stage, h.bases.brought.Hidden = dashboard.Looked, []string{"Noes", "Old"}
	page := parse(t, b.get(at))
	for _, want := range []string{"Hidden sheets with content were not read: Noes, Old.", "What the import would do Rows 2,000 New 1,980", "Rejected 2", "The first rejected rows x (column “x”) Lines: 3", "Row 1", "This row is rejected", "1,998 rows are taken over"} {
		if !strings.Contains(text(page), want) {
			t.Errorf("looked at, the page lacks %q:\n%s", want, text(page))
		}
	}
	if chosen := find(page, "select", "id", "c0"); len(chosen) != 1 || selected(chosen[0]) != "email" || selected(find(page, "select", "id", "c1")[0]) != "" {
		t.Error("the columns are not shown as taken")
	}
	h.bases.brought.Fault = fault.New(fault.Invalid, "import.dates", "{path}, column {column}: {what}", "path", "x", "column", "le jour", "what", "y")
	page = parse(t, b.get(at))
	if !strings.Contains(text(page), "Column “le jour”: day and month can be read in two ways") || len(find(page, "form", "action", at+"/run")) != 0 {
		t.Error("a file with a fault can be taken over")
	}
	h.bases.brought.Stage, h.bases.brought.Fault = dashboard.TakenOver, nil
	page = parse(t, b.get(at))
	if !strings.Contains(text(page), "not read: Noes, Old.") || !strings.Contains(text(page), "The base was taken over") || len(find(page, "a", "href", at+"/rejects")) != 1 || len(find(page, "form", "action", at+"/run")) != 0 || len(find(page, "section", "hx-get", at)) != 0 {
		t.Errorf("at the end: %s", text(page))
	}
	if w := b.get(at + "/rejects"); w.Header().Get("Content-Disposition") != `attachment; filename="rejects.csv"` || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || w.Body.String() != "line,column,reason\n" {
		t.Errorf("the rejects: %v", w.Header())
	}
}

func selected(n *html.Node) string {
	for _, o := range find(n, "option", "", "") {
		if slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
			return attr(o, "value")
		}
	}
	return "nothing"
}

func TestAFileIsForWhoBroughtItAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	h.bases.brought.Stage = dashboard.TakenOver
	b := h.as(account.Marketer)
	for _, get := range []string{"/admin/base/import/abc", "/admin/base/import/abc/rejects"} {
		if w := b.get(get); w.Code != http.StatusNotFound || w.Header().Get("Content-Disposition") != "" {
			t.Errorf("%s: %d", get, w.Code)
		}
	}
	for _, act := range []string{"read", "run", "forget"} {
		if w := b.post("/admin/base/import/abc/" + act); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", act, w.Code)
		}
	}
}

// TestAColumnOfStatusesIsSaidToBeOne: it is no opt-out, of which a yes would be heard as a no.
func TestAColumnOfStatusesIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	h.bases.brought.Columns = []dashboard.Column{{Heading: "Opt out", Field: "optout"}, {Heading: "Status", Field: "optout", Noes: true}}
	b := h.as(account.Administrator)
	rows := find(find(parse(t, b.get("/admin/base/import/abc")), "table", "class", "stacks columns")[0], "tr", "", "")
	for n, want := range []bool{false, false, true} {
		if got := strings.Contains(text(rows[n]), "Only a no in it is heard"); got != want {
			t.Errorf("row %d: %v", n, got)
		}
	}
}

func TestColumnsAreTakenAsChosen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillBase("x")
	b := h.as(account.Administrator)
	at := "/admin/base/import/abc"
	b.post(at+"/read", "columns", "3", "dates", "dd/mm/yyyy", "c0", "", "c1", "email", "c2", "consent_at")
	b.post(at+"/read", "columns", "3", "delimiter", ",", "c0", "", "c1", "email", "c2", "consent_at")
	b.post(at+"/read", "columns", "2", "c0", "", "c1", "email")
	want := []dashboard.Reading{{Dates: "dd/mm/yyyy", Columns: []string{"", "email", "consent_at"}}, {Delimiter: ","}, {}}
	if fmt.Sprint(h.bases.said) != fmt.Sprint(want) {
		t.Errorf("%v, not %v", h.bases.said, want)
	}
	if w := b.post(at + "/run"); w.Header().Get("Location") != at || h.bases.taken != 1 {
		t.Errorf("run: %d, taken over %d times", w.Code, h.bases.taken)
	}
	h.bases.refuse = fault.New(fault.Conflict, "import.under_way", "wait")
	if w := b.post(at + "/run"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "A file of yours is being taken over") {
		t.Errorf("twice: %d", w.Code)
	}
	h.bases.refuse = nil
	if w := b.post(at + "/forget"); w.Header().Get("Location") != "/admin/base?done=import_forgotten" || !h.bases.forgot {
		t.Errorf("forget: %d", w.Code)
	}
}

// TestTheTableIsSaidAsItIs holds the catalogue's English against the decision table's own, and that every
// row is said in every language.
func TestTheTableIsSaidAsItIs(t *testing.T) {
	t.Parallel()
	c, err := i18n.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range campaign.Rules(campaign.Organisation{}) {
		if r.Code == "T-00" {
			continue // what it says differs by class
		}
		if said := c.House().For("en").T("rule." + r.Code); said != r.Reason {
			t.Errorf("%s is said as %q, not %q", r.Code, said, r.Reason)
		}
		if said := c.House().For("fr").T("rule." + r.Code); said == r.Reason || strings.HasPrefix(said, "rule.") {
			t.Errorf("%s is not said in French", r.Code)
		}
	}
}

// TestAFileThatIsCutShortIsNoDefectOfOurs: a browser that goes away in the middle is the visitor's doing, and
// what came so far is not looked at.
func TestAFileThatIsCutShortIsNoDefectOfOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(account.Marketer)
	const boundary = "xxxxx"
	b.header["Content-Type"] = "multipart/form-data; boundary=" + boundary
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n" + b.token + "\r\n--" + boundary + "\r\n"
	w := b.do("POST", "/admin/base/import", head+"Content-Disposition: form-data; name=\"file\"; filename=\"b.csv\"\r\n\r\nemail\na@b")
	if w.Code != http.StatusBadRequest || !strings.Contains(text(parse(t, w)), "The file did not arrive whole") {
		t.Errorf("%d", w.Code)
	}
}

// TestAYesWithoutAWayIsWholeInTheTimeline: most bases do not say how a yes was given, and the sentence ended in a colon and nothing.
func TestAYesWithoutAWayIsWholeInTheTimeline(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.desk.card = campaign.Card{Contact: campaign.Contact{ID: 1, Facts: campaign.Facts{Claims: []campaign.Claim{{Status: "yes", At: campaign.NewDate(2026, 3, 1)}}}}}
	b := h.as(account.Viewer)
	for language, want := range map[string]string{"en": "1 March 2026 Agreed, the base says.", "fr": "1er mars 2026 A consenti, dit la base."} {
		b.header["Accept-Language"] = language
		if words := text(parse(t, b.get("/admin/base/contacts/1"))); !strings.Contains(words, want) {
			t.Errorf("it lacks %q:\n%s", want, words)
		}
	}
}
