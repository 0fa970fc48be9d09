package campaign

import (
	"encoding/csv"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// truth is testdata/triage.csv: the decision table worked through by hand, from the law and not from the
// code. A line gives a person (a fact in the words of an import; + before it puts it on a second row of
// the same person), reoptin's own record, what the organisation states, the day, and the verdict.
//
// The column "proves" says what else a line is there for: one side of a date limit, or a country's mode,
// customers and professionals.
type truthLine struct {
	row, what, person, facts, standing, organisation, asOf, class, route, code, proves string
}

// truth reads the table; given are the persons that its lines start from.
func truth(t *testing.T) (lines []truthLine, given map[string]truthLine) {
	t.Helper()
	f, err := os.Open("testdata/triage.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	given = map[string]truthLine{}
	for _, r := range rows[1:] {
		l := truthLine{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10]}
		if l.row == "given" {
			given[l.what] = l
		} else {
			lines = append(lines, l)
		}
	}
	return lines, given
}

// pairs reads "key=value; key=value".
func pairs(t *testing.T, s string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if key == "" {
			continue
		}
		if _, twice := out[key]; !ok || twice {
			t.Fatalf("%q is no fact, or is there twice in %q", part, s)
		}
		out[key] = value
	}
	return out
}

// facts are all facts of a line, those of the persons it starts from included.
func (l truthLine) allFacts(t *testing.T, given map[string]truthLine) map[string]string {
	t.Helper()
	out := map[string]string{}
	if from, ok := given[l.person]; ok {
		out = from.allFacts(t, given)
	} else if l.person != "" {
		t.Fatalf("nobody is called %q", l.person)
	}
	maps.Copy(out, pairs(t, l.facts))
	return out
}

// isoDates reads 2026-03-02.
type isoDates struct{}

func (isoDates) Date(_ int, cell string) (Date, bool) {
	d, err := ParseDate(cell)
	return d, err == nil
}

// contact makes the person of a line through the import's own reading of a row.
func (l truthLine) contact(t *testing.T, given map[string]truthLine) Contact {
	t.Helper()
	all := l.allFacts(t, given)
	first, second := map[string]string{}, map[string]string{}
	for k, v := range all {
		if name, ok := strings.CutPrefix(k, "+"); ok {
			second[name] = v
		} else {
			first[k] = v
		}
	}
	c := l.readRow(t, first)
	if len(second) > 0 {
		for _, who := range []string{"email", "first_name", "last_name", "country"} {
			second[who] = first[who]
		}
		c = Merge(c, l.readRow(t, second))
	}
	c.Facts.AddressChanged = all["address_changed"] == "yes"
	if id := all["merged_ids"]; id != "" {
		c.MergedIDs = []string{id}
	}
	return c
}

func (l truthLine) readRow(t *testing.T, facts map[string]string) Contact {
	t.Helper()
	var header, cells []string
	for _, field := range slices.Sorted(maps.Keys(facts)) {
		if field != "address_changed" && field != "merged_ids" && facts[field] != CountryUnclear {
			header, cells = append(header, field), append(cells, facts[field])
		}
	}
	columns, err := newColumns(header, nil, nil)
	if err != nil || len(columns.rest) > 0 {
		t.Fatalf("%s %s: %v, not fields: %v", l.row, l.what, err, columns.rest)
	}
	r := newRowReader(columns, isoDates{}, mustDate(l.asOf))
	var c Contact
	reject, _ := r.read(2, cells, &c)
	if reject != nil {
		t.Fatalf("%s %s: %+v", l.row, l.what, reject)
	}
	if facts["country"] == CountryUnclear {
		c.Country, c.Inferred = CountryUnclear, false
	}
	return c
}

func (l truthLine) record(t *testing.T) (s Standing) {
	t.Helper()
	for key, value := range pairs(t, l.standing) {
		switch key {
		case "answer":
			s.Answer = map[string]Choice{"granted": Granted, "refused": Declined, "withdrawn": Withdrawn}[value]
		case "answered":
			s.AnsweredAt = mustDate(value)
		case "moved":
			s.Moved = true
		case "asked":
			s.Asked, s.AskedAt = true, mustDate(value)
		case "deadline":
			s.Deadline = mustDate(value)
		case "closed":
			s.Closed = true
		case "suppressed":
			s.Suppressed = map[string]SuppressionReason{"objection": SuppressObjection, "complaint": SuppressComplaint, "manual": SuppressManual,
				"bounce": SuppressBounce, "erasure": SuppressErasure}[value]
		case "dead":
			s.Dead = &DeadDomain{Name: "courrier.example", Why: DomainAbsent, Since: mustDate(value), At: mustDate(value)}
		case "left":
			s.Left = true
		case "other_asked":
			s.OtherAsked = true
			s.OtherAskedAt, _ = ParseDate(value)
		default:
			t.Fatalf("%s: unknown record %s", l.what, key)
		}
	}
	return s
}

