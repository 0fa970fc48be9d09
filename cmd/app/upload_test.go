package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

var (
	anna = campaign.Actor{Kind: "operator", Name: "anna", Role: "marketer"}
	ben  = campaign.Actor{Kind: "operator", Name: "ben", Role: "marketer"}
)

// bring hands a file to the dashboard's half of the house and waits until it was looked at.
func (h *house) bring(by campaign.Actor, text string) string {
	h.t.Helper()
	id, err := h.app.uploads.Bring(by, "base.csv", strings.NewReader(text))
	h.must(err)
	h.ended(id)
	return id
}

// ended waits until nothing is under way for a file.
func (h *house) ended(id string) {
	h.t.Helper()
	s := h.app.uploads
	s.mu.Lock()
	ended := s.all[id].ended
	s.mu.Unlock()
	<-ended
}

func (h *house) brought(by campaign.Actor, id string) dashboard.Brought {
	h.t.Helper()
	b, err := h.app.uploads.Brought(by, id)
	h.must(err)
	return b
}

func (h *house) base() campaign.Base {
	h.t.Helper()
	b, err := h.app.Desk.Base(h.t.Context())
	h.must(err)
	return b
}

const small = "N° client;Courriel;Prénom;Nom;collected_at;optout;Magasin\n" +
	"1;zoe@iris.example;Zoé;Øst;31/12/2025;;Lyon\n" +
	"2;max@iris.example;Max;Roux;13/01/2026;oui;Brest\n" +
	"3;eve@iris.example;Ève;=1+1;hier;;Brest\n" +
	"4;zoe@iris.example;Zoé;Øst;31/12/2025;;Lyon\n"

func TestABroughtFileIsUnderstoodBeforeAnythingIsKept(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	before := h.base()
	id := h.bring(anna, small)
	b := h.brought(anna, id)
	if b.Stage != dashboard.Looked || b.Fault != nil || b.Encoding != "utf-8" || b.Delimiter != ";" || b.Rows != 4 {
		t.Fatalf("%+v", b)
	}
	var taken []string
	for _, c := range b.Columns {
		taken = append(taken, c.Heading+">"+c.Field+">"+c.Dates)
	}
	if got := strings.Join(taken, " "); got != "N° client>external_id> Courriel>email> Prénom>first_name> Nom>last_name> collected_at>collected_at>day_first optout>optout> Magasin>>" {
		t.Errorf("the columns are taken as %s", got)
	}
	r := b.Result
	if r.Rows != 4 || r.Created != 2 || r.Duplicates != 1 || r.Rejected != 1 || len(r.Rejects) != 1 || r.Rejects[0].Line != 4 {
		t.Errorf("%+v", r)
	}
	if len(b.First) != 4 || b.First[0].Contact.Attributes["Magasin"] != "Lyon" || b.First[0].Contact.Facts.Collected.String() != "2025-12-31" || b.First[2].Reject == nil {
		t.Errorf("the first rows are %+v", b.First)
	}
	if after := h.base(); after.Contacts != before.Contacts {
		t.Errorf("looking made %d contacts of %d", after.Contacts, before.Contacts)
	}
	if is, err := h.app.Desk.Imports(t.Context()); err != nil || len(is) != 1 {
		t.Errorf("looking is recorded as an import: %d, %v", len(is), err)
	}
}

func TestABroughtFileIsTakenOverOnceAndGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	before, id := h.base(), h.bring(anna, small)
	spool := h.app.uploads.all[id].spool
	h.must(h.app.uploads.TakeOver(anna, id))
	if err := h.app.uploads.TakeOver(anna, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if err := h.app.uploads.Forget(anna, id); err != nil && !fault.Is(err, fault.Conflict) {
		t.Errorf("forgotten under way: %v", err)
	}
	h.ended(id)
	b := h.brought(anna, id)
	if b.Stage != dashboard.TakenOver || b.Fault != nil || b.Result.Created != 2 || h.base().Contacts != before.Contacts+2 {
		t.Errorf("%+v, %d contacts", b, h.base().Contacts)
	}
	if err := h.app.uploads.TakeOver(anna, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("once more afterwards: %v", err)
	}
	if _, err := spool.Stat(); err == nil {
		t.Error("the file is still there")
	}
	var rejects bytes.Buffer
	h.must(h.app.uploads.Rejects(anna, id, &rejects))
	if rows, err := csv.NewReader(&rejects).ReadAll(); err != nil || len(rows) != 2 || rows[1][0] != "4" || rows[1][4] != "eve@iris.example" || rows[1][6] != "'=1+1" {
		t.Errorf("the rejects are %v, %v", rows, err)
	}
	is, err := h.app.Desk.Imports(t.Context())
	h.must(err)
	if is[0].Source != "base.csv" || is[0].Rejected != 1 {
		t.Errorf("the import is %+v", is[0])
	}
	h.wait(dashboard.Kept)
	if err := h.app.uploads.Rejects(anna, id, &rejects); !fault.Is(err, fault.NotFound) {
		t.Errorf("the rejects after an hour: %v", err)
	}
}

func TestABroughtFileIsForWhoBroughtIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	s, id := h.app.uploads, h.bring(anna, small)
	if len(id) != 32 {
		t.Errorf("the number %q can be guessed", id)
	}
	_, err := s.Brought(ben, id)
	for name, err := range map[string]error{"looked at": err, "reread": s.Reread(ben, id, dashboard.Reading{}), "taken over": s.TakeOver(ben, id),
		"forgotten": s.Forget(ben, id), "rejects": s.Rejects(ben, id, &bytes.Buffer{})} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s by somebody else: %v", name, err)
		}
	}
	if _, ok := s.Latest(ben); ok {
		t.Error("somebody else is told of the file")
	}
	if found, ok := s.Latest(anna); !ok || found != id {
		t.Error("who brought it is not told of it")
	}
	other := h.bring(ben, small)
	second := h.bring(anna, small)
	if _, err := s.Brought(anna, id); !fault.Is(err, fault.NotFound) || second == id {
		t.Errorf("the earlier file is still there: %v", err)
	}
	h.brought(ben, other)
}

// TestABroughtFileIsGoneAfterAnHour, when it is forgotten, and when the house closes.
func TestABroughtFileIsGoneAfterAnHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	s := h.app.uploads
	spool := func(id string) *os.File { return s.all[id].spool }
	isGone := func(f *os.File) bool { _, err := f.Stat(); return err != nil }
	old := spool(h.bring(anna, small))
	h.wait(dashboard.Kept - time.Second)
	s.expire()
	if isGone(old) {
		t.Error("gone before the hour")
	}
	h.wait(time.Second)
	s.expire()
	if !isGone(old) || len(s.all) != 0 {
		t.Error("there after the hour")
	}
	id := h.bring(anna, small)
	f := spool(id)
	h.must(s.Forget(anna, id))
	if !isGone(f) {
		t.Error("there after it was forgotten")
	}
	f = spool(h.bring(anna, small))
	s.close()
	if !isGone(f) {
		t.Error("there after the house closed")
	}
}

// TestAColumnOfStatusesIsNoOptOut: only a no in it is heard, which the page says of it and of no other column.
func TestAColumnOfStatusesIsNoOptOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	b := h.brought(anna, h.bring(anna, "email,Account status,Opt out\nzoe@iris.example,unsubscribed,\n"))
	if len(b.Columns) != 3 || b.Columns[0].Noes || b.Columns[1].Field != "optout" || !b.Columns[1].Noes || b.Columns[2].Field != "optout" || b.Columns[2].Noes {
		t.Errorf("%+v", b.Columns)
	}
}

func TestAFileIsReadAsAPersonSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	s := h.app.uploads
	id := h.bring(anna, "who,mail,when,note\nA1,zoe@iris.example,03/04/2025,vip\n")
	if b := h.brought(anna, id); b.Fault != nil || b.Columns[0].Field != "" {
		t.Fatalf("%v %+v", b.Fault, b.Columns)
	}
	h.must(s.Reread(anna, id, dashboard.Reading{Columns: []string{"external_id", "email", "collected_at", ""}}))
	h.ended(id)
	b := h.brought(anna, id)
	if !fault.Is(b.Fault, fault.Invalid) || !strings.Contains(b.Fault.Error(), "day or with the month") || len(b.Columns) != 4 || b.Columns[2].Field != "collected_at" {
		t.Fatalf("dates that can be read in two ways: %v", b.Fault)
	}
	if err := s.TakeOver(anna, id); !fault.Is(err, fault.Invalid) {
		t.Errorf("it is taken over all the same: %v", err)
	}
	h.must(s.Reread(anna, id, dashboard.Reading{Columns: []string{"external_id", "email", "collected_at", ""}, Dates: "mm/dd/yyyy"}))
	h.ended(id)
	if b = h.brought(anna, id); b.Fault != nil || b.First[0].Contact.Facts.Collected.String() != "2025-03-04" || b.First[0].Contact.ExternalID != "A1" || b.First[0].Contact.Attributes["note"] != "vip" {
		t.Fatalf("%v %+v", b.Fault, b.First)
	}
	for _, bad := range [][]string{{"", "", "", ""}, {"email", "email", "", ""}, {"shoe_size", "email", "", ""}} {
		h.must(s.Reread(anna, id, dashboard.Reading{Columns: bad}))
		h.ended(id)
		if b := h.brought(anna, id); !fault.Is(b.Fault, fault.Invalid) || len(b.Columns) != 4 {
			t.Errorf("%v: %v", bad, b.Fault)
		}
	}
}

