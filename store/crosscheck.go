package store

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// mostFaults bounds how many disagreements one question reports.
const mostFaults = 100

// crossCheck holds the tables that people act on against the evidence behind them; of invitations, those that are in doubt.
func (t *tx) crossCheck(odd doubts) (faults []ledger.Fault, err error) {
	told, keys := sorted(odd.told), sorted(odd.keys)
	for _, q := range tellings {
		if err := t.disagreeOn(q, told, &faults); err != nil {
			return nil, err
		}
	}
	if err := t.checkPinned(told, &faults); err != nil {
		return nil, err
	}
	for _, q := range holdings {
		if err := t.disagreeOn(q, keys, &faults); err != nil {
			return nil, err
		}
	}
	if len(keys) > 0 {
		for _, q := range heldByNone {
			if err := t.disagree(q, &faults); err != nil {
				return nil, err
			}
		}
	}
	return faults, nil
}

// checkActs holds the other tables that people act on against the evidence behind them.
func (t *tx) checkActs() (faults []ledger.Fault, err error) {
	for _, q := range disagreements {
		if err := t.disagree(q, &faults); err != nil {
			return nil, err
		}
	}
	for _, check := range []func(*[]ledger.Fault) error{t.checkFiles, t.checkDecisions, t.checkVouchers} {
		if err := check(&faults); err != nil {
			return nil, err
		}
	}
	acts, err := t.readActs()
	if err != nil {
		return nil, err
	}
	return faults, errors.Join(
		t.checkCampaigns(acts, &faults),
		t.checkImports(acts, &faults),
		t.checkAccounts(acts, &faults),
		t.checkTokens(acts, &faults),
		t.checkCases(acts, &faults),
	)
}

// disagreement is a question whose every answer is a fault. Its rows are an entry number, or -1, and
// the number of what is named.
type disagreement struct{ what, query string }

// lastSending joins some invitations with the newest row of evidence of each.
const lastSending = `FROM invitation i LEFT JOIN sending s ON s.invitation = i.id
AND NOT EXISTS (SELECT 1 FROM sending l WHERE l.invitation = i.id AND (l.entry > s.entry OR l.entry = s.entry AND l.n > s.n)) `

// tellings ask, of some invitations, for what is not as the ledger tells. holdings ask for keys that they lack, heldByNone for
// keys that nobody should hold: keys are not found by invitation, so that these go through all of them.
var (
	tellings = []disagreement{
		{"invitation %d: its state, attempt, message, reply or time of sending is not what its last sending row says", `SELECT coalesce(s.entry, -1), i.id ` + lastSending + `
WHERE i.id IN (%s) AND (i.state IN ('sent', 'refused', 'uncertain') AND (s.entry IS NULL OR s.outcome <> i.state OR s.sent_at <> i.sent_at
  OR s.message_id <> i.message_id OR s.message_sha256 <> i.message_sha256 OR s.attempt <> i.attempt OR s.reason <> i.reason OR s.reply <> i.reply)
OR s.attempt > i.attempt OR i.state NOT IN ('sent', 'refused', 'uncertain') AND s.entry IS NOT NULL AND s.outcome <> 'planned'
OR i.state IN ('planned', 'claimed', 'withheld') AND i.sent_at <> 0) ORDER BY i.id`},
		{"invitation %d: a sending row of it is of another contact or campaign", `SELECT e.seq, s.invitation FROM sending s JOIN entry e ON e.seq = s.entry
LEFT JOIN invitation i ON i.id = s.invitation
WHERE s.invitation IN (%s) AND (i.id IS NULL OR e.contact NOT IN (0, i.contact) OR e.campaign NOT IN (0, i.campaign)) ORDER BY s.entry`},
	}
	holdings = []disagreement{
		{"invitation %d: it was asked, or is being asked, without holding the keys of its person", `SELECT DISTINCT -1, i.id FROM invitation i
JOIN invitation_key k ON k.invitation = i.id LEFT JOIN person_key p ON p.key = k.key AND p.kind = k.kind
WHERE i.id IN (%s) AND i.state IN ('claimed', 'sending', 'sent', 'refused', 'uncertain') AND (p.key IS NULL OR coalesce(p.invitation, 0) <> i.id AND NOT EXISTS (
  SELECT 1 FROM person_key_next n WHERE n.key = k.key AND n.kind = k.kind)) ORDER BY i.id`},
		{"invitation %d: it was asked, or is being asked, and has no key of its person", `SELECT -1, i.id FROM invitation i
WHERE i.id IN (%s) AND i.state IN ('claimed', 'sending', 'sent', 'refused', 'uncertain') AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = i.id)
ORDER BY i.id`},
	}
	heldByNone = []disagreement{
		{"invitation %d: it holds a key that is not one of its person", `SELECT DISTINCT -1, p.invitation FROM person_key p
WHERE p.invitation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = p.invitation AND k.key = p.key AND k.kind = p.kind)
ORDER BY p.invitation`},
		{"invitation %d: it is withheld and holds a key", `SELECT DISTINCT -1, i.id FROM invitation i JOIN person_key p ON p.invitation = i.id
WHERE i.state = 'withheld' AND NOT EXISTS (SELECT 1 FROM person_key_next n WHERE n.key = p.key AND n.kind = p.kind) ORDER BY i.id`},
	}
)

