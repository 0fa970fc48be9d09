package maillog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// Options say how a log is read.
type Options struct {
	Zone *time.Location // of times that name no zone
	Now  time.Time
	Ours func(messageID string) bool // whether a Message-ID looks like one of ours
	Hole time.Duration               // how long a Postfix may be silent; 0: two hours
}

// Log is what a log holds.
type Log struct {
	Lines       int // of Postfix
	First, Last time.Time
	Ours        int        // messages that look like ours
	Seen        []Sighting // some of those: the first ones and the last ones
	Found       []Found    // for each message that was looked for
	writers     map[string]*postfix
	lost        []span // when whoever keeps the log says that lines were lost
	broken      bool   // more than is held
}

// Sighting is a message of ours that was seen.
type Sighting struct {
	MessageID string
	At        time.Time
}

// The bounds of what is held of a log, however long it is.
const (
	mostOpen   = 10_000
	mostSeen   = 32 // at either end
	longestRow = 16 << 10
)

// silence is how long a log may be silent before something may be missing.
const silence = 2 * time.Hour

// Read reads a log, plain or gzipped, in one pass, and finds in it what became of some messages. It fails when reading
// fails or ctx ends. A log that is none has no Lines.
func Read(ctx context.Context, r io.Reader, watches []Watch, o Options) (Log, error) {
	d := newReader(watches, o)
	in := bufio.NewReaderSize(r, longestRow)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		packed, err := gzip.NewReader(in)
		if err != nil {
			return Log{}, err
		}
		in = bufio.NewReaderSize(packed, longestRow)
	}
	for n, rest := 0, false; ; n++ {
		row, err := in.ReadSlice('\n')
		if !rest && len(row) > 0 {
			d.row(string(bytes.TrimRight(row, "\r\n")))
		}
		rest = errors.Is(err, bufio.ErrBufferFull) // nothing that Postfix writes is so long: the rest is passed over
		switch {
		case rest || err == nil:
		case errors.Is(err, io.EOF):
			return d.result(), nil
		default:
			return d.result(), err
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return d.result(), ctx.Err()
		}
	}
}

// reader is a log being read.
type reader struct {
	stamps
	options   Options
	watches   []Watch
	byID      map[string]int    // Message-ID → watch
	bySender  map[string]int    // signed envelope sender → watch
	byBoth    map[string]int    // envelope sender and recipient → watch
	queues    map[string]int    // host and queue id → watch, as long as the message stands under it
	held      []int             // how many of them each watch has had
	open      map[string]string // process that receives a message → host and queue id
	early     []Sighting
	late      []Sighting // a ring
	log       Log
	previous  time.Time
	text      string // the row being read
	textStamp time.Time
}

func newReader(watches []Watch, o Options) *reader {
	if o.Hole == 0 {
		o.Hole = silence
	}
	d := &reader{stamps: stamps{zone: o.Zone, now: o.Now}, options: o, watches: watches, byID: map[string]int{}, bySender: map[string]int{}, byBoth: map[string]int{},
		queues: map[string]int{}, open: map[string]string{}, held: make([]int, len(watches)), log: Log{Found: make([]Found, len(watches)), writers: map[string]*postfix{}}}
	for n, w := range watches {
		d.log.Found[n].Fate = Absent
		for _, id := range w.MessageIDs {
			d.byID[id] = n
		}
		if w.Signed {
			d.bySender[strings.ToLower(w.Sender)] = n
		}
		d.byBoth[both(w.Sender, w.To)] = n
	}
	return d
}

func both(from, to string) string { return strings.ToLower(from + "\n" + to) }

func (d *reader) result() Log {
	late := d.late
	if len(late) == mostSeen { // a ring: the oldest stands behind the newest
		turn := (d.log.Ours - mostSeen) % mostSeen
		late = slices.Concat(late[turn:], late[:turn])
	}
	d.log.Seen = slices.Concat(d.early, late)
	return d.log
}

// row reads one row.
func (d *reader) row(text string) {
	at, rest, ok := d.read(strings.TrimLeft(text, "\x00")) // which a loss of power leaves
	if !ok {
		return
	}
	l, ok := parse(rest)
	if !ok {
		if lost(rest) { // perhaps long ago: it is said when the same process writes again
			d.log.lost = d.bounded(d.log.lost, span{at.Add(-d.options.Hole), at})
		}
		return
	}
	d.text, d.textStamp = text, at
	d.log.Lines++
	d.heard(l, d.previous)
	d.time(at)
	d.sessions(l)
	if l.queue == "" {
		d.brokenOff(l)
		return
	}
	if id, ok := l.messageID(); ok {
		d.named(l, id)
		return
	}
	d.follow(l)
}

// time notes when something was written.
func (d *reader) time(at time.Time) {
	if d.log.First.IsZero() || at.Before(d.log.First) {
		d.log.First = at
	}
	if at.After(d.log.Last) {
		d.log.Last = at
	}
	d.previous = at
}

