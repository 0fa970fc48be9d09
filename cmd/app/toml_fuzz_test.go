package app

import (
	"bytes"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// refused checks the fault of a file that cannot be used: it is the author's, names the file, and helps.
func refused(t *testing.T, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), "x.toml") || fault.HintOf(err) == "" {
		t.Fatalf("%v (%s)", err, fault.HintOf(err))
	}
	for _, soup := range []string{"incompatible types", "destination", "parsing time", "reflect", " toml:"} {
		if strings.Contains(err.Error(), soup) && !strings.Contains(err.Error(), `"`) {
			t.Fatalf("%q is no word for people: %v", soup, err)
		}
	}
}

// A file that is read writes back as a file that reads the same.
func FuzzCampaignFile(f *testing.F) {
	starter, err := StarterCampaign("spring", starterFor(f), campaign.NewDate(2026, 11, 2), StarterChoice{})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{starter, strings.Replace(starter, "purposes", "purpose", 1), "", "name = 3", "name = \"a\"\nname = \"b\"", "[message.fr]\nsubject = \"x\"", "[schedule]\ndeadline = 2026-02-30",
		"[schedule]\ndeadline = \"\"", "[schedule]\nstart = 2026-01-01", "purposes = \"x\"", "[audience]\nroutes = [1]", "[message]\nfr = 1", "[[message]]", "a.b.c.d = {}", "\xff\xfe", "name = \"\\u0000\"",
		"[schedule]\ndeadline = 2026-01-02T03:04:05+14:00", "[message.\"\"]\nsubject = \"x\"", "[message.fr.x]\ny = 1", "name = \"\\ \""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var one, two campaign.File
		if err := (source{"x.toml", "campaign file", text}).decode(&one); err != nil {
			refused(t, err)
			return
		}
		reads(t, one, &two, "campaign file")
		if d := cmp.Diff(one, two, cmp.Comparer(func(a, b campaign.Date) bool { return a.String() == b.String() })); d != "" {
			t.Fatalf("-first +second:\n%s", d)
		}
	})
}

func FuzzOrganisationFile(f *testing.F) {
	for _, s := range []string{StarterOrganisation(), "", "[organisation]\nname = 1", "[[purpose]]\nkey = \"x\"\ntitle.fr = \"y\"", "[purpose]", "[policy.country.FR]\nmode = \"P1\"\napproved_at = 2026-01-31", "[policy.country]\nFR = 1",
		"[policy.country.FR]\nmode = 1", "[organisation]\nbrands = \"x\"", "[organisation]\nsimilar_to_purchases = \"yes\"", "[organisation]\nnmae = \"x\"", "[[organisation]]", "[policy.country.FR]\npost = 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var one, two organisationFile
		if err := (source{"x.toml", "organisation file", text}).decode(&one); err != nil {
			refused(t, err)
			return
		}
		reads(t, one, &two, "organisation file")
		var a, b bytes.Buffer
		if err := toml.NewEncoder(&a).Encode(one); err != nil {
			t.Fatal(err)
		}
		if err := toml.NewEncoder(&b).Encode(two); err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Fatalf("%s\nthen\n%s", a.String(), b.String())
		}
	})
}

// reads writes a value as TOML and reads it into another.
func reads(t *testing.T, from, into any, kind string) {
	t.Helper()
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(from); err != nil {
		t.Fatal(err)
	}
	if err := (source{"x.toml", kind, b.String()}).decode(into); err != nil {
		t.Fatalf("%v:\n%s", err, b.String())
	}
}

func starterFor(tb testing.TB) campaign.Organisation {
	tb.Helper()
	var f organisationFile
	if err := (source{"x.toml", "organisation file", StarterOrganisation()}).decode(&f); err != nil {
		tb.Fatal(err)
	}
	f.Organisation.Purposes = f.Purpose
	return f.Organisation
}
