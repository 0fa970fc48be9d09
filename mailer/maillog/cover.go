package maillog

import (
	"fmt"
	"time"
)

// A log says nothing by its silence unless it would have shown a message. It is asked for each Postfix that wrote it: lines of
// another one do not show that ours could write.

// span is a time between two lines.
type span struct{ from, to time.Time }

// touches reports whether a message handed over at some time may have left a line in the span.
func (s span) touches(at time.Time) bool {
	return !s.from.After(at.Add(Late)) && !s.to.Before(at.Add(-Early))
}

// postfix is one Postfix whose lines stand in a log.
type postfix struct {
	wrote  []span    // without a silence and with time running on: rotated files may stand in any order
	anew   []span    // from its last line at work to its end, or its next start
	worked time.Time // its last line at work
	ours   bool      // a message like ours was seen there
}

// The bounds of what is held of the writers of a log.
const (
	mostPostfixes = 100
	mostSpans     = 1000
	// backwards is how far the times of lines that stand one behind the other may run back.
	backwards = time.Minute
)

// writer finds the Postfix of a line. nil when there are too many.
func (d *reader) writer(l line) *postfix {
	p := d.log.writers[l.postfix]
	if p == nil && len(d.log.writers) < mostPostfixes {
		p = &postfix{}
		d.log.writers[l.postfix] = p
	}
	if p == nil {
		d.log.broken = true
	}
	return p
}

// heard notes that a Postfix wrote a line. before is when any of them did last.
func (d *reader) heard(l line, before time.Time) {
	p := d.writer(l)
	if p == nil {
		return
	}
	at := d.textStamp
	n := len(p.wrote) - 1
	switch {
	case n < 0 || at.Before(p.wrote[n].to.Add(-backwards)) || at.Sub(p.wrote[n].to) > d.options.Hole:
		p.wrote = d.bounded(p.wrote, span{at, at})
	case at.After(p.wrote[n].to):
		p.wrote[n].to = at
	}
	switch {
	case l.works():
		p.worked = at
	case l.starts() || l.ends():
		from := p.worked
		if from.IsZero() { // it had another name, or lived under another host's
			from = before
		}
		if from.IsZero() || from.After(at) {
			from = at
		}
		if n := len(p.anew) - 1; n >= 0 && p.anew[n].from.Equal(from) && at.After(p.anew[n].to) {
			p.anew[n].to = at
		} else {
			p.anew = d.bounded(p.anew, span{from, at})
		}
	}
}

func (d *reader) bounded(spans []span, s span) []span {
	if len(spans) == mostSpans {
		d.log.broken = true
		return spans
	}
	return append(spans, s)
}

// Covers reports whether a log would show a message that was handed over at some time, whichever Postfix took it of those
// that have taken messages like ours; else why not, in words.
func (l Log) Covers(at time.Time) (ok bool, why string) {
	if l.broken {
		return false, "the log has too many holes"
	}
	asked := false
	for _, p := range l.writers {
		if p.ours {
			asked = true
			if why := p.lacks(at); why != "" {
				return false, why
			}
		}
	}
	if !asked {
		return false, "no message like ours is in the log"
	}
	return true, ""
}

// lacks says what a Postfix did not write of the time about which a message was handed over. "" when it wrote all along.
func (p *postfix) lacks(at time.Time) string {
	const nothing = "the log holds nothing between %s and %s UTC"
	first, last := p.wrote[0], p.wrote[0]
	var before, after time.Time // the lines that stand next to that time
	for _, s := range p.wrote {
		if !s.from.After(at.Add(-Early)) && !s.to.Before(at.Add(Late)) {
			return ""
		}
		if s.from.Before(first.from) {
			first = s
		}
		if s.to.After(last.to) {
			last = s
		}
		if !s.from.After(at) && s.to.After(before) && s.to.Before(at.Add(Late)) {
			before = s.to
		}
		if s.to.After(at) && (after.IsZero() || s.from.Before(after)) && s.from.After(at.Add(-Early)) {
			after = s.from
		}
	}
	switch {
	case first.from.After(at.Add(-Early)):
		return "the log begins only at " + clock(first.from) + " UTC"
	case last.to.Before(at.Add(Late)):
		return "the log ends already at " + clock(last.to) + " UTC"
	case before.IsZero() || after.IsZero():
		return "the times in the log run back"
	}
	return fmt.Sprintf(nothing, clock(before), clock(after))
}

// Missing says why lines may be missing of the time about which a message was handed over: a Postfix was ended or started, and what
// it did last before that it may not have written down; or whoever keeps the log says so. "" when nothing says so.
func (l Log) Missing(at time.Time) string {
	for _, s := range l.lost {
		if s.touches(at) {
			return "whoever keeps the log says at " + clock(s.to) + " UTC that lines were lost"
		}
	}
	for _, p := range l.writers {
		for _, s := range p.anew {
			if s.touches(at) {
				return "the relay was ended or started anew at " + clock(s.to) + " UTC, and may not have written down what it did last before"
			}
		}
	}
	return ""
}

func clock(at time.Time) string { return at.UTC().Format(time.DateTime) }
