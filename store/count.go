package store

import (
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// CountEnds adds to the figures of some mailbox providers and gives their new sums.
func (t *tx) CountEnds(id campaign.CampaignID, by map[string]campaign.Figures) (map[string]campaign.Figures, error) {
	rows := make([][]any, 0, len(by))
	for p, f := range by {
		rows = append(rows, []any{int64(id), p, f.Ended, f.Hard, f.Complaints, f.Refused, f.Uncertain})
	}
	sums := make(map[string]campaign.Figures, len(by))
	err := many(rows, func(_ [][]any, values string, args []any) error {
		return t.each(func(scan func(...any) error) error {
			p, err := scanFigures(scan)
			sums[p.Provider] = p.Figures
			return err
		}, `INSERT INTO delivery_count (campaign, provider, ended, hard, complaints, refused, uncertain) VALUES `+values+`
ON CONFLICT (campaign, provider) DO UPDATE SET ended = delivery_count.ended + excluded.ended, hard = delivery_count.hard + excluded.hard,
complaints = delivery_count.complaints + excluded.complaints, refused = delivery_count.refused + excluded.refused, uncertain = delivery_count.uncertain + excluded.uncertain
RETURNING provider, ended, hard, complaints, refused, uncertain`, args...)
	})
	return sums, translate("store.CountEnds", err)
}

func scanFigures(scan func(...any) error) (p campaign.ProviderFigures, err error) {
	return p, scan(&p.Provider, &p.Ended, &p.Hard, &p.Complaints, &p.Refused, &p.Uncertain)
}

// CountEarlier adds to what came back of messages that ended before the campaign was last resumed, and gives the new sums.
func (t *tx) CountEarlier(id campaign.CampaignID, by map[string]campaign.Figures) (map[string]campaign.Figures, error) {
	rows := make([][]any, 0, len(by))
	for p, f := range by {
		rows = append(rows, []any{int64(id), p, 0, 0, 0, 0, 0, f.Hard, f.Complaints})
	}
	sums := make(map[string]campaign.Figures, len(by))
	err := many(rows, func(_ [][]any, values string, args []any) error {
		return t.each(func(scan func(...any) error) error {
			var p campaign.ProviderFigures
			err := scan(&p.Provider, &p.Ended, &p.Hard, &p.Complaints)
			sums[p.Provider] = p.Figures
			return err
		}, `INSERT INTO delivery_count (campaign, provider, ended, hard, complaints, refused, uncertain, earlier_hard, earlier_complaints) VALUES `+values+`
ON CONFLICT (campaign, provider) DO UPDATE SET earlier_hard = delivery_count.earlier_hard + excluded.earlier_hard,
earlier_complaints = delivery_count.earlier_complaints + excluded.earlier_complaints
RETURNING provider, earlier, earlier_hard, earlier_complaints`, args...)
	})
	return sums, translate("store.CountEarlier", err)
}

// FiguresOf gives the figures of all, then those of the n mailbox providers with most messages.
func (t *tx) FiguresOf(id campaign.CampaignID, n int) ([]campaign.ProviderFigures, error) {
	ps, err := all(t, scanFigures, `SELECT provider, ended, hard, complaints, refused, uncertain FROM delivery_count WHERE campaign = $1
AND ended + hard + complaints + refused + uncertain > 0 ORDER BY CASE provider WHEN '' THEN 0 ELSE 1 END, ended DESC, provider LIMIT $2`, int64(id), n+1)
	return ps, translate("store.FiguresOf", err)
}

// ForgetEnds lets a campaign count anew. What came back until now is not heard any more; of what ended until now it is kept how
// many there were, for what comes back of them.
func (t *tx) ForgetEnds(id campaign.CampaignID) error {
	_, err := t.exec(`UPDATE delivery_count SET earlier = earlier + ended, earlier_hard = 0, earlier_complaints = 0,
ended = 0, hard = 0, complaints = 0, refused = 0, uncertain = 0 WHERE campaign = $1`, int64(id))
	if err == nil {
		_, err = t.exec("UPDATE campaign SET heard = "+lastEntry+", anew = "+lastEntry+" WHERE id = $1", int64(id))
	}
	return translate("store.ForgetEnds", err)
}

// lastEntry is the newest entry of a campaign.
const lastEntry = "coalesce((SELECT max(e.seq) FROM entry e WHERE e.campaign = $1 AND e.campaign <> 0), -1)"

// HeardTo notes up to which entry bounces and complaints were counted.
func (t *tx) HeardTo(id campaign.CampaignID, no campaign.EntryNo) error {
	return found(t.must("store.HeardTo", "UPDATE campaign SET heard = $2 WHERE id = $1", int64(id), int64(no)))
}

// LateEnds lists the bounces and complaints of a campaign that are no answer of the relay: those stand with
// the end of their delivery, under an entry that says refused. Nor is a mailbox that works and whose person has left a bounce.
func (t *tx) LateEnds(id campaign.CampaignID, after campaign.EntryNo) (late []campaign.Late, upTo campaign.EntryNo, err error) {
	var heard campaign.EntryNo
	if err = t.row([]any{&upTo, &heard}, "SELECT "+lastEntry+", heard FROM campaign WHERE id = $1", int64(id)); err != nil {
		return nil, after, translate("store.LateEnds", err)
	}
	after = max(after, heard)
	late, err = all(t, func(scan func(...any) error) (l campaign.Late, err error) {
		return l, scan(&l.Entry, &l.Complaint, &l.Email, &l.Earlier)
	}, `SELECT e.seq, max(CASE s.reason WHEN 'complaint' THEN 1 ELSE 0 END), coalesce(max(i.email), ''),
(SELECT coalesce(min(n.entry), -1) FROM sending n WHERE n.invitation = max(i.id) AND n.attempt = max(i.attempt) AND n.outcome <> 'planned') <= (SELECT c.anew FROM campaign c WHERE c.id = $1)
  AND (SELECT c.anew FROM campaign c WHERE c.id = $1) >= 0
FROM entry e CROSS JOIN suppression s LEFT JOIN invitation i ON i.campaign = e.campaign AND i.contact = e.contact
WHERE s.entry = e.seq AND e.campaign = $1 AND e.campaign <> 0 AND e.seq > $2 AND e.seq <= $3 AND e.kind <> 'refused' AND s.reason IN ('bounce', 'complaint') AND s.lifts = 0 AND coalesce(i.route, 'email') <> 'letter'
AND NOT EXISTS (SELECT 1 FROM bounce b WHERE b.entry = e.seq AND b.meaning = 'left')
GROUP BY e.seq ORDER BY e.seq`, int64(id), int64(after), int64(upTo))
	return late, upTo, translate("store.LateEnds", err)
}

// Resumed reports whether somebody resumed a campaign since an entry of it.
func (t *tx) Resumed(id campaign.CampaignID, after campaign.EntryNo) (since bool, err error) {
	var n int
	err = t.row([]any{&n}, "SELECT count(*) FROM entry WHERE campaign = $1 AND campaign <> 0 AND seq > $2 AND kind = $3", int64(id), int64(after), string(campaign.EntryResumed))
	return n > 0, translate("store.Resumed", err)
}

// SetCanary notes until when a campaign waits for what comes back of its first wave.
func (t *tx) SetCanary(id campaign.CampaignID, until time.Time) error {
	return found(t.must("store.SetCanary", "UPDATE campaign SET canary_until = $2 WHERE id = $1", int64(id), millis(until)))
}

// Begin notes when a campaign's first turn came.
func (t *tx) Begin(id campaign.CampaignID) error {
	_, err := t.exec("UPDATE campaign SET begun_at = $2 WHERE id = $1 AND begun_at = 0", int64(id), millis(t.now))
	return translate("store.Begin", err)
}
