package campaign

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// uncertainFor is how long an invitation of unknown outcome is left to evidence and operators
// before it is taken as sent (RELIABILITY 8.2).
const uncertainFor = 30 * 24 * time.Hour

// Why the machine settles an invitation, beside what came back.
const (
	nothingCame  = "no evidence for thirty days"
	journalKnows = "the send journal has the relay's answer"
)

// Uncertain lists the invitations of a campaign whose outcome nobody knows.
func (d *Desk) Uncertain(ctx context.Context, name string) (is []Invitation, err error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return nil, err
	}
	err = d.store.View(ctx, func(r Reader) error {
		if is, err = invitations(r, c.ID, Uncertain); err == nil {
			err = pinRelays(r, is)
		}
		return err
	})
	return is, err
}

func invitations(r Reader, c CampaignID, s State) (all []Invitation, err error) {
	var after InvitationID
	for {
		is, err := r.InvitationPage(c, s, after, page)
		if err != nil || len(is) == 0 {
			return all, err
		}
		all, after = append(all, is...), is[len(is)-1].ID
	}
}

// Settle lets a named operator say what became of an uncertain invitation. Sent ends it. Not sent
// lets it be sent once more while its campaign goes on, else it is recorded as refused.
func (d *Desk) Settle(ctx context.Context, actor Actor, name string, id InvitationID, sent bool, because string) (State, error) {
	if because == "" {
		return "", fault.New(fault.Invalid, "settle.because", "say how you know").Hint("--because TEXT")
	}
	var to State
	var release *Record
	err := d.onCampaign(ctx, name, func(tx Tx, c Campaign) error {
		i, err := tx.Invitation(id)
		if err != nil {
			return err
		}
		_, no, err := tx.Suppressed(i.Keys)
		if err != nil {
			return err
		}
		// A refusal may have been our own setting's fault: a named person may let it go once more.
		again := i.State == Refused && !sent && !no && c.Status != Closed
		if i.Campaign != c.ID || i.State != Uncertain && !again {
			return fault.New(fault.Conflict, "settle.state", "invitation {id} is not an uncertain one of campaign {name}", "id", id, "name", name).
				Hint("reoptin campaign uncertain " + name + " list")
		}
		switch {
		case sent:
			to = Sent
		case c.Status == Closed:
			to = Refused
		default:
			to, release = Planned, &Record{Kind: RecordReleased, Attempt: i.Attempt, Link: i.Link, At: tx.Now()}
		}
		return resolve(tx, actor, c, i, to, because)
	})
	if err != nil || release == nil {
		return to, err
	}
	return to, d.record(ctx, *release)
}

func resolve(tx Tx, actor Actor, c Campaign, i Invitation, to State, because string) error {
	no, err := tx.Append(Entry{Kind: EntrySettled, Campaign: c.ID, Contact: i.Contact, Payload: map[string]any{"actor": actor, "campaign": c.Name,
		"invitation": i.ID, "from": i.State, "to": to, "because": because, "message_id": i.MessageID}})
	if err != nil {
		return err
	}
	return tx.Resolve(i.ID, to, because, no)
}

// settleOld takes what has been uncertain for thirty days as sent.
func (d *Desk) settleOld(ctx context.Context) error {
	if d.watched.doubted() {
		return nil
	}
	cs, err := d.Campaigns(ctx)
	if err != nil {
		return err
	}
	limit := d.clock().Add(-uncertainFor)
	for _, c := range cs {
		if c.Frozen == nil || c.StartedAt.IsZero() || c.StartedAt.After(limit) {
			continue
		}
		is, err := d.Uncertain(ctx, c.Name)
		if err != nil {
			return err
		}
		for _, i := range is {
			if i.SentAt.After(limit) {
				continue
			}
			err := d.store.Update(ctx, func(tx Tx) error { return resolve(tx, Machine, c, i, Sent, nothingCame) })
			if err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
	}
	return nil
}

// Recovery is what Recover put right.
type Recovery struct {
	Released   int // claims of a sender that died before the point of no return
	Uncertain  int // sendings whose end was not seen
	Restored   int // invitations that only the journal knew to have been sent
	Suppressed int // opt-outs that only the journal knew
	Erased     int // people who were erased, as only the journal knew
	Paused     int // campaigns that ran, and wait for a person since an older database was put back
}

// Recover makes the store agree with what really happened, before anything may be sent: it ends
// what a dead sender left, then puts back what the send journal knows and the database, restored
// from a backup perhaps, does not. When there was such a thing, what ran is paused (RELIABILITY F15). It may
// run any number of times.
func (d *Desk) Recover(ctx context.Context) (Recovery, error) {
	var rec Recovery
	m, err := recollected(d.journal.Replay)
	if err != nil {
		return rec, err
	}
	d.heedJournal(m.newest)
	if now := d.clock(); m.newest.After(now) {
		d.slowly.began(now)
	} else {
		d.slowly.began(m.newest)
	}
	var sent map[LinkID]Record
	var today map[LinkID]bool
	err = d.store.View(ctx, func(r Reader) error { // reading the journal takes a while, in which nobody is kept from writing
		if sent, err = d.unended(r); err != nil {
			return err
		}
		today, err = d.leftToday(r)
		return err
	})
	if err != nil {
		return rec, err
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		rec = Recovery{}
		if rec.Released, rec.Uncertain, err = tx.Recover(); err != nil {
			return err
		}
		if rec.Restored, err = restoreSent(tx, sent); err != nil {
			return err
		}
		if rec.Erased, err = d.eraseAgain(tx, m.erased); err != nil {
			return err
		}
		if rec.Suppressed, err = d.restoreSuppressions(tx, m.no); err != nil {
			return err
		}
		if rec.Paused, err = d.pauseRestored(tx, rec.Restored, rec.Suppressed+rec.Erased); err != nil {
			return err
		}
		return d.rewarm(tx, today)
	})
	if err != nil {
		return rec, err
	}
	return rec, d.journalSuppressions(ctx, m.no)
}

