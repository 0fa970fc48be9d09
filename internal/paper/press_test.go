package paper

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func pressed(t *testing.T, pages int) []byte {
	t.Helper()
	var b bytes.Buffer
	p, err := NewPress(&b, Paper{Title: "Lettres d’été", Language: "fr", Created: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, A4)
	if err != nil {
		t.Fatal(err)
	}
	body := Style{Size: 10, Line: 4.6}
	for n := range pages {
		g := p.Page("fr")
		y := g.Heading(20, 60, Style{Bold: true, Size: 13, Line: 6}, "Souhaitez-vous nos nouvelles ?")
		y = g.Text(20, y, body, p.Lines(strings.Repeat("Été, œuvre, größer, señor, ação, één, Łódź, Ελλάδα. ", 9), body, 170)...)
		g.Box(20, y+2, 4, 4)
		g.Text(26, y+2, body, "Page "+number(n))
		g.Rule(20, 200, 190, 200, true)
		g.Matrix(150, 210, 0.6, 21, func(x, y int) bool { return (x*y+n)%3 == 0 }, "Code")
		if err := g.End(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPressedPagesAreReadBack(t *testing.T) {
	t.Parallel()
	pdf := pressed(t, 3)
	text := poppler(t, "pdftotext", pdf, "-layout")
	for _, want := range []string{"Souhaitez-vous nos nouvelles ?", "Été, œuvre, größer, señor, ação, één, Łódź, Ελλάδα.", "Page 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	info := poppler(t, "pdfinfo", pdf)
	for _, want := range []string{"Lettres d’été", "Tagged:          yes", "Pages:           3", "A4"} {
		if !strings.Contains(info, want) {
			t.Errorf("lacks %q:\n%s", want, info)
		}
	}
	if got := strings.Count(poppler(t, "pdffonts", pdf), "yes yes yes"); got != 2 { // embedded, a subset, with letters to copy
		t.Error(poppler(t, "pdffonts", pdf))
	}
}

func TestPressedFileIsSound(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "press.pdf")
	if err := os.WriteFile(file, pressed(t, 40), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "qpdf", "--check", file).CombinedOutput(); err != nil || !strings.Contains(string(out), "No syntax or stream encoding errors") {
		t.Error(string(out), err)
	}
}

func TestAPressGivesTheSameBytesAgain(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(pressed(t, 5), pressed(t, 5)) {
		t.Error("two runs differ")
	}
}

func TestAPressWhoseWriterFailsSaysSo(t *testing.T) {
	t.Parallel()
	p, err := NewPress(failing{}, Paper{Title: "x"}, Letter)
	if err == nil {
		g := p.Page("en")
		g.Text(0, 0, Style{Size: 10, Line: 5}, "x")
		_ = g.End()
		err = p.Close()
	}
	if err == nil {
		t.Error("a failing writer went unseen")
	}
}

func TestWhatCannotBePrintedIsNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "Zoë Łukasz Ελένη Жанна\n": "", "e\u0301": "", "مرحبا": "م", "हिन्दी": "ह", "山田": "山", "a\u200db": "", "\ufffd": "\ufffd", "👍": "👍"} {
		if got := Lacking(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
