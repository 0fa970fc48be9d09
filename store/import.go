package store

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Imports lists what was imported, oldest first.
func (t *tx) Imports() ([]campaign.Import, error) {
	out, err := all(t, func(scan func(...any) error) (i campaign.Import, err error) {
		var at, undone int64
		err = scan(&i.ID, &i.Source, &i.SHA256, &at, &i.Rows, &i.Created, &i.Updated, &i.Unchanged, &i.Duplicates, &i.Conflicts, &i.Rejected, &undone)
		i.At, i.Undone = fromMillis(at), fromMillis(undone)
		return i, err
	}, `SELECT i.id, i.source, i.sha256, i.at, i.row_count, i.created, i.updated, i.unchanged, i.duplicates, i.conflicts, i.rejected, coalesce(u.at, 0)
FROM import i LEFT JOIN import_undone u ON u.import = i.id ORDER BY i.id`)
	return out, translate("store.Imports", err)
}

// AddImport keeps the record of one import.
func (t *tx) AddImport(i campaign.Import) (id campaign.ImportID, err error) {
	at := i.At
	if at.IsZero() {
		at = t.now
	}
	err = t.row([]any{&id}, `INSERT INTO import (source, sha256, at, row_count, created, updated, unchanged, duplicates, conflicts, rejected)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		i.Source, i.SHA256, millis(at), i.Rows, i.Created, i.Updated, i.Unchanged, i.Duplicates, i.Conflicts, i.Rejected)
	return id, translate("store.AddImport", err)
}

// NextImport is the number that the import of this transaction gets.
func (t *tx) NextImport() (id campaign.ImportID, err error) {
	if err := t.remember(readCache); err != nil {
		return 0, translate("store.NextImport", err)
	}
	err = t.row([]any{&id}, "SELECT coalesce(max(id), 0) + 1 FROM import")
	return id, translate("store.NextImport", err)
}

// remember lets the writer remember so much of the file, in KiB, until the transaction is over.
func (t *tx) remember(kib int) error {
	if t.db.remembered >= kib {
		return nil
	}
	_, err := t.exec(cacheOf(kib))
	if err == nil {
		t.db.remembered = kib // whoever writes has the turn, and with it this
	}
	return err
}

// rememberMore is called before people are written. Without the log each page is written once, in order.
func (t *tx) rememberMore() error {
	if t.db.apart {
		return nil
	}
	return t.remember(importCache)
}

// PutImported does what PutContacts does, and keeps what is needed to take it back: of contacts that are new
// their numbers, of others what they were. What an import itself has made is new whenever it comes again.
func (t *tx) PutImported(im campaign.ImportID, cs []campaign.Contact) ([]campaign.ContactID, error) {
	if err := t.rememberMore(); err != nil {
		return nil, translate("store.PutImported", err)
	}
	var made sql.NullInt64
	if err := t.row([]any{&made}, "SELECT min(contact) FROM import_change WHERE import = $1 AND body IS NULL", int64(im)); err != nil {
		return nil, translate("store.PutImported", err)
	}
	var before []int64
	for i := range cs {
		if id := int64(cs[i].ID); id != 0 && (!made.Valid || id < made.Int64) {
			before = append(before, id)
		}
	}
	slices.Sort(before)
	err := chunks(before, mostParameters, func(piece []int64) error {
		_, err := t.exec("INSERT INTO import_change (import, contact, last, external_id, email, body, keys) SELECT $1, id, id, external_id, email, body, keys FROM contact WHERE id IN ("+
			places(2, len(piece))+") ON CONFLICT DO NOTHING", append([]any{int64(im)}, anys(piece)...)...)
		return err
	})
	if err != nil {
		return nil, translate("store.PutImported", err)
	}
	ids, err := t.PutContacts(cs)
	if err != nil {
		return nil, err
	}
	var fresh []int64
	for i := range cs {
		if cs[i].ID == 0 {
			fresh = append(fresh, int64(ids[i]))
		}
	}
	return ids, translate("store.PutImported", t.noteMade(im, fresh))
}

// AddPeople inserts new contacts and keeps that the import made them. Their keys are owed from here on.
func (t *tx) AddPeople(im campaign.ImportID, people []campaign.Packed) (campaign.ContactID, error) {
	if err := t.rememberMore(); err != nil {
		return 0, translate("store.AddPeople", err)
	}
	first, err := t.insertPeople(people)
	if err != nil {
		return 0, translate("store.AddPeople", err)
	}
	ids := make([]int64, len(people))
	for n := range people {
		ids[n] = int64(first) + int64(n)
		t.owed += len(people[n].Keys) / campaign.KeySize
	}
	return first, translate("store.AddPeople", t.noteMade(im, ids))
}

// AddKeys writes the keys of all whom AddPeople added. They are put together beside, while the engine writes.
func (t *tx) AddKeys(keys iter.Seq2[campaign.ShortKey, campaign.ContactID]) error {
	ready, enough := make(chan []contactKey, 4), make(chan struct{})
	go func() {
		defer close(ready)
		some := make([]contactKey, 0, keysAtOnce)
		hand := func() bool {
			select {
			case ready <- some:
			case <-enough:
				return false
			}
			some = make([]contactKey, 0, keysAtOnce)
			return true
		}
		for key, contact := range keys {
			if some = append(some, contactKey{key, contact}); len(some) == keysAtOnce && !hand() {
				return
			}
		}
		hand()
	}()
	defer func() { // after an error, what is still put together is for nobody
		close(enough)
		for range ready {
		}
	}()
	for some := range ready {
		t.owed -= len(some)
		if err := t.insertKeys(some); err != nil {
			return translate("store.AddKeys", err)
		}
	}
	return nil
}

// keysAtOnce bounds how many keys are written in a row.
const keysAtOnce = 8192

// owesNothing refuses to commit contacts that nobody could be found by.
func (t *tx) owesNothing() error {
	if t.owed != 0 {
		return fault.New(fault.Internal, "store.keys", "new contacts and their keys do not belong together: {keys} keys too few", "keys", t.owed).At("store.AddKeys")
	}
	return nil
}

// noteMade keeps the numbers of new contacts as ranges; each goes on where the last one ended.
func (t *tx) noteMade(im campaign.ImportID, ids []int64) error {
	slices.Sort(ids)
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n] == ids[n-1]+1 {
			n++
		}
		first, last := ids[0], ids[n-1]
		more, err := t.exec("UPDATE import_change SET last = $3 WHERE import = $1 AND body IS NULL AND last = $2 - 1", int64(im), first, last)
		if err == nil && more == 0 {
			_, err = t.exec("INSERT INTO import_change (import, contact, last) VALUES ($1, $2, $3)", int64(im), first, last)
		}
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func scanImportChange(scan func(...any) error) (c campaign.ImportChange, err error) {
	var external, email, body sql.NullString
	var keys []byte
	if err = scan(&c.Import, &c.First, &c.Last, &external, &email, &body, &keys); err != nil || !body.Valid {
		return c, err
	}
	c.Before = &campaign.Contact{ID: c.First, ExternalID: external.String, Email: campaign.Address(email.String)}
	if err = bodyInto(body.String, c.Before); err != nil {
		return c, fmt.Errorf("contact %d: %w", c.First, err)
	}
	c.Before.Keys, err = campaign.KeysIn(keys)
	return c, err
}

const selectImportChange = "SELECT g.import, g.contact, g.last, g.external_id, g.email, g.body, g.keys FROM import_change g "

// ImportChanges lists what an import changed, by the number of the first contact of each change.
func (t *tx) ImportChanges(im campaign.ImportID, after campaign.ContactID, limit int) ([]campaign.ImportChange, error) {
	out, err := all(t, scanImportChange, selectImportChange+"WHERE g.import = $1 AND g.contact > $2 ORDER BY g.contact LIMIT $3", int64(im), int64(after), int64(limit))
	return out, translate("store.ImportChanges", err)
}

// ChangesOf lists what is kept of imports that made or changed a contact, the oldest first.
func (t *tx) ChangesOf(id campaign.ContactID) ([]campaign.ImportChange, error) {
	out, err := all(t, scanImportChange, selectImportChange+"WHERE g.body IS NOT NULL AND g.contact = $1 OR g.body IS NULL AND g.contact <= $1 AND g.last >= $1 ORDER BY g.import, g.contact", int64(id))
	return out, translate("store.ChangesOf", err)
}

// FirstMadeAfter is the first contact that an import after a time made, 0 where none did. Numbers only grow, so
// whoever has a higher one came later too.
func (t *tx) FirstMadeAfter(at time.Time) (first campaign.ContactID, err error) {
	err = t.row([]any{&first}, "SELECT coalesce(min(g.contact), 0) FROM import m JOIN import_change g ON g.import = m.id WHERE m.at > $1 AND g.body IS NULL", millis(at))
	return first, translate("store.FirstMadeAfter", err)
}

// LaterImport is a later import that changed a contact which this one made or changed; 0 when there is none.
func (t *tx) LaterImport(im campaign.ImportID) (later campaign.ImportID, err error) {
	err = t.row([]any{&later}, `SELECT l.import FROM import_change c JOIN import_change l ON l.contact BETWEEN c.contact AND c.last AND l.import > c.import
WHERE c.import = $1 ORDER BY l.import DESC LIMIT 1`, int64(im))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return later, translate("store.LaterImport", err)
}

// undoing refuses what is only done when an import is taken back.
func (t *tx) undoing(op string, no campaign.EntryNo) error {
	if p := t.entry(no); p == nil || p.Kind != campaign.EntryImportUndone {
		return fault.New(fault.Internal, "store.uncovered", "a row of {table} needs an entry of the same transaction", "table", "contact").At(op)
	}
	return nil
}

// RestoreContacts replaces contacts by what they were, whatever that lifts: the entry says who wanted it.
func (t *tx) RestoreContacts(no campaign.EntryNo, cs []campaign.Contact) error {
	if err := t.undoing("store.RestoreContacts", no); err != nil {
		return err
	}
	_, err := t.putContacts(cs, func(*campaign.Contact, *campaign.Contact) error { return nil })
	return err
}

// RemoveContacts takes contacts out of the base, with their keys and verdicts. Their numbers are not given again.
func (t *tx) RemoveContacts(no campaign.EntryNo, ids []campaign.ContactID) error {
	if err := t.undoing("store.RemoveContacts", no); err != nil {
		return err
	}
	return translate("store.RemoveContacts", t.removeContacts(ids))
}

func (t *tx) removeContacts(ids []campaign.ContactID) error {
	found, err := t.ContactsOf(ids)
	if err != nil {
		return err
	}
	none := map[campaign.ContactID]campaign.Verdict{}
	for _, c := range found {
		if err := t.deleteKeys(c.ID, c.Keys); err != nil {
			return err
		}
		none[c.ID] = campaign.Verdict{}
	}
	if err := t.putVerdicts(none); err != nil {
		return err
	}
	err = chunks(numbers(ids), mostParameters, func(piece []int64) error {
		_, err := t.exec("DELETE FROM contact WHERE id IN ("+places(1, len(piece))+")", anys(piece)...)
		return err
	})
	if err != nil {
		return err
	}
	return t.countContacts(-len(found))
}

// EndImport records that an import was taken back. What was kept for that goes.
func (t *tx) EndImport(no campaign.EntryNo, u campaign.Undone) error {
	err := t.add(undoneRows, no, int64(u.Import), int64(u.Removed), int64(u.Restored), int64(u.Kept), millis(u.At))
	if err == nil {
		_, err = t.exec("DELETE FROM import_change WHERE import = $1", int64(u.Import))
	}
	return translate("store.EndImport", err)
}

// ForgetChanges lets go of what was kept to take imports back that are older.
func (t *tx) ForgetChanges(before time.Time) error {
	_, err := t.exec("DELETE FROM import_change WHERE import IN (SELECT id FROM import WHERE at < $1)", millis(before))
	return translate("store.ForgetChanges", err)
}
