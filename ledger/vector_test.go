package ledger_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/ledger"
)

var update = flag.Bool("update", false, "write ledger/testdata anew")

// vectors are what docs/ledger.md says in numbers, for whoever writes another verifier.
type vectors struct {
	Canonical   []canonicalVector   `json:"canonical"`
	Leaf        []leafVector        `json:"leaf"`
	Tree        []treeVector        `json:"tree"` // of leaves "leaf 0", "leaf 1" …
	Inclusion   []inclusionVector   `json:"inclusion"`
	Consistency []consistencyVector `json:"consistency"`
	Digest      []digestVector      `json:"digest"`
	Checkpoint  []checkpointVector  `json:"checkpoint"`
	File        []fileVector        `json:"file"`
	Whole       []wholeVector       `json:"whole"`
}

type canonicalVector struct {
	Text string `json:"text"`
	OK   bool   `json:"ok"`
}

type leafVector struct {
	Salt    string `json:"salt"`
	Payload string `json:"payload"`
	Leaf    string `json:"leaf"`
	Hash    string `json:"hash"`
}

type treeVector struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

type inclusionVector struct {
	Size  int64    `json:"size"`
	Seq   int64    `json:"seq"`
	Proof []string `json:"proof"`
}

type consistencyVector struct {
	Size  int64    `json:"size"`
	Older int64    `json:"older"`
	Proof []string `json:"proof"`
}

type digestVector struct {
	Table string     `json:"table"`
	Rows  [][][3]any `json:"rows"` // name, type, value; bytes are base64
	Sum   string     `json:"sha256"`
}

type checkpointVector struct {
	Key  string `json:"key"`
	Note string `json:"note"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"`
}

// fileVector is a file of testdata in which a text is replaced once: with both empty it is the file as it is.
type fileVector struct {
	File string `json:"file"`
	Key  string `json:"key"`
	Old  string `json:"old"`
	New  string `json:"new"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"` // a part of what this program says
}

func (v fileVector) text(t testing.TB, files map[string]string) string {
	t.Helper()
	good := files[v.File]
	bad := strings.Replace(good, v.Old, v.New, 1)
	if (v.Old != "") == (bad == good) {
		t.Fatalf("%s does not hold %q", v.File, v.Old)
	}
	return bad
}

// TestVectors holds what is in testdata against this program, in both directions.
func TestVectors(t *testing.T) {
	t.Parallel()
	files, made := vectorFiles(t), vectors{}
	keys := vectorKeys(t)
	fill(t, &made)
	made.File, made.Whole = fileVectors(keys), wholeVectors(t)
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	check(t, enc.Encode(made))
	files["vectors.json"] = text.String()
	for name, text := range files {
		path := filepath.Join("testdata", name)
		if *update {
			check(t, os.WriteFile(path, []byte(text), 0o644))
		}
		have, err := os.ReadFile(path)
		check(t, err)
		if diff := cmp.Diff(text, string(have)); diff != "" {
			t.Errorf("%s is not what this program makes; see -update\n%s", name, diff)
		}
	}
	for _, v := range made.File {
		bad := v.text(t, files)
		rep, err := ledger.VerifyFile(strings.NewReader(bad), int64(len(bad)), v.Key)
		check(t, err)
		if rep.OK != v.OK || !strings.Contains(whats(rep), v.Why) {
			t.Errorf("%s, %q → %q: %v\n%s", v.File, v.Old, v.New, rep.OK, whats(rep))
		}
	}
	for _, v := range made.Whole {
		bad := append([]byte(v.Text), v.Zip...)
		rep, err := ledger.VerifyFile(bytes.NewReader(bad), int64(len(bad)), v.Key)
		check(t, err)
		if rep.OK != v.OK || rep.OK != (v.Why == "") || !strings.Contains(whats(rep), v.Why) {
			t.Errorf("%s: %v\n%s", v.What, rep.OK, whats(rep))
		}
	}
	for _, v := range made.Checkpoint {
		k, err := ledger.NewVerifier(v.Key)
		check(t, err)
		if _, err := ledger.OpenCheckpoint(v.Note, k); (err == nil) != v.OK {
			t.Errorf("%s: %v", v.Why, err)
		}
	}
}

