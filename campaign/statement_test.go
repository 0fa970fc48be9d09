package campaign

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

// everything is what somebody states who knows it all.
var everything = Statement{Status: "yes", Method: "unticked_box", Source: "shop", Text: "v3", Proof: "archive", Purpose: "news", Controller: "Lumen", Bundled: "no", Incentive: "no", By: "anna"}

// TestAStatementFillsWhatARowLacks: it fills the rows that say yes, never what a row says, and it makes nobody consent in a
// file that says itself who did.
func TestAStatementFillsWhatARowLacks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header, row string
		states      Statement
		want        string // status, method, bundled, source, and what was stated
	}{
		"nothing known":              {"email;consent_status", "a@b.example;yes", Statement{By: "anna"}, "yes||||"},
		"all of a bare yes":          {"email;consent_status", "a@b.example;yes", everything, "yes|unticked_box|no|shop|consent_method consent_source consent_text consent_proof purpose_at_collection controller_at_collection bundled incentive"},
		"what the row says stays":    {"email;consent_status;consent_method;bundled;consent_source", "a@b.example;yes;preticked_box;yes;site", everything, "yes|preticked_box|yes|site|consent_text consent_proof purpose_at_collection controller_at_collection incentive"},
		"unknown is said, too":       {"email;consent_status;consent_method;bundled", "a@b.example;yes;unknown;unknown", everything, "yes|unknown||shop|consent_source consent_text consent_proof purpose_at_collection controller_at_collection incentive"},
		"an empty cell of a column":  {"email;consent_status;consent_method", "a@b.example;;", everything, "||||"},
		"a pending one":              {"email;consent_status", "a@b.example;pending", everything, "pending||||"},
		"an unknown one":             {"email;consent_status", "a@b.example;unknown", everything, "unknown||||"},
		"a no":                       {"email;consent_status", "a@b.example;no", everything, "||||"},
		"a file without a column":    {"email", "a@b.example", Statement{Status: "yes", Bundled: "yes", By: "anna"}, "yes||yes||consent_status bundled"},
		"nobody was asked":           {"email", "a@b.example", Statement{Status: NobodyAsked, Bundled: "no", By: "anna"}, "||||"},
		"without a status, no more":  {"email", "a@b.example", Statement{Method: "paper", By: "anna"}, "||||"},
		"a click is its own method":  {"email;consent_status;double_opt_in_at", "a@b.example;yes;01/03/2024", Statement{Method: "oral", By: "anna"}, "yes||||"},
		"dates alone are no yes":     {"email;consent_at;consent_status", "a@b.example;01/03/2024;", everything, "unknown||||"},
		"dates, where all said yes":  {"email;consent_at", "a@b.example;01/03/2024", Statement{Status: "yes", By: "anna"}, "yes||||consent_status"},
		"an optout stands beside it": {"email;optout", "a@b.example;yes", Statement{Status: "yes", By: "anna"}, "yes||||consent_status"},
	} {
		cols, err := newColumns(strings.Split(tt.header, ";"), nil, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		r := newRowReader(cols, frenchDates{}, NewDate(2026, 3, 2))
		r.stated = tt.states
		var c Contact
		if reject, _ := r.read(2, strings.Split(tt.row, ";"), &c); reject != nil {
			t.Fatal(name, reject)
		}
		var got Claim
		if len(c.Facts.Claims) > 0 {
			got = c.Facts.Claims[0]
		}
		if s := strings.Join([]string{got.Status, got.Method, got.Bundled, got.Source, strings.Join(got.Stated, " ")}, "|"); s != tt.want {
			t.Errorf("%s: %s, want %s", name, s, tt.want)
		}
		if len(got.Stated) > 0 && got.StatedBy != "anna" {
			t.Errorf("%s: nobody stated it", name)
		}
		if strings.Contains(tt.header, "optout") && len(c.Facts.Objections) != 1 {
			t.Errorf("%s: the no is lost", name)
		}
	}
}

