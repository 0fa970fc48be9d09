package campaign

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

// frenchDates reads 31/12/2024.
type frenchDates struct{}

func (frenchDates) Date(_ int, cell string) (Date, bool) {
	t, err := time.Parse("02/01/2006", cell)
	return DateOf(t), err == nil
}

var testKeys = NewKeyer(make([]byte, 32))

func fixture(t testing.TB) (header []string, lines []Line) {
	t.Helper()
	f, err := os.Open("testdata/base.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows[1:] {
		lines = append(lines, Line{Number: i + 2, Cells: cells})
	}
	return rows[0], lines
}

// batch is all that a file says, in memory.
type batch struct {
	told
	Contacts []Contact
	Lines    [][]int // per contact, the lines it came from
}

func importerOf(t testing.TB, header []string) *importer {
	t.Helper()
	cols, err := newColumns(header, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newImporter(cols, frenchDates{}, testKeys, day)
}

func batchOf(t testing.TB, header []string, lines []Line) batch {
	t.Helper()
	in, err := newShelf().desk(t).newIntake(source(header, lines), importerOf(t, header))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.read(t.Context(), source(header, lines).Lines); err != nil {
		t.Fatal(err)
	}
	of := make([][]int, len(in.at)) // of each first row
	kept := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool {
		return slices.ContainsFunc(in.Rejects, func(r Reject) bool { return r.Line == l.Number })
	})
	for row := range in.at {
		of[in.root(uint32(row))] = append(of[in.root(uint32(row))], kept[row].Number)
	}
	b := batch{told: in.told}
	if err := in.people(func(row uint32, l *leaf) error {
		c, err := l.unpack(jsonBodies{})
		b.Contacts, b.Lines = append(b.Contacts, c), append(b.Lines, of[row])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := in.close(); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestImporterReadsTheBase(t *testing.T) {
	t.Parallel()
	header, lines := fixture(t)
	b := batchOf(t, header, lines)
	if b.Rows != 11 || len(b.Contacts) != 7 || b.Duplicates != 2 || len(b.Rejects) != 2 || len(b.Conflicts) != 1 {
		t.Fatalf("rows %d, contacts %d, duplicates %d, rejects %v, conflicts %v", b.Rows, len(b.Contacts), b.Duplicates, b.Rejects, b.Conflicts)
	}
	for _, c := range b.Contacts {
		v := Audit(c, Standing{}, shop(), day)
		if v.Code != c.Attributes["expected"] {
			t.Errorf("%s %q: %s %v, want %s", c.ExternalID, string(c.Email), v.Code, v.Reasons, c.Attributes["expected"])
		}
	}
	lea := b.Contacts[2]
	if lea.ExternalID != "A3" || !slices.Equal(lea.MergedIDs, []string{"A3B"}) || string(lea.Email) != "lea2@courrier.example" || lea.Facts.Collected != mustDate("2025-01-01") {
		t.Errorf("merged: %+v %q", lea, string(lea.Email))
	}
	if got := b.Contacts[1].Facts.Claims[0].Channels; !slices.Equal(got, []string{"email", "sms"}) {
		t.Errorf("channels %v", got)
	}
	if c := b.Contacts[0]; c.Country != "FR" || c.Attributes["Boutique"] != "Nantes" || c.Facts.Minor {
		t.Errorf("%+v", c)
	}
}

func TestRejectsSayWhereAndWhy(t *testing.T) {
	t.Parallel()
	header, lines := fixture(t)
	b := batchOf(t, header, lines)
	if r := b.Rejects[0]; r.Line != 10 || r.Column != "consent_status" || r.Reason == "" || r.Cells[0] != "A7" {
		t.Errorf("%+v", r)
	}
	if r := b.Rejects[1]; r.Line != 11 || r.Column != "Date de collecte" || r.Reason != "not a date" {
		t.Errorf("%+v", r)
	}
	if want := testKeys.Mailbox("eva@courrier.example"); len(b.Suppress) != 1 || len(b.Suppress[0]) != 2 || !slices.Contains(b.Suppress[0], want[0]) {
		t.Errorf("the no on a rejected row: %v", b.Suppress)
	}
	if len(b.Notes) != 1 || b.Notes[0].Line != 12 || b.Notes[0].Column != "Dernier contact" {
		t.Errorf("a contact in the future: %+v", b.Notes)
	}
}

func TestOrderOfRowsDecidesNothing(t *testing.T) {
	t.Parallel()
	header, lines := fixture(t)
	people := func(b batch) (all []string) {
		for _, c := range b.Contacts {
			v := Audit(c, Standing{}, shop(), day)
			all = append(all, fmt.Sprintf("%q %v %q %+v %v %v", string(c.Email), c.Keys, c.MergedIDs, c.Facts, v, c.Attributes))
		}
		slices.Sort(all)
		return all
	}
	want := people(batchOf(t, header, lines))
	rapid.Check(t, func(rt *rapid.T) {
		mixed := rapid.Permutation(lines).Draw(rt, "lines")
		if got := people(batchOf(t, header, mixed)); !slices.Equal(got, want) {
			rt.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestWhoIsOnePerson(t *testing.T) {
	t.Parallel()
	header := []string{"external_id", "email", "first_name", "last_name", "address", "city"}
	for name, tc := range map[string]struct {
		people int
		rows   []string
	}{
		"same mailbox, other case":         {1, []string{"1,a@x.example,,,,", "2,A@X.example,,,,"}},
		"same number":                      {1, []string{"1,a@x.example,,,,", "1,,,,,"}},
		"chain over number and mailbox":    {1, []string{"1,a@x.example,,,,", "2,b@x.example,,,,", "1,b@x.example,,,,"}},
		"dots at gmail do not merge":       {2, []string{"1,a.b@gmail.com,,,,", "2,ab@gmail.com,,,,"}},
		"tags do not merge":                {2, []string{",a+1@x.example,,,,", ",a@x.example,,,,"}},
		"texts that are no mailbox":        {2, []string{"1,nix,,,,", "2,nix,,,,"}},
		"name and street alone":            {1, []string{",,Léa,Roux,1 rue A,Brest", ",,LEA,Roux,\"1, Rue a\",BREST"}},
		"name and street beside a number":  {2, []string{"1,,Léa,Roux,1 rue A,Brest", ",,Léa,Roux,1 rue A,Brest"}},
		"name and street beside a mailbox": {2, []string{",a@x.example,Léa,Roux,1 rue A,Brest", ",,Léa,Roux,1 rue A,Brest"}},
	} {
		rows, err := csv.NewReader(strings.NewReader(strings.Join(tc.rows, "\n"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var lines []Line
		for i, cells := range rows {
			lines = append(lines, Line{Number: i + 2, Cells: cells})
		}
		if b := batchOf(t, header, lines); len(b.Contacts) != tc.people || b.Duplicates != len(lines)-tc.people {
			t.Errorf("%s: %d people, %d duplicates", name, len(b.Contacts), b.Duplicates)
		}
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	c, err := newColumns([]string{"E-MAIL", "prenom", "Nom", " Code Postal ", "Désabonné", "optout", "Magasin", "Courriel"}, map[string]string{"company": "magasin"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for field, at := range map[string][]int{"email": {0}, "first_name": {1}, "last_name": {2}, "postal_code": {3}, "optout": {5, 4}, "company": {6}} {
		if !slices.Equal(c.of[field], at) {
			t.Errorf("%s at %v, want %v", field, c.of[field], at)
		}
	}
	if !slices.Equal(c.rest, []int{7}) {
		t.Errorf("attributes %v", c.rest)
	}
	for _, bad := range []map[string]string{{"mail": "Nom"}, {"email": "Absent"}} {
		if _, err := newColumns([]string{"Nom", "Courriel"}, bad, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := newColumns([]string{"a", "b"}, nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file that names nobody: %v", err)
	}
}

// TestASecondColumnForAYesIsRefused: its no would be lost (T-20). Whoever names one column lets the other be an attribute, and
// what a preset says of a file is known better than its headings.
func TestASecondColumnForAYesIsRefused(t *testing.T) {
	t.Parallel()
	known := &Preset{Columns: []PresetColumn{{Heading: "Status", Field: "consent_status"}}}
	for _, c := range []struct {
		name   string
		header string
		said   map[string]string
		preset *Preset
		twice  string // what is named
	}{
		{"own name and heading", "email,consent_status,consentement", nil, nil, "consent_status: consent_status and consentement"},
		{"heading first", "email,consentement,consent_status", nil, nil, "consent_status: consent_status and consentement"},
		{"two headings", "email,Opt-in,Subscribed", nil, nil, "consent_status: Opt-in and Subscribed"},
		{"the same twice", "email,bounce,Bounce", nil, nil, "bounce: bounce and Bounce"},
		{"bounces", "email,Rebond,Bounce type", nil, nil, "bounce: Rebond and Bounce type"},
		{"a preset that says nothing of it", "email,Consent,Opt-in", nil, &Preset{}, "consent_status: Consent and Opt-in"},
		{"one is said", "email,consent_status,consentement", map[string]string{"consent_status": "consentement"}, nil, ""},
		{"none is it", "email,consent_status,consentement", map[string]string{"consent_status": ""}, nil, ""},
		{"one is something else", "email,consent_status,consentement", map[string]string{"company": "consentement"}, nil, ""},
		{"a preset has one", "email,Status,Consent", nil, known, ""},
		{"a preset settles it", "email,Consent,Opt-in", nil, &Preset{Fixed: map[string]string{"consent_status": "no"}}, ""},
		{"a second telephone", "email,phone,mobile", nil, nil, ""},
	} {
		header := strings.Split(c.header, ",")
		fields, err := Columns(header, c.said, c.preset)
		if c.twice == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		field, _, _ := strings.Cut(c.twice, ":")
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.twice) || !strings.Contains(fault.HintOf(err), "--map "+field+"=") {
			t.Errorf("%s: %v", c.name, err)
		}
		if !slices.Equal(fields, []string{"email", field, field}) {
			t.Errorf("%s: %v", c.name, fields)
		}
	}
	if _, err := Columns([]string{"consent", "optin"}, nil, nil); err == nil || !strings.Contains(err.Error(), "who a person is") {
		t.Errorf("a file that names nobody: %v", err)
	}
}

func TestHeadingsAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for field, others := range headings {
		for h := range strings.SplitSeq(field+","+others, ",") {
			if was := seen[plain(h)]; was != "" && was != field {
				t.Errorf("%q means %s and %s", h, was, field)
			}
			seen[plain(h)] = field
		}
	}
	for _, f := range strings.Fields("external_id email phone title first_name last_name company job_title language country timezone address_line1 address_line2 postal_code city market relationship last_purchase_at relationship_end_at last_inbound_at last_marketing_at collected_at list_origin controller_at_collection purpose_at_collection consent_status consent_at consent_method consent_source consent_channels consent_text consent_proof double_opt_in_at bundled incentive opposition_offered optout optout_at optout_scope complaint bounce bounce_at external_lists birth_date minor deceased erasure_requested restricted") {
		if _, ok := headings[f]; !ok {
			t.Errorf("no field %s", f)
		}
	}
}

// row reads one row given as field=value pairs.
func row(t *testing.T, pairs ...string) (c Contact, reject *Reject, notes []Note) {
	t.Helper()
	header, cells := []string{"email"}, []string{"lea@courrier.example"}
	for _, p := range pairs {
		field, value, _ := strings.Cut(p, "=")
		header, cells = append(header, field), append(cells, value)
	}
	cols, err := newColumns(header, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := newRowReader(cols, frenchDates{}, day)
	reject, notes = r.read(2, cells, &c)
	return c, reject, notes
}

func TestRowFacts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cells []string
		want  string
	}{
		{[]string{"optout=OUI"}, "{optout  }"},
		{[]string{"optout=x", "optout_at=04/04/2026", "optout_scope=téléphone"}, "{optout 2026-04-04 phone}"},
		{[]string{"optout=04/04/2026"}, "{optout 2026-04-04 }"},
		{[]string{"optout_at=04/04/2026"}, "{optout 2026-04-04 }"},
		{[]string{"optout=non", "optout_at=04/04/2026"}, ""},
		{[]string{"optout=0", "désabonné=1"}, "{optout  }"},
		{[]string{"consent_status=Non", "consent_at=04/04/2026"}, "{no 2026-04-04 }"},
		{[]string{"consent_status=no", "consent_channels=sms"}, "{no  sms}"},
		{[]string{"consent_status=Désabonné"}, "{withdrawn  }"},
		{[]string{"consent_status=cleaned"}, "{withdrawn  }"},
		{[]string{"consent_status=oui"}, ""},
	} {
		c, reject, _ := row(t, tc.cells...)
		got := ""
		for _, o := range c.Facts.Objections {
			got += fmt.Sprintf("{%s %s %s}", o.Kind, o.At, o.Scope)
		}
		if reject != nil || got != tc.want {
			t.Errorf("%v: %s (%v), want %s", tc.cells, got, reject, tc.want)
		}
	}
}

func TestRowFaultsAndNotes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ cell, column string }{
		{"consent_at=hier", "consent_at"}, {"complaint=peut-être", "complaint"}, {"consent_method=magie", "consent_method"}, {"market=b2d", "market"},
		{"bundled=un peu", "bundled"}, {"consent_channels=email,pigeon", "consent_channels"}, {"birth_date=1990", "birth_date"}, {"bounce=dur dur", "bounce"},
	} {
		if _, reject, _ := row(t, tc.cell); reject == nil || reject.Column != tc.column || reject.Line != 2 {
			t.Errorf("%s: %+v", tc.cell, reject)
		}
	}
	for _, cell := range []string{"collected_at=01/01/2030", "collected_at=31/12/1994", "country=Atlantis", "language=klingonais", "timezone=Paris"} {
		c, reject, notes := row(t, cell)
		if reject != nil || len(notes) != 1 || !c.Facts.Collected.IsZero() || c.Country != "" || c.Language != "" || c.Timezone != "" {
			t.Errorf("%s: %v %v %+v", cell, reject, notes, c)
		}
	}
	if c, _, _ := row(t, "complaint=peut-être"); !c.Facts.Complaint {
		t.Error("a complaint that is no plain no does not count")
	}
	if c, reject, _ := row(t, "phone=+49 30 1234567", "language=FR_fr", "consent_channels=e-mail / SMS", "consent_status=yes"); reject != nil || c.Country != "DE" || !c.Inferred ||
		c.Language != "fr-FR" || !slices.Equal(c.Facts.Claims[0].Channels, []string{"email", "sms"}) {
		t.Errorf("%+v %v", c, reject)
	}
	for _, cells := range [][]string{{"birth_date=02/11/2008"}, {"minor=x"}} {
		if c, reject, _ := row(t, cells...); reject != nil || !c.Facts.Minor {
			t.Errorf("%v: not a minor", cells)
		}
	}
	if c, _, _ := row(t, "birth_date=01/11/2008"); c.Facts.Minor {
		t.Error("eighteen today and still a minor")
	}
	if c, _, _ := row(t, "consent_source=salon"); len(c.Facts.Claims) != 1 || c.Facts.Claims[0].Status != "unknown" {
		t.Errorf("a source without a status: %+v", c.Facts.Claims)
	}
}

func BenchmarkReadRow(b *testing.B) {
	header, lines := fixture(b)
	i := importerOf(b, header)
	var r rowRead
	for n := 0; b.Loop(); n++ {
		i.read(lines[n%len(lines)], &r)
	}
}

// Several read one file at once, and all of them met words that a column does not have: they wrote down the words that it has in one place.
func TestThoseWhoReadAFileRefuseWordsAtOnce(t *testing.T) {
	t.Parallel()
	i := importerOf(t, []string{"email", "consent_status", "consent_method", "relationship", "market", "bounce"})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var r rowRead
			for n := range 50 {
				i.read(Line{Number: n + 2, Cells: []string{"lea@courrier.example", "grue", "grue", "grue", "grue", "grue"}}, &r)
				if r.reject == nil || !strings.HasPrefix(r.reject.Reason, "not one of the values of ") {
					t.Errorf("%+v", r.reject)
				}
			}
		})
	}
	all.Wait()
}

// A row that its tool cut short is rejected, and the no on it counts all the same.
func TestNoOnAnUnreadableRowCounts(t *testing.T) {
	t.Parallel()
	header := []string{"external_id", "email", "optout", "consent_status", "collected_at"}
	b := batchOf(t, header, []Line{
		{Number: 2, Cells: []string{"1", "jean@courrier.example", "yes"}, Fault: "3 cells, not 5"},
		{Number: 3, Cells: []string{"2", "lea@courrier.example"}, Fault: "a formula", Column: "optout"},
		{Number: 4, Fault: "the line is too long"},
	})
	if len(b.Rejects) != 3 || b.Rejects[0].Reason != "3 cells, not 5" || b.Rejects[0].Column != "" || b.Rejects[1].Column != "optout" || len(b.Contacts) != 0 {
		t.Errorf("rejects %+v, contacts %d", b.Rejects, len(b.Contacts))
	}
	jean := testKeys.Mailbox("jean@courrier.example")[0]
	if len(b.Suppress) != 1 || !slices.Contains(b.Suppress[0], jean) {
		t.Errorf("the no of a row that was cut short is lost: %v", b.Suppress)
	}
}

func TestColumnsAreTakenExactlyAsSaid(t *testing.T) {
	t.Parallel()
	header := []string{"Nom", "Courriel", "stop", "Désabonné", "Nom"}
	fields, err := Columns(header, nil, nil)
	if err != nil || !slices.Equal(fields, []string{"last_name", "email", "optout", "optout", ""}) {
		t.Errorf("%v, %v", fields, err)
	}
	if at := DateColumns(header, []string{"", "birth_date", "email", "optout_at"}, nil); !slices.Equal(at, []int{1, 3}) {
		t.Errorf("dates stand in %v", at)
	}
	c, err := columnsAs(header, []string{"", "email", "optout", "optout", "last_name"}, nil)
	if err != nil || !slices.Equal(c.of["last_name"], []int{4}) || !slices.Equal(c.of["optout"], []int{2, 3}) || !slices.Equal(c.rest, []int{0}) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range [][]string{{"email", "email"}, {"nothing", "email"}, {"", "", "optout"}, {}} {
		if _, err := columnsAs(header, bad, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if c, err := columnsAs(header, []string{"", "email"}, nil); err != nil || len(c.rest) != 4 {
		t.Errorf("columns that nothing is said of: %+v, %v", c, err)
	}
}

// TestARowIsWrittenAsMergeWritesIt: reading one row, also a contradictory one, gives what merging gives.
func TestARowIsWrittenAsMergeWritesIt(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("one after another: runs without the race detector, which makes it ten times as dear and has nothing to see")
	}
	fields := Fields()
	values := []string{"", "", "yes", "no", "Ada@Lumen.example", "18", "b2c", "customer", "01/03/2024", "31/01/2025", "email;post;sms", "sms", "hard", "own", "x+y, z", "robinson;bloctel;robinson", "FR", "fr",
		"+33 1 23 45 67 89", "1 rue", "unknown", "double_opt_in", "all", "withdrawn", "pending"}
	i := importerOf(t, append(fields, "tier", ""))
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 5000 {
		cells := make([]string, len(fields)+2)
		for c := range cells {
			cells[c] = values[r.IntN(len(values))]
		}
		var read rowRead
		i.read(Line{Number: n, Cells: cells}, &read)
		got := read.contact
		if want := Merge(got, got); !reflect.DeepEqual(got, want) {
			t.Fatalf("read   %#v\nmerged %#v", got, want)
		}
	}
}

// TestAMergedPersonSaysWhy: what rows shared stays with the person, in whatever order they stood.
func TestAMergedPersonSaysWhy(t *testing.T) {
	t.Parallel()
	header := []string{"external_id", "email", "last_name", "address_line1", "postal_code", "city"}
	post := []string{"", "", "Martin", "3 quai Vert", "44000", "Nantes"}
	for name, tt := range map[string]struct {
		rows [][]string
		want []string
	}{
		"one row":    {[][]string{{"1", "a@iris.example", "", "", "", ""}}, nil},
		"mailbox":    {[][]string{{"1", "a@iris.example", "", "", "", ""}, {"2", "A@Iris.example", "", "", "", ""}}, []string{JoinedByMailbox}},
		"number":     {[][]string{{"1", "a@iris.example", "", "", "", ""}, {"1", "b@iris.example", "", "", "", ""}}, []string{JoinedByNumber}},
		"both":       {[][]string{{"1", "a@iris.example", "", "", "", ""}, {"1", "a@iris.example", "", "", "", ""}}, []string{JoinedByNumber, JoinedByMailbox}},
		"post":       {[][]string{post, post}, []string{JoinedByPost}},
		"in a chain": {[][]string{{"1", "a@iris.example", "", "", "", ""}, {"2", "b@iris.example", "", "", "", ""}, {"2", "a@iris.example", "", "", "", ""}}, []string{JoinedByNumber, JoinedByMailbox}},
	} {
		for range 2 {
			var lines []Line
			for n, cells := range tt.rows {
				lines = append(lines, Line{Number: n + 2, Cells: cells})
			}
			if b := batchOf(t, header, lines); len(b.Contacts) != 1 || !slices.Equal(b.Contacts[0].Joined, tt.want) {
				t.Errorf("%s: %d contacts, joined by %v", name, len(b.Contacts), b.Contacts[0].Joined)
			}
			slices.Reverse(tt.rows)
		}
	}
	stored := Contact{ExternalID: "1", Email: "a@iris.example"}
	now, changed, _ := Lower(stored, Contact{ExternalID: "2", Email: "a@iris.example"})
	if again, twice, _ := Lower(now, Contact{ExternalID: "2", Email: "a@iris.example"}); !changed || twice || !slices.Equal(now.Joined, []string{JoinedByMailbox}) || !slices.Equal(again.Joined, now.Joined) {
		t.Errorf("two imports: %v, then %v", now.Joined, again.Joined)
	}
}

// A column is kept as an attribute where somebody says that no column is the field, and what may not be read says what
// may stand there.
func TestAFieldThatNoColumnIs(t *testing.T) {
	t.Parallel()
	header := []string{"email", "origen", "Courriel"}
	guessed, err := newColumns(header, nil, nil)
	if err != nil || !slices.Equal(guessed.of["list_origin"], []int{1}) {
		t.Fatalf("%v %v", guessed.of, err)
	}
	said, err := newColumns(header, map[string]string{"list_origin": ""}, nil)
	if err != nil || len(said.of["list_origin"]) > 0 || !slices.Contains(said.rest, 1) {
		t.Errorf("%v %v %v", said.of, said.rest, err)
	}
	if _, err := newColumns(header, map[string]string{"no_such_field": ""}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a field that is none: %v", err)
	}
	if got := wordsOf(map[string]string{"a": "own", "b": "own", "c": "partner", "": ""}); !slices.Equal(got, []string{"own", "partner"}) {
		t.Errorf("%v", got)
	}
}
