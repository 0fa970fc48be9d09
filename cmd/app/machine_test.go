package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/api"
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
)

// program is one that uses the API of a house, with a token.
type program struct {
	h     *house
	token string
}

func (h *house) program(role account.Role) program {
	h.t.Helper()
	t, err := h.app.AddToken(h.t.Context(), "t"+fmt.Sprint(h.entries()), string(role), "")
	h.must(err)
	return program{h, t.Token}
}

// ask sends one request; a body is sent as JSON.
func (p program) ask(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, api.VersionPath+path, strings.NewReader(body))
	r.Host = host
	r.Header.Set("Authorization", "Bearer "+p.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	p.h.web.Echo.ServeHTTP(w, r)
	return w
}

// gets asks and reads the answer into v, which must be there.
func (p program) gets(method, path, body string, v any) {
	p.h.t.Helper()
	w := p.ask(method, path, body)
	if w.Code != http.StatusOK {
		p.h.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	p.h.must(json.Unmarshal(w.Body.Bytes(), v))
}

// refuses asks and expects a problem.
func (p program) refuses(status int, key, method, path, body string) {
	p.h.t.Helper()
	w := p.ask(method, path, body)
	var problem api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Code != status || problem.Key != key {
		p.h.t.Errorf("%s %s: %d %s, want %d %s", method, path, w.Code, w.Body, status, key)
	}
}

// pathOf puts something in the place of the names of a path.
func pathOf(path string) string {
	return strings.NewReplacer("{id}", "1", "{name}", spring).Replace(path)
}

// TestWhoMayAskTheAPIForWhat tries every endpoint as every role. The table is written out here, so that a right that
// is given away is a decision.
func TestWhoMayAskTheAPIForWhat(t *testing.T) {
	t.Parallel()
	const all, suppress, start, give = "viewer marketer approver privacy-officer administrator", "marketer approver privacy-officer administrator", "approver administrator", "marketer administrator"
	want := map[string]string{
		"listContacts": all, "showContact": all, "findContact": all, "showAudit": all, "listSuppressions": all, "suppress": suppress, "checkSuppression": all,
		"listCampaigns": all, "showCampaign": all, "campaignStatus": all, "campaignAudience": all, "listUncertain": all,
		"startCampaign": start, "pauseCampaign": start, "resumeCampaign": start, "closeCampaign": start,
		"listResponses": all, "showResponse": all, "listConsents": give, "showLedger": all,
	}
	h := newHouse(t, plan{people: 2})
	for _, r := range account.Roles() {
		p := h.program(r)
		for _, e := range h.app.endpoints() {
			body := ""
			if strings.HasPrefix(e.Name, "find") || strings.Contains(strings.ToLower(e.Name), "suppress") && e.Method == post {
				body = `{}`
			}
			w := p.ask(e.Method, pathOf(e.Path), body)
			if may := slices.Contains(strings.Fields(want[e.Name]), string(r)); may == (w.Code == http.StatusForbidden) || w.Code == http.StatusUnauthorized || w.Code >= 500 {
				t.Errorf("%s as %s: %d %s", e.Name, r, w.Code, w.Body)
			}
		}
	}
	for _, e := range h.app.endpoints() {
		delete(want, e.Name)
	}
	if len(want) > 0 {
		t.Errorf("there is no %v", slices.Collect(maps.Keys(want)))
	}
}

// document is what the API says of itself.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Responses   map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

func (p program) document() (d document) {
	p.h.t.Helper()
	p.gets(get, "/openapi.json", "", &d)
	return d
}

// TestTheDocumentIsTheRoutes: every route is in it, and every line of it is a route.
func TestTheDocumentIsTheRoutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	said := map[string]bool{}
	for path, acts := range h.program(account.Viewer).document().Paths {
		for method := range acts {
			said[strings.ToUpper(method)+" "+path] = true
		}
	}
	served, params := 0, strings.NewReplacer(":id", "{id}", ":name", "{name}")
	for _, r := range h.web.Echo.Routes() {
		path, ours := strings.CutPrefix(r.Path, api.VersionPath)
		if !ours || r.Method == http.MethodHead || path == "/openapi.json" {
			continue
		}
		if served++; !said[r.Method+" "+params.Replace(path)] {
			t.Errorf("the document lacks %s %s", r.Method, path)
		}
	}
	if served != len(said) || served != len(h.app.endpoints()) {
		t.Errorf("%d routes, %d lines, %d endpoints", served, len(said), len(h.app.endpoints()))
	}
}

