package store

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// What was put off stands aside, so that finding who is due never walks over it; it comes back once,
// when its time has come, some at a time: a whole provider or time zone may come back in one moment. The plus sign keeps the index on not_before out of it, which would have all
// who are due sorted.
const (
	wake = `UPDATE invitation SET deferred = 0 WHERE id IN (SELECT i.id FROM invitation i
WHERE i.campaign = $1 AND i.state = 'planned' AND i.deferred = 1 AND i.not_before <= $2 ORDER BY i.not_before, i.id LIMIT ` + atOnce + `)`
	whereDue = `WHERE i.campaign = $1 AND i.route = 'email' AND i.state = 'planned' AND i.deferred = 0 AND +i.not_before <= $2
AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = $1 AND c.status = 'running') ORDER BY i.priority DESC, i.id LIMIT $3`
)

// Claim takes due invitations, those heard from last first. Each claimed one holds all its keys
// from here on. Those of people who said no, or whose key another invitation holds, are withheld on
// the way and do not count.
func (t *tx) Claim(c campaign.CampaignID, n int, owner string, g campaign.Gate) (claimed []campaign.Invitation, held int, err error) {
	if _, err := t.exec(wake, int64(c), millis(t.now)); err != nil {
		return nil, 0, translate("store.Claim", err)
	}
	for len(claimed) < n && held < mostHeld {
		due, back, err := t.due(c, n-len(claimed), g)
		if err != nil {
			return nil, 0, translate("store.Claim", err)
		}
		held += back
		if len(due) == 0 {
			if back > 0 {
				continue
			}
			break
		}
		won, err := t.claim(due, owner)
		if err != nil {
			return nil, 0, translate("store.Claim", err)
		}
		claimed = append(claimed, won...)
	}
	return claimed, held, nil
}

// takeTheirKeys takes the keys of some invitations, as far as nobody holds them.
const takeTheirKeys = `INSERT INTO person_key (key, kind, invitation) SELECT key, kind, invitation FROM invitation_key WHERE invitation IN (%s)
ORDER BY key ON CONFLICT DO NOTHING`

// claim claims some planned invitations. That all of them may be is taken for granted first, since it
// nearly always holds and the database refuses it otherwise; then each is looked at.
func (t *tx) claim(due []campaign.Invitation, owner string) ([]campaign.Invitation, error) {
	if _, err := t.exec("SAVEPOINT claim"); err != nil {
		return nil, err
	}
	won := make([]campaign.Invitation, len(due))
	for n, i := range due {
		won[n] = claimedBy(i, owner)
	}
	err := chunks(idsOf(due), mostParameters, func(piece []int64) error {
		_, err := t.exec(fmt.Sprintf(takeTheirKeys, places(1, len(piece))), anys(piece)...)
		return err
	})
	if err == nil {
		err = t.markClaimed(won, owner)
	}
	if fault.Is(translate("store.Claim", err), fault.Conflict) {
		if _, err = t.exec("ROLLBACK TO claim"); err == nil {
			won, err = t.claimEach(due, owner)
		}
	}
	if err != nil {
		return nil, err // the whole part is undone
	}
	_, err = t.exec("RELEASE claim")
	return won, err
}

func claimedBy(i campaign.Invitation, owner string) campaign.Invitation {
	i.State, i.Owner = campaign.Claimed, owner
	i.Attempt++
	return i
}

// claimEach claims or withholds each of some planned invitations.
func (t *tx) claimEach(due []campaign.Invitation, owner string) ([]campaign.Invitation, error) {
	var keys []campaign.PersonKey
	for _, i := range due {
		keys = slices.Concat(keys, i.Keys)
	}
	no, err := t.SuppressedKeys(keys)
	if err != nil {
		return nil, err
	}
	taken, err := t.KeysTaken(keys)
	if err != nil {
		return nil, err
	}
	var won []campaign.Invitation
	var holding [][]any
	var suppressed, asked []int64
	for _, i := range due {
		switch {
		case anyOf(i.Keys, func(k campaign.PersonKey) bool { s, known := no[k]; return known && !s.Lifts }):
			suppressed = append(suppressed, int64(i.ID))
		case anyOf(i.Keys, func(k campaign.PersonKey) bool { by, held := taken[k]; return held && by != i.ID }):
			asked = append(asked, int64(i.ID))
		default:
			holding = append(holding, hold(i, taken)...)
			won = append(won, claimedBy(i, owner))
		}
	}
	if _, err := t.withhold(suppressed, campaign.WithheldSuppressed); err != nil {
		return nil, err
	}
	if _, err := t.withhold(asked, campaign.WithheldAsked); err != nil {
		return nil, err
	}
	if err := t.insertMany("INSERT INTO person_key (key, kind, invitation) VALUES", holding, ""); err != nil {
		return nil, err
	}
	return won, t.markClaimed(won, owner)
}

