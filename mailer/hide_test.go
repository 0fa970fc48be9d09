package mailer

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// What a relay says is logged and shown. It quotes the return path, which is signed and so a key, and whom a mailbox forwards
// to: neither is kept, however the relay writes it.
func TestARelaysWordsNameNobody(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("ab2", 20)
	for said, want := range map[string]string{
		"553 5.7.1 <b+" + token + "@bounce.shop.example>: Sender address rejected: not owned by user shop": "553 5.7.1 <b•••@b•••.example>: Sender address rejected: not owned by user shop",
		"550 5.7.1 sender B+" + strings.ToUpper(token) + " unknown":                                        "550 5.7.1 sender B+••• unknown",
		"551 5.1.6 moved, try <jeanne.neuve@elsewhere.example>":                                            "551 5.1.6 moved, try <j•••@e•••.example>",
		"550 5.1.1 <P1@Example.net>: unknown":                                                              "550 5.1.1 <p•••@e•••.net>: unknown",
		"250 2.0.0 Ok: queued as 4Aa110":                                                                   "250 2.0.0 Ok: queued as 4Aa110",
	} {
		if got := hide(said, "p1@example.net"); got != want {
			t.Errorf("%q is shown as %q, want %q", said, got, want)
		}
	}
	r := newRig(t, smtptest.Options{Script: smtptest.At(smtptest.Mail, 1, smtptest.Step{Reply: "553 5.7.1 <b+" + token + "@bounce.shop.example>: Sender address rejected"})}, 1)
	if o := r.Deliver(background, plain(1), yes); !o.Relay || strings.Contains(o.Reply, token) || !strings.Contains(o.Reply, "Sender address rejected") {
		t.Errorf("%+v", o)
	}
}
