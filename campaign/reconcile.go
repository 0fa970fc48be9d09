package campaign

import (
	"context"
	"fmt"
	"time"
)

// Doubt is an invitation of unknown outcome, with the time at which it was handed over as the send journal has it:
// where an older database was put back, only the journal knows.
type Doubt struct {
	Invitation
	HandedOver time.Time
}

// Doubts lists the invitations of a campaign whose outcome nobody knows.
func (d *Desk) Doubts(ctx context.Context, name string) ([]Doubt, error) {
	is, err := d.Uncertain(ctx, name)
	if err != nil || len(is) == 0 {
		return nil, err
	}
	doubts, at := make([]Doubt, len(is)), make(map[LinkID]int, len(is))
	for n, i := range is {
		doubts[n], at[i.Link] = Doubt{Invitation: i, HandedOver: i.SentAt}, n
	}
	return doubts, d.journal.Replay(func(r Record) error {
		if n, ok := at[r.Link]; ok && r.Kind == RecordIntent && r.Attempt == doubts[n].Attempt {
			doubts[n].HandedOver = r.At
		}
		return nil
	})
}

// NotItsLog says why a log says nothing about an invitation that it does not show: a letter went by no relay, or it is that of another
// relay than the one where the message stood before its dot, or nobody knows which that was. seen are the relays of messages in it that were
// certainly sent, "" being the only one of its time. "" when the log would show the message.
func (d *Desk) NotItsLog(b Doubt, seen map[string]bool) string {
	switch {
	case b.Route == RouteLetter:
		return "it is a letter, which stands in no log; its batch says what is known of it"
	case b.Relay == "" && d.relays.several():
		return "it is not known at which relay it stood"
	case b.Relay == "" && !seen[""]:
		return "it left when there was one relay, and no message that was certainly sent at that time is in this log"
	case !seen[b.Relay]:
		return "it stood at " + b.Relay + ", and no message that was certainly sent by that relay is in this log"
	}
	return ""
}

// LogFate is what the relay's log says of a message.
type LogFate string

// The fates in a log.
const (
	LogAbsent   LogFate = "absent"    // nothing
	LogBegun    LogFate = "begun"     // its header came, and no more is known
	LogCut      LogFate = "cut"       // its header came, and the connection broke before its end had come
	LogRefused  LogFate = "refused"   // all of it came, and was answered with a no
	LogDropped  LogFate = "discarded" // it was taken and thrown away by a rule of the relay
	LogDeleted  LogFate = "deleted"   // it was taken, and taken out of the queue by hand
	LogQueued   LogFate = "queued"    // it is in the queue
	LogDeferred LogFate = "deferred"  // a delivery failed for now
	LogBounced  LogFate = "bounced"   // a delivery failed for good
	LogExpired  LogFate = "expired"   // it was not delivered in time
	LogSent     LogFate = "sent"      // the next server took it
)

// LogTrace is what the relay's log holds of an uncertain invitation.
type LogTrace struct {
	Fate  LogFate
	Queue string // the relay's name for it
	At    time.Time
	// Silent is why the log's saying nothing shows nothing: it does not cover the time, it is another relay's. "" when it
	// would show the message.
	Silent string
	// Missing is why lines of about that time may be missing; "" when nothing says so.
	Missing string
}

// Proposal is what a person may settle an uncertain invitation as, and why. No machine acts on it: what a log says was
// written by another program, and what it does not say may have been lost.
type Proposal struct {
	As      string // sent, not-sent, or "" when the log decides nothing
	Why     string
	Because string // for the ledger: names the line, and nobody
}

// What an uncertain invitation may be settled as.
const (
	AsSent    = "sent"
	AsNotSent = "not-sent"
)

// Propose weighs a trace. Whatever the relay took for delivery was sent, also when it came back: nobody is asked twice. Not
// sent is proposed where the relay said no, and where nothing was written down that a whole log would hold.
func (t LogTrace) Propose() Proposal {
	line := fmt.Sprintf("mail log: %s %s at %s", t.Queue, t.Fate, t.At.UTC().Format(time.RFC3339))
	switch t.Fate {
	case LogQueued, LogDeferred, LogSent:
		return Proposal{As: AsSent, Why: "the relay took it", Because: line}
	case LogBounced, LogExpired:
		return Proposal{As: AsSent, Why: "the relay took it, and could not deliver it; its notification says whether the mailbox is gone", Because: line}
	case LogRefused:
		return Proposal{As: AsNotSent, Why: "the relay said no to the whole message", Because: line}
	case LogDropped, LogDeleted:
		return Proposal{Why: "the relay took it and somebody there threw it away: whether the person got anything is for you to find out"}
	}
	if t.Silent != "" {
		return Proposal{Why: "nothing is known: " + t.Silent}
	}
	if t.Fate == LogCut {
		return Proposal{As: AsNotSent, Why: "the relay began to receive it, and the connection broke before its end had come", Because: line}
	}
	if t.Missing != "" {
		return Proposal{Why: "nothing is known: " + t.Missing}
	}
	if t.Fate == LogBegun { // taken, it may still lie where the queue manager has not looked yet
		return Proposal{Why: "the relay began to receive it, and says neither that it took it nor that it did not: look for " + t.Queue + " in its queue"}
	}
	return Proposal{As: AsNotSent, Why: "it is not in the log, which covers the time; perhaps it was not taken", Because: "mail log: not in it, though it covers the time"}
}
