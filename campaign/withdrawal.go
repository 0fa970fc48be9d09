package campaign

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// A yes that was taken back is taken back for ever, also when a database from before is put back. So the send journal
// knows of each answer that took one back: its receipt, whose it is, and of which questions, all by keyed hashes. A no to
// everything that was asked is known there beside that by the keys that must not be written to.

// acts are the kinds of answer, in the order of the numbers by which the send journal knows them: only added to.
var acts = []ResponseKind{ByForm, ByOneClick, ByPage, ByPaper, ByVoice, ByMail, ByComplaint}

// withdrawal is an answer that took a yes back, as the send journal has it.
type withdrawal struct {
	receipt LinkID
	kind    ResponseKind
	keys    []PersonKey // of the person, and what stands for each question
	at      time.Time
	place   int // in the journal
}

// question stands for a purpose and channel in the send journal.
func (d *Desk) question(purpose, channel string) PersonKey {
	return d.keys.Key(KeyQuestion, purpose+"\x00"+channel)
}

// withdrawn stand for the questions to which an answer takes a yes back.
func (d *Desk) withdrawn(a Response) (qs []PersonKey) {
	for _, dec := range a.Decisions {
		if dec.State == Withdrawn {
			qs = append(qs, d.question(dec.Purpose, dec.Channel))
		}
	}
	return qs
}

// withdrawRecords are the journal's lines for what an answer takes back, if anything.
func (d *Desk) withdrawRecords(r Reader, a Response) ([]Record, error) {
	asked := d.withdrawn(a)
	if len(asked) == 0 || isFurther(a.ID) {
		return nil, nil
	}
	keys, is, err := identified(r, a.Contact)
	if err != nil || len(keys) == 0 { // erased
		return nil, err
	}
	at, err := noEarlier(r, a, is)
	if err != nil {
		return nil, err
	}
	receipt, err := hex.DecodeString(strings.ReplaceAll(a.ID, "-", ""))
	if err != nil || len(receipt) != len(LinkID{}) {
		return nil, fault.New(fault.Internal, "response.id", "the number of an answer is malformed").At("campaign.withdrawRecords")
	}
	return spread(Record{Kind: RecordWithdraw, Attempt: slices.Index(acts, a.Kind), Link: LinkID(receipt), At: at}, append(keys, asked...)), nil
}

// noEarlier is when an answer was given, or when the latest yes was that it takes back: the clock may have been set back in between.
func noEarlier(r Reader, a Response, is []Invitation) (at time.Time, err error) {
	at = a.At
	all, err := allResponses(r, a.Contact, is)
	for _, earlier := range all {
		if earlier.Entry < a.Entry && slices.ContainsFunc(earlier.Decisions, func(dec Decision) bool {
			return dec.State == Granted && slices.Contains(a.Decisions, Decision{Purpose: dec.Purpose, Channel: dec.Channel, State: Withdrawn})
		}) {
			at = latest(at, earlier.At)
		}
	}
	return at, err
}

// identified are all keys by which a contact is known, now and in every of its invitations; none: it is not in the base.
func identified(r Reader, id ContactID) (keys []PersonKey, is []Invitation, err error) {
	c, err := r.Contact(id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	is, err = r.InvitationsOfContact(id)
	for _, i := range is {
		c.Keys = mergeKeys(c.Keys, i.Keys)
	}
	return c.Keys, is, err
}

// ofPerson leaves out what stands for questions.
func ofPerson(keys []PersonKey) []PersonKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k PersonKey) bool { return k.Kind == KeyQuestion })
}

// id is the receipt as people have it.
func (w withdrawal) id() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", w.receipt[:4], w.receipt[4:6], w.receipt[6:8], w.receipt[8:10], w.receipt[10:])
}

// further is the id of the answer at a place among those that a lost withdrawal comes to. The first has the receipt. The others have no
// record of their own in the send journal, since that of the receipt stands for all: theirs is a UUID of version 8.
func (w withdrawal) further(place int) string {
	if place > 0 {
		w.receipt[6], w.receipt[7] = 0x80|byte(place>>8)&0x0f, byte(place)
	}
	return w.id()
}

