package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// How many lines a page has where nobody says, and at most.
const (
	usualLimit = 100
	mostLimit  = 1000
)

// Endpoint is one thing that a program may ask for: how, the right it takes, and what does it. A route, a guard and
// the line in the document are all made of it.
type Endpoint struct {
	Method string
	Path   string // under the version's path; {name} stands for one part
	Right  account.Right
	Name   string // of the operation
	Says   string // what it does, in one line
	Params []Param
	Paged  bool // it is a list, and takes limit and cursor
	Act    Act
}

// Param is a parameter of the query.
type Param struct {
	Name, Says string
	OneOf      []string // nil: any text
}

// Call is one request of a program that may make it.
type Call struct {
	Context context.Context
	By      campaign.Actor
	Limit   int
	Cursor  string
	part    func(string) string
	query   func(string) string
}

// Part is what stands in the path for a name.
func (c Call) Part(name string) string { return c.part(name) }

// Query is a parameter; "" when it was not given.
func (c Call) Query(name string) string { return c.query(name) }

// Act does what an endpoint is for. What it takes and gives is known by its types.
type Act struct {
	takes, gives reflect.Type // takes is nil for one without a body
	do           func(Call, *json.Decoder) (any, error)
}

// Gives is an act that needs no body, and refuses one that says something: what it was sent for, such as dry_run, would not be heard.
func Gives[T any](do func(Call) (T, error)) Act {
	return Act{gives: reflect.TypeFor[T](), do: func(c Call, d *json.Decoder) (any, error) {
		var body map[string]json.RawMessage
		err := d.Decode(&body)
		if errors.Is(err, io.EOF) {
			return do(c)
		}
		if err == nil && len(body) == 0 {
			if _, err = d.Token(); errors.Is(err, io.EOF) {
				return do(c)
			}
		}
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, tooLarge
		}
		return nil, fault.New(fault.Invalid, "api.no_body", "this takes no body").At("api.Gives").Hint("what it takes stands in the address, behind a question mark; see " + documentPath)
	}}
}

// Takes is an act that is given a JSON object.
func Takes[B, T any](do func(Call, B) (T, error)) Act {
	return Act{takes: reflect.TypeFor[B](), gives: reflect.TypeFor[T](), do: func(c Call, d *json.Decoder) (any, error) {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, unusable(err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, unusable(err)
		}
		var body B
		strict := json.NewDecoder(bytes.NewReader(raw))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&body); err != nil || !plain(raw, reflect.TypeFor[B]()) {
			return nil, unusable(err)
		}
		return do(c, body)
	}}
}

// plain reports that a text is an object with each field of a struct once at most, as it is written there. encoding/json also takes
// a name in other letters, and of several the last: who sent two addresses would be told that it was done, and not for which.
func plain(raw []byte, t reflect.Type) bool {
	d := json.NewDecoder(bytes.NewReader(raw))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return false
	}
	free := map[string]bool{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		free[name] = true
	}
	for d.More() {
		name, err := d.Token()
		text, _ := name.(string)
		if err != nil || !free[text] {
			return false
		}
		free[text] = false
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
	}
	return true
}

// unusable says that a body is none. What stands in it is personal: of a decoder's words only the limit of the size
// is passed on.
func unusable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return tooLarge
	}
	return fault.New(fault.Invalid, "api.body", "the body is not the JSON object that this takes").At("api.Takes").Hint("see the request body in " + documentPath)
}

// call reads what a request asks for. A parameter that is not known is refused: a filter that is written wrong must not
// give everything away.
func (e Endpoint) call(c echo.Context, by campaign.Actor) (Call, error) {
	q := c.QueryParams()
	known := e.params()
	for name, values := range q {
		at := slices.IndexFunc(known, func(p Param) bool { return p.Name == name })
		if at < 0 || len(values) > 1 {
			return Call{}, fault.New(fault.Invalid, "api.parameter", "there is a parameter that this does not take, or one twice").At("api.call").Hint(e.takes(known))
		}
		if one := known[at].OneOf; one != nil && !slices.Contains(one, values[0]) {
			return Call{}, fault.New(fault.Invalid, "api.value", "{parameter} has a value that it cannot have", "parameter", name).At("api.call").Hint(name + " is " + strings.Join(one, ", "))
		}
	}
	call := Call{Context: c.Request().Context(), By: by, Limit: usualLimit, Cursor: q.Get("cursor"), part: c.Param, query: q.Get}
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostLimit {
			return Call{}, fault.New(fault.Invalid, "api.limit", "limit is a number from 1 to {most}", "most", mostLimit).At("api.call")
		}
		call.Limit = n
	}
	return call, nil
}

func (e Endpoint) takes(known []Param) string {
	var names []string
	for _, p := range known {
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return "it takes none"
	}
	return "it takes " + strings.Join(names, ", ")
}

// params are all parameters of the query.
func (e Endpoint) params() []Param {
	if !e.Paged {
		return e.Params
	}
	return append(slices.Clone(e.Params), Param{Name: "limit", Says: "how many at most, " + strconv.Itoa(usualLimit) + " where nothing is said"}, Param{Name: "cursor", Says: "next of the page before"})
}

// parts are the names in the path.
func (e Endpoint) parts() (names []string) {
	for part := range strings.SplitSeq(e.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// route is the path as the router writes it.
func (e Endpoint) route() string {
	return VersionPath + strings.NewReplacer("{", ":", "}", "").Replace(e.Path)
}

// roles are those that may ask for it.
func (e Endpoint) roles() (names []string) {
	for _, r := range account.Roles() {
		if r.May(e.Right) {
			names = append(names, string(r))
		}
	}
	return names
}
