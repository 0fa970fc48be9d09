package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// facts is what the verifier itself reads in a payload; everything else in it is only bound by the
// commitment.
type facts struct {
	rows      []tableSum  // "rows", in the order of their tables
	documents []reference // hashes under "document" and "documents", at any depth

	eventTime, decisions, entries string // as they are written; few ask what they say
}

// reference is how a payload refers to a document.
type reference struct {
	sha  string
	name string // under "documents": what it calls the document, "" where it does not
}

// readPayload reads a payload, which must be a canonical JSON object. What looks like a hash, at any depth but in "rows",
// is given to mention, and each field as it is written to field; either may be nil.
func readPayload(payload string, mention func(hash string), field func(name, value string)) (facts, error) {
	var f facts
	see := func(text string, at place) {
		if !at.under && mention == nil || !isHash(text) {
			return
		}
		if at.under {
			f.documents = append(f.documents, reference{text, at.name})
		}
		if mention != nil {
			mention(text)
		}
	}
	rows, object := "", false
	err := scan(payload, func(s *scanner) error {
		if object = s.next('{'); !object {
			return s.pass(0)
		}
		return s.members(func(key string) error {
			start, look := s.at, see
			if key == "rows" {
				look = func(string, place) {}
			}
			if err := s.skip(1, place{}.of(key), look); err != nil {
				return err
			}
			raw := s.text[start:s.at]
			if field != nil {
				field(key, raw)
			}
			switch key {
			case "event_time":
				f.eventTime = raw
			case "decisions":
				f.decisions = raw
			case "entries":
				f.entries = raw
			case "rows":
				rows = raw
			}
			return nil
		})
	})
	if err != nil {
		return facts{}, err
	}
	if !object {
		return facts{}, errors.New("not a JSON object")
	}
	f.rows, err = readRows(rows)
	return f, err
}

// answer is when an answer was given and what was decided in it.
func (f facts) answer() (at string, decisions []Decision) {
	at, _ = (&scanner{text: f.eventTime}).string() // it is canonical, or no string
	return at, readDecisions(f.decisions)
}

// erased gives the entries whose content an entry of kind "erased" says was destroyed.
func (f facts) erased(yield func(seq int64)) {
	s := scanner{text: f.entries}
	_ = s.items(func() error { // it is canonical, or no list
		digits, err := s.number()
		if err != nil {
			return s.pass(1)
		}
		if n, bad := strconv.ParseInt(digits, 10, 64); bad == nil {
			yield(n)
		}
		return nil
	})
}

// DocumentsOf returns the hashes of the documents that a payload refers to: whatever looks like a
// SHA-256 in hex under a field "document" or "documents", at any depth. A dossier must carry these.
func DocumentsOf(payload []byte) ([]string, error) {
	f, err := readPayload(string(payload), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("the payload is %w", err)
	}
	hashes := make([]string, len(f.documents))
	for i, ref := range f.documents {
		hashes[i] = ref.sha
	}
	slices.Sort(hashes)
	return slices.Compact(hashes), nil
}

// readDecisions reads decisions from a text that is known to be canonical, and keeps nothing of it but them.
func readDecisions(raw string) (out []Decision) {
	s := scanner{text: raw}
	_ = s.items(func() error { // it is canonical, or no list
		if !s.next('{') {
			return s.pass(1)
		}
		var d Decision
		into := map[string]*string{"purpose": &d.Purpose, "channel": &d.Channel, "state": &d.State}
		err := s.members(func(key string) error {
			field := into[key]
			if field == nil || !s.next('"') {
				return s.pass(2)
			}
			text, err := s.string()
			*field = strings.Clone(text)
			return err
		})
		if d != (Decision{}) {
			out = append(out, d)
		}
		return err
	})
	return out
}

// readRows reads what a payload declares of the rows that it covers, from a text that is known to be canonical.
func readRows(raw string) (sums []tableSum, err error) {
	if raw == "" || raw == "null" {
		return nil, nil
	}
	malformed := errors.New(`declaring its rows wrongly: "rows" must hold n and sha256 per table`)
	s := scanner{text: raw}
	err = s.members(func(table string) error {
		t := tableSum{table: table}
		fields := 0
		err := s.members(func(name string) (err error) {
			fields++
			if name == "n" {
				digits, _ := s.number()
				t.n, err = strconv.ParseInt(digits, 10, 64)
				return err
			}
			text, err := s.string()
			var ok bool
			if t.sha, ok = parseHash(text); !ok || name != "sha256" {
				return malformed
			}
			return err
		})
		if err != nil || fields != 2 || t.n < 1 {
			return malformed
		}
		sums = append(sums, t)
		return nil
	})
	if err != nil {
		return nil, malformed
	}
	return sums, nil
}

func namesDocument(key string) bool { return key == "document" || key == "documents" }

// isHash reports whether s is a SHA-256 in lower-case hex.
func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// parseHash reads a SHA-256 in lower-case hex.
func parseHash(s string) (h [sha256.Size]byte, ok bool) {
	var text [2 * sha256.Size]byte
	if !isHash(s) {
		return h, false
	}
	copy(text[:], s)
	_, err := hex.Decode(h[:], text[:])
	return h, err == nil
}
