package mailer

import (
	"bytes"
	"context"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// A relay that speaks into the body and takes the message all the same: its words must not be taken
// for its answer to the dot, or the same message would be sent again.
func TestWordsInTheBodyAreNotTheAnswer(t *testing.T) {
	t.Parallel()
	m := plain(1)
	for _, at := range []string{"mail.after-body", "mail.after-commit"} {
		var r rig
		received := func(name string) {
			if name == at {
				r.server.Wait(func() bool { return bytes.Equal(r.server.Partial(), m.Bytes) })
			}
		}
		script := smtptest.At(smtptest.Body, 1, smtptest.Step{Reply: "451 4.3.0 later"})
		r = newRig(t, smtptest.Options{Script: script}, 1, func(d *Deps) { d.FailPoint = received })
		commits := 0
		o := r.Deliver(background, m, func(context.Context) error { commits++; return nil })
		r.server.Wait(func() bool { return r.server.Partial() == nil })
		if n := r.server.Accepted()[string(m.To)]; n != 0 {
			t.Errorf("%s: the message was taken although the connection was out of step", at)
		}
		if o.Kind != campaign.OutcomeReleased && o.Kind != campaign.OutcomeUncertain || o.Committed != (commits == 1) {
			t.Errorf("%s: %+v after %d commits", at, o, commits)
		}
	}
}
