package store

import (
	"database/sql"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

const selectCase = `SELECT id, number, contact, kind, state, opened_at, due_at, closed_at, note, c.entry, coalesce(closed_entry, -1), coalesce(x.because, ''), coalesce(x.entry, 0)
FROM subject_case c LEFT JOIN case_extension x ON x.subject_case = c.id AND x.due = c.due_at `

func scanCase(scan func(...any) error) (c campaign.Case, err error) {
	var opened, due, closed int64
	var number []byte
	err = scan(&c.ID, &number, &c.Contact, &c.Kind, &c.State, &opened, &due, &closed, &c.Note, &c.Entry, &c.Closed, &c.Because, &c.Extended)
	copy(c.Number[:], number)
	c.OpenedAt, c.DueAt, c.ClosedAt = fromMillis(opened), fromMillis(due), fromMillis(closed)
	return c, err
}

// Case is one case by its number.
func (t *tx) Case(id campaign.CaseID) (campaign.Case, error) {
	found, err := all(t, scanCase, selectCase+"WHERE id = $1", int64(id))
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return campaign.Case{}, translate("store.Case", err)
	}
	return found[0], nil
}

// CasesOf lists what one person asked for, the oldest first.
func (t *tx) CasesOf(id campaign.ContactID) ([]campaign.Case, error) {
	found, err := all(t, scanCase, selectCase+"WHERE contact = $1 ORDER BY id", int64(id))
	return found, translate("store.CasesOf", err)
}

// CasesKnown gives those of some numbers that there are.
func (t *tx) CasesKnown(numbers []campaign.LinkID) (map[campaign.LinkID]campaign.Case, error) {
	known := map[campaign.LinkID]campaign.Case{}
	err := chunks(numbers, mostParameters, func(piece []campaign.LinkID) error {
		values := make([]any, len(piece))
		for i := range piece {
			values[i] = piece[i][:]
		}
		found, err := all(t, scanCase, selectCase+"WHERE length(number) = 16 AND number IN ("+places(1, len(piece))+")", values...)
		for _, c := range found {
			known[c.Number] = c
		}
		return err
	})
	return known, translate("store.CasesKnown", err)
}

// CasePage lists cases by number, in one state or in both.
func (t *tx) CasePage(s campaign.CaseState, after campaign.CaseID, limit int) ([]campaign.Case, error) {
	found, err := all(t, scanCase, selectCase+"WHERE id > $1 AND (state = $2 OR $2 = '') ORDER BY id LIMIT $3", int64(after), string(s), int64(limit))
	return found, translate("store.CasePage", err)
}

// CasesEnded lists the cases that are done, the newest number first.
func (t *tx) CasesEnded(before campaign.CaseID, limit int) ([]campaign.Case, error) {
	found, err := all(t, scanCase, selectCase+"WHERE state = 'done' AND (id < $1 OR $1 = 0) ORDER BY id DESC LIMIT $2", int64(before), int64(limit))
	return found, translate("store.CasesEnded", err)
}

// CasesDue counts the open cases.
func (t *tx) CasesDue() (f campaign.CaseFigures, err error) {
	var due int64
	err = t.row([]any{&f.Open, &f.Overdue, &due}, `SELECT count(*), coalesce(sum(CASE WHEN due_at < $1 THEN 1 ELSE 0 END), 0), coalesce(min(due_at), 0)
FROM subject_case WHERE state = 'open'`, millis(t.now))
	f.Due = fromMillis(due)
	return f, translate("store.CasesDue", err)
}

// NextCase is the number that the next case gets.
func (t *tx) NextCase() (id campaign.CaseID, err error) {
	err = t.row([]any{&id}, "SELECT coalesce(max(id), 0) + 1 FROM subject_case")
	return id, translate("store.NextCase", err)
}

// OpenCase keeps a request under its own ID, as of when it was asked for. A second open one of its kind is fault.Conflict.
func (t *tx) OpenCase(c campaign.Case) error {
	var closed, no any = int64(0), nil
	if c.State == campaign.CaseDone {
		closed, no = millis(c.ClosedAt), int64(c.Closed)
	}
	_, err := t.exec("INSERT INTO subject_case (id, number, contact, kind, state, opened_at, due_at, closed_at, note, entry, closed_entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		int64(c.ID), c.Number[:], int64(c.Contact), string(c.Kind), string(c.State), millis(c.OpenedAt), millis(c.DueAt), closed, c.Note, int64(c.Entry), no)
	return translate("store.OpenCase", err)
}

// ExtendCase gives an open case more time than it had.
func (t *tx) ExtendCase(c campaign.Case, was time.Time) error {
	_, err := t.exec("INSERT INTO case_extension (entry, subject_case, was, due, because) VALUES ($1, $2, $3, $4, $5)", int64(c.Extended), int64(c.ID), millis(was), millis(c.DueAt), c.Because)
	if err != nil {
		return translate("store.ExtendCase", err)
	}
	return t.must("store.ExtendCase", "UPDATE subject_case SET due_at = $1 WHERE id = $2 AND state = 'open' AND due_at = $3", millis(c.DueAt), int64(c.ID), millis(was))
}

// CloseCase ends an open case, once.
func (t *tx) CloseCase(id campaign.CaseID, note string, no campaign.EntryNo) error {
	return t.must("store.CloseCase", "UPDATE subject_case SET state = 'done', closed_at = $1, note = $2, closed_entry = $3 WHERE id = $4 AND state = 'open'",
		millis(t.now), note, int64(no), int64(id))
}
