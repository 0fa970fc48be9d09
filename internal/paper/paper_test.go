package paper

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

func sample(title, language string) *Document {
	d := New(Paper{Title: title, Language: language, Created: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Footer: "Maison Lumen"})
	d.Heading(1, "Qui vous demande")
	d.Paragraph("Maison Lumen – œuvres d’été, « à l’essai » : 12 € ; déjà lu ?\nÀ bientôt, größer, señor, città, ação, één.")
	d.Table(Row{"Adresse", "camille@dupont.example"}, Row{"Empreinte", strings.Repeat("0123456789abcdef", 9)}, Row{"", ""})
	d.Heading(2, "Détail")
	d.Note("Écrit pour vous.")
	return d
}

func write(t *testing.T, d *Document) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := d.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || !bytes.HasPrefix(b.Bytes(), []byte("%PDF-1.")) {
		t.Fatal(n, b.Len(), err)
	}
	return b.Bytes()
}

// tool is a program that reads documents. At home it may be missing.
func tool(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(name + " is missing: apt-get install poppler-utils qpdf")
		}
		t.Skip(name + " is missing")
	}
	return exec.Command(program, args...)
}

// Tools of Debian's poppler-utils read back what was written.
func poppler(t *testing.T, name string, pdf []byte, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd := tool(t, name, append(args, file, "-")...)
	if name == "pdfinfo" || name == "pdffonts" {
		cmd = tool(t, name, append(args, file)...)
	}
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatal(name, err, errs.String())
	}
	return string(out)
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(write(t, sample("Reçu", "fr")), write(t, sample("Reçu", "fr"))) {
		t.Error("two runs differ")
	}
}

func TestTextComesBackWhole(t *testing.T) {
	t.Parallel()
	pdf := write(t, sample("Reçu de Zoë Łukasz Ελένη Жанна", "fr"))
	text := poppler(t, "pdftotext", pdf, "-layout")
	for _, want := range []string{"Reçu de Zoë Łukasz Ελένη Жанна", "« à l’essai » : 12 € ; déjà lu ?", "größer, señor, città, ação, één",
		"camille@dupont.example", "Maison Lumen", "Écrit pour vous."} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if got := strings.Count(strings.Join(strings.Fields(text), ""), "0123456789abcdef"); got != 9 {
		t.Errorf("a long word lost letters: %d of 9 parts", got)
	}
	if info := poppler(t, "pdfinfo", pdf); !strings.Contains(info, "Reçu de Zoë Łukasz Ελένη Жанна") || !strings.Contains(info, "2026") {
		t.Error(info)
	}
	if !bytes.Contains(pdf, []byte("/Lang (fr)")) {
		t.Error("the language is not in the file")
	}
	for line := range strings.SplitSeq(poppler(t, "pdffonts", pdf), "\n") {
		if strings.Contains(line, "oto") && !strings.Contains(line, "yes no  yes") { // embedded, with letters to copy
			t.Error(line)
		}
	}
}

func TestRowsAreNotTornApart(t *testing.T) {
	t.Parallel()
	d := New(Paper{Title: "Long", Language: "en", Page: func(page, pages string) string { return "Page " + page + " of " + pages }})
	for range 40 {
		d.Table(Row{"first\nlast", "one\ntwo\nthree"})
	}
	d.Table(Row{"all", strings.Repeat("line\n", 400)})
	text := poppler(t, "pdftotext", write(t, d), "-layout")
	pages := strings.Split(text, "\f")
	for _, page := range pages[:5] {
		if strings.Count(page, "one") != strings.Count(page, "three") {
			t.Errorf("a row is on two pages:\n%s", page)
		}
	}
	if got := strings.Count(text, "line"); got != 400 || !strings.Contains(pages[0], "Page 1 of 1") {
		t.Error(got, pages[0])
	}
}

func TestNothingThatIsWrittenBreaksADocument(t *testing.T) {
	t.Parallel()
	texts := []string{"", "\x00\x1b[2J", "مرحبا 漢字 👩‍👩‍👧 \U0010ffff", "(\\)\r\n", "e\u0301te\u0301", "\xff\xfe", "à\u0061\ue1e2\uee87\u87a2", strings.Repeat("x", 5000),
		strings.Repeat("\n", 300), "{nb}", "\u2028\u202e\u00ad"}
	for _, text := range texts {
		d := New(Paper{Title: text, Language: text, Footer: text})
		d.Heading(2, text)
		d.Heading(9, text)
		d.Heading(-1, text)
		d.Paragraph(text)
		d.Table(Row{text, text})
		d.Note(text)
		write(t, d)
	}
	if got := clean("e\u0301 漢\u200d\ue1e2\t"); got != "é \ufffd\ufffd " {
		t.Errorf("%q", got)
	}
}

func TestAWriterThatFailsIsTold(t *testing.T) {
	t.Parallel()
	if _, err := sample("x", "en").WriteTo(failing{}); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestFontHasWhatIsSaid reads the fonts' own tables of letters.
func TestFontHasWhatIsSaid(t *testing.T) {
	t.Parallel()
	for name, font := range map[string][]byte{"regular": regular, "bold": bold} {
		has := letters(t, font)
		for r := rune(0); r <= unicode.MaxRune; r++ {
			if unicode.Is(covered, r) && !has[r] {
				t.Fatalf("%s lacks %U", name, r)
			}
		}
	}
}

func letters(t *testing.T, font []byte) map[rune]bool {
	t.Helper()
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(font[at:])) }
	cmap := 0
	for i := range u16(4) {
		if at := 12 + 16*i; string(font[at:at+4]) == "cmap" {
			cmap = int(binary.BigEndian.Uint32(font[at+8:]))
		}
	}
	sub := cmap + int(binary.BigEndian.Uint32(font[cmap+8:])) // the first one; all are alike
	if u16(sub) != 4 {
		t.Fatal("not the format that the library reads")
	}
	has := map[rune]bool{}
	segments := u16(sub+6) / 2
	for i := range segments {
		end, start := u16(sub+14+2*i), u16(sub+16+2*(segments+i))
		for r := start; r <= end && r != 0xffff; r++ {
			has[rune(r)] = true
		}
	}
	return has
}
