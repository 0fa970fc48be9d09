package address

import (
	"strings"
	"testing"
)

func TestProvider(t *testing.T) {
	t.Parallel()
	for want, domains := range map[string]string{
		"gmail": "gmail.com GoogleMail.com", "outlook": "outlook.com hotmail.fr live.co.uk msn.com outlook.com.br HOTMAIL.COM",
		"yahoo": "yahoo.fr yahoo.co.uk ymail.com aol.com", "orange": "orange.fr wanadoo.fr", "free": "free.fr", "laposte": "laposte.net",
		"gmx": "gmx.de gmx.net web.de", "example.com": "example.com EXAMPLE.com", "gmail.example": "gmail.example",
		"yahoo.example": "yahoo.example", "mail.yahoo.fr": "mail.yahoo.fr", "yaho.fr": "yaho.fr", "": "",
	} {
		for d := range strings.FieldsSeq(domains + " ") {
			if got := Provider(d); got != want {
				t.Errorf("%q is of %q, want %q", d, got, want)
			}
		}
	}
	if got := Provider(""); got != "" {
		t.Errorf("no domain is of %q", got)
	}
}

// A name that looked like a domain would be counted together with that domain.
func TestProvidersAreNoDomains(t *testing.T) {
	t.Parallel()
	for d, p := range providers {
		if strings.Contains(p, ".") || typo[d] || d != strings.ToLower(d) {
			t.Errorf("%s=%s", p, d)
		}
	}
}