// TestVectorsInAnotherLanguage runs a program that was written from docs/ledger.md, with nothing of this one in it.
func TestVectorsInAnotherLanguage(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is missing: install it (on Debian: apt-get install python3)")
		}
		t.Skip("python3 is not installed")
	}
	out, err := exec.CommandContext(t.Context(), python, "-I", "testdata/verify.py", "vectors", "testdata/vectors.json").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all as they should be") {
		t.Errorf("%v\n%s", err, out)
	}
}

// vectorKeys are the keys that a reader brings: of the plain ledger, the first and the last of the one with three.
func vectorKeys(t testing.TB) []string {
	keys, _ := rotated(t)
	return append([]string{campaign(t).vkey}, keys...)
}

// rotated is a ledger whose key was replaced twice.
func rotated(t testing.TB) (keys []string, m *memory) {
	t.Helper()
	m = newMemory(t)
	m.rand = rand.NewChaCha8([32]byte{2})
	m.newKey(t)
	form := m.document("form")
	var handovers []string
	for i := range 3 {
		m.append(t, "answered", answer(form, i))
		if i > 0 {
			old, oldKey := m.signer, m.vkey
			m.newKey(t)
			text, err := ledger.SignHandover(old, m.signer, oldKey, m.vkey)
			check(t, err)
			handovers = append(handovers, text)
		}
		keys = append(keys, m.vkey)
		m.seal(t)
	}
	m.handovers = handovers
	return keys, m
}

func vectorFiles(t testing.TB) map[string]string {
	t.Helper()
	m := campaign(t)
	_, r := rotated(t)
	b := bundle(t, r, 0, 2)
	b.Handovers = r.handovers
	proof, err := ledger.ProveConsistency(12, 6, m.readHashes)
	check(t, err)
	c, err := json.MarshalIndent(ledger.NewConsistency(origin, m.vkey, nil, m.checkpoints[1].Note, m.checkpoints[2].Note, proof), "", "  ")
	check(t, err)
	return map[string]string{"proof.json": text(t, bundle(t, m, 1, 6, 7)), "rotated.json": text(t, b), "consistency.json": string(c) + "\n"}
}