func (l truthLine) controller(t *testing.T) Organisation {
	t.Helper()
	o := shop()
	for key, value := range pairs(t, l.organisation) {
		switch country, post := strings.CutSuffix(strings.TrimPrefix(key, "policy."), ".post"); {
		case key == "kind":
			o.Kind = value
		case key == "similar_to_purchases":
			o.SimilarToPurchases = no()
		case key == "successor_of":
			o.SuccessorOf = nil
		case key == "retention_months":
			o.RetentionMonths = int(value[0] - '0')
		case key == "refresh_after_months":
			o.RefreshAfterMonths = int(value[0] - '0')
		case key == "policies":
			o.Policies = nil
		case post:
			p := o.Policies[country]
			p.Post = true
			o.Policies[country] = p
		case strings.HasPrefix(key, "policy."):
			mode, signed := strings.CutSuffix(value, " signed")
			p := Policy{Mode: Mode(mode)}
			if signed {
				p.Justification, p.ApprovedBy, p.ApprovedAt = "avis", "dpo", day
			}
			o.Policies[country] = p
		default:
			t.Fatalf("%s: unknown statement %s", l.what, key)
		}
	}
	return o
}

func TestTruthTable(t *testing.T) {
	t.Parallel()
	lines, given := truth(t)
	seen := map[string]int{}
	for _, l := range lines {
		v := Audit(l.contact(t, given), l.record(t), l.controller(t), mustDate(l.asOf))
		if v.Code != l.code || string(v.Class) != l.class || string(v.Route) != l.route {
			t.Errorf("%s %s: got %s %s %s %v, want %s %s %s", l.row, l.what, v.Code, v.Class, v.Route, v.Reasons, l.code, l.class, l.route)
		}
		if len(v.Reasons) == 0 || strings.Contains(strings.Join(v.Reasons, ""), "%") {
			t.Errorf("%s %s: reasons %q", l.row, l.what, v.Reasons)
		}
		seen[l.row]++
	}
	o := shop()
	for _, r := range table() {
		// T-69 is the safety net: one way into it is known. T-67 has no effect by itself.
		want := map[string]int{"T-69": 1, "T-67": 1}[r.code]
		if want == 0 {
			want = 2
		}
		if r.lacks(&o) == "" && seen[r.code] < want {
			t.Errorf("%s has %d lines, want %d", r.code, seen[r.code], want)
		}
	}
}

// TestEveryLimitHasBothSides: two lines that differ in nothing but one day, by one day, and in the verdict.
func TestEveryLimitHasBothSides(t *testing.T) {
	t.Parallel()
	lines, given := truth(t)
	sides := map[string][]truthLine{}
	for _, l := range lines {
		if l.proves != "" && !strings.Contains(l.proves, ":") {
			sides[l.proves] = append(sides[l.proves], l)
		}
	}
	for _, limit := range TimeLimits(shop()) {
		two := sides[limit.Name]
		delete(sides, limit.Name)
		if len(two) != 2 {
			t.Errorf("%s has %d sides", limit.Name, len(two))
			continue
		}
		a, b := two[0].allFacts(t, given), two[1].allFacts(t, given)
		a["as of"], b["as of"] = two[0].asOf, two[1].asOf
		apart := 0
		for key := range a {
			if a[key] == b[key] {
				continue
			}
			one, err := ParseDate(a[key])
			other, err2 := ParseDate(b[key])
			if err != nil || err2 != nil || one.AddDays(1) != other && other.AddDays(1) != one {
				t.Errorf("%s: the sides differ in %s: %s, %s", limit.Name, key, a[key], b[key])
			}
			apart++
		}
		if apart != 1 || len(a) != len(b) || two[0].standing != two[1].standing || two[0].organisation != two[1].organisation {
			t.Errorf("%s: the sides differ in %d days or in something else", limit.Name, apart)
		}
		if two[0].class == two[1].class && two[0].route == two[1].route {
			t.Errorf("%s: both sides have one verdict", limit.Name)
		}
	}
	for name := range sides {
		t.Errorf("no limit is called %s", name)
	}
}

// TestEveryCountryHasItsLines: mode, customers and professionals of each, and what is special to it.
func TestEveryCountryHasItsLines(t *testing.T) {
	t.Parallel()
	lines, given := truth(t)
	has := map[string]bool{}
	for _, l := range lines {
		what, mode, _ := strings.Cut(l.proves, " ")
		_, country, ok := strings.Cut(what, ":")
		if !ok {
			continue
		}
		country = strings.TrimPrefix(country, "-")
		if got := l.contact(t, given).Country; got != country {
			t.Errorf("%s is said of %s and is about %s", l.proves, country, got)
		}
		if o := l.controller(t); mode != "" && string(o.law(country, false).mode) != mode {
			t.Errorf("%s: the mode is %s", l.proves, o.law(country, false).mode)
		}
		has[what], has[l.proves] = true, true
	}
	var want []string
	for _, l := range append(slices.Clone(laws), countryLaw{[]string{"AU", "NZ", CountryUnclear, "-"}, elsewhere}) {
		for _, c := range l.countries {
			want = append(want, "mode:"+c+" "+string(l.mode), "soft:"+c, "b2b:"+c)
			for what, special := range map[string]bool{"mode:" + c + " P1": l.signable || l.mode == P0, "silence:" + c: l.silence, "charity:" + c: l.charity,
				"impersonal:" + c: l.impersonal, "corporate:" + c: l.corporate} {
				if special {
					want = append(want, what)
				}
			}
		}
	}
	for _, w := range want {
		if !has[w] {
			t.Errorf("no line proves %s", w)
		}
	}
}
