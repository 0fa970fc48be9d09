package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/ledger"
)

func text(t testing.TB, b ledger.Bundle) string {
	t.Helper()
	var out bytes.Buffer
	check(t, b.Write(&out))
	return out.String()
}

func verify(t testing.TB, text, key string) ledger.Report {
	t.Helper()
	rep, err := ledger.Verify(strings.NewReader(text), key)
	check(t, err)
	return rep
}

func TestVerifyPassesAWholeDossier(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	rep := verify(t, text(t, bundle(t, m, 1, 3, 6, 7, 8, 11)), m.vkey+"\n")
	if !rep.OK {
		t.Fatal(whats(rep))
	}
	if rep.Size != 12 || rep.Root != m.head.Root.String() || rep.Key != m.vkey || len(rep.Documents) != 2 || rep.Entries["answered"] != 3 {
		t.Errorf("%+v", rep)
	}
	if diff := cmp.Diff([]int64{7}, rep.Absent); diff != "" { // entry 10, which says so, is not in it
		t.Error(diff)
	}
	want := "entry 6, 2026-03-02T09:00:00.000Z: newsletter by email: yes; newsletter by sms: no"
	if len(rep.Responses) != 2 || rep.Responses[0].String() != want {
		t.Errorf("%v", rep.Responses)
	}
	if !strings.Contains(rep.Responses[1].String(), "newsletter by email: withdrawn") {
		t.Error(rep.Responses[1])
	}
	if !strings.Contains(rep.Trust, "given by the reader") {
		t.Error(rep.Trust)
	}
	if rep = verify(t, text(t, bundle(t, m, 1, 3)), ""); !rep.OK || !strings.Contains(rep.Trust, "key inside was relied on") {
		t.Errorf("%+v", rep)
	}
}

// Where entries give documents names, none is shown under another one: what was asked in one language cannot be given out as
// what was asked in another. A document that entries give no name is taken under any.
func TestVerifyFindsDocumentsUnderAnotherName(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	fr, en, style, bare := m.document("Oui ?"), m.document("Yes?"), m.document("p{}"), m.document("as before names")
	m.append(t, "campaign.approved", map[string]any{"documents": map[string]any{"form.fr.html": fr, "form.en.html": en, "style.css": style}})
	m.append(t, "asked", map[string]any{"frozen": map[string]any{"documents": map[string]any{"page.en.html": en}}})
	m.append(t, "answered", map[string]any{"document": bare, "documents": []any{bare, map[string]any{"x": bare}}})
	m.seal(t)
	for _, tt := range []struct {
		name      string
		sha       string
		label, of string
		says      string
	}{
		{"whole", bare, "anything.fr.html", "de", ""},
		{"a second name", en, "page.en.html", "en", ""},
		{"no language in it", style, "style.css", "fr", ""},
		{"swapped", en, "form.fr.html", "fr", `no entry of the dossier calls it "form.fr.html"`},
		{"renamed", style, "other.css", "", `no entry of the dossier calls it "other.css"`},
		{"nameless", style, "", "", `no entry of the dossier calls it ""`},
		{"another language", en, "form.en.html", "fr", `"form.en.html" is not in the language "fr"`},
		{"endless", bare, strings.Repeat("x", 256), "", "its name or language is too long"},
	} {
		b := bundle(t, m, 0, 1, 2)
		for i, d := range b.Documents {
			switch {
			case d.SHA256 == tt.sha:
				b.Documents[i].Name, b.Documents[i].Language = tt.label, tt.of
			case d.SHA256 == fr:
				b.Documents[i].Name = "form.fr.html"
			case d.SHA256 == en:
				b.Documents[i].Name, b.Documents[i].Language = "form.en.html", "en"
			case d.SHA256 == style:
				b.Documents[i].Name = "style.css"
			}
		}
		if rep := verify(t, text(t, b), m.vkey); rep.OK != (tt.says == "") || !strings.Contains(whats(rep), tt.says) {
			t.Errorf("%s: %s", tt.name, whats(rep))
		}
	}
}

