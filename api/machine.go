package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

// VersionPath is where the API for programs begins.
const VersionPath = web.APIPath + "/v1"

const (
	documentPath = VersionPath + "/openapi.json"
	problemMedia = "application/problem+json"
	realm        = `Bearer realm="reoptin"`
)

// Roster knows whom a token proves; see account.Roster.
type Roster interface {
	Token(ctx context.Context, text, network string) (account.Token, error)
}

// Machines is the door for programs: what it can do is the endpoints that it is given. It has no session, sets no cookie
// and lets no page of another site read its answers.
type Machines struct {
	roster    Roster
	endpoints []Endpoint
	document  []byte
}

// NewMachines makes the door. It fails as fault.Internal for an endpoint that nobody may use.
func NewMachines(r Roster, version string, endpoints []Endpoint) (*Machines, error) {
	for _, e := range endpoints {
		if e.Right <= account.Member || len(e.roles()) == 0 || e.Name == "" || e.Says == "" || e.Act.do == nil {
			return nil, fault.New(fault.Internal, "api.endpoint", "an endpoint lacks its right, its name or its act").At("api.NewMachines")
		}
	}
	document, err := documentOf(version, endpoints)
	return &Machines{r, endpoints, document}, err
}

// Register adds the routes.
func (m *Machines) Register(e *echo.Echo) {
	e.Use(m.around)
	web.Look(e, documentPath, func(c echo.Context) error { return web.Blob(c, http.StatusOK, echo.MIMEApplicationJSON, m.document) })
	limit := web.LimitBody(web.FormBytes)
	for _, p := range m.endpoints {
		e.Add(p.Method, p.route(), m.serve(p), limit)
		if p.Method == http.MethodGet {
			e.HEAD(p.route(), m.serve(p), limit)
		}
	}
}

// around lets whatever comes to this part of the house be answered in its media type, what is not there too.
func (m *Machines) around(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if p := c.Request().URL.Path; p == web.APIPath || strings.HasPrefix(p, web.APIPath+"/") {
			web.DrawErrorsAs(c, problemMedia, func(err error, status int) ([]byte, error) { return problem(c, err, status) })
		}
		return next(c)
	}
}

// serve does what comes before and after every act.
func (m *Machines) serve(e Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		t, err := m.who(c)
		if err != nil {
			return refuse(err)
		}
		if !t.Role.May(e.Right) {
			return refuse(fault.New(fault.Denied, "api.role", "the role {role} of this token does not allow this", "role", t.Role).At("api.serve").
				Hint("it takes " + strings.Join(e.roles(), " or ")))
		}
		call, err := e.call(c, campaign.Actor(t.Actor()))
		if err != nil {
			return refuse(err)
		}
		if e.Act.takes != nil && !isJSON(c.Request()) {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType)
		}
		out, err := e.Act.do(call, json.NewDecoder(c.Request().Body))
		if err != nil {
			return refuse(err)
		}
		body, err := encode(out)
		if err != nil {
			return fault.Wrap("api.serve", err)
		}
		return web.Blob(c, http.StatusOK, echo.MIMEApplicationJSON, body)
	}
}

// who finds the token of a request. What is said of how to log in stands beside every refusal (RFC 6750).
func (m *Machines) who(c echo.Context) (account.Token, error) {
	given := c.Request().Header.Values(echo.HeaderAuthorization)
	scheme, text, found := "", "", false
	if len(given) == 1 {
		scheme, text, found = strings.Cut(given[0], " ")
	}
	if !found || !strings.EqualFold(scheme, "Bearer") {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, realm)
		return account.Token{}, fault.New(fault.Unauthenticated, "api.token_missing", "a token is needed").At("api.who").Hint("send it as Authorization: Bearer rpt_…; reoptin token add NAME makes one")
	}
	t, err := m.roster.Token(c.Request().Context(), strings.TrimSpace(text), web.Network(c))
	if fault.Is(err, fault.Unauthenticated) {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, realm+`, error="invalid_token"`)
	}
	return t, err
}

// isJSON reports whether a body says that it is JSON as it stands: nothing is unpacked.
func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	coding := r.Header.Get(echo.HeaderContentEncoding)
	return err == nil && media == echo.MIMEApplicationJSON && (coding == "" || strings.EqualFold(coding, "identity"))
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// refusal is a fault that is answered to a program. The log knows it by its key, and where something of ours failed by its cause: its
// sentence may hold what the program sent, which may be about a person.
type refusal struct{ *fault.Fault }

func (r refusal) Error() string {
	if r.Kind == fault.Unavailable && r.Err != nil {
		return r.Key + ": " + r.Err.Error()
	}
	return r.Key
}
func (r refusal) Unwrap() error { return r.Fault }

// HTTPStatus is 422 for what cannot be used as it is, which HTTP tells from what cannot be read.
func (r refusal) HTTPStatus() int {
	if r.Kind == fault.Invalid {
		return http.StatusUnprocessableEntity
	}
	return web.Status(r.Fault)
}

func refuse(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) && f.Kind != fault.Internal {
		return refusal{f}
	}
	return err
}

// Problem is an error as programs are told it (RFC 9457). Key names it for ever; detail and hint are for people.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Key       string `json:"key,omitempty"`
	Detail    string `json:"detail,omitempty"`
	Hint      string `json:"hint,omitempty"`
	RequestID string `json:"request_id"` // stands in the log, too
}

// problem says of an error what is the program's to mend; its place and cause are in the log alone.
func problem(c echo.Context, err error, status int) ([]byte, error) {
	p := Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, RequestID: web.RequestID(c)}
	var f *fault.Fault
	if errors.As(err, &f) && f.Kind != fault.Internal {
		p.Key, p.Detail, p.Hint = f.Key, fault.Fill(f.Text, f.Args...), fault.HintOf(f)
	}
	return encode(p)
}
