package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// sends a form of the dashboard as somebody who is logged in.
func (h *house) sends(c *http.Cookie, target string, pairs ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	secret, ok := account.ParseSecret(c.Value)
	if !ok {
		h.t.Fatal("the cookie is no session")
	}
	form.Set("form", secret.FormToken())
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Host = host
	r.AddCookie(c)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.web.Echo.ServeHTTP(w, r)
	return w
}

// TestErasedFromThePageIsNowhereOnTheDisk goes the whole way of a privacy officer: the case, what is held, a correction,
// the erasure.
func TestErasedFromThePageIsNowhereOnTheDisk(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	h.logged = &heard{}
	h.reopen()
	paula := h.person("paula", account.PrivacyOfficer)
	people := "/admin/rights/people/" + strconv.FormatInt(int64(h.contact(marked).ID), 10)
	for path, want := range map[string]string{"/admin/rights": "/admin/rights/1", "/admin/rights/1": people + "/erase", people: people + "/access", people + "/erase": "keyed fingerprints", people + "/rectify": mark + "straat"} {
		if _, w := h.board(paula, path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d without %q", path, w.Code, want)
		}
	}
	if w := h.sends(paula, "/admin/rights/find", "who", marked); w.Header().Get("Location") != people {
		t.Errorf("found at %q", w.Header().Get("Location"))
	}
	before := h.entries()
	for format, want := range map[string]string{"json": mark + " likes birds", "pdf": "%PDF-"} {
		if w := h.sends(paula, people+"/access", "format", format); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d", format, w.Code)
		}
	}
	var given struct{ Actor campaign.Actor }
	h.last(campaign.EntryAccessed, &given)
	if h.entries() != before+2 || given.Actor.Name != "paula" || given.Actor.Role != string(account.PrivacyOfficer) {
		t.Errorf("%d entries, given by %+v", h.entries()-before, given.Actor)
	}
	if _, w := h.board(paula, people+"/rectify"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	shown := h.sends(paula, people+"/rectify", "city", mark+"stad")
	was, found := cut(shown.Body.String(), `name="was" value="`, `"`)
	if !found || h.contact(marked).City != mark+"dam" {
		t.Fatalf("%d: saved before it was confirmed, or not to be confirmed", shown.Code)
	}
	if w := h.sends(paula, people+"/rectify", "step", "save", "was", was, "city", mark+"stad"); w.Code != http.StatusSeeOther || h.contact(marked).City != mark+"stad" {
		t.Errorf("corrected: %d, %q", w.Code, h.contact(marked).City)
	}
	if w := h.sends(paula, people+"/erase", "name", "somebody@else.example"); w.Code != http.StatusUnprocessableEntity || len(h.found(mark)) == 0 {
		t.Errorf("mistyped: %d", w.Code)
	}
	if w := h.sends(paula, people+"/erase", "name", marked, "because", "asked on her page"); w.Header().Get("Location") != "/admin/rights?done=erased" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if files := h.found(mark); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	if strings.Contains(strings.ToLower(h.logged.String()), strings.ToLower(mark)) {
		t.Error("the log names the person")
	}
	var erased struct {
		Actor   campaign.Actor
		Because string
	}
	h.last(campaign.EntryErased, &erased)
	if erased.Actor.Name != "paula" || erased.Because != "asked on her page" {
		t.Errorf("%+v", erased)
	}
	if _, w := h.board(paula, "/admin/rights/1"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "the person was erased") || strings.Contains(w.Body.String(), "/close") {
		t.Errorf("the case afterwards: %d", w.Code)
	}
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

// cut is what stands between two texts.
func cut(text, begin, end string) (string, bool) {
	_, after, ok := strings.Cut(text, begin)
	found, _, closed := strings.Cut(after, end)
	return found, ok && closed
}

// Whom only the ledger knows is found by address, and erased by whoever may.
func TestErasedFromThePageThoughNotInTheBase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	_, err := h.app.Suppress(t.Context(), marked, "asked by telephone")
	h.must(err)
	paula, mila := h.person("paula", account.PrivacyOfficer), h.person("mila", account.Marketer)
	if w := h.sends(mila, "/admin/rights/erase", "who", marked, "name", marked); w.Code != http.StatusForbidden || len(h.found(marked)) == 0 {
		t.Errorf("by a marketer: %d", w.Code)
	}
	if w := h.sends(paula, "/admin/rights/find", "who", marked); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/admin/rights/erase") {
		t.Errorf("found: %d", w.Code)
	}
	if w := h.sends(paula, "/admin/rights/erase", "who", marked, "name", marked); w.Code != http.StatusSeeOther {
		t.Errorf("erased: %d", w.Code)
	}
	if files := h.found(marked); len(files) > 0 || !h.suppressed(marked) {
		t.Errorf("still found in %v, or may be written to", files)
	}
}

// The server that erases for somebody on its page goes on as the one sender: it does not give up its lock with that.
func TestErasingFromThePageLeavesTheSenderItsLock(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	release, err := h.app.journal.Lock() // as serve has it
	h.must(err)
	paula := h.person("paula", account.PrivacyOfficer)
	people := "/admin/rights/people/" + strconv.FormatInt(int64(h.contact(marked).ID), 10)
	if w := h.sends(paula, people+"/erase", "name", marked); w.Code != http.StatusSeeOther {
		t.Fatalf("%d", w.Code)
	}
	other, err := store.OpenJournal(h.app.config.Journal, h.app.store)
	h.must(err)
	if _, err := other.Lock(); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second sender: %v", err)
	}
	h.must(other.Close())
	h.wait(scrubWithin + time.Hour)
	h.must(h.app.scrub(t.Context())) // the server’s own job
	if files := h.found(mark); len(files) > 0 {
		t.Errorf("still found in %v", files)
	}
	h.must(release())
}

