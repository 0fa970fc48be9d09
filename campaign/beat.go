package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// errLost tells a carrier that the compare-and-set before the dot was lost: cut the connection.
var errLost = errors.New("the invitation may no longer be sent")

// errJournal tells a carrier that the point of no return is stored but not journalled: cut the
// connection; the invitation is uncertain.
var errJournal = errors.New("the send journal could not be written")

// beat is what one worker asks of the one writer.
type beat struct {
	settle *settling
	commit *Message
	done   chan error // for commit, and for an end that the stop rules count against the campaign
}

// settling is the end of one delivery on its way to the store.
type settling struct {
	invitation Invitation
	message    Message
	outcome    Outcome
	owner      string
	payload    Encoded // of its entry, written before the beat; nil when that is left to the beat
}

// commit asks for the point of no return and waits for it.
func (r *run) commit(m Message) error {
	done := make(chan error, 1)
	r.beats <- beat{commit: &m, done: done}
	return <-done
}

// settle hands over how a delivery ended. It does not wait for a good end: the next commit of the same worker
// is served in the same or a later beat, so at most one delivery per worker is ever unsettled. Whoever is turned
// down comes to no commit, so a bad end is waited for: no more than one per worker is past a stop rule.
func (r *run) settle(i Invitation, m Message, o Outcome) {
	r.desk.meter.Ended(i.Email.Provider(), o)
	s := settling{invitation: i, message: m, outcome: o, owner: r.owner}
	if o.entryKind() != "" {
		// While others have their turn. What cannot be written here is tried again by the beat, which can say so.
		s.payload, _ = r.desk.store.Encode(r.desk.askedPayload(r.campaign, s, r.desk.now()))
	}
	b := beat{settle: &s}
	if bad := o.figures(); bad != (Figures{}) && bad != (Figures{Ended: 1}) {
		b.done = make(chan error, 1)
	}
	r.beats <- b
	if b.done != nil {
		<-b.done
	}
}

// beat serves those who wait, together, until the run ends. While the journal of one beat is synced the
// next is stored.
func (r *run) beat() {
	stored := make(chan storedBeat)
	var journalling sync.WaitGroup
	journalling.Go(func() {
		for s := range stored {
			r.journal(s)
		}
	})
	for b := range r.beats {
		stored <- r.serve(r.gather(b))
	}
	close(stored)
	journalling.Wait()
}

// gatherTime is how long a beat waits for others at most.
const gatherTime = 500 * time.Microsecond

// mostTogether bounds the commits of a beat. Those that are let go together come back together, and the more they
// are the longer each waits for the others: with a slow relay all connections would stand still in turn.
const mostTogether = 24

// gather collects who waits, and waits for those who are about to come, until half of all deliveries
// under way stand before their dot: a beat costs nearly the same for one as for many. A good end keeps nobody
// waiting, so it goes with the next commit if that comes in time.
func (r *run) gather(first beat) []beat {
	over := time.NewTimer(gatherTime)
	defer over.Stop()
	waiting, commits, hurried := []beat{first}, 0, false
	for last := first; ; {
		hurried = hurried || last.done != nil
		if last.commit != nil {
			commits++
		}
		if commits == mostTogether {
			return waiting
		}
		more, open := r.next(!hurried || 2*commits < int(r.underWay.Load()), over.C)
		if !open {
			return waiting
		}
		waiting, last = append(waiting, more), more
	}
}

// next is one more beat, waited for until over if it must be. open is false when there is none.
func (r *run) next(wait bool, over <-chan time.Time) (b beat, open bool) {
	select {
	case b, open = <-r.beats:
		return b, open
	default:
	}
	if !wait {
		return b, false
	}
	select {
	case b, open = <-r.beats:
	case <-over:
	}
	return b, open
}

// storedBeat is a beat whose Update is over.
type storedBeat struct {
	ends    []settling
	commits []beat
	won     map[InvitationID]bool
	err     error // of the Update
	began   time.Time
}

// serve makes one Update of all settlings and commits. What the relay put off is journalled before.
func (r *run) serve(waiting []beat) (s storedBeat) {
	s.began = r.desk.clock()
	for _, b := range waiting {
		if b.settle != nil {
			s.ends = append(s.ends, *b.settle)
		} else {
			s.commits = append(s.commits, b)
		}
	}
	r.journalReleases(s.ends)
	r.desk.points.At("beat.before-update")
	s.won, s.err = r.store(s.ends, s.commits)
	r.desk.points.At("beat.after-update")
	for _, b := range waiting {
		if b.settle != nil && b.done != nil {
			b.done <- nil
		}
	}
	if s.err != nil {
		r.fail(s.err)
		r.desk.keep(s.ends)
	}
	return s
}

// journal makes one journal sync of a beat, then lets go who waits.
func (r *run) journal(s storedBeat) {
	err := s.err
	if err != nil {
		// What the relay said is not forgotten: it is journalled although it could not be stored.
		r.fail(r.desk.journalBeat(nil, nil, s.ends))
	} else if err = r.desk.journalBeat(s.won, s.commits, s.ends); err != nil {
		err = fmt.Errorf("%w: %w", errJournal, err)
		r.fail(err)
	}
	r.desk.meter.Beat(len(s.ends), len(s.won), r.desk.clock().Sub(s.began))
	r.desk.points.At("beat.after-journal")
	for _, b := range s.commits {
		if s.won[b.commit.Invitation] {
			b.done <- err
		} else {
			b.done <- errLost
		}
	}
}