func anyOf(keys []campaign.PersonKey, is func(campaign.PersonKey) bool) bool {
	for _, k := range keys {
		if is(k) {
			return true
		}
	}
	return false
}

// hold lists the keys of an invitation that it does not hold yet, and notes them in taken.
func hold(i campaign.Invitation, taken map[campaign.PersonKey]campaign.InvitationID) (rows [][]any) {
	for n := range i.Keys {
		k := &i.Keys[n]
		if _, held := taken[*k]; held {
			continue
		}
		rows = append(rows, []any{k.Digest[:], string(k.Kind), int64(i.ID)})
		taken[*k] = i.ID
	}
	return rows
}

func idsOf(is []campaign.Invitation) []int64 {
	ids := make([]int64, len(is))
	for n := range is {
		ids[n] = int64(is[n].ID)
	}
	return ids
}

func (t *tx) markClaimed(won []campaign.Invitation, owner string) error {
	ids := idsOf(won)
	marked := int64(0)
	err := chunks(ids, mostParameters, func(piece []int64) error {
		n, err := t.exec(fmt.Sprintf("UPDATE invitation SET state = 'claimed', owner = $1, attempt = attempt + 1 WHERE id IN (%s) AND state = 'planned'", places(2, len(piece))),
			append([]any{owner}, anys(piece)...)...)
		marked += n
		return err
	})
	if err == nil && marked != int64(len(ids)) {
		err = fault.New(fault.Conflict, "store.lost", "the present state does not allow this").At("store.Claim")
	}
	for n := 0; n < len(won) && err == nil; n++ {
		t.count(won[n].Campaign, won[n].Route, campaign.Planned, -1)
	}
	return err
}

// unclaim takes back the claims on messages to some contacts, whose record is another now: they were looked at before it was, and are
// looked at anew with the next claim. No commit of the old one is won.
func (t *tx) unclaim(contacts []int64) error {
	return chunks(contacts, mostParameters, func(piece []int64) error { // the plus sign: few are claimed, and many may be changed
		return t.each(func(scan func(...any) error) error {
			var c campaign.CampaignID
			err := scan(&c)
			t.count(c, campaign.RouteEmail, campaign.Planned, 1)
			return err
		}, `UPDATE invitation SET state = 'planned', owner = '' WHERE campaign IN (SELECT id FROM campaign WHERE status IN ('running', 'paused'))
AND state = 'claimed' AND route = 'email' AND +contact IN (`+places(1, len(piece))+`) RETURNING campaign`, anys(piece)...)
	})
}

// mostCommits bounds how many messages one statement commits.
const mostCommits = 64

// Commit is the point of no return, for a whole batch in one statement: of the messages given, those
// whose claim is still ours, whose person has not said no and whose campaign is running.
func (t *tx) Commit(owner string, ms []campaign.Message) (won []campaign.InvitationID, err error) {
	err = chunks(ms, mostCommits, func(piece []campaign.Message) error {
		args := []any{owner, millis(t.now)}
		for i := range piece {
			m := &piece[i]
			args = append(args, int64(m.Invitation), m.Attempt, m.MessageID, m.SHA256)
		}
		return t.each(func(scan func(...any) error) error {
			var id campaign.InvitationID
			err := scan(&id)
			won = append(won, id)
			return err
		}, fmt.Sprintf(commitQuery, tuples(3, 4, len(piece))), args...)
	})
	return won, translate("store.Commit", err)
}

const commitQuery = `UPDATE invitation SET state = 'sending', sent_at = $2, message_id = v.column3, message_sha256 = v.column4
FROM (VALUES %s) AS v
WHERE invitation.id = v.column1 AND invitation.attempt = v.column2 AND invitation.state = 'claimed' AND invitation.owner = $1
AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = invitation.campaign AND c.status = 'running')
AND NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = invitation.id AND 0 = (
  SELECT s.lifts FROM suppression s WHERE s.key = k.key AND s.kind = k.kind ORDER BY s.entry DESC, s.n DESC LIMIT 1))
RETURNING id`