// TestAColumnOfAddressesIsPresumedToBeTheMailbox: a file with no heading of ours was refused, and somebody without a command line
// had to find out which of thirty columns to choose.
func TestAColumnOfAddressesIsPresumedToBeTheMailbox(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	b := h.brought(anna, h.bring(anna, "Wer;Kontakt (digital);Prénom\nA;zoe@iris.example;Zoé\nB;max@iris.example;Max\nC;;Eve\n"))
	if b.Fault != nil || b.Result.Rows != 3 || b.Result.Rejected != 1 {
		t.Fatalf("%d of %d rows rejected, %v", b.Result.Rejected, b.Result.Rows, b.Fault)
	}
	if c := b.Columns; c[1].Field != "email" || !c[1].Presumed || c[0].Field != "" || c[0].Presumed || c[2].Field != "first_name" {
		t.Errorf("%+v", c)
	}
	b = h.brought(anna, h.bring(anna, "N° client;Kontakt (digital)\nA;zoe@iris.example\n"))
	if c := b.Columns; b.Fault != nil || c[0].Field != "external_id" || c[1].Field != "" || c[1].Presumed {
		t.Errorf("where a heading says who it is: %+v, %v", c, b.Fault)
	}
	b = h.brought(anna, h.bring(anna, ";Kontakt\nzoe@iris.example;max@iris.example\n")) // a column without a heading is none that can be named
	if c := b.Columns; b.Fault != nil || c[0].Presumed || !c[1].Presumed {
		t.Errorf("beside a column without a heading: %+v, %v", c, b.Fault)
	}
	for _, columns := range []string{"x;x", ";"} { // of which the name says nothing
		if b = h.brought(anna, h.bring(anna, columns+"\nA;zoe@iris.example\n")); b.Fault == nil {
			t.Errorf("%q: %+v", columns, b.Columns)
		}
	}
}

func TestWhatIsNoBaseIsSaidToBeNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	if _, err := h.app.uploads.Bring(anna, "base.csv", strings.NewReader("")); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty file: %v", err)
	}
	for name, text := range map[string]string{"no columns that are known": "a,b\n1,2\n", "header alone": "email\n", "all rejected": "email,collected_at\na@iris.example,hier\n", "a picture": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"} {
		id := h.bring(anna, text)
		if b := h.brought(anna, id); b.Stage != dashboard.Looked || !fault.Is(b.Fault, fault.Invalid) {
			t.Errorf("%s: %s, %v", name, b.Stage, b.Fault)
		}
	}
}

// TestAnImportThatIsCutShortTakesNothingOver: the house closes in the middle of it.
func TestAnImportThatIsCutShortTakesNothingOver(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	before := h.base()
	var text strings.Builder
	text.WriteString("email\n")
	for n := range 20000 {
		fmt.Fprintf(&text, "p%d@iris.example\n", n)
	}
	id := h.bring(anna, text.String())
	h.app.uploads.stop()
	h.must(h.app.uploads.TakeOver(anna, id))
	h.ended(id)
	if b := h.brought(anna, id); b.Fault == nil || b.Stage != dashboard.TakenOver || h.base().Contacts != before.Contacts {
		t.Errorf("%v, %d contacts", b.Fault, h.base().Contacts)
	}
}

// people makes a person who may work with the dashboard, and gives a browser's cookie.
func (h *house) person(name string, r account.Role) *http.Cookie {
	h.t.Helper()
	ctx := h.t.Context()
	const password = "kestrel plum ivy"
	h.must(h.app.Roster.Add(ctx, account.Actor(Operator()), name, r, password))
	secret, _, _, err := h.app.Roster.Login(ctx, account.Login{Name: name, Password: password, Network: "test"})
	h.must(err)
	return dashboard.SessionCookie(secret, false)
}

