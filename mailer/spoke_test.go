//go:build failpoint

package mailer

import (
	"bytes"
	"context"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// A relay that speaks into the body and takes the message all the same: its words must not be taken
// for its answer to the dot, or the same message would be sent again.
func TestWordsInTheBodyAreNotTheAnswer(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"mail.after-body", "mail.after-commit"} {
		for _, secure := range []bool{false, true} {
			spokenInto(t, at, secure)
		}
	}
}

func spokenInto(t *testing.T, at string, secure bool) {
	t.Helper()
	m := plain(1)
	var r rig
	received := func(name string) {
		if name == at {
			r.server.Wait(func() bool { return bytes.Equal(r.server.Partial(), m.Bytes) })
		}
	}
	script := smtptest.At(smtptest.Body, 1, smtptest.Step{Reply: "451 4.3.0 later"})
	r = newRig(t, smtptest.Options{Script: script, TLS: secure}, 1, func(d *Deps) { d.Points = failpoint.Of(received) })
	commits := 0
	o := r.Deliver(background, m, func(context.Context) error { commits++; return nil })
	r.server.Wait(func() bool { return r.server.Partial() == nil })
	if n := r.server.Accepted()[string(m.To)]; n != 0 {
		t.Errorf("%s, TLS %t: the message was taken although the connection was out of step", at, secure)
	}
	if o.Kind != campaign.OutcomeReleased && o.Kind != campaign.OutcomeUncertain || o.Committed != (commits == 1) {
		t.Errorf("%s, TLS %t: %+v after %d commits", at, secure, o, commits)
	}
}

// A look before the dot must not disturb a connection that is in step, encrypted or not.
func TestALookLeavesTheConnectionAsItIs(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		r := newRig(t, smtptest.Options{TLS: secure}, 1)
		for n := range 20 {
			if o := r.Deliver(background, plain(n), yes); o.Kind != campaign.OutcomeSent {
				t.Fatalf("TLS %t, message %d: %+v", secure, n, o)
			}
		}
		if c := r.server.Connections(); c != 1 {
			t.Errorf("TLS %t: %d connections for 20 messages", secure, c)
		}
	}
}
