package campaign

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// undoFor is how long an import may be taken back. What its contacts were before is kept for that, and longer
// for nothing.
const undoFor = 90 * 24 * time.Hour

// ImportChange is what an import did to some contacts: it made those from First to Last, or changed one that
// was as Before says.
type ImportChange struct {
	Import      ImportID
	First, Last ContactID
	Before      *Contact // nil: they were made
}

// Undone is an import that was taken back.
type Undone struct {
	Import                  ImportID
	At                      time.Time
	Removed, Restored, Kept int
}

// UndoResult is what taking an import back did.
type UndoResult struct {
	Import   ImportID    `json:"import"`
	Source   string      `json:"source"`
	Removed  int         `json:"removed"`  // contacts that the import had made
	Restored int         `json:"restored"` // contacts that are as they were before it, but for every no
	Kept     []ContactID `json:"kept"`     // asked, answered or corrected since, or with an open case: they stay as they are
	Proof    EntryNo     `json:"proof"`    // -1 of a dry run
}

// UndoImport takes an import back: the contacts that it made go, those that it changed become what they were.
// People who were asked since stay as they are, because an answer may come, and so do those whose answer was entered
// or whose data was corrected since, or who wait for what they asked for by right. Every no that came with the import
// stays: what it put on the never-write list, and in the contacts that go on. It is one act.
func (d *Desk) UndoImport(ctx context.Context, actor Actor, id ImportID, dry bool) (UndoResult, error) {
	u := &undoing{desk: d, actor: actor}
	if dry {
		err := d.store.View(ctx, func(r Reader) error { return u.plan(ctx, r, id) })
		return u.res, err
	}
	err := d.store.Update(ctx, func(tx Tx) error {
		u.silenced = nil
		if err := u.plan(ctx, tx, id); err != nil {
			return err
		}
		return u.run(ctx, tx)
	})
	if err != nil {
		return u.res, fault.Wrap("campaign.UndoImport", err)
	}
	return u.res, d.record(ctx, suppressRecords(u.silenced, d.clock(), SuppressImported)...)
}

type undoing struct {
	desk     *Desk
	actor    Actor
	im       Import
	res      UndoResult
	kept     map[ContactID]bool
	silenced []PersonKey // of contacts whose former address a list names
}

