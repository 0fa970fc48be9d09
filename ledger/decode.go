package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// parseBundle reads a dossier strictly: one JSON object with exactly the known fields, each once and
// spelled as documented. White space, the order of fields and the choice of escapes are free.
func parseBundle(text []byte) (Bundle, error) {
	var b Bundle
	if !utf8.Valid(text) {
		return b, errors.New("it is not UTF-8 text")
	}
	fields, err := splitObject(text)
	if err != nil {
		return b, err
	}
	var entries, documents []json.RawMessage
	targets := []struct {
		name string
		into any
	}{
		{"format", &b.Format}, {"origin", &b.Origin}, {"key", &b.Key}, {"checkpoint", &b.Checkpoint},
		{"entries", &entries}, {"documents", &documents}, {"made_at", &b.MadeAt}, {"software", &b.Software},
	}
	for _, t := range targets {
		raw, ok := fields[t.name]
		if !ok {
			return b, fmt.Errorf("the field %q is missing", t.name)
		}
		if string(raw) == "null" || json.Unmarshal(raw, t.into) != nil {
			return b, fmt.Errorf("the field %q has the wrong shape", t.name)
		}
		delete(fields, t.name)
	}
	for name := range fields {
		return b, fmt.Errorf("the field %s is unknown", quote(name))
	}
	if b.Entries, err = decodeEach[BundleEntry]("entry", entries); err != nil {
		return b, err
	}
	b.Documents, err = decodeEach[BundleDocument]("document", documents)
	return b, err
}

// splitObject splits a JSON object into its fields, because encoding/json would take repeated keys
// and keys in other case.
func splitObject(text []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	fields := map[string]json.RawMessage{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		var raw json.RawMessage
		if err != nil || !ok || dec.Decode(&raw) != nil {
			return nil, errors.New("it is not well-formed JSON")
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("the field %s comes twice", quote(name))
		}
		fields[name] = raw
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("it is not well-formed JSON: it breaks off")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return fields, nil
}

// decodeEach decodes a list strictly: what was read, written again, must be what was given. That
// finds repeated, unknown, missing and misspelt fields in one stroke.
func decodeEach[T any](what string, raws []json.RawMessage) ([]T, error) {
	list := make([]T, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal(raw, &list[i]); err != nil {
			return nil, fmt.Errorf("%s %d of the list has the wrong shape", what, i+1)
		}
		again, err := Canonical(list[i])
		if err != nil {
			return nil, fmt.Errorf("%s %d of the list: %w", what, i+1, err)
		}
		given, err := canonicalJSON(raw)
		if err != nil || !bytes.Equal(again, given) || hasRepeatedKey(raw) {
			return nil, fmt.Errorf("%s %d of the list has an unknown, missing, repeated or misspelt field", what, i+1)
		}
	}
	return list, nil
}

// hasRepeatedKey looks at the top level of an object only: the objects of a dossier's lists hold
// no objects.
func hasRepeatedKey(raw []byte) bool {
	_, err := splitObject(raw)
	return err != nil
}
