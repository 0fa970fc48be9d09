package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds how deep a payload may nest.
const maxDepth = 64

// Canonical returns the one JSON encoding of v that this format knows: object keys sorted by their
// UTF-8 bytes, no white space, no escape that is not needed, integers only. A number with a fraction
// or an exponent is an error, because programs disagree on how to write it: say it as text. Bytes
// that are not UTF-8 become U+FFFD, as encoding/json does; in the JSON that a type writes itself they stay.
func Canonical(v any) ([]byte, error) {
	if v != nil {
		if out, err := planOf(reflect.TypeOf(v))(make([]byte, 0, 2048), reflect.ValueOf(v), 0); err == nil {
			return out, nil
		}
	}
	return viaJSON(v)
}

// viaJSON is Canonical by way of encoding/json.
func viaJSON(v any) ([]byte, error) {
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write as JSON: %w", err)
	}
	out, _, err := appendCanonical(make([]byte, 0, raw.Len()), raw.Bytes(), 0)
	return out, err
}

// Payload returns the canonical payload of an entry: v, which must be a JSON object, with the
// digest of the evidence rows that the entry covers as its field "rows". With no rows the field is
// left out.
func Payload(v any, rows *RowDigest) ([]byte, error) {
	raw, err := Canonical(v)
	if err != nil {
		return nil, err
	}
	tree, err := decodeJSON(raw)
	if err != nil {
		return nil, err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("the payload of an entry must be a JSON object")
	}
	if _, taken := object["rows"]; taken {
		return nil, errors.New(`the payload of an entry must not bring a field "rows" of its own`)
	}
	if rows == nil || rows.Len() == 0 {
		return raw, nil
	}
	object["rows"] = rows.Sum()
	return Canonical(object)
}

// canonicalJSON rewrites JSON text canonically. Of repeated keys it keeps the last.
func canonicalJSON(text []byte) ([]byte, error) {
	tree, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	return appendValue(make([]byte, 0, len(text)), tree, 0)
}

func decodeJSON(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, errNotJSON
	}
	if rest := bytes.TrimSpace(text[dec.InputOffset():]); len(rest) > 0 {
		return nil, errors.New("not one JSON value")
	}
	return tree, nil
}

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	case string:
		return appendString(b, v), nil
	case json.Number:
		if !isInteger(string(v)) {
			return nil, fmt.Errorf("the number %s is not an integer of 64 bits: write it as text", quote(string(v)))
		}
		return append(b, v...), nil
	case []any:
		return appendArray(b, v, depth)
	case map[string]any:
		return appendObject(b, v, depth)
	}
	return nil, fmt.Errorf("a %T has no canonical form", v)
}

func appendArray(b []byte, list []any, depth int) ([]byte, error) {
	var err error
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendValue(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, object map[string]any, depth int) ([]byte, error) {
	var err error
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		if b, err = appendValue(b, object[key], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString writes a JSON string as RFC 8785 section 3.2.2.2 does.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			b = append(b, '\\', "btnfr"[strings.IndexByte("\b\t\n\f\r", c)])
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(b, '"')
}

// isInteger reports whether a JSON number is an integer in its shortest form, of 64 bits.
func isInteger(s string) bool {
	return s != "-0" && !strings.ContainsAny(s, ".eE") && fits(s)
}

// fits reports whether an integer is one of 64 bits, with a sign or without: readers of JSON take a longer one for different numbers.
func fits(s string) bool {
	const sure = 18 // digits and sign that always do
	if len(s) <= sure {
		return true
	}
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return true
	}
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}
