package campaign

import (
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Retention says how long what is held of people is kept (COMPLIANCE B.5).
type Retention struct {
	Unasked time.Duration // who may not be asked, from the import on; 0: for ever
	Silent  time.Duration // who was asked and did not answer, from the end of the campaign on, or said no, from that on; 0: for ever
	Bounces time.Duration // the words of what came back; 0: for ever
	Proof   int           // months; answers that stand no more, and the least of an erased person's
	Cases   int           // months; what people asked for by right, from its end on
	Request int           // months; what the requests of answers said of themselves
	Propose bool          // who was never asked, or whose yes is over, does not leave the base by themselves: a named person applies it
}

// proofEnds is until when an answer of a time may have to be proven.
func (r Retention) proofEnds(at time.Time) time.Time { return addMonths(at, r.Proof) }

// addMonths adds calendar months; a day past the end of the month becomes its last day. Otherwise the day by which something is
// old enough would, counted back from the end of a long month, be days too late, and what it ends would go too early.
func addMonths(t time.Time, n int) time.Time {
	day := DateOf(t)
	return t.AddDate(0, 0, int(day.AddMonths(n).Day()-day.Day()))
}

// RetentionRule names one rule of what is kept how long.
type RetentionRule string

// The rules.
const (
	KeepUnasked RetentionRule = "unasked"
	KeepSilent  RetentionRule = "silent"
	KeepRefused RetentionRule = "refused"
	KeepExpired RetentionRule = "expired"
	KeepProof   RetentionRule = "proof"
	KeepArchive RetentionRule = "archive"
	KeepBounces RetentionRule = "bounces"
	KeepCases   RetentionRule = "cases"
	KeepRequest RetentionRule = "request"
)

// RetentionLine is what one rule erases, or would.
type RetentionLine struct {
	Rule    RetentionRule `json:"rule"`
	Before  string        `json:"before"` // what is older than this day is due; "" when the rule is off
	People  int           `json:"people"`
	Entries int           `json:"entries"`

	Proposed bool   `json:"proposed,omitempty"` // it was only counted: a named person has to apply it
	AsOf     string `json:"as_of,omitempty"`    // verdicts are as of this day to come, so nobody is due by them
}

// duePeople lists people who are due under a rule, in rising order.
type duePeople = func(r Reader, at time.Time, after ContactID, limit int) ([]ContactID, error)

// leaving is a rule under which people leave the base.
type leaving struct {
	rule   RetentionRule
	keep   time.Duration // 0: for ever
	people duePeople
	why    ErasureReason
}

func (r Retention) leavings() []leaving {
	return []leaving{
		{KeepUnasked, r.Unasked, Reader.UnaskedBefore, EraseUnasked},
		{KeepSilent, r.Silent, Reader.SilentBefore, EraseSilent},
		{KeepRefused, r.Silent, Reader.RefusedBefore, EraseSilent},
	}
}

// retentionBatch is how many are erased in one transaction.
const retentionBatch = 100

// ClockRanAhead holds for an hour after the clock has jumped ahead: what is erased for its age is gone for good, and nobody is
// there to see that the day is wrong.
func (d *Desk) ClockRanAhead() bool { return d.watched.ranAhead() }

// ApplyRetention erases what was kept long enough, some at a time; a dry run only counts. It may be stopped and
// begun anew whenever: what was done is done. Where people are only proposed, the machine counts those who were never asked, and those whose yes
// is over, and leaves them; who was asked and did not answer, or said no, was promised to be deleted, and is.
func (d *Desk) ApplyRetention(ctx context.Context, actor Actor, dry bool) ([]RetentionLine, error) {
	now, r := d.now(), d.retention
	months := func(n int) time.Time { return addMonths(now, -n) }
	since := func(keep time.Duration) (at time.Time) {
		if keep > 0 {
			at = now.Add(-keep)
		}
		return at
	}
	var rules []retaining
	for _, l := range r.leavings() {
		rules = append(rules, retaining{rule: l.rule, before: since(l.keep), people: l.people, why: l.why})
	}
	rules = append(rules, []retaining{
		{rule: KeepExpired, before: now, people: expiredBefore, why: EraseSilent},
		{rule: KeepProof, before: months(r.Proof), people: Reader.AnsweredBefore},
		{rule: KeepArchive, before: months(r.Proof), entries: endedArchives},
		{rule: KeepBounces, before: since(r.Bounces), entries: ofKind(EntryBounced)},
		{rule: KeepCases, before: months(r.Cases), entries: Reader.OldCases},
		{rule: KeepRequest, before: months(r.Request), entries: ofKind(EntryRequest)},
	}...)
	var lines []RetentionLine
	var gone *vanished
	if dry {
		gone = &vanished{}
	}
	for n := range rules {
		k := &rules[n]
		k.desk, k.actor, k.gone, k.line = d, actor, gone, RetentionLine{Rule: k.rule, Before: DateOf(k.before).String()}
		if !k.before.IsZero() {
			k.line.Proposed = r.Propose && (k.why == EraseUnasked || k.rule == KeepExpired) && actor == Machine
			if err := k.apply(ctx, dry || k.line.Proposed); err != nil {
				return lines, err
			}
			if k.rule == KeepSilent && !dry {
				if err := d.store.Update(ctx, func(tx Tx) error { return tx.ForgetFigures(k.before) }); err != nil {
					return lines, err
				}
			}
		}
		lines = append(lines, k.line)
	}
	if dry {
		return lines, nil
	}
	return lines, d.forgetDomains(ctx)
}

// forgetDomains lets go of what was found of domains in which nobody is any more. It looks beside the writer: going through all
// mailboxes takes a while, and there is seldom anything to forget.
func (d *Desk) forgetDomains(ctx context.Context) error {
	var empty []string
	err := d.store.View(ctx, func(r Reader) error {
		known, err := r.DeadDomains()
		if err != nil || len(known) == 0 {
			return err
		}
		names, err := r.MailDomains()
		for _, name := range names {
			delete(known, name)
		}
		empty = slices.Sorted(maps.Keys(known))
		return err
	})
	if err != nil || len(empty) == 0 {
		return err
	}
	return d.store.Update(ctx, func(tx Tx) error { return tx.ForgetDomains(empty) })
}

func ofKind(kind EntryKind) func(Reader, time.Time, EntryNo, int) ([]EntryNo, error) {
	return func(r Reader, at time.Time, after EntryNo, limit int) ([]EntryNo, error) {
		return r.OldEntries(kind, at, after, limit)
	}
}

// endedArchives lists entries that keep the least of answers and have done so as long as they say.
func endedArchives(r Reader, _ time.Time, after EntryNo, limit int) (due []EntryNo, err error) {
	for len(due) == 0 {
		some, err := r.OldEntries(EntryArchived, r.Now(), after, limit)
		if err != nil || len(some) == 0 {
			return nil, err
		}
		says, err := r.PayloadsOf(some)
		if err != nil {
			return nil, err
		}
		for _, no := range some {
			if keptUntil(says[no]).Before(DateOf(r.Now())) {
				due = append(due, no)
			}
		}
		after = some[len(some)-1]
	}
	return due, nil
}

// retaining is one rule at work: over people, or over entries.
type retaining struct {
	desk   *Desk
	actor  Actor
	rule   RetentionRule
	before time.Time
	why    ErasureReason // "": only what people answered goes, and they stay

	people  duePeople
	entries func(r Reader, at time.Time, after EntryNo, limit int) ([]EntryNo, error)
	line    RetentionLine
	gone    *vanished // nil but of a dry run
}

// vanished are the people and entries that a rule of a dry run has counted. Had they been erased, the next rules would find
// nothing of them: what it says is what then happens.
type vanished struct{ people, entries marks }

// marks are numbers, one bit for each: of a whole base they are few octets.
type marks []uint64

func (m marks) has(n int64) bool { return n/64 < int64(len(m)) && m[n/64]&(1<<(n%64)) != 0 }

// add reports whether a number is new.
func (m *marks) add(n int64) bool {
	if m.has(n) {
		return false
	}
	if short := n/64 + 1 - int64(len(*m)); short > 0 {
		*m = append(*m, make(marks, short)...)
	}
	(*m)[n/64] |= 1 << (n % 64)
	return true
}

// count counts the entries that no earlier rule has.
func (k *retaining) count(entries []EntryNo) (n int) {
	if k.gone == nil {
		return len(entries)
	}
	for _, no := range entries {
		if k.gone.entries.add(int64(no)) {
			n++
		}
	}
	return n
}

func (k *retaining) apply(ctx context.Context, dry bool) error {
	for contact, entry := ContactID(0), NoEntry; ; {
		more := false
		step := func(r Reader, tx Tx) (err error) {
			if k.people != nil {
				contact, more, err = k.stepPeople(r, tx, contact)
			} else {
				entry, more, err = k.stepEntries(r, tx, entry)
			}
			return err
		}
		var err error
		line := k.line // a transaction that fails counts nothing
		if dry {
			err = k.desk.store.View(ctx, func(r Reader) error { return step(r, nil) })
		} else {
			err = k.desk.store.Update(ctx, func(tx Tx) error { return step(tx, tx) })
		}
		if err != nil {
			k.line = line
			return fault.Wrap("campaign.ApplyRetention", err)
		}
		if !more {
			return nil
		}
		k.desk.points.At("retention.after-batch")
	}
}

// stepPeople does the next people; tx is nil of a dry run.
func (k *retaining) stepPeople(r Reader, tx Tx, after ContactID) (ContactID, bool, error) {
	if ahead, err := k.ahead(r); ahead || err != nil {
		return after, false, err
	}
	ids, err := k.people(r, k.before, after, retentionBatch)
	if err != nil || len(ids) == 0 {
		return after, false, err
	}
	if k.line.Proposed {
		k.line.People += len(ids)
		return ids[len(ids)-1], true, nil
	}
	var list []*erasing
	for _, id := range ids {
		if k.gone != nil && k.gone.people.has(int64(id)) {
			continue
		}
		e := &erasing{desk: k.desk, actor: k.actor, why: k.why, because: "retention " + string(k.rule)}
		if _, err := io.ReadFull(k.desk.rand, e.id[:]); err != nil {
			return after, false, fault.Wrap("campaign.ApplyRetention", err)
		}
		if err := k.look(r, e, id); err != nil {
			return after, false, err
		}
		if k.why == "" && len(e.testimonies) == 0 {
			continue
		}
		if k.why != "" && k.gone != nil {
			k.gone.people.add(int64(id))
		}
		k.line.People++
		k.line.Entries += k.count(entriesOf(e))
		list = append(list, e)
	}
	if tx != nil && len(list) > 0 {
		err = k.erase(tx, list)
	}
	return ids[len(ids)-1], true, err
}

// ahead reports whether people would be due by verdicts as of a day to come. Who asked what the base will be worth then did not ask
// to lose whoever may still be asked today.
func (k *retaining) ahead(r Reader) (bool, error) {
	if k.why != EraseUnasked {
		return false, nil
	}
	day, err := r.LastAudit()
	if err != nil || !day.After(DateOf(k.desk.clock())) {
		return false, err
	}
	k.line.AsOf = day.String()
	return true, nil
}

// look finds what goes of a person. Who still agrees to something keeps the proof of that, and so does, for as long as after any
// withdrawal, whoever is on the never-write list since.
func (k *retaining) look(r Reader, e *erasing, id ContactID) error {
	if k.why != "" {
		return e.plan(r, id)
	}
	standing, err := StandingOf(r, id)
	if err != nil {
		return err
	}
	for _, row := range standing {
		if row.State == Granted || !row.At.Before(k.before) {
			return nil
		}
	}
	about, err := r.TestimoniesOf(id)
	for _, t := range about {
		if t.Payload != nil && (t.Kind == EntryAnswered || t.Kind == EntryObjected) {
			e.testimonies = append(e.testimonies, t)
		}
	}
	return err
}

func (k *retaining) erase(tx Tx, list []*erasing) error {
	if k.why != "" {
		return eraseTogether(tx, list...)
	}
	return k.eraseEntries(tx, entriesOf(list...))
}

// entriesOf are the entries that go with people.
func entriesOf(list ...*erasing) (entries []EntryNo) {
	for _, e := range list {
		for _, t := range e.testimonies {
			entries = append(entries, t.Entry)
		}
	}
	return entries
}

func (k *retaining) stepEntries(r Reader, tx Tx, after EntryNo) (EntryNo, bool, error) {
	entries, err := k.entries(r, k.before, after, retentionBatch)
	if err != nil || len(entries) == 0 {
		return after, false, err
	}
	k.line.Entries += k.count(entries)
	if tx != nil {
		err = k.eraseEntries(tx, entries)
	}
	return entries[len(entries)-1], true, err
}

func (k *retaining) eraseEntries(tx Tx, entries []EntryNo) error {
	no, err := tx.Append(Entry{Kind: EntryErased, Payload: erased{Actor: k.actor, Because: "retention " + string(k.rule), Entries: entries}})
	if err != nil {
		return err
	}
	return tx.EraseTestimonies(no, entries)
}
