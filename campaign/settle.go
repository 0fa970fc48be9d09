package campaign

import (
	"bytes"
	"cmp"
	"context"
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
	Withdrawn  int // answers that took a yes back, as only the journal knew
	Cases      int // requests by right that only the journal knew
	Unplaced   int // such requests of people whom the database does not have; of RecoverNo alone
	Strayed    int // and such answers of people whom it does not have
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
		if rec.Restored, err = d.restoreSent(tx, sent); err != nil {
			return err
		}
		if err := d.putBack(tx, m, &rec); err != nil {
			return err
		}
		rec.Unplaced, rec.Strayed = 0, 0 // of all that was ever asked for or taken back, they would say nothing
		if rec.Paused, err = d.pauseRestored(tx, rec); err != nil {
			return err
		}
		return d.rewarm(tx, today)
	})
	if err != nil {
		return rec, err
	}
	if err := d.journalSuppressions(ctx, m.no); err != nil {
		return rec, err
	}
	if err := d.journalWithdrawals(ctx, m.withdrawn); err != nil {
		return rec, err
	}
	if err := d.journalCases(ctx, m.asked); err != nil {
		return rec, err
	}
	if err := d.journalBatch(ctx, m.batch); err != nil {
		return rec, err
	}
	return rec, d.reconsider(ctx)
}

// restoreSent puts back of each invitation what the journal knows and the database does not. Letters wait for weeks to be said to be
// posted, and then each start looks at them all: they are read some at a time, and of one that nothing is to be put right of, no more.
func (d *Desk) restoreSent(tx Tx, sent map[LinkID]Record) (restored int, err error) {
	links := slices.Collect(maps.Keys(sent))
	for some := range slices.Chunk(links, page) {
		is, err := tx.InvitationsByLink(some)
		if err != nil {
			return restored, err
		}
		for _, link := range some {
			r, i := sent[link], is[link]
			if r.Kind == RecordReleased || i.begun(r) {
				continue
			}
			changed, err := d.restoreOne(tx, i, link, r)
			if err != nil {
				return restored, err
			}
			if changed {
				restored++
			}
		}
		if err := d.recode(tx, slices.Collect(maps.Values(is))); err != nil {
			return restored, err
		}
	}
	return restored, nil
}

// begun reports whether the database has an invitation as a record of the journal has it: begun, and its end is not known.
func (i Invitation) begun(r Record) bool {
	return (i.State == Sending || i.State == Uncertain) && i.Attempt >= r.Attempt && r.Kind == RecordIntent
}

func (d *Desk) restoreOne(tx Tx, i Invitation, link LinkID, r Record) (changed bool, err error) {
	if i.State == Sending { // a letter, of which people alone said what became of it, and have done so since, or printed it once more
		end := settling{invitation: i, owner: letterOwner, message: Message{SHA256: i.MessageSHA256}, outcome: Outcome{Kind: OutcomeUncertain, Committed: true, Stage: "post", Reply: "the send journal knows more of this letter"}}
		if err := d.putEnds(tx, []settling{end}); err != nil {
			return false, err
		}
		changed = true
	}
	if err := reopened(tx, link, r.Attempt); err != nil {
		return false, err
	}
	more, err := tx.Restore(link, r.Attempt, r.Keys, "the send journal knows of an attempt that the database does not")
	if err != nil {
		return false, err
	}
	return changed || more, known(tx, link, r.Kind)
}

// recode lets each code open that a letter may have carried to somebody: a database from before it was printed, or printed again under
// another key, does not know it, and a no that is typed with it would be lost.
func (d *Desk) recode(tx Tx, is []Invitation) error {
	if d.letters == nil {
		return nil
	}
	of := map[CodeDigest]InvitationID{}
	for _, i := range is {
		if i.Route == RouteLetter {
			for _, code := range d.letters.Codes(i.Link) {
				of[code] = i.ID
			}
		}
	}
	unknown, err := tx.UnknownCodes(slices.Collect(maps.Keys(of)))
	for _, code := range unknown {
		if err := tx.PutCode(of[code], code); err != nil {
			return err
		}
	}
	return err
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

// SuppressAddress puts an address on the never-write list by a named person's hand.
func (d *Desk) SuppressAddress(ctx context.Context, actor Actor, a Address, because string) (added bool, err error) {
	keys := d.keys.Mailbox(a)
	if len(keys) == 0 {
		return false, noMailbox()
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		known, err := tx.SuppressedKeys(keys)
		if err != nil || !slices.ContainsFunc(keys, func(k PersonKey) bool { s := known[k]; return s.Reason == "" || s.Lifts || s.Reason == SuppressBounce }) {
			return err // each stands: one alone may be that of another spelling
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
