package store

import (
	"database/sql"

	"github.com/reoptin/reoptin/campaign"
)

const selectCase = "SELECT id, contact, kind, state, opened_at, due_at, closed_at, note, entry, coalesce(closed_entry, -1) FROM subject_case "

func scanCase(scan func(...any) error) (c campaign.Case, err error) {
	var opened, due, closed int64
	err = scan(&c.ID, &c.Contact, &c.Kind, &c.State, &opened, &due, &closed, &c.Note, &c.Entry, &c.Closed)
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

// OpenCase keeps a request under its own number, as of when it was asked for. A second open one of its kind is fault.Conflict.
func (t *tx) OpenCase(c campaign.Case) error {
	_, err := t.exec("INSERT INTO subject_case (id, contact, kind, opened_at, due_at, entry) VALUES ($1, $2, $3, $4, $5, $6)",
		int64(c.ID), int64(c.Contact), string(c.Kind), millis(c.OpenedAt), millis(c.DueAt), int64(c.Entry))
	return translate("store.OpenCase", err)
}

// CloseCase ends an open case, once.
func (t *tx) CloseCase(id campaign.CaseID, note string, no campaign.EntryNo) error {
	return t.must("store.CloseCase", "UPDATE subject_case SET state = 'done', closed_at = $1, note = $2, closed_entry = $3 WHERE id = $4 AND state = 'open'",
		millis(t.now), note, int64(no), int64(id))
}
