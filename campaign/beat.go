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

// gather collects who waits, and waits for those who are about to come, until half of all deliveries
// under way stand before their dot: a beat costs nearly the same for one as for many.
func (r *run) gather(first beat) []beat {
	over := time.NewTimer(gatherTime)
	defer over.Stop()
	waiting, commits := []beat{first}, 0
	for last := first; ; {
		if last.commit != nil {
			commits++
		}
		more, open := r.next(2*commits < int(r.underWay.Load()), over.C)
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
}

// serve makes one Update of all settlings and commits.
func (r *run) serve(waiting []beat) (s storedBeat) {
	for _, b := range waiting {
		if b.settle != nil {
			s.ends = append(s.ends, *b.settle)
		} else {
			s.commits = append(s.commits, b)
		}
	}
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
	r.desk.points.At("beat.after-journal")
	for _, b := range s.commits {
		if s.won[b.commit.Invitation] {
			b.done <- err
		} else {
			b.done <- errLost
		}
	}
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
	var warmer []Warmth
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
			warmer, err = r.warmer(tx, ms, won)
		}
		return err
	})
	if err == nil {
		r.desk.warm.adopt(warmer)
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
	err := d.record(context.Background(), rs...)
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.halted = err
	}
	return err
}

// records are the journal's lines about one ended delivery.
func (s settling) records(at time.Time) []Record {
	one := func(k RecordKind) []Record {
		return []Record{{Kind: k, Attempt: s.invitation.Attempt, Link: s.invitation.Link, At: at}}
	}
	var rs []Record
	if s.outcome.Committed {
		switch s.outcome.Kind {
		case OutcomeSent:
			rs = one(RecordAccepted)
		case OutcomeRefused:
			rs = one(RecordRefused)
		case OutcomeReleased:
			rs = one(RecordReleased)
		}
	}
	if s.outcome.Hard {
		rs = append(rs, suppressRecords(mailboxKeys(s.invitation.Keys), at)...)
	}
	return rs
}

// asked is what the ledger keeps of one delivery (COMPLIANCE B.2 rows 2 to 5, 11, 13, 35, 36, 40).
type asked struct {
	Pinned
	Invitation InvitationID      `json:"invitation"`
	Campaign   string            `json:"campaign"`
	Content    string            `json:"content_sha256"`
	Subject    string            `json:"subject_ref"`
	Address    string            `json:"address_clear"`
	HMAC       string            `json:"address_hmac"`
	Language   string            `json:"language"`
	Documents  map[string]string `json:"documents"`
	From       string            `json:"from"`
	MessageID  string            `json:"message_id"`
	SHA256     string            `json:"message_sha256"`
	Values     Values            `json:"values,omitempty"`
	Attempt    int               `json:"attempt"`
	Outcome    OutcomeKind       `json:"outcome"`
	Stage      string            `json:"stage,omitempty"`
	Reply      string            `json:"reply,omitempty"`
	At         time.Time         `json:"event_time"`
	Triage     Verdict           `json:"triage"`
	Program    string            `json:"software"`
}

// entryKind is the entry a delivery's end deserves, or "".
func (o Outcome) entryKind() EntryKind {
	switch o.Kind {
	case OutcomeSent:
		return EntryAsked
	case OutcomeRefused:
		return EntryRefused
	case OutcomeUncertain:
		return EntryUncertain
	}
	return ""
}

// ending stores how deliveries ended, inside one transaction.
type ending struct {
	desk      *Desk
	tx        Tx
	held      map[InvitationID]Held
	campaigns map[CampaignID]Campaign
	settled   []Settled
	silent    map[CampaignID]EntryNo // closed campaigns that something was still under way for
	figures   tally
}

// putEnds stores how deliveries ended, their ledger entries with them. A claim that is no longer ours
// (withheld by a close or an opt-out meanwhile, or stored by a beat that reported an error) is left
// as it is; that the mailbox does not exist is kept all the same.
func (d *Desk) putEnds(tx Tx, ends []settling) error {
	if len(ends) == 0 {
		return nil
	}
	ids := make([]InvitationID, len(ends))
	for n, s := range ends {
		ids[n] = s.invitation.ID
	}
	held, err := tx.Claims(ids)
	if err != nil {
		return err
	}
	e := ending{desk: d, tx: tx, held: held, campaigns: map[CampaignID]Campaign{}, silent: map[CampaignID]EntryNo{}, figures: tally{}}
	for _, s := range ends {
		if err := e.put(s); err != nil {
			return err
		}
	}
	if err := tx.Settle(e.settled); err != nil {
		return err
	}
	for c, no := range e.silent {
		if _, err := tx.Silence(no, c); err != nil {
			return err
		}
	}
	return d.heed(tx, e.figures)
}