var disagreements = []disagreement{
	{"ledger_head %d: there is one head, of number 1, with the time of the newest entry", `SELECT -1, h.one FROM ledger_head h
WHERE h.one <> 1 OR h.at <> coalesce((SELECT e.at FROM entry e ORDER BY e.seq DESC LIMIT 1), 0)`},
	{"campaign %d: the approval it names is not its last one, or it is a draft and names one", `SELECT c.approval, c.id FROM campaign c
WHERE c.status = 'draft' AND c.approval <> -1 OR c.status <> 'draft' AND c.approval <> coalesce((SELECT max(a.entry) FROM approval a WHERE a.campaign = c.id), -1) ORDER BY c.id`},
	{"silence row of invitation %d: the person answered, or was not asked by the campaign that closed", `SELECT s.entry, s.invitation FROM silence s
JOIN entry e ON e.seq = s.entry LEFT JOIN invitation i ON i.id = s.invitation
WHERE i.id IS NULL OR e.campaign NOT IN (0, i.campaign) OR EXISTS (SELECT 1 FROM response r WHERE r.invitation = s.invitation AND r.entry < s.entry) ORDER BY s.invitation`},
}

// disagreeOn asks a question of some invitations, whose numbers go where it has %s.
func (t *tx) disagreeOn(q disagreement, ids []int64, faults *[]ledger.Fault) error {
	most := len(*faults) + mostFaults
	return chunks(ids, mostParameters, func(ids []int64) error {
		if len(*faults) >= most {
			return nil
		}
		return t.disagree(disagreement{q.what, fmt.Sprintf(q.query, places(1, len(ids)))}, faults, ids...)
	})
}

func (t *tx) disagree(q disagreement, faults *[]ledger.Fault, ids ...int64) error {
	return t.each(func(scan func(...any) error) error {
		var seq, id int64
		if err := scan(&seq, &id); err != nil {
			return err
		}
		*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf(q.what, id)})
		return nil
	}, q.query+fmt.Sprintf(" LIMIT %d", mostFaults), anys(ids)...)
}

// checkFiles looks whether what a campaign works with is what was approved.
func (t *tx) checkFiles(faults *[]ledger.Fault) error {
	return t.each(func(scan func(...any) error) error {
		var seq, id int64
		var name, file, frozen, hash, payload string
		if err := scan(&seq, &id, &name, &file, &frozen, &hash, &payload); err != nil {
			return err
		}
		var f campaign.Frozen
		var said struct {
			Hash string `json:"content_sha256"`
		}
		if decode(frozen, &f) != nil || decode(payload, &said) != nil {
			*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("campaign %d: its approved content cannot be read", id)})
			return nil
		}
		if approved, err := encode(f.File); err != nil || approved != file || f.File.Name != "" && f.File.Name != name {
			*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("campaign %d: its name or file is not the one that was approved", id)})
		}
		if said.Hash != "" && said.Hash != hash {
			*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("campaign %d: the hash of its content is not the one in the approval", id)})
		}
		return nil
	}, `SELECT a.entry, c.id, c.name, c.file, a.frozen, a.hash, coalesce(p.payload, '') FROM campaign c JOIN approval a ON a.entry = c.approval
LEFT JOIN entry_payload p ON p.seq = a.entry WHERE c.status <> 'draft' ORDER BY c.id`)
}

// outOfOrder is an index that does not give rows in its order: whoever read on from the last one would
// read for ever.
func outOfOrder(table string) error {
	return fault.New(fault.Internal, "store.disorder", "the database file is damaged: an index of {table} is out of order", "table", table).At("store.VerifyLedger").
		Hint("put back the database from a backup, and leave send.journal as it is")
}

// checkDecisions holds the stored decisions against those that the entry of the answer states.
func (t *tx) checkDecisions(faults *[]ledger.Fault) error {
	after := campaign.NoEntry
	for {
		rs, err := t.ResponsePage(0, after, 500)
		if err != nil || len(rs) == 0 {
			return err
		}
		if rs[len(rs)-1].Entry <= after {
			return outOfOrder("response")
		}
		payloads := map[campaign.EntryNo][]byte{} // a missing entry or payload has been named already
		err = t.stream(func(row []driver.Value) error {
			payloads[campaign.EntryNo(number(row[0]))] = octets(row[1])
			return nil
		}, `SELECT p.seq, p.payload FROM response r CROSS JOIN entry_payload p WHERE p.seq = r.entry AND r.entry BETWEEN $1 AND $2`, int64(rs[0].Entry), int64(rs[len(rs)-1].Entry))
		if err != nil {
			return err
		}
		for _, r := range rs {
			if !decided(payloads[r.Entry], r) {
				*faults = append(*faults, ledger.Fault{Seq: int64(r.Entry), What: fmt.Sprintf("response of entry %d: it is not what the entry says was decided", r.Entry)})
			}
		}
		after = rs[len(rs)-1].Entry
	}
}

// decided reports whether a payload says the same of an answer, as far as it can be read.
func decided(payload []byte, r campaign.Response) bool {
	var said struct {
		Receipt   string              `json:"receipt_id"`
		Decisions []campaign.Decision `json:"decisions"`
	}
	if json.Unmarshal(payload, &said) != nil {
		return true // named already: its commitment does not match
	}
	return (said.Receipt == "" || said.Receipt == r.ID) && (said.Decisions == nil || sameDecisions(said.Decisions, r.Decisions))
}

func sameDecisions(a, b []campaign.Decision) bool {
	said := map[campaign.Decision]bool{}
	for _, d := range a {
		said[d] = true
	}
	for _, d := range b {
		if !said[d] {
			return false
		}
	}
	return len(a) == len(b)
}
