package letter_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/mailer/letter"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// tongues are the languages with the country that a letter goes to.
var tongues = map[string]string{"fr": "FR", "en": "GB", "de": "DE", "es": "ES", "it": "IT", "nl": "NL", "pt": "PT"}

// office composes letters of a campaign in all languages.
type office struct {
	*letter.Composer
	frozen  campaign.Frozen
	content campaign.Content
}

func frozen(channels ...string) campaign.Frozen {
	o := campaign.Organisation{Name: "Maison Lumen", LegalName: "Maison Lumen SAS", LegalForm: "SAS", Registration: "RCS Lyon 123 456 789",
		Address: "12 rue de la République, 69002 Lyon, France", Country: "FR", Email: "contact@lumen.example", Phone: "+33 4 00 00 00 00",
		PrivacyURL: "https://lumen.example/confidentialite", DPO: "dpo@lumen.example", Authority: "CNIL",
		Purposes: []campaign.Purpose{{Key: "newsletter", Retention: "36mo", Title: map[string]string{}, Description: map[string]string{}}}}
	f := campaign.File{Name: "spring", Purposes: []string{"newsletter"}, Channels: channels, Audience: campaign.Audience{Routes: []campaign.Route{campaign.RouteLetter}},
		Sender: campaign.Sender{Name: "Maison Lumen", Address: "bonjour@lumen.example"}, Schedule: campaign.Schedule{Deadline: campaign.NewDate(2026, 4, 2)}, Message: map[string]campaign.MessageText{}}
	for _, l := range []string{"fr", "en", "de", "es", "it", "nl", "pt"} {
		f.Message[l], f.Languages = campaign.MessageText{Subject: texts[l].subject, Body: texts[l].body}, append(f.Languages, l)
		o.Purposes[0].Title[l], o.Purposes[0].Description[l] = "Newsletter ("+l+")", "Receive our marketing messages about our products and shops, once a month at most."
	}
	return campaign.Frozen{File: f, Organisation: o, Hash: "hash"}
}

