package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/reoptin/reoptin/ledger"
)

// verifyPath is the page on which an auditor checks a dossier without sending it anywhere.
const verifyPath = "/.well-known/reoptin/verify"

// TestVerifyPage gives the page every test vector of the ledger, then a dossier of this house, whole and changed. What
// it says must be what the program says. The page is under its own policy all the while.
func TestVerifyPage(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	h := newHouse(t, nil)
	h.serve()
	v := h.visitor(t)
	v.look(1280, "light")
	v.open(verifyPath)
	for _, c := range fileVectors(t) {
		got := ask[string](v, "reoptinVerify("+quoted(c.text)+", "+quoted(c.Key)+")")
		if (got == "ok") != c.OK || strings.HasPrefix(got, "error") || got == "browser" {
			t.Errorf("%s, %q → %q with key %.40q: the page says %s", c.File, c.Old, c.New, c.Key, got)
		}
	}
	for _, c := range wholeVectors(t) {
		from := quoted(c.Text)
		if len(c.Zip) > 0 {
			from = "Uint8Array.from(atob(" + quoted(base64.StdEncoding.EncodeToString(c.Zip)) + "), c => c.charCodeAt(0))"
		}
		got := ask[string](v, "reoptinVerify("+from+", "+quoted(c.Key)+")")
		if (got == "ok") != c.OK || strings.HasPrefix(got, "error") || got == "browser" {
			t.Errorf("%s: the page says %s", c.What, got)
		}
	}
	for name, c := range archives(t) {
		if got := ask[string](v, "reoptinVerify(Uint8Array.from(atob("+quoted(base64.StdEncoding.EncodeToString(c.file))+"), c => c.charCodeAt(0)), '')"); got != c.says {
			t.Errorf("%s: the page says %s, not %s", name, got, c.says)
		}
	}
	if noise := v.quiet(); len(noise) > 0 {
		t.Errorf("noise:\n%s", strings.Join(noise, "\n"))
	}
	dossier, key := filepath.Join(h.dir, "dossier.zip"), strings.TrimSpace(h.run("ledger", "key"))
	h.run("proof", "export", "--out", dossier)
	text, err := os.ReadFile(dossier)
	if err != nil {
		t.Fatal(err)
	}
	text[400] ^= 1 // within the proof, which stands first
	changed := h.file("changed.zip", string(text))
	answered, err := filepath.Abs("../../ledger/testdata/proof.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, file, key, state, says string }{
		{"inside", dossier, "", "whole", "not who made it"},
		{"good", dossier, key, "good", "The key that you gave signed it"},
		{"answers", answered, "", "whole", "newsletter · email · yes"},
		{"withheld", answered, "", "whole", "Content not in this file: erased or withheld"},
		{"part", answered, "", "whole", "3 of 12"},
		{"changed", changed, key, "bad", "Nothing in it is to be relied on"},
		{"stranger", answered, key, "bad", "another key"},
	} {
		v.open(verifyPath)
		if tt.key != "" {
			v.fill("#key", tt.key)
		}
		v.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{tt.file}))
		v.until(`document.getElementById("result").dataset.state == ` + quoted(tt.state))
		if said := v.text("#result"); !strings.Contains(said, tt.says) {
			t.Errorf("%s: %s", tt.name, said)
		}
		for _, look := range []struct {
			width int64
			theme string
		}{{1280, "light"}, {320, "dark"}} {
			v.look(look.width, look.theme)
			v.seals(false)
			v.passes(checker, tt.name)
			v.seals(true)
		}
		v.look(1280, "light")
	}
	v.click(`[data-language="fr"]`)
	if said := v.text("main"); !strings.Contains(said, "Ce dossier ne se vérifie pas") || ask[string](v, "document.documentElement.lang") != "fr" {
		t.Error(said)
	}
	v.quiet()
	v.open(verifyPath)
	for what, attempt := range map[string]string{
		"fetch":     `fetch("/healthz").then(() => "sent", () => "kept")`,
		"beacon":    `navigator.sendBeacon("/healthz", "x") ? "sent" : "kept"`,
		"image":     `new Promise(done => { const i = new Image(); i.onload = () => done("sent"); i.onerror = () => done("kept"); i.src = "/favicon.ico" })`,
		"websocket": `new Promise(done => { try { const s = new WebSocket("ws://" + location.host + "/"); s.onopen = () => done("sent"); s.onerror = () => done("kept") } catch { done("kept") } })`,
	} {
		if got := ask[string](v, attempt); got != "kept" && what != "beacon" { // a beacon says nothing of what became of it
			t.Errorf("the page can send by %s", what)
		}
	}
}

