package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

// canary is a person whom no log may name.
const canary = "jeanne.canari@place.example"

// keys knows one token for each role, by its name.
type keys struct{ network string }

func (k *keys) Token(_ context.Context, text, network string) (account.Token, error) {
	k.network = network
	if r := account.Role(text); r.Known() {
		return account.Token{Name: "crm", Role: r}, nil
	}
	if text == "again" {
		return account.Token{}, fault.New(fault.TooMany, "token.too_many", "too many")
	}
	return account.Token{}, fault.New(fault.Unauthenticated, "token.refused", "the token is none")
}

type person struct {
	Email string   `json:"email"`
	Tags  []string `json:"tags,omitempty"`
}

// gate is the door over acts of its own.
type gate struct {
	keys   keys
	log    bytes.Buffer
	server *web.Server
	asked  []Call
	fail   error
}

func newGate(t *testing.T, change ...func(*web.Deps)) *gate {
	t.Helper()
	g := &gate{}
	look := func(c Call) (person, error) {
		g.asked = append(g.asked, c)
		return person{Email: "<" + canary + ">"}, g.fail
	}
	m, err := NewMachines(&g.keys, "1", []Endpoint{
		{Method: "GET", Path: "/people", Right: account.See, Name: "list", Says: "List", Paged: true, Params: []Param{{Name: "class", OneOf: []string{"a", "b"}}}, Act: Gives(look)},
		{Method: "GET", Path: "/people/{id}", Right: account.See, Name: "show", Says: "Show", Act: Gives(look)},
		{Method: "POST", Path: "/people", Right: account.Suppress, Name: "add", Says: "Add", Act: Takes(func(c Call, p person) (person, error) { g.asked = append(g.asked, c); return p, g.fail })},
		{Method: "POST", Path: "/go", Right: account.Start, Name: "go", Says: "Go", Act: Gives(look)},
	})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := words()
	if err != nil {
		t.Fatal(err)
	}
	d := web.Deps{Log: slog.New(slog.NewJSONHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Catalogue: catalogue, BaseURL: "https://" + host}
	for _, f := range change {
		f(&d)
	}
	if g.server, err = web.New(d); err != nil {
		t.Fatal(err)
	}
	m.Register(g.server.Echo)
	t.Cleanup(func() {
		if strings.Contains(g.log.String(), "canari") {
			t.Errorf("the log names a person: %s", g.log.String())
		}
	})
	return g
}

// ask sends a request; token "" sends none.
func (g *gate) ask(method, path, token, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = host
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.server.Echo.ServeHTTP(w, r)
	return w
}

// told reads a problem.
func told(t *testing.T, w *httptest.ResponseRecorder) (p Problem) {
	t.Helper()
	if media := w.Header().Get("Content-Type"); media != "application/problem+json" {
		t.Errorf("%d comes as %s: %s", w.Code, media, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || p.Title == "" || p.Type != "about:blank" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("%s: %v", w.Body, err)
	}
	return p
}

func TestWhoHasNoTokenIsTold(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for name, c := range map[string]struct {
		header, key, says string
	}{
		"none":            {"", "api.token_missing", `Bearer realm="reoptin"`},
		"another scheme":  {"Basic dmlld2VyOng=", "api.token_missing", `Bearer realm="reoptin"`},
		"nothing behind":  {"Bearer", "api.token_missing", `Bearer realm="reoptin"`},
		"a forged one":    {"Bearer rpt_" + canary, "token.refused", `Bearer realm="reoptin", error="invalid_token"`},
		"in small":        {"bearer nobody", "token.refused", `Bearer realm="reoptin", error="invalid_token"`},
		"once too often":  {"Bearer again", "token.too_many", ""},
		"one of two":      {"Bearer viewer, Bearer viewer", "token.refused", `Bearer realm="reoptin", error="invalid_token"`},
		"in the wrong ID": {"Token viewer", "api.token_missing", `Bearer realm="reoptin"`},
	} {
		w := g.ask("GET", "/api/v1/people", "", "", "Authorization", c.header)
		want := http.StatusUnauthorized
		if c.key == "token.too_many" {
			want = http.StatusTooManyRequests
		}
		if p := told(t, w); w.Code != want || p.Key != c.key || w.Header().Get("WWW-Authenticate") != c.says {
			t.Errorf("%s: %d %+v %v", name, w.Code, p, w.Header())
		}
	}
	if w := g.ask("GET", "/api/v1/people?access_token=administrator", "", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a token in the address: %d", w.Code)
	}
	r := httptest.NewRequest("GET", "/api/v1/people", nil)
	r.Host = host
	r.Header["Authorization"] = []string{"Bearer viewer", "Bearer administrator"}
	w := httptest.NewRecorder()
	if g.server.Echo.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("two tokens: %d", w.Code)
	}
	if len(g.asked) > 0 {
		t.Errorf("%d acts were done", len(g.asked))
	}
}

func TestAnAnswerIsForTheProgramAlone(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	w := g.ask("GET", "/api/v1/people/7", "viewer", "", "Origin", "https://evil.example")
	if w.Code != 200 || w.Body.String() != `{"email":"<`+canary+`>"}`+"\n" || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if c := g.asked[0]; c.Part("id") != "7" || c.By.Name != "token:crm" || c.By.Kind != "machine" || c.By.Role != "viewer" || g.keys.network != "192.0.2.1/32" {
		t.Errorf("asked %+v from %s", c, g.keys.network)
	}
	if w := g.ask("HEAD", "/api/v1/people/7", "viewer", ""); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("HEAD: %d %s", w.Code, w.Body)
	}
	for _, method := range []string{"GET", "OPTIONS", "PUT", "DELETE"} {
		w := g.ask(method, "/api/v1/people", "viewer", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control") || name == "Set-Cookie" {
				t.Errorf("%s: %s", method, name)
			}
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	deep := `{"email":` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + `}`
	for name, c := range map[string]struct {
		method, path, token, body string
		status                    int
		key                       string
	}{
		"no such page":        {"GET", "/api/v1/nothing/" + canary, "viewer", "", 404, ""},
		"no such version":     {"GET", "/api/v2", "", "", 404, ""},
		"another method":      {"DELETE", "/api/v1/people", "administrator", "", 405, ""},
		"a role":              {"POST", "/api/v1/people", "viewer", `{}`, 403, "api.role"},
		"a wrong parameter":   {"GET", "/api/v1/people?clas=a", "viewer", "", 422, "api.parameter"},
		"a parameter twice":   {"GET", "/api/v1/people?class=a&class=b", "viewer", "", 422, "api.parameter"},
		"a personal one":      {"GET", "/api/v1/people?" + canary + "=1", "viewer", "", 422, "api.parameter"},
		"a wrong value":       {"GET", "/api/v1/people?class=" + canary, "viewer", "", 422, "api.value"},
		"limit nothing":       {"GET", "/api/v1/people?limit=0", "viewer", "", 422, "api.limit"},
		"limit too many":      {"GET", "/api/v1/people?limit=1001", "viewer", "", 422, "api.limit"},
		"limit no number":     {"GET", "/api/v1/people?limit=" + canary, "viewer", "", 422, "api.limit"},
		"no list":             {"GET", "/api/v1/people/7?limit=3", "viewer", "", 422, "api.parameter"},
		"no JSON":             {"POST", "/api/v1/people", "marketer", canary, 422, "api.body"},
		"another type":        {"POST", "/api/v1/people", "marketer", `{"email": {"` + canary + `": 1}}`, 422, "api.body"},
		"an unknown field":    {"POST", "/api/v1/people", "marketer", `{"email": "x", "` + canary + `": 1}`, 422, "api.body"},
		"a list":              {"POST", "/api/v1/people", "marketer", `[{"email": "x"}]`, 422, "api.body"},
		"null":                {"POST", "/api/v1/people", "marketer", `null`, 422, "api.body"},
		"two":                 {"POST", "/api/v1/people", "marketer", `{"email": "x"} {"email": "` + canary + `"}`, 422, "api.body"},
		"half":                {"POST", "/api/v1/people", "marketer", `{"email": "` + canary, 422, "api.body"},
		"a field twice":       {"POST", "/api/v1/people", "marketer", `{"email": "x", "email": "` + canary + `"}`, 422, "api.body"},
		"in other letters":    {"POST", "/api/v1/people", "marketer", `{"email": "x", "Email": "` + canary + `"}`, 422, "api.body"},
		"a body for an act":   {"POST", "/api/v1/go", "approver", `{"dry_run": true}`, 422, "api.no_body"},
		"a form for an act":   {"POST", "/api/v1/go", "approver", `dry_run=true`, 422, "api.no_body"},
		"a large one":         {"POST", "/api/v1/go", "approver", strings.Repeat(" ", web.FormBytes+1), 413, ""},
		"deep":                {"POST", "/api/v1/people", "marketer", deep, 422, "api.body"},
		"too large":           {"POST", "/api/v1/people", "marketer", `{"email": "` + strings.Repeat("a", web.FormBytes) + `"}`, 413, ""},
		"too large, unspoken": {"POST", "/api/v1/people", "marketer", `{"tags": [` + strings.Repeat(`"`+canary+`",`, 1000), 413, ""},
	} {
		w := g.ask(c.method, c.path, c.token, c.body)
		if p := told(t, w); w.Code != c.status || p.Key != c.key || c.status == 405 && !strings.Contains(w.Header().Get("Allow"), "POST") {
			t.Errorf("%s: %d %+v", name, w.Code, p)
		}
	}
	for _, body := range []string{"", "{}", " { }\n"} { // which many a program sends of itself
		if w := g.ask("POST", "/api/v1/go", "approver", body); w.Code != 200 {
			t.Errorf("nothing, as %q: %d %s", body, w.Code, w.Body)
		}
	}
	g.asked = nil
	for _, header := range [][]string{{"Content-Type", "text/plain"}, {"Content-Type", ""}, {"Content-Encoding", "gzip"}} {
		if w := g.ask("POST", "/api/v1/people", "marketer", `{"email": "x"}`, header...); w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("%v: %d", header, w.Code)
		}
	}
	if len(g.asked) > 0 {
		t.Errorf("%d acts were done", len(g.asked))
	}
	if w := g.ask("POST", "/api/v1/people", "marketer", `{"email": "x"}`, "Content-Type", "application/json; charset=utf-8"); w.Code != 200 {
		t.Errorf("a good one: %d %s", w.Code, w.Body)
	}
}

