package check_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/mailer/check"
	"github.com/reoptin/reoptin/mailer/zonetest"
)

func zone(t testing.TB, text string) *zonetest.Zone {
	t.Helper()
	z, err := zonetest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// neighbours are names that the records of the cases lead to.
const neighbours = `
a.test         A    192.0.2.10
a.test         A    2001:db8::10
near.test      A    192.0.2.77
mx.test        MX   a.test
many.test      MX   1.test
many.test      MX   2.test
many.test      MX   3.test
many.test      MX   4.test
many.test      MX   5.test
many.test      MX   6.test
many.test      MX   7.test
many.test      MX   8.test
many.test      MX   9.test
many.test      MX   10.test
many.test      MX   11.test
ok.test        TXT  v=spf1 ip4:192.0.2.10 -all
no.test        TXT  v=spf1 -all
soft.test      TXT  v=spf1 ~all
open.test      TXT  v=spf1 ?all
bad.test       TXT  v=spf1 ipv4:192.0.2.10 -all
two.test       TXT  v=spf1 -all
two.test       TXT  v=spf1 +all
ill.test       TXT  FAIL
ill.test       A    FAIL
ill.test       MX   FAIL
loop.test      TXT  v=spf1 include:loop.test -all
turn.test      TXT  v=spf1 redirect=turn.test
deep.test      TXT  v=spf1 a:a1.test a:a2.test a:a.test -all
192.0.2.10     PTR  host.shop.test
192.0.2.10     PTR  liar.test
host.shop.test A    192.0.2.10
liar.test      A    192.0.2.99
192.0.2.66     PTR  liar.test
192.0.2.10.exists.test            A 127.0.0.2
10.2.0.192.in-addr.exists.test    A 127.0.0.2
news.exists.test                  A 127.0.0.2
from.test.exists.test             A 127.0.0.2
mail.helo.exists.test             A 127.0.0.2
six.exists.test                   A 2001:db8::1
0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.exists.test A 127.0.0.2
`

func TestSPF(t *testing.T) {
	t.Parallel()
	const v4, v6, other = "192.0.2.10", "2001:db8::10", "198.51.100.1"
	for _, test := range []struct {
		name, record, from string
		want               check.Result
		why                string
	}{
		{"no record", "", v4, check.None, "from.test has no SPF record"},
		{"another version", "v=spf10 +all", v4, check.None, "no SPF record"},
		{"the version in capitals", "V=SPF1 +all", v4, check.Pass, "+all"},
		{"nothing said", "v=spf1", v4, check.Neutral, "nothing in the record"},
		{"all", "v=spf1 all", v4, check.Pass, "all in the record of from.test"},
		{"not all", "v=spf1 -all", v4, check.Fail, "-all"},
		{"softly not all", "v=spf1 ~all", v4, check.SoftFail, "~all"},
		{"neutral to all", "v=spf1 ?all", v4, check.Neutral, "?all"},
		{"the first match counts", "v=spf1 -ip4:192.0.2.10 +all", v4, check.Fail, "-ip4:192.0.2.10"},
		{"what stands behind all never counts", "v=spf1 -all ip4:192.0.2.10", v4, check.Fail, "-all"},
		{"an address", "v=spf1 ip4:192.0.2.10 -all", v4, check.Pass, "ip4:192.0.2.10"},
		{"another address", "v=spf1 ip4:192.0.2.10 -all", other, check.Fail, "-all"},
		{"a network", "v=spf1 ip4:192.0.2.0/24 -all", v4, check.Pass, "ip4:192.0.2.0/24"},
		{"an address of the other kind", "v=spf1 ip4:192.0.2.10 -all", v6, check.Fail, "-all"},
		{"version 6", "v=spf1 ip6:2001:db8::10 -all", v6, check.Pass, "ip6"},
		{"a network of version 6", "v=spf1 ip6:2001:db8::/32 -all", v6, check.Pass, "ip6"},
		{"version 4 within 6 is 4", "v=spf1 ip4:192.0.2.10 -all", "::ffff:192.0.2.10", check.Pass, "ip4"},
		{"an address that is none", "v=spf1 ip4:192.0.2.300 -all", v4, check.PermError, "cannot be read"},
		{"6 behind ip4", "v=spf1 ip4:2001:db8::1 -all", v4, check.PermError, "cannot be read"},
		{"4 behind ip6", "v=spf1 ip6:192.0.2.1 -all", v4, check.PermError, "cannot be read"},
		{"a name", "v=spf1 a:a.test -all", v4, check.Pass, "a:a.test"},
		{"a name, version 6", "v=spf1 a:a.test -all", v6, check.Pass, "a:a.test"},
		{"the network of a name", "v=spf1 a:near.test/24 -all", v4, check.Pass, "a:near.test/24"},
		{"beyond the network of a name", "v=spf1 a:near.test/28 -all", v4, check.Fail, "-all"},
		{"the network of a name, version 6", "v=spf1 a:a.test//64 -all", "2001:db8::99", check.Pass, "a:a.test//64"},
		{"both networks of a name", "v=spf1 a:near.test/24//64 -all", v4, check.Pass, "a:near.test/24//64"},
		{"a network that is none", "v=spf1 a:a.test/33 -all", v4, check.PermError, "cannot be read"},
		{"a network with a nought", "v=spf1 a:a.test/08 -all", v4, check.PermError, "cannot be read"},
		{"the domain's own addresses", "v=spf1 a -all", v4, check.Pass, "a in"},
		{"the domain's own network", "v=spf1 a/24 -all", "192.0.2.200", check.Pass, "a/24"},
		{"a, and no name", "v=spf1 a: -all", v4, check.PermError, "cannot be read"},
		{"its mail hosts", "v=spf1 mx:mx.test -all", v4, check.Pass, "mx:mx.test"},
		{"its own mail hosts", "v=spf1 mx -all", v4, check.Pass, "mx in"},
		{"not its mail hosts", "v=spf1 mx:mx.test -all", other, check.Fail, "-all"},
		{"too many mail hosts", "v=spf1 mx:many.test -all", v4, check.PermError, "more than 10 MX hosts"},
		{"include passes", "v=spf1 include:ok.test -all", v4, check.Pass, "include:ok.test in the record of from.test"},
		{"an include that fails does not match", "v=spf1 include:no.test ~all", v4, check.SoftFail, "~all"},
		{"nor one that fails softly", "v=spf1 include:soft.test -all", v4, check.Fail, "-all"},
		{"nor one that is neutral", "v=spf1 include:open.test -all", v4, check.Fail, "-all"},
		{"a qualified include", "v=spf1 -include:ok.test +all", v4, check.Fail, "-include"},
		{"an include of nothing", "v=spf1 include:nothing.test -all", v4, check.PermError, "leads to no SPF record"},
		{"an include with a mistake", "v=spf1 include:bad.test -all", v4, check.PermError, `bad.test: "ipv4:192.0.2.10" is no mechanism`},
		{"an include with two records", "v=spf1 include:two.test -all", v4, check.PermError, "two.test has 2 SPF records"},
		{"an include without an answer", "v=spf1 include:ill.test -all", v4, check.TempError, "ill.test cannot be looked up"},
		{"include without a name", "v=spf1 include -all", v4, check.PermError, "cannot be read"},
		{"include of a network", "v=spf1 include:ok.test/24 -all", v4, check.PermError, "cannot be read"},
		{"include in a circle", "v=spf1 include:loop.test -all", v4, check.PermError, "more than 10 lookups"},
		{"redirect", "v=spf1 redirect=ok.test", v4, check.Pass, "in the record of ok.test"},
		{"redirect to a no", "v=spf1 redirect=ok.test", other, check.Fail, "-all"},
		{"redirect is passed over beside all", "v=spf1 redirect=ok.test ~all", other, check.SoftFail, "~all"},
		{"redirect to nothing", "v=spf1 redirect=nothing.test", v4, check.PermError, "leads to no SPF record"},
		{"redirect in a circle", "v=spf1 redirect=turn.test", v4, check.PermError, "more than 10 lookups"},
		{"redirect without an answer", "v=spf1 redirect=ill.test", v4, check.TempError, "ill.test cannot be looked up"},
		{"two redirects", "v=spf1 redirect=ok.test redirect=no.test", v4, check.PermError, "stands there twice"},
		{"exists", "v=spf1 exists:a.test -all", v4, check.Pass, "exists:a.test"},
		{"exists not", "v=spf1 exists:nothing.test -all", v4, check.Fail, "-all"},
		{"exists in version 6 alone", "v=spf1 exists:six.exists.test -all", v4, check.Fail, "-all"},
		{"exists without an answer", "v=spf1 exists:ill.test -all", v4, check.TempError, "ill.test cannot be looked up"},
		{"its name", "v=spf1 ptr:shop.test -all", v4, check.Pass, "ptr:shop.test"},
		{"a name that does not lead back", "v=spf1 ptr:liar.test -all", v4, check.Fail, "-all"},
		{"a name of others", "v=spf1 ptr -all", v4, check.Fail, "-all"},
		{"no name", "v=spf1 ptr:shop.test -all", other, check.Fail, "-all"},
		{"an a without an answer", "v=spf1 a:ill.test -all", v4, check.TempError, "ill.test cannot be looked up"},
		{"an mx without an answer", "v=spf1 mx:ill.test -all", v4, check.TempError, "ill.test cannot be looked up"},
		{"three that find nothing", "v=spf1 a:n1.test mx:n2.test exists:n3.test ip4:192.0.2.10 -all", v4, check.PermError, "more than 2 of its lookups find nothing"},
		{"two that find nothing", "v=spf1 a:n1.test mx:n2.test ip4:192.0.2.10 -all", v4, check.Pass, "ip4"},
		{"ten lookups", "v=spf1" + strings.Repeat(" a:near.test", 10) + " ip4:192.0.2.10 -all", v4, check.Pass, "ip4"},
		{"eleven lookups", "v=spf1" + strings.Repeat(" a:near.test", 11) + " ip4:192.0.2.10 -all", v4, check.PermError, "more than 10 lookups"},
		{"lookups of an include count", "v=spf1" + strings.Repeat(" include:deep.test", 3) + " -all", other, check.PermError, "more than"},
		{"no mechanism", "v=spf1 everyone -all", v4, check.PermError, `"everyone" is no mechanism`},
		{"no term", "v=spf1 !all", v4, check.PermError, "is no term"},
		{"a mistake anywhere counts", "v=spf1 ip4:192.0.2.10 -all foo", v4, check.PermError, `"foo" is no mechanism`},
		{"all with a name", "v=spf1 all:x.test", v4, check.PermError, "cannot be read"},
		{"an unknown modifier is passed over", "v=spf1 foo=bar ip4:192.0.2.10 -all", v4, check.Pass, "ip4"},
		{"an explanation is passed over", "v=spf1 exp=why.%{d} ip4:192.0.2.10 -all", v4, check.Pass, "ip4"},
		{"two explanations", "v=spf1 exp=a.test exp=b.test -all", v4, check.PermError, "stands there twice"},
		{"more blanks than one", "v=spf1  ip4:192.0.2.10   -all", v4, check.Pass, "ip4"},
		{"capitals", "v=spf1 IP4:192.0.2.10 -ALL", v4, check.Pass, "IP4"},
		{"macro of the address", "v=spf1 exists:%{i}.exists.test -all", v4, check.Pass, "exists"},
		{"macro in reverse", "v=spf1 exists:%{ir}.%{v}.exists.test -all", v4, check.Pass, "exists"},
		{"macro in reverse, version 6", "v=spf1 exists:%{ir}.%{v}.exists.test -all", v6, check.Pass, "exists"},
		{"macro of version 6, from 4", "v=spf1 exists:%{i}.ip6.exists.test -all", v4, check.Fail, "-all"},
		{"macro of the local part", "v=spf1 exists:%{l1r-}.exists.test -all", v4, check.Pass, "exists"},
		{"macro of the domain", "v=spf1 exists:%{o}.exists.test -all", v4, check.Pass, "exists"},
		{"macro of part of a name", "v=spf1 exists:%{d2}.exists.test -all", v4, check.Pass, "exists"},
		{"macro of the greeting", "v=spf1 exists:%{h}.exists.test -all", v4, check.Pass, "exists"},
		{"macro of an unknown letter", "v=spf1 exists:%{z}.exists.test -all", v4, check.PermError, "macro"},
		{"a percent sign alone", "v=spf1 exists:%.exists.test -all", v4, check.PermError, "macro"},
		{"no labels of a macro", "v=spf1 exists:%{d0}.exists.test -all", v4, check.PermError, "macro"},
		{"a name that is none", "v=spf1 a:x..test -all", v4, check.PermError, "is no name"},
		{"a label that is too long", "v=spf1 a:" + strings.Repeat("x", 64) + ".test -all", v4, check.PermError, "is no name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := neighbours + "from.test A 192.0.2.10\nfrom.test MX a.test\n"
			if test.record != "" {
				text += "from.test TXT " + test.record + "\n"
			}
			got := check.CheckSPF(t.Context(), zone(t, text), netip.MustParseAddr(test.from), "news-1@from.test", "mail.helo")
			if got.Result != test.want || !strings.Contains(got.Why, test.why) {
				t.Errorf("%q from %s: %s, %q; not %s, %q", test.record, test.from, got.Result, got.Why, test.want, test.why)
			}
			if got.Record != test.record && got.Result != check.None {
				t.Errorf("the record is said to be %q", got.Record)
			}
		})
	}
}

