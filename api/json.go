package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/reoptin/reoptin/internal/fault"
)

// loose is a text that some providers write as a number.
type loose string

// UnmarshalJSON takes texts and numbers; anything else says nothing.
func (l *loose) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*l = loose(s)
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*l = loose(b)
	}
	return nil
}

// number is a whole number, 0 when it is none.
func (l loose) number() int {
	n, err := strconv.Atoi(string(l))
	if err != nil {
		return 0
	}
	return n
}

// list gives the elements of an array, or the one object that stands alone.
func list(body []byte) ([]json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	if !json.Valid(body) {
		return nil, unreadable(errors.New("no JSON"))
	}
	if body[0] != '[' {
		return []json.RawMessage{body}, nil
	}
	var all []json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, unreadable(err)
	}
	return all, nil
}

// one reads a single object; null and anything else that is no object is an error. A field of another kind than it should be
// says nothing, and takes none of the others with it.
func one[T any](raw []byte) (out T, err error) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return out, errors.New("no object")
	}
	err = json.Unmarshal(raw, &out)
	if odd := (*json.UnmarshalTypeError)(nil); errors.As(err, &odd) {
		err = nil
	}
	return out, err
}

func unreadable(err error) error {
	return fault.New(fault.Invalid, "webhook.unreadable", "the report cannot be read").Because(err).At("api.Webhooks")
}
