package mailer

import (
	"errors"
	"net"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// lost is the end of a delivery that broke before the dot: nothing was taken, and the connection can
// no longer be trusted.
func (c *conn) lost(stage string, err error) campaign.Outcome {
	c.cut()
	return campaign.Outcome{Kind: campaign.OutcomeReleased, Stage: stage, Err: err, Broken: true}
}

// turnedDown is the end of a delivery by a complete reply before the dot.
func (c *conn) turnedDown(stage string, r reply) campaign.Outcome {
	return c.turnedDownLast(stage, r, true)
}

// turnedDownLast does the same; inStep is false when a further reply was expected and did not come.
func (c *conn) turnedDownLast(stage string, r reply, inStep bool) campaign.Outcome {
	o := spoken(stage, r)
	o.Kind = campaign.OutcomeReleased
	class := r.class
	switch r.code / 100 {
	case 4:
		o.Relay = class == bounce.Config
	case 5:
		switch {
		case stage == stageMail && r.code == 530:
			// It wants a login before it hears of anybody. Each further message would be told the same.
			o.Kind, o.Err = campaign.OutcomeNoRelay, c.mailer.relay.fault("wants a login first: "+o.Reply, "set user and password: smtp://USER@HOST:587 in smtp.url, and smtp.password")
		case stage != stageRcpt:
			// No recipient is judged here: whatever it says, it speaks of us or of the message.
			o.Relay = class != bounce.SoftFinal && class != bounce.Script
		case class.Gone():
			o.Kind, o.Hard = campaign.OutcomeRefused, true
		default:
			o.Relay = class.Ours()
		}
	default: // a yes where none was asked for, or a question: out of step
		inStep = false
	}
	if !inStep || r.code == 421 {
		c.cut()
		return o
	}
	c.reset()
	return o
}

// reset ends a refused transaction, so that the connection can be used again. It follows a complete
// reply only; a connection that is out of step is cut instead.
func (c *conn) reset() {
	if err := c.send("RSET"); err != nil {
		c.cut()
		return
	}
	c.wait(resetTimeout)
	if r, err := c.read(); err != nil || r.code/100 != 2 {
		c.cut()
	}
}

// judge reads the complete reply to the dot.
func (c *conn) judge(r reply) campaign.Outcome {
	o := spoken(stageDot, r)
	o.Committed = true
	class := r.class
	switch r.code / 100 {
	case 2:
		o.Kind = campaign.OutcomeSent
	case 4:
		o.Kind, o.Relay = campaign.OutcomeReleased, class == bounce.Config
	case 5:
		o.Kind, o.Relay, o.Hard = campaign.OutcomeRefused, class.Ours(), class.Gone()
	default:
		o.Kind = campaign.OutcomeUncertain
		c.cut()
		return o
	}
	if r.code/100 != 2 && r.code != 421 && c.moreToSay() {
		return campaign.Outcome{Kind: campaign.OutcomeUncertain, Committed: true, Stage: stageDot, Err: errUnasked}
	}
	if r.code == 421 || c.r.Buffered() > 0 {
		c.cut()
	}
	return o
}

// moreToSay ends a connection over which a no to the dot came, and reports whether it was the answer to something else: a
// relay may have said it in the middle of the message, too late to be noticed before the dot. Then its real answer comes
// before that to QUIT, which has a code of its own.
func (c *conn) moreToSay() bool {
	defer c.cut()
	if err := c.send("QUIT"); err != nil {
		return errors.Is(err, errUnasked)
	}
	c.wait(resetTimeout)
	r, err := c.read()
	if err != nil { // one that says nothing may still be busy with the message
		var silent net.Error
		return errors.As(err, &silent) && silent.Timeout()
	}
	return r.code/100 == 2 && r.code != 221
}

func spoken(stage string, r reply) campaign.Outcome {
	words := r.text
	if r.status != "" {
		words = strings.TrimSpace(r.status + " " + words)
	}
	return campaign.Outcome{Stage: stage, Code: r.code, Status: r.status, Reply: strings.TrimSpace(reply{code: r.code, text: words}.String())}
}

// unreached is the outcome of a connection that did not come about.
func (m *Mailer) unreached(err error) campaign.Outcome {
	o := campaign.Outcome{Stage: stageDial}
	if r := replyOf(err); r.code != 0 {
		o = spoken(stageDial, r)
	}
	if d, ok := err.(*dialError); ok {
		o.Stage, err = d.stage, d.err
	}
	o.Kind, o.Err = campaign.OutcomeNoRelay, m.relay.wrong(o.Stage, err)
	return o
}