func keys(t testing.TB) *link.Keys {
	t.Helper()
	k, err := link.NewKeys(map[byte][]byte{1: bytes.Repeat([]byte{7}, link.MasterSize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newOffice(t testing.TB, f campaign.Frozen) office {
	t.Helper()
	const base = "https://choix.lumen.example"
	k := keys(t)
	words, err := mailer.NewComposer(mailer.Composition{BaseURL: base, Links: k, Clock: func() time.Time { return monday }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := letter.New(letter.Deps{Words: words, Links: k, BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	docs, err := c.Documents(f)
	if err != nil {
		t.Fatal(err)
	}
	o := office{c, f, campaign.Content{Name: f.File.Name, Frozen: &f, Documents: map[string]campaign.Document{}}}
	for _, d := range docs {
		o.content.Documents[d.Name] = d
	}
	return o
}

// somebody is the nth person, who lives in the country of their language.
func somebody(n int, language string) campaign.Invitation {
	return campaign.Invitation{ID: campaign.InvitationID(n), Link: campaign.LinkID{1: byte(n >> 8), 2: byte(n)}, Route: campaign.RouteLetter, Language: language, Attempt: 1,
		Values: campaign.Values{"title": "Mme", "first_name": "Zoë", "last_name": fmt.Sprintf("Østberg-%d", n), campaign.ValueLine1: "12 bis, rue de l’Église Saint-Cœur",
			campaign.ValueLine2: "Bâtiment C, 3e étage", campaign.ValuePostcode: "67000", campaign.ValueCity: "Strasbourg", campaign.ValueCountry: tongues[language],
			"source": "website form", "source_date": "2025-03-14"}}
}

func printing(o office, w campaign.Window, letters ...campaign.Invitation) campaign.Printing {
	p := campaign.Printing{Batch: campaign.Batch{ID: 3, Window: w, Letters: len(letters), At: monday}, Campaign: campaign.Campaign{Name: "spring"}, Content: o.content,
		Letters: letters, Places: map[campaign.InvitationID]int{}}
	for n, i := range letters {
		p.Places[i.ID] = n + 1
	}
	return p
}

// print writes a PDF and gives its path.
func (o office) print(t testing.TB, w campaign.Window, letters ...campaign.Invitation) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letters.pdf")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Print(context.Background(), f, printing(o, w, letters...)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// tool is a program that reads documents or images. At home it may be missing.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(name + " is missing: apt-get install poppler-utils zbar-tools qpdf")
		}
		t.Skip(name + " is missing")
	}
	var errs strings.Builder
	cmd := exec.Command(program, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(name, err, errs.String())
	}
	return string(out)
}

// everybody is one person for each language.
func everybody(o office) (all []campaign.Invitation) {
	for n, l := range o.frozen.File.Languages {
		all = append(all, somebody(n+1, l))
	}
	return all
}

// boxes are the words of each page of a PDF with their places in millimetres: left, top, right, bottom.
type box struct {
	word string
	at   [4]float64
}

func boxesOf(t *testing.T, path string) (pages [][]box) {
	t.Helper()
	const point = 25.4 / 72
	d := xml.NewDecoder(strings.NewReader(tool(t, "pdftotext", "-bbox", path, "-")))
	d.Strict = false
	for {
		token, err := d.Token()
		if err != nil {
			return pages
		}
		start, ok := token.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "page":
			pages = append(pages, nil)
		case ok && start.Name.Local == "word":
			b := box{}
			for n, a := range start.Attr {
				v, err := strconv.ParseFloat(a.Value, 64)
				if err != nil {
					t.Fatal(err)
				}
				b.at[n] = v * point
			}
			if err := d.DecodeElement(&b.word, &start); err != nil {
				t.Fatal(err)
			}
			pages[len(pages)-1] = append(pages[len(pages)-1], b)
		}
	}
}

// windows are what always shows through, in millimetres, however the sheet lies in its envelope.
var windows = map[campaign.Window][4]float64{
	campaign.WindowDIN: {20, 45, 105, 90}, campaign.WindowNF: {100, 55, 190, 79}, campaign.WindowUS: {22.2, 63.5, 111, 80.5},
}

func TestTheAddressStandsInTheWindowAndNothingElse(t *testing.T) {
	t.Parallel()
	o := newOffice(t, frozen("email", "post"))
	sender := strings.Fields("Maison Lumen SAS, 12 rue de la République, 69002 Lyon, France")
	for w, window := range windows {
		all := everybody(o)
		for n, page := range boxesOf(t, o.print(t, w, all...)) {
			var seen []string
			for _, b := range page {
				const empty = 0.25 // above and below the letters of a line the font leaves room
				b.at[1], b.at[3] = b.at[1]+empty, b.at[3]-empty
				inside := b.at[0] >= window[0] && b.at[1] >= window[1] && b.at[2] <= window[2] && b.at[3] <= window[3]
				across := b.at[0] < window[2] && b.at[2] > window[0] && b.at[1] < window[3] && b.at[3] > window[1]
				if across && !inside {
					t.Errorf("%s, page %d: %q is cut by the window: %.1f", w, n+1, b.word, b.at)
				}
				if inside {
					seen = append(seen, b.word)
				}
				if b.at[0] < 5 || b.at[1] < 5 || b.at[2] > 211 || b.at[3] > 292 {
					t.Errorf("%s, page %d: %q is at the edge: %.1f", w, n+1, b.word, b.at)
				}
			}
			text := strings.TrimPrefix(strings.Join(seen, " "), strings.Join(sender, " ")+" ")
			if !strings.HasPrefix(text, "Mme Zoë Østberg-"+strconv.Itoa(n+1)+" 12 bis, rue de l’Église Saint-Cœur") || !strings.Contains(text, "67000") || strings.Contains(text, "2026") {
				t.Errorf("%s, page %d: the window shows %q", w, n+1, text)
			}
		}
	}
}

func TestEveryLanguageSaysAllThatMustBeSaid(t *testing.T) {
	t.Parallel()
	o := newOffice(t, frozen("email", "post"))
	path := o.print(t, campaign.WindowDIN, everybody(o)...)
	pages := strings.Split(tool(t, "pdftotext", "-layout", path, "-"), "\f")
	if len(pages) != 8 || pages[7] != "" {
		t.Fatalf("%d pages", len(pages)-1)
	}
	heads := []string{"Répondre en ligne", "Answer online", "Online antworten", "Responder en línea", "Rispondere online", "Online antwoorden", "Responder em linha"}
	for n, page := range pages[:7] {
		code := keys(t).Code([16]byte(somebody(n+1, "fr").Link)).Text()
		for _, want := range []string{"Maison Lumen SAS", "RCS Lyon 123 456 789", "contact@lumen.example", "dpo@lumen.example", "CNIL", "https://lumen.example/confidentialite",
			"2026", "36", "choix.lumen.example/l", heads[n], "Zoë"} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d lacks %q:\n%s", n+1, want, page)
			}
		}
		if strings.Count(page, code) != 2 || strings.ContainsAny(page, "{}\ufffd☑☒✓") {
			t.Errorf("page %d:\n%s", n+1, page)
		}
	}
	if info := tool(t, "pdfinfo", path); !strings.Contains(info, "Tagged:          yes") {
		t.Error(info)
	}
	tool(t, "qpdf", "--check", path)
	for line := range strings.SplitSeq(tool(t, "pdffonts", path), "\n") {
		if strings.Contains(line, "Noto") && !strings.Contains(line, "yes yes yes") {
			t.Error("a font is not in the file:", line)
		}
	}
}

// TestCodesAreReadBack rasterises letters and has a decoder of others read each code. REOPTIN_LETTERS is how many.
func TestCodesAreReadBack(t *testing.T) {
	t.Parallel()
	many := 10
	if s := os.Getenv("REOPTIN_LETTERS"); s != "" {
		var err error
		if many, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	o := newOffice(t, frozen("email", "post"))
	var all []campaign.Invitation
	for n := range many {
		all = append(all, somebody(n+1, o.frozen.File.Languages[n%7]))
	}
	path := o.print(t, campaign.WindowNF, all...)
	var list bytes.Buffer
	if err := o.List(context.Background(), &list, printing(o, campaign.WindowNF, all...)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&list).ReadAll()
	if err != nil || len(rows) != many+1 {
		t.Fatal(len(rows), err)
	}
	for from := 1; from <= many; from += 50 {
		to := min(from+49, many)
		at := filepath.Join(t.TempDir(), "page")
		tool(t, "pdftoppm", "-r", "150", "-gray", "-f", strconv.Itoa(from), "-l", strconv.Itoa(to), path, at)
		images, err := filepath.Glob(at + "*")
		if err != nil || len(images) != to-from+1 {
			t.Fatal(len(images), err)
		}
		for n, image := range images { // in the order of the pages: the numbers have leading zeros
			if got, want := strings.TrimSpace(tool(t, "zbarimg", "-q", "--raw", image)), rows[from+n][4]; got != want {
				t.Errorf("letter %d: the code says %q, want %q", from+n, got, want)
			}
		}
	}
}

func TestABatchPrintedAgainIsTheSame(t *testing.T) {
	t.Parallel()
	o := newOffice(t, frozen("email"))
	var twice [2]bytes.Buffer
	for n := range twice {
		other := newOffice(t, frozen("email"))
		if err := other.Print(context.Background(), &twice[n], printing(other, campaign.WindowDIN, everybody(o)...)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(twice[0].Bytes(), twice[1].Bytes()) {
		t.Error("two prints of one batch differ")
	}
}

func TestWhatCannotBePrintedIsSaidBefore(t *testing.T) {
	t.Parallel()
	o := newOffice(t, frozen("email"))
	for name, c := range map[string]struct {
		change func(campaign.Values)
		words  string
	}{
		"all is well":   {func(campaign.Values) {}, ""},
		"company alone": {func(v campaign.Values) { v["first_name"], v["last_name"], v["company"] = "", "", "Lumen SA" }, ""},
		"Greek":         {func(v campaign.Values) { v["last_name"] = "Παπαδόπουλος" }, ""},
		"nobody":        {func(v campaign.Values) { v["first_name"], v["last_name"] = "", "" }, "lacks name"},
		"no street":     {func(v campaign.Values) { v[campaign.ValueLine1] = " " }, "lacks address_line1"},
		"no city":       {func(v campaign.Values) { delete(v, campaign.ValueCity) }, "lacks city"},
		"no postcode":   {func(v campaign.Values) { delete(v, campaign.ValuePostcode) }, "lacks postal_code"},
		"Arabic":        {func(v campaign.Values) { v["last_name"] = "محمد" }, "cannot be printed"},
		"Hindi":         {func(v campaign.Values) { v[campaign.ValueLine1] = "हिन्दी" }, "cannot be printed"},
		"too wide":      {func(v campaign.Values) { v[campaign.ValueLine1] = strings.Repeat("W", 60) }, "wider than the window"},
		"too tall": {func(v campaign.Values) {
			v[campaign.ValueLine2], v["company"], v[campaign.ValueCountry] = "a\nb", "Lumen", "GB"
		}, "7 lines"},
		"too long": {func(v campaign.Values) { v["source"] = strings.Repeat("Ein langes Wort. ", 400) }, ""}, // values are cut at 200 letters
	} {
		i := somebody(1, "fr")
		c.change(i.Values)
		sha, _, err := o.Proof(i, o.content, campaign.WindowDIN)
		if c.words == "" && (err != nil || len(sha) != 64) || c.words != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s: %q %v", name, sha, err)
		}
	}
	f := frozen("email")
	f.File.Message["de"] = campaign.MessageText{Subject: "x", Body: strings.Repeat("Noch ein Satz, der nicht passt.\n\n", 60)}
	if _, err := o.Documents(f); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "does not fit") {
		t.Error("a text that no page holds is approved:", err)
	}
}

// What is kept of a letter holds nothing of a person, and is the same each time.
func TestWhatIsKeptIsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	o := newOffice(t, frozen("email"))
	again, err := o.Documents(o.frozen)
	if err != nil || len(again) != 7 {
		t.Fatal(len(again), err)
	}
	for _, d := range again {
		if d.SHA256 != o.content.Documents[d.Name].SHA256 || !bytes.Contains(d.Content, []byte("{{greeting}}")) || d.Name != campaign.LetterDocument(d.Language) {
			t.Errorf("%s: %s", d.Name, d.Content)
		}
	}
	doc := o.content.Documents["letter.fr.json"]
	doc.Content = bytes.Replace(doc.Content, []byte("Bonjour"), []byte("Bonsoir"), 1)
	o.content.Documents["letter.fr.json"] = campaign.Document{SHA256: strings.Repeat("0", 64), Content: doc.Content}
	if _, _, err := o.Proof(somebody(1, "fr"), o.content, campaign.WindowDIN); !fault.Is(err, fault.Internal) {
		t.Error("a kept letter that was changed is printed:", err)
	}
	none := o.frozen
	none.File.Audience.Routes = []campaign.Route{campaign.RouteEmail}
	if docs, err := o.Documents(none); err != nil || len(docs) != 0 {
		t.Error("a campaign without letters keeps some:", len(docs), err)
	}
}

// A value that looks like a placeholder is not one.
func TestAPersonFillsNoPlaceholder(t *testing.T) {
	t.Parallel()
	o := newOffice(t, frozen("email"))
	i := somebody(1, "en")
	i.Values["first_name"], i.Values["source"] = "{{source}}{to}", "{{first_name}}{address}"
	text := tool(t, "pdftotext", "-layout", o.print(t, campaign.WindowDIN, i), "-")
	if !strings.Contains(text, "Hello {{source}}{to},") || !strings.Contains(text, "{{first_name}}{address}") {
		t.Error(text)
	}
}

func BenchmarkTenThousandLetters(b *testing.B) {
	o := newOffice(b, frozen("email", "post"))
	all := make([]campaign.Invitation, 10000)
	for n := range all {
		all[n] = somebody(n+1, o.frozen.File.Languages[n%7])
	}
	for b.Loop() {
		for _, i := range all { // composed once before they are claimed, and once to be printed
			if _, _, err := o.Proof(i, o.content, campaign.WindowNF); err != nil {
				b.Fatal(err)
			}
		}
		path := o.print(b, campaign.WindowNF, all...)
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
	b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "letters/s")
}