func fill(t testing.TB, v *vectors) {
	t.Helper()
	for text, ok := range map[string]bool{
		`{}`: true, `{"a":1,"b":[true,false,null,-7,"é/<\u0001\n"]}`: true, `{"é":1}`: true, `{"a":9223372036854775807}`: true,
		`{"a": 1}`: false, `{"b":1,"a":2}`: false, `{"a":1,"a":2}`: false, `{"a":1.0}`: false, `{"a":1e3}`: false, `{"a":-0}`: false, `{"a":01}`: false,
		`{"a":-9223372036854775808}`: true, `{"a":18446744073709551615}`: true, `{"a":-9223372036854775809}`: false, `{"a":18446744073709551616}`: false,
		nested(64): true, nested(65): false, `{"a":"\u0041"}`: false, `{"a":"\/"}`: false, `{"a":"\u000A"}`: false, `{"a":1,}`: false, `{"a":1}x`: false, ``: false,
	} {
		v.Canonical = append(v.Canonical, canonicalVector{text, ok})
	}
	slices.SortFunc(v.Canonical, func(a, b canonicalVector) int { return strings.Compare(a.Text, b.Text) })
	m := campaign(t)
	for i, e := range m.entries[:3] {
		l := ledger.Leaf{Seq: e.Seq, Kind: e.Kind, At: e.At, Commitment: [32]byte(e.Commitment)}
		v.Leaf = append(v.Leaf, leafVector{base64.StdEncoding.EncodeToString(m.payloads[i].Salt), string(m.payloads[i].Payload), string(l.Marshal()), ledger.LeafHash(l.Marshal()).String()})
	}
	var nodes []ledger.Hash
	read := func(indexes []int64) ([]ledger.Hash, error) {
		out := make([]ledger.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = nodes[x]
		}
		return out, nil
	}
	for n := range int64(66) {
		root, err := ledger.TreeHash(n, read)
		check(t, err)
		v.Tree = append(v.Tree, treeVector{n, root.String()})
		hashes, err := ledger.StoredHashes(n, fmt.Appendf(nil, "leaf %d", n), read)
		check(t, err)
		nodes = append(nodes, hashes...)
	}
	for _, at := range [][2]int64{{1, 0}, {2, 1}, {3, 2}, {7, 0}, {7, 6}, {8, 3}, {33, 32}, {64, 17}, {65, 64}} {
		proof, err := ledger.ProveInclusion(at[0], at[1], read)
		check(t, err)
		v.Inclusion = append(v.Inclusion, inclusionVector{at[0], at[1], texts(proof)})
	}
	for _, at := range [][2]int64{{1, 1}, {2, 1}, {7, 3}, {8, 4}, {8, 7}, {33, 32}, {65, 64}, {65, 33}} {
		proof, err := ledger.ProveConsistency(at[0], at[1], read)
		check(t, err)
		v.Consistency = append(v.Consistency, consistencyVector{at[0], at[1], texts(proof)})
	}
	v.Digest = []digestVector{
		{"response", [][][3]any{{{"id", "i", 1}, {"kind", "s", "form"}, {"key", "b", "AQ=="}, {"nonce", "n", nil}}}, "d06be62d88e0d64167f48e9463db211e06ff45d3a546c25852f3c8c038102afa"},
		{"decision", [][][3]any{{{"n", "i", -1}}, {{"n", "i", 0}}, {{"n", "s", ""}}}, ""},
	}
	for i := range v.Digest {
		v.Digest[i].Sum = digested(t, v.Digest[i])
	}
	note := m.checkpoints[2].Note
	for _, c := range []struct{ old, new, why string }{
		{"", "", ""}, {"\n12\n", "\n012\n", "a leading zero"}, {"\n12\n", "\n13\n", "another size"}, {"\n12\n", "\n12\nmore\n", "a further line"},
		{"\n\n— ", "\n— ", "no blank line"}, {"— consent", "- consent", "another dash"},
	} {
		v.Checkpoint = append(v.Checkpoint, checkpointVector{m.vkey, strings.Replace(note, c.old, c.new, 1), c.why == "", c.why})
	}
	last := note[strings.LastIndex(strings.TrimSuffix(note, "\n"), "\n")+1:]
	v.Checkpoint = append(v.Checkpoint, checkpointVector{m.vkey, note + last, false, "the same signature twice"},
		checkpointVector{m.vkey, note + "— witness.example AAAAAAAAAAAAAA==\n", true, ""})
}

func digested(t testing.TB, v digestVector) string {
	t.Helper()
	d := ledger.NewDigest()
	for _, row := range v.Rows {
		var cols []ledger.Column
		for _, c := range row {
			value := c[2]
			switch c[1] {
			case "i":
				value = int64(c[2].(int))
			case "b":
				raw, err := base64.StdEncoding.DecodeString(c[2].(string))
				check(t, err)
				value = raw
			}
			cols = append(cols, ledger.Column{Name: c[0].(string), Value: value})
		}
		check(t, d.Add(v.Table, cols))
	}
	return d.Sum()[v.Table].SHA256
}

// fileVectors are files that verify, and what must not pass of them.
func fileVectors(keys []string) (out []fileVector) {
	for i, key := range []string{"", keys[0]} {
		out = append(out, fileVector{File: "proof.json", Key: key, OK: true})
		for _, m := range tamperings[i:] {
			out = append(out, fileVector{File: "proof.json", Key: key, Old: m[0], New: m[1], Why: m[2]})
		}
	}
	out = append(out, fileVector{File: "proof.json", Key: keys[1], Why: "another key of this ledger"},
		fileVector{File: "rotated.json", OK: true}, fileVector{File: "rotated.json", Key: keys[0], Why: "another key"})
	for _, key := range keys[1:] {
		out = append(out, fileVector{File: "rotated.json", Key: key, OK: true},
			fileVector{File: "rotated.json", Key: key, Old: "key handover 1", New: "key handover 2", Why: "handover 1"},
			fileVector{File: "rotated.json", Key: key, Old: `"handovers": [`, New: `"handovers": [], "x": [`, Why: "handovers"})
	}
	out = append(out, fileVector{File: "rotated.json", Old: `"seq": 0`, New: `"seq": -0`, Why: "misspelt"},
		fileVector{File: "proof.json", Old: `"software": "`, New: `"software": "\ud83d\ude00`, OK: true},
		fileVector{File: "proof.json", Old: `"language": "fr"`, New: `"language": "\ud83d\ude00"`, OK: true},
		fileVector{File: "proof.json", Old: `reoptin-proof/1",`, New: `reoptin-proof\u002f1",`, OK: true},
		fileVector{File: "consistency.json", Old: `reoptin-consistency/1`, New: `reoptin-consistency\u002f1`, OK: true},
		fileVector{File: "consistency.json", Old: "{", New: "{" + strings.Repeat(" ", 600), OK: true},
		fileVector{File: "consistency.json", Old: `"origin": "`, New: `"origin": "\ud83d`, Why: "half of a character"})
	for _, key := range []string{"", keys[0]} {
		out = append(out, fileVector{File: "consistency.json", Key: key, OK: true},
			fileVector{File: "consistency.json", Key: key, Old: "/ledger\\n6\\n", New: "/ledger\\n7\\n", Why: "older checkpoint: signature does not fit"},
			fileVector{File: "consistency.json", Key: key, Old: `"proof": [`, New: `"proof": [], "x": [`, Why: "unknown"})
	}
	return out
}