// fits holds a value against a schema of the document, and says what does not fit.
func (d document) fits(where string, schema map[string]any, v any) (wrong []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return d.fits(where, d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")], v)
	}
	if either, ok := schema["anyOf"].([]any); ok {
		if v == nil {
			return nil
		}
		return d.fits(where, either[0].(map[string]any), v)
	}
	kinds := map[string]reflect.Kind{"string": reflect.String, "integer": reflect.Float64, "number": reflect.Float64, "boolean": reflect.Bool, "array": reflect.Slice, "object": reflect.Map}
	if kind, _ := schema["type"].(string); kind != "" && (v == nil || reflect.TypeOf(v).Kind() != kinds[kind]) {
		return []string{fmt.Sprintf("%s is %v, not %s", where, v, kind)}
	}
	switch v := v.(type) {
	case []any:
		for n, one := range v {
			wrong = append(wrong, d.fits(fmt.Sprintf("%s[%d]", where, n), schema["items"].(map[string]any), one)...)
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		others, _ := schema["additionalProperties"].(map[string]any)
		for name, one := range v {
			of, known := properties[name].(map[string]any)
			if !known {
				of = others
			}
			if of == nil {
				wrong = append(wrong, where+"."+name+" is not in the document")
				continue
			}
			wrong = append(wrong, d.fits(where+"."+name, of, one)...)
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, there := v[name.(string)]; !there {
				wrong = append(wrong, where+"."+name.(string)+" is lacking")
			}
		}
	}
	return wrong
}

// asSaid asks and holds the answer against the document.
func (p program) asSaid(d document, method, path, of, body string) (v any) {
	p.h.t.Helper()
	p.gets(method, path, body, &v)
	schema := d.Paths[of][strings.ToLower(method)].Responses["200"].Content["application/json"].Schema
	for _, wrong := range d.fits(of, schema, v) {
		p.h.t.Error(wrong)
	}
	return v
}

// asPrinted is what a command prints with --json.
func (h *house) asPrinted(v any, err error) (out any) {
	h.t.Helper()
	h.must(err)
	var b bytes.Buffer
	h.must(writeJSON(&b, v))
	h.must(json.Unmarshal(b.Bytes(), &out))
	return out
}

// A campaign by the API alone, from its start to its end. What is answered is what the document says, and what the
// command prints.
func TestACampaignByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 4})
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	p := h.program(account.Administrator)
	d := p.document()
	const of = "/campaigns/{name}"

	p.refuses(http.StatusConflict, "campaign.status", post, pathOf(of)+"/pause", "")
	p.refuses(http.StatusNotFound, "campaign.not_found", post, "/campaigns/nobody/start", "")
	c, err := h.app.Desk.Campaign(t.Context(), spring)
	h.must(err)
	c.File.Name = "draft"
	_, err = h.app.Desk.Create(t.Context(), Operator(), c.File)
	h.must(err)
	p.refuses(http.StatusConflict, "campaign.unapproved", post, "/campaigns/draft/start", "")
	p.refuses(http.StatusNotFound, "", post, "/campaigns/draft/approve", "")
	would := p.asSaid(d, post, pathOf(of)+"/start?dry_run=true", of+"/start", "").(map[string]any)
	if would["to_ask"] != 4.0 || would["running"] != false || h.statusOf(spring).Status != campaign.Approved {
		t.Errorf("would start %v", would)
	}
	p.asSaid(d, post, pathOf(of)+"/start", of+"/start", "")
	p.refuses(http.StatusConflict, "campaign.already", post, pathOf(of)+"/start", "")
	var said struct{ Actor campaign.Actor }
	if h.last(campaign.EntryStarted, &said); said.Actor.Kind != "machine" || !strings.HasPrefix(said.Actor.Name, "token:t") || said.Actor.Role != "administrator" {
		t.Errorf("started by %+v", said.Actor)
	}
	h.send().took(4)
	h.post(h.page(person(0)), http.StatusSeeOther, "form", h.opened(h.page(person(0))), "decision.newsletter.email", "yes", "action", "save")
	h.answerAll(&gate{}, h.say(person(1), false))

	for path, as := range map[string]func() (any, error){
		"/contacts":       func() (any, error) { return h.app.Contacts(t.Context(), ContactQuery{Page: Page{Limit: 100}}) },
		"/contacts/{id}":  func() (any, error) { return h.app.Contact(t.Context(), "1") },
		"/campaigns":      func() (any, error) { return h.app.Campaigns(t.Context(), Page{Limit: 100}) },
		of:                func() (any, error) { return h.app.Campaign(t.Context(), spring) },
		of + "/status":    func() (any, error) { return h.app.Desk.Status(t.Context(), spring) },
		of + "/audience":  func() (any, error) { return h.app.Desk.Audience(t.Context(), spring) },
		of + "/uncertain": func() (any, error) { return h.app.Uncertain(t.Context(), spring, Page{Limit: 100}) },
		"/responses":      func() (any, error) { return h.app.Responses(t.Context(), ResponseQuery{Page: Page{Limit: 100}}) },
		"/suppressions":   func() (any, error) { return h.app.Suppressions(t.Context(), Page{Limit: 100}) },
		"/audit":          func() (any, error) { return h.app.Standing(t.Context()) },
		"/consents":       func() (any, error) { return h.app.Consents(t.Context(), Page{Limit: 100}) },
	} {
		if got := p.asSaid(d, get, pathOf(path), path, ""); !reflect.DeepEqual(got, h.asPrinted(as())) {
			t.Errorf("%s: %v", path, got)
		}
	}
	var printed bytes.Buffer
	h.must(h.app.ExportConsents(t.Context(), &printed, "json"))
	if got := p.asSaid(d, get, "/consents", "/consents", "").(map[string]any)["consents"]; !reflect.DeepEqual(got, h.asPrinted(json.RawMessage(printed.Bytes()), nil)) {
		t.Errorf("consents are %v, not %s", got, printed.String())
	}
	p.asSaid(d, post, pathOf(of)+"/pause", of+"/pause", "")
	p.asSaid(d, post, pathOf(of)+"/resume", of+"/resume", "")
	if got := p.asSaid(d, post, pathOf(of)+"/close?dry_run=true", of+"/close", ""); h.statusOf(spring).Status != campaign.Running {
		t.Errorf("a dry run closed it: %v", got)
	}
	p.asSaid(d, post, pathOf(of)+"/close", of+"/close", "")
	p.refuses(http.StatusConflict, "campaign.not_running", post, pathOf(of)+"/close", "")
	if head := p.asSaid(d, get, "/ledger", "/ledger", "").(map[string]any); head["size"] != float64(h.entries()) {
		t.Errorf("closing signed no head: %v", head)
	}
}

