package campaign

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// What is held of a person is taken away in one act (COMPLIANCE B.6). First nothing is written to them any more:
// all their keys go on the never-write list. Then the content of every entry about them is destroyed with the salt
// of its commitment, their contact leaves the base, and their invitations are emptied. What stays names nobody: the
// leaves, keyed hashes, and of each answer that may still have to be proven the least that proves it, in an entry
// of its own that the retention period ends.

// EraseKeeps is what of an erased person stays, and why, for whoever has to tell them.
type EraseKeeps struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Until string `json:"until"` // a day, or a condition
}

// EraseResult is what an erasure did, or of a dry run would do.
type EraseResult struct {
	Contact     ContactID    `json:"contact"`
	Done        bool         `json:"done"`
	Entries     int          `json:"entries"`     // whose content was destroyed
	Invitations int          `json:"invitations"` // that were emptied
	Archived    int          `json:"archived"`    // answers of which the least is kept
	Suppressed  int          `json:"suppressed"`  // keys on the never-write list
	Cases       int          `json:"cases"`       // open ones that were closed
	AccessOpen  bool         `json:"access_open"` // one of them asks to see what is held, which nobody can give any more then
	Kept        []EraseKeeps `json:"kept"`
	Proof       EntryNo      `json:"proof"` // -1 of a dry run

	ErasePerson
}

// ErasePerson is whom a dry run would erase, so that whoever says yes sees that the right one is meant. Once it is done
// nothing names them any more.
type ErasePerson struct {
	ExternalID string `json:"external_id"`
	Name       string `json:"name"`
	Email      string `json:"email"`  // or the text that is no mailbox
	Postal     string `json:"postal"` // address in one line
}

// Erase takes away what is held of a person. A dry run only says what would be. Why is kept for ever: what names the person
// is fault.Invalid.
func (d *Desk) Erase(ctx context.Context, actor Actor, who, because string, dry bool) (EraseResult, error) {
	e := &erasing{desk: d, actor: actor, why: EraseRequested, because: because}
	err := d.store.View(ctx, func(r Reader) error { return e.find(r, who) })
	if err != nil || dry {
		return e.res, err
	}
	if err := e.endLetters(ctx); err != nil {
		return e.res, err
	}
	if err := e.announce(ctx); err != nil {
		return e.res, err
	}
	d.points.At("erase.after-journal")
	err = d.store.Update(context.WithoutCancel(ctx), func(tx Tx) error { return e.run(tx, e.contact) })
	d.points.At("erase.after-update")
	return e.res, fault.Wrap("campaign.Erase", err)
}

// find looks for the person in the base, and else for what names their mailbox without being of it: an entry by
// which somebody put it on the never-write list.
func (e *erasing) find(r Reader, who string) error {
	c, missing := FindContact(r, e.desk.keys, who)
	if missing != nil {
		var err error
		if _, e.given, err = e.desk.mailboxOfNobody(who, missing); err != nil {
			return err
		}
	}
	if err := e.plan(r, c.ID); err != nil {
		return err
	}
	if missing != nil && len(e.testimonies) == 0 {
		return missing
	}
	if err := unnamedOf(r, e.because, c, Address(strings.TrimSpace(who))); err != nil {
		return err
	}
	e.res.ErasePerson = ErasePerson{ExternalID: strings.Join(union([]string{c.ExternalID}, c.MergedIDs), ", "), Name: cmp.Or(joined(" ", c.Title, c.FirstName, c.LastName), c.Company),
		Email: cmp.Or(string(c.Email), c.BadEmail), Postal: joined(", ", c.Address1, c.Address2, joined(" ", c.PostalCode, c.City), c.Country)}
	return nil
}

// joined are the texts that are not empty, one after the other.
func joined(between string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), between)
}

// announce tells the send journal whom the database is about to forget. It stands there first: should the machine
// stop in between, the next start erases them.
func (e *erasing) announce(ctx context.Context) error {
	if _, err := io.ReadFull(e.desk.rand, e.id[:]); err != nil {
		return fault.Wrap("campaign.Erase", err)
	}
	at := e.desk.now()
	rs := spread(Record{Kind: RecordErase, Link: LinkID(e.id), At: at}, e.keys)
	return e.desk.record(ctx, append(rs, suppressRecords(e.keys, at, SuppressErasure)...)...)
}