func TestAStatementSaysWhatAColumnCan(t *testing.T) {
	t.Parallel()
	if err := everything.validate(); err != nil || everything.Zero() || !(Statement{By: "anna"}).Zero() {
		t.Error(err)
	}
	for _, m := range Methods() {
		if consentMethods[plain(m)] != m {
			t.Errorf("no column says %s", m)
		}
	}
	for _, wrong := range []Statement{{Status: "no"}, {Method: "unknown"}, {Bundled: "perhaps"}, {Source: "a\nb"}, {Proof: strings.Repeat("x", 501)}, {Text: " x"}} {
		if err := wrong.validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	names := []string{}
	for _, f := range everything.fields() {
		names = append(names, f.name)
	}
	for _, n := range names {
		if _, known := headings[n]; !known {
			t.Errorf("%s is no field", n)
		}
	}
	if !slices.Contains(names, "incentive") || len(names) != 9 {
		t.Errorf("%v", names)
	}
}

// fatal is a test, drawn or not.
type fatal interface {
	Helper()
	Fatal(...any)
}

// claimOf reads the claims of a row of which somebody states something.
func claimOf(t fatal, header, cells []string, states Statement) []Claim {
	t.Helper()
	cols, err := newColumns(append([]string{"email"}, header...), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := newRowReader(cols, frenchDates{}, day)
	r.stated = states
	var c Contact
	if reject, _ := r.read(2, append([]string{"a@b.example"}, cells...), &c); reject != nil {
		t.Fatal(reject)
	}
	return c.Facts.Claims
}

// TestAStatementIsNoProof: what nobody but the person who brought the file says gives no consent, lifts no dated no, is
// no sign of a consent, and leaves a stored doubt where it is.
func TestAStatementIsNoProof(t *testing.T) {
	t.Parallel()
	states := Statement{Status: "yes", Method: "unticked_box", Source: "boutique", Text: "v3", Proof: "archive", Purpose: "newsletter", Controller: "Atelier Nord", Bundled: "no", Incentive: "no", By: "anna"}
	with := func(header, row string) Contact {
		c := someone()
		c.Facts.Claims = claimOf(t, strings.Split(header, ";"), strings.Split(row, ";"), states)
		if len(c.Facts.Claims) != 1 || len(c.Facts.Claims[0].Stated) == 0 {
			t.Fatalf("%+v", c.Facts.Claims)
		}
		return c
	}
	rest := with("consent_status;consent_at;consent_channels", "yes;03/02/2026;email")
	if v := Audit(rest, Standing{}, shop(), day); v.Class == OptedIn || v.Route != RouteNone {
		t.Errorf("a day and a channel with all the rest stated: %+v", v)
	}
	if missing := changes(rest, Standing{}, shop(), day); len(missing) == 0 || missing[0].Class != OptedIn || !strings.Contains(missing[0].If, "source, wording, how it was given") {
		t.Errorf("what is stated is not missing any more: %+v", missing)
	}
	if rest.Facts.Claims[0].proven() {
		t.Error("a statement is proof")
	}
	signless := rest.Facts.Claims[0]
	if sign := newView(newAuditor(shop(), day), &rest, &Standing{}, &signless).indicium(true); sign != "" {
		t.Errorf("a recollection is the sign %s", sign)
	}
	rest.Facts.Objections = []Objection{{Kind: "optout", At: mustDate("2025-01-01")}}
	if v := Audit(rest, Standing{}, shop(), day); v.Class != OptedOut {
		t.Errorf("a statement after a dated no: %+v", v)
	}
	rest.Facts.Objections = nil
	stored := someone()
	if now, _, _ := Lower(stored, rest); Audit(now, Standing{}, shop(), day).Class == OptedIn {
		t.Error("an import lifts a stored doubt by a statement")
	}
	if now, _, conflict := Lower(rest, sure()); !conflict || Audit(now, Standing{}, shop(), day).Class == OptedIn {
		t.Errorf("a proven yes joins what was only stated: %+v", now.Facts.Claims)
	}
	all := with("collected_at", "01/03/2025")
	if v := Audit(all, Standing{}, shop(), day); v.Code != "T-59" {
		t.Errorf("a file of addresses: %+v", v)
	}
	yes := someone()
	yes.Facts.Claims[0].Purpose = ""
	if now, _, conflict := Lower(all, yes); !conflict || Audit(now, Standing{}, shop(), day).Route != RouteNone {
		t.Errorf("beside a stated yes a new one stands: %+v", now.Facts.Claims)
	}
	raised := all
	raised.Facts.Claims = mergeClaims(all.Facts.Claims, yes.Facts.Claims)
	if Raises(&all, &raised) == "" || Raises(&all, &all) != "" {
		t.Error("the store lets a yes in beside one that was only stated, or lets nothing change")
	}
	all.Facts.Claims[0].Bundled = "yes"
	own := sure()
	own.Facts.Claims = append(own.Facts.Claims, all.Facts.Claims...)
	if v := Audit(own, Standing{}, shop(), day); v.Code != "T-30" {
		t.Errorf("what a file proves stands: %+v", v)
	}
}

// TestAStatementOpensNoDoor: whatever is stated of whatever row, nobody comes nearer to opted in, leaves those who said no,
// or can be asked in a way in which they could not before.
func TestAStatementOpensNoDoor(t *testing.T) {
	t.Parallel()
	words := map[string][]string{"consent_status": {"yes", "yes", "pending", "unknown", ""}, "consent_at": {"", "01/03/2017", "03/02/2026"}, "double_opt_in_at": {"", "", "03/02/2026"},
		"consent_method": append(Methods(), "", "", "unknown"), "consent_source": {"", "boutique"}, "consent_channels": {"", "email", "email", "sms", "post"}, "consent_text": {"", "v3"},
		"consent_proof": {"", "log"}, "bundled": {"", "no", "yes"}, "incentive": {"", "no", "yes"}, "purpose_at_collection": {"", "newsletter", "marketing", "orders"},
		"controller_at_collection": {"", "Atelier Nord", "Papeterie Sud", "Autre SA"}}
	rapid.Check(t, func(t *rapid.T) {
		var header []string
		for field := range words {
			header = append(header, field)
		}
		slices.Sort(header)
		header = slices.DeleteFunc(header, func(string) bool { return rapid.IntRange(0, 2).Draw(t, "left out") == 0 })
		row := func() (cells []string) {
			for _, field := range header {
				cells = append(cells, rapid.SampledFrom(words[field]).Draw(t, field))
			}
			return cells
		}
		states := Statement{By: "anna"}
		for _, f := range states.fields() {
			some := append(append([]string{""}, words[f.name]...), f.words...)
			*f.stated = rapid.SampledFrom(some).Filter(func(s string) bool { return s == "" || f.words == nil || slices.Contains(f.words, s) }).Draw(t, "stated "+f.name)
		}
		c, s := anyContact(t), anyStanding(t)
		first, second, two := row(), row(), rapid.Bool().Draw(t, "two rows")
		with := func(states Statement) Verdict {
			d := c
			claims := mergeClaims(claimOf(t, header, first, states), c.Facts.Claims)
			if two {
				claims = mergeClaims(claims, claimOf(t, header, second, states))
			}
			d.Facts.Claims = claims
			return Audit(d, s, shop(), day)
		}
		before := with(Statement{})
		after := with(states)
		if rank(after) > rank(before) || reach(after) > reach(before) || after.Class == OptedIn && before.Class != OptedIn || before.Class == OptedOut && after.Class != OptedOut {
			t.Fatalf("stating %+v of %v %v and %v made of %+v %+v", states, header, first, second, before, after)
		}
	})
}

// TestAStatementMaySpeakAgainst: whoever knows that a consent was none is heard.
func TestAStatementMaySpeakAgainst(t *testing.T) {
	t.Parallel()
	for code, states := range map[string]Statement{"T-50": {By: "anna"}, "T-53": {Method: "preticked_box", By: "anna"}, "T-54": {Bundled: "yes", By: "anna"}, "T-55": {Incentive: "yes", By: "anna"},
		"T-59": {Purpose: "orders", By: "anna"}} {
		c := someone()
		c.Facts.Claims = claimOf(t, strings.Split("consent_status;consent_at;consent_source;consent_channels", ";"), strings.Split("yes;03/02/2026;boutique;email", ";"), states)
		if v := Audit(c, Standing{}, shop(), day); v.Code != code {
			t.Errorf("%+v: %+v, want %s", states, v, code)
		}
	}
}

// TestTheFileSaysWhoConsented: a column that tells who said yes does so whatever it is taken for, and a preset that says it
// of every row, too. What cannot be used is not asked for.
func TestTheFileSaysWhoConsented(t *testing.T) {
	t.Parallel()
	all := []string{"consent_status", "consent_method", "consent_source", "consent_text", "consent_proof", "purpose_at_collection", "controller_at_collection", "bundled", "incentive"}
	own := &Preset{Name: "own", Requires: []string{"SUB"}, Columns: []PresetColumn{{Heading: "SUB", Field: "consent_status", Values: map[string]string{"1": "yes"}, Otherwise: "unknown"}}}
	none := &Preset{Name: "none", Requires: []string{"SUB"}, Columns: []PresetColumn{{Heading: "SUB", Field: "consent_status", Values: map[string]string{"1": "unknown"}}}}
	fixed := &Preset{Name: "fixed", Fixed: map[string]string{"consent_status": "unknown"}}
	sourced := &Preset{Name: "sourced", Fixed: map[string]string{"consent_source": "site"}}
	for name, tt := range map[string]struct {
		header, fields []string
		preset         *Preset
		want           []string
	}{
		"addresses alone":             {[]string{"email", "shop"}, []string{"email", ""}, nil, all},
		"a column of its own":         {[]string{"email", "consent_status"}, []string{"email", "consent_status"}, nil, all[1:]},
		"some column":                 {[]string{"email", "x"}, []string{"email", "consent_status"}, nil, all[1:]},
		"a column that is laid aside": {[]string{"email", "Consentement"}, []string{"email", ""}, nil, nil},
		"a preset":                    {[]string{"email", "SUB"}, []string{"email", "consent_status"}, own, all[1:]},
		"a preset that is laid aside": {[]string{"email", "SUB"}, []string{"email", ""}, own, nil},
		"a preset that knows no yes":  {[]string{"email", "SUB"}, []string{"email", "consent_status"}, none, nil},
		"a preset for every row":      {[]string{"email", "x"}, []string{"email", ""}, fixed, nil},
		"a source for every row":      {[]string{"email", "x"}, []string{"email", ""}, sourced, append([]string{"consent_status", "consent_method"}, all[3:]...)},
	} {
		cols, err := columnsAs(tt.header, tt.fields, tt.preset)
		if err != nil {
			t.Fatal(name, err)
		}
		r := newRowReader(cols, frenchDates{}, day)
		if got := r.statable(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
		r.stated = everything
		var c Contact
		if reject, _ := r.read(2, []string{"a@b.example", "no"}, &c); reject != nil {
			t.Fatal(name, reject)
		}
		if asked := slices.Contains(tt.want, "consent_status"); c.Facts.saidYes() != asked {
			t.Errorf("%s: %+v", name, c.Facts.Claims)
		}
	}
}