// restoreSent puts back of each invitation what the journal knows and the database does not.
func restoreSent(tx Tx, sent map[LinkID]Record) (restored int, err error) {
	for link, r := range sent {
		if r.Kind == RecordReleased {
			continue
		}
		if err := reopened(tx, link, r.Attempt); err != nil {
			return restored, err
		}
		changed, err := tx.Restore(link, r.Attempt, r.Keys, "the send journal knows of an attempt that the database does not")
		if err != nil {
			return restored, err
		}
		if changed {
			restored++
		}
		if err := known(tx, link, r.Kind); err != nil {
			return restored, err
		}
	}
	return restored, nil
}

// reopened takes an invitation as released that the database has as refused or uncertain and that was tried again since: what it
// has of the earlier attempt says nothing of that one.
func reopened(tx Tx, link LinkID, attempt int) error {
	i, err := tx.InvitationByLink(link)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || i.State != Refused && i.State != Uncertain || i.Attempt >= attempt {
		return err
	}
	c, err := tx.CampaignByID(i.Campaign)
	if err != nil {
		return err
	}
	return resolve(tx, Machine, c, i, Planned, journalKnows)
}

// mostLinks bounds how many links of the journal are looked for at once: a mebibyte.
const mostLinks = 1 << 16

// unended are the journal's last words, with the keys of the person, on those invitations that the database does not have as
// ended. After a large campaign nearly all have ended, so the journal is read a first time to find which have not, and again to
// keep what it says of these alone.
func (d *Desk) unended(r Reader) (map[LinkID]Record, error) {
	sent := map[LinkID]Record{}
	var links []LinkAttempt
	look := func() error {
		slices.SortFunc(links, func(a, b LinkAttempt) int { // of each link the last attempt comes first
			return cmp.Or(bytes.Compare(a.Link[:], b.Link[:]), cmp.Compare(b.Attempt, a.Attempt))
		})
		some, err := r.Unended(slices.CompactFunc(links, func(a, b LinkAttempt) bool { return a.Link == b.Link }))
		for _, l := range some {
			sent[l] = Record{}
		}
		links = links[:0]
		return err
	}
	err := d.journal.Replay(func(r Record) error {
		if !r.ofInvitation() {
			return nil
		}
		if r.Kind == RecordReleased { // nobody was reached by it
			return nil
		}
		if links = append(links, LinkAttempt{r.Link, r.Attempt}); len(links) < mostLinks {
			return nil
		}
		return look()
	})
	if err == nil {
		err = look()
	}
	if err != nil || len(sent) == 0 {
		return sent, err
	}
	err = d.journal.Replay(func(r Record) error {
		was, open := sent[r.Link]
		if !open || !r.ofInvitation() || r.Kind == RecordReleased && was.Attempt > r.Attempt { // an operator's release that was written after the next attempt had begun
			return nil
		}
		r.Keys = mergeKeys(was.Keys, r.Keys)
		sent[r.Link] = r
		return nil
	})
	return sent, err
}

