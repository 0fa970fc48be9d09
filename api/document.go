package api

import (
	"encoding"
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// object is a JSON object of the document.
type object = map[string]any

// documentOf describes the endpoints as OpenAPI 3.1. All of it is made of them, so that it cannot say anything else.
func documentOf(version string, endpoints []Endpoint) ([]byte, error) {
	s := schemas{known: map[string]reflect.Type{}, all: object{}}
	paths := object{}
	for _, e := range endpoints {
		at, ok := paths[e.Path].(object)
		if !ok {
			at = object{}
			paths[e.Path] = at
		}
		at[strings.ToLower(e.Method)] = s.operation(e)
	}
	s.of(reflect.TypeFor[Problem]())
	if s.twice != "" {
		return nil, fault.New(fault.Internal, "api.document", "two types are called {name}", "name", s.twice).At("api.documentOf")
	}
	b, err := json.MarshalIndent(object{
		"openapi": "3.1.1",
		"info": object{"title": "reoptin", "version": version,
			"description": "What a program may ask of reoptin: the acts of its command line, with the JSON of their --json. Errors are problems (RFC 9457)."},
		"servers":    []any{object{"url": VersionPath}},
		"security":   []any{object{"token": []any{}}},
		"paths":      paths,
		"components": object{"schemas": s.all, "securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "made by reoptin token add"}}},
	}, "", "  ")
	return b, fault.Wrap("api.documentOf", err)
}

// operation is one endpoint.
func (s *schemas) operation(e Endpoint) object {
	op := object{"operationId": e.Name, "summary": e.Says, "description": "Roles: " + strings.Join(e.roles(), ", ") + ".", "responses": s.responses(e)}
	params := []any{}
	for _, name := range e.parts() {
		params = append(params, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, p := range e.params() {
		schema := object{"type": "string"}
		switch {
		case p.Name == "limit":
			schema = object{"type": "integer", "minimum": 1, "maximum": mostLimit, "default": usualLimit}
		case p.OneOf != nil:
			schema["enum"] = p.OneOf
		}
		params = append(params, object{"name": p.Name, "in": "query", "description": p.Says, "schema": schema})
	}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if e.Act.takes != nil {
		op["requestBody"] = object{"required": true, "content": content("application/json", s.of(e.Act.takes))}
	}
	return op
}

// responses are the answers that an endpoint can have.
func (s *schemas) responses(e Endpoint) object {
	statuses := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if e.Method != http.MethodGet {
		statuses = append(statuses, http.StatusConflict)
	}
	if e.Act.takes != nil {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	out := object{"200": object{"description": "done", "content": content("application/json", s.of(e.Act.gives))}}
	for _, status := range statuses {
		out[strconv.Itoa(status)] = object{"description": http.StatusText(status), "content": content(problemMedia, s.of(reflect.TypeFor[Problem]()))}
	}
	return out
}

func content(media string, schema object) object { return object{media: object{"schema": schema}} }

// schemas are the types that the document names.
type schemas struct {
	known map[string]reflect.Type
	all   object
	twice string // a name that two types have
}

// of is the schema of a type as encoding/json writes it.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{s.of(t.Elem()), object{"type": "null"}}}
	case reflect.Struct:
		return s.named(t)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "contentEncoding": "base64"}
		}
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Interface:
		return object{}
	}
	return object{"type": "integer"}
}

// named is a struct: by its name where it has one, so that it stands in the document once.
func (s *schemas) named(t reflect.Type) object {
	name := t.Name()
	if name == "" {
		return s.fields(t)
	}
	if other, known := s.known[name]; known && other != t { // one of another package
		name = path.Base(t.PkgPath()) + "." + name
	}
	if other, known := s.known[name]; known {
		if other != t {
			s.twice = name
		}
	} else {
		s.known[name] = t
		s.all[name] = s.fields(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func (s *schemas) fields(t reflect.Type) object {
	properties, required := object{}, []string{}
	for f := range t.Fields() {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			inner := s.fields(f.Type)
			for name, schema := range inner["properties"].(object) {
				properties[name] = schema
			}
			if names, ok := inner["required"].([]string); ok {
				required = append(required, names...)
			}
			continue
		case !f.IsExported() || tag == "-":
			continue
		case tag == "":
			tag = f.Name
		}
		properties[tag] = s.of(f.Type)
		if !strings.Contains(options, "omit") {
			required = append(required, tag)
		}
	}
	slices.Sort(required)
	out := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}
