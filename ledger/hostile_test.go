package ledger_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

// wholeVector is a file as whoever holds the key of a ledger, or packs a dossier anew, may make it. Every verifier must say the same of it.
type wholeVector struct {
	What string `json:"what"`
	Text string `json:"text,omitempty"`
	Zip  []byte `json:"zip,omitempty"` // in place of the text, in base64
	Key  string `json:"key"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"` // a part of what this program says
}

func wholeVectors(t testing.TB) (out []wholeVector) {
	t.Helper()
	add := func(what, text, why string) {
		out = append(out, wholeVector{What: what, Text: text, OK: why == "", Why: why})
	}
	payloads(t, add)
	notes(t, add)
	consistencies(t, add)
	for _, z := range zips(t) {
		out = append(out, wholeVector{What: z.what, Zip: z.file, OK: z.why == "", Why: z.why})
	}
	return out
}

// single is a ledger of one entry with this very payload, and its dossier.
func single(t testing.TB, payload string) (*memory, ledger.Bundle) {
	t.Helper()
	m := newMemory(t)
	salt, err := ledger.NewSalt(m.rand)
	check(t, err)
	l := ledger.Leaf{Kind: "answered", At: day, Commitment: ledger.Commit(salt, []byte(payload))}
	hash := ledger.LeafHash(l.Marshal())
	m.entries = []ledger.StoredEntry{{Kind: l.Kind, At: day, Commitment: l.Commitment[:], LeafHash: hash[:]}}
	m.payloads = []ledger.StoredPayload{{Salt: salt[:], Payload: []byte(payload)}}
	m.nodes = []ledger.StoredNode{{Hash: hash[:]}}
	m.head.Size, m.head.Root = 1, hash
	m.seal(t)
	return m, bundle(t, m, 0)
}

// tightly is a value as JSON without white space.
func tightly(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	check(t, err)
	return string(text)
}

func payloads(t testing.TB, add func(what, text, why string)) {
	sum := strings.Repeat("a", 64)
	rows := func(n string) string { return `{"rows":{"response":{"n":` + n + `,"sha256":"` + sum + `"}}}` }
	for _, c := range [][2]string{
		{`{}`, ""}, {``, "its payload is not JSON"}, {`[]`, "not a JSON object"}, {`{"a":1,"a":1}`, "not written canonically"},
		{nested(64), ""}, {nested(65), "not written canonically"}, {`{"a":` + strings.Repeat("9", 5000) + `}`, "not written canonically"},
		{`{"a":18446744073709551615}`, ""}, {`{"a":18446744073709551616}`, "not written canonically"},
		{"{\"\uFFFD\":1,\"\U0001F600\":2}", ""}, {"{\"\U0001F600\":2,\"\uFFFD\":1}", "not written canonically"},
		{`{"rows":null}`, ""}, {`{"rows":{}}`, ""}, {`{"rows":[]}`, "declaring its rows wrongly"}, {`{"rows":"x"}`, "declaring its rows wrongly"},
		{rows("9223372036854775807"), ""}, {rows("9223372036854775808"), "declaring its rows wrongly"}, {rows("0"), "declaring its rows wrongly"}, {rows(`"1"`), "declaring its rows wrongly"},
		{`{"document":"` + sum + `"}`, "that it refers to is missing"}, {`{"a":[{"documents":{"x":["` + sum + `"]}}]}`, "that it refers to is missing"},
		{`{"decisions":[1,null,{"purpose":1},[]]}`, ""}, {`{"__proto__":{"constructor":1}}`, ""},
	} {
		_, b := single(t, c[0])
		add("a payload "+c[0][:min(len(c[0]), 60)], tightly(t, b), c[1])
	}
}

// notes are checkpoints with more under them than the signature of their key, and under odd names.
func notes(t testing.TB, add func(what, text, why string)) {
	m, good := single(t, "{}")
	for _, c := range [][2]string{
		{"— witness.example AAAAAAAAAAAAAA==", ""}, {"— w\uFEFFx AAAAAAAAAAAAAA==", ""}, {"— w+x AAAAAAAAAAAAAA==", "malformed note"},
		{"— w\u0085x AAAAAAAAAAAAAA==", "malformed note"}, {"— w\u2003x AAAAAAAAAAAAAA==", "malformed note"}, {"— w x AAAAAAAAAAAAAA==", "a signature line is malformed"},
		{"— w AAAAAA==", "a signature line is malformed"}, {"— " + origin + " AAAAAAAAAAAAAA==", ""},
	} {
		b := good
		b.Checkpoint = strings.Replace(b.Checkpoint, "\n\n", "\n\n"+c[0]+"\n", 1)
		add("a signature "+c[0], tightly(t, b), c[1])
	}
	for _, name := range []string{"a\uFEFFb", "a\U0001F600b"} {
		skey, vkey, err := ledger.GenerateKey(m.rand, name)
		check(t, err)
		s, err := ledger.NewSigner(skey)
		check(t, err)
		b := good
		b.Origin, b.Key = name, vkey
		b.Checkpoint, err = ledger.SignCheckpoint(s, name, m.head.Size, m.head.Root)
		check(t, err)
		add("a ledger called "+name, tightly(t, b), "")
	}
	late := campaign(t)
	b := bundle(t, late, 1)
	b.Documents, b.Checkpoint = b.Documents[:1], late.checkpoints[1].Note
	add("a proof for another size", tightly(t, b), "its proof does not lead to the root of the checkpoint")
}

