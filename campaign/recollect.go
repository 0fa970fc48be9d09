package campaign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

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
