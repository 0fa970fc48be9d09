package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// act is an entry of a kind that is rare, with what it says.
type act struct {
	seq          int64
	kind         campaign.EntryKind
	campaign, at int64
	payload      []byte // nil when it was erased
}

// readActs reads the entries that tell of campaigns, imports, accounts and cases, in one pass over all entries: these are not
// found by their kind.
func (t *tx) readActs() (acts []act, err error) {
	err = t.stream(func(row []driver.Value) error {
		acts = append(acts, act{number(row[0]), campaign.EntryKind(text(row[1])), number(row[2]), number(row[3]), octets(row[4])})
		return nil
	}, `SELECT e.seq, e.kind, e.campaign, e.at, p.payload FROM entry e LEFT JOIN entry_payload p ON p.seq = e.seq
WHERE e.kind IN ('campaign.approved', 'campaign.voided', 'campaign.started', 'campaign.paused', 'campaign.resumed', 'campaign.closed',
  'imported', 'user.added', 'user.disabled', 'token.added', 'token.revoked', 'case.opened', 'case.extended', 'case.closed') ORDER BY e.seq`)
	return acts, err
}

// lived is a campaign's row, and what its entries say of its life.
type lived struct {
	id                    int64
	name                  string
	status                campaign.Status
	started, closed       int64 // of the row
	saidStarted, saidEnds int64 // of the entries
	misnamed              bool  // an entry since it started gives another name
	last                  act   // -1 and of no kind when there was none
}

// checkCampaigns holds the names, times and statuses of campaigns against the entries of their acts, and finds those that are
// lost while what they did is not.
func (t *tx) checkCampaigns(acts []act, faults *[]ledger.Fault) error {
	var all []*lived
	found := map[int64]*lived{}
	err := t.stream(func(row []driver.Value) error {
		l := &lived{id: number(row[0]), name: text(row[1]), status: campaign.Status(text(row[2])), started: number(row[3]), closed: number(row[4]), last: act{seq: -1}}
		all, found[l.id] = append(all, l), l
		return nil
	}, "SELECT id, name, status, started_at, closed_at FROM campaign ORDER BY id")
	if err != nil {
		return err
	}
	lost := map[int64]int64{} // and the first entry that tells of it
	for _, a := range acts {
		l, there := found[a.campaign]
		_, missed := lost[a.campaign]
		switch {
		case a.campaign == 0 || !strings.HasPrefix(string(a.kind), "campaign."):
		case there:
			l.hear(a)
		case !missed && a.kind != campaign.EntryApproved && a.kind != campaign.EntryVoided: // of a draft there may be nothing left
			lost[a.campaign] = a.seq
		}
	}
	err = t.stream(func(row []driver.Value) error {
		lost[number(row[0])] = -1
		return nil
	}, "SELECT DISTINCT i.campaign FROM invitation i WHERE NOT EXISTS (SELECT 1 FROM campaign c WHERE c.id = i.campaign)")
	for _, id := range slices.Sorted(maps.Keys(lost)) {
		*faults = append(*faults, ledger.Fault{Seq: lost[id], What: fmt.Sprintf("campaign %d: it is lost, and what it did is not", id)})
	}
	for _, l := range all {
		if !l.fits() {
			*faults = append(*faults, ledger.Fault{Seq: l.last.seq, What: fmt.Sprintf("campaign %d: its status is not what its last entry says", l.id)})
		}
		if l.misnamed || l.started != l.saidStarted || l.closed != l.saidEnds {
			*faults = append(*faults, ledger.Fault{Seq: -1, What: fmt.Sprintf("campaign %d: its name, start or end is not what its entries say", l.id)})
		}
	}
	return err
}

