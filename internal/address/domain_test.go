package address

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPlainDomainsAreWhatTheyAre: what is taken as it stands is what the long way makes of it.
func TestPlainDomainsAreWhatTheyAre(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	const letters = "abz09--..x"
	plain := 0
	try := func(s string) {
		if !plainDomain(s) {
			return
		}
		plain++
		if long, err := parseAnyDomain(s); err != nil || long != s {
			t.Fatalf("%q: %q %v", s, long, err)
		}
	}
	for range 300_000 {
		b := make([]byte, 1+r.IntN(12))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		try(string(b))
	}
	for _, n := range []int{62, 63, 64} {
		try(strings.Repeat("a", n) + ".example")
		try("example." + strings.Repeat("a", n))
	}
	for n := range 70 {
		try(strings.Repeat("abc.", 50+n%20) + strings.Repeat("d", n) + ".example")
	}
	for _, s := range []string{"xn--mnchen-3ya.example", "xn.example", "lumen.example", "a.b-c.example", "1.2.3.4", "example.1a", "0.example.a1"} {
		try(s)
	}
	if plain < 10_000 {
		t.Errorf("only %d plain names", plain)
	}
}

func TestHostNamesAreWhatBrowsersAskFor(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"choix.élan.example": "choix.xn--lan-9la.example", "Choix.ÉLAN.example": "choix.xn--lan-9la.example", "e\u0301lan.example": "xn--lan-9la.example",
		"straße.example": "xn--strae-oqa.example", "Desk.Example": "desk.example", "localhost": "localhost", "mail_1": "mail_1", "xn--lan-9la.example": "xn--lan-9la.example",
		"127.0.0.1": "127.0.0.1", "2001:DB8:0:0::1": "2001:db8::1",
		"": "", "two words": "", "a/b": "", "a<b": "", "élan .example": "", "☃.example": "", "fe80::1%eth0": "", "a:80": "", "é\u200bx.example": "xn--x-9fa.example",
	} {
		got, ok := HostName(typed)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", typed, got, ok, want)
		}
	}
}
