package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// appendCanonical writes the JSON value at the beginning of text canonically and gives what follows it.
// The text is what encoding/json has just written: valid, and without white space inside. It is
// rewritten as text, because reading it into a tree first costs several times as much, and this is done
// for every entry.
func appendCanonical(out, text []byte, depth int) (done, rest []byte, err error) {
	if depth > maxDepth {
		return nil, nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch text[0] {
	case '{':
		return appendMembers(out, text, depth)
	case '[':
		return appendItems(out, text, depth)
	case '"':
		n := quotedLen(text)
		if bytes.IndexByte(text[:n], '\\') < 0 {
			return append(out, text[:n]...), text[n:], nil
		}
		s, err := unquote(text[:n])
		return appendString(out, string(s)), text[n:], err
	}
	n := plainLen(text)
	if word := string(text[:n]); word != "null" && word != "true" && word != "false" && !isInteger(word) {
		return nil, nil, fmt.Errorf("the number %s is not an integer of 64 bits: write it as text", quote(word))
	}
	return append(out, text[:n]...), text[n:], nil
}

func appendItems(out, text []byte, depth int) (done, rest []byte, err error) {
	out, text = append(out, '['), text[1:]
	for text[0] != ']' {
		if out, text, err = appendCanonical(out, text, depth+1); err != nil {
			return nil, nil, err
		}
		if text[0] == ',' {
			out, text = append(out, ','), text[1:]
		}
	}
	return append(out, ']'), text[1:], nil
}

// member is one field of an object: its name, and its value as it was written.
type member struct {
	name  []byte
	value []byte
}

func appendMembers(out, text []byte, depth int) (done, rest []byte, err error) {
	members := make([]member, 0, 16)
	for text = text[1:]; text[0] != '}'; {
		n := quotedLen(text)
		name, err := unquote(text[:n])
		if err != nil {
			return nil, nil, err
		}
		text = text[n+1:] // past the colon
		n = valueLen(text)
		members = append(members, member{name, text[:n]})
		if text = text[n:]; text[0] == ',' {
			text = text[1:]
		}
	}
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare(a.name, b.name) })
	out = append(out, '{')
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(members[i+1].name, m.name) {
			continue // of repeated keys the last stands
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(appendString(out, string(m.name)), ':')
		if out, _, err = appendCanonical(out, m.value, depth+1); err != nil {
			return nil, nil, err
		}
	}
	return append(out, '}'), text[1:], nil
}

func unquote(text []byte) ([]byte, error) {
	if bytes.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1], nil
	}
	var s string
	err := json.Unmarshal(text, &s)
	return []byte(s), err
}

// quotedLen is the length of the string at the beginning of text.
func quotedLen(text []byte) int {
	if n := bytes.IndexByte(text[1:], '"'); n >= 0 && bytes.IndexByte(text[1:1+n], '\\') < 0 {
		return n + 2
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// plainLen is the length of the number or word at the beginning of text.
func plainLen(text []byte) int {
	if n := bytes.IndexAny(text, ",]}\n"); n >= 0 {
		return n
	}
	return len(text)
}

// valueLen is the length of the value at the beginning of text.
func valueLen(text []byte) int {
	switch text[0] {
	case '"':
		return quotedLen(text)
	case '{', '[':
	default:
		return plainLen(text)
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += quotedLen(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
