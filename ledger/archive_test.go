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