func isFurther(id string) bool { return len(id) > 14 && id[14] == '8' }

// lostWithdrawal is one that a database does not know, with whose it is.
type lostWithdrawal struct {
	withdrawal
	people []ContactID
}

// lostWithdrawals are those that a database does not know, in the order of the journal. Unplaced are those of people whom it does not
// have.
func (d *Desk) lostWithdrawals(r Reader, all map[LinkID]withdrawal) (lost []lostWithdrawal, unplaced int, err error) {
	ids := make([]string, 0, len(all))
	for _, w := range all {
		ids = append(ids, w.id())
	}
	known, err := r.ResponsesKnown(ids)
	if err != nil {
		return nil, 0, err
	}
	for _, w := range slices.SortedFunc(maps.Values(all), func(a, b withdrawal) int { return a.place - b.place }) {
		if known[w.id()] {
			continue
		}
		people, err := d.bearers(r, ofPerson(w.keys))
		if err != nil {
			return nil, 0, err
		}
		if len(people) == 0 {
			unplaced++
			continue
		}
		lost = append(lost, lostWithdrawal{w, people})
	}
	return lost, unplaced, nil
}

// takesBack are the answers that a lost withdrawal comes to: one for each message whose yes counts again, of which the first
// has the receipt that the person was given. Where the yes is lost as well, the no stands by itself: else that yes could be entered
// from paper a second time.
func (d *Desk) takesBack(r Reader, w lostWithdrawal) (out []Response, err error) {
	rows, err := r.ConsentsOf(w.people...)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.State != Granted || row.At.After(w.at) || !slices.Contains(w.keys, d.question(row.Purpose, row.Channel)) {
			continue
		}
		yes, err := r.Response(row.Response)
		if err != nil {
			return nil, err
		}
		n := slices.IndexFunc(out, func(a Response) bool { return a.Contact == row.Contact && a.Invitation == yes.Invitation })
		if n < 0 {
			n = len(out)
			out = append(out, Response{Invitation: yes.Invitation, Contact: row.Contact, Campaign: yes.Campaign, Language: yes.Language})
		}
		out[n].Decisions = append(out[n].Decisions, Decision{Purpose: row.Purpose, Channel: row.Channel, State: Withdrawn})
	}
	bare, err := d.withoutYes(r, w, rows)
	if err != nil {
		return nil, err
	}
	out = append(out, bare...)
	for n := range out {
		out[n].ID, out[n].Kind, out[n].At = w.further(n), w.kind, w.at
		if err := d.belongs(r, &out[n]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// belongs lets a no that has no message be an answer to the one that asked, as the person gave it: to a yes that was entered by
// hand, or to one that is lost. A message that was sent since asked nothing yet.
func (d *Desk) belongs(r Reader, a *Response) error {
	if a.Invitation != 0 {
		return nil
	}
	is, err := r.InvitationsOfContact(a.Contact)
	if err != nil {
		return err
	}
	return d.asAnswer(r, a, slices.DeleteFunc(is, func(i Invitation) bool { return i.SentAt.After(a.At) }))
}

// withoutYes are the answers to questions of a lost withdrawal to which a database has no answer of a person.
func (d *Desk) withoutYes(r Reader, w lostWithdrawal, rows []ConsentRow) (out []Response, err error) {
	o, err := organisation(r)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // nobody can have been asked
	}
	if err != nil {
		return nil, err
	}
	for _, id := range w.people {
		a := Response{Contact: id}
		for _, p := range o.Purposes {
			for _, channel := range channels {
				if slices.Contains(w.keys, d.question(p.Key, channel)) &&
					!slices.ContainsFunc(rows, func(row ConsentRow) bool { return row.Contact == id && row.Purpose == p.Key && row.Channel == channel }) {
					a.Decisions = append(a.Decisions, Decision{Purpose: p.Key, Channel: channel, State: Withdrawn})
				}
			}
		}
		if len(a.Decisions) == 0 {
			continue
		}
		c, err := r.Contact(id)
		if err != nil {
			return nil, err
		}
		a.Language = c.Language
		out = append(out, a)
	}
	return out, nil
}

// restoreWithdrawals takes back again each yes whose withdrawal a database has forgotten.
func (d *Desk) restoreWithdrawals(tx Tx, all map[LinkID]withdrawal) (n, unplaced int, err error) {
	lost, unplaced, err := d.lostWithdrawals(tx, all)
	if err != nil {
		return 0, 0, err
	}
	for _, w := range lost {
		as, err := d.takesBack(tx, w)
		if err != nil {
			return n, unplaced, err
		}
		for _, a := range as {
			if err := d.takeBack(tx, w.withdrawal, a); err != nil {
				return n, unplaced, err
			}
			n++
		}
	}
	return n, unplaced, nil
}

// takeBack enters an answer as the send journal has it. Its entry says when the person gave it, and that no more is known.
func (d *Desk) takeBack(tx Tx, w withdrawal, a Response) error {
	o, err := organisation(tx)
	if err != nil {
		return err
	}
	if o, err = asThen(tx, o, a); err != nil {
		return err
	}
	c, err := tx.Contact(a.Contact)
	if err != nil {
		return err
	}
	h := ByHand{Kind: a.Kind, Given: DateOf(w.at)}
	for _, dec := range a.Decisions {
		h.Lines = append(h.Lines, AnswerLine{Question: Question{Purpose: dec.Purpose, Channel: dec.Channel}})
	}
	p, err := d.saidByHand(Machine, o, c, h, a)
	if err != nil {
		return err
	}
	p.PutBack, p.Method = true, "as the send journal has it; what the person had before them was lost with the database"
	if err := enterAnswer(tx, p, &a); err != nil {
		return err
	}
	if handMethods[a.Kind] != "" {
		if err := tx.AddVoucher(a.Entry, h.voucher("send journal")); err != nil {
			return err
		}
	}
	return d.reclassify(tx, a.Contact)
}

// asThen adds to an organisation the purposes that it does not have any more, as the campaign of an answer froze them.
func asThen(r Reader, o Organisation, a Response) (Organisation, error) {
	if a.Campaign == 0 {
		return o, nil
	}
	c, err := r.CampaignByID(a.Campaign)
	if err != nil || c.Frozen == nil {
		return o, err
	}
	o.Purposes = slices.Clone(o.Purposes)
	for _, p := range c.Frozen.Organisation.Purposes {
		if _, known := o.Purpose(p.Key); !known {
			o.Purposes = append(o.Purposes, p)
		}
	}
	return o, nil
}

// journalWithdrawals writes to the journal every withdrawal that the database has and the journal does not know: whoever
// stored it died before the second step was done.
func (d *Desk) journalWithdrawals(ctx context.Context, known map[LinkID]withdrawal) error {
	receipts := map[string]withdrawal{}
	for _, w := range known {
		receipts[w.id()] = w
	}
	var rs []Record
	err := d.store.View(ctx, func(r Reader) error {
		for after := NoEntry; ; {
			as, err := r.ResponsesWithdrawing(after, page)
			if err != nil || len(as) == 0 {
				return err
			}
			for _, a := range as {
				// The questions come last of its lines: with them all of it has reached the disk.
				if w, there := receipts[a.ID]; there && !slices.ContainsFunc(d.withdrawn(a), func(q PersonKey) bool { return !slices.Contains(w.keys, q) }) {
					continue
				}
				some, err := d.withdrawRecords(r, a)
				if err != nil {
					return err
				}
				rs = append(rs, some...)
			}
			after = as[len(as)-1].Entry
		}
	})
	if err != nil {
		return err
	}
	return d.record(ctx, rs...)
}