func (e *ending) put(s settling) error {
	i, o := s.invitation, s.outcome
	now := e.held[i.ID]
	if ours := (now.State == Claimed || now.State == Sending) && now.Owner == s.owner && now.Attempt == i.Attempt; !ours {
		if !o.Hard {
			return nil
		}
		_, err := e.desk.putBounce(e.tx, i, EntrySuppressed, map[string]any{"actor": Machine, "reason": SuppressBounce, "invitation": i.ID, "reply": o.Reply})
		return err
	}
	to, notBefore := e.desk.destination(e.tx.Now(), s)
	settled := Settled{Invitation: i.ID, Owner: s.owner, To: to, Reason: o.Stage, Reply: o.Reply, MessageID: s.message.MessageID, SHA256: s.message.SHA256,
		NotBefore: notBefore, Entry: NoEntry}
	if o.Kind == OutcomeLost && now.State == Claimed {
		return e.lost(i, settled)
	}
	if o.Kind == OutcomeLost { // its commit was reported as lost and is stored all the same
		o.Kind, settled.To = OutcomeUncertain, Uncertain
		s.outcome, s.payload = o, nil
	}
	if kind := o.entryKind(); kind != "" {
		c, err := e.campaign(i.Campaign)
		if err != nil {
			return err
		}
		if settled.Entry, err = e.desk.putBounceOr(e.tx, s, kind, e.payload(c, s)); err != nil {
			return err
		}
		if c.Status == Closed { // it was under way when the campaign closed
			e.silent[c.ID] = settled.Entry
		}
	}
	e.settled = append(e.settled, settled)
	e.figures.add(i.Campaign, i.Email.Provider(), o.figures())
	return nil
}

func (e *ending) payload(c Campaign, s settling) any {
	if s.payload != nil {
		return s.payload
	}
	return e.desk.askedPayload(c, s, e.tx.Now())
}

func (e *ending) campaign(id CampaignID) (Campaign, error) {
	if c, ok := e.campaigns[id]; ok {
		return c, nil
	}
	c, err := e.tx.CampaignByID(id)
	if err == nil {
		e.campaigns[id] = c
	}
	return c, err
}

// lost ends a claim that may no longer be sent, or was not begun: withheld when the person said no
// meanwhile, else planned again.
func (e *ending) lost(i Invitation, s Settled) error {
	_, no, err := e.tx.Suppressed(i.Keys)
	if err != nil {
		return err
	}
	if no {
		return e.tx.Withhold(i.ID, WithheldSuppressed)
	}
	e.settled = append(e.settled, s)
	return nil
}

// putBounceOr appends the entry of a delivery's end; a mailbox that does not exist is suppressed
// under it.
func (d *Desk) putBounceOr(tx Tx, s settling, kind EntryKind, payload any) (EntryNo, error) {
	if s.outcome.Hard {
		return d.putBounce(tx, s.invitation, kind, payload)
	}
	return tx.Append(Entry{Kind: kind, Campaign: s.invitation.Campaign, Contact: s.invitation.Contact, Payload: payload})
}

func (d *Desk) putBounce(tx Tx, i Invitation, kind EntryKind, payload any) (EntryNo, error) {
	no, err := tx.Append(Entry{Kind: kind, Campaign: i.Campaign, Contact: i.Contact, Payload: payload})
	if err != nil {
		return no, err
	}
	_, err = tx.Suppress(no, suppressions(mailboxKeys(i.Keys), SuppressBounce, "delivery", tx.Now()))
	return no, err
}

// destination is the state a delivery's end leads to, and when to try again if it was released.
func (d *Desk) destination(now time.Time, s settling) (State, time.Time) {
	switch s.outcome.Kind {
	case OutcomeSent:
		return Sent, time.Time{}
	case OutcomeRefused:
		return Refused, time.Time{}
	case OutcomeUncertain:
		return Uncertain, time.Time{}
	case OutcomeNoRelay, OutcomeLost:
		return Planned, now
	}
	return Planned, now.Add(d.retry.After(s.invitation.Attempt))
}

func (d *Desk) askedPayload(c Campaign, s settling, now time.Time) asked {
	i, o := s.invitation, s.outcome
	return asked{Pinned: PinnedOf(i), Invitation: i.ID, Campaign: c.Name, Content: c.Frozen.Hash, Subject: d.subject(i.Contact), Address: string(i.Email), HMAC: strictHex(i.Keys),
		Language: i.Language, Documents: documentsOf(c.Frozen, i.Language), From: c.File.Sender.Address, MessageID: s.message.MessageID, SHA256: s.message.SHA256,
		Values: i.Values, Attempt: i.Attempt, Outcome: o.Kind, Stage: o.Stage, Reply: o.Reply, At: now, Triage: i.Verdict, Program: d.program}
}

// suppressions makes one line per key.
func suppressions(keys []PersonKey, why SuppressionReason, source string, at time.Time) []Suppression {
	var out []Suppression
	for _, k := range keys {
		out = append(out, Suppression{Key: k, Scope: "all", Reason: why, Source: source, At: at})
	}
	return out
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
// process left in between. No delivery is under way when it runs. Once the journal has failed,
// nothing more is sent by this process: whether the next promise could be kept is not known.
func (d *Desk) settleLeftovers(ctx context.Context) error {
	d.mu.Lock()
	ends, dirty, halted := d.leftovers, d.dirty, d.halted
	d.mu.Unlock()
	if !dirty {
		return halted
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
	defer d.mu.Unlock()
	d.leftovers, d.dirty = nil, false
	return halted
}
