package campaign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// memory is what the journal knows beside invitations: the last no of each key, the keys of whoever was erased, which answers
// took a yes back, what was asked for by right, how far batches of letters are numbered, and when a message was last under way.
type memory struct {
	no        map[PersonKey]saidNo
	erased    map[ErasureID][]PersonKey
	withdrawn map[LinkID]withdrawal
	asked     map[LinkID]request
	batch     BatchID // the highest number of a batch of letters
	newest    time.Time
}

// empty says that nothing of it can be missing from a database, but messages.
func (m memory) empty() bool { return len(m.no)+len(m.erased)+len(m.withdrawn)+len(m.asked) == 0 }

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
	m := memory{no: map[PersonKey]saidNo{}, erased: map[ErasureID][]PersonKey{}, withdrawn: map[LinkID]withdrawal{}, asked: map[LinkID]request{}}
	gone := map[PersonKey]int{} // where in the journal the last erasure of a key is
	place := 0
	err := replay(func(r Record) error {
		place++
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
			for _, k := range r.Keys {
				gone[k] = place
			}
		case r.Kind == RecordWithdraw:
			m.withdrawn[r.Link] = withdrawal{r.Link, acts[r.Attempt], mergeKeys(m.withdrawn[r.Link].keys, r.Keys), r.At, place}
		case r.Kind == RecordBatch:
			m.batch = max(m.batch, r.batch())
		case r.Kind == RecordCase:
			m.asked[r.Link] = request{r.Link, CaseKinds()[r.Attempt], mergeKeys(m.asked[r.Link].keys, r.Keys), r.At, place, m.asked[r.Link].until}
		case r.Kind == RecordExtend: // behind the request itself
			q := m.asked[r.Link]
			q.until = latest(q.until, r.At)
			m.asked[r.Link] = q
		}
		return nil
	})
	// What somebody said before they were erased is nobody's: whoever has their keys now is new. A key that was never erased still is
	// theirs, and so is one that was erased before they said it.
	nobodys := func(keys []PersonKey, place int) bool {
		return !slices.ContainsFunc(ofPerson(keys), func(k PersonKey) bool { return gone[k] < place })
	}
	maps.DeleteFunc(m.withdrawn, func(_ LinkID, w withdrawal) bool { return nobodys(w.keys, w.place) })
	maps.DeleteFunc(m.asked, func(_ LinkID, q request) bool { return nobodys(q.keys, q.place) })
	return m, err
}

// RecoverNo puts back what only the send journal knows of what people said: opt-outs, each yes that was taken back and requests by
// right; and it erases whom the journal knows as erased. Whichever command is the first to see a restored database does so: it looks at
// what that database had not seen of the journal. Unlike Recover it may run beside a sender, and writes only when something is lost.
func (d *Desk) RecoverNo(ctx context.Context) (rec Recovery, err error) {
	m, err := recollected(d.journal.ReplayNew)
	if err != nil || m.empty() {
		return rec, err
	}
	lost := false
	err = d.store.View(ctx, func(r Reader) error {
		lost, rec, err = d.forgot(r, m)
		return err
	})
	if err != nil || !lost {
		return rec, err
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		rec = Recovery{}
		if err := d.putBack(tx, m, &rec); err != nil {
			return err
		}
		_, err := d.pauseRestored(tx, rec)
		return err
	})
	return rec, err
}

// forgot reports whether a database lacks anything of what people said, and counts what is of nobody whom it has.
func (d *Desk) forgot(r Reader, m memory) (lost bool, rec Recovery, err error) {
	again, err := notErased(r, m.erased)
	if err != nil {
		return false, rec, err
	}
	no, err := lostSuppressions(r, m.no)
	if err != nil {
		return false, rec, err
	}
	cases, unplaced, err := d.lostCases(r, m.asked)
	if err != nil {
		return false, rec, err
	}
	longer, err := lostExtensions(r, m.asked)
	if err != nil {
		return false, rec, err
	}
	withdrawn, strayed, err := d.lostWithdrawals(r, m.withdrawn)
	rec.Unplaced, rec.Strayed = unplaced, strayed
	lost = len(again)+len(no)+len(cases)+len(longer) > 0
	for _, w := range withdrawn {
		if err != nil || lost {
			break
		}
		var as []Response
		as, err = d.takesBack(r, w)
		lost = len(as) > 0
	}
	return lost, rec, err
}

