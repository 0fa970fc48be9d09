package check_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/mailer/check"
)

func TestDMARC(t *testing.T) {
	t.Parallel()
	type want struct{ org, found, policy, by, effective string }
	for _, test := range []struct {
		name, zone, domain string
		want               want
		invalid            string
	}{
		{"none", "", "shop.test", want{org: "shop.test"}, ""},
		{"none of this version", "_dmarc.shop.test TXT v=DMARC2; p=reject", "shop.test", want{org: "shop.test"}, ""},
		{"the version not first", "_dmarc.shop.test TXT p=reject; v=DMARC1", "shop.test", want{org: "shop.test"}, ""},
		{"the version in small letters", "_dmarc.shop.test TXT v=dmarc1; p=reject", "shop.test", want{org: "shop.test"}, ""},
		{"its own", "_dmarc.shop.test TXT v=DMARC1; p=reject", "shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
		{"blanks and capitals", "_dmarc.shop.test TXT v = DMARC1 ;  P = Quarantine ;", "shop.test", want{"shop.test", "_dmarc.shop.test", "quarantine", "p", "quarantine"}, ""},
		{"no p asks for nothing", "_dmarc.shop.test TXT v=DMARC1; rua=mailto:d@shop.test", "shop.test", want{"shop.test", "_dmarc.shop.test", "none", "p", "none"}, ""},
		{"a p of no meaning", "_dmarc.shop.test TXT v=DMARC1; p=block", "shop.test", want{org: "shop.test", found: "_dmarc.shop.test"}, "p=block"},
		{"a p of no meaning, with reports", "_dmarc.shop.test TXT v=DMARC1; p=block; rua=mailto:d@shop.test", "shop.test", want{"shop.test", "_dmarc.shop.test", "none", "rua", "none"}, ""},
		{"an sp of no meaning", "_dmarc.shop.test TXT v=DMARC1; p=reject; sp=x", "shop.test", want{org: "shop.test", found: "_dmarc.shop.test"}, "sp=x"},
		{"an np of no meaning", "_dmarc.shop.test TXT v=DMARC1; p=reject; np=x", "shop.test", want{org: "shop.test", found: "_dmarc.shop.test"}, "np=x"},
		{"testing a reject", "_dmarc.shop.test TXT v=DMARC1; p=reject; t=y", "shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "quarantine"}, ""},
		{"testing a quarantine", "_dmarc.shop.test TXT v=DMARC1; p=quarantine; t=Y", "shop.test", want{"shop.test", "_dmarc.shop.test", "quarantine", "p", "none"}, ""},
		{"testing nothing", "_dmarc.shop.test TXT v=DMARC1; p=none; t=n", "shop.test", want{"shop.test", "_dmarc.shop.test", "none", "p", "none"}, ""},
		{"testing none", "_dmarc.shop.test TXT v=DMARC1; p=none; t=y", "shop.test", want{"shop.test", "_dmarc.shop.test", "none", "p", "none"}, ""},
		{"pct changes nothing", "_dmarc.shop.test TXT v=DMARC1; p=reject; pct=0", "shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
		{"that of the organisation", "_dmarc.shop.test TXT v=DMARC1; p=reject\nnews.shop.test A 192.0.2.1", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
		{"for names below", "_dmarc.shop.test TXT v=DMARC1; p=reject; sp=none\nnews.shop.test MX mx.test", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "none", "sp", "none"}, ""},
		{"for names that are not there", "_dmarc.shop.test TXT v=DMARC1; p=none; sp=quarantine; np=reject", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "np", "reject"}, ""},
		{"np is not for names that are", "_dmarc.shop.test TXT v=DMARC1; p=none; np=reject\nnews.shop.test A 192.0.2.1", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "none", "p", "none"}, ""},
		{"sp where np is missing", "_dmarc.shop.test TXT v=DMARC1; p=none; sp=reject", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "sp", "reject"}, ""},
		{"sp is not for the domain itself", "_dmarc.shop.test TXT v=DMARC1; p=reject; sp=none", "shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
		{"its own before that of the organisation", "_dmarc.shop.test TXT v=DMARC1; p=reject\n_dmarc.news.shop.test TXT v=DMARC1; p=none", "news.shop.test", want{"shop.test", "_dmarc.news.shop.test", "none", "p", "none"}, ""},
		{"one in between is passed over", "_dmarc.shop.test TXT v=DMARC1; p=reject\n_dmarc.b.shop.test TXT v=DMARC1; p=none\na.b.shop.test A 192.0.2.1", "a.b.shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
		{"an organisation of its own", "_dmarc.shop.test TXT v=DMARC1; p=reject\n_dmarc.b.shop.test TXT v=DMARC1; p=none; psd=n\na.b.shop.test A 192.0.2.1", "a.b.shop.test", want{"b.shop.test", "_dmarc.b.shop.test", "none", "p", "none"}, ""},
		{"below those who register names", "_dmarc.test TXT v=DMARC1; p=reject; psd=y\n_dmarc.shop.test TXT v=DMARC1; p=none\nnews.shop.test A 192.0.2.1", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "none", "p", "none"}, ""},
		{"that of those who register names", "_dmarc.test TXT v=DMARC1; p=quarantine; sp=reject; psd=y\nnews.shop.test A 192.0.2.1", "news.shop.test", want{"shop.test", "_dmarc.test", "reject", "sp", "reject"}, ""},
		{"those who register names write", "_dmarc.test TXT v=DMARC1; p=quarantine; psd=y", "test", want{"test", "_dmarc.test", "quarantine", "p", "quarantine"}, ""},
		{"two are none", "_dmarc.shop.test TXT v=DMARC1; p=reject\n_dmarc.shop.test TXT v=DMARC1; p=none", "shop.test", want{org: "shop.test"}, ""},
		{"two are none, and one above counts", "_dmarc.news.shop.test TXT v=DMARC1; p=none\n_dmarc.news.shop.test TXT v=DMARC1; p=none\n_dmarc.shop.test TXT v=DMARC1; p=reject\nnews.shop.test A 192.0.2.1", "news.shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
		{"its own, though those above do not answer", "_dmarc.shop.test TXT v=DMARC1; p=reject\n_dmarc.test TXT FAIL", "shop.test", want{"shop.test", "_dmarc.shop.test", "reject", "p", "reject"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := check.LookDMARC(t.Context(), zone(t, test.zone), test.domain)
			if err != nil {
				t.Fatal(err)
			}
			if got := (want{d.Organisation, d.Found, d.Policy, d.By, d.Effective()}); got != test.want {
				t.Errorf("%+v, not %+v", got, test.want)
			}
			if !strings.Contains(d.Invalid, test.invalid) || (d.Invalid == "") != (test.invalid == "") {
				t.Errorf("invalid: %q, not %q", d.Invalid, test.invalid)
			}
			if two := strings.Contains(test.name, "two are none"); two != (len(d.Twice) == 1) {
				t.Errorf("twice: %q", d.Twice)
			}
		})
	}
}

func TestDMARCOfARecord(t *testing.T) {
	t.Parallel()
	z := zone(t, "_dmarc.shop.test TXT v=DMARC1; p=reject; adkim=s; aspf=S; rua=mailto:d@shop.test; pct=50; ri=3600; rf=afrf")
	d, err := check.LookDMARC(t.Context(), z, "Shop.Test.")
	if err != nil || !d.StrictDKIM || !d.StrictSPF || d.Reports != "mailto:d@shop.test" || !slices.Equal(d.Past, []string{"pct", "rf", "ri"}) || d.Domain != "shop.test" {
		t.Errorf("%+v, %v", d, err)
	}
	for _, ill := range []string{"_dmarc.news.shop.test TXT FAIL", "_dmarc.shop.test TXT FAIL", "_dmarc.shop.test TXT v=DMARC1; p=none\nnews.shop.test A FAIL"} {
		if d, err := check.LookDMARC(t.Context(), zone(t, ill), "news.shop.test"); err == nil {
			t.Errorf("%s was taken for an answer: %+v", ill, d)
		}
	}
}

// A walk asks eight times at most, whatever the name.
func TestDMARCWalk(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string][]string{
		"test":                    {"test"},
		"a.shop.test":             {"a.shop.test", "shop.test", "test"},
		"a.b.c.d.e.f.test":        {"a.b.c.d.e.f.test", "b.c.d.e.f.test", "c.d.e.f.test", "d.e.f.test", "e.f.test", "f.test", "test"},
		"a.b.c.d.e.f.g.test":      {"a.b.c.d.e.f.g.test", "b.c.d.e.f.g.test", "c.d.e.f.g.test", "d.e.f.g.test", "e.f.g.test", "f.g.test", "g.test", "test"},
		"x.y.z.a.b.c.d.e.f.g.h.i": {"x.y.z.a.b.c.d.e.f.g.h.i", "c.d.e.f.g.h.i", "d.e.f.g.h.i", "e.f.g.h.i", "f.g.h.i", "g.h.i", "h.i", "i"},
	} {
		z := zone(t, "")
		if _, err := check.LookDMARC(t.Context(), z, domain); err != nil {
			t.Fatal(err)
		}
		for _, name := range want {
			if n := z.Asked("TXT _dmarc." + name); n != 1 {
				t.Errorf("%s: _dmarc.%s was asked %d times", domain, name, n)
			}
		}
		if domain == "x.y.z.a.b.c.d.e.f.g.h.i" && z.Asked("TXT _dmarc.b.c.d.e.f.g.h.i") > 0 {
			t.Error("a long name was not cut")
		}
	}
}

func TestAligned(t *testing.T) {
	t.Parallel()
	z := zone(t, `
_dmarc.shop.test        TXT v=DMARC1; p=none
_dmarc.unit.shop.test   TXT v=DMARC1; p=none; psd=n
_dmarc.registry.example TXT v=DMARC1; p=none; psd=y
_dmarc.ill.test         TXT FAIL
`)
	for _, test := range []struct {
		from, other string
		strict      bool
		want        bool
	}{
		{"shop.test", "shop.test", true, true},
		{"Shop.test", "shop.TEST.", true, true},
		{"shop.test", "bounce.shop.test", false, true},
		{"shop.test", "bounce.shop.test", true, false},
		{"news.shop.test", "bounce.shop.test", false, true},
		{"shop.test", "other.test", false, false},
		{"shop.test", "a.unit.shop.test", false, false},
		{"unit.shop.test", "a.unit.shop.test", false, true},
		{"a.one.registry.example", "b.one.registry.example", false, true},
		{"one.registry.example", "two.registry.example", false, false},
	} {
		got, err := check.Aligned(t.Context(), z, test.from, test.other, test.strict)
		if err != nil || got != test.want {
			t.Errorf("%s and %s (strict: %v): %v, %v", test.from, test.other, test.strict, got, err)
		}
	}
	for _, pair := range [][2]string{{"shop.test", "ill.test"}, {"ill.test", "shop.test"}} {
		if _, err := check.Aligned(t.Context(), z, pair[0], pair[1], false); err == nil {
			t.Errorf("%q: no answer was taken for one", pair)
		}
	}
}

func TestDKIM(t *testing.T) {
	t.Parallel()
	const (
		ed       = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
		short512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL4jDcdzOxFNKZMAi+7D8ndmjxkXiEZlHAVGaBaqEZ8YS0dVlQ9HEc25RwYgFPkQ0DkAVOUDjmhTxQKLlVzNYakCAwEAAQ=="
	)
	for _, test := range []struct{ name, record, wrong string }{
		{"Ed25519", "v=DKIM1; k=ed25519; p=" + ed, ""},
		{"the version may be missing", "k=ed25519; p=" + ed, ""},
		{"white space within the key", "v=DKIM1; k=ed25519; p=" + ed[:10] + "  " + ed[10:], ""},
		{"another version", "v=DKIM2; k=ed25519; p=" + ed, "does not begin with v=DKIM1"},
		{"the version not first", "k=ed25519; v=DKIM1; p=" + ed, "does not begin with v=DKIM1"},
		{"no key", "v=DKIM1; k=ed25519", "holds no key"},
		{"revoked", "v=DKIM1; p=", "revoked"},
		{"SHA-1 alone", "v=DKIM1; h=sha1; k=ed25519; p=" + ed, "allows no SHA-256"},
		{"SHA-256 among them", "v=DKIM1; h=sha1:sha256; k=ed25519; p=" + ed, ""},
		{"for another service", "v=DKIM1; s=tlsrpt; k=ed25519; p=" + ed, "not for e-mail"},
		{"for all services", "v=DKIM1; s=tlsrpt:*; k=ed25519; p=" + ed, ""},
		{"a tag twice", "v=DKIM1; k=ed25519; p=x; p=" + ed, "stands there twice"},
		{"a broken key", "v=DKIM1; k=ed25519; p=%%%", "no base64"},
		{"a key that was cut", "v=DKIM1; k=ed25519; p=" + ed[:20], "none of Ed25519"},
		{"an RSA key that was cut", "v=DKIM1; p=" + short512[:60], "none of RSA"},
		{"a key that is too short", "v=DKIM1; p=" + short512, "too short"},
		{"an unknown kind", "v=DKIM1; k=dsa; p=" + ed, "not known"},
	} {
		d, err := check.LookDKIM(t.Context(), zone(t, "s._domainkey.shop.test TXT "+test.record), "s._domainkey.shop.test")
		if err != nil || d.Record != test.record || (d.Wrong == "") != (test.wrong == "") || !strings.Contains(d.Wrong, test.wrong) {
			t.Errorf("%s: %+v, %v", test.name, d, err)
		}
		if test.wrong == "" && (!d.Holds("v=DKIM1; k=ed25519; p="+ed) || d.Holds("v=DKIM1; k=ed25519; p=AAAA")) {
			t.Errorf("%s: another key was taken for it", test.name)
		}
	}
	d, err := check.LookDKIM(t.Context(), zone(t, "s._domainkey.shop.test TXT v=DKIM1; t=y:s; k=ed25519; p="+ed+"\ns._domainkey.shop.test TXT old"), "s._domainkey.shop.test")
	if err != nil || !d.Test || d.Many != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := check.LookDKIM(t.Context(), zone(t, ""), "s._domainkey.shop.test"); err != nil || d.Record != "" || d.Holds("p=") {
		t.Errorf("none: %+v, %v", d, err)
	}
	if _, err := check.LookDKIM(t.Context(), zone(t, "s._domainkey.shop.test TXT FAIL"), "s._domainkey.shop.test"); err == nil {
		t.Error("no answer was taken for none")
	}
}

func TestConfirmed(t *testing.T) {
	t.Parallel()
	z := zone(t, "192.0.2.1 PTR mail.shop.test\n192.0.2.1 PTR liar.test\nmail.shop.test A 192.0.2.1\n192.0.2.2 PTR FAIL\n192.0.2.3 PTR ill.test\nill.test A FAIL")
	forward, astray, err := check.Confirmed(t.Context(), z, addr("192.0.2.1"))
	if err != nil || !reflect.DeepEqual(forward, []string{"mail.shop.test"}) || !reflect.DeepEqual(astray, []string{"liar.test"}) {
		t.Errorf("%q, %q, %v", forward, astray, err)
	}
	for _, ill := range []string{"192.0.2.2", "192.0.2.3"} {
		if _, _, err := check.Confirmed(t.Context(), z, addr(ill)); err == nil {
			t.Errorf("%s: no answer was taken for one", ill)
		}
	}
}