// Settle ends deliveries: sent, refused and uncertain need an entry, planned again has none.
func (t *tx) Settle(ends []campaign.Settled) error {
	byID := make(map[campaign.InvitationID]*campaign.Settled, len(ends))
	rows := make([][]any, len(ends))
	for n := range ends {
		s := &ends[n]
		if err := provable(s); err != nil {
			return err
		}
		sent := int64(0)
		if s.To == campaign.Sent {
			sent = millis(t.now)
		}
		again := s.To == campaign.Planned
		rows[n] = []any{int64(s.Invitation), s.Owner, string(s.To), s.Reason, s.Reply, s.MessageID, s.SHA256, millis(s.NotBefore), sent,
			flag(again && s.NotBefore.After(t.now)), millis(t.now)}
		byID[s.Invitation] = s
	}
	var proven []sendingRow
	var again []int64
	err := many(rows, func(_ [][]any, values string, args []any) error {
		return t.each(func(scan func(...any) error) error {
			var r sendingRow
			if err := scan(append([]any{&r.invitation}, r.into()...)...); err != nil {
				return err
			}
			s := byID[r.invitation]
			t.count(r.campaign, r.route, s.To, 1)
			if r.outcome, r.reason, r.reply, r.entry = s.To, s.Reason, s.Reply, s.Entry; s.To == campaign.Planned {
				again = append(again, int64(s.Invitation))
			} else {
				proven = append(proven, r)
			}
			return nil
		}, fmt.Sprintf(settleQuery, values), args...)
	})
	if err == nil && len(proven)+len(again) != len(ends) {
		return fault.New(fault.Conflict, "store.lost", "the present state does not allow this").At("store.Settle")
	}
	if err == nil {
		err = t.prove(proven)
	}
	if err == nil {
		err = t.withholdClosed(again)
	}
	return translate("store.Settle", err)
}

// settleQuery keeps when a message may first have left: an uncertain one's time is that of its commit.
const settleQuery = `UPDATE invitation SET state = v.column3, owner = '', reason = v.column4, reply = v.column5,
message_id = CASE WHEN v.column6 = '' THEN message_id ELSE v.column6 END, message_sha256 = CASE WHEN v.column7 = '' THEN message_sha256 ELSE v.column7 END,
not_before = CASE WHEN v.column3 = 'planned' THEN v.column8 ELSE not_before END, deferred = v.column10,
sent_at = CASE WHEN v.column3 <> 'uncertain' THEN v.column9 WHEN sent_at = 0 THEN v.column11 ELSE sent_at END
FROM (VALUES %s) AS v
WHERE invitation.id = v.column1 AND invitation.owner = v.column2 AND invitation.state IN ('claimed', 'sending')
RETURNING invitation.id, ` + sendingColumns

func provable(s *campaign.Settled) error {
	switch s.To {
	case campaign.Sent, campaign.Refused, campaign.Uncertain:
		if s.Entry < 0 {
			return fault.New(fault.Internal, "store.uncovered", "an invitation that is {state} needs a ledger entry", "state", s.To).At("store.Settle")
		}
	case campaign.Planned:
	default:
		return fault.New(fault.Internal, "store.outcome", "no delivery ends as {state}", "state", s.To).At("store.Settle")
	}
	return nil
}

// sendingRow is a row of sending: what the invitation became, as its own row says.
type sendingRow struct {
	entry          campaign.EntryNo
	invitation     campaign.InvitationID
	outcome        campaign.State
	campaign       campaign.CampaignID
	route          campaign.Route
	attempt        int64
	reason, reply  string
	messageID, sha string
	sentAt         int64
}

const (
	sendingColumns   = "campaign, route, attempt, message_id, message_sha256, sent_at"
	returningSending = "RETURNING " + sendingColumns
)

func (s *sendingRow) into() []any {
	return []any{&s.campaign, &s.route, &s.attempt, &s.messageID, &s.sha, &s.sentAt}
}

// prove keeps the evidence of outcomes.
func (t *tx) prove(rows []sendingRow) error {
	list := make([]covered, len(rows))
	for n, s := range rows {
		list[n] = covered{s.entry, []any{t.place(sendingRows, s.entry), int64(s.invitation), s.attempt, string(s.outcome), s.reason, s.reply,
			s.messageID, s.sha, s.sentAt, millis(t.now)}}
	}
	made, err := t.cover(sendingRows, list)
	t.sendings = append(t.sendings, made...)
	return err
}

// withholdClosed withholds what came back to a closed campaign.
func (t *tx) withholdClosed(ids []int64) error {
	return chunks(ids, mostParameters, func(piece []int64) error {
		closed, err := all(t, func(scan func(...any) error) (id int64, err error) { return id, scan(&id) },
			"SELECT i.id FROM invitation i JOIN campaign c ON c.id = i.campaign WHERE c.status = 'closed' AND i.id IN ("+places(1, len(piece))+")", anys(piece)...)
		if err == nil && len(closed) > 0 {
			_, err = t.withhold(closed, campaign.WithheldClosed)
		}
		return err
	})
}