func (h *house) board(c *http.Cookie, target string) (*html.Node, *httptest.ResponseRecorder) {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Host = host
	r.AddCookie(c)
	w := httptest.NewRecorder()
	h.web.Echo.ServeHTTP(w, r)
	page, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	h.must(err)
	return page, w
}

// structure is a page without its texts and values.
func structure(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch d.Type {
		case html.ElementNode:
			b.WriteString("<" + d.Data)
			for _, a := range d.Attr {
				b.WriteString(" " + a.Key)
			}
		case html.CommentNode:
			b.WriteString("<!")
		}
	}
	return b.String()
}

// textColumns are the columns of a base whose cells are kept as they are written.
var textColumns = []string{"external_id", "email", "phone", "title", "first_name", "last_name", "company", "job_title", "address_line1", "address_line2", "postal_code", "city",
	"consent_source", "purpose_at_collection", "controller_at_collection", "consent_text", "consent_proof", "external_lists", "shop"}

// TestEveryImportedColumnIsOnlyText imports attacks in every column that is kept as written, and in
// headings, through the front door; no page gets an element or an attribute by it.
func TestEveryImportedColumnIsOnlyText(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	cookie := h.person("zoe", account.Marketer)
	by := campaign.Actor{Kind: "operator", Name: "zoe", Role: "marketer"}
	attacks := readAttacks(t)
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	h.must(w.Write(append(append([]string{}, textColumns...), "consent_status", "collected_at", `"><script>alert(1)</script>`)))
	row := func(s string) []string {
		out := make([]string, len(textColumns))
		for c := range out {
			out[c] = s
		}
		return append(out, "yes", "2025-03-01", s)
	}
	h.must(w.Write(row("Plain Name")))
	for _, s := range attacks {
		h.must(w.Write(row(s)))
	}
	w.Flush()
	before, after := h.lastContact(), campaign.ContactID(0)
	id, err := h.app.uploads.Bring(by, `<img src=x onerror=alert(1)>.csv`, &file)
	h.must(err)
	h.ended(id)
	_, looked := h.board(cookie, "/admin/base/import/"+id)
	if looked.Code != http.StatusOK || strings.Contains(looked.Body.String(), "<img") || strings.Contains(looked.Body.String(), "<script>") {
		t.Error("the page of the import has an element of the file's")
	}
	h.must(h.app.uploads.TakeOver(by, id))
	h.ended(id)
	if b := h.brought(by, id); b.Fault != nil || b.Result.Created < 140 {
		t.Fatalf("%v, %+v", b.Fault, b.Result)
	}
	after = h.lastContact()
	plain, w1 := h.board(cookie, "/admin/base/contacts/"+strconv.FormatInt(int64(before+1), 10))
	if w1.Code != http.StatusOK || !strings.Contains(w1.Body.String(), "Plain Name") {
		t.Fatalf("the plain contact: %d", w1.Code)
	}
	words := 0
	for n := before + 2; n <= after; n++ {
		page, w := h.board(cookie, "/admin/base/contacts/"+strconv.FormatInt(int64(n), 10))
		if got := structure(page); got != structure(plain) {
			// Some attacks are lists of outside lists or a mailbox; then a term is more or fewer there, never an
			// element that the template does not have.
			if stray := strayElements(page, plain); stray != "" {
				t.Errorf("contact %d: %s", n, stray)
			}
		} else {
			words++
		}
		if w.Code != http.StatusOK {
			t.Errorf("contact %d: %d", n, w.Code)
		}
	}
	if words < 100 {
		t.Errorf("only %d pages have the plain structure: the test looks at something else", words)
	}
	for _, p := range []string{"/admin/base", "/admin/base/contacts?after=" + strconv.FormatInt(int64(before), 10), "/admin/suppressions"} {
		page, _ := h.board(cookie, p)
		for d := range page.Descendants() {
			if d.Type == html.ElementNode && (d.Data == "img" || d.Data == "iframe" || d.Data == "script" && d.FirstChild != nil) || d.Type == html.CommentNode {
				t.Errorf("%s has a <%s>", p, d.Data)
			}
		}
	}
}

