package app

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

func (h *house) dossier(q ProofQuery, language string) []byte {
	h.t.Helper()
	var out bytes.Buffer
	h.must(h.app.ExportDossier(h.t.Context(), &out, q, language))
	return out.Bytes()
}

func (h *house) verified(file []byte) ledger.Report {
	h.t.Helper()
	key, err := h.app.LedgerKey()
	h.must(err)
	r, err := ledger.VerifyFile(bytes.NewReader(file), int64(len(file)), key)
	h.must(err)
	return r
}

// A dossier of one answer, one person and one campaign holds what was shown and asked, and nobody else.
func TestDossierHoldsWhatWasShown(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1))
	for name, tt := range map[string]struct {
		query   ProofQuery
		answers int
	}{
		"response": {ProofQuery{Response: h.responses(person(0))[0].ID}, 1},
		"contact":  {ProofQuery{Contact: person(0)}, 1},
		"campaign": {ProofQuery{Campaign: spring}, 2},
		"all":      {ProofQuery{}, 2},
	} {
		for _, language := range []string{"en", "fr"} {
			file := h.dossier(tt.query, language)
			r := h.verified(file)
			if !r.OK || len(r.Responses) != tt.answers || len(r.Unproven) != 2 || len(r.Documents) < 3 {
				t.Errorf("%s: %+v", name, r)
			}
			files := unzipped(t, file)
			form := ""
			for name, text := range files {
				if strings.HasPrefix(name, ledger.DocumentFolder) && strings.HasSuffix(name, "-form.en.html") {
					form = text
				}
			}
			if !strings.Contains(form, "<form") || !strings.HasPrefix(files["summary.pdf"], "%PDF-") || !strings.Contains(files["README.txt"], "reoptin proof export --contact") {
				t.Errorf("%s: %d files", name, len(files))
			}
			if tt.query.Contact != "" && strings.Contains(files[ledger.ProofName], person(1)) {
				t.Error("somebody else is in the dossier")
			}
		}
	}
}

// What is changed, added, or taken away in a zip file is found.
func TestDossierThatWasChanged(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.says(person(0), "newsletter.email")
	good := unzipped(t, h.dossier(ProofQuery{}, "en"))
	var shown string
	for name := range good {
		if strings.HasPrefix(name, ledger.DocumentFolder) {
			shown = name
		}
	}
	for name, tt := range map[string]struct {
		change func(map[string]string)
		says   string
	}{
		"document": {func(f map[string]string) { f[shown] += " " }, "is not one of the documents that the proof holds"},
		"added":    {func(f map[string]string) { f["documents/x"] = "x" }, "is not one of the documents that the proof holds"},
		"renamed": {func(f map[string]string) {
			f[shown+".html"] = f[shown]
			delete(f, shown)
		}, "or not under its name"},
		"mislabelled": {func(f map[string]string) {
			f[ledger.ProofName] = strings.Replace(f[ledger.ProofName], `"name": "form.en.html"`, `"name": "form.fr.html"`, 1)
		}, `no entry of the dossier calls it "form.fr.html"`},
		"stranger":  {func(f map[string]string) { f["virus.exe"] = "x" }, "a dossier has no such file"},
		"stamp":     {func(f map[string]string) { f["timestamps/1.tsr"] = "x" }, "that belongs to it is missing"},
		"no proof":  {func(f map[string]string) { delete(f, ledger.ProofName) }, "it has no proof.json"},
		"cut proof": {func(f map[string]string) { f[ledger.ProofName] = f[ledger.ProofName][:2000] }, "not well-formed"},
		"a no": {func(f map[string]string) {
			f[ledger.ProofName] = strings.Replace(f[ledger.ProofName], "granted", "refused", 1)
		}, "payload does not match"},
	} {
		files := map[string]string{}
		for name, text := range good {
			files[name] = text
		}
		tt.change(files)
		r := h.verified(zipped(t, files))
		if r.OK || !strings.Contains(r.Faults[0].What, tt.says) {
			t.Errorf("%s: %+v", name, r.Faults)
		}
	}
	if r := h.verified(zipped(t, good)); !r.OK {
		t.Error(r.Faults)
	}
	file := h.dossier(ProofQuery{}, "en")
	whole := unzipped(t, file)[ledger.ProofName]
	for at := 0; at < len(file); at += 389 { // neither is a bit of the file itself
		bad := bytes.Clone(file)
		bad[at] ^= 4
		if r := h.verified(bad); r.OK && unzipped(t, bad)[ledger.ProofName] != whole {
			t.Error("a changed bit passes at", at)
		}
	}
}

