package ledger

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// facts is what the verifier itself reads in a payload; everything else in it is only bound by the
// commitment.
type facts struct {
	eventTime string            // "event_time"
	decisions []Decision        // "decisions"
	rows      map[string]RowSum // "rows"
	erased    []int64           // "entries", of an entry of kind "erased"
	documents []string          // hashes under "document" and "documents", at any depth
	hashes    []string          // everything that looks like a hash, at any depth
}

// readPayload reads a payload, which must be a canonical JSON object.
func readPayload(payload []byte) (facts, error) {
	var f facts
	tree, err := parseCanonical(payload)
	if err != nil {
		return f, err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return f, errors.New("not a JSON object")
	}
	f.eventTime, _ = object["event_time"].(string)
	f.decisions = readDecisions(object["decisions"])
	f.erased = readNumbers(object["entries"])
	for key, item := range object {
		if key != "rows" {
			f.collect(item, namesDocument(key))
		}
	}
	f.rows, err = readRows(object["rows"])
	return f, err
}

// DocumentsOf returns the hashes of the documents that a payload refers to: whatever looks like a
// SHA-256 in hex under a field "document" or "documents", at any depth. A dossier must carry these.
func DocumentsOf(payload []byte) ([]string, error) {
	f, err := readPayload(payload)
	if err != nil {
		return nil, fmt.Errorf("the payload is %w", err)
	}
	slices.Sort(f.documents)
	return slices.Compact(f.documents), nil
}

func readDecisions(v any) []Decision {
	list, _ := v.([]any)
	var out []Decision
	for _, item := range list {
		m, _ := item.(map[string]any)
		var d Decision
		d.Purpose, _ = m["purpose"].(string)
		d.Channel, _ = m["channel"].(string)
		d.State, _ = m["state"].(string)
		if d != (Decision{}) {
			out = append(out, d)
		}
	}
	return out
}

func readNumbers(v any) []int64 {
	list, _ := v.([]any)
	var out []int64
	for _, item := range list {
		n, ok := item.(json.Number)
		if !ok {
			continue
		}
		if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
			out = append(out, i)
		}
	}
	return out
}

func readRows(v any) (map[string]RowSum, error) {
	if v == nil {
		return nil, nil
	}
	malformed := errors.New(`declaring its rows wrongly: "rows" must hold n and sha256 per table`)
	object, ok := v.(map[string]any)
	if !ok {
		return nil, malformed
	}
	rows := make(map[string]RowSum, len(object))
	for table, item := range object {
		m, _ := item.(map[string]any)
		n, _ := m["n"].(json.Number)
		sum, _ := m["sha256"].(string)
		count, err := strconv.ParseInt(string(n), 10, 64)
		if err != nil || count < 1 || !isHash(sum) || len(m) != 2 {
			return nil, malformed
		}
		rows[table] = RowSum{N: count, SHA256: sum}
	}
	return rows, nil
}

// collect gathers the hashes in a payload; under says that a "document" or "documents" is above.
func (f *facts) collect(v any, under bool) {
	switch v := v.(type) {
	case string:
		if !isHash(v) {
			return
		}
		f.hashes = append(f.hashes, v)
		if under {
			f.documents = append(f.documents, v)
		}
	case []any:
		for _, item := range v {
			f.collect(item, under)
		}
	case map[string]any:
		for key, item := range v {
			f.collect(item, under || namesDocument(key))
		}
	}
}

func namesDocument(key string) bool { return key == "document" || key == "documents" }

// isHash reports whether s is a SHA-256 in lower-case hex.
func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	var b [32]byte
	_, err := hex.Decode(b[:], []byte(s))
	return err == nil && hex.EncodeToString(b[:]) == s
}
