package tabular

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

// all reads a file to its end: good rows, and bad ones as "line: reason".
func all(t testing.TB, r *Reader) (rows []Row, bad []string, err error) {
	t.Helper()
	for {
		row, err := r.Next()
		var re *RowError
		switch {
		case errors.Is(err, io.EOF):
			return rows, bad, nil
		case errors.As(err, &re):
			bad = append(bad, re.Error())
		case err != nil:
			return rows, bad, err
		default:
			rows = append(rows, row)
		}
	}
}

func read(t testing.TB, text string, o Options) (*Reader, []Row, []string) {
	t.Helper()
	r, err := Open(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return r, rows, bad
}

func TestShopExport(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/clients.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Open(iotest.OneByteReader(f), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if r.Encoding() != "windows-1252" || r.Delimiter() != ';' {
		t.Errorf("%s %q", r.Encoding(), r.Delimiter())
	}
	if d := cmp.Diff([]string{"N°", "Courriel", "Prénom", "Né le", "Remarque"}, r.Header()); d != "" {
		t.Error(d)
	}
	want := []Row{
		{2, []string{"1", "Zoé@Exemple.example", "Zoé", "31/12/1980", ""}},
		{3, []string{"2", "  a@b.example ", "Lukasz", "01/02/1990", `dit "Lulu"`}},
		{4, []string{"3", "c@d.example", "Æther", "02/03/1991", "deux\r\nlignes; et un point-virgule"}},
		{7, []string{"5", "f@g.example", "Cœur", "05/06/1992", "coûte 5 € – l’an"}},
		{8, []string{"6", "g@h.example", `Le "Petit"`, "07/08/1993", ""}},
		{10, []string{"7", `"h@i.example`, "Anaïs", "09/10/1994", "guillemet ouvert"}},
		{11, []string{"8", "j@k.example", "Ÿves", "", "fin"}},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"line 6: the row has 3 cells, the header 5"}, bad); d != "" {
		t.Error(d)
	}
}

func TestDelimiters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       rune
		line       int
	}{
		{"comma", "a,b\n1,2\n", ',', 2},
		{"semicolon", "a;b\n1;2\n", ';', 2},
		{"tab", "a\tb\n1\t2\n", '\t', 2},
		{"bar", "a|b\n1|2\n", '|', 2},
		{"commas in cells", "a;b;c\n1,5;2,5;x, y, z\n1,5;2,5;x, y\n", ';', 2},
		{"commas in the header too", "a;b, or c;d\n1;2;3\n4;5;6,7,8\n", ';', 2},
		{"delimiters in quotes", "\"a;b\",c\n\"1;2;3\",4\n", ',', 2},
		{"one column", "email\na@b.example\n", ',', 2},
		{"told", "sep=|\na|b,c\n1|2,3\n", '|', 3},
		{"old Macintosh", "a;b\r1;2\r", ';', 2},
		{"no line end", "a;b\n1;2", ';', 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, rows, bad := read(t, c.text, Options{})
			if r.Delimiter() != c.want || len(rows) == 0 || rows[0].Line != c.line || len(bad) > 0 {
				t.Errorf("%q %v %v", r.Delimiter(), rows, bad)
			}
		})
	}
	r, rows, _ := read(t, "a:b\n1:2\n", Options{Delimiter: ':'})
	if r.Delimiter() != ':' || len(rows) != 1 {
		t.Errorf("%q %v", r.Delimiter(), rows)
	}
	for _, d := range []rune{'"', '\n', '\r', 'é', 0x7f} {
		if _, err := Open(strings.NewReader("a\n"), Options{Delimiter: d}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", d, err)
		}
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	wide := func(s string, big bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			hi, lo := byte(u>>8), byte(u)
			if big {
				b.Write([]byte{hi, lo})
			} else {
				b.Write([]byte{lo, hi})
			}
		}
		return b.String()
	}
	const text = "nom;ville\nZoé;Besançon\n𝒳;Œuf\n"
	late := "nom;ville\n" + strings.Repeat("aaaaaaaa;bbbbbbb\n", 40_000)
	for _, c := range []struct {
		name, file, encoding, last string
		o                          Options
	}{
		{"UTF-8", text, "utf-8", "Œuf", Options{}},
		{"UTF-8 with mark", "\ufeff" + text, "utf-8", "Œuf", Options{}},
		{"UTF-16 little", "\xff\xfe" + wide(text, false), "utf-16le", "Œuf", Options{}},
		{"UTF-16 big", "\xfe\xff" + wide(text, true), "utf-16be", "Œuf", Options{}},
		{"UTF-16 without mark", wide(text, false), "utf-16le", "Œuf", Options{}},
		{"UTF-16 big without mark", wide(text, true), "utf-16be", "Œuf", Options{}},
		{"UTF-16 by option", "\xfe\xff" + wide(text, true), "utf-16be", "Œuf", Options{Encoding: "UTF-16"}},
		{"Windows-1252", "nom;ville\nZo\xe9;\x8cuf \x80\n", "windows-1252", "Œuf €", Options{}},
		{"Latin-1", "nom;ville\nZo\xe9;Besan\xe7on\n", "windows-1252", "Besançon", Options{}},
		{"Latin-1 with fraction", "nom;ville\nZo\xe9;1\xbdh\n", "windows-1252", "1½h", Options{}},
		{"ISO-8859-15 by œ", "nom;ville\nZo\xe9;c\xbdur\n", "iso-8859-15", "cœur", Options{}},
		{"ISO-8859-15 by €", "nom;ville\nZo\xe9;5 \xa4\n", "iso-8859-15", "5 €", Options{}},
		{"ISO-8859-15 by option", "nom;ville\nZo\xe9;\xb4\n", "iso-8859-15", "Ž", Options{Encoding: "ISO-8859-15"}},
		{"ASCII", "nom;ville\na;b\n", "utf-8", "b", Options{}},
		{"late Windows-1252", late + "Zo\xe9;Besan\xe7on\n", "windows-1252", "Besançon", Options{}},
		{"late UTF-8", late + "Zoé;Besançon\n", "utf-8", "Besançon", Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, rows, bad := read(t, c.file, c.o)
			if len(rows) == 0 || len(bad) > 0 || r.Encoding() != c.encoding || rows[len(rows)-1].Cells[1] != c.last || r.Header()[0] != "nom" {
				t.Errorf("%s, %d rows, %v", r.Encoding(), len(rows), bad)
			}
		})
	}
	if _, err := Open(strings.NewReader("a\n"), Options{Encoding: "ebcdic"}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestBrokenCharactersCostTheirRowOnly keeps one damaged name from spoiling the encoding of the file.
func TestBrokenCharactersCostTheirRowOnly(t *testing.T) {
	t.Parallel()
	text := "nom;ville\n" + strings.Repeat("Zoé;Besançon\n", 20) + "Zo\xe9;Paris\nÉmile\ufffd;Lyon\n"
	r, rows, bad := read(t, text, Options{})
	if r.Encoding() != "utf-8" || len(rows) != 21 || len(bad) != 1 || bad[0] != "line 22, column nom: the cell has octets that are no text in utf-8" {
		t.Errorf("%s %d %v", r.Encoding(), len(rows), bad)
	}
	_, rows, bad = read(t, "\xff\xfea\x00;\x00b\x00\n\x00\x00\xd8;\x00c\x00\n\x00d\x00;\x00e\x00", Options{})
	if len(rows) != 1 || len(bad) != 1 {
		t.Errorf("lone surrogate: %v %v", rows, bad)
	}
	_, rows, bad = read(t, "a;b\n\x81;x\xe9\n1;2\n", Options{Encoding: "windows-1252"})
	if len(rows) != 1 || len(bad) != 1 {
		t.Errorf("octet unknown to Windows-1252: %v %v", rows, bad)
	}
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		rows       string // cells joined by /, rows by #
		bad        int
	}{
		{"doubled", `"a ""b"" c";2`, `a "b" c/2`, 0},
		{"empty", `"";2`, `/2`, 0},
		{"line break", "\"a\nb\";2\n3;4", "a\nb/2#3/4", 0},
		{"inside plain", `a "b" c;2`, `a "b" c/2`, 0},
		{"lone inside quoted", `"a "b" c";2`, `a "b" c/2`, 0},
		{"never closed", "\"a;2\n3;4\n5;6", `"a/2#3/4#5/6`, 0},
		{"closed by a later cell", "\"a;2\n3;\"x\"\n5;6", `"a/2#3/x#5/6`, 0},
		{"space after", `"a" ;2`, `"a" /2`, 0},
		{"regular but too wide stays one row", "\"x\n1;2\n\";b;c\n3;4", `3/4`, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, rows, bad := read(t, "h;i\n"+c.body, Options{Delimiter: ';'})
			var got []string
			for _, r := range rows {
				got = append(got, strings.Join(r.Cells, "/"))
			}
			if strings.Join(got, "#") != c.rows || len(bad) != c.bad {
				t.Errorf("%q %v, want %q", strings.Join(got, "#"), bad, c.rows)
			}
		})
	}
}

