package ledger_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

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
