//go:build failpoint

package mailer

import (
	"context"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

func TestFailPointsInOrder(t *testing.T) {
	t.Parallel()
	var seen []string
	r := newRig(t, smtptest.Options{}, 1, func(d *Deps) { d.Points = failpoint.Of(func(name string) { seen = append(seen, name) }) })
	o := r.Deliver(background, plain(1), func(context.Context) error { seen = append(seen, "commit"); return nil })
	if got := strings.Join(seen, " "); o.Kind != sent || got != "mail.before-dial mail.after-dial mail.after-mail mail.after-rcpt mail.after-data mail.mid-body mail.after-body commit mail.after-commit mail.after-dot mail.after-reply" {
		t.Errorf("%s %+v", got, o)
	}
}

// A panic at any point gives the connection up and the place back.
func TestPanicDoesNotLeakAConnection(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"mail.before-dial", "mail.after-dial", "mail.after-mail", "mail.after-rcpt", "mail.after-data", "mail.mid-body", "mail.after-body", "mail.after-commit", "mail.after-dot", "mail.after-reply"} {
		armed := true
		r := newRig(t, smtptest.Options{}, 1, func(d *Deps) {
			d.Points = failpoint.Of(func(name string) {
				if name == at && armed {
					armed = false
					panic(name)
				}
			})
		})
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was not reached", at)
				}
			}()
			r.Deliver(background, plain(1), yes)
		}()
		if o := r.Deliver(background, plain(2), yes); o.Kind != sent {
			t.Errorf("%s: %+v", at, o)
		}
	}
}