func TestStrayQuoteInTheHeader(t *testing.T) {
	t.Parallel()
	r, rows, bad := read(t, "id;\"nom;ville\n1;\"x\";Lyon\n2;y;Brest\n", Options{Delimiter: ';'})
	if len(r.Header()) != 3 || len(rows) != 2 || len(bad) != 0 {
		t.Errorf("%q %v %v", r.Header(), rows, bad)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	_, rows, bad := read(t, "a;b\n"+strings.Repeat("x", 101)+";2\n3;4\n", Options{MaxCell: 100})
	if len(rows) != 1 || len(bad) != 1 || bad[0] != "line 2, column a: the cell is longer than 100 octets" {
		t.Errorf("cell: %v %v", rows, bad)
	}
	for _, long := range []string{strings.Repeat("x", 2<<20), `"` + strings.Repeat("x", 2<<20) + `"`, `"` + strings.Repeat("x", 2<<20), `"` + strings.Repeat("x\n", 200) + `"`} {
		_, rows, bad = read(t, "a;b\n"+long+";2\n3;4\n", Options{MaxRow: 300, Delimiter: ';'})
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.Cells[0] == "3" }) || len(bad) == 0 {
			t.Errorf("row: %d rows, %v", len(rows), bad)
		}
	}
	r, err := Open(strings.NewReader("a\n1\n2\n\n\n"), Options{MaxRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := all(t, r); err != nil || len(rows) != 2 {
		t.Errorf("two rows of two: %v %v", rows, err)
	}
	r, err = Open(strings.NewReader("a\n1\n2\n3\n"), Options{MaxRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := all(t, r); !fault.Is(err, fault.Invalid) || len(rows) != 2 {
		t.Errorf("three rows of two: %v %v", rows, err)
	}
	if _, err := r.Next(); !fault.Is(err, fault.Invalid) {
		t.Errorf("the failure was forgotten: %v", err)
	}
	if _, err := Open(strings.NewReader("a;b;c\n"), Options{MaxColumns: 2}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestStrayQuotesStayLinear(t *testing.T) {
	t.Parallel()
	const n = 3_000
	_, rows, bad := read(t, "a;b\n"+strings.Repeat("\"stray;cell\n", n), Options{})
	if len(rows) != n || len(bad) != 0 {
		t.Errorf("%d rows, %d bad", len(rows), len(bad))
	}
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text string }{
		"empty":        {"", "empty"},
		"only a mark":  {"\ufeff", "empty"},
		"only blanks":  {" \r\n\n", "empty"},
		"no names":     {"\"\"\n\" \"\n", "column names"},
		"spreadsheet":  {"PK\x03\x04rest", "spreadsheet"},
		"old sheet":    {"\xd0\xcf\x11\xe0\xa1\xb1", "spreadsheet"},
		"PDF":          {"%PDF-1.7", "PDF"},
		"web page":     {"\ufeff\r\n<HTML><body><table><tr><td>email</td></tr></table>", "web page"},
		"bare table":   {"<table border=1><tr><td>email</td><td>optout</td></tr></table>", "web page"},
		"sheet of XML": {"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>", "web page"},
		"binary":       {"a;b\n\x00\x01\x02", "not text"},
		"zipped twice": {gzipped(t, gzipped(t, "a;b")), "zipped twice"},
		"zipped sheet": {gzipped(t, "PK\x03\x04rest"), "spreadsheet"},
		"zip cut":      {gzipped(t, "a;b\n1;2\n")[:20], "cut off"},
		"zip damaged":  {"\x1f\x8b\x00\x00\x00\x00\x00\x00\x00\x00\x00", "damaged"},
		"zipped empty": {gzipped(t, ""), "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Open(strings.NewReader(c.file), Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := Open(iotest.ErrReader(errors.New("disk")), Options{}); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}

func TestZipped(t *testing.T) {
	t.Parallel()
	r, rows, _ := read(t, gzipped(t, "a;b\nZo\xe9;2\n"), Options{})
	if r.Encoding() != "windows-1252" || len(rows) != 1 {
		t.Errorf("%s %v", r.Encoding(), rows)
	}
	bomb := gzipped(t, "a;b\n"+strings.Repeat("1;"+strings.Repeat("x", 4000)+"\n", 4000))
	for name, c := range map[string]struct {
		o    Options
		text string
	}{
		"ratio": {Options{MaxRows: 1 << 30}, "100 times"},
		"size":  {Options{MaxRows: 1 << 30, MaxUnzipped: 1 << 20}, "1048576"},
	} {
		r, err := Open(strings.NewReader(bomb), c.o)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := all(t, r); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(t, "width")
		cell := rapid.OneOf(rapid.StringMatching(`[a-z";,\n ]{0,12}`), rapid.StringMatching(`[\pL\pN"'=+;|\t]{0,12}`))
		delimiter := rapid.SampledFrom([]rune(",;\t|")).Draw(t, "delimiter")
		var out bytes.Buffer
		w := NewWriter(&out, delimiter)
		header := make([]string, width)
		for i := range header {
			header[i] = fmt.Sprint("column", i)
		}
		_ = w.Write(header...)
		var want [][]string
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			cells := rapid.SliceOfN(cell, width, width).Draw(t, "cells")
			cells[0] = "x" + cells[0]
			want = append(want, cells)
			_ = w.Write(cells...)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		r, err := Open(iotest.HalfReader(&out), Options{Delimiter: delimiter, Encoding: "utf-8"})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, row.Cells)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{"a;b\n1;2\n", "\xff\xfea\x00;\x00", "a,\"b\n\"\"c\",d\r\n", "\"\"\"", "a\r\"b\r", "sep=;\n;\n", gzipped(f, "a\tb\n1\t2"), "a;b\nZo\xe9;\xbdu", "h\n\"a\"b\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Open(strings.NewReader(s), Options{MaxRow: 1 << 12, MaxCell: 1 << 10})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		last := 0
		for range len(s) + 300_000 {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *RowError
			if err != nil && !errors.As(err, &bad) {
				return
			}
			if row.Line <= last || err == nil && len(row.Cells) != len(r.Header()) {
				t.Fatalf("line %d after %d, %d cells of %d", row.Line, last, len(row.Cells), len(r.Header()))
			}
			last = row.Line
		}
		t.Fatal("does not end")
	})
}
