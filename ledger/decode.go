package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// bundleReader reads a dossier strictly and piece by piece: one JSON object with exactly the known fields, each
// once and spelled as documented. White space, the order of fields and the choice of escapes are free. Entries that
// follow what they are proven against are judged one by one and forgotten; entries before it have to be kept.
type bundleReader struct {
	v       *verification
	key     string
	in      *bounded
	text    stream // of in
	b       Bundle // without its lists
	have    map[string]bool
	early   []BundleEntry
	kept    int // bytes of memory that they take, about
	started bool
}

// needed are the fields that entries are proven against.
var (
	needed   = []string{"format", "origin", "key", "checkpoint"}
	required = append(slices.Clone(needed), "entries", "documents", "made_at", "software")
	allowed  = append(slices.Clone(required), "handovers")
)

// errUnread is an error of the source, not of what it holds.
type errUnread struct{ error }

func (r *bundleReader) read() error {
	if !r.text.take('{') {
		return r.broken("it is not a JSON object")
	}
	for n := 0; !r.text.closes(); n++ {
		var name string
		if n > 0 && !r.text.take(',') || r.text.next() != '"' || r.text.decode(&name) != nil {
			return r.broken("it is not well-formed JSON")
		}
		if err := r.named(name); err != nil {
			return err
		}
		if err := r.field(name); err != nil {
			return err
		}
		r.text.value()
	}
	if !r.text.take('}') {
		return r.broken("it is not well-formed JSON: it breaks off")
	}
	if r.text.next(); !r.text.ended() || r.in.err != nil {
		return r.broken("something follows the JSON object")
	}
	return r.whole()
}

// named takes note of the name of a field. What is read ends with the first that is none: their number has no bound.
func (r *bundleReader) named(name string) error {
	switch {
	case !slices.Contains(allowed, name):
		return fmt.Errorf("the field %s is unknown", quote(name))
	case r.have[name]:
		return fmt.Errorf("the field %s comes twice", quote(name))
	}
	r.have[name] = true
	return nil
}

// whole judges what was read when all of it was.
func (r *bundleReader) whole() error {
	for _, name := range required {
		if !r.have[name] {
			return fmt.Errorf("the field %q is missing", name)
		}
	}
	r.start()
	for _, e := range r.early {
		r.v.entry(e)
	}
	return nil
}

// broken says what is wrong with the text, unless it could not be read or may not be read any further.
func (r *bundleReader) broken(what string) error {
	if r.in.err != nil {
		return r.in.err
	}
	return errors.New(what)
}

func (r *bundleReader) field(name string) error {
	if !r.text.take(':') {
		return r.broken("it is not well-formed JSON")
	}
	switch name {
	case "entries":
		return eachOf(r, name, "entry", (*BundleEntry).readPlain, r.entry)
	case "documents":
		return eachOf(r, name, "document", (*BundleDocument).readPlain, func(d BundleDocument) error { r.v.document(d); return nil })
	}
	var raw json.RawMessage
	if r.text.decode(&raw) != nil {
		return r.broken("it is not well-formed JSON")
	}
	return r.keep(name, raw)
}

// keep takes the value of a field that is no list of entries or documents.
func (r *bundleReader) keep(name string, raw json.RawMessage) error {
	into := map[string]any{
		"format": &r.b.Format, "origin": &r.b.Origin, "key": &r.b.Key, "checkpoint": &r.b.Checkpoint,
		"handovers": &r.b.Handovers, "made_at": &r.b.MadeAt, "software": &r.b.Software,
	}[name]
	switch {
	case string(raw) == "null" || json.Unmarshal(raw, into) != nil:
		return fmt.Errorf("the field %q has the wrong shape", name)
	case hasHalf(raw):
		return fmt.Errorf("the field %q has half of a character", name)
	case name == "handovers" && (r.started || len(r.b.Handovers) == 0):
		return errors.New(`the field "handovers" is empty or comes after the entries`)
	}
	return nil
}

// entry judges an entry, or keeps it until it can be judged.
func (r *bundleReader) entry(e BundleEntry) error {
	if r.start() {
		r.v.entry(e)
		return nil
	}
	r.early = append(r.early, e)
	if r.kept += e.memory(); r.kept > maxEarly {
		return errors.New("its entries come before its checkpoint, and there are too many of them for that")
	}
	return nil
}

