package store

import (
	"encoding/json"
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// mostFaults bounds how many disagreements one question reports.
const mostFaults = 100

// crossCheck holds the tables that people act on against the evidence behind them.
func (t *tx) crossCheck() (faults []ledger.Fault, err error) {
	for _, q := range disagreements {
		if err := t.disagree(q, &faults); err != nil {
			return nil, err
		}
	}
	for _, check := range []func(*[]ledger.Fault) error{t.checkFiles, t.checkCampaigns, t.checkImports, t.checkPinned, t.checkDecisions, t.checkAccounts, t.checkCases, t.checkVouchers} {
		if err := check(&faults); err != nil {
			return nil, err
		}
	}
	return faults, nil
}

// disagreement is a question whose every answer is a fault. Its rows are an entry number, or -1, and
// the number of what is named.
type disagreement struct{ what, query string }

// lastSending joins each invitation with its newest row of evidence.
const lastSending = `FROM invitation i LEFT JOIN sending s ON s.invitation = i.id
AND NOT EXISTS (SELECT 1 FROM sending l WHERE l.invitation = i.id AND (l.entry > s.entry OR l.entry = s.entry AND l.n > s.n)) `

var disagreements = []disagreement{
	{"ledger_head %d: there is one head, of number 1, with the time of the newest entry", `SELECT -1, h.one FROM ledger_head h
WHERE h.one <> 1 OR h.at <> coalesce((SELECT e.at FROM entry e ORDER BY e.seq DESC LIMIT 1), 0)`},
	{"invitation %d: its state, attempt, message, reply or time of sending is not what its last sending row says", `SELECT coalesce(s.entry, -1), i.id ` + lastSending + `
WHERE i.state IN ('sent', 'refused', 'uncertain') AND (s.entry IS NULL OR s.outcome <> i.state OR s.sent_at <> i.sent_at
  OR s.message_id <> i.message_id OR s.message_sha256 <> i.message_sha256 OR s.attempt <> i.attempt OR s.reason <> i.reason OR s.reply <> i.reply)
OR s.attempt > i.attempt OR i.state NOT IN ('sent', 'refused', 'uncertain') AND s.entry IS NOT NULL AND s.outcome <> 'planned'
OR i.state IN ('planned', 'claimed', 'withheld') AND i.sent_at <> 0 ORDER BY i.id`},
	{"invitation %d: a sending row of it is of another contact or campaign", `SELECT e.seq, s.invitation FROM sending s JOIN entry e ON e.seq = s.entry
LEFT JOIN invitation i ON i.id = s.invitation
WHERE i.id IS NULL OR e.contact NOT IN (0, i.contact) OR e.campaign NOT IN (0, i.campaign) ORDER BY s.entry`},
	{"invitation %d: it was asked, or is being asked, without holding the keys of its person", `SELECT DISTINCT -1, i.id FROM invitation i
JOIN invitation_key k ON k.invitation = i.id LEFT JOIN person_key p ON p.key = k.key AND p.kind = k.kind
WHERE i.state IN ('claimed', 'sending', 'sent', 'refused', 'uncertain') AND (p.key IS NULL OR coalesce(p.invitation, 0) <> i.id AND NOT EXISTS (
  SELECT 1 FROM person_key_next n WHERE n.key = k.key AND n.kind = k.kind)) ORDER BY i.id`},
	{"invitation %d: it was asked, or is being asked, and has no key of its person", `SELECT -1, i.id FROM invitation i
WHERE i.state IN ('claimed', 'sending', 'sent', 'refused', 'uncertain') AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = i.id) ORDER BY i.id`},
	{"invitation %d: it holds a key that is not one of its person", `SELECT DISTINCT -1, p.invitation FROM person_key p
WHERE p.invitation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = p.invitation AND k.key = p.key AND k.kind = p.kind)
ORDER BY p.invitation`},
	{"invitation %d: it is withheld and holds a key", `SELECT DISTINCT -1, i.id FROM invitation i JOIN person_key p ON p.invitation = i.id
WHERE i.state = 'withheld' AND NOT EXISTS (SELECT 1 FROM person_key_next n WHERE n.key = p.key AND n.kind = p.kind) ORDER BY i.id`},
	{"campaign %d: its status is not what its last entry says", `SELECT coalesce(e.seq, -1), c.id FROM campaign c
LEFT JOIN entry e ON e.seq = (SELECT max(l.seq) FROM entry l WHERE l.campaign = c.id AND l.campaign <> 0 AND l.kind LIKE 'campaign.%')
WHERE NOT CASE c.status WHEN 'draft' THEN coalesce(e.kind, 'campaign.approved') IN ('campaign.approved', 'campaign.voided')
  WHEN 'approved' THEN coalesce(e.kind, '') = 'campaign.approved' WHEN 'running' THEN coalesce(e.kind, '') IN ('campaign.started', 'campaign.resumed')
  WHEN 'paused' THEN coalesce(e.kind, '') = 'campaign.paused' WHEN 'closed' THEN coalesce(e.kind, '') = 'campaign.closed' ELSE 0 END ORDER BY c.id`},
	{"campaign %d: it is lost, and what it did is not", `SELECT min(x.entry), x.campaign FROM (
  SELECT -1 AS entry, i.campaign FROM invitation i
  UNION SELECT e.seq, e.campaign FROM entry e WHERE e.campaign <> 0 AND e.kind IN ('campaign.started', 'campaign.paused', 'campaign.resumed', 'campaign.closed')) x
WHERE NOT EXISTS (SELECT 1 FROM campaign c WHERE c.id = x.campaign) GROUP BY x.campaign ORDER BY x.campaign`},
	{"campaign %d: the approval it names is not its last one, or it is a draft and names one", `SELECT c.approval, c.id FROM campaign c
WHERE c.status = 'draft' AND c.approval <> -1 OR c.status <> 'draft' AND c.approval <> coalesce((SELECT max(a.entry) FROM approval a WHERE a.campaign = c.id), -1) ORDER BY c.id`},
	{"silence row of invitation %d: the person answered, or was not asked by the campaign that closed", `SELECT s.entry, s.invitation FROM silence s
JOIN entry e ON e.seq = s.entry LEFT JOIN invitation i ON i.id = s.invitation
WHERE i.id IS NULL OR e.campaign NOT IN (0, i.campaign) OR EXISTS (SELECT 1 FROM response r WHERE r.invitation = s.invitation AND r.entry < s.entry) ORDER BY s.entry`},
}

func (t *tx) disagree(q disagreement, faults *[]ledger.Fault) error {
	return t.each(func(scan func(...any) error) error {
		var seq, id int64
		if err := scan(&seq, &id); err != nil {
			return err
		}
		*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf(q.what, id)})
		return nil
	}, q.query+fmt.Sprintf(" LIMIT %d", mostFaults))
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
		for _, r := range rs {
			if err := t.checkDecision(r, faults); err != nil {
				return err
			}
		}
		after = rs[len(rs)-1].Entry
	}
}

func (t *tx) checkDecision(r campaign.Response, faults *[]ledger.Fault) error {
	es, err := all(t, scanEntry, selectEntry+"WHERE e.seq = $1", int64(r.Entry))
	if err != nil || len(es) == 0 || es[0].Erased {
		return err // a missing entry or payload has been named already
	}
	var said struct {
		Receipt   string              `json:"receipt_id"`
		Decisions []campaign.Decision `json:"decisions"`
	}
	if json.Unmarshal(es[0].Payload, &said) != nil {
		return nil // named already: its commitment does not match
	}
	if said.Receipt != "" && said.Receipt != r.ID || said.Decisions != nil && !sameDecisions(said.Decisions, r.Decisions) {
		*faults = append(*faults, ledger.Fault{Seq: int64(r.Entry), What: fmt.Sprintf("response of entry %d: it is not what the entry says was decided", r.Entry)})
	}
	return nil
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