// settled keeps the evidence of one outcome, and withholds what came back to a closed campaign.
func (t *tx) settled(s sendingRow, no campaign.EntryNo) error {
	if s.entry = no; no >= 0 {
		if err := t.prove([]sendingRow{s}); err != nil {
			return err
		}
	}
	if s.outcome != campaign.Planned {
		return nil
	}
	return t.withholdClosed([]int64{int64(s.invitation)})
}

// lost makes a compare-and-set that found no row a fault.Conflict.
func lost(op string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.Conflict, "store.lost", "the present state does not allow this").At(op)
	}
	return translate(op, err)
}

// Recover ends what a dead sender left. Nothing of a claim has left the house; what was past the
// point of no return may have.
func (t *tx) Recover() (released, uncertain int, err error) {
	err = t.each(func(scan func(...any) error) error {
		var c campaign.CampaignID
		var route campaign.Route
		err := scan(&c, &route)
		t.count(c, route, campaign.Planned, 1)
		released++
		return err
	}, "UPDATE invitation SET state = 'planned', owner = '' WHERE state = 'claimed' RETURNING campaign, route")
	if err != nil {
		return 0, 0, translate("store.Recover", err)
	}
	is, err := t.invitations("WHERE i.state = 'sending' AND i.route <> 'letter' ORDER BY i.id") // letters lie printed: only people know of them
	for k := 0; k < len(is) && err == nil; k++ {
		err = t.uncertain(is[k], "the sender ended before the relay's answer was stored")
	}
	return released, len(is), translate("store.Recover", err)
}

// doubt is what the ledger keeps of an invitation whose outcome nobody saw.
type doubt struct {
	campaign.Pinned
	Actor      campaign.Actor        `json:"actor"`
	Invitation campaign.InvitationID `json:"invitation"`
	Attempt    int                   `json:"attempt"`
	Address    string                `json:"address_clear"`
	HMAC       string                `json:"address_hmac"`
	Language   string                `json:"language"`
	Values     campaign.Values       `json:"values,omitempty"`
	Triage     campaign.Verdict      `json:"triage"`
	MessageID  string                `json:"message_id"`
	SHA256     string                `json:"message_sha256"`
	Because    string                `json:"because"`
}

// uncertain moves an invitation whose outcome nobody saw, with its entry. When its campaign is closed
// already, silence is a no from here on.
func (t *tx) uncertain(i campaign.Invitation, because string) error {
	no, err := t.Append(campaign.Entry{Kind: campaign.EntryUncertain, Campaign: i.Campaign, Contact: i.Contact, Payload: doubt{
		Pinned: campaign.PinnedOf(i), Actor: campaign.Machine, Invitation: i.ID, Attempt: i.Attempt, Address: string(i.Email), HMAC: strictHex(i.Keys),
		Language: i.Language, Values: i.Values, Triage: i.Verdict, MessageID: i.MessageID, SHA256: i.MessageSHA256, Because: because}})
	if err != nil {
		return err
	}
	row := sendingRow{invitation: i.ID, outcome: campaign.Uncertain, reason: "recovered"}
	err = t.row(row.into(), `UPDATE invitation SET state = 'uncertain', owner = '', reason = 'recovered', reply = '', attempt = $2,
sent_at = CASE WHEN sent_at = 0 THEN $3 ELSE sent_at END WHERE id = $1 `+returningSending, int64(i.ID), i.Attempt, millis(t.now))
	if err != nil {
		return lost("store.Recover", err)
	}
	t.count(i.Campaign, i.Route, i.State, -1)
	t.count(i.Campaign, i.Route, campaign.Uncertain, 1)
	if err := t.settled(row, no); err != nil {
		return err
	}
	return t.silentIfClosed(no, i)
}

// strictHex is the keyed hash of the mailbox, the first strict key.
func strictHex(keys []campaign.PersonKey) string {
	for _, k := range keys {
		if k.Kind == campaign.KeyStrict {
			return hex.EncodeToString(k.Digest[:])
		}
	}
	return ""
}

// silentIfClosed adds the silence of an invitation that became uncertain after its campaign was closed.
func (t *tx) silentIfClosed(no campaign.EntryNo, i campaign.Invitation) error {
	var silent int
	err := t.row([]any{&silent}, `SELECT count(*) FROM campaign c WHERE c.id = $1 AND c.status = 'closed'
AND NOT EXISTS (SELECT 1 FROM response r WHERE r.invitation = $2) AND NOT EXISTS (SELECT 1 FROM silence s WHERE s.invitation = $2)`, int64(i.Campaign), int64(i.ID))
	if err != nil || silent == 0 {
		return err
	}
	return t.add(silenceRows, no, int64(i.ID))
}