func consistencies(t testing.TB, add func(what, text, why string)) {
	m := campaign(t)
	proof, err := ledger.ProveConsistency(12, 6, m.readHashes)
	check(t, err)
	signed := func(size int64, root ledger.Hash) string {
		note, err := ledger.SignCheckpoint(m.signer, origin, size, root)
		check(t, err)
		return note
	}
	older, newer := m.checkpoints[1].Note, m.checkpoints[2].Note
	for _, c := range []struct {
		what, older, newer string
		proof              []ledger.Hash
		why                string
	}{
		{"the same head twice", newer, newer, nil, ""},
		{"the same head twice with a proof", newer, newer, proof, "its proof is not empty"},
		{"two heads of one size", newer, signed(12, ledger.Hash{1}), nil, "the ledger was forked"},
		{"heads in the wrong order", newer, older, proof, "rows were lost"},
		{"from nothing", signed(0, ledger.Root(nil)), newer, nil, ""},
		{"from nothing with a proof", signed(0, ledger.Root(nil)), newer, proof, "history was rewritten"},
		{"from nothing that is none", signed(0, ledger.Hash{1}), newer, nil, "history was rewritten"},
		{"a proof with one hash too many", older, newer, append(append([]ledger.Hash{}, proof...), proof[0]), "history was rewritten"},
		{"a proof with one hash too few", older, newer, proof[1:], "history was rewritten"},
	} {
		add(c.what, tightly(t, ledger.NewConsistency(origin, m.vkey, nil, c.older, c.newer, c.proof)), c.why)
	}
}

type packedFile struct {
	what string
	file []byte
	why  string
}

