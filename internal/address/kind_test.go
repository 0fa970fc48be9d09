package address

import (
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		is   func(string) bool
		yes  string
		no   string
	}{
		{"role", func(s string) bool { role, _ := Role(s); return role }, "info INFO info+x dpo rechnung postmaster no-reply klantenservice Klantenservice+a", "infos jean.info marie request klantenservices"},
		{"technical", func(s string) bool { _, ofMail := Role(s); return ofMail }, "abuse Postmaster noc spam mailer-daemon noreply list-request", "info contact -request"},
		{"freemail", IsFreemail, "gmail.com Orange.fr yahoo.co.uk hotmail.fr outlook.com.br GMX.co.uk gmx.info web.de tiscali.co.uk wanadoo.nl chello.hu btopenworld.com a1.net vodafone.it movistar.es meo.pt casema.nl belgacom.net", "example.com yahoo.example yahoo.gouv.fr gmx.example"},
		{"disposable", IsDisposable, "yopmail.com x.mailinator.com", "example.com notmailinator.com com"},
		{"typo", IsTypoDomain, "gmial.com HOTMIAL.com yaho.fr orange.fe", "gmail.com orange.fr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for w := range strings.FieldsSeq(c.yes) {
				if !c.is(w) {
					t.Errorf("%s: want yes", w)
				}
			}
			for w := range strings.FieldsSeq(c.no) {
				if c.is(w) {
					t.Errorf("%s: want no", w)
				}
			}
		})
	}
}

func TestTypoDomainsAreNobodysOwn(t *testing.T) {
	t.Parallel()
	for d := range typo {
		if IsFreemail(d) || IsDisposable(d) {
			t.Errorf("%s is in two tables", d)
		}
	}
}

func TestCountryOfDomain(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"x.fr": "FR", "x.co.uk": "GB", "X.DE": "DE", "x.com": "", "x.io": "", "x.eu": "", "x.example": "",
		"x.xn--p1ai": "RU", "x.zz": "", "x.bzh": "FR", "": "", "x.su": "", "x.be": "BE", "x.ch": "CH",
	} {
		if got := CountryOfDomain(domain); got != want {
			t.Errorf("%q: %q, want %q", domain, got, want)
		}
	}
}

func TestCountryOfPhone(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+33612345678": "FR", "0033 6 12 34 56 78": "FR", "+33 (0)6 12 34 56 78": "FR", "0612345678": "", "+1 514 555 0100": "CA",
		"+1 212 555 0100": "US", "+1 800 555 0100": "", "+1 876 555 0100": "JM", "+4915112345678": "DE", "+44 7911 123456": "GB",
		"+41 79 123 45 67": "CH", "+77012345678": "KZ", "+79012345678": "RU", "+262 692 12 34 56": "RE", "+262639123456": "YT",
		"+": "", "+33": "", "+33abc123456": "", "+9991234567": "", "+599912345678": "CW",
	} {
		if got := CountryOfPhone(number); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func TestEveryTableCountryIsAssigned(t *testing.T) {
	t.Parallel()
	for prefix, c := range dialling {
		if c != "" && !countries[c] || len(prefix) > longestPrefix {
			t.Errorf("dialling %s: %s", prefix, c)
		}
	}
	for top, c := range topLevel {
		if c != "" && !countries[c] {
			t.Errorf("domain %s: %s", top, c)
		}
	}
}
