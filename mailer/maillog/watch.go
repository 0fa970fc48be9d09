package maillog

import (
	"strings"
	"time"
	"unicode"
)

// Watch is a message that is looked for.
type Watch struct {
	MessageIDs []string // without brackets
	Sender     string   // its envelope sender
	Signed     bool     // no other message has this sender
	To         string
	At         time.Time // about when it was handed over
}

// Fate is what a log says of a message.
type Fate string

// The fates. All from Queued on mean that the relay took the message.
const (
	Absent   Fate = "absent"    // nothing
	Begun    Fate = "begun"     // its header came; nothing says that all of it did
	Cut      Fate = "cut"       // its header came, and the connection broke before its end had come
	Refused  Fate = "refused"   // it came, and was answered with a no
	Dropped  Fate = "discarded" // it was taken and thrown away by a rule of the relay
	Deleted  Fate = "deleted"   // it was taken, and taken out of the queue by hand
	Queued   Fate = "queued"    // it is in the queue
	Deferred Fate = "deferred"  // a delivery failed for now
	Bounced  Fate = "bounced"   // a delivery failed for good
	Expired  Fate = "expired"   // it was not delivered in time
	Sent     Fate = "sent"      // the next server took it
)

// rank orders the fates: one that is certain is not taken back by a lesser one. Of those that may be of one try among
// several the last one counts.
var rank = map[Fate]int{Absent: 0, Begun: 1, Cut: 1, Refused: 1, Queued: 2, Deferred: 3, Deleted: 4, Dropped: 4, Expired: 5, Bounced: 5, Sent: 6}

// Found is what a log holds of a message.
type Found struct {
	Fate  Fate
	Queue string    // queue id of the line that says so
	At    time.Time // of that line
	Lines []string  // the first and the last ones, printable and bounded; they hold addresses
}

// The bounds of what is kept of one message.
const (
	mostLines  = 8
	mostQueues = 16 // ids under which it may have stood: filters hand a message back to the relay
	longest    = 800
)

func (f *Found) note(fate Fate, queue string, at time.Time) {
	if rank[fate] >= rank[f.Fate] {
		f.Fate, f.Queue, f.At = fate, queue, at
	}
}

func (f *Found) keep(text string) {
	text = printable(text)
	if len(f.Lines) < mostLines {
		f.Lines = append(f.Lines, text)
		return
	}
	f.Lines[mostLines-1] = text // what is written again and again is a delivery put off
}

// printable is a text in one line that steers no terminal, and not too long.
func printable(text string) string {
	if len(text) > longest {
		text = text[:max(strings.LastIndexByte(text[:longest], ' '), 0)] + " …" // no half of an address
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(text), " "))
}
