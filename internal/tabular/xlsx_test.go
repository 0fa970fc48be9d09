package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/internal/fault"
)

// parts of a workbook as spreadsheet programs write it; a test changes what it is about.
func parts(sheet string, changes ...string) map[string]string {
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	p := map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"_rels/.rels":                `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<?xml version="1.0" encoding="UTF-8"?><workbook ` + main + `><workbookPr/><sheets><sheet name="Base" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<?xml version="1.0"?><worksheet ` + main + `><dimension ref="A1"/><sheetData>` + sheet + `</sheetData><pageMargins/></worksheet>`,
	}
	for i := 0; i+1 < len(changes); i += 2 {
		p[changes[i]] = changes[i+1]
	}
	return p
}

func zipped(t testing.TB, files map[string]string) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
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
	return bytes.NewReader(b.Bytes())
}

// inline is a row of texts.
func inline(cells ...string) string {
	var b strings.Builder
	b.WriteString("<row>")
	for _, c := range cells {
		fmt.Fprintf(&b, `<c t="inlineStr"><is><t>%s</t></is></c>`, c)
	}
	b.WriteString("</row>")
	return b.String()
}

const sheet2 = `<worksheet><sheetData><row><c t="inlineStr"><is><t>email</t></is></c></row></sheetData></worksheet>`

