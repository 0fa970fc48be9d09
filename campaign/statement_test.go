package campaign

import (
	"slices"
	"strings"
	"testing"

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