// plan looks whether the import can be taken back, and for whom.
func (u *undoing) plan(ctx context.Context, r Reader, id ImportID) error {
	u.res, u.kept = UndoResult{Import: id, Kept: []ContactID{}, Proof: NoEntry}, map[ContactID]bool{}
	if err := u.find(r, id); err != nil {
		return err
	}
	u.res.Source = u.im.Source
	found := false
	err := u.each(ctx, r, func(made []ContactID, changed []ImportChange) error {
		found = true
		ids := slices.Clone(made)
		for _, c := range changed {
			ids = append(ids, c.First)
		}
		cs, err := r.ContactsOf(ids)
		if err != nil {
			return err
		}
		asked, err := u.asked(r, cs)
		if err != nil {
			return err
		}
		held, err := r.HeldSince(u.im.At, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			switch _, there := cs[id]; {
			case asked[id], slices.Contains(held, id):
				u.kept[id] = true
			case there && slices.Contains(made, id):
				u.res.Removed++
			case there:
				u.res.Restored++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if u.res.Kept = append(u.res.Kept, slices.Sorted(maps.Keys(u.kept))...); !found && u.im.Created+u.im.Updated > 0 {
		return fault.New(fault.Conflict, "undo.unknown", "what import {id} changed was not kept, so it cannot be taken back", "id", id)
	}
	if len(u.res.Kept) > 0 && u.res.Removed+u.res.Restored == 0 {
		return fault.New(fault.Conflict, "undo.asked", "everybody of import {id} was asked, answered or was corrected since, or has an open request, so it cannot be taken back", "id", id)
	}
	return nil
}

func (u *undoing) find(r Reader, id ImportID) error {
	all, err := r.Imports()
	if err != nil {
		return err
	}
	n := slices.IndexFunc(all, func(i Import) bool { return i.ID == id })
	if n < 0 {
		return fault.New(fault.NotFound, "undo.none", "there is no import {id}", "id", id).Hint("reoptin contacts imports")
	}
	u.im = all[n]
	switch {
	case !u.im.Undone.IsZero():
		return fault.New(fault.Conflict, "undo.done", "import {id} was taken back on {day}", "id", id, "day", DateOf(u.im.Undone).String())
	case r.Now().Sub(u.im.At) > undoFor:
		return fault.New(fault.Conflict, "undo.late", "import {id} is older than {days} days; what it changed is kept no longer", "id", id, "days", int(undoFor.Hours()/24))
	}
	later, err := r.LaterImport(id)
	if err == nil && later != 0 {
		err = fault.New(fault.Conflict, "undo.later", "import {later} changed some of the same contacts since; take it back first", "later", later).
			Hint("reoptin contacts undo " + strconv.FormatInt(int64(later), 10))
	}
	return err
}

// each goes through what the import changed, some contacts at a time: those that it made, or those that it
// changed.
func (u *undoing) each(ctx context.Context, r Reader, do func(made []ContactID, changed []ImportChange) error) error {
	for after := ContactID(0); ; {
		changes, err := r.ImportChanges(u.im.ID, after, auditPage)
		if err != nil || len(changes) == 0 {
			return err
		}
		var changed []ImportChange
		for _, c := range changes {
			if c.Before != nil {
				changed = append(changed, c)
				continue
			}
			for from := c.First; from <= c.Last; from += auditPage {
				if err := ctx.Err(); err != nil {
					return err
				}
				var made []ContactID
				for id := from; id <= min(c.Last, from+auditPage-1); id++ {
					made = append(made, id)
				}
				if err := do(made, nil); err != nil {
					return err
				}
			}
		}
		if len(changed) > 0 {
			if err := do(nil, changed); err != nil {
				return err
			}
		}
		after = changes[len(changes)-1].First
	}
}

// asked tells who was asked since the import, or may have been, as far as anybody knows.
func (u *undoing) asked(r Reader, cs map[ContactID]Contact) (map[ContactID]bool, error) {
	ids := slices.Collect(maps.Keys(cs))
	out := map[ContactID]bool{}
	all, err := r.AskedOf(ids)
	if err != nil {
		return nil, err
	}
	for id, some := range all {
		for _, a := range some {
			if wentOut(a.State) && !a.At.Before(u.im.At) {
				out[id] = true
			}
		}
	}
	var keys []PersonKey
	for _, c := range cs {
		keys = append(keys, c.Keys...)
	}
	taken, err := r.KeysTaken(keys)
	for id, c := range cs {
		for _, k := range c.Keys {
			if by, ok := taken[k]; ok && by == 0 { // only the send journal knows when
				out[id] = true
			}
		}
	}
	return out, err
}

func (u *undoing) run(ctx context.Context, tx Tx) (err error) {
	r := &u.res
	if r.Proof, err = tx.Append(Entry{Kind: EntryImportUndone, Payload: map[string]any{"actor": u.actor, "import": r.Import, "source": u.im.Source, "sha256": u.im.SHA256,
		"removed": r.Removed, "restored": r.Restored, "kept": len(r.Kept)}}); err != nil {
		return err
	}
	lists, err := newListing(tx)
	if err != nil {
		return err
	}
	err = u.each(ctx, tx, func(made []ContactID, changed []ImportChange) error {
		if made != nil {
			return u.remove(tx, made)
		}
		return u.restore(tx, lists, changed)
	})
	if err != nil {
		return err
	}
	return tx.EndImport(r.Proof, Undone{Import: r.Import, At: tx.Now(), Removed: r.Removed, Restored: r.Restored, Kept: len(r.Kept)})
}

func (u *undoing) remove(tx Tx, ids []ContactID) error {
	ids = slices.DeleteFunc(ids, func(id ContactID) bool { return u.kept[id] })
	if err := withholdOf(tx, ids, func(ContactID) bool { return true }); err != nil {
		return err
	}
	return tx.RemoveContacts(u.res.Proof, ids)
}

func (u *undoing) restore(tx Tx, lists listing, changed []ImportChange) error {
	ids := make([]ContactID, len(changed))
	for n, c := range changed {
		ids[n] = c.First
	}
	now, err := tx.ContactsOf(ids)
	if err != nil {
		return err
	}
	var back []Contact
	moving := map[ContactID]bool{}
	carried, err := u.noesSince(tx, changed, now)
	if err != nil {
		return err
	}
	for _, c := range changed {
		is, there := now[c.First]
		if !there || u.kept[c.First] {
			continue
		}
		was, _, _ := Lower(*c.Before, noesOf(is))
		was.ID, was.Verdict = c.First, Verdict{} // the next audit's
		moving[was.ID] = was.Email != is.Email
		back = append(back, was)
	}
	if err := tx.RestoreContacts(u.res.Proof, back); err != nil {
		return err
	}
	if err := withholdOf(tx, ids, func(id ContactID) bool { return moving[id] }); err != nil {
		return err
	}
	lines, _, err := lists.suppress(back, tx.Now())
	if err != nil {
		return err
	}
	lines = append(lines, carried...)
	for _, s := range lines {
		u.silenced = append(u.silenced, s.Key)
	}
	_, err = tx.Suppress(u.res.Proof, lines)
	return err
}

// noesSince are the noes that were said since the import by a mailbox or number that a contact has only from it. The contact
// loses that key, and keeps the no.
func (u *undoing) noesSince(r Reader, changed []ImportChange, now map[ContactID]Contact) (lines []Suppression, err error) {
	gained := map[ContactID][]PersonKey{}
	var all []PersonKey
	for _, c := range changed {
		for _, k := range now[c.First].Keys {
			if !slices.Contains(c.Before.Keys, k) {
				gained[c.First], all = append(gained[c.First], k), append(all, k)
			}
		}
	}
	known, err := r.SuppressedKeys(all)
	if err != nil {
		return nil, err
	}
	for _, c := range changed {
		if u.kept[c.First] {
			continue
		}
		for _, k := range gained[c.First] {
			if s, ok := known[k]; ok && s.refuses() && s.At.After(u.im.At) {
				lines = append(lines, suppressions(silenced(c.Before.Keys), s.Reason, s.Source, s.At)...)
				break
			}
		}
	}
	return lines, nil
}