// The page of proofs shows who has heads of the ledger and which keys signed it, and hands out dossiers that verify.
func TestThePageOfProofs(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.says(person(0), "newsletter.email")
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	paula := h.person("paula", account.PrivacyOfficer)
	first, err := h.app.LedgerKey()
	h.must(err)
	d := desk{h.app.Desk, h.app}
	p, err := d.Proof(t.Context())
	if err != nil || len(p.Keys) != 1 || p.Keys[0].Since.IsZero() || p.Anchors[0].Whom != "dpo@iris.example" || p.Anchors[0].Late || p.Anchors[1].Whom != "" || p.Anchors[2].Whom != "" {
		t.Fatalf("%+v %v", p, err)
	}
	h.wait(2 * mailEvery)
	if p, err = d.Proof(t.Context()); err != nil || !p.Anchors[0].Late {
		t.Errorf("nobody got a head for two days: %+v %v", p.Anchors, err)
	}
	h.must(h.app.giveHead(t.Context()))
	_, err = h.app.RotateLedgerKey(t.Context())
	h.must(err)
	p, err = d.Proof(t.Context())
	if err != nil || p.Anchors[0].Late || p.Anchors[0].Size == 0 || len(p.Given) != 1 || len(p.Keys) != 2 || p.Keys[0].Key != first || p.Keys[1].By == "" || p.Keys[1].Entry == "" || !p.Keys[1].Since.After(p.Keys[0].Since) {
		t.Errorf("%+v %v", p, err)
	}
	if w := h.sends(paula, "/admin/proof/dossier", "who", person(0)); w.Code != http.StatusSeeOther || w.Body.Len() > 0 {
		t.Errorf("two days after the login: %d", w.Code)
	}
	paul := h.person("paul", account.PrivacyOfficer)
	for _, of := range [][2]string{{"who", person(0)}, {"campaign", spring}} {
		w := h.sends(paul, "/admin/proof/dossier", of[0], of[1])
		if r := h.verified(w.Body.Bytes()); w.Code != http.StatusOK || !r.OK || !strings.Contains(unzipped(t, w.Body.Bytes())[ledger.ProofName], `"answered"`) {
			t.Errorf("the dossier of %s: %d, %+v", of[1], w.Code, r)
		}
	}
}

// A purpose that would be another one says how many have agreed to it; a name or a policy that changes says nothing.
func TestAChangedPurposeCountsItsConsents(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, channels: both, purposes: 2}).start(spring).send()
	h.says(person(0), "newsletter.email", "newsletter.sms")
	h.says(person(1), "newsletter.email")
	h.says(person(2))
	o, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	count := func(change func(*campaign.Organisation)) []campaign.PurposeChange {
		t.Helper()
		is := o
		is.Purposes = append([]campaign.Purpose{}, o.Purposes...)
		change(&is)
		got, err := h.app.Desk.PurposeChanges(t.Context(), is)
		h.must(err)
		return got
	}
	for name, change := range map[string]func(*campaign.Organisation){
		"nothing": func(*campaign.Organisation) {}, "the name": func(o *campaign.Organisation) { o.Name = "Another" },
		"a purpose that nobody agreed to": func(o *campaign.Organisation) { o.Purposes[1].Category = "other" },
	} {
		if got := count(change); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, change := range map[string]func(*campaign.Organisation){
		"its words": func(o *campaign.Organisation) { o.Purposes[0].Description = map[string]string{"en": "Another thing"} },
		"its time":  func(o *campaign.Organisation) { o.Purposes[0].Retention = "48mo" },
		"gone":      func(o *campaign.Organisation) { o.Purposes = o.Purposes[1:] },
	} {
		if got := count(change); len(got) != 1 || got[0].Key != "newsletter" || got[0].Consents != 3 || got[0].Gone != (name == "gone") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// An answer is found by its receipt and by its entry; by address also one that was entered for somebody who was never asked.
func TestAnswersAreFoundByNumberAndByAddress(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.importPeople([]string{marked})
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: marked, By: "voice", Decisions: []string{"newsletter.email=no"}, On: campaign.DateOf(h.clock()).String()})
	h.must(err)
	paula := h.person("paula", account.PrivacyOfficer)
	for _, who := range []string{person(0), marked} {
		as, _, err := h.app.Desk.Responses(t.Context(), campaign.ResponseFilter{Address: campaign.Address(who), Limit: 5})
		if err != nil || len(as) != 1 {
			t.Fatalf("%s: %+v %v", who, as, err)
		}
		if _, w := h.board(paula, "/admin/responses/"+as[0].ID); w.Code != http.StatusOK {
			t.Errorf("the page of the answer of %s: %d", who, w.Code)
		}
		for _, number := range []string{as[0].ID, strconv.FormatInt(int64(as[0].Entry), 10)} {
			if id, err := h.app.Desk.FindResponse(t.Context(), number); err != nil || id != as[0].ID {
				t.Errorf("%s is %s, %v", number, id, err)
			}
		}
	}
	for _, number := range []string{"", "0", "-1", "999999", "99999999999999999999", "nothing"} {
		if id, err := h.app.Desk.FindResponse(t.Context(), number); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q is %s, %v", number, id, err)
		}
	}
	for _, path := range []string{"/admin/responses", "/admin/rights"} {
		if _, w := h.board(paula, path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := h.sends(paula, "/admin/responses/find", "address", marked); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "By voice") {
		t.Errorf("by hand: %d", w.Code)
	}
}
