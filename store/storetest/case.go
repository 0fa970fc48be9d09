package storetest

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// asks opens a case of a person with its entry.
func asks(tx campaign.Tx, who campaign.ContactID, kind campaign.CaseKind) (campaign.Case, error) {
	id, err := tx.NextCase()
	if err != nil {
		return campaign.Case{}, err
	}
	c := campaign.Case{ID: id, Number: campaign.LinkID{15: byte(id)}, Contact: who, Kind: kind, State: campaign.CaseOpen, OpenedAt: tx.Now(), DueAt: tx.Now().Add(30 * 24 * time.Hour), Closed: campaign.NoEntry}
	if c.Entry, err = tx.Append(campaign.Entry{Kind: campaign.EntryCaseOpened, Contact: who, Payload: map[string]any{"case": id, "number": hex.EncodeToString(c.Number[:]), "asked": kind, "due": c.DueAt}}); err != nil {
		return c, err
	}
	return c, tx.OpenCase(c)
}

// extends gives a case more days with its entry.
func extends(tx campaign.Tx, c campaign.Case, days int, because string) (campaign.Case, error) {
	was := c.DueAt
	c.DueAt, c.Because = was.Add(time.Duration(days)*24*time.Hour), because
	no, err := tx.Append(campaign.Entry{Kind: campaign.EntryCaseExtended, Contact: c.Contact, Payload: map[string]any{"case": c.ID, "was": was, "due": c.DueAt, "because": because}})
	if err != nil {
		return c, err
	}
	c.Extended = no
	return c, tx.ExtendCase(c, was)
}

func closes(tx campaign.Tx, c campaign.Case, note string) error {
	no, err := tx.Append(campaign.Entry{Kind: campaign.EntryCaseClosed, Contact: c.Contact, Payload: map[string]any{"case": c.ID, "note": note}})
	if err != nil {
		return err
	}
	return tx.CloseCase(c.ID, note, no)
}

// cases: of each kind one is open per person, and each is closed once.
func cases(t *testing.T, h Harness) {
	w := newWorld(t, h)
	var first, second campaign.Case
	w.update(func(tx campaign.Tx) (err error) {
		if first, err = asks(tx, 7, campaign.CaseErase); err != nil {
			return err
		}
		second, err = asks(tx, 8, campaign.CaseErase)
		return err
	})
	w.refused(fault.Conflict, func(tx campaign.Tx) error { _, err := asks(tx, 7, campaign.CaseErase); return err })
	w.pass(time.Hour)
	w.update(func(tx campaign.Tx) error { return closes(tx, first, "done by letter") })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return closes(tx, first, "once more") })
	w.update(func(tx campaign.Tx) error { _, err := asks(tx, 7, campaign.CaseErase); return err })
	w.view(func(r campaign.Reader) error {
		got, err := r.Case(first.ID)
		w.must(err)
		if got.State != campaign.CaseDone || got.Note != "done by letter" || got.ClosedAt.IsZero() || got.Closed == campaign.NoEntry || !got.DueAt.Equal(first.DueAt) {
			t.Errorf("%+v", got)
		}
		got, err = r.Case(second.ID)
		w.must(err)
		same(t, second, got)
		if _, err := r.Case(99); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown case: %v", err)
		}
		for _, c := range []struct {
			state campaign.CaseState
			after campaign.CaseID
			limit int
			want  int
		}{{"", 0, 10, 3}, {campaign.CaseOpen, 0, 10, 2}, {campaign.CaseDone, 0, 10, 1}, {"", first.ID, 1, 1}} {
			page, err := r.CasePage(c.state, c.after, c.limit)
			w.must(err)
			if len(page) != c.want {
				t.Errorf("%q after %d: %d, want %d", c.state, c.after, len(page), c.want)
			}
		}
		for before, want := range map[campaign.CaseID]int{0: 1, first.ID: 0, first.ID + 1: 1} {
			ended, err := r.CasesEnded(before, 10)
			w.must(err)
			if len(ended) != want || want > 0 && ended[0].ID != first.ID {
				t.Errorf("ended before %d: %+v", before, ended)
			}
		}
		held, err := r.HeldSince(w.clock().Add(time.Hour), []campaign.ContactID{7, 8, 9})
		w.must(err)
		if !slices.Equal(held, []campaign.ContactID{7, 8}) {
			t.Errorf("open cases hold %v", held)
		}
		of, err := r.CasesOf(7)
		w.must(err)
		if len(of) != 2 || of[0].ID != first.ID {
			t.Errorf("%+v", of)
		}
		return nil
	})
	w.whole()
}