// erasing is one erasure on its way.
type erasing struct {
	desk    *Desk
	actor   Actor
	id      ErasureID
	why     ErasureReason
	because string

	given       []PersonKey // by which the send journal knows the person
	contact     ContactID
	mailbox     Address
	keys        []PersonKey // all that the person is known by
	invitations []Invitation
	testimonies []Testimony // that are destroyed
	archive     []json.RawMessage
	until       time.Time // when what is archived goes
	cases       []Case
	res         EraseResult
}

// plan looks at what is held of a person.
func (e *erasing) plan(r Reader, id ContactID) (err error) {
	e.contact, e.keys, e.testimonies, e.archive, e.cases = id, nil, nil, nil, nil
	e.res = EraseResult{Contact: id, Kept: []EraseKeeps{}, Proof: NoEntry}
	c, err := r.Contact(id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	e.keys, e.mailbox = mergeKeys(e.given, c.Keys), c.Email
	if e.invitations, err = r.InvitationsOfContact(id); err != nil {
		return err
	}
	for _, i := range e.invitations {
		if i.State == Sending && !printed(i) {
			return beingSent()
		}
		e.keys = mergeKeys(e.keys, i.Keys)
	}
	if err := e.gather(r); err != nil {
		return err
	}
	cases, err := r.CasesOf(id)
	for _, c := range cases {
		if c.State == CaseOpen {
			e.cases = append(e.cases, c)
			e.res.AccessOpen = e.res.AccessOpen || c.Kind == CaseAccess
		}
	}
	e.res.Entries, e.res.Invitations, e.res.Archived, e.res.Cases = len(e.testimonies), len(e.invitations), len(e.archive), len(e.cases)
	e.res.Kept = e.keeps()
	return err
}

// lasting are kinds of entry that say nothing of the person but a pseudonym, and are kept as the record of what was
// done for them.
func (k EntryKind) lasting() bool {
	return k == EntryCaseOpened || k == EntryCaseExtended || k == EntryCaseClosed || k == EntryErased
}

// gather finds what the ledger says of the person, and parts what goes from what must stay.
func (e *erasing) gather(r Reader) error {
	about, err := r.TestimoniesOf(e.contact)
	if err != nil {
		return err
	}
	naming, err := r.TestimoniesNaming(e.keys)
	if err != nil {
		return err
	}
	now := r.Now()
	if e.until, err = e.provenUntil(r, about); err != nil {
		return err
	}
	for _, c := range append(about, naming...) {
		if c.Payload == nil || c.Kind.lasting() || c.Kind == EntryArchived && !keptUntil(c.Payload).Before(DateOf(now)) {
			continue
		}
		e.testimonies = append(e.testimonies, c)
		if e.until.After(now) && (c.Kind == EntryAnswered || c.Kind == EntryObjected) {
			least, err := leastOf(c, e.until)
			if err != nil {
				return err
			}
			e.archive = append(e.archive, least)
		}
	}
	return nil
}

// provenUntil is until when the person's answers may have to be proven: as long as after the last of them, after the last no that came
// by another way, or after today, when the erasure ends what they still agree to (COMPLIANCE B.5).
func (e *erasing) provenUntil(r Reader, about []Testimony) (time.Time, error) {
	rows, err := StandingOf(r, e.contact)
	var last time.Time
	for _, row := range rows {
		if row.State == Granted {
			row.At = r.Now()
		}
		last = latest(last, row.At)
	}
	for _, c := range about {
		if c.Kind == EntryAnswered || c.Kind == EntryObjected {
			last = latest(last, c.At)
		}
	}
	return e.desk.retention.proofEnds(last), err
}

// archivedFields are what is kept of an answer: B.6 of COMPLIANCE names them by their numbers in B.2.
var archivedFields = []string{"schema", "record_id", "receipt_id", "subject_ref", "address_hmac", "hmac_kid", "controller", "jurisdiction", "language", "notice", "message",
	"purposes", "channels", "collection_method", "act", "decisions", "event_time", "validity", "actor", "retention", "document", "medium", "author", "given_on", "put_back"}

// leastOf takes out of an answer's entry what proves it without naming anybody.
func leastOf(c Testimony, until time.Time) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(c.Payload, &all); err != nil {
		return nil, fault.Wrap("campaign.leastOf", err)
	}
	least := map[string]any{"entry": c.Entry, "leaf_hash": hex.EncodeToString(c.LeafHash), "kept_until": DateOf(until).String()}
	for _, name := range archivedFields {
		if v, there := all[name]; there {
			least[name] = v
		}
	}
	out, err := json.Marshal(least)
	return out, fault.Wrap("campaign.leastOf", err)
}