// journalReleases writes which messages the relay put off at the dot, before the store makes them planned
// again. Dying in between leaves them as if no answer had come. The other way round the journal would know of
// an attempt that the database does not, as when an older database is put back: they would be uncertain
// beside the one that the same connection leaves, and everything paused. What cannot be journalled is
// uncertain for the same reason.
func (r *run) journalReleases(ends []settling) {
	at := r.desk.clock()
	var rs []Record
	for _, s := range ends {
		if s.putOff() {
			rs = append(rs, s.record(RecordReleased, at))
		}
	}
	err := r.desk.recordOrHalt(rs)
	if err == nil {
		return
	}
	r.fail(fmt.Errorf("%w: %w", errJournal, err))
	for n := range ends {
		if s := &ends[n]; s.putOff() {
			s.outcome.Kind = OutcomeUncertain
		}
	}
}

// putOff says whether the relay answered the dot with a complete no for now.
func (s settling) putOff() bool {
	return s.outcome.Committed && s.outcome.Kind == OutcomeReleased
}

// store is the one Update of a beat. A run that has failed commits nothing more.
func (r *run) store(ends []settling, commits []beat) (map[InvitationID]bool, error) {
	var ms []Message
	if !r.hasFailed() {
		for _, b := range commits {
			ms = append(ms, *b.commit)
		}
	}
	var won map[InvitationID]bool
	var warmer []warmed
	err := r.desk.store.Update(context.Background(), func(tx Tx) error {
		won = map[InvitationID]bool{}
		if err := r.desk.putEnds(tx, ends); err != nil || len(ms) == 0 {
			return err
		}
		ids, err := tx.Commit(r.owner, ms)
		for _, id := range ids {
			won[id] = true
		}
		if err == nil {
			warmer, err = r.depart(tx, ms, won)
		}
		return err
	})
	if err == nil {
		r.desk.relays.adopt(warmer)
	}
	if CampaignID(r.desk.stopped.Swap(0)) == r.campaign.ID {
		r.halt() // who is turned down at RCPT never comes to the commit that would tell
	}
	if err != nil {
		won = nil
	}
	return won, err
}

// fail ends the run: what the store or the journal could not keep must be recovered first.
func (r *run) fail(err error) {
	r.desk.mark()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed = errors.Join(r.failed, err)
	}
	r.halt()
}

func (r *run) hasFailed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed != nil
}

// journalBeat writes what the beat made durable, in one sync: intents of those that won, and how
// the deliveries ended that had an intent.
func (d *Desk) journalBeat(won map[InvitationID]bool, commits []beat, ends []settling) error {
	at := d.clock()
	var rs []Record
	for _, s := range ends {
		rs = append(rs, s.records(at)...)
	}
	for _, b := range commits {
		if won[b.commit.Invitation] {
			rs = append(rs, spread(Record{Kind: RecordIntent, Attempt: b.commit.Attempt, Link: b.commit.Link, At: at}, b.commit.Keys)...)
		}
	}
	return d.recordOrHalt(rs)
}

// recordOrHalt writes to the journal; when that fails, nothing more is sent before it is made up for.
func (d *Desk) recordOrHalt(rs []Record) error {
	err := d.record(context.Background(), rs...)
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.halted = err
	}
	return err
}

func (s settling) record(k RecordKind, at time.Time) Record {
	return Record{Kind: k, Attempt: s.invitation.Attempt, Link: s.invitation.Link, At: at}
}

// records are the journal's lines about one ended delivery, once that is stored.
func (s settling) records(at time.Time) []Record {
	var rs []Record
	if s.outcome.Committed {
		switch s.outcome.Kind {
		case OutcomeSent:
			rs = append(rs, s.record(RecordAccepted, at))
		case OutcomeRefused:
			rs = append(rs, s.record(RecordRefused, at))
		}
	}
	if s.outcome.Hard {
		rs = append(rs, suppressRecords(mailboxKeys(s.invitation.Keys), at, SuppressBounce)...)
	}
	return rs
}

// keep remembers ends that could not be stored, so that a 250 that was read is not forgotten while
// this process lives.
func (d *Desk) keep(ends []settling) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leftovers = append(d.leftovers, ends...)
}

// mark says that claims and sendings of ours may be left over.
func (d *Desk) mark() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dirty = true
}

// settleLeftovers stores what an earlier beat could not, then lets the store recover what this
// process left in between. No delivery is under way when it runs. Once the journal has failed, nothing more is
// sent before that is made up for: whether the next promise could be kept is not known.
func (d *Desk) settleLeftovers(ctx context.Context) error {
	d.mu.Lock()
	ends, dirty := d.leftovers, d.dirty
	d.mu.Unlock()
	if !dirty {
		return d.makeUp(ctx)
	}
	err := d.store.Update(ctx, func(tx Tx) error {
		if err := d.putEnds(tx, ends); err != nil {
			return err
		}
		_, _, err := tx.Recover()
		return err
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.leftovers, d.dirty = nil, false
	d.mu.Unlock()
	return d.makeUp(ctx)
}