// A content that is not there was erased only where an entry of the dossier says so: whoever gives the file could have
// cut a no out of it.
func TestVerifyDoesNotCallWithheldContentErased(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	const erased, absent = "erased 1, as an entry of kind erased says of each", "no content 1: content not in this file: erased or withheld (entry "
	cut := func(b *ledger.Bundle, seq int64) {
		for i := range b.Entries {
			if b.Entries[i].Seq == seq {
				b.Entries[i].Salt, b.Entries[i].Payload = "", ""
			}
		}
	}
	for _, tt := range []struct {
		name           string
		seqs           []int64
		change         func(*ledger.Bundle)
		erased, absent []int64
	}{
		{"erased", []int64{1, 6, 7, 10}, func(*ledger.Bundle) {}, []int64{7}, []int64{}},
		{"erased, in another order", []int64{10, 7, 6, 1}, func(*ledger.Bundle) {}, []int64{7}, []int64{}},
		{"erased, and nothing says so", []int64{1, 6, 7}, func(*ledger.Bundle) {}, []int64{}, []int64{7}},
		{"a no that was cut out", []int64{1, 6, 9, 10}, func(b *ledger.Bundle) { cut(b, 9) }, []int64{}, []int64{9}},
		{"a no that was cut out beside one that was erased", []int64{1, 7, 9, 10}, func(b *ledger.Bundle) { cut(b, 9) }, []int64{7}, []int64{9}},
		{"what says so was cut out", []int64{1, 7, 10}, func(b *ledger.Bundle) { cut(b, 10) }, []int64{}, []int64{7, 10}},
	} {
		b := bundle(t, m, tt.seqs...)
		tt.change(&b)
		rep := verify(t, text(t, b), m.vkey)
		if diff := cmp.Diff(tt.erased, rep.Erased) + cmp.Diff(tt.absent, rep.Absent); !rep.OK || diff != "" {
			t.Errorf("%s: %s\n%s", tt.name, whats(rep), diff)
		}
		var out strings.Builder
		check(t, rep.Print(&out))
		if said := strings.Join(strings.Fields(out.String()), " "); strings.Contains(said, erased) != (len(tt.erased) == 1) || strings.Contains(said, absent) != (len(tt.absent) == 1) || strings.Contains(said, "request") {
			t.Errorf("%s:\n%s", tt.name, said)
		}
	}
}

// The size of the ledger is not that of the file, and what is not in the file may have happened all the same.
func TestVerifySaysThatADossierNeedNotHoldAll(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	const later = "A later withdrawal of the same person, for one, need not be in it."
	printed := func(rep ledger.Report) string {
		var out strings.Builder
		check(t, rep.Print(&out))
		return strings.Join(strings.Fields(out.String()), " ")
	}
	for _, tt := range []struct {
		name string
		seqs []int64
		says string
		part bool
	}{
		{"two", []int64{1, 6}, "entries 2 of 12 entries", true},
		{"all", []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, "entries 12 of 12 entries", false},
	} {
		rep := verify(t, text(t, bundle(t, m, tt.seqs...)), m.vkey)
		said := printed(rep)
		if !rep.OK || rep.Held != len(tt.seqs) || !strings.Contains(said, tt.says) || strings.Contains(said, later) != tt.part || strings.Contains(said, "reoptin proof export --contact") != tt.part {
			t.Errorf("%s: %s", tt.name, said)
		}
	}
	rep, err := ledger.VerifyFile(strings.NewReader(vectorFiles(t)["consistency.json"]), int64(len(vectorFiles(t)["consistency.json"])), m.vkey)
	check(t, err)
	if said := printed(rep); !rep.OK || !strings.Contains(said, "entries 12 root") || strings.Contains(said, later) {
		t.Error(said)
	}
}

// An entry tells of the erasure of those before it only.
func TestVerifyDoesNotBelieveThatLaterContentWasErased(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	m.append(t, ledger.KindErased, map[string]any{"entries": []any{0, 1, "1", []int{1}}})
	m.append(t, "imported", map[string]any{})
	m.payloads[1] = ledger.StoredPayload{Seq: 1}
	m.seal(t)
	for _, seqs := range [][]int64{{0, 1}, {1, 0}} {
		if rep := verify(t, text(t, bundle(t, m, seqs...)), m.vkey); !rep.OK || len(rep.Erased) > 0 || len(rep.Absent) != 1 {
			t.Errorf("%+v", rep)
		}
	}
}