func TestFaultsAreToldWithTheirKeyAndHint(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for kind, want := range map[fault.Kind]int{fault.Invalid: 422, fault.NotFound: 404, fault.Conflict: 409, fault.Denied: 403, fault.Gone: 410, fault.Unavailable: 503} {
		g.fail = fault.New(kind, "test.key", "{who} is wrong", "who", canary).Hint("mend it").Because(errors.New(canary + " is secret"))
		if kind == fault.Unavailable { // of the disk, whose words are nobody's
			g.fail = fault.New(kind, "test.key", "{who} is wrong", "who", canary).Hint("mend it").Because(errors.New("no room for the secret"))
		}
		w := g.ask("GET", "/api/v1/people", "viewer", "")
		if p := told(t, w); w.Code != want || p.Key != "test.key" || p.Detail != canary+" is wrong" || p.Hint != "mend it" || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", kind, w.Code, w.Body)
		}
	}
	if !strings.Contains(g.log.String(), "no room") {
		t.Error("the log does not say why something of ours failed")
	}
	g.fail = fault.New(fault.Internal, "test.key", "a table is broken").Hint("mend it").Because(errors.New("disk"))
	if w := g.ask("GET", "/api/v1/people", "viewer", ""); w.Code != 500 || told(t, w).Detail != "" || strings.Contains(w.Body.String(), "table") || !strings.Contains(g.log.String(), "disk") {
		t.Errorf("internal: %d %s", w.Code, w.Body)
	}
}