// Lists come in pages that miss nobody, and people are found without standing in an address.
func TestTheBaseByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 5})
	p := h.program(account.Marketer)
	d := p.document()
	var seen []string
	for cursor := ""; ; {
		var l ContactList
		p.gets(get, "/contacts?limit=2&cursor="+cursor, "", &l)
		for _, c := range l.Contacts {
			seen = append(seen, c.Email)
		}
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(seen, h.emails()) {
		t.Errorf("the pages hold %v", seen)
	}
	found := p.asSaid(d, post, "/contacts/find", "/contacts/find", fmt.Sprintf(`{"who": %q}`, person(3))).(map[string]any)
	if found["email"] != person(3) {
		t.Errorf("found %v", found)
	}
	p.refuses(http.StatusNotFound, "contact.not_found", post, "/contacts/find", `{"who": "stranger@place.example"}`)
	p.refuses(http.StatusNotFound, "contact.not_found", get, "/contacts/"+person(3), "")
	p.refuses(http.StatusNotFound, "contact.not_found", get, "/contacts/99", "")
	p.refuses(http.StatusUnprocessableEntity, "api.value", get, "/contacts?class=nobody", "")
	p.refuses(http.StatusUnprocessableEntity, "list.cursor", get, "/contacts?cursor=x", "")
	for _, added := range []bool{true, false} { // the second no is the first one
		got := p.asSaid(d, post, "/suppressions", "/suppressions", fmt.Sprintf(`{"email": %q, "because": "by telephone"}`, person(2))).(map[string]any)
		if got["added"] != added {
			t.Errorf("added is %v", got)
		}
	}
	if !h.suppressed(person(2)) {
		t.Error("the no was lost")
	}
	check := p.asSaid(d, post, "/suppressions/check", "/suppressions/check", fmt.Sprintf(`{"email": %q}`, person(2))).(map[string]any)
	if check["suppressed"] != true {
		t.Errorf("the check says %v", check)
	}
	p.asSaid(d, post, "/suppressions/check", "/suppressions/check", fmt.Sprintf(`{"email": %q}`, person(1)))
	p.refuses(http.StatusUnprocessableEntity, "suppress.address", post, "/suppressions", `{"email": "nobody"}`)
	p.asSaid(d, get, "/suppressions", "/suppressions", "")
}

