package store

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// casePayload is what the entries of a case say that its row says too.
type casePayload struct {
	Asked  campaign.CaseKind `json:"asked"`
	Due    time.Time         `json:"due"`
	Case   campaign.CaseID   `json:"case"`
	Number string            `json:"number"` // "" from before the send journal knew of requests
	Note   string            `json:"note"`

	Was     time.Time `json:"was"` // of an extension
	Because string    `json:"because"`

	Received string    `json:"received"`
	AskedAt  time.Time `json:"asked_at"`
}

// opens reports whether a case opened when its entry, written at some time, says: then, at the begin of the day on which
// a request arrived that was entered by hand, or, of one that the send journal brought back, when the journal says.
func (p casePayload) opens(c campaign.Case, at time.Time) bool {
	if !p.AskedAt.IsZero() {
		return c.OpenedAt.Equal(p.AskedAt)
	}
	if p.Received == "" {
		return c.OpenedAt.Equal(at)
	}
	day, err := campaign.ParseDate(p.Received)
	return err == nil && c.OpenedAt.Equal(day.Time()) && !c.OpenedAt.After(at)
}

// checkCases holds every case against the entries that opened, extended and closed it: a day put off by hand, or a case
// closed by nobody, is found. Every such entry has its case. What was erased of an entry is not missed.
func (t *tx) checkCases(acts []act, faults *[]ledger.Fault) error {
	cs, err := all(t, scanCase, selectCase+"ORDER BY id")
	if err != nil {
		return err
	}
	first, err := t.checkExtensions(cs, faults)
	if err != nil {
		return err
	}
	for _, c := range cs {
		number := hex.EncodeToString(c.Number[:])
		for _, end := range []struct {
			no   campaign.EntryNo
			kind campaign.EntryKind
			says func(at time.Time, p *casePayload) bool
		}{
			{c.Entry, campaign.EntryCaseOpened, func(at time.Time, p *casePayload) bool {
				if p == nil { // the day is no longer held
					p = &casePayload{Case: c.ID, Number: number, Asked: c.Kind, Due: first[c.ID]}
					if !c.OpenedAt.Equal(at) {
						p.AskedAt = c.OpenedAt
					}
				}
				return p.Case == c.ID && p.Number == number && p.Asked == c.Kind && p.Due.Equal(first[c.ID]) && p.opens(c, at)
			}},
			{c.Closed, campaign.EntryCaseClosed, func(at time.Time, p *casePayload) bool {
				return at.Equal(c.ClosedAt) && (p == nil || p.Case == c.ID && p.Note == c.Note)
			}},
		} {
			if end.kind == campaign.EntryCaseClosed && c.State == campaign.CaseOpen && end.no == campaign.NoEntry && c.ClosedAt.IsZero() && c.Note == "" {
				continue
			}
			ok, err := t.saysOfCase(c.Contact, end.no, end.kind, end.says)
			if err != nil {
				return err
			}
			if !ok || end.kind == campaign.EntryCaseClosed && c.State != campaign.CaseDone {
				*faults = append(*faults, ledger.Fault{Seq: int64(end.no), What: fmt.Sprintf("case %d: it is not what its entry %s says", c.ID, end.kind)})
			}
		}
	}
	opened, err := t.unshown(acts, campaign.EntryCaseOpened, "SELECT entry FROM subject_case")
	if err != nil {
		return err
	}
	extended, err := t.unshown(acts, campaign.EntryCaseExtended, "SELECT entry FROM case_extension")
	if err != nil {
		return err
	}
	closed, err := t.unshown(acts, campaign.EntryCaseClosed, "SELECT closed_entry FROM subject_case WHERE closed_entry IS NOT NULL")
	for _, a := range slices.Concat(opened, extended, closed) {
		*faults = append(*faults, ledger.Fault{Seq: a.seq, What: "an entry " + string(a.kind) + " has no case that shows it"})
	}
	return err
}

// extension is a row that says that a case takes longer.
type extension struct {
	no       campaign.EntryNo
	of       campaign.CaseID
	was, due time.Time
	because  string
}

// checkExtensions holds every extension against its entry. Together they must lead, one from the other, to the day on which the case
// is due; first is the day on which it was due when it was opened.
func (t *tx) checkExtensions(cs []campaign.Case, faults *[]ledger.Fault) (first map[campaign.CaseID]time.Time, err error) {
	found, err := all(t, func(scan func(...any) error) (x extension, err error) {
		var was, due int64
		err = scan(&x.no, &x.of, &was, &due, &x.because)
		x.was, x.due = fromMillis(was), fromMillis(due)
		return x, err
	}, "SELECT entry, subject_case, was, due, because FROM case_extension ORDER BY entry")
	if err != nil {
		return nil, err
	}
	of := map[campaign.CaseID][]extension{}
	for _, x := range found {
		of[x.of] = append(of[x.of], x)
	}
	wrong := func(x extension) {
		*faults = append(*faults, ledger.Fault{Seq: int64(x.no), What: fmt.Sprintf("case %d: it is not what its entry %s says", x.of, campaign.EntryCaseExtended)})
	}
	first = map[campaign.CaseID]time.Time{}
	for _, c := range cs {
		first[c.ID] = c.DueAt
		next := c.DueAt
		for _, x := range slices.Backward(of[c.ID]) {
			ok, err := t.saysOfCase(c.Contact, x.no, campaign.EntryCaseExtended, func(_ time.Time, p *casePayload) bool {
				return p == nil || p.Case == c.ID && p.Was.Equal(x.was) && p.Due.Equal(x.due) && p.Because == x.because
			})
			if err != nil {
				return nil, err
			}
			if !ok || !x.due.Equal(next) {
				wrong(x)
			}
			first[c.ID], next = x.was, x.was
		}
	}
	for _, x := range found {
		if _, known := first[x.of]; !known {
			wrong(x)
		}
	}
	return first, nil
}

// saysOfCase reports whether an entry is of a kind and a person, and its time and payload say what they should. What was
// erased is nil.
func (t *tx) saysOfCase(who campaign.ContactID, no campaign.EntryNo, want campaign.EntryKind, says func(at time.Time, p *casePayload) bool) (ok bool, err error) {
	err = t.each(func(scan func(...any) error) error {
		var kind campaign.EntryKind
		var contact campaign.ContactID
		var when int64
		var payload string
		var leaf []byte
		if err := scan(&kind, &contact, &when, &leaf, &payload); err != nil {
			return err
		}
		var p *casePayload
		if payload != "" {
			p = new(casePayload)
		}
		if ok = kind == want && (contact == who || contact == 0); !ok {
			return nil
		}
		if p != nil {
			ok = decode(payload, p) == nil
			p.Number = cmp.Or(p.Number, hex.EncodeToString(leaf[:min(len(leaf), 16)])) // as migration 27 wrote it
		}
		ok = ok && says(fromMillis(when), p)
		return nil
	}, "SELECT e.kind, e.contact, e.at, e.leaf_hash, coalesce(p.payload, '') FROM entry e LEFT JOIN entry_payload p ON p.seq = e.seq WHERE e.seq = $1", int64(no))
	return ok, err
}