// putBack puts back what people said. Whoever is erased has said nothing any more.
func (d *Desk) putBack(tx Tx, m memory, rec *Recovery) (err error) {
	if rec.Erased, err = d.eraseAgain(tx, m.erased); err != nil {
		return err
	}
	if rec.Suppressed, err = d.restoreSuppressions(tx, m.no); err != nil {
		return err
	}
	if rec.Withdrawn, rec.Strayed, err = d.restoreWithdrawals(tx, m.withdrawn); err != nil {
		return err
	}
	rec.Cases, rec.Unplaced, err = d.restoreCases(tx, m.asked)
	return err
}

// pauseRestored pauses what runs when an older database was put back: whatever else it has forgotten, a
// person looks at what the journal brought back before anything is sent.
func (d *Desk) pauseRestored(tx Tx, rec Recovery) (paused int, err error) {
	no := rec.Suppressed + rec.Erased
	if rec.Restored+no+rec.Withdrawn+rec.Cases == 0 {
		return 0, nil
	}
	cs, err := tx.CampaignList()
	if err != nil {
		return 0, err
	}
	reason := fmt.Sprintf("an older copy of the database was put back; the send journal brought back: messages %d, opt-outs %d, withdrawals %d, requests by right %d; look at the uncertain ones, then resume",
		rec.Restored, no, rec.Withdrawn, rec.Cases)
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
	about, err := messagesOf(tx, lost)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, i := range slices.Sorted(maps.Keys(about)) {
		some, err := restoreNo(tx, about[i], lost)
		if err != nil {
			return 0, err
		}
		n += some
	}
	keys := slices.SortedFunc(maps.Keys(lost), compareKeys)
	if _, err := organisation(tx); fault.Is(err, fault.NotFound) {
		return n, nil // nobody was judged yet
	}
	return n, d.reclassifyKeys(tx, keys)
}

// restoring are keys that the journal knows of a no of, and the message that it came back of; the zero Invitation is none.
type restoring struct {
	of   Invitation
	keys []PersonKey
}

// messagesOf groups noes by the message that they came back of: complaints and dead mailboxes of a campaign speak against it.
func messagesOf(r Reader, lost map[PersonKey]SuppressionReason) (map[InvitationID]restoring, error) {
	var back []PersonKey
	for k, why := range lost {
		if why == SuppressComplaint || why == SuppressBounce {
			back = append(back, k)
		}
	}
	holders, err := r.KeyHolders(back)
	if err != nil {
		return nil, err
	}
	out, asked := map[InvitationID]restoring{}, map[ContactID]Invitation{}
	for _, k := range slices.SortedFunc(maps.Keys(lost), compareKeys) {
		var of Invitation
		for _, id := range holders[k] {
			if _, known := asked[id]; !known {
				is, err := r.InvitationsOfContact(id)
				if err != nil {
					return nil, err
				}
				asked[id] = newestMail(is)
			}
			if of = asked[id]; of.ID != 0 {
				break
			}
		}
		out[of.ID] = restoring{of, append(out[of.ID].keys, k)}
	}
	return out, nil
}

// newestMail is the last of some messages that has left, else the last that may yet turn out to have; or none.
func newestMail(is []Invitation) (newest Invitation) {
	for _, i := range is {
		left, before := !unsent(i.State), newest.ID != 0 && !unsent(newest.State)
		if i.Route != RouteLetter && i.State != Withheld && (left && !before || left == before && i.ID > newest.ID) {
			newest = i
		}
	}
	return newest
}

// restoreNo puts noes back under an entry.
func restoreNo(tx Tx, back restoring, lost map[PersonKey]SuppressionReason) (int, error) {
	said := map[string]any{"actor": Machine, "reason": SuppressJournal, "keys": len(back.keys)}
	if back.of.ID != 0 {
		said["invitation"] = back.of.ID
	}
	e, err := tx.Append(Entry{Kind: EntrySuppressed, Campaign: back.of.Campaign, Contact: back.of.Contact, Payload: said})
	if err != nil {
		return 0, err
	}
	var lines []Suppression
	for _, k := range back.keys {
		lines = append(lines, suppressions([]PersonKey{k}, lost[k], "send journal", tx.Now())...)
	}
	return tx.Suppress(e, lines)
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