// casesProven changes by hand what the ledger says of a case.
func casesProven(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.update(func(tx campaign.Tx) error { _, err := asks(tx, 7, campaign.CaseAccess); return err })
	w.whole()
	trigger := h.Triggered(t, w.DB)
	for _, query := range []string{"UPDATE subject_case SET due_at = due_at + 1", "UPDATE subject_case SET kind = 'erase'", "DELETE FROM subject_case"} {
		if _, err := trigger.Exec(query); err == nil {
			t.Errorf("%s was allowed", query)
		}
	}
	db := h.Bare(t, w.DB)
	for _, c := range []struct{ change, back, says string }{
		{"UPDATE subject_case SET due_at = due_at + 86400000", "UPDATE subject_case SET due_at = due_at - 86400000", "case 1"},
		{"UPDATE subject_case SET kind = 'erase'", "UPDATE subject_case SET kind = 'access'", "case 1"},
		{"UPDATE subject_case SET contact = 8", "UPDATE subject_case SET contact = 7", "case 1"},
		{"UPDATE subject_case SET state = 'done', closed_at = 5, closed_entry = 0", "UPDATE subject_case SET state = 'open', closed_at = 0, closed_entry = NULL", "case 1"},
		{"DELETE FROM subject_case", "", "case.opened"},
	} {
		mustExec(t, db, c.change)
		w.found(c.change, []string{c.says})
		if c.back != "" {
			mustExec(t, db, c.back)
			w.whole()
		}
	}
}

// casesExtended: an open case gets more time from when it is due, once for each entry, and what says so is held against the ledger.
func casesExtended(t *testing.T, h Harness) {
	w := newWorld(t, h)
	var c, first campaign.Case
	w.update(func(tx campaign.Tx) (err error) {
		if first, err = asks(tx, 7, campaign.CaseAccess); err == nil {
			_, err = asks(tx, 8, campaign.CaseAccess)
		}
		return err
	})
	w.update(func(tx campaign.Tx) (err error) { c, err = extends(tx, first, 20, "many lists"); return err })
	w.update(func(tx campaign.Tx) (err error) { c, err = extends(tx, c, 10, "more lists yet"); return err })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { _, err := extends(tx, first, 25, "from a day that is past"); return err })
	w.view(func(r campaign.Reader) error {
		got, err := r.Case(c.ID)
		same(t, c, got)
		f, ferr := r.CasesDue()
		w.must(ferr)
		if f.Open != 2 || !f.Due.Equal(first.DueAt) { // the other one
			t.Errorf("%+v", f)
		}
		return err
	})
	w.whole()
	trigger := h.Triggered(t, w.DB)
	for _, query := range []string{"UPDATE subject_case SET due_at = due_at + 1", "UPDATE subject_case SET due_at = (SELECT min(due) FROM case_extension) WHERE id = 1", "UPDATE case_extension SET because = 'x'", "DELETE FROM case_extension"} {
		if _, err := trigger.Exec(query); err == nil {
			t.Errorf("%s was allowed", query)
		}
	}
	db := h.Bare(t, w.DB)
	for _, x := range []struct{ change, back string }{
		{"UPDATE subject_case SET due_at = due_at + 86400000 WHERE id = 1", "UPDATE subject_case SET due_at = due_at - 86400000 WHERE id = 1"},
		{"UPDATE case_extension SET because = 'more lists' WHERE because = 'more lists yet'", "UPDATE case_extension SET because = 'more lists yet' WHERE because = 'more lists'"},
		{"UPDATE case_extension SET subject_case = 2", "UPDATE case_extension SET subject_case = 1"},
		{"UPDATE case_extension SET was = was - 1 WHERE because = 'many lists'", "UPDATE case_extension SET was = was + 1 WHERE because = 'many lists'"},
		{"DELETE FROM case_extension WHERE because = 'many lists'", ""},
	} {
		mustExec(t, db, x.change)
		w.found(x.change, []string{"case"})
		if x.back != "" {
			mustExec(t, db, x.back)
			w.whole()
		}
	}
	w.update(func(tx campaign.Tx) error { return closes(tx, c, "sent") })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { _, err := extends(tx, c, 1, "too late"); return err })
}

// casesByHand: a request that arrived another way runs from its day on, and that day is held against the ledger.
func casesByHand(t *testing.T, h Harness) {
	w := newWorld(t, h)
	day := campaign.DateOf(w.clock()).AddDays(-3)
	c := campaign.Case{Number: campaign.LinkID{1}, Contact: 7, Kind: campaign.CaseErase, State: campaign.CaseOpen, OpenedAt: day.Time(), DueAt: day.AddMonths(1).Time(), Closed: campaign.NoEntry}
	w.update(func(tx campaign.Tx) (err error) {
		if c.ID, err = tx.NextCase(); err != nil {
			return err
		}
		if c.Entry, err = tx.Append(campaign.Entry{Kind: campaign.EntryCaseOpened, Contact: 7, Payload: map[string]any{"case": c.ID, "number": hex.EncodeToString(c.Number[:]), "asked": c.Kind, "due": c.DueAt, "received": day.String()}}); err != nil {
			return err
		}
		return tx.OpenCase(c)
	})
	w.view(func(r campaign.Reader) error {
		got, err := r.Case(c.ID)
		same(t, c, got)
		known, kerr := r.CasesKnown([]campaign.LinkID{c.Number, {2}})
		w.must(kerr)
		same(t, map[campaign.LinkID]campaign.Case{c.Number: c}, known)
		return err
	})
	w.whole()
	db := h.Bare(t, w.DB)
	for _, by := range []string{"86400000", "-86400000", "1"} {
		mustExec(t, db, "UPDATE subject_case SET opened_at = opened_at + "+by)
		w.found("the day moved by "+by, []string{"case 1"})
		mustExec(t, db, "UPDATE subject_case SET opened_at = opened_at - "+by)
		w.whole()
	}
}