// journalSuppressions writes to the journal every no that stands in the database and that the journal
// does not know: whoever stored it died before the second step.
func (d *Desk) journalSuppressions(ctx context.Context, known map[PersonKey]saidNo) error {
	standing := map[PersonKey]Suppression{}
	err := d.store.View(ctx, func(r Reader) error {
		for after := (SuppressionPlace{Entry: NoEntry}); ; {
			lines, err := r.SuppressionPage(after, page)
			if err != nil || len(lines) == 0 {
				return err
			}
			for _, s := range lines {
				if standing[s.Key] = s; s.Lifts {
					delete(standing, s.Key)
				}
			}
			after = lines[len(lines)-1].Place()
		}
	})
	if err != nil {
		return err
	}
	var rs []Record
	for k, s := range standing {
		if why := weightOf(s.Reason); known[k][why] < s.At.UnixMilli() { // an earlier one, which was lifted, is not it
			rs = append(rs, suppressRecords([]PersonKey{k}, s.At, s.Reason)...)
		}
	}
	return d.record(ctx, rs...)
}

// known settles an uncertain invitation whose end the journal knows: the relay's answer was read and
// journalled, and only the database missed it.
func known(tx Tx, link LinkID, k RecordKind) error {
	to, ok := map[RecordKind]State{RecordAccepted: Sent, RecordRefused: Refused}[k]
	if !ok {
		return nil
	}
	i, err := tx.InvitationByLink(link)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || i.State != Uncertain {
		return err
	}
	c, err := tx.CampaignByID(i.Campaign)
	if err != nil {
		return err
	}
	return resolve(tx, Machine, c, i, to, journalKnows)
}

// memory is what the journal knows beside invitations: the last no of each key, the keys of whoever was erased, and when a message
// was last under way.
type memory struct {
	no     map[PersonKey]saidNo
	erased map[ErasureID][]PersonKey
	newest time.Time
}

// saidNo is when a key was last suppressed, in milliseconds, by what that weighs.
type saidNo [3]int64

// What a suppression weighs for a later yes of the person: a record of the journal has it in the place of the attempt. The records of
// older versions say nothing and weigh like the first.
const (
	weighsNo        = iota // any no that their own yes lifts
	weighsComplaint        // no yes lifts it
	weighsBounce           // the mailbox is dead, which is no no
)

func weightOf(why SuppressionReason) int {
	switch why {
	case SuppressComplaint:
		return weighsComplaint
	case SuppressBounce:
		return weighsBounce
	}
	return weighsNo
}

// since is as what a key comes back to the never-write list that was lifted at a time, and whether it does.
func (n saidNo) since(lifted int64) (why SuppressionReason, lost bool) {
	for _, w := range []struct {
		weight int
		why    SuppressionReason
	}{{weighsComplaint, SuppressComplaint}, {weighsNo, SuppressJournal}, {weighsBounce, SuppressBounce}} {
		if at := n[w.weight]; at != 0 && at >= lifted {
			return w.why, true
		}
	}
	return "", false
}

func recollected(replay func(func(Record) error) error) (memory, error) {
	m := memory{no: map[PersonKey]saidNo{}, erased: map[ErasureID][]PersonKey{}}
	err := replay(func(r Record) error {
		switch {
		case r.ofInvitation():
			m.newest = latest(m.newest, r.At)
		case r.Kind == RecordSuppress:
			for _, k := range r.Keys {
				said := m.no[k]
				said[min(r.Attempt, weighsBounce)] = r.At.UnixMilli()
				m.no[k] = said
			}
		case r.Kind == RecordErase:
			m.erased[ErasureID(r.Link)] = mergeKeys(m.erased[ErasureID(r.Link)], r.Keys)
		}
		return nil
	})
	return m, err
}

// RecoverNo puts back the opt-outs that only the send journal knows, and erases whom it knows as erased, whichever
// command is the first to see a restored database: it looks at what that database had not seen of the journal. Unlike Recover it may run beside a sender, and writes only when
// something is lost.
func (d *Desk) RecoverNo(ctx context.Context) (n, erased int, err error) {
	m, err := recollected(d.journal.ReplayNew)
	if err != nil || len(m.no)+len(m.erased) == 0 {
		return 0, 0, err
	}
	var lost map[PersonKey]SuppressionReason
	var again map[ErasureID][]PersonKey
	err = d.store.View(ctx, func(r Reader) error {
		if again, err = notErased(r, m.erased); err != nil {
			return err
		}
		lost, err = lostSuppressions(r, m.no)
		return err
	})
	if err != nil || len(lost)+len(again) == 0 {
		return 0, 0, err
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		if erased, err = d.eraseAgain(tx, again); err != nil {
			return err
		}
		if n, err = d.restoreSuppressions(tx, m.no); err != nil {
			return err
		}
		_, err = d.pauseRestored(tx, 0, n+erased)
		return err
	})
	return n, erased, err
}