func TestWorkbook(t *testing.T) {
	t.Parallel()
	shared := `<sst><si><t>email</t></si><si><r><t>Pré</t></r><r><rPr><b/></rPr><t>nom</t></r><rPh><t>x</t></rPh></si><si><t>a@b.example</t></si><si><t xml:space="preserve">deux_x000D_
lignes &amp; _x263A_ _xyz</t></si></sst>`
	styles := `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="[$-40C]d\ mmmm\ yyyy;@"/><numFmt numFmtId="166" formatCode="0.00&quot; days&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="22"/></cellXfs></styleSheet>`
	sheet := `<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="D3" t="inlineStr"><is><t>CP</t></is></c><c r="E3" t="str"><v>né</v></c><c r="F3" t="inlineStr"><is><t>note</t></is></c><c r="G3" s="1"/></row>
<row r="4" spans="1:6"/><row r="9"><c r="A9" t="s"><v>2</v></c><c r="D9" s="2"><v>1000</v></c><c r="E9" s="1"><v>45657</v></c><c r="F9" t="s"><v>3</v></c></row>
<row r="10"><c r="A10"><v>33612345678</v></c><c r="B10" t="b"><v>1</v></c><c r="C10" s="4"><v>1.5</v></c><c r="D10"><v>3.3612345678E10</v></c><c r="E10" s="3"><v>45657.5</v></c><c r="F10" t="d"><v>2024-12-31</v></c></row>
<row r="11"><c r="A11" t="b"><v>0</v></c><c r="E11" s="5"><v>45657.999999999</v></c></row>`
	r, err := Open(zipped(t, parts(sheet, "xl/sharedStrings.xml", shared, "xl/styles.xml", styles)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	if d := cmp.Diff([]string{"email", "Prénom", "", "CP", "né", "note"}, r.Header()); d != "" {
		t.Error(d)
	}
	want := []Row{
		{9, []string{"a@b.example", "", "", "01000", "2024-12-31", "deux\r\nlignes & ☺ _xyz"}},
		{10, []string{"33612345678", "true", "1.5", "33612345678", "2024-12-31T12:00:00", "2024-12-31"}},
		{11, []string{"false", "", "", "", "2025-01-01", ""}},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if r.Sheet() != "Base" || r.Encoding() != "utf-8" || r.Delimiter() != 0 {
		t.Error(r.Sheet(), r.Encoding(), r.Delimiter())
	}
}

// TestNumbersAndWordsOfOtherPrograms reads what Java, and programs that write the words of XML Schema, put where Excel writes 1001
// and 1: a number had a decimal that nobody wrote, and a true was a false.
func TestNumbersAndWordsOfOtherPrograms(t *testing.T) {
	t.Parallel()
	sheet := inline("id", "zip", "out", "in", "share") + `<row><c><v>1001.0</v></c><c s="1"><v>1000.0</v></c><c t="b"><v>true</v></c><c t="b"><v>FALSE</v></c><c><v>-1.50</v></c></row>`
	p := parts(sheet, "xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`)
	r, err := Open(zipped(t, p), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if d := cmp.Diff([]Row{{2, []string{"1001", "01000", "true", "false", "-1.5"}}}, rows); d != "" || len(bad) > 0 || err != nil {
		t.Error(d, bad, err)
	}
}

// TestLongNumbersAreNotMadeUp reads numbers of more figures than a cell keeps: what is left of one must not look like a whole number,
// and one that a program wrote out stays as it is.
func TestLongNumbersAreNotMadeUp(t *testing.T) {
	t.Parallel()
	sheet := inline("a", "b", "c", "d", "e") + `<row><c><v>1.23456789012345E+17</v></c><c><v>1234567890123450</v></c><c><v>12345678901234567</v></c><c><v>3.3612345678E+10</v></c><c><v>123456789012345</v></c></row>`
	r, err := Open(zipped(t, parts(sheet)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if d := cmp.Diff([]Row{{2, []string{"1.23456789012345E+17", "1.23456789012345E+15", "12345678901234567", "33612345678", "123456789012345"}}}, rows); d != "" || len(bad) > 0 || err != nil {
		t.Error(d, bad, err)
	}
}

// TestPartsAreFoundByTheirKind reads a workbook as Excel on the web saves it, whose parts have other names: a day without the
// formats of its cells is a number.
func TestPartsAreFoundByTheirKind(t *testing.T) {
	t.Parallel()
	const kind = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	p := parts(`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row><c s="1"><v>44195</v></c><c s="2"><v>1000</v></c></row>`,
		"xl/styles2.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
		"xl/sharedStrings2.xml", `<sst><si><t>day</t></si><si><t>zip</t></si></sst>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="`+kind+`worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId8" Type="`+kind+`styles" Target="/xl/styles2.xml"/><Relationship Id="rId9" Type="`+kind+`sharedStrings" Target="sharedStrings2.xml"/></Relationships>`)
	r, err := Open(zipped(t, p), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if d := cmp.Diff([]Row{{2, []string{"2020-12-30", "01000"}}}, rows); d != "" || len(bad) > 0 || err != nil {
		t.Error(d, bad, err)
	}
}

// TestCellsThatAreOneOverSeveralRows refuses a sheet in which one cell stands for several people: the no in it was heard of the
// first alone. Titles over several columns, and what stands above the people or below them, do no harm.
func TestCellsThatAreOneOverSeveralRows(t *testing.T) {
	t.Parallel()
	sheet := inline("email", "désinscrit") + inline("a@b.example", "oui") + inline("c@b.example", "") + `<row r="9"/>`
	for ref, refused := range map[string]bool{"B2:B3": true, "$B$2:$B$3": true, "A1:B2": true, "A2:B2": false, "A1:B1": false, "A20:B30": false, "B2": false, "": false} {
		p := parts(sheet)
		p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "<pageMargins/>", `<mergeCells count="1"><mergeCell ref="`+ref+`"/></mergeCells>`, 1)
		r, err := Open(zipped(t, p), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = all(t, r); refused != fault.Is(err, fault.Invalid) || refused && !strings.Contains(err.Error(), "merged over several rows: "+ref) || !refused && err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

func TestDaysOfTheOtherEpoch(t *testing.T) {
	t.Parallel()
	p := parts(inline("d")+`<row><c s="1"><v>44195</v></c></row>`, "xl/styles.xml", `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`)
	p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "<workbookPr/>", `<workbookPr date1904="1"/>`, 1)
	r, err := Open(zipped(t, p), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, _ := all(t, r); len(rows) != 1 || rows[0].Cells[0] != "2024-12-31" {
		t.Error(rows)
	}
}

func TestSheetIsChosen(t *testing.T) {
	t.Parallel()
	book := func(attr string) string {
		return `<workbook><sheets><sheet name="Base" r:id="rId1"/><sheet name="Désinscrits" r:id="rId2" ` + attr + `/></sheets></workbook>`
	}
	two := func(attr, second string) *bytes.Reader {
		return zipped(t, parts(inline("email", "nom"), "xl/workbook.xml", book(attr), "xl/worksheets/sheet2.xml", second))
	}
	for name, c := range map[string]struct {
		in          *bytes.Reader
		sheet, want string
		text        string
		passed      string // a hidden sheet that is not read
	}{
		"hidden":  {in: two(`state="hidden"`, sheet2), want: "Base", passed: "Désinscrits"},
		"very":    {in: two(`state="veryHidden"`, sheet2), want: "Base", passed: "Désinscrits"},
		"blank":   {in: two(`state="hidden"`, `<worksheet><sheetData/></worksheet>`), want: "Base"},
		"wanted":  {in: two(`state="hidden"`, sheet2), sheet: "Désinscrits", want: "Désinscrits"},
		"empty":   {in: two("", `<worksheet><sheetData><row r="1"><c r="A1" s="3"/></row></sheetData></worksheet>`), want: "Base"},
		"two":     {in: two("", sheet2), text: "several sheets: Base, Désinscrits"},
		"said":    {in: two("", sheet2), sheet: "désinscrits ", want: "Désinscrits"},
		"missing": {in: two("", sheet2), sheet: "Feuil1", text: "no sheet Feuil1"},
		"text":    {in: bytes.NewReader([]byte("a;b")), sheet: "Base", text: "no workbook"},
	} {
		r, err := Open(c.in, Options{Sheet: c.sheet})
		switch {
		case c.text != "":
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || r.Sheet() != c.want || strings.Join(r.Hidden(), ", ") != c.passed:
			t.Errorf("%s: %v, passed over %v", name, err, r.Hidden())
		}
	}
}

func TestRowsOfAWorkbookThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	sheet := inline("email", "note") +
		`<row><c t="str"><f>HYPERLINK("http://x.example")</f><v>a@b.example</v></c></row>` +
		`<row><c t="inlineStr"><is><t>b@b.example</t></is></c><c t="e"><v>#N/A</v></c></row>` +
		inline("c@b.example", strings.Repeat("x", 40<<10)) + inline("d@b.example", "a_x0000_b") + inline("e@b.example", "", "more") +
		inline("=cmd|' /C calc'!A0", "text is no formula")
	r, err := Open(zipped(t, parts(sheet)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad, err := all(t, r)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"line 2, column email: the cell holds a formula; replace formulas by their values and save again",
		"line 3, column note: the cell holds an error of the spreadsheet",
		"line 4, column note: the cell is longer than 32768 octets",
		"line 5, column note: the cell holds a NUL character",
		"line 6: the row has 3 cells, the header 2",
	}
	if d := cmp.Diff(want, bad); d != "" {
		t.Error(d)
	}
	if len(rows) != 1 || rows[0].Cells[0] != "=cmd|' /C calc'!A0" {
		t.Error(rows)
	}
}

func TestFilesThatAreNoWorkbook(t *testing.T) {
	t.Parallel()
	good := zipped(t, parts(inline("a")+inline("b")))
	whole, _ := io.ReadAll(good)
	many := map[string]string{}
	for i := range maxParts + 1 {
		many[fmt.Sprint(i)] = ""
	}
	for name, c := range map[string]struct {
		in   *bytes.Reader
		text string
	}{
		"zip of CSV":     {zipped(t, map[string]string{"subscribed.csv": "a"}), "zip archive"},
		"OpenDocument":   {zipped(t, map[string]string{"content.xml": "", "mimetype": ""}), "OpenDocument"},
		"letter":         {zipped(t, map[string]string{"word/document.xml": "", "[Content_Types].xml": ""}), "no spreadsheet"},
		"binary":         {zipped(t, map[string]string{"xl/workbook.bin": ""}), "binary workbook"},
		"cut":            {bytes.NewReader(whole[:len(whole)-30]), "damaged or cut off"},
		"only a mark":    {bytes.NewReader([]byte("PK\x03\x04rest")), "damaged or cut off"},
		"empty archive":  {zipped(t, nil), "zip archive"},
		"too many files": {zipped(t, many), "more than 1000 files"},
		"no rows":        {zipped(t, parts("")), "no line with column names"},
		"entities":       {zipped(t, parts(inline("a"), "xl/worksheets/sheet1.xml", `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData>`+inline("&a;")+`</sheetData></worksheet>`)), "damaged"},
		"row far away":   {zipped(t, parts(inline("a")+`<row r="1000000000"><c><v>1</v></c></row>`)), "damaged"},
		"row again":      {zipped(t, parts(inline("a")+`<row r="1"><c><v>1</v></c></row>`)), "damaged"},
		"cell far away":  {zipped(t, parts(inline("a")+`<row><c r="ZZZZ2"><v>1</v></c></row>`)), "damaged"},
		"cell again":     {zipped(t, parts(inline("a")+`<row><c r="B2"/><c r="A2"/></row>`)), "damaged"},
		"no such text":   {zipped(t, parts(inline("a")+`<row><c t="s"><v>7</v></c></row>`)), "damaged"},
		"sheet cut":      {zipped(t, parts("", "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+inline("a")+inline("b"))), "damaged"},
		"row cut":        {zipped(t, parts("", "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+inline("a")+`<row><c><v>1`)), "damaged"},
		"UTF-16":         {zipped(t, parts("", "xl/worksheets/sheet1.xml", `<?xml version="1.0" encoding="UTF-16"?><worksheet/>`)), "damaged"},
		"formula names":  {zipped(t, parts(`<row><c t="str"><f>A2</f><v>email</v></c></row>`)), "the line of column names"},
		"too wide":       {zipped(t, parts(inline(strings.Split(strings.Repeat("a ", 600), " ")...))), "at most 500"},
	} {
		r, err := Open(c.in, Options{})
		if err == nil {
			_, _, err = all(t, r)
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWorkbooksThatBlowUp holds hostile workbooks against a bound of memory. It runs alone, since it
// measures the whole process.
func TestWorkbooksThatBlowUp(t *testing.T) {
	start := `<worksheet><sheetData>` + inline("a")
	for name, c := range map[string]struct {
		files map[string]string
		text  string
	}{
		"a cell of 60 MB":         {parts("", "xl/worksheets/sheet1.xml", start+`<row><c t="inlineStr"><is><t>`+strings.Repeat("x", 60<<20)), "cell of more than"},
		"an attribute of 60 MB":   {parts("", "xl/worksheets/sheet1.xml", start+`<row r="`+strings.Repeat("1", 60<<20)), "cell of more than"},
		"a text of 60 MB":         {parts(inline("a"), "xl/sharedStrings.xml", `<sst><si><t>`+strings.Repeat("x", 60<<20)), "cell of more than"},
		"a text in many pieces":   {parts(inline("a"), "xl/sharedStrings.xml", `<sst><si>`+strings.Repeat("<r><t>"+strings.Repeat("ab", 1000)+"</t></r>", 20_000)), "times its size"},
		"zeros":                   {parts("", "xl/worksheets/sheet1.xml", start+strings.Repeat(`<row><c><v>1</v></c></row>`, 2_000_000)), "times its size"},
		"marks inside marks":      {parts("", "xl/worksheets/sheet1.xml", start+strings.Repeat("<a>", 10_000_000)), "times its size"},
		"styles without end":      {parts(inline("a"), "xl/styles.xml", `<styleSheet><cellXfs>`+strings.Repeat(`<xf/>`, 200_000)), "damaged"},
		"sheets without end":      {parts(inline("a"), "xl/workbook.xml", `<workbook><sheets>`+strings.Repeat(`<sheet name="a" r:id="rId1"/>`, 50_000)), "damaged"},
		"empty texts without end": {parts(inline("a"), "xl/sharedStrings.xml", `<sst>`+strings.Repeat("<si/>", 6_000_000)), ""},
	} {
		err := measured(t, name, zipped(t, c.files))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTextsThatBlowUp does the same with texts. Like the other it runs alone.
func TestTextsThatBlowUp(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"zipped nothing":       {gzipped(t, "a;b\n"+strings.Repeat("\n", 40<<20)), "times its size"},
		"zipped rows":          {gzipped(t, "a;b\n"+strings.Repeat("1;"+strings.Repeat("2", 100)+"\n", 200_000)), "times its size"},
		"a header of 60 MB":    {strings.Repeat("x", 60<<20), "the line of column names"},
		"a cell of 60 MB":      {"a;b\n1;" + strings.Repeat("x", 60<<20) + "\n1;2\n", ""},
		"sixty cells of 1 MB":  {"a;b\n" + strings.Repeat("1;"+strings.Repeat("x", 1<<20)+"\n", 60), ""},
		"a quote never closed": {"a;b\n1;\"" + strings.Repeat("x\n", 2<<20), ""},
	} {
		err := measured(t, name, bytes.NewReader([]byte(c.text)))
		if c.want == "" && !errors.Is(err, io.EOF) && !fault.Is(err, fault.Invalid) || c.want != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAZippedWorkbookIsUnwrapped: a workbook that was zipped once more comes out as it was, anything else is left to Open, and nothing
// blows up.
func TestAZippedWorkbookIsUnwrapped(t *testing.T) {
	t.Parallel()
	book := zipped(t, parts(inline("email")+inline("a@b.example")))
	whole := make([]byte, book.Size())
	if _, err := book.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	packed := gzipped(t, string(whole))
	var out bytes.Buffer
	if is, err := Unwrap(strings.NewReader(packed), &out, Options{}); !is || err != nil || !bytes.Equal(out.Bytes(), whole) {
		t.Errorf("%v, %v, %d octets of %d", is, err, out.Len(), len(whole))
	}
	for name, file := range map[string]string{"a workbook": string(whole), "a zipped text": gzipped(t, "a;b\n1;2\n"), "a zipped gzip file": gzipped(t, packed), "nothing": "",
		"a letter": "a", "a damaged file": "\x1f\x8b\x00\x00\x00\x00\x00\x00\x00\x00\x00", "a zipped nothing": gzipped(t, "")} {
		out.Reset()
		if is, err := Unwrap(strings.NewReader(file), &out, Options{}); is || err != nil || out.Len() > 0 {
			t.Errorf("%s: %v, %v, %d octets", name, is, err, out.Len())
		}
	}
	bomb := gzipped(t, zipMagic+strings.Repeat("\x00", 40<<20))
	for name, tt := range map[string]struct {
		file string
		opts Options
		says string
	}{
		"cut":     {packed[:len(packed)-20], Options{}, "cut off"},
		"damaged": {packed[:len(packed)-8] + "checksum", Options{}, "damaged"},
		"a bomb":  {bomb, Options{}, "times its size"},
		"large":   {bomb, Options{MaxRatio: 1 << 40, MaxUnzipped: 20 << 20}, "unzips to more than"},
	} {
		if _, err := Unwrap(strings.NewReader(tt.file), io.Discard, tt.opts); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// measured reads a file to its end and demands that the process did not grow by much.
func measured(t *testing.T, name string, in io.Reader) error {
	t.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Open(in, Options{})
	if err == nil {
		for {
			var bad *RowError
			if _, err = r.Next(); err != nil && !errors.As(err, &bad) {
				break
			}
		}
	}
	runtime.ReadMemStats(&after)
	// A list of four million texts is copied once more while it grows: 64 MiB, 80 more beside them, and what
	// is not collected yet.
	if grown := int64(after.Sys) - int64(before.Sys); grown > 256<<20 {
		t.Errorf("%s: the process grew by %d MiB", name, grown>>20)
	}
	return err
}

func FuzzWorkbook(f *testing.F) {
	for _, s := range []string{inline("email", "a") + inline("b", "c"), `<row r="2"><c r="A2" t="s"><v>0</v></c></row>`, `<row><c s="1"><v>45657.5</v></c><c t="e"><f/><v>#</v></c></row>`} {
		f.Add(s, `<sst><si><t>x</t></si></sst>`, `<styleSheet><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>`)
	}
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		r, err := Open(zipped(t, parts(sheet, "xl/sharedStrings.xml", texts, "xl/styles.xml", styles)), Options{MaxRow: 1 << 12, MaxCell: 1 << 10})
		last := 0
		for err == nil {
			var row Row
			row, err = r.Next()
			var bad *RowError
			if errors.As(err, &bad) {
				err = nil
			} else if err == nil && len(row.Cells) != len(r.Header()) {
				t.Fatalf("%d cells of %d", len(row.Cells), len(r.Header()))
			}
			if err == nil && row.Line <= last {
				t.Fatalf("line %d after %d", row.Line, last)
			}
			last = row.Line
		}
		if !errors.Is(err, io.EOF) && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
