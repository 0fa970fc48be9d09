package ledger_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/reoptin/reoptin/ledger"
)

// packed makes a zip file of names and texts.
func packed(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		check(t, err)
		_, err = w.Write([]byte(files[i+1]))
		check(t, err)
	}
	check(t, z.Close())
	return out.Bytes()
}

func TestVerifyFileOfEachKind(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	good := text(t, bundle(t, m, 1, 6))
	for name, tt := range map[string]struct {
		file []byte
		says string
	}{
		"json":       {[]byte(good), ""},
		"zip":        {packed(t, "proof.json", good, "summary.pdf", "%PDF", "documents/", ""), ""},
		"twice":      {packed(t, "proof.json", good, "proof.json", good), "comes twice"},
		"bomb":       {packed(t, "proof.json", strings.Repeat(" ", 8<<20)), "packed as no dossier is"},
		"no dossier": {packed(t, "x", "y"), "it has no proof.json"},
		"cut":        {packed(t, "proof.json", good)[:300], "zip file cannot be read"},
		"empty":      {nil, "not a JSON object"},
	} {
		rep, err := ledger.VerifyFile(bytes.NewReader(tt.file), int64(len(tt.file)), m.vkey)
		if err != nil || rep.OK != (tt.says == "") || !strings.Contains(whats(rep), tt.says) {
			t.Errorf("%s: %v %s", name, err, whats(rep))
		}
	}
	if _, err := ledger.VerifyFile(strings.NewReader(good), int64(len(good)), "no key"); err == nil {
		t.Error("any text is taken for a key")
	}
}

// What comes through a pipe is the same as in a file; that a zip file cannot be read so is no fault of what is in it.
func TestVerifyPiped(t *testing.T) {
	t.Parallel()
	for name, content := range vectorFiles(t) {
		for _, text := range []string{content, strings.Replace(content, `"origin": "c`, `"origin": "d`, 1)} {
			want, err := ledger.VerifyFile(strings.NewReader(text), int64(len(text)), "")
			check(t, err)
			got, err := ledger.VerifyPiped(iotest.OneByteReader(strings.NewReader(text)), "")
			if err != nil || got.OK != want.OK || whats(got) != whats(want) {
				t.Errorf("%s: %v %s, not %s", name, err, whats(got), whats(want))
			}
		}
	}
	m := campaign(t)
	file := packed(t, "proof.json", text(t, bundle(t, m, 1, 6)))
	if _, err := ledger.VerifyPiped(bytes.NewReader(file), m.vkey); err == nil || !strings.Contains(err.Error(), "name the file") {
		t.Error(err)
	}
}

// The files of documents are for opening: each is under the name of what it holds, so that nobody is shown one page for another.
func TestVerifyFileFindsDocumentsUnderAnotherName(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	b := bundle(t, m, 1, 6)
	good := text(t, b)
	form, mail := ledger.DocumentFile(b.Documents[0].SHA256, "form"), ledger.DocumentFile(b.Documents[1].SHA256, "mail")
	shown, asked := string(m.documents[0].Content), string(m.documents[1].Content)
	for name, tt := range map[string]struct {
		files []string
		ok    bool
	}{
		"whole":            {[]string{form, shown, mail, asked}, true},
		"one of them":      {[]string{mail, asked}, true},
		"swapped":          {[]string{form, asked, mail, shown}, false},
		"twice":            {[]string{form, shown, form + ".html", shown}, false},
		"another name":     {[]string{strings.Replace(form, "form", "mail", 1), shown}, false},
		"without its hash": {[]string{"documents/form", shown}, false},
		"in a folder":      {[]string{strings.Replace(form, "documents/", "documents/fr/", 1), shown}, false},
		"of its length":    {[]string{form, strings.ToUpper(shown)}, false},
	} {
		file := packed(t, append([]string{"proof.json", good}, tt.files...)...)
		rep, err := ledger.VerifyFile(bytes.NewReader(file), int64(len(file)), m.vkey)
		check(t, err)
		if rep.OK != tt.ok || !tt.ok && !strings.Contains(whats(rep), "not one of the documents that the proof holds, or not under its name") {
			t.Errorf("%s: %s", name, whats(rep))
		}
	}
	if got := ledger.DocumentFile("0123456789abcdef", "form.fr ü/\\..html"); got != "documents/0123456789ab-form.fr____..html" {
		t.Error(got)
	}
}

// A small zip file whose names all point at one large stream would keep whoever checks it busy for an hour.
func TestVerifyFileRefusesFilesThatLieUponEachOther(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	b := bundle(t, m, 1, 6)
	form, mail := ledger.DocumentFile(b.Documents[0].SHA256, "form"), ledger.DocumentFile(b.Documents[1].SHA256, "mail")
	shown := string(m.documents[0].Content)
	file := packed(t, "proof.json", text(t, b), form, shown, mail, strings.Repeat("x", len(shown)))
	// In the directory, which stands last, the file of one document is given the place and the sums of the other.
	directory := bytes.Index(file, []byte("PK\x01\x02"))
	at := func(name string) int { return directory + bytes.Index(file[directory:], []byte(name)) - 46 }
	copy(file[at(mail)+16:at(mail)+28], file[at(form)+16:at(form)+28])
	copy(file[at(mail)+42:at(mail)+46], file[at(form)+42:at(form)+46])
	rep, err := ledger.VerifyFile(bytes.NewReader(file), int64(len(file)), m.vkey)
	check(t, err)
	if rep.OK || len(rep.Faults) != 1 || !strings.Contains(whats(rep), "lies where another file of it lies") {
		t.Error(whats(rep))
	}
}