// A dossier may hold what is longer than half of what a value may have, and something long after it.
func TestVerifyReadsLongDocuments(t *testing.T) {
	if often > 1 {
		t.Skip("see long_test.go")
	}
	t.Parallel()
	m := newMemory(t)
	form, mail := m.document(strings.Repeat("x", 36<<20)), m.document(strings.Repeat("y", 27<<20))
	m.append(t, "campaign.approved", map[string]any{"documents": map[string]any{"form": form, "mail": mail}})
	m.seal(t)
	if rep := verify(t, text(t, bundle(t, m, 0)), m.vkey); !rep.OK || len(rep.Documents) != 2 {
		t.Error(whats(rep))
	}
}

// Another writer may order fields, space and escape as it likes.
func TestVerifyDoesNotMindTheSpelling(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	original := text(t, bundle(t, m, 1, 3, 6))
	var tree any
	check(t, json.Unmarshal([]byte(original), &tree))
	again, err := json.Marshal(tree)
	check(t, err)
	if rep := verify(t, string(again)+"\n\n", m.vkey); !rep.OK {
		t.Error(whats(rep))
	}
}

// What is wrong with the head is said once, and not of each of a hundred thousand entries again; and whoever holds the key that is
// published today is told how a dossier from before a rotation is checked.
func TestVerifySaysOnceThatTheHeadDoesNotVerify(t *testing.T) {
	t.Parallel()
	keys, m := rotated(t)
	first := m.checkpoints[0]
	old := bundle(t, m, 0)
	old.Key, old.Checkpoint = keys[0], first.Note
	old.Entries[0].Proof = []string{}
	for _, tt := range []struct{ key, want string }{
		{keys[0], ""},
		{keys[1], "the file names another key of this ledger than the one given: if it was made before the key was replaced, check it with the key of that time, which the handovers name"},
		{"other.example/ledger+9fffaa06+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f", "the file names another key than the one given"},
	} {
		rep := verify(t, text(t, old), tt.key)
		if got := whats(rep); rep.OK != (tt.want == "") || got != tt.want || (len(rep.Entries) > 0) != rep.OK {
			t.Errorf("%s, %v", got, rep.Entries)
		}
	}
	old.Checkpoint = strings.Replace(old.Checkpoint, "\n1\n", "\n2\n", 1)
	if rep := verify(t, text(t, old), ""); rep.OK || len(rep.Faults) != 1 {
		t.Error(whats(rep))
	}
}

