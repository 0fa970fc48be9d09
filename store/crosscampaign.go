package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// lived is a campaign's row, and what its entries say of its life.
type lived struct {
	id                    int64
	name                  string
	status                campaign.Status
	started, closed       int64 // of the row
	saidStarted, saidEnds int64 // of the entries
	misnamed              bool  // an entry since it started gives another name
}

// checkCampaigns holds the names and times of campaigns against the entries of their acts.
func (t *tx) checkCampaigns(faults *[]ledger.Fault) error {
	var now *lived
	end := func() {
		if now != nil && now.wrong() && len(*faults) < mostFaults {
			*faults = append(*faults, ledger.Fault{Seq: -1, What: fmt.Sprintf("campaign %d: its name, start or end is not what its entries say", now.id)})
		}
	}
	err := t.each(func(scan func(...any) error) error {
		var l lived
		var kind campaign.EntryKind
		var at int64
		var payload []byte
		if err := scan(&l.id, &l.name, &l.status, &l.started, &l.closed, &kind, &at, &payload); err != nil {
			return err
		}
		if now == nil || now.id != l.id {
			end()
			now = &l
		}
		now.hear(kind, at, payload)
		return nil
	}, `SELECT c.id, c.name, c.status, c.started_at, c.closed_at, coalesce(e.kind, ''), coalesce(e.at, 0), p.payload FROM campaign c
LEFT JOIN entry e ON e.campaign = c.id AND e.campaign <> 0 AND e.kind IN ('campaign.started', 'campaign.paused', 'campaign.resumed', 'campaign.closed')
LEFT JOIN entry_payload p ON p.seq = e.seq ORDER BY c.id, e.seq`)
	end()
	return err
}

// hear takes in one entry. The time of an act is what the clock said; the entry's own is never before
// that of the entry before it.
func (l *lived) hear(kind campaign.EntryKind, at int64, payload []byte) {
	var said struct {
		At       string `json:"at"`
		Campaign string `json:"campaign"`
	}
	if json.Unmarshal(payload, &said) == nil {
		at = stated(said.At, at)
		l.misnamed = l.misnamed || said.Campaign != "" && said.Campaign != l.name
	}
	switch {
	case kind == campaign.EntryStarted && l.saidStarted == 0:
		l.saidStarted = at
	case kind == campaign.EntryClosed:
		l.saidEnds = at
	}
}

func (l *lived) wrong() bool {
	return l.misnamed || l.started != l.saidStarted || l.closed != l.saidEnds
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
func (t *tx) checkImports(faults *[]ledger.Fault) error {
	rows, err := t.Imports()
	if err != nil {
		return err
	}
	stored := map[campaign.ImportID]campaign.Import{}
	for _, r := range rows {
		r.Undone = time.Time{} // a row of its own
		stored[r.ID] = r
	}
	err = t.each(func(scan func(...any) error) error {
		var seq, at int64
		var payload []byte
		if err := scan(&seq, &at, &payload); err != nil {
			return err
		}
		var said imported
		if json.Unmarshal(payload, &said) != nil || said.ID == nil {
			return nil
		}
		want := said.row(at)
		if row, ok := stored[want.ID]; !ok || row != want {
			*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("import %d: its row is lost, or not what its entry says", want.ID)})
		}
		delete(stored, want.ID)
		return nil
	}, "SELECT e.seq, e.at, p.payload FROM entry e JOIN entry_payload p ON p.seq = e.seq WHERE e.kind = $1 ORDER BY e.seq", string(campaign.EntryImported))
	for _, r := range rows {
		if _, unproven := stored[r.ID]; unproven {
			*faults = append(*faults, ledger.Fault{Seq: -1, What: fmt.Sprintf("import %d: no entry tells of it", r.ID)})
		}
	}
	return err
}
