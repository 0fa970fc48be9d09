package check_test

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/check"
)

func TestWhoTakesMail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, zone string
		want       check.Mail
		unanswered bool
	}{
		{"a server", "a.test MX mx.test\nmx.test A 192.0.2.1", check.MailTaken, false},
		{"no server but an address", "a.test A 192.0.2.1", check.MailTaken, false},
		{"one of two servers", "a.test MX lost.test\na.test MX mx.test\nmx.test A 2001:db8::1", check.MailTaken, false},
		{"null MX", "a.test MX .\na.test A 192.0.2.1", check.MailRefused, false},
		{"null MX beside a server", "a.test MX .\na.test MX mx.test\nmx.test A 192.0.2.1", check.MailTaken, false},
		{"nothing", "", check.MailNowhere, false},
		{"servers of the machine itself and of its network", "a.test MX one.test\na.test MX two.test\none.test A 127.0.0.1\ntwo.test A 10.1.2.3", check.MailUnreachable, false},
		{"no server but an address of the network", "a.test A 192.168.1.1", check.MailTaken, false},
		{"the unspecified address", "a.test MX mx.test\nmx.test A 0.0.0.0", check.MailUnreachable, false},
		{"a server without an address", "a.test MX lost.test", check.MailUnreachable, false},
		{"no answer", "a.test MX FAIL", check.MailTaken, true},
		{"no answer about the address", "a.test A FAIL", check.MailTaken, true},
		{"no answer in time", "a.test MX HANG", check.MailTaken, true},
		{"no answer about a server", "a.test MX lost.test\na.test MX mx.test\nmx.test A FAIL", check.MailTaken, true},
		{"no answer about a server, which is not needed", "a.test MX mx.test\na.test MX good.test\nmx.test A FAIL\ngood.test A 192.0.2.1", check.MailTaken, false},
		{"more servers than are asked about", "a.test MX 1.test\na.test MX 2.test\na.test MX 3.test\na.test MX 4.test\na.test MX 5.test\na.test MX 6.test\na.test MX 7.test\na.test MX 8.test\na.test MX 9.test\na.test MX 10.test\na.test MX 11.test", check.MailTaken, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := check.LookMail(t.Context(), check.Bounded(zone(t, test.zone), 20*time.Millisecond, 2), "a.test")
			if got != test.want || (err != nil) != test.unanswered {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