func TestVerifyNamesEveryChange(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	for _, tt := range []struct {
		name   string
		change func(*ledger.Bundle)
		want   string
	}{
		{"format", func(b *ledger.Bundle) { b.Format = "reoptin-proof/2" }, "the format is"},
		{"origin", func(b *ledger.Bundle) { b.Origin = "other" }, `the dossier is of "other"`},
		{"key", func(b *ledger.Bundle) { b.Key = "x" }, "the file names another key"},
		{"checkpoint", func(b *ledger.Bundle) { b.Checkpoint = strings.Replace(b.Checkpoint, "12", "13", 1) }, "checkpoint: signature does not fit"},
		{"older checkpoint", func(b *ledger.Bundle) { b.Checkpoint = m.checkpoints[1].Note }, "entry 8: the checkpoint covers only 6 entries"},
		{"made at", func(b *ledger.Bundle) { b.MadeAt = "yesterday" }, "made_at"},
		{"empty", func(b *ledger.Bundle) { b.Entries = b.Entries[:0] }, "holds no entry"},
		{"seq", func(b *ledger.Bundle) { b.Entries[1].Seq = 4 }, "entry 4: its leaf is that of entry 3"},
		{"seq negative", func(b *ledger.Bundle) { b.Entries[1].Seq = -4 }, "entry -4: its leaf is that of entry 3"},
		{"twice", func(b *ledger.Bundle) { b.Entries = append(b.Entries, b.Entries[0]) }, "entry 1: it is in the dossier twice"},
		{"kind", func(b *ledger.Bundle) { b.Entries[1].Kind = "x" }, "entry 3: its kind is not the one in its leaf"},
		{"at", func(b *ledger.Bundle) { b.Entries[1].At = b.Entries[0].At }, "entry 3: its time is not the one in its leaf"},
		{"leaf", func(b *ledger.Bundle) {
			b.Entries[1].Leaf = strings.Replace(b.Entries[1].Leaf, "asked", "acked", 1)
			b.Entries[1].Kind = "acked"
		}, "entry 3: its proof does not lead to the root"},
		{"no leaf", func(b *ledger.Bundle) { b.Entries[1].Leaf = "" }, "entry 3: the leaf is not JSON"},
		{"salt", func(b *ledger.Bundle) { b.Entries[1].Salt = b.Entries[0].Salt }, "entry 3: payload does not match its commitment"},
		{"salt malformed", func(b *ledger.Bundle) { b.Entries[1].Salt = "x" }, "entry 3: its salt is not 32 bytes"},
		{"salt lost", func(b *ledger.Bundle) { b.Entries[1].Salt = "" }, "entry 3: its salt is not 32 bytes"},
		{"payload", func(b *ledger.Bundle) { b.Entries[1].Payload += " " }, "entry 3: payload does not match its commitment"},
		{"payload lost", func(b *ledger.Bundle) { b.Entries[1].Payload = "" }, "entry 3: payload does not match its commitment"},
		{"proof", func(b *ledger.Bundle) { b.Entries[1].Proof[0] = b.Entries[0].Proof[1] }, "entry 3: its proof does not lead"},
		{"proof cut", func(b *ledger.Bundle) { b.Entries[1].Proof = b.Entries[1].Proof[1:] }, "entry 3: its proof does not lead"},
		{"proof malformed", func(b *ledger.Bundle) { b.Entries[1].Proof[0] = "x" }, "entry 3: its proof is malformed"},
		{"proof endless", func(b *ledger.Bundle) { b.Entries[1].Proof = make([]string, 65) }, "entry 2 of the list has a proof that is longer than any can be"},
		{"proof of as many as are read", func(b *ledger.Bundle) { b.Entries[1].Proof = make([]string, 64) }, "entry 3: its proof is malformed"},
		{"proof null", func(b *ledger.Bundle) { b.Entries[1].Proof = nil }, "entry 3: its proof is lacking"},
		{"document content", func(b *ledger.Bundle) { b.Documents[0].Content += " " }, "content does not match its hash"},
		{"document base64", func(b *ledger.Bundle) { b.Documents[1].Content = "%" }, "content is not base64"},
		{"document hash", func(b *ledger.Bundle) { b.Documents[0].SHA256 = "x" }, "content does not match its hash"},
		{"document lost", func(b *ledger.Bundle) { b.Documents = b.Documents[1:] }, "that it refers to is missing"},
		{"document twice", func(b *ledger.Bundle) { b.Documents = append(b.Documents, b.Documents[0]) }, "it is in the dossier twice"},
		{"document added", func(b *ledger.Bundle) {
			b.Documents = append(b.Documents, ledger.BundleDocument{SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Media: "text/plain"})
		}, "no entry of the dossier refers to it"},
	} {
		b := bundle(t, m, 1, 3, 6, 8)
		tt.change(&b)
		rep := verify(t, text(t, b), m.vkey)
		if rep.OK || !strings.Contains(whats(rep), tt.want) {
			t.Errorf("%s: faults:\n%s\nwant: %s", tt.name, whats(rep), tt.want)
		}
	}
}

func TestVerifyReadsStrictly(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	good := text(t, bundle(t, m, 1, 3))
	for _, tt := range [][3]string{
		{"{", `{"more":1,`, `the field "more" is unknown`},
		{`"format"`, `"Format"`, `the field "Format" is unknown`},
		{`"format": "reoptin-proof/1",`, ``, `the field "format" is missing`},
		{"{", `{"key":"x",`, `the field "key" comes twice`},
		{`"origin"`, `"key":"x","origin"`, `the field "key" comes twice`},
		{`"seq": 1`, `"seq": 1.0`, "entry 1 of the list has the wrong shape"},
		{`"seq": 1`, `"seq": 2, "seq": 1`, "entry 1 of the list has an unknown, missing, repeated"},
		{`"seq": 1`, `"SEQ": 1`, "entry 1 of the list has an unknown, missing"},
		{`"seq": 3`, `"more": 3, "seq": 3`, "entry 2 of the list has an unknown"},
		{`"salt": "`, `"salt": null, "x": "`, "entry 1 of the list has an unknown"},
		{`"sha256"`, `"sha265"`, "document 1 of the list has an unknown"},
		{`"origin": "`, `"origin": 1, "x": "`, `the field "origin" has the wrong shape`},
		{`"entries": [`, `"entries": null, "x": [`, `the field "entries" has the wrong shape`},
		{good, good + "{}", "something follows"},
		{good, good[:len(good)/2], "not well-formed"},
		{good, "", "not a JSON object"},
		{good, "[]", "not a JSON object"},
		{good, strings.Repeat("[", 100_000), "not a JSON object"},
		{good, `{"format":` + strings.Repeat("[", 100_000), "not well-formed"},
		{"test", "te\xffst", "not UTF-8"},
	} {
		bad := strings.Replace(good, tt[0], tt[1], 1)
		if rep := verify(t, bad, ""); rep.OK || bad == good || !strings.Contains(whats(rep), tt[2]) {
			t.Errorf("%.40s → %.40s: %s", tt[0], tt[1], whats(rep))
		}
	}
}

