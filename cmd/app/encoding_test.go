package app

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/reoptin/reoptin/campaign"
)

// TestTheSamePeopleHoweverTheyAreWritten writes one base in every encoding, each with two delimiters, and with every line
// end, zipped and as workbooks: the people are the same, and so is the verdict on each.
func TestTheSamePeopleHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const seed = 20261125
	table := madeUp(rand.New(rand.NewPCG(seed, 1)), 2000)
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy) encoding.Encoding {
		return unicode.UTF16(order, mark)
	}
	encodings := map[string]encoding.Encoding{
		"utf-8": unicode.UTF8, "utf-8 marked": unicode.UTF8BOM,
		"utf-16le marked": utf16(unicode.LittleEndian, unicode.UseBOM), "utf-16be marked": utf16(unicode.BigEndian, unicode.UseBOM),
		"utf-16le": utf16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16be": utf16(unicode.BigEndian, unicode.IgnoreBOM),
		"windows-1252": charmap.Windows1252, "iso-8859-15": charmap.ISO8859_15,
	}
	delimiters := []string{";", ",", "\t", "|"}
	files := map[string][]byte{}
	for n, name := range slices.Sorted(maps.Keys(encodings)) {
		e := encodings[name]
		// Each encoding with two of them, so that each of them meets four encodings.
		for i, delimiter := range []string{delimiters[(n+1)%4], delimiters[(n+2+n/4)%4]} {
			nl := []string{"\n", "\r\n"}[(i+n/2)%2]
			text, err := e.NewEncoder().Bytes([]byte(delimited(table, delimiter, nl)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			files[fmt.Sprintf("%s %q %q", name, delimiter, nl)] = text
			if i == 0 {
				files[name+" zipped"] = gzipped(t, text)
			}
		}
	}
	files["workbook"] = workbook(t, table, true)
	files["workbook of texts in the cells"] = workbook(t, table, false)
	files["workbook zipped once more"] = gzipped(t, files["workbook"])
	h := newHouse(t, plan{})
	var want []string
	for _, name := range append([]string{"utf-8 zipped"}, slices.Sorted(maps.Keys(files))...) {
		got := verdicts(t, h, files[name])
		if want == nil {
			want = got
			if len(want) < 1900 || len(want) == len(table)-1 {
				t.Fatalf("%d people of %d rows: nobody was merged", len(want), len(table)-1)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("seed %d, %s: %.2000s", seed, name, d)
		}
	}
}

// madeUp is a base with a header: days are ISO in it, and written otherwise by whoever writes it.
func madeUp(r *rand.Rand, n int) [][]string {
	table := [][]string{{"N° client", "Prénom", "Nom", "Courriel", "Adresse", "Code postal", "Ville", "Pays", "Relation", "Créé le", "Dernier achat", "Consentement", "Date du consentement",
		"Source du consentement", "Désabonné", "Rebond", "Préféré"}}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	day := func() string {
		if r.IntN(5) == 0 {
			return ""
		}
		return time.Date(2020+r.IntN(6), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC).Format("2006-01-02")
	}
	for i := range n {
		mailbox := fmt.Sprintf("p%d@place.example", i)
		if r.IntN(40) == 0 {
			mailbox = fmt.Sprintf("p%d@place.example", r.IntN(n))
		}
		table = append(table, []string{fmt.Sprintf("K%05d", i), pick("Zoé", "François", "Anaïs", "Lukaš", "Bjørn"), pick("Lefèvre", "Cœur", "d'Évry", `O"Neil`, "Müller; Söhne, KG"), mailbox,
			pick("1, rue de l'Été", "Straße 5", ""), pick("01000", "75011", ""), pick("Besançon", "Mâcon", ""), pick("France", "Allemagne", "Österreich", "FR", "US"),
			pick("client", "prospect", "ancien client"), day(), day(), pick("oui", "non", "inconnu", "", "oui", "oui"), day(), pick("formulaire", "boutique\nde l'été", ""),
			pick("", "", "", "x"), pick("", "", "dur"), pick("5 €", "œuf", "Šarka", "l'été|l'hiver")})
	}
	return table
}

func isDay(cell string) (time.Time, bool) {
	d, err := time.Parse("2006-01-02", cell)
	return d, err == nil
}

// delimited writes days with the day first, and quotes what needs it.
func delimited(table [][]string, delimiter, nl string) string {
	var b strings.Builder
	for _, row := range table {
		for i, cell := range row {
			if i > 0 {
				b.WriteString(delimiter)
			}
			if d, ok := isDay(cell); ok {
				cell = d.Format("02/01/2006")
			}
			if strings.ContainsAny(cell, delimiter+"\"\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(nl)
	}
	return b.String()
}

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// workbook writes days as numbers that are shown as days; texts in the list that cells share, or in the cells.
func workbook(t testing.TB, table [][]string, shared bool) []byte {
	t.Helper()
	var sheet, texts strings.Builder
	n := 0
	for i, row := range table {
		fmt.Fprintf(&sheet, `<row r="%d">`, i+1)
		for c, cell := range row {
			place := fmt.Sprintf("%c%d", 'A'+c, i+1)
			var text strings.Builder
			if err := xml.EscapeText(&text, []byte(cell)); err != nil {
				t.Fatal(err)
			}
			day, isDay := isDay(cell)
			switch {
			case cell == "":
			case isDay:
				fmt.Fprintf(&sheet, `<c r="%s" s="1"><v>%d</v></c>`, place, int(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours()/24))
			case shared:
				fmt.Fprintf(&sheet, `<c r="%s" t="s"><v>%d</v></c>`, place, n)
				fmt.Fprintf(&texts, `<si><t xml:space="preserve">%s</t></si>`, text.String())
				n++
			default:
				fmt.Fprintf(&sheet, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, place, text.String())
			}
		}
		sheet.WriteString("</row>")
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"xl/workbook.xml":            `<workbook><sheets><sheet name="Base" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + sheet.String() + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":       `<sst>` + texts.String() + `</sst>`,
		"xl/styles.xml":              `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
	} {
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
	return b.Bytes()
}

// verdicts takes a file over, gives each person with the verdict, and takes it back.
func verdicts(t *testing.T, h *house, file []byte) (people []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base")
	h.must(os.WriteFile(path, file, 0o600))
	r, err := h.app.Import(t.Context(), path, ImportOptions{})
	if err != nil || r.Rejected > 0 || r.Updated > 0 {
		t.Fatalf("%+v %v", r.Rejects, err)
	}
	h.view(func(r campaign.Reader) error {
		cs, err := r.ContactPage(campaign.ContactFilter{}, 1, 1<<20) // the first is of the house
		for _, c := range cs {
			c.ID = 0
			v := campaign.Audit(c, campaign.Standing{}, organisation(1), campaign.DateOf(morning))
			text, err := json.Marshal([]any{c, string(c.Email), v})
			h.must(err)
			people = append(people, string(text))
		}
		return err
	})
	_, err = h.app.Desk.UndoImport(t.Context(), Operator(), r.Import, false)
	h.must(err)
	return people
}