// sessions notes what a process receives, and forgets it when the process receives from somebody else or another Postfix is there,
// whose processes may have the same numbers.
func (d *reader) sessions(l line) {
	switch {
	case l.starts():
		clear(d.open)
	case l.comes() && l.queue != NoQueue:
		if len(d.open) >= mostOpen { // of processes that are long gone
			clear(d.open)
		}
		d.open[l.session()] = l.key()
	case l.comes() || l.connects():
		delete(d.open, l.session())
	}
}

// brokenOff reads that the sender of a message went away. The line names the process, and not the message.
func (d *reader) brokenOff(l line) {
	if !l.breaks() {
		return
	}
	key := d.open[l.session()]
	delete(d.open, l.session())
	if n, known := d.queues[key]; known && d.log.Found[n].Queue == key[len(l.host)+1:] {
		d.try(d.log.Found[n].Queue, n, Cut)
	}
}

// try notes what became of one try of several to hand a message over: the last one is asked about.
func (d *reader) try(queue string, n int, fate Fate) {
	if !d.textStamp.Before(d.watches[n].At.Add(-Early)) {
		d.tell(queue, n, fate)
	}
}

// named ties a queue id to the message of a Message-ID.
func (d *reader) named(l line, id string) {
	n, wanted := d.byID[id]
	if !wanted {
		delete(d.queues, l.key()) // the id is used again, by another message
	}
	if d.options.Ours != nil && d.options.Ours(id) {
		d.saw(Sighting{MessageID: id, At: d.textStamp})
		if p := d.writer(l); p != nil {
			p.ours = true
		}
	}
	if wanted {
		d.tie(l, n)
		d.try(l.queue, n, Begun)
	}
}

func (d *reader) saw(s Sighting) {
	d.log.Ours++
	switch {
	case len(d.early) < mostSeen:
		d.early = append(d.early, s)
	case len(d.late) < mostSeen:
		d.late = append(d.late, s)
	default:
		d.late[(d.log.Ours-1-mostSeen)%mostSeen] = s
	}
}

func (d *reader) tie(l line, n int) bool {
	if d.held[n] >= mostQueues {
		return false
	}
	d.queues[l.key()] = n
	d.held[n]++
	return true
}

func (d *reader) tell(queue string, n int, fate Fate) {
	d.log.Found[n].note(fate, queue, d.textStamp)
	d.log.Found[n].keep(d.text)
}

// follow reads a line about a message that is perhaps one that is looked for.
func (d *reader) follow(l line) {
	if l.queue == NoQueue {
		d.refusal(l)
		return
	}
	n, known := d.queues[l.key()]
	if from, ok := within(l.says, "from"); ok && l.service == "qmgr" {
		if !known {
			if n, known = d.bySender[strings.ToLower(from)]; !known || !d.tie(l, n) {
				return
			}
		}
		fate := Queued
		if strings.Contains(l.says, ", status=expired") || strings.Contains(l.says, ", status=force-expired") {
			fate = Expired
		}
		d.tell(l.queue, n, fate)
		return
	}
	if !known {
		return
	}
	switch {
	case l.comes():
		delete(d.queues, l.key()) // another message under the same id
	case l.breaks(): // from Postfix 3.10 on
		d.try(l.queue, n, Cut)
	case l.heldBack():
		d.tell(l.queue, n, Queued)
	case l.turnedDown():
		d.try(l.queue, n, Refused)
	case l.thrownAway():
		d.tell(l.queue, n, Dropped)
	case l.service == "postsuper" && l.says == "removed":
		d.tell(l.queue, n, Deleted)
		delete(d.queues, l.key())
	case l.service == "qmgr" && l.says == "removed":
		delete(d.queues, l.key())
	case l.service == "bounce":
		d.log.Found[n].keep(d.text)
	default:
		if fate := fates[l.status()]; fate != "" {
			d.tell(l.queue, n, fate)
		}
	}
}

// fates are the outcomes of deliveries.
var fates = map[string]Fate{"sent": Sent, "deferred": Deferred, "bounced": Bounced, "expired": Expired}

// refusal reads a no to a message that has no queue id yet. The envelope alone may be that of an earlier try,
// so it counts only about the time that is asked for.
func (d *reader) refusal(l line) {
	if !l.turnedDown() {
		return
	}
	from, to := l.envelope()
	n, known := d.byBoth[both(from, to)]
	if !known || !d.watches[n].Signed || d.textStamp.Before(d.watches[n].At.Add(-Early)) || d.textStamp.After(d.watches[n].At.Add(Late)) {
		return
	}
	d.tell(NoQueue, n, Refused)
}

// Early and Late are how far the line of a log may be from the time at which we handed a message over: clocks
// differ, and filters take their time before they answer.
const (
	Early = 5 * time.Minute
	Late  = 15 * time.Minute
)