// keptUntil is until when what stays of an erased person's answers is kept, as its entry says; the end of time when that cannot be read.
func keptUntil(archived json.RawMessage) (last Date) {
	var kept struct {
		Records []struct {
			Until Date `json:"kept_until"`
		} `json:"records"`
	}
	if json.Unmarshal(archived, &kept) != nil {
		return NewDate(9999, time.December, 31)
	}
	for _, r := range kept.Records {
		if r.Until.After(last) {
			last = r.Until
		}
	}
	return last
}

// keeps says what stays of the person, for the answer that they are owed (GDPR art. 12(4)).
func (e *erasing) keeps() (ks []EraseKeeps) {
	if len(e.keys) > 0 {
		ks = append(ks, EraseKeeps{What: "keyed fingerprints of the addresses and numbers", Why: "so that this person is never written to or asked again (GDPR art. 21(3))",
			Until: "as long as the organisation markets; looked at every year"})
	}
	if n := len(e.archive); n > 0 {
		ks = append(ks, EraseKeeps{What: "of each answer what was asked and decided, and when, under a pseudonym", Why: "to show that the answer was heard (GDPR art. 7(1) and 17(3)(e))",
			Until: DateOf(e.until).String()})
	}
	return append(ks, EraseKeeps{What: "the leaves of the ledger: number, kind and time of what happened", Why: "so that nobody can change the record unseen; without the destroyed salts they say nothing of anybody", Until: "as long as the ledger"})
}

// erased is what the ledger keeps of an erasure. It names nobody.
type erased struct {
	Actor    Actor         `json:"actor"`
	Why      ErasureReason `json:"why"`
	Because  string        `json:"because,omitempty"`
	Entries  []EntryNo     `json:"entries"`
	Archived int           `json:"archived"`
}

// endLetters ends letters to the person that lie printed, or may: when their batch is posted is for people to say, and may never
// be said. They are in no further print, and whoever has the printed ones is told to take them out. It goes before the erasure,
// so that this finds what the ledger says of it.
func (e *erasing) endLetters(ctx context.Context) error {
	if !slices.ContainsFunc(e.invitations, printed) {
		return nil
	}
	return e.desk.store.Update(ctx, func(tx Tx) error {
		is, err := tx.InvitationsOfContact(e.contact)
		if err != nil {
			return err
		}
		is = slices.DeleteFunc(is, func(i Invitation) bool { return !printed(i) })
		ends := make([]settling, len(is))
		for n, i := range is {
			places, err := tx.BatchesOf(i.ID)
			if err != nil {
				return err
			}
			ends[n] = letterEnd(i, places[i.ID].Batch, OutcomeUncertain, "erased before it was posted")
		}
		return e.desk.putEnds(tx, ends)
	})
}

// printed reports a letter of which nobody has said what became of it.
func printed(i Invitation) bool { return i.State == Sending && i.Route == RouteLetter }

// run does it, in one transaction. What is found is looked at anew.
func (e *erasing) run(tx Tx, id ContactID) error {
	if err := e.plan(tx, id); err != nil {
		return err
	}
	if slices.ContainsFunc(e.invitations, printed) {
		return beingSent()
	}
	return eraseTogether(tx, e)
}

func beingSent() error {
	return fault.New(fault.Conflict, "erase.sending", "a message to this person is just being sent").Hint("try again in a minute")
}

// eraseTogether erases people of whom it is known what is held, all for one reason, under one entry.
func eraseTogether(tx Tx, list ...*erasing) error {
	entry := erased{Actor: list[0].actor, Why: list[0].why, Because: list[0].because, Entries: []EntryNo{}}
	for _, e := range list {
		if err := e.prepare(tx); err != nil {
			return err
		}
		for _, t := range e.testimonies {
			entry.Entries = append(entry.Entries, t.Entry)
		}
		entry.Archived += len(e.archive)
	}
	slices.Sort(entry.Entries)
	entry.Entries = slices.Compact(entry.Entries)
	no, err := tx.Append(Entry{Kind: EntryErased, Payload: entry})
	if err != nil {
		return err
	}
	if err := tx.EraseTestimonies(no, entry.Entries); err != nil {
		return err
	}
	for _, e := range list {
		if err := e.finish(tx, no); err != nil {
			return err
		}
	}
	if why := list[0].why; why == EraseUnasked || why == EraseSilent {
		return nil // many: their domains are looked at once, when all are gone
	}
	return tx.ForgetDomains(domainsOf(list[0].mailbox))
}