// fits reports whether the last act of a campaign leads to its status.
func (l *lived) fits() bool {
	switch l.status {
	case campaign.Draft:
		return l.last.kind == "" || l.last.kind == campaign.EntryApproved || l.last.kind == campaign.EntryVoided
	case campaign.Approved:
		return l.last.kind == campaign.EntryApproved
	case campaign.Running:
		return l.last.kind == campaign.EntryStarted || l.last.kind == campaign.EntryResumed
	case campaign.Paused:
		return l.last.kind == campaign.EntryPaused
	case campaign.Closed:
		return l.last.kind == campaign.EntryClosed
	}
	return false
}

// hear takes in one entry. The time of an act is what the clock said; the entry's own is never before
// that of the entry before it.
func (l *lived) hear(a act) {
	l.last = a
	if a.kind == campaign.EntryApproved || a.kind == campaign.EntryVoided {
		return
	}
	var said struct {
		At       string `json:"at"`
		Campaign string `json:"campaign"`
	}
	at := a.at
	if json.Unmarshal(a.payload, &said) == nil {
		at = stated(said.At, at)
		l.misnamed = l.misnamed || said.Campaign != "" && said.Campaign != l.name
	}
	switch {
	case a.kind == campaign.EntryStarted && l.saidStarted == 0:
		l.saidStarted = at
	case a.kind == campaign.EntryClosed:
		l.saidEnds = at
	}
}

// stated is the time that a payload gives, or otherwise when it gives none.
func stated(text string, otherwise int64) int64 {
	if at, err := time.Parse(ledger.TimeLayout, text); err == nil {
		return millis(at)
	}
	return otherwise
}

// imported is what the entry of an import says of its row.
type imported struct {
	ID         *int64 `json:"import"`
	At         string `json:"at"`
	Source     string `json:"source"`
	SHA256     string `json:"sha256"`
	Rows       int    `json:"lines"`
	Created    int    `json:"created"`
	Updated    int    `json:"updated"`
	Unchanged  int    `json:"unchanged"`
	Duplicates int    `json:"duplicates"`
	Conflicts  int    `json:"conflicts"`
	Rejected   int    `json:"rejected"`
}

func (m imported) row(at int64) campaign.Import {
	return campaign.Import{ID: campaign.ImportID(*m.ID), Source: m.Source, SHA256: m.SHA256, At: fromMillis(stated(m.At, at)), Rows: m.Rows, Created: m.Created,
		Updated: m.Updated, Unchanged: m.Unchanged, Duplicates: m.Duplicates, Conflicts: m.Conflicts, Rejected: m.Rejected}
}

// checkImports holds the list of imports against their entries: none is changed, lost or made up.
func (t *tx) checkImports(acts []act, faults *[]ledger.Fault) error {
	rows, err := t.Imports()
	if err != nil {
		return err
	}
	stored := map[campaign.ImportID]campaign.Import{}
	for _, r := range rows {
		r.Undone = time.Time{} // a row of its own
		stored[r.ID] = r
	}
	for _, a := range acts {
		var said imported
		if a.kind != campaign.EntryImported || json.Unmarshal(a.payload, &said) != nil || said.ID == nil {
			continue
		}
		want := said.row(a.at)
		if row, ok := stored[want.ID]; !ok || row != want {
			*faults = append(*faults, ledger.Fault{Seq: a.seq, What: fmt.Sprintf("import %d: its row is lost, or not what its entry says", want.ID)})
		}
		delete(stored, want.ID)
	}
	for _, r := range rows {
		if _, unproven := stored[r.ID]; unproven {
			*faults = append(*faults, ledger.Fault{Seq: -1, What: fmt.Sprintf("import %d: no entry tells of it", r.ID)})
		}
	}
	return nil
}

// unshown are the acts of a kind that no row shows: those that are none of what a query lists.
func (t *tx) unshown(acts []act, kind campaign.EntryKind, query string) (missed []act, err error) {
	shown := map[int64]bool{}
	err = t.stream(func(row []driver.Value) error {
		shown[number(row[0])] = true
		return nil
	}, query)
	for _, a := range acts {
		if a.kind == kind && !shown[a.seq] {
			missed = append(missed, a)
		}
	}
	return missed, err
}