// passes checks the page as it is shown: accessible, and no wider than its window.
func (v *tab) passes(checker, name string) {
	v.t.Helper()
	for _, w := range v.violations(checker) {
		v.t.Errorf("%s: %s", name, w)
	}
	if wide := ask[string](v, overflow); wide != "" {
		v.t.Errorf("%s is wider than its window: %s", name, wide)
	}
}

// archives are dossiers as zip files, with what the page says of each.
func archives(t testing.TB) map[string]archive {
	t.Helper()
	proof, err := os.ReadFile("../../ledger/testdata/proof.json")
	if err != nil {
		t.Fatal(err)
	}
	var b ledger.Bundle
	if err := json.Unmarshal(proof, &b); err != nil {
		t.Fatal(err)
	}
	shown := b.Documents[0]
	file := ledger.DocumentFile(shown.SHA256, shown.Name)
	var many []string
	for i := range 4000 {
		many = append(many, fmt.Sprintf("timestamps/%d.json", i), "")
	}
	return map[string]archive{
		"whole":    {zipped(t, "proof.json", string(proof), "documents/", "", file, shown.Content, "README.txt", "x"), "ok"},
		"renamed":  {zipped(t, "proof.json", string(proof), file+".html", shown.Content), "name"},
		"changed":  {zipped(t, "proof.json", string(proof), file, shown.Content+" "), "name"},
		"stranger": {zipped(t, "proof.json", string(proof), "virus.exe", "x"), "zip"},
		"many":     {zipped(t, append([]string{"proof.json", string(proof)}, many...)...), "zip"},
		"shared":   {shared(zipped(t, "proof.json", string(proof), file, shown.Content, "README.txt", "x")), "zip"},
	}
}

// archive is a zip file and what the page says of it.
type archive struct {
	file []byte
	says string
}

// shared gives the last file of an archive the place of the one before it.
func shared(file []byte) []byte {
	last := bytes.LastIndex(file, []byte("PK\x01\x02"))
	before := bytes.LastIndex(file[:last], []byte("PK\x01\x02"))
	copy(file[last+42:last+46], file[before+42:before+46])
	return file
}

func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// fileVector is a file of the ledger's test data in which a text is replaced once.
type fileVector struct {
	File, Key, Old, New string
	OK                  bool

	text string
}

// wholeVector is a file of the ledger's test data as whoever holds a key, or packs a dossier anew, may make it.
type wholeVector struct {
	What, Text, Key string
	Zip             []byte
	OK              bool
}

func wholeVectors(t testing.TB) []wholeVector {
	t.Helper()
	text, err := os.ReadFile("../../ledger/testdata/vectors.json")
	var all struct{ Whole []wholeVector }
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(all.Whole) < 70 {
		t.Fatalf("%v, %d vectors", err, len(all.Whole))
	}
	return all.Whole
}

func fileVectors(t testing.TB) []fileVector {
	t.Helper()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("../../ledger/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var all struct{ File []fileVector }
	if err := json.Unmarshal([]byte(read("vectors.json")), &all); err != nil {
		t.Fatal(err)
	}
	for i, v := range all.File {
		all.File[i].text = strings.Replace(read(v.File), v.Old, v.New, 1)
	}
	if len(all.File) < 50 {
		t.Fatalf("only %d vectors", len(all.File))
	}
	return all.File
}