// What is said of a record itself: how it ends, how much it costs.
func TestSPFOfARecord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		record          string
		end             string
		lookups, voids  int
		behind, pointer bool
		result          check.Result
	}{
		{"v=spf1 ip4:192.0.2.1 -all", "-all", 0, 0, false, false, check.Fail},
		{"v=spf1 mx a:near.test ~all", "~all", 2, 0, false, false, check.SoftFail},
		{"v=spf1 a:n1.test a:n2.test ?all", "?all", 2, 2, false, false, check.Neutral},
		{"v=spf1 a:n1.test a:n2.test a:n3.test -all", "-all", 3, 3, false, false, check.PermError},
		{"v=spf1 all ip4:192.0.2.1", "+all", 0, 0, true, false, check.Pass},
		{"v=spf1 ptr -all", "-all", 1, 0, false, true, check.Fail},
		{"v=spf1 include:ok.test redirect=ok.test", "redirect=ok.test", 2, 0, false, false, check.Fail},
		{"v=spf1 include:%{ir}.x.test exists:%{i}.x.test redirect=%{d}.x", "redirect=%{d}.x", 3, 0, false, false, check.Neutral},
		{"v=spf1 ip4:192.0.2.1", "", 0, 0, false, false, check.Neutral},
	} {
		z := zone(t, neighbours+"from.test MX a.test\nfrom.test TXT "+test.record)
		got := check.CheckSPF(t.Context(), z, netip.Addr{}, "a@from.test", "h")
		if got.End != test.end || got.Lookups != test.lookups || got.Voids != test.voids || got.Behind != test.behind || got.Ptr != test.pointer || got.Result != test.result {
			t.Errorf("%s: %+v", test.record, got)
		}
	}
	z := zone(t, "from.test TXT v=spf1 -all\nfrom.test TXT google-site-verification=x\nfrom.test TXT v=spf1 mx -all")
	if got := check.CheckSPF(t.Context(), z, netip.Addr{}, "a@from.test", "h"); got.Many != 2 || got.Result != check.PermError {
		t.Errorf("two records: %+v", got)
	}
}

// Whatever stands in a record, it is judged within its limits.
func FuzzSPF(f *testing.F) {
	for _, seed := range []string{"v=spf1 a mx include:%{d} -all", "v=spf1 redirect=%{l3r+}.x", "v=spf1 ip6:::/0 a//0", "v=spf1 exists:%{s1R=}%%%_%-"} {
		f.Add(seed, "192.0.2.1")
	}
	f.Fuzz(func(t *testing.T, record, from string) {
		if strings.ContainsAny(record, "\r\n") {
			return
		}
		z, err := zonetest.Parse("from.test TXT " + record)
		if err != nil {
			return
		}
		addr, _ := netip.ParseAddr(from)
		got := check.CheckSPF(t.Context(), z, addr, "a@from.test", "h")
		if got.Result == "" || got.Lookups > check.MostLookups+1 || got.Voids > check.MostVoids+1 {
			t.Error(fmt.Sprintf("%q", record), got)
		}
	})
}