// A token that is over opens nothing, and no person and no token is in the log, not even in its finest.
func TestTheAPIKeepsPeopleAndTokensOutOfTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 2, emails: []string{"jeanne.canari@place.example", "paul.canari@place.example"}})
	h.close()
	log := &heard{}
	a, err := Open(t.Context(), h.config(), Surroundings{Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Clock: h.clock, Room: h.disk, Steady: h.steady})
	h.must(err)
	h.app = a
	h.web, err = a.server()
	h.must(err)
	good, over := h.program(account.Administrator), h.program(account.Administrator)
	short, err := a.AddToken(t.Context(), "short", "viewer", "1h")
	h.must(err)
	_, err = a.RevokeToken(t.Context(), "t"+fmt.Sprint(h.entries()-2), false)
	h.must(err)
	h.wait(time.Hour)
	for _, p := range []program{over, {h, short.Token}, {h, "rpt_" + strings.Repeat("A", 43)}, {h, "jeanne.canari@place.example"}} {
		p.refuses(http.StatusUnauthorized, "token.refused", get, "/contacts", "")
	}
	for _, e := range a.endpoints() {
		for _, body := range []string{"", `{"who": "jeanne.canari@place.example"}`, `{"email": "jeanne.canari@place.example"}`, `{"email": "Jeanne Canari"}`, `{"email": 7, "Canari": 8}`, "jeanne.canari"} {
			good.ask(e.Method, pathOf(e.Path), body)
			good.ask(e.Method, strings.NewReplacer("{id}", "jeanne.canari@place.example", "{name}", "jeanne.canari@place.example").Replace(e.Path)+"?campaign=canari&class=canari&limit=canari", body)
			good.ask(e.Method, strings.NewReplacer("{id}", "canari", "{name}", "canari").Replace(e.Path)+"?cursor=canari", body)
		}
	}
	if text := log.String(); strings.Contains(strings.ToLower(text), "canari") || strings.Contains(text, "rpt_") || strings.Contains(text, short.Token[4:]) || !strings.Contains(text, api.VersionPath+"/contacts/:id") {
		t.Errorf("the log: %s", text)
	}
}

// TestANumberOfTheAPIIsOurs: a base numbers its people as we do, and others. Digits once gave whoever the base called so.
func TestANumberOfTheAPIIsOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3})
	h.importRows([]string{"zoe@iris.example"}, map[string]string{"external_id": "1"})
	h.importRows([]string{"max@iris.example"}, map[string]string{"external_id": "77"})
	p := h.program(account.Administrator)
	if w := p.ask(get, "/contacts/77", ""); w.Code != http.StatusNotFound {
		t.Errorf("the base's own number: %d %s", w.Code, w.Body)
	}
	var l ContactList
	p.gets(get, "/contacts", "", &l)
	for _, c := range l.Contacts {
		var byNumber, byAddress ContactView
		p.gets(get, fmt.Sprintf("/contacts/%d", c.ID), "", &byNumber)
		p.gets(post, "/contacts/find", fmt.Sprintf(`{"who": %q}`, c.Email), &byAddress)
		if byNumber.ID != c.ID || byAddress.ID != c.ID {
			t.Errorf("%d is %d by number and %d by address", c.ID, byNumber.ID, byAddress.ID)
		}
	}
}