// What is packed ends before its bytes do: a program that goes by that end finds another file in the rest, be it in one that is for reading.
func TestVerifyFileFindsAFileHiddenBehindAPackedOne(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	b := bundle(t, m, 1, 6)
	form := ledger.DocumentFile(b.Documents[0].SHA256, "form")
	contents := map[string]string{"proof.json": text(t, b), form: string(m.documents[0].Content), "summary.pdf": "%PDF"}
	for _, hides := range []string{"", "proof.json", form, "summary.pdf"} {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, name := range []string{"proof.json", form, "summary.pdf"} {
			var deflated bytes.Buffer
			d, err := flate.NewWriter(&deflated, flate.BestCompression)
			check(t, err)
			_, err = d.Write([]byte(contents[name]))
			check(t, err)
			check(t, d.Close())
			if name == hides {
				deflated.WriteString("PK\x03\x04 and the rest of another file")
			}
			h := zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(contents[name])), CompressedSize64: uint64(deflated.Len()), UncompressedSize64: uint64(len(contents[name]))}
			w, err := z.CreateRaw(&h)
			check(t, err)
			_, err = w.Write(deflated.Bytes())
			check(t, err)
		}
		check(t, z.Close())
		rep, err := ledger.VerifyFile(bytes.NewReader(out.Bytes()), int64(out.Len()), m.vkey)
		check(t, err)
		if rep.OK != (hides == "") || hides != "" && !strings.Contains(whats(rep), "damaged") {
			t.Errorf("behind %q: %s", hides, whats(rep))
		}
	}
}

// The proof says how many files there can be, and how long they are. What is more is not read.
func TestVerifyFileReadsNoMoreThanTheProofCanNeed(t *testing.T) {
	t.Parallel()
	if often > 1 {
		t.Skip("runs without the race detector")
	}
	m := campaign(t)
	b := bundle(t, m, 1, 6)
	good := text(t, b)
	form := ledger.DocumentFile(b.Documents[0].SHA256, "form")
	var many, stamps []string
	for i := range 4000 {
		many = append(many, fmt.Sprintf("documents/%d", i), "x")
	}
	noise := make([]byte, 1<<20)
	_, err := rand.NewChaCha8([32]byte{3}).Read(noise)
	check(t, err)
	stamps = append(stamps, "timestamps/6.tsr", "x", "timestamps/6.checkpoint", "x", "timestamps/6.json", string(noise)+"x")
	for name, tt := range map[string]struct {
		files []string
		says  string
	}{
		"many":           {many, "it has more files than its proof can need"},
		"strangers":      {many[:2000], "documents/0: it is not one of the documents that the proof holds"},
		"a long one":     {[]string{form, string(noise)}, "not one of the documents that the proof holds"},
		"a long stamp":   {stamps, "timestamps/6.json: it is damaged or too long"},
		"other folders":  {[]string{"x/", ""}, "a dossier has no such file"},
		"a bad proof":    {[]string{"proof.json.", "x"}, "a dossier has no such file"},
		"another's name": {[]string{"timestamps/7.tsr", "x", "timestamps/7.checkpoint", "x"}, "timestamps/7.json that belongs to it is missing"},
	} {
		file := packed(t, append([]string{"proof.json", good}, tt.files...)...)
		rep, err := ledger.VerifyFile(bytes.NewReader(file), int64(len(file)), m.vkey)
		check(t, err)
		if rep.OK || len(rep.Faults) != 1 || !strings.Contains(whats(rep), tt.says) {
			t.Errorf("%s: %.300s", name, whats(rep))
		}
	}
	bad := packed(t, append([]string{"proof.json", strings.Replace(good, "granted", "refused", 1)}, many[:20]...)...)
	rep, err := ledger.VerifyFile(bytes.NewReader(bad), int64(len(bad)), m.vkey)
	check(t, err)
	if rep.OK || len(rep.Faults) != 1 || !strings.Contains(whats(rep), "payload does not match") {
		t.Errorf("files are read beside a proof that does not verify: %s", whats(rep))
	}
}

func FuzzVerifyFile(f *testing.F) {
	m := campaign(f)
	good := text(f, bundle(f, m, 1, 6))
	f.Add(packed(f, "proof.json", good, "timestamps/6.tsr", "x", "timestamps/6.json", "{}", "timestamps/6.checkpoint", m.checkpoints[1].Note))
	f.Add([]byte(good))
	f.Add([]byte(`{"format":"reoptin-consistency/1"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		rep, err := ledger.VerifyFile(bytes.NewReader(file), int64(len(file)), "")
		if err != nil {
			t.Fatal(err)
		}
		if rep.OK != (len(rep.Faults) == 0) {
			t.Fatalf("%+v", rep)
		}
	})
}