// memory is how many bytes it takes to keep an entry, about: what its strings hold, and they themselves.
func (e *BundleEntry) memory() int {
	n := 128 + len(e.Kind) + len(e.At) + len(e.Leaf) + len(e.Salt) + len(e.Payload)
	for _, hash := range e.Proof {
		n += 32 + len(hash)
	}
	return n
}

// start judges what entries are proven against, once all of it is known.
func (r *bundleReader) start() bool {
	for _, name := range needed {
		if !r.have[name] {
			return false
		}
	}
	if !r.started {
		r.started = true
		r.v.begin(r.b, r.key)
	}
	return true
}

// eachOf reads a list item by item: as it is written plainly, or else in any way that is allowed.
func eachOf[T any](r *bundleReader, name, what string, readPlain func(*T, *plainReader) bool, yield func(T) error) error {
	if !r.text.take('[') {
		if r.text.token() != nil {
			return r.broken("it is not well-formed JSON")
		}
		return fmt.Errorf("the field %q has the wrong shape", name)
	}
	for n := 1; !r.text.closes(); n++ {
		if n > 1 && !r.text.take(',') {
			return r.broken("it is not well-formed JSON")
		}
		item := new(T)
		if !r.text.plainly(func(p *plainReader) bool { *item = *new(T); return readPlain(item, p) }) {
			var raw json.RawMessage
			if r.text.decode(&raw) != nil {
				return r.broken("it is not well-formed JSON")
			}
			odd, err := decodeOne[T](fmt.Sprintf("%s %d of the list", what, n), raw)
			if err != nil {
				return err
			}
			item = &odd
		}
		r.text.value()
		if err := yield(*item); err != nil {
			return err
		}
	}
	if !r.text.take(']') {
		return r.broken("it is not well-formed JSON: it breaks off")
	}
	return nil
}

// splitObject splits a JSON object into its fields, because encoding/json would take repeated keys and keys in other case.
// It ends with the first that is none of the names: their number has no bound. Of what is no object it gives none.
func splitObject(text []byte, names []string) (fields map[string]json.RawMessage, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, true
	}
	fields = map[string]json.RawMessage{}
	for dec.More() {
		token, err := dec.Token()
		name, _ := token.(string)
		var raw json.RawMessage
		if err != nil || fields[name] != nil || !slices.Contains(names, name) || dec.Decode(&raw) != nil {
			return nil, false
		}
		fields[name] = raw
	}
	return fields, true
}

// decodeOne decodes an object strictly: what was read, written again, must be what was given. That finds missing and misspelt
// fields in one stroke, but makes something of all that is there: what may be there without end is looked for before.
func decodeOne[T any](what string, raw json.RawMessage) (item T, err error) {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	unlike := fmt.Errorf("%s has an unknown, missing, repeated or misspelt field", what)
	fields, ok := splitObject(raw, names)
	switch {
	case !ok:
		return item, unlike
	case isLonger(fields["proof"], maxProof):
		return item, fmt.Errorf("%s has a proof that is longer than any can be", what)
	case json.Unmarshal(raw, &item) != nil:
		return item, fmt.Errorf("%s has the wrong shape", what)
	case hasHalf(raw):
		return item, fmt.Errorf("%s has half of a character", what)
	}
	again, err := Canonical(item)
	if err != nil {
		return item, fmt.Errorf("%s: %w", what, err)
	}
	given, err := canonicalJSON(raw)
	if err != nil || !bytes.Equal(again, given) {
		return item, unlike
	}
	return item, nil
}

// isLonger reports whether a list of strings has more than so many.
func isLonger(list []byte, most int) bool {
	dec := json.NewDecoder(bytes.NewReader(list))
	for range 1 + most { // the bracket, too
		if _, err := dec.Token(); err != nil {
			return false
		}
	}
	return dec.More()
}

// hasHalf reports whether JSON has an escape that is half of a character, without the other half: encoding/json reads U+FFFD
// there, others something else or nothing.
func hasHalf(text []byte) bool {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 {
			return false
		}
		text = text[at:]
		first := escapeOf(text)
		switch {
		case !utf16.IsSurrogate(first):
			text = text[2:]
		case utf16.DecodeRune(first, escapeOf(text[6:])) == utf8.RuneError:
			return true
		default:
			text = text[12:]
		}
	}
}

// escapeOf is what the escape at the beginning of text stands for, if it is one of four digits, else 0.
func escapeOf(text []byte) rune {
	if !bytes.HasPrefix(text, []byte(`\u`)) {
		return 0
	}
	n, _ := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n)
}
