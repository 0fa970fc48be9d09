package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// slowReader reads a dossier by encoding/json alone, as it was read before what is plain was read at once.
type slowReader struct {
	*bundleReader
	dec *json.Decoder
}

// slowVerify is Verify by a slowReader.
func slowVerify(text string) Report {
	in := newBounded(strings.NewReader(text), MaxBundle)
	r := &slowReader{&bundleReader{v: newVerification(), in: in, have: map[string]bool{}}, json.NewDecoder(in)}
	if err := r.read(); err != nil {
		v := newVerification()
		v.fault(-1, "this is not a dossier of reoptin: %v", err)
		return v.close()
	}
	r.v.finish(r.b)
	return r.v.close()
}

func (r *slowReader) read() error {
	if open, err := r.dec.Token(); err != nil || open != json.Delim('{') {
		return r.broken("it is not a JSON object")
	}
	for r.dec.More() {
		token, err := r.dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return r.broken("it is not well-formed JSON")
		}
		if err := r.named(name); err != nil {
			return err
		}
		if err := r.field(name); err != nil {
			return err
		}
	}
	if _, err := r.dec.Token(); err != nil {
		return r.broken("it is not well-formed JSON: it breaks off")
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) || r.in.err != nil {
		return r.broken("something follows the JSON object")
	}
	return r.whole()
}

func (r *slowReader) field(name string) error {
	switch name {
	case "entries":
		return slowly(r, name, "entry", r.entry)
	case "documents":
		return slowly(r, name, "document", func(d BundleDocument) error { r.v.document(d); return nil })
	}
	r.in.budget = maxValue
	var raw json.RawMessage
	if r.dec.Decode(&raw) != nil {
		return r.broken("it is not well-formed JSON")
	}
	return r.keep(name, raw)
}

func slowly[T any](r *slowReader, name, what string, yield func(T) error) error {
	r.in.budget = maxValue
	if open, err := r.dec.Token(); err != nil || open != json.Delim('[') {
		if err != nil {
			return r.broken("it is not well-formed JSON")
		}
		return fmt.Errorf("the field %q has the wrong shape", name)
	}
	for n := 0; r.dec.More(); n++ {
		var raw json.RawMessage
		r.in.budget = maxValue
		if r.dec.Decode(&raw) != nil {
			return r.broken("it is not well-formed JSON")
		}
		item, err := decodeOne[T](fmt.Sprintf("%s %d of the list", what, n+1), raw)
		if err != nil {
			return err
		}
		if err := yield(item); err != nil {
			return err
		}
	}
	if _, err := r.dec.Token(); err != nil {
		return r.broken("it is not well-formed JSON: it breaks off")
	}
	return nil
}

// oddities are dossiers, or not, that are written as no writer writes them.
var oddities = []string{
	"", " ", "{", "}", "{}", " { } ", "{}x", "{} {}", "[]", "{]", "{,}", `{"key"}`, `{"key":}`, `{"key":"",}`, `{"key" ""}`, `{"key":"" "origin":""}`, `{"key":""}}`, `{"key":""]`, `{a:""}`, "{\x00", `{"key":""` + "\x00",
	`{"entries":5}`, `{"entries":1e999}`, `{"entries":nope}`, `{"entries":{"a`, `{"entries":"a`, `{"entries":]`, `{"entries":,`, `{"entries"::`, `{"entries" []}`, `{"entries":[}`, `{"entries":[,{}]}`,
	`{"entries":[1,]}`, `{"entries":[{},]}`, `{"entries":[{} {}]}`, `{"entries":[{}`, `{"entries":[null]}`, `{"entries":[` + "\x00", `{"documents":[[]]}`, `{"format":1}`, `{"format":"x","format":"x"}`,
	`{"format":"x","\u0066ormat":"x"}`, `{"handovers":[]}`, `{"other":{"a":[1,2,{"b":null}]}}`, `null`, `"x"`, `1`,
}

// spellings are ways to write an entry or a document, each with what it replaces in one that is plain. Not all of them are
// allowed.
var spellings = [][2]string{
	{`"seq":`, `"s\u0065q":`}, {`"seq":`, `"Seq":`}, {`"seq":`, `"seq" : `}, {`"seq": 1`, `"seq": -1`}, {`"seq": 1`, `"seq": 01`}, {`"seq": 1`, `"seq": 1.0`}, {`"seq": 1`, `"seq": 1e0`}, {`"seq": 1`, `"seq": -0`}, {`"seq": 1`, `"seq": - 1`},
	{`"seq": 1`, `"seq": "1"`}, {`"seq": 1`, `"seq": null`}, {`"seq": 1`, `"seq": 1x`}, {`"seq": 1`, `"seq": 99999999999999999999`}, {`"seq": 1`, `"seq": 1, "seq": 1`}, {`"seq": 1`, `"seq": 1, "x": 1`}, {`"seq": 1,`, ``}, {`"seq": 1,`, `"seq": 1`},
	{`"kind": "`, `"kind": "\u0061`}, {`"kind": "`, `"kind": "\ud800`}, {`"kind": "`, `"kind": "\ud83d\ude00`}, {`"kind": "`, `"kind": "\u12`}, {`"kind": "`, `"kind": "\x`}, {`"kind": "`, `"kind": "\u+061`},
	{`"kind": "`, "\"kind\": \"\n"}, {`"kind": "`, `"kind": "\/\b\f\n\r\t\\\"`}, {`"kind": "`, `"kind": "` + "\u2028é"}, {`"kind"`, "\"kind\x00\""}, {`"salt": "`, `"salt": "", "salt": "`}, {`"salt": `, `"salt": "", "pepper": `},
	{`"payload": "`, `"payload": "\u007b`}, {`"payload": "{`, `"payload": "\u007B`}, {`"proof": [`, `"proof": [null,`}, {`"proof": [`, `"proof": [1,`}, {`"proof": [`, `"proof": [,`}, {`"proof": [`, `"proof": ["",`}, {`"proof": [`, `"proof": [], "proof": [`},
	{`"proof": [`, `"proof": null, "x": [`}, {`"proof": [`, `"proof": {`}, {`"language"`, `"languag\u0065"`}, {`"language": "`, `"language": "\u0000`}, {`"language": "fr"`, `"language": null`}, {`"media"`, `"Media"`}, {`"content": "`, `"content": "\u003c`},
}

