package store

import (
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Opening is the funnel that the entry of a campaign's start keeps.
func (t *tx) Opening(id campaign.CampaignID) (f campaign.Funnel, err error) {
	var payload []byte
	err = t.row([]any{&payload}, `SELECT p.payload FROM entry e JOIN entry_payload p ON p.seq = e.seq
WHERE e.campaign = $1 AND e.kind = $2 ORDER BY e.seq LIMIT 1`, int64(id), string(campaign.EntryStarted))
	if errors.Is(err, sql.ErrNoRows) {
		return f, fault.New(fault.Internal, "ledger.no_start", "no entry of the ledger says whom the campaign was to ask").At("store.Opening").Hint("reoptin ledger verify")
	}
	var said struct {
		Audience campaign.Funnel `json:"audience"`
	}
	if err == nil {
		err = json.Unmarshal(payload, &said)
	}
	return said.Audience, translate("store.Opening", err)
}

// Ends counts the invitations of a campaign that reached nobody.
func (t *tx) Ends(id campaign.CampaignID) ([]campaign.End, error) {
	out, err := all(t, func(scan func(...any) error) (e campaign.End, err error) {
		return e, scan(&e.Route, &e.State, &e.Reason, &e.People)
	}, `SELECT route, state, reason, count(*) FROM invitation WHERE campaign = $1 AND state IN ('refused', 'withheld')
GROUP BY route, state, reason ORDER BY state, route, count(*) DESC, reason`, int64(id))
	return out, translate("store.Ends", err)
}

// Settlements counts what became of a campaign's invitations of unknown outcome: the end that followed each doubt.
func (t *tx) Settlements(id campaign.CampaignID) ([]campaign.Settlement, error) {
	out, err := all(t, func(scan func(...any) error) (s campaign.Settlement, err error) {
		return s, scan(&s.To, &s.Entry, &s.Reason, &s.Invitations)
	}, `WITH doubted AS (SELECT DISTINCT s.invitation FROM sending s JOIN invitation i ON i.id = s.invitation WHERE s.outcome = 'uncertain' AND i.campaign = $1),
ends AS (
  SELECT s.entry, s.outcome, s.reason, lag(s.outcome) OVER (PARTITION BY s.invitation ORDER BY s.entry, s.n) AS was
  FROM doubted d JOIN sending s ON s.invitation = d.invitation)
SELECT ends.outcome, e.kind, ends.reason, count(*) FROM ends JOIN entry e ON e.seq = ends.entry WHERE ends.was = 'uncertain'
GROUP BY ends.outcome, e.kind, ends.reason ORDER BY ends.outcome, e.kind, ends.reason`, int64(id))
	return out, translate("store.Settlements", err)
}

// LedgerHead is the ledger's size and root.
func (t *tx) LedgerHead() (campaign.LedgerHead, error) {
	h, err := t.readHead()
	if err != nil {
		return campaign.LedgerHead{}, translate("store.LedgerHead", err)
	}
	return campaign.LedgerHead{Size: h.Size, Root: h.Root}, nil
}
