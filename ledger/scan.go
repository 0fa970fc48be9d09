package ledger

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

var (
	errNotJSON      = errors.New("not JSON")
	errNotCanonical = errors.New("not written canonically")
)

// parseCanonical reads JSON that is written just as Canonical writes it and refuses all else:
// white space, unsorted or repeated keys, other escapes, other numbers. So a payload cannot mean two
// things to two readers. Objects become map[string]any, arrays []any, numbers json.Number.
func parseCanonical(text []byte) (v any, err error) {
	err = scan(string(text), func(s *scanner) error {
		v, err = s.value(0)
		return err
	})
	return v, err
}

// scan reads one canonical JSON text by a function that moves past all of it.
func scan(text string, all func(*scanner) error) error {
	s := scanner{text: text}
	if !utf8.ValidString(s.text) {
		return errNotJSON
	}
	err := all(&s)
	if err == nil && s.at != len(s.text) {
		err = errNotCanonical
	}
	if errors.Is(err, errNotCanonical) && !json.Valid([]byte(text)) {
		err = errNotJSON
	}
	return err
}

// scanner is a place in canonical JSON.
type scanner struct {
	text string
	at   int
}

// take moves past c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.next(c) {
		s.at++
		return true
	}
	return false
}

// next reports whether c comes next.
func (s *scanner) next(c byte) bool { return s.at < len(s.text) && s.text[s.at] == c }

func (s *scanner) value(depth int) (any, error) {
	if s.at == len(s.text) || depth > maxDepth {
		return nil, errNotCanonical
	}
	switch c := s.text[s.at]; {
	case c == '"':
		return s.string()
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '-' || c >= '0' && c <= '9':
		digits, err := s.number()
		return json.Number(digits), err
	}
	for word, v := range words {
		if strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return v, nil
		}
	}
	return nil, errNotCanonical
}

var words = map[string]any{"true": true, "false": false, "null": nil}

func (s *scanner) object(depth int) (any, error) {
	object := map[string]any{}
	err := s.members(func(key string) (err error) {
		object[key], err = s.value(depth + 1)
		return err
	})
	return object, err
}

func (s *scanner) array(depth int) (any, error) {
	list := []any{}
	err := s.items(func() error {
		v, err := s.value(depth + 1)
		list = append(list, v)
		return err
	})
	return list, err
}

// members moves past the object that begins here; do moves past the value of a key.
func (s *scanner) members(do func(key string) error) error {
	if !s.take('{') {
		return errNotCanonical
	}
	if s.take('}') {
		return nil
	}
	last := ""
	for first := true; ; first = false {
		key, err := s.string()
		if err != nil || !first && key <= last || !s.take(':') {
			return errNotCanonical
		}
		if err := do(key); err != nil {
			return err
		}
		last = key
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errNotCanonical
		}
	}
}

// items moves past the array that begins here; do moves past one item.
func (s *scanner) items(do func() error) error {
	if !s.take('[') {
		return errNotCanonical
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := do(); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errNotCanonical
		}
	}
}

// place is where in a payload a value stands.
type place struct {
	under bool   // a field "document" or "documents" is above
	list  bool   // it is the value of a field "documents"
	name  string // of a field right beneath such a one: what it calls its document
}

// of is where the value of a field stands, in an object that stands at p.
func (p place) of(key string) place {
	in := place{under: p.under || namesDocument(key), list: key == "documents"}
	if p.list {
		in.name = key
	}
	return in
}

// skip moves past a value without making anything of it, and gives every string of it to see, with where it stands.
func (s *scanner) skip(depth int, at place, see func(text string, at place)) error {
	if s.at == len(s.text) || depth > maxDepth {
		return errNotCanonical
	}
	switch s.text[s.at] {
	case '"':
		text, err := s.string()
		if err == nil {
			see(text, at)
		}
		return err
	case '{':
		return s.members(func(key string) error { return s.skip(depth+1, at.of(key), see) })
	case '[':
		return s.items(func() error { return s.skip(depth+1, place{under: at.under}, see) })
	}
	_, err := s.value(depth)
	return err
}

// pass moves past a value of which nothing is wanted.
func (s *scanner) pass(depth int) error { return s.skip(depth, place{}, func(string, place) {}) }

func (s *scanner) number() (string, error) {
	start := s.at
	s.take('-')
	first := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	digits := s.text[first:s.at]
	if digits == "" || digits[0] == '0' && (len(digits) > 1 || first > start) || !fits(s.text[start:s.at]) {
		return "", errNotCanonical
	}
	return s.text[start:s.at], nil
}

func (s *scanner) string() (string, error) {
	if !s.take('"') {
		return "", errNotCanonical
	}
	start := s.at
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return "", errNotCanonical
		}
	}
	return "", errNotCanonical
}

// escaped reads a string that holds escapes, by the slow way: decode, write again, compare.
func (s *scanner) escaped(start int) (string, error) {
	end := s.at
	for end < len(s.text) && s.text[end] != '"' {
		if s.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s.text) {
		return "", errNotCanonical
	}
	var v string
	quoted := s.text[start-1 : end+1]
	if json.Unmarshal([]byte(quoted), &v) != nil || string(appendString(nil, v)) != quoted {
		return "", errNotCanonical
	}
	s.at = end + 1
	return v, nil
}