// sameAsSlow holds the reader that is used against the slow one, in one piece and byte by byte.
func sameAsSlow(t *testing.T, text string) Report {
	t.Helper()
	want := slowVerify(text)
	for what, in := range map[string]io.Reader{"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)), "in halves": iotest.HalfReader(strings.NewReader(text))} {
		got, err := Verify(in, "")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%q\n%s: %v\n%s", text, what, err, diff)
		}
	}
	return want
}

func proof(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/proof.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPlainlyIsAsSlowly changes a dossier at random: both readers say the same of each.
func TestPlainlyIsAsSlowly(t *testing.T) {
	t.Parallel()
	good := proof(t)
	if rep := sameAsSlow(t, good); !rep.OK {
		t.Fatal(rep.Faults)
	}
	for _, text := range oddities {
		sameAsSlow(t, text)
	}
	accepted := 0
	for _, s := range spellings {
		text := strings.Replace(good, s[0], s[1], 1)
		if text == good {
			t.Errorf("nothing to write otherwise: %q", s[0])
		}
		if rep := sameAsSlow(t, text); !strings.Contains(fmt.Sprint(rep.Faults), "this is not a dossier") {
			accepted++
		}
	}
	if accepted < 10 || accepted > len(spellings)-10 {
		t.Errorf("%d of %d spellings are taken", accepted, len(spellings))
	}
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{`"`, `\`, `\"`, `\u00e9`, `\ud800`, `{`, `}`, `[`, `]`, `,`, `:`, ` `, "\n", `0`, `-`, `1`, `null`, `"seq":1,`, "\x01", "é"}
	for range 100 {
		at := r.IntN(len(good))
		text := good[:at] + pieces[r.IntN(len(pieces))] + good[min(len(good), at+r.IntN(3)):]
		if r.IntN(5) == 0 {
			text = good[:at]
		}
		if utf8.ValidString(text) { // how soon the end of the text is seen is not the same
			sameAsSlow(t, text)
		}
	}
}

// FuzzPlain: what is read at once is read the same by way of encoding/json.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{`{"seq":1,"kind":"k","at":"a","leaf":"{\"c\":\"\"}","salt":"s","payload":"{\u0022\\\/\b\f\n\r\t}","proof":["a","b"]}`,
		` { "proof" : [ ] , "leaf" : "" , "at" : "" , "kind" : "" , "seq" : -9223372036854775808 } x`, `{"sha256":"","name":"\u00e9","language":"","media":"\ud83d\ude00","content":""}`, `{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if utf8.Valid(text) {
			comparePlain(t, text, (*BundleEntry).readPlain)
			comparePlain(t, text, (*BundleDocument).readPlain)
		}
	})
}

func comparePlain[T any](t *testing.T, text []byte, readPlain func(*T, *plainReader) bool) {
	var got T
	r := plainReader{text: text}
	if !readPlain(&got, &r) {
		if _, err := decodeOne[T]("it", text); err == nil && !r.cut && !bytes.Contains(text, []byte(`\u`)) && !bytes.Contains(text, []byte(`null`)) {
			t.Fatalf("%q is plain", text)
		}
		return
	}
	if r.cut {
		t.Fatalf("%q ended, and was read", text)
	}
	want, err := decodeOne[T]("it", text[:r.at])
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%q: %v\n%s", text, err, diff)
	}
}

// FuzzPlainLeaf: there is nothing wrong with a leaf that is read at once, and none is left for the long way.
func FuzzPlainLeaf(f *testing.F) {
	f.Add(Leaf{Seq: 5, Kind: "asked"}.Marshal())
	f.Add([]byte(`{"c":"","seq":+1,"t":"","ts":"","v":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := plainLeaf(text)
		want, err := oddLeaf(text)
		if ok != (err == nil) || ok && got != want {
			t.Fatalf("%q: %v %v, %v %v", text, got, ok, want, err)
		}
	})
}

// FuzzBase64: one spelling for each content.
func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "AA==", "AB==", "AA=", "AA", "AA==\n", "A\nA==", "AAAA\r", "AAAA", "A-_A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := strictBase64.DecodeString(text)
		once := err == nil && strictBase64.EncodeToString(b) == text
		if got, err := base64Bytes(text); once != (err == nil) || once && !bytes.Equal(got, b) {
			t.Fatalf("%q: %q %v", text, got, err)
		}
	})
}

// TestALongDocumentThatComesInPieces is not read anew for each of them.
func TestALongDocumentThatComesInPieces(t *testing.T) {
	t.Parallel()
	text := strings.Replace(proof(t), `"content": "`, `"content": "`+strings.Repeat("x", 8<<20), 1)
	tries := 0
	s := stream{in: newBounded(iotest.HalfReader(strings.NewReader(text[strings.Index(text, `"content": "x`)+len(`"content": `):])), MaxBundle)}
	if !s.plainly(func(r *plainReader) bool { tries++; _, ok := r.string(); return ok }) || tries > 12 {
		t.Errorf("tried %d times", tries)
	}
}