// tamperings change one thing of proof.json; the first needs a key that the reader brings.
var tamperings = [][3]string{
	{"granted", "refused", "payload does not match its commitment"},
	{`"kind": "answered"`, `"kind": "objected"`, "kind is not the one in its leaf"},
	{`\"t\":\"answered\"`, `\"t\":\"objected\"`, "proof does not lead to the root"},
	{`"at": "2026-03-02T09:00:09.000Z"`, `"at": "2026-03-02T09:00:09.001Z"`, "time is not the one in its leaf"},
	{`"seq": 6`, `"seq": 5`, "its leaf is that of entry 6"},
	{`"seq": 6,`, `"seq": 6, "seq": 6,`, "repeated"},
	{`"seq": 6`, `"seq": 6.0`, "wrong shape"},
	{`"seq": 6`, `"more": 1, "seq": 6`, "unknown"},
	{`\n12\n`, `\n13\n`, "signature does not fit"},
	{`"origin": "consent`, `"origin": "dissent`, "the dossier is of"},
	{`"format": "reoptin-proof/1"`, `"format": "reoptin-proof/2"`, "the format is"},
	{`"made_at": "2`, `"made_at": "x`, "made_at"},
	{`"made_at": "2026-03-02T`, `"made_at": "2026-02-31T`, "made_at"},
	{`"made_at": "2026`, `"made_at": "٢٠٢٦`, "made_at"},
	{"<h1>Votre choix", "<h1>Notre choix", "content does not match its hash"},
	{`"name": "form"`, `"name": "mail"`, "no entry of the dossier calls it"},
	{`"documents": [`, `"documents": [], "x": [`, "unknown"},
	{`"documents": [`, `"documents": null, "x": [`, "wrong shape"},
	{`"entries": [`, `"entries": [], "x": [`, "unknown"},
	{"{", `{"key":"x",`, "comes twice"},
	{"{", "[{", "not a JSON object"},
	{`"software": "`, `"software": "\ud83d`, "half of a character"},
	{`"language": "fr"`, `"language": "\ude00\ud83d"`, "half of a character"},
	{`"language": "fr"`, `"language": "\ud83d\\ude00"`, "half of a character"},
	{`"media": "text/html`, `"media": "image/html`, "content is not base64"},
	{`"salt": "k`, `"salt": "l`, "payload does not match its commitment"},
	{`"proof": [
        "9tRS`, `"proof": [
        "9tRT`, "proof does not lead to the root"},
	{`"proof": [
        "9tRS6fOglpCVt+cnn27d3HDK7dfZsDUg6wo5jXlEDkI=",`, `"proof": [`, "proof does not lead to the root"},
	{`"key": "consent.lumen.example/ledger+779d73d3+`, `"key": "consent.lumen.example/ledger+779d73d4+`, "key"},
}

// nested is a value below so many objects and lists.
func nested(n int) string {
	return `{"a":` + strings.Repeat("[", n-1) + "1" + strings.Repeat("]", n-1) + "}"
}

func texts(hashes []ledger.Hash) []string {
	out := []string{}
	for _, h := range hashes {
		out = append(out, h.String())
	}
	return out
}
