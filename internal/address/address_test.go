package address

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

// vectors pin what each spelling means. strict "" means: refused.
var vectors = []struct{ name, in, strict, folded string }{
	{"upper case", "A@X.de", "a@x.de", "a@x.de"},
	{"lower case", "a@x.de", "a@x.de", "a@x.de"},
	{"tag", "a+b@x.de", "a+b@x.de", "a@x.de"},
	{"gmail dots", "a.b@gmail.com", "a.b@gmail.com", "ab@gmail.com"},
	{"googlemail", "ab@googlemail.com", "ab@googlemail.com", "ab@gmail.com"},
	{"umlaut domain", "a@MÜNCHEN.de", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"},
	{"umlaut domain as A-label", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"},
	{"decomposed umlaut domain", "a@mu\u0308nchen.de", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"},
	{"decomposed umlaut local", "mu\u0308@x.de", "mü@x.de", "mü@x.de"},
	{"ligature domain", "a@ﬁsch.de", "a@fisch.de", "a@fisch.de"},
	{"ligature local", "ﬁsch@x.de", "ﬁsch@x.de", "fisch@x.de"},
	{"full-width local", "ＵＳＥＲ@x.de", "ｕｓｅｒ@x.de", "user@x.de"},
	{"full-width domain", "a@ＵＳＥＲ.de", "a@user.de", "a@user.de"},
	{"dotless i", "mıke@x.de", "mıke@x.de", "mıke@x.de"},
	{"plain i", "mike@x.de", "mike@x.de", "mike@x.de"},
	{"capital I", "MIKE@x.de", "mike@x.de", "mike@x.de"},
	{"dotted capital I", "Mİke@x.de", "mİke@x.de", "mi\u0307ke@x.de"},
	{"sharp s domain", "a@faß.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"},
	{"double s domain", "a@fass.de", "a@fass.de", "a@fass.de"},
	{"sharp s local", "faß@x.de", "faß@x.de", "fass@x.de"},
	{"Cyrillic a local", "аnna@x.de", "аnna@x.de", "аnna@x.de"},
	{"Cyrillic a domain", "a@аpple.de", "a@xn--pple-43d.de", "a@xn--pple-43d.de"},
	{"zero-width joiner local", "a\u200db@x.de", "", ""},
	{"zero-width joiner domain", "a@x\u200dy.de", "", ""},
	{"soft hyphen local", "a\u00adb@x.de", "", ""},
	{"soft hyphen domain", "a@x\u00ady.de", "", ""},
	{"bidi override", "a\u202eb@x.de", "", ""},
	{"Hangul filler", "a\u3164@x.de", "", ""},
	{"variation selector", "a\ufe0f@x.de", "", ""},
	{"private use", "a\ue000@x.de", "", ""},
	{"replacement character", "a\ufffd@x.de", "", ""},
	{"not UTF-8", "a\xff@x.de", "", ""},
	{"trailing dot", "a@x.de.", "a@x.de", "a@x.de"},
	{"two trailing dots", "a@x.de..", "", ""},
	{"needless quotes", `"a"@x.de`, "a@x.de", "a@x.de"},
	{"quoted space", `"a b"@x.de`, "", ""},
	{"quoted nothing", `""@x.de`, "", ""},
	{"quoted escape", `"a\b"@x.de`, "", ""},
	{"quoted dot", `".a"@x.de`, "", ""},
	{"recipient injection", `"optout@victim.example> ORCPT=rfc822;x"@example.com`, "", ""},
	{"recipient injection bare", `a> ORCPT=rfc822;x@example.com`, "", ""},
	{"comment", "(c)a@x.de", "", ""},
	{"comment behind", "a@x.de(c)", "", ""},
	{"address literal", "a@[127.0.0.1]", "", ""},
	{"bare IP address", "a@127.0.0.1", "", ""},
	{"local of 64", strings.Repeat("l", 64) + "@x.de", strings.Repeat("l", 64) + "@x.de", strings.Repeat("l", 64) + "@x.de"},
	{"local of 65", strings.Repeat("l", 65) + "@x.de", "", ""},
	{"address of 254", sized(254), sized(254), sized(254)},
	{"address of 255", sized(255), "", ""},
	{"huge", strings.Repeat("a", 1<<20) + "@x.de", "", ""},
	{"two addresses", "a@x.de, b@y.de", "", ""},
	{"two addresses, semicolon", "a@x.de;b@y.de", "", ""},
	{"mailto", "mailto:a@x.de?bcc=b", "", ""},
	{"mailto plain", "mailto:a@x.de", "", ""},
	{"header injection", "a@x.de\r\nBcc: b", "", ""},
	{"line break behind", "a@x.de\n", "", ""},
	{"NUL", "a\x00@x.de", "", ""},
	{"tab", "a\t@x.de", "", ""},
	{"angle brackets", "<a@x.de>", "", ""},
	{"display name", "Name <a@x.de>", "", ""},
	{"source route", "@a.de,@b.de:c@d.de", "", ""},
	{"percent route", "victim%y.de@x.de", "", ""},
	{"bang path", "y.de!victim@x.de", "", ""},
	{"NBSP around", "\u00a0a@x.de\u00a0 ", "a@x.de", "a@x.de"},
	{"two at signs", "a@@x.de", "", ""},
	{"full-width at sign", "a＠b@x.de", "", ""},
	{"empty label", "a@x..de", "", ""},
	{"leading empty label", "a@.x.de", "", ""},
	{"no domain", "a@", "", ""},
	{"no local", "@x.de", "", ""},
	{"no at sign", "pas-une-adresse", "", ""},
	{"nothing", " ", "", ""},
	{"single label", "a@localhost", "", ""},
	{"punycode of plain ASCII", "a@xn--foo-.de", "", ""},
	{"punycode of nothing", "a@xn--.de", "", ""},
	{"punycode of capitals", "a@xn--Foo-.de", "", ""},
	{"broken punycode", "a@xn--99999999.de", "", ""},
	{"hyphens in third and fourth place", "a@ab--c.de", "", ""},
	{"leading hyphen", "a@-b.de", "", ""},
	{"underscore", "a@b_c.de", "", ""},
	{"emoji domain", "a@💩.la", "", ""},
	{"emoji domain as A-label", "a@xn--ls8h.la", "", ""},
	{"label of 64", "a@" + strings.Repeat("d", 64) + ".de", "", ""},
	{"lone plus", "+@x.de", "+@x.de", "+@x.de"},
	{"empty tag", "a+@x.de", "a+@x.de", "a@x.de"},
	{"leading dot", ".a@gmail.com", "", ""},
	{"trailing dot in local", "a.@gmail.com", "", ""},
	{"double dot", "a..b@gmail.com", "", ""},
	{"gmail tag and dots", "J.Doe+News@GoogleMail.com", "j.doe+news@googlemail.com", "jdoe@gmail.com"},
	{"yahoo dash", "john-news@yahoo.fr", "john-news@yahoo.fr", "john@yahoo.fr"},
	{"dash elsewhere", "jean-luc@x.fr", "jean-luc@x.fr", "jean-luc@x.fr"},
	{"proton short", "a@pm.me", "a@pm.me", "a@proton.me"},
	{"proton long", "a@protonmail.com", "a@protonmail.com", "a@proton.me"},
	{"apple", "a@mac.com", "a@mac.com", "a@icloud.com"},
	{"apple me", "a@me.com", "a@me.com", "a@icloud.com"},
	{"yandex", "a@ya.ru", "a@ya.ru", "a@yandex.ru"},
	{"yandex abroad", "a@yandex.com.tr", "a@yandex.com.tr", "a@yandex.ru"},
	{"fastmail subdomain", "x@user.fastmail.com", "x@user.fastmail.com", "user@fastmail.com"},
	{"Greek final sigma", "ΟΔΟΣ@x.gr", "οδοσ@x.gr", "οδοσ@x.gr"},
}

// sized makes an address of n octets in four labels.
func sized(n int) string {
	const label = 61
	head := strings.Repeat("l", 60) + "@" + strings.Repeat("a", label) + "." + strings.Repeat("b", label) + "."
	return head + strings.Repeat("c", label) + "." + strings.Repeat("d", n-len(head)-label-1)
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			m, err := Parse(v.in)
			if v.strict == "" {
				if err == nil {
					t.Fatalf("accepted as %q", m)
				}
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("kind %v", fault.KindOf(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Strict() != v.strict || m.Folded() != v.folded {
				t.Errorf("strict %q folded %q, want %q %q", m.Strict(), m.Folded(), v.strict, v.folded)
			}
			checkMailbox(t, m)
		})
	}
}

func TestStringKeepsTheLocalPart(t *testing.T) {
	t.Parallel()
	m, err := Parse(" Jean.Dupont+News@Exemple.FR ")
	if err != nil {
		t.Fatal(err)
	}
	if m.String() != "Jean.Dupont+News@exemple.fr" || m.Local() != "Jean.Dupont+News" || m.Domain() != "exemple.fr" || m.NeedsUTF8() {
		t.Errorf("%q %q %q %v", m, m.Local(), m.Domain(), m.NeedsUTF8())
	}
	m, err = Parse("Jörg@nouser.test")
	if err != nil || !m.NeedsUTF8() {
		t.Errorf("%v %v", m.NeedsUTF8(), err)
	}
	var none Mailbox
	if none.String()+none.Strict()+none.Folded() != "" {
		t.Error("the zero mailbox has a text")
	}
}

// TestSpellings: the texts that other programs hash; Strict first, none twice, all in lower case.
func TestSpellings(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Ana@X.de":                "ana@x.de",
		"a.b+shop@GoogleMail.com": "a.b+shop@googlemail.com ab@gmail.com",
		"Bo@MÜNCHEN.de":           "bo@xn--mnchen-3ya.de bo@münchen.de",
		"JÖRG@x.de":               "jörg@x.de",
	} {
		m, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Spellings(), " "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := (Mailbox{}).Spellings(); got != nil {
		t.Errorf("no mailbox: %q", got)
	}
}

func TestErrorsDoNotRepeatTheText(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		if _, err := Parse(v.in); err != nil && len(v.in) > 8 && strings.Contains(err.Error(), strings.TrimSpace(v.in)) {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

// TestEveryRuneFoldsOnce walks all of Unicode: folding must reach its end in one step.
func TestEveryRuneFoldsOnce(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= 0x10ffff; r++ {
		if f := foldRune(r); foldRune(f) != f {
			t.Fatalf("%U → %U → %U", r, f, foldRune(f))
		}
	}
}

func TestMailboxProperties(t *testing.T) {
	t.Parallel()
	local := rapid.OneOf(rapid.StringN(1, 20, 60), rapid.StringMatching(`[A-Za-z0-9.+\-]{1,20}`), rapid.StringMatching(`[A-Zà-ÿßſσςİıǄﬁＡ\x{300}-\x{30f}]{1,8}`))
	domain := rapid.SampledFrom([]string{"x.de", "GMAIL.com", "münchen.de", "yahoo.co.uk", "user.fastmail.com", "faß.de", "例え.jp"})
	rapid.Check(t, func(t *rapid.T) {
		if m, err := Parse(local.Draw(t, "local") + "@" + domain.Draw(t, "domain")); err == nil {
			checkMailbox(t, m)
		}
	})
}

type failer interface{ Fatalf(string, ...any) }

// checkMailbox asserts what holds of every accepted mailbox.
func checkMailbox(t failer, m Mailbox) {
	s := m.String()
	if strings.ContainsAny(s, "\r\n\x00 \t<>()[]:;,\\\"") || strings.Count(s, "@") != 1 || len(s) > 254 {
		t.Fatalf("%q is unsafe", s)
	}
	again, err := Parse(s)
	if err != nil || again != m {
		t.Fatalf("%q does not round-trip: %q %v", s, again, err)
	}
	strict, err := Parse(m.Strict())
	if err != nil {
		if len(m.Strict()) > len(s) || len(m.strictLocal()) > maxLocal {
			return // folding may lengthen; a key need not be an address
		}
		t.Fatalf("strict %q of %q is no mailbox: %v", m.Strict(), s, err)
	}
	if strict.Strict() != m.Strict() {
		t.Fatalf("strict of %q is not stable: %q %q", s, m.Strict(), strict.Strict())
	}
	if strict.Folded() != m.Folded() {
		t.Fatalf("equal strict, different folded: %q %q %q", s, m.Folded(), strict.Folded())
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		if len(v.in) < 300 {
			f.Add(v.in)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := Parse(s); err == nil {
			checkMailbox(t, m)
		}
	})
}

// A mailbox that needs no more than a look is the one that all rules give.
func TestPlainMailboxes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9._+-]{0,66}@[a-z0-9.-]{1,40}\.[a-z]{1,6}`).Draw(t, "address")
		quick, ok := parsePlain(text)
		slow, err := parseAny(text)
		if ok && (err != nil || quick != slow) {
			t.Fatalf("%q: %v, and by all rules %v %v", text, quick, slow, err)
		}
	})
	for _, v := range vectors {
		if quick, ok := parsePlain(v.in); ok && quick.Strict() != v.strict {
			t.Errorf("%s: %v", v.name, quick)
		}
	}
	if _, ok := parsePlain("Jane.Doe+news@mail.shop.example"); !ok {
		t.Error("a plain mailbox is looked at twice")
	}
}