// prepare ends what is under way with a person, and puts down what is kept.
func (e *erasing) prepare(tx Tx) error {
	for _, i := range e.invitations {
		if i.State == Planned || i.State == Claimed {
			if err := tx.Withhold(i.ID, WithheldSuppressed); err != nil {
				return err
			}
		}
	}
	if err := e.close(tx); err != nil || len(e.archive) == 0 {
		return err
	}
	_, err := tx.Append(Entry{Kind: EntryArchived, Contact: e.contact, Payload: map[string]any{"actor": e.actor, "records": e.archive}})
	return err
}

func (e *erasing) finish(tx Tx, no EntryNo) (err error) {
	if e.why == EraseRequested || e.why == EraseJournal {
		if e.res.Suppressed, err = tx.Suppress(no, suppressions(e.keys, SuppressErasure, "erasure", tx.Now())); err != nil {
			return err
		}
	}
	e.res.Done, e.res.Proof = true, no
	return tx.ErasePerson(no, Erasure{ID: e.id, Contact: e.contact, Why: e.why})
}

// close ends what the person had asked for: it is done with them.
func (e *erasing) close(tx Tx) error {
	for _, c := range e.cases {
		if err := closeCase(tx, e.actor, c, "the person was erased"); err != nil {
			return err
		}
	}
	return nil
}

// notErased leaves those of the journal's erasures that a database does not know.
func notErased(r Reader, all map[ErasureID][]PersonKey) (map[ErasureID][]PersonKey, error) {
	done, err := r.Erased(slices.Collect(maps.Keys(all)))
	again := map[ErasureID][]PersonKey{}
	for id, keys := range all {
		if _, known := done[id]; !known {
			again[id] = keys
		}
	}
	return again, err
}

// eraseAgain erases whom a database that was put back has got again. Whoever is being written to is left for the
// next start.
func (d *Desk) eraseAgain(tx Tx, all map[ErasureID][]PersonKey) (n int, err error) {
	again, err := notErased(tx, all)
	if err != nil {
		return 0, err
	}
	for _, id := range slices.SortedFunc(maps.Keys(again), func(a, b ErasureID) int { return slices.Compare(a[:], b[:]) }) {
		people, err := d.bearers(tx, again[id])
		if err != nil {
			return n, err
		}
		if len(people) == 0 {
			people = []ContactID{0} // it was never put back, or is gone: what the journal knows is done
		}
		for _, contact := range people {
			e := &erasing{desk: d, actor: Machine, id: id, why: EraseJournal, given: again[id]}
			err := e.run(tx, contact)
			if fault.Is(err, fault.Conflict) && e.res.Proof == NoEntry {
				continue
			}
			if err != nil {
				return n, err
			}
			n++
			if _, err := io.ReadFull(d.rand, id[:]); err != nil { // a second one under these keys has a number of its own
				return n, fault.Wrap("campaign.eraseAgain", err)
			}
		}
	}
	return n, nil
}

// bearers are the contacts that were the person whom a record of the send journal has by keys. A mailbox may be another's as well, who had it before or
// reaches it by another spelling: a contact counts when all its keys are among them, or a number of its own, or, without any
// number, what else it is identified by.
func (d *Desk) bearers(r Reader, keys []PersonKey) (people []ContactID, err error) {
	found, err := r.KeyHolders(keys)
	if err != nil {
		return nil, err
	}
	ids := distinct(found)
	cs, err := r.ContactsOf(ids)
	among := func(k PersonKey) bool { return slices.Contains(keys, k) }
	for _, id := range ids {
		c, there := cs[id]
		own := d.keys.identity(c)
		if c.ExternalID != "" {
			own = nil
			for _, number := range append([]string{c.ExternalID}, c.MergedIDs...) {
				own = append(own, d.keys.External(number))
			}
		}
		if there && (slices.ContainsFunc(own, among) || !slices.ContainsFunc(c.Keys, func(k PersonKey) bool { return !among(k) })) {
			people = append(people, id)
		}
	}
	return people, err
}
