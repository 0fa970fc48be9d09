package store

import (
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// Counting the invitations and answers of a campaign takes as long as there are people. So two sums are kept. How many
// invitations stand where is written with what moves them: once a transaction, however many it moves. What people did
// is only ever added to, entry by entry: a sum up to some entry stays right, and what came later is little.

// standing is where invitations of a campaign stand.
type standing struct {
	campaign campaign.CampaignID
	route    campaign.Route
	state    campaign.State
}

// under are the states of what is under way, which nobody keeps a sum of.
func under(s campaign.State) bool { return s == campaign.Claimed || s == campaign.Sending }

// count notes that some invitations came to stand somewhere, or left it.
func (t *tx) count(c campaign.CampaignID, r campaign.Route, s campaign.State, by int64) {
	if under(s) {
		return
	}
	if t.moved == nil {
		t.moved = map[standing]int64{}
	}
	t.moved[standing{c, r, s}] += by
}

// countWithheld notes what becomes of planned and claimed invitations that are about to be withheld.
func (t *tx) countWithheld(which string, args ...any) error {
	return t.each(func(scan func(...any) error) error {
		var at standing
		var n int64
		err := scan(&at.campaign, &at.route, &at.state, &n)
		t.count(at.campaign, at.route, at.state, -n)
		t.count(at.campaign, at.route, campaign.Withheld, n)
		return err
	}, "SELECT campaign, route, state, count(*) FROM invitation WHERE "+which+" AND state IN ('planned', 'claimed') GROUP BY campaign, route, state", args...)
}

// putStates writes what was noted.
func (t *tx) putStates() error {
	var rows [][]any
	for at, by := range t.moved {
		if by != 0 {
			rows = append(rows, []any{int64(at.campaign), string(at.route), string(at.state), by})
		}
	}
	t.moved = nil
	return translate("store.putStates", t.insertMany("INSERT INTO state_count (campaign, route, state, invitations) VALUES", rows,
		"ON CONFLICT (campaign, route, state) DO UPDATE SET invitations = state_count.invitations + excluded.invitations"))
}

// States counts a campaign's invitations by where they stand.
func (t *tx) States(id campaign.CampaignID) (map[campaign.State]int, error) {
	out, err := t.states(id, "")
	return out, translate("store.States", err)
}

// LetterStates counts a campaign's letters by where they stand.
func (t *tx) LetterStates(id campaign.CampaignID) (map[campaign.State]int, error) {
	out, err := t.states(id, campaign.RouteLetter)
	return out, translate("store.LetterStates", err)
}

// Those under way are found by an index, which does not know their route.
const (
	allStates = `SELECT state, invitations FROM state_count WHERE campaign = $1
UNION ALL SELECT state, count(*) FROM invitation WHERE campaign = $1 AND state IN ('claimed', 'sending') GROUP BY state`
	routeStates = `SELECT state, invitations FROM state_count WHERE campaign = $1 AND route = $2
UNION ALL SELECT state, count(*) FROM invitation WHERE campaign = $1 AND state IN ('claimed', 'sending') AND route = $2 GROUP BY state`
)

// states counts a campaign's invitations of one route, or of all.
func (t *tx) states(id campaign.CampaignID, route campaign.Route) (map[campaign.State]int, error) {
	out := map[campaign.State]int{}
	query, args := allStates, []any{int64(id)}
	if route != "" {
		query, args = routeStates, append(args, string(route))
	}
	err := t.each(func(scan func(...any) error) error {
		var s campaign.State
		var n int
		err := scan(&s, &n)
		if out[s] += n; out[s] == 0 {
			delete(out, s)
		}
		return err
	}, query, args...)
	for at, by := range t.moved {
		if at.campaign == id && (route == "" || at.route == route) && by != 0 {
			out[at.state] += int(by)
		}
	}
	return out, err
}

// sums are what a campaign's people did, up to an entry.
type sums struct {
	upto                                               campaign.EntryNo
	people, granted, withdrawn, hard, soft, complaints int
}

// Tally counts what a campaign's people have done. Whoever answered is counted once, by where they
// stand now: with at least one yes, else as withdrawn if there ever was one, else as refused.
func (t *tx) Tally(id campaign.CampaignID) (out campaign.Tally, err error) {
	if out.Invitations, err = t.States(id); err != nil {
		return out, err
	}
	s, err := t.sumsOf(id)
	if err == nil {
		err = t.addSince(id, &s, math.MaxInt64)
	}
	if err == nil && out.Invitations[campaign.Refused] > 0 { // few, and found by an index
		err = t.row([]any{&out.Astray}, `SELECT count(*) FROM invitation i WHERE i.campaign = $1 AND i.state = 'refused'
AND EXISTS (SELECT 1 FROM response r WHERE r.invitation = i.id)`, int64(id))
	}
	out.People, out.Granted, out.Withdrawn, out.Refused = s.people, s.granted, s.withdrawn, s.people-s.granted-s.withdrawn
	out.Hard, out.Soft, out.Complaints = s.hard, s.soft, s.complaints
	return out, translate("store.Tally", err)
}

func (t *tx) sumsOf(id campaign.CampaignID) (s sums, err error) {
	s.upto = campaign.NoEntry
	err = t.row([]any{&s.upto, &s.people, &s.granted, &s.withdrawn, &s.hard, &s.soft, &s.complaints},
		"SELECT upto, people, granted, withdrawn, hard, soft, complaints FROM tally WHERE campaign = $1", int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return s, err
}

// stood counts those who answered after one entry and up to another, by where they stood at a third.
const stood = `WITH latest AS (
  SELECT r.invitation, d.state, row_number() OVER (PARTITION BY r.invitation, d.purpose, d.channel ORDER BY r.entry DESC) AS age
  FROM (SELECT DISTINCT invitation FROM response WHERE entry > $2 AND entry <= $3 AND campaign = $1) AS w
  CROSS JOIN response r ON r.invitation = w.invitation JOIN decision d ON d.entry = r.entry WHERE r.entry <= $4 AND r.campaign = $1),
person AS (
  SELECT invitation, max(CASE WHEN age = 1 AND state = 'granted' THEN 1 ELSE 0 END) AS yes,
         max(CASE WHEN state IN ('granted', 'withdrawn') THEN 1 ELSE 0 END) AS once
  FROM latest GROUP BY invitation)
SELECT count(*), coalesce(sum(yes), 0), coalesce(sum(CASE WHEN yes = 0 AND once = 1 THEN 1 ELSE 0 END), 0) FROM person`

// addSince adds what came after the entry up to which was added before, up to another.
func (t *tx) addSince(id campaign.CampaignID, s *sums, upto campaign.EntryNo) error {
	from := s.upto
	for _, at := range []struct {
		entry campaign.EntryNo
		sign  int
	}{{upto, 1}, {from, -1}} {
		var people, granted, withdrawn int
		if at.entry < 0 {
			continue // before anything nobody stood anywhere
		}
		if err := t.row([]any{&people, &granted, &withdrawn}, stood, int64(id), int64(from), int64(upto), int64(at.entry)); err != nil {
			return err
		}
		s.people, s.granted, s.withdrawn = s.people+at.sign*people, s.granted+at.sign*granted, s.withdrawn+at.sign*withdrawn
	}
	var hard, complaints, returned, soft int
	err := t.row([]any{&hard, &complaints}, `SELECT count(DISTINCT CASE WHEN s.reason = 'bounce' AND e.kind <> 'bounced' THEN s.entry END),
  count(DISTINCT CASE WHEN s.reason = 'complaint' THEN s.entry END)
FROM suppression s CROSS JOIN entry e WHERE s.entry > $2 AND s.entry <= $3 AND e.seq = s.entry AND e.campaign = $1 AND s.reason IN ('bounce', 'complaint')`,
		int64(id), int64(from), int64(upto))
	if err != nil {
		return err
	}
	err = t.row([]any{&returned, &soft}, `SELECT count(DISTINCT CASE WHEN b.meaning = 'hard' THEN b.invitation END), count(DISTINCT CASE WHEN b.meaning = 'soft' THEN b.invitation END)
FROM bounce b CROSS JOIN invitation i ON i.id = b.invitation WHERE b.entry > $2 AND b.entry <= $3 AND i.campaign = $1
AND NOT EXISTS (SELECT 1 FROM bounce o WHERE o.invitation = b.invitation AND o.meaning = b.meaning AND o.entry <= $2)`, int64(id), int64(from), int64(upto))
	s.upto, s.hard, s.soft, s.complaints = upto, s.hard+hard+returned, s.soft+soft, s.complaints+complaints
	return err
}

// AddUp keeps what the people of every campaign did until now, so that the next who asks need not count it again.
func (t *tx) AddUp() error {
	last, err := t.LastEntry()
	if err != nil || last < 0 {
		return err
	}
	ids, err := t.numbers("SELECT id FROM campaign WHERE started_at > 0 ORDER BY id")
	for n := 0; n < len(ids) && err == nil; n++ {
		var s sums
		if s, err = t.sumsOf(campaign.CampaignID(ids[n])); err == nil && s.upto < last {
			err = t.addUp(ids[n], &s, last)
		}
	}
	return translate("store.AddUp", err)
}

func (t *tx) addUp(id int64, s *sums, last campaign.EntryNo) error {
	if err := t.addSince(campaign.CampaignID(id), s, last); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO tally (campaign, upto, people, granted, withdrawn, hard, soft, complaints) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (campaign) DO UPDATE SET upto = excluded.upto, people = excluded.people, granted = excluded.granted, withdrawn = excluded.withdrawn,
hard = excluded.hard, soft = excluded.soft, complaints = excluded.complaints`, id, int64(s.upto), s.people, s.granted, s.withdrawn, s.hard, s.soft, s.complaints)
	return err
}

// PutStock keeps what was found of the whole base.
func (t *tx) PutStock(s campaign.Stock) error {
	_, err := t.exec(`INSERT INTO stock (one, at, size, unasked, ending, ends, over) VALUES (1, $1, $2, $3, $4, $5, $6)
ON CONFLICT (one) DO UPDATE SET at = excluded.at, size = excluded.size, unasked = excluded.unasked, ending = excluded.ending, ends = excluded.ends, over = excluded.over`,
		millis(s.At), int64(s.Size), s.Unasked, s.Ending, s.Ends.Day(), s.Over)
	return translate("store.PutStock", err)
}

// Stock is what was last found; its time is zero when nobody has looked yet.
func (t *tx) Stock() (s campaign.Stock, err error) {
	var at, ends int64
	err = t.row([]any{&at, &s.Size, &s.Unasked, &s.Ending, &ends, &s.Over}, "SELECT at, size, unasked, ending, ends, over FROM stock")
	if errors.Is(err, sql.ErrNoRows) {
		return campaign.Stock{}, nil
	}
	s.At, s.Ends = fromMillis(at), campaign.DateOf(time.Unix(ends*86400, 0).UTC())
	return s, translate("store.Stock", err)
}

// LastEntry is the newest entry.
func (t *tx) LastEntry() (no campaign.EntryNo, err error) {
	err = t.row([]any{&no}, "SELECT coalesce(max(seq), -1) FROM entry")
	return no, translate("store.LastEntry", err)
}

// EntriesOf counts entries of some kinds that came after one.
func (t *tx) EntriesOf(after campaign.EntryNo, kinds ...campaign.EntryKind) (n int, err error) {
	args := []any{int64(after)}
	for _, k := range kinds {
		args = append(args, string(k))
	}
	err = t.row([]any{&n}, "SELECT count(*) FROM entry WHERE seq > $1 AND kind IN ("+places(2, len(kinds))+")", args...)
	return n, translate("store.EntriesOf", err)
}