// pauseRestored pauses what runs when an older database was put back: whatever else it has forgotten, a
// person looks at what the journal brought back before anything is sent.
func (d *Desk) pauseRestored(tx Tx, sent, no int) (paused int, err error) {
	if sent+no == 0 {
		return 0, nil
	}
	cs, err := tx.CampaignList()
	if err != nil {
		return 0, err
	}
	reason := fmt.Sprintf("an older copy of the database was put back; the send journal brought back %d messages and %d opt-outs; look at the uncertain ones, then resume", sent, no)
	for _, c := range cs {
		if c.Status != Running {
			continue
		}
		if err := pauseNow(tx, Machine, c, reason); err != nil {
			return paused, err
		}
		paused++
	}
	return paused, nil
}

// lostSuppressions are the keys of opt-outs that the database does not know, or knows only as lifted
// before the journal's no.
func lostSuppressions(r Reader, no map[PersonKey]saidNo) (map[PersonKey]SuppressionReason, error) {
	doubtful, err := notStanding(r, no)
	if err != nil {
		return nil, err
	}
	lost := map[PersonKey]SuppressionReason{}
	for keys := range slices.Chunk(doubtful, importChunk) { // a base may have many
		known, err := r.SuppressedKeys(keys)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			s, ok := known[k]
			if ok && !s.Lifts {
				continue
			}
			lifted := int64(0)
			if ok {
				lifted = s.At.UnixMilli()
			}
			if why, is := no[k].since(lifted); is {
				lost[k] = why
			}
		}
	}
	return lost, nil
}

// notStanding leaves out of many keys those that a look through the whole list shows to stand. After a large import
// that is nearly all.
func notStanding(r Reader, no map[PersonKey]saidNo) ([]PersonKey, error) {
	keys := slices.Collect(maps.Keys(no))
	if len(keys) > wholeList {
		standing, _, err := r.SilencedHalves(mostHalves)
		if err != nil {
			return nil, err
		}
		if standing != nil {
			keys = slices.DeleteFunc(keys, func(k PersonKey) bool { _, ok := standing.Get(k.Half()); return ok })
		}
	}
	slices.SortFunc(keys, compareKeys)
	return keys, nil
}

// restoreSuppressions puts back each opt-out that is lost, and judges its people again.
func (d *Desk) restoreSuppressions(tx Tx, no map[PersonKey]saidNo) (int, error) {
	lost, err := lostSuppressions(tx, no)
	if err != nil || len(lost) == 0 {
		return 0, err
	}
	e, err := tx.Append(Entry{Kind: EntrySuppressed, Payload: map[string]any{"actor": Machine, "reason": SuppressJournal, "keys": len(lost)}})
	if err != nil {
		return 0, err
	}
	keys := slices.SortedFunc(maps.Keys(lost), compareKeys)
	var lines []Suppression
	for _, k := range keys {
		lines = append(lines, suppressions([]PersonKey{k}, lost[k], "send journal", tx.Now())...)
	}
	n, err := tx.Suppress(e, lines)
	if err != nil {
		return 0, err
	}
	if _, err := organisation(tx); fault.Is(err, fault.NotFound) {
		return n, nil // nobody was judged yet
	}
	return n, d.reclassifyKeys(tx, keys)
}

// reclassifyKeys judges everyone again who has one of some keys.
func (d *Desk) reclassifyKeys(tx Tx, keys []PersonKey) error {
	found, err := tx.KeyHolders(keys)
	if err != nil {
		return err
	}
	for _, id := range distinct(found) {
		if err := d.reclassify(tx, id); err != nil {
			return err
		}
	}
	return nil
}

// SuppressAddress puts an address on the never-write list by a named person's hand.
func (d *Desk) SuppressAddress(ctx context.Context, actor Actor, a Address, because string) (added bool, err error) {
	keys := d.keys.Mailbox(a)
	if len(keys) == 0 {
		return false, noMailbox()
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		if s, standing, err := tx.Suppressed(keys); err != nil || standing && s.Reason != SuppressBounce {
			return err
		}
		no, err := tx.Append(Entry{Kind: EntrySuppressed, Payload: map[string]any{"actor": actor, "reason": SuppressManual, "because": because,
			"address_clear": string(a), "address_hmac": strictHex(keys)}})
		if err != nil {
			return err
		}
		if _, err := tx.Suppress(no, suppressions(keys, SuppressManual, actor.Name, tx.Now())); err != nil {
			return err
		}
		added = true
		return d.reclassifyKeys(tx, keys)
	})
	if err != nil {
		return false, err
	}
	return added, d.record(ctx, suppressRecords(keys, d.clock(), SuppressManual)...)
}