// strayElements names what a page has that another with all its parts has not.
func strayElements(page, plain *html.Node) string {
	known := map[string]bool{}
	each := func(n *html.Node, do func(string)) {
		for d := range n.Descendants() {
			if d.Type == html.CommentNode {
				do("<!")
			}
			if d.Type == html.ElementNode {
				do(d.Data)
				for _, a := range d.Attr {
					do(d.Data + " " + a.Key)
				}
			}
		}
	}
	each(plain, func(s string) { known[s] = true })
	var stray []string
	each(page, func(s string) {
		if !known[s] {
			stray = append(stray, s)
		}
	})
	return strings.Join(stray, ", ")
}

func (h *house) lastContact() (last campaign.ContactID) {
	h.t.Helper()
	h.must(h.app.store.View(h.t.Context(), func(r campaign.Reader) error {
		return eachContact(r, campaign.ContactFilter{}, func(c campaign.Contact) error { last = c.ID; return nil })
	}))
	return last
}

func readAttacks(t *testing.T) (out []string) {
	t.Helper()
	b, err := os.ReadFile("../../dashboard/testdata/attack.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		s, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func TestAnOrganisationIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	yes, none := true, 0
	o := organisation(2)
	o.Brands, o.SuccessorOf, o.Logo, o.Kind, o.B2BSubject, o.SimilarToPurchases = []string{`A "B" \ C`, "D\nE\tF\x7f"}, []string{"old"}, "x", "charity", "plumbing", &yes
	o.Recipients, o.Processors, o.Locations, o.CodesOfConduct, o.ImpactAssessment = []string{"Imprimerie SA"}, []string{"Hoster"}, []string{"FR"}, []string{"UFMD"}, "DPIA 3"
	o.FrenchGraceDays, o.RefreshAfterMonths, o.RetentionMonths = &none, 24, 36
	o.Policies = map[string]campaign.Policy{"FR": {Mode: campaign.P1, Justification: "é", ApprovedBy: "dpo", ApprovedAt: campaign.NewDate(2026, 1, 31), Post: true}, "DE": {}}
	text := texts{}.WriteOrganisation(o)
	back, err := texts{}.ReadOrganisation(text)
	if err != nil || fmt.Sprintf("%+v", back.Purposes) != fmt.Sprintf("%+v", o.Purposes) || fmt.Sprint(back.Policies) != fmt.Sprint(o.Policies) || back.Brands[1] != o.Brands[1] || fmt.Sprint(back.Recipients, back.Processors) != fmt.Sprint(o.Recipients, o.Processors) || *back.SimilarToPurchases != true {
		t.Fatalf("%v\n%s\n%+v\n%+v", err, text, o, back)
	}
	if again := (texts{}).WriteOrganisation(back); again != text {
		t.Errorf("written again it differs:\n%s\n%s", text, again)
	}
	if _, err := (texts{}).ReadOrganisation("[organisation]\nname = \"x\"\nshoe_size = 4\n"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "shoe_size") {
		t.Errorf("an unknown key: %v", err)
	}
}

// TestAPolicyIsChangedOnlyByWhoMaySign holds the rule where it is: at the desk.
func TestAPolicyIsChangedOnlyByWhoMaySign(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	ctx := h.t.Context()
	was, err := h.app.Desk.Organisation(ctx)
	h.must(err)
	was, err = texts{}.ReadOrganisation(texts{}.WriteOrganisation(was)) // through the file, as a person sends it
	h.must(err)
	settings, sign := campaign.Mandate{Rest: true}, campaign.Mandate{Policy: true}
	renamed, signed := was, was
	renamed.Phone = "+33 4 11 11 11 11"
	signed.Policies = map[string]campaign.Policy{"DE": {Mode: campaign.P2}}
	change := func(o campaign.Organisation, m campaign.Mandate) error {
		return h.app.Desk.ChangeOrganisation(context.WithoutCancel(ctx), anna, o, m)
	}
	if err := change(signed, settings); !fault.Is(err, fault.Denied) {
		t.Errorf("a policy by settings: %v", err)
	}
	if err := change(renamed, sign); !fault.Is(err, fault.Denied) {
		t.Errorf("the rest by signing: %v", err)
	}
	if o, err := h.app.Desk.Organisation(ctx); err != nil || o.Phone != was.Phone || len(o.Policies) != len(was.Policies) {
		t.Errorf("what was denied was changed: %v", err)
	}
	h.must(change(renamed, settings))
	signed.Phone = renamed.Phone
	h.must(change(signed, sign))
}