func TestTheAPIIsWhereTheDashboardIs(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(d *web.Deps) { d.AdminHost = "admin.example.org" })
	for _, path := range []string{"/api/v1/people", "/api/v1/openapi.json"} {
		if w := g.ask("GET", path, "viewer", ""); w.Code != http.StatusNotFound {
			t.Errorf("%s under the public name: %d", path, w.Code)
		}
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "admin.example.org"
		r.Header.Set("Authorization", "Bearer viewer")
		w := httptest.NewRecorder()
		if g.server.Echo.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("%s under the dashboard's name: %d", path, w.Code)
		}
	}
}

func TestTheDocumentNeedsNoTokenAndSaysWhatTheRoutesDo(t *testing.T) {
	t.Parallel()
	w := newGate(t).ask("GET", "/api/v1/openapi.json", "", "")
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Parameters  []struct{ Name, In string }
			Description string
			RequestBody json.RawMessage
			Responses   map[string]json.RawMessage
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 || !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Fatalf("%d %v", w.Code, err)
	}
	list, add := doc.Paths["/people"]["get"], doc.Paths["/people"]["post"]
	if len(list.Parameters) != 3 || list.RequestBody != nil || !strings.Contains(list.Description, "viewer") {
		t.Errorf("list: %+v", list)
	}
	if add.RequestBody == nil || add.Responses["409"] == nil || strings.Contains(add.Description, "viewer") {
		t.Errorf("add: %+v", add)
	}
	if show := doc.Paths["/people/{id}"]["get"]; len(show.Parameters) != 1 || show.Parameters[0].In != "path" || show.Responses["404"] == nil {
		t.Errorf("show: %+v", show)
	}
	if got := string(doc.Components.Schemas["person"]); !strings.Contains(got, `"required"`) || !strings.Contains(got, `"email"`) {
		t.Errorf("person: %s", got)
	}
}

func TestAnEndpointForNobodyIsNone(t *testing.T) {
	t.Parallel()
	act := Gives(func(Call) (person, error) { return person{}, nil })
	for name, e := range map[string]Endpoint{
		"no right": {Method: "GET", Path: "/x", Name: "x", Says: "x", Act: act},
		"anyone":   {Method: "GET", Path: "/x", Right: account.Anyone, Name: "x", Says: "x", Act: act},
		"no name":  {Method: "GET", Path: "/x", Right: account.See, Says: "x", Act: act},
		"no act":   {Method: "GET", Path: "/x", Right: account.See, Name: "x", Says: "x"},
	} {
		if _, err := NewMachines(&keys{}, "1", []Endpoint{e}); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