// Of content that was erased the dossier brings what says so: without it nobody could tell it from content that was cut out.
func TestDossierSaysOfErasedContentThatItWasErased(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1))
	no := h.responses(person(1))[0].ID
	did := h.erase(person(1))
	for name, tt := range map[string]struct {
		query  ProofQuery
		erased int
	}{
		"all":      {ProofQuery{}, did.Entries},
		"campaign": {ProofQuery{Campaign: spring}, 3},
		"contact":  {ProofQuery{Contact: person(0)}, 0},
		"response": {ProofQuery{Response: no}, 2},
	} {
		if r := h.verified(h.dossier(tt.query, "en")); !r.OK || len(r.Erased) != tt.erased || len(r.Absent) != 0 {
			t.Errorf("%s: %d of %d erased, %d absent: %v", name, len(r.Erased), tt.erased, len(r.Absent), r.Faults)
		}
	}
}

func unzipped(t *testing.T, file []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil { // of what nobody has to read to verify, the summary is one
			continue
		}
		text, _ := io.ReadAll(r) // what is damaged breaks off
		out[f.Name] = string(text)
	}
	return out
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
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

// What is published is the signed head, its key and its tiles, with nothing personal in them, and for whoever asks.
func TestLedgerIsPublished(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	get := func(path string) (int, http.Header, string) {
		w := h.do(http.MethodGet, "/.well-known/reoptin/"+path, nil)
		return w.Code, w.Header(), w.Body.String()
	}
	if code, _, _ := get("checkpoint"); code != http.StatusNotFound {
		t.Error("there is a head before one was signed: ", code)
	}
	p, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.says(person(0), "newsletter.email") // not covered yet, so not published
	key, err := h.app.LedgerKey()
	h.must(err)
	for _, path := range []string{"checkpoint", "ledger/checkpoint"} {
		if code, head, body := get(path); code != 200 || body != p.Note || head.Get("Cache-Control") != "public, max-age=10" {
			t.Error(path, code, head, body)
		}
	}
	if code, _, body := get("key"); code != 200 || body != key+"\n" {
		t.Error(code, body)
	}
	if code, _, body := get("handovers"); code != 200 || body != "" {
		t.Error(code, body)
	}
	edge := "000.p/" + fmt.Sprint(p.Size)
	for path, size := range map[string]int{"ledger/tile/0/" + edge: 32 * int(p.Size), "ledger/tile/entries/" + edge: 0} {
		code, head, body := get(path)
		if code != 200 || size > 0 && len(body) != size || head.Get("Cache-Control") != "public, max-age=10" {
			t.Error(path, code, head, len(body))
		}
		for _, personal := range []string{person(0), person(1), person(2), "Robin"} { // whole: two octets are in many a hash
			if strings.Contains(body, personal) {
				t.Error("something personal is published: ", personal)
			}
		}
	}
	for _, path := range []string{"ledger/tile/0/000.p/" + fmt.Sprint(p.Size+1), "ledger/tile/0/000", "ledger/tile/0/001", "ledger/tile/9/000", "ledger/tile/x", "ledger/tile/", "ledger/tile/entries/../../key"} {
		if code, _, _ := get(path); code != http.StatusNotFound {
			t.Error(path, code)
		}
	}
	if w := h.do(http.MethodPost, "/.well-known/reoptin/checkpoint", nil); w.Code != http.StatusMethodNotAllowed {
		t.Error(w.Code)
	}
	code, head, body := get("verify")
	policy := head.Get("Content-Security-Policy")
	if code != 200 || !strings.Contains(policy, "connect-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(body, "<script>") {
		t.Error(code, policy)
	}
}

// What this house writes verifies by a program that has nothing of this one in it.
func TestDossierInAnotherLanguage(t *testing.T) {
	t.Parallel()
	unwatched(t)
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is missing: install it (on Debian: apt-get install python3)")
		}
		t.Skip("python3 is not installed")
	}
	h := newHouse(t, plan{people: 3}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.oneClick(person(1))
	first, err := h.app.LedgerKey()
	h.must(err)
	_, err = h.app.RotateLedgerKey(t.Context())
	h.must(err)
	h.says(person(2))
	path := h.at("proof.json")
	h.must(WriteFile(path, func(w io.Writer) error { return h.app.ExportProof(t.Context(), w, ProofQuery{}) }))
	run := func(key string) string {
		out, _ := exec.CommandContext(t.Context(), python, "-I", "../../ledger/testdata/verify.py", key, path).CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	for _, key := range []string{"-", first} {
		if said := run(key); said != "verifies" {
			t.Error(said)
		}
	}
	text, err := os.ReadFile(path)
	h.must(err)
	h.must(os.WriteFile(path, bytes.Replace(text, []byte("granted"), []byte("refused"), 1), 0o600))
	if said := run(first); !strings.HasPrefix(said, "does not verify") {
		t.Error(said)
	}
}