func TestVerifyTellsReadingFromJudging(t *testing.T) {
	t.Parallel()
	if _, err := ledger.Verify(iotest.ErrReader(io.ErrUnexpectedEOF), ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if _, err := ledger.Verify(strings.NewReader("{}"), "no key"); err == nil {
		t.Error("any text is taken for a key")
	}
}

// unproven blanks what a dossier carries as mere labels.
func unproven(t testing.TB, text []byte) ledger.Bundle {
	t.Helper()
	var b ledger.Bundle
	check(t, json.Unmarshal(text, &b))
	b.MadeAt, b.Software = "", ""
	for i := range b.Documents {
		b.Documents[i].Name, b.Documents[i].Language, b.Documents[i].Media = "", "", ""
	}
	return b
}

// No flipped bit passes unless all that is proven, and the whole report, stays as it was.
func TestVerifyFindsFlippedBits(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	good := []byte(text(t, bundle(t, m, 1, 3, 6, 7)))
	for _, key := range []string{m.vkey, ""} {
		report := verify(t, string(good), key)
		r := rand.New(rand.NewPCG(3, 4))
		for range 1000 / often {
			bad := bytes.Clone(good)
			at, bit := r.IntN(len(bad)), r.IntN(8)
			bad[at] ^= 1 << bit
			rep, err := ledger.Verify(bytes.NewReader(bad), key)
			check(t, err)
			if !rep.OK {
				continue
			}
			if diff := cmp.Diff(report, rep) + cmp.Diff(unproven(t, good), unproven(t, bad)); diff != "" {
				t.Fatalf("bit %d of byte %d passes:\n%s", bit, at, diff)
			}
		}
	}
}

func TestResponsesAreSafeToPrint(t *testing.T) {
	t.Parallel()
	r := ledger.Response{At: "\x1b[2J", Decisions: []ledger.Decision{{Purpose: "a\nb", Channel: strings.Repeat("x", 500), State: "\u202e"}}}
	if s := r.String(); strings.ContainsAny(s, "\x1b\n\u202e") || len(s) > 300 {
		t.Errorf("%q", s)
	}
}

func FuzzVerify(f *testing.F) {
	m := campaign(f)
	f.Add(text(f, bundle(f, m, 1, 3, 6, 7)))
	f.Add(text(f, bundle(f, m, 0)))
	b := bundle(f, m, 3)
	b.Checkpoint, b.Key = "x\n9223372036854775807\n\n— x AAAA\n", "x+00000000+AAAA"
	f.Add(text(f, b))
	for _, s := range []string{"", "{}", "null", `{"format":1}`, `{"entries":[null]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rep, err := ledger.Verify(strings.NewReader(text), "")
		if err != nil {
			t.Fatal(err)
		}
		if rep.OK != (len(rep.Faults) == 0) || rep.OK && len(rep.Entries) == 0 {
			t.Fatalf("%+v", rep)
		}
	})
}

func FuzzParseLeaf(f *testing.F) {
	f.Add(ledger.Leaf{Seq: 5, Kind: "asked", At: day}.Marshal())
	f.Add([]byte(`{"c":"","seq":1e3,"t":"","ts":"","v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ledger.ParseLeaf(b); err == nil && !bytes.Equal(l.Marshal(), b) {
			t.Fatalf("%q has two spellings", b)
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	m := campaign(f)
	f.Add(m.checkpoints[0].Note)
	f.Add("\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ledger.OpenCheckpoint(text, m.verifier); err == nil && c.Origin != origin {
			t.Fatalf("%q", text)
		}
	})
}
