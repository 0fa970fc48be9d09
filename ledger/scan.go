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
func parseCanonical(text []byte) (any, error) {
	s := scanner{text: string(text)}
	if !utf8.ValidString(s.text) {
		return nil, errNotJSON
	}
	v, err := s.value(0)
	if err == nil && s.at != len(s.text) {
		err = errNotCanonical
	}
	if err != nil && !json.Valid(text) {
		err = errNotJSON
	}
	return v, err
}

// scanner is a place in canonical JSON.
type scanner struct {
	text string
	at   int
}

// take moves past c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

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
		return s.number()
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
	s.at++
	object := map[string]any{}
	if s.take('}') {
		return object, nil
	}
	for last := ""; ; {
		key, err := s.string()
		if err != nil || len(object) > 0 && key <= last || !s.take(':') {
			return nil, errNotCanonical
		}
		if object[key], err = s.value(depth + 1); err != nil {
			return nil, err
		}
		last = key
		if s.take('}') {
			return object, nil
		}
		if !s.take(',') {
			return nil, errNotCanonical
		}
	}
}

func (s *scanner) array(depth int) (any, error) {
	s.at++
	list := []any{}
	if s.take(']') {
		return list, nil
	}
	for {
		v, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if s.take(']') {
			return list, nil
		}
		if !s.take(',') {
			return nil, errNotCanonical
		}
	}
}

func (s *scanner) number() (any, error) {
	start := s.at
	s.take('-')
	first := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	digits := s.text[first:s.at]
	if digits == "" || digits[0] == '0' && (len(digits) > 1 || first > start) {
		return nil, errNotCanonical
	}
	return json.Number(s.text[start:s.at]), nil
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