// zips are dossiers as zip files, each but the first of them with something done to it. Nothing in them is compressed, so that they are the same ever after.
func zips(t testing.TB) (out []packedFile) {
	m, _ := single(t, `{}`)
	form := m.document("<p>oui</p>")
	_, b := single(t, `{"document":"`+form+`"}`)
	d, err := ledger.NewDocument(form, "form", "fr", "text/html", []byte("<p>oui</p>"))
	check(t, err)
	b.Documents = []ledger.BundleDocument{d}
	proof, shown := tightly(t, b), ledger.DocumentFile(form, "form")
	good := unpressed(t, "proof.json", proof, shown, d.Content, "README.txt", "x")
	out = append(out, packedFile{"a zip file", good, ""})
	names := map[string]string{
		"documents/": "", "timestamps/": "", "summary.pdf": "", "../proof.json": "no such file", "/proof.json": "no such file", "PROOF.JSON": "no such file", "documents": "no such file", "": "no such file",
		"documents/../x": "not one of the documents", "documents\\x": "no such file", "proof.json": "comes twice", "\xff": "no such file", "a\x00b": "no such file", shown + "/": "not one of the documents",
		"timestamps/x": "no such file", "timestamps/1.json": "no such file", "timestamps/1.tsr": "that belongs to it is missing", "timestamps/../../x": "no such file",
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, packedFile{"a zip file with " + strings.ToValidUTF8(name, "?"), unpressed(t, "proof.json", proof, name, ""), names[name]})
	}
	entry, local := func(z []byte, n int) int { return nth(z, "PK\x01\x02", n) }, func(z []byte, n int) int { return nth(z, "PK\x03\x04", n) }
	end := len(good) - 22
	for _, c := range []struct {
		what string
		do   func(z []byte) []byte
		why  string
	}{
		{"another sum of the proof", func(z []byte) []byte { z[entry(z, 0)+16]++; return z }, "proof.json is damaged"},
		{"another sum of a document", func(z []byte) []byte { z[entry(z, 1)+16]++; z[local(z, 1)+14]++; return z }, "damaged or too long"},
		{"another length of the proof", func(z []byte) []byte { z[entry(z, 0)+24]++; return z }, "proof.json is damaged"},
		{"a shorter length of the proof", func(z []byte) []byte { z[entry(z, 0)+24]--; return z }, "proof.json is damaged"},
		{"no file where a document should be", func(z []byte) []byte { z[local(z, 1)+3] = 9; return z }, "zip file cannot be read"},
		{"a file packed in another way", func(z []byte) []byte { z[entry(z, 2)+10] = 99; return z }, "packed as no dossier is"},
		{"a file that grows without end", func(z []byte) []byte { z[entry(z, 2)+27] = 2; return z }, "packed as no dossier is"},
		{"something before it", func(z []byte) []byte { return append([]byte("PK\x03\x04more"), z...) }, "zip file cannot be read"},
		{"something after it", func(z []byte) []byte { return append(z, "more"...) }, "zip file cannot be read"},
		{"another one after it", func(z []byte) []byte { return append(z, z...) }, "zip file cannot be read"},
		{"its end cut off", func(z []byte) []byte { return z[:len(z)-1] }, "zip file cannot be read"},
		{"half of it cut off", func(z []byte) []byte { return z[:len(z)/2] }, "zip file cannot be read"},
		{"one file more than it has", func(z []byte) []byte { z[end+10]++; return z }, "zip file cannot be read"},
		{"one file less than it has", func(z []byte) []byte { z[end+10]--; return z }, "zip file cannot be read"},
		{"another place of its directory", func(z []byte) []byte { z[end+16]++; return z }, "zip file cannot be read"},
		{"another length of its directory", func(z []byte) []byte { z[end+12]++; return z }, "zip file cannot be read"},
		{"a comment that is not there", func(z []byte) []byte { z[end+20]++; return z }, "zip file cannot be read"},
		{"a comment", func(z []byte) []byte { z[end+20] = 4; return append(z, "more"...) }, ""},
		{"a document that is called README.txt before its bytes, and that the other way round", func(z []byte) []byte {
			return swapped(z, local(z, 1)+30, shown, local(z, 2)+30, "README.txt")
		}, "another program may unpack another file"},
		{"a document that is said to be packed before its bytes", func(z []byte) []byte { z[local(z, 1)+8] = 8; return z }, "another program may unpack another file"},
		{"a document of another length before its bytes", func(z []byte) []byte { z[local(z, 1)+22]++; return z }, "another program may unpack another file"},
		{"a document that is said to be encrypted", func(z []byte) []byte { z[entry(z, 1)+8] |= 1; z[local(z, 1)+6] |= 1; return z }, "another program may unpack another file"},
		{"a document whose lengths are said to follow it, in its directory alone", func(z []byte) []byte { z[entry(z, 1)+8] |= 8; return z }, "another program may unpack another file"},
		{"a file that its directory does not name", func(z []byte) []byte { return hidden(z, entry(z, 0), z[local(z, 1):local(z, 2)]) }, "files that its directory does not name"},
		{"a file whose comment reaches beyond its directory", func(z []byte) []byte { z[entry(z, 2)+32]++; return z }, "zip file cannot be read"},
		{"a directory for other programs in the comment of a file", func(z []byte) []byte {
			z[entry(z, 2)+32] += 20
			z[end+12] += 20
			return slices.Insert(z, end, append([]byte("PK\x06\x07"), make([]byte, 16)...)...)
		}, "zip file cannot be read"},
	} {
		out = append(out, packedFile{"a zip file with " + c.what, c.do(bytes.Clone(good)), c.why})
	}
	for _, name := range []string{"documents/x", shown} {
		extra := binary.LittleEndian.AppendUint16([]byte{0x75, 0x70}, uint16(5+len(name)))
		extra = append(binary.LittleEndian.AppendUint32(append(extra, 1), crc32.ChecksumIEEE([]byte(shown))), name...)
		out = append(out, packedFile{"a zip file with a document that an extra field calls " + name, unpressedWith(t, extra, "proof.json", proof, shown, d.Content), "another program may unpack another file"})
	}
	out = append(out, packedFile{"a zip file with a document and an extra field that ends too soon", unpressedWith(t, []byte{1, 2, 3, 0, 5}, "proof.json", proof, shown, d.Content), "another program may unpack another file"},
		packedFile{"a zip file with a document and its time", unpressedWith(t, []byte{0x55, 0x54, 5, 0, 1, 0, 0, 0, 0}, "proof.json", proof, shown, d.Content), ""})
	return out
}

// swapped puts two texts in a file each at the place of the other, the longer one of which is cut.
func swapped(z []byte, a int, one string, b int, other string) []byte {
	copy(z[a:a+len(one)], other+strings.Repeat(".", len(one)))
	copy(z[b:b+len(other)], one)
	return z
}

// hidden puts bytes between the files of a zip file and its directory.
func hidden(z []byte, directory int, more []byte) []byte {
	out := slices.Concat(z[:directory], more, z[directory:])
	begin := out[len(out)-6:]
	binary.LittleEndian.PutUint32(begin, binary.LittleEndian.Uint32(begin)+uint32(len(more)))
	return out
}

// unpressed packs files without compressing them.
func unpressed(t testing.TB, files ...string) []byte {
	t.Helper()
	return unpressedWith(t, nil, files...)
}

// unpressedWith is unpressed, where the last file has extra fields.
func unpressedWith(t testing.TB, extra []byte, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		h := zip.FileHeader{Name: files[i], Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(files[i+1])), CompressedSize64: uint64(len(files[i+1])), UncompressedSize64: uint64(len(files[i+1]))}
		if i+2 == len(files) {
			h.Extra = extra
		}
		w, err := z.CreateRaw(&h)
		check(t, err)
		_, err = w.Write([]byte(files[i+1]))
		check(t, err)
	}
	check(t, z.Close())
	return out.Bytes()
}

// nth is where a mark stands for the nth time, from 0.
func nth(file []byte, mark string, n int) int {
	at := bytes.Index(file, []byte(mark))
	for range n {
		at += 1 + bytes.Index(file[at+1:], []byte(mark))
	}
	return at
}
