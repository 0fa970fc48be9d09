package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

const selectInvitation = `SELECT i.id, i.campaign, i.contact, i.link, i.route, i.language, i.state, i.owner, i.attempt, i.not_before, i.priority,
i.zone, i.email, i.fill, i.verdict, i.reason, i.reply, i.message_id, i.message_sha256, i.planned_at, i.sent_at FROM invitation i `

func (t *tx) scanInvitation(scan func(...any) error) (i campaign.Invitation, err error) {
	var link []byte
	var fill, verdict string
	var notBefore, planned, sent int64
	if err = scan(&i.ID, &i.Campaign, &i.Contact, &link, &i.Route, &i.Language, &i.State, &i.Owner, &i.Attempt, &notBefore, &i.Priority,
		&i.Zone, &i.Email, &fill, &verdict, &i.Reason, &i.Reply, &i.MessageID, &i.MessageSHA256, &planned, &sent); err != nil {
		return i, err
	}
	copy(i.Link[:], link)
	i.NotBefore, i.PlannedAt, i.SentAt = fromMillis(notBefore), fromMillis(planned), fromMillis(sent)
	if err = decode(fill, &i.Values); err != nil {
		return i, err
	}
	i.Verdict, err = t.db.verdicts.of(verdict)
	return i, err
}

func (t *tx) invitations(where string, args ...any) ([]campaign.Invitation, error) {
	is, err := all(t, t.scanInvitation, selectInvitation+where, args...)
	if err != nil {
		return nil, err
	}
	return is, t.fillInvitationKeys(is)
}

// fillInvitationKeys reads the pinned keys of some invitations.
func (t *tx) fillInvitationKeys(is []campaign.Invitation) error {
	at := make(map[int64]int, len(is))
	for n := range is {
		at[int64(is[n].ID)] = n
	}
	err := chunks(idsOf(is), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var id int64
			var kind string
			var digest []byte
			if err := scan(&id, &kind, &digest); err != nil {
				return err
			}
			k, err := keyOf(kind, digest)
			is[at[id]].Keys = append(is[at[id]].Keys, k)
			return err
		}, "SELECT invitation, kind, key FROM invitation_key WHERE invitation IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	for n := range is {
		sortKeys(is[n].Keys)
	}
	return err
}

// numbers are ids as the engine knows them.
func numbers[T ~int64](ids []T) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func (t *tx) oneInvitation(op, where string, arg any) (campaign.Invitation, error) {
	is, err := t.invitations(where, arg)
	if err != nil {
		return campaign.Invitation{}, translate(op, err)
	}
	if len(is) == 0 {
		return campaign.Invitation{}, notFound(op)
	}
	return is[0], nil
}

// Invitation is one invitation by its number.
func (t *tx) Invitation(id campaign.InvitationID) (campaign.Invitation, error) {
	return t.oneInvitation("store.Invitation", "WHERE i.id = $1", int64(id))
}

// InvitationByLink is the invitation that a link id belongs to.
func (t *tx) InvitationByLink(l campaign.LinkID) (campaign.Invitation, error) {
	return t.oneInvitation("store.InvitationByLink", "WHERE i.link = $1", l[:])
}

// InvitationsByLink are the invitations that some link ids belong to.
func (t *tx) InvitationsByLink(ls []campaign.LinkID) (map[campaign.LinkID]campaign.Invitation, error) {
	out := make(map[campaign.LinkID]campaign.Invitation, len(ls))
	err := chunks(ls, mostParameters, func(piece []campaign.LinkID) error {
		args := make([]any, len(piece))
		for n := range piece {
			args[n] = piece[n][:]
		}
		is, err := t.invitations("WHERE i.link IN ("+places(1, len(piece))+")", args...)
		for _, i := range is {
			out[i.Link] = i
		}
		return err
	})
	return out, translate("store.InvitationsByLink", err)
}

// Unended are those of some attempts whose invitation is neither sent nor refused, or is not known, or was refused at an earlier
// attempt. Links are drawn, so that many of them are found soonest in their order.
func (t *tx) Unended(ls []campaign.LinkAttempt) ([]campaign.LinkID, error) {
	var out []campaign.LinkID
	err := chunks(ls, mostParameters, func(piece []campaign.LinkAttempt) error {
		args := make([]any, len(piece))
		for n := range piece {
			args[n] = piece[n].Link[:]
		}
		ended := make(map[campaign.LinkID]int, len(piece)) // the attempts that the end covers
		err := t.each(func(scan func(...any) error) error {
			var link []byte
			var attempt int
			if err := scan(&link, &attempt); err != nil {
				return err
			}
			ended[campaign.LinkID(link)] = attempt
			return nil
		}, "SELECT link, CASE state WHEN 'sent' THEN 2147483647 ELSE attempt END FROM invitation WHERE link IN ("+places(1, len(piece))+") AND state IN ('sent', 'refused')", args...)
		for _, l := range piece {
			if covered, known := ended[l.Link]; !known || covered < l.Attempt {
				ended[l.Link] = math.MaxInt // given once
				out = append(out, l.Link)
			}
		}
		return err
	})
	return out, translate("store.Unended", err)
}

// InvitationsOfContact lists the invitations of one contact, oldest first.
func (t *tx) InvitationsOfContact(id campaign.ContactID) ([]campaign.Invitation, error) {
	is, err := t.invitations("WHERE i.contact = $1 ORDER BY i.id", int64(id))
	return is, translate("store.InvitationsOfContact", err)
}

// pageInState has no choice in its condition: with one, no index leads to where a page begins, and each page reads all.
const pageInState = "WHERE i.campaign = $1 AND i.state = $2 AND i.id > $3 ORDER BY i.id LIMIT $4"

// InvitationPage lists the invitations of a campaign in one state, or in any when it is "", by id.
func (t *tx) InvitationPage(c campaign.CampaignID, s campaign.State, after campaign.InvitationID, limit int) ([]campaign.Invitation, error) {
	if s == "" {
		is, err := t.invitations("WHERE i.campaign = $1 AND i.id > $2 ORDER BY i.id LIMIT $3", int64(c), int64(after), int64(limit))
		return is, translate("store.InvitationPage", err)
	}
	is, err := t.invitations(pageInState, int64(c), string(s), int64(after), int64(limit))
	return is, translate("store.InvitationPage", err)
}

const invitedContacts = `SELECT i.contact, i.id, i.campaign, i.state, i.sent_at FROM invitation i
WHERE i.contact BETWEEN $1 AND $2
AND (i.state NOT IN ('planned', 'withheld') OR (i.state = 'planned' AND EXISTS (
  SELECT 1 FROM invitation_key k JOIN person_key p ON p.key = k.key AND p.kind = k.kind WHERE k.invitation = i.id AND p.invitation = i.id)))
ORDER BY CASE i.state WHEN 'sent' THEN 2 WHEN 'uncertain' THEN 1 ELSE 0 END, i.id`

// InvitedContacts is every contact between two whose invitation holds keys: someone who was asked, or whose
// asking has begun. Of several invitations the one that got furthest stands.
func (t *tx) InvitedContacts(first, last campaign.ContactID) (map[campaign.ContactID]campaign.Asked, error) {
	out := map[campaign.ContactID]campaign.Asked{}
	err := t.unlessEmpty("invitation", func() error {
		return t.each(func(scan func(...any) error) error {
			var id campaign.ContactID
			var a campaign.Asked
			var sent int64
			if err := scan(&id, &a.Invitation, &a.Campaign, &a.State, &sent); err != nil {
				return err
			}
			a.At = fromMillis(sent)
			out[id] = a
			return nil
		}, invitedContacts, int64(first), int64(last))
	})
	return out, translate("store.InvitedContacts", err)
}

// AskedOf lists every invitation of some contacts, oldest first, whatever its state.
func (t *tx) AskedOf(ids []campaign.ContactID) (map[campaign.ContactID][]campaign.Asked, error) {
	out := map[campaign.ContactID][]campaign.Asked{}
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var id campaign.ContactID
			var a campaign.Asked
			var sent int64
			err := scan(&id, &a.Invitation, &a.Campaign, &a.State, &sent)
			a.At = fromMillis(sent)
			out[id] = append(out[id], a)
			return err
		}, "SELECT contact, id, campaign, state, sent_at FROM invitation WHERE contact IN ("+places(1, len(piece))+") ORDER BY id", anys(piece)...)
	})
	return out, translate("store.AskedOf", err)
}

// Claims says where some invitations stand, and who holds them.
func (t *tx) Claims(ids []campaign.InvitationID) (map[campaign.InvitationID]campaign.Held, error) {
	out := make(map[campaign.InvitationID]campaign.Held, len(ids))
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var id campaign.InvitationID
			var h campaign.Held
			err := scan(&id, &h.State, &h.Owner, &h.Attempt)
			out[id] = h
			return err
		}, "SELECT id, state, owner, attempt FROM invitation WHERE id IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	return out, translate("store.Claims", err)
}

// KeysTaken says which keys are held, and by which invitation; 0 is one that only the send journal
// remembers.
func (t *tx) KeysTaken(keys []campaign.PersonKey) (map[campaign.PersonKey]campaign.InvitationID, error) {
	out, err := keyed(t, "SELECT kind, key, coalesce(invitation, 0) FROM person_key WHERE key IN (%s)", keys,
		func(id *campaign.InvitationID) []any { return []any{id} })
	return out, translate("store.KeysTaken", err)
}

// TakenHalves gives a half of every key that is held, unless there are more than most.
func (t *tx) TakenHalves(most int) (*campaign.Halves[struct{}], error) {
	var n int
	if err := t.row([]any{&n}, "SELECT count(*) FROM person_key"); err != nil || n > most {
		return nil, translate("store.TakenHalves", err)
	}
	out, err := t.halves(n, "SELECT key FROM person_key")
	return out, translate("store.TakenHalves", err)
}

// Those who are not put off are due together, so that one of them stands for all; of the others the first counts.
const (
	nextNow   = "SELECT not_before, reason FROM invitation WHERE campaign = $1 AND route = 'email' AND state = 'planned' AND deferred = 0 ORDER BY priority DESC, id LIMIT 1"
	nextLater = "SELECT not_before, reason FROM invitation WHERE campaign = $1 AND state = 'planned' AND deferred = 1 ORDER BY not_before LIMIT 1"
)

// NextDue is the earliest time at which a planned invitation may be claimed, and why not before.
func (t *tx) NextDue(c campaign.CampaignID) (at time.Time, why string, ok bool, err error) {
	for _, query := range []string{nextNow, nextLater} {
		var due int64
		var reason string
		err := t.row([]any{&due, &reason}, query, int64(c))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return at, "", false, translate("store.NextDue", err)
		}
		if first := fromMillis(due); !ok || first.Before(at) {
			at, why, ok = first, reason, true
		}
	}
	return at, why, ok, nil
}

// Plan stores invitations as planned. A contact that this campaign invited already is left alone.
func (t *tx) Plan(is []campaign.Invitation) error {
	byLink := make(map[campaign.LinkID]*campaign.Invitation, len(is))
	rows := make([][]any, len(is))
	for n := range is {
		row, err := t.plannedRow(&is[n])
		if err != nil {
			return translate("store.Plan", err)
		}
		rows[n], byLink[is[n].Link] = row, &is[n]
	}
	var keys [][]any
	err := many(rows, func(some [][]any, values string, args []any) error {
		return t.each(func(scan func(...any) error) error {
			var id int64
			var link []byte
			if err := scan(&id, &link); err != nil {
				return err
			}
			i := byLink[campaign.LinkID(link)]
			t.count(i.Campaign, i.Route, campaign.Planned, 1)
			for _, k := range i.Keys {
				keys = append(keys, []any{id, string(k.Kind), k.Digest[:]})
			}
			return nil
		}, `INSERT INTO invitation (campaign, contact, link, route, language, state, not_before, priority, zone, email, fill, verdict, planned_at)
VALUES `+values+` ON CONFLICT (campaign, contact) DO NOTHING RETURNING id, link`, args...)
	})
	if err == nil {
		err = t.insertMany("INSERT INTO invitation_key (invitation, kind, key) VALUES", keys, "ON CONFLICT DO NOTHING")
	}
	return translate("store.Plan", err)
}

func (t *tx) plannedRow(i *campaign.Invitation) ([]any, error) {
	if len(i.Keys) == 0 || i.Link == (campaign.LinkID{}) {
		return nil, fault.New(fault.Invalid, "store.keyless", "an invitation of contact {contact} has no link or no person key", "contact", i.Contact).At("store.Plan")
	}
	fill, err := encode(i.Values)
	if err != nil {
		return nil, err
	}
	verdict, err := encode(i.Verdict)
	if err != nil {
		return nil, err
	}
	planned := i.PlannedAt
	if planned.IsZero() {
		planned = t.now
	}
	return []any{int64(i.Campaign), int64(i.Contact), i.Link[:], string(i.Route), i.Language, string(campaign.Planned), millis(i.NotBefore), i.Priority,
		i.Zone, string(i.Email), fill, verdict, millis(planned)}, nil
}

// Withhold ends an invitation that is no longer to be sent, and frees its keys.
func (t *tx) Withhold(id campaign.InvitationID, reason string) error {
	n, err := t.withhold([]int64{int64(id)}, reason)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "store.lost", "the present state does not allow this").At("store.Withhold")
	}
	return translate("store.Withhold", err)
}

// freeKeys gives up the keys that withheld invitations hold.
const freeKeys = `DELETE FROM person_key WHERE (key, kind) IN (
  SELECT k.key, k.kind FROM invitation i JOIN invitation_key k ON k.invitation = i.id WHERE %s AND i.state = 'withheld')
AND EXISTS (SELECT 1 FROM invitation i WHERE i.id = person_key.invitation AND i.state = 'withheld')`

func (t *tx) withhold(ids []int64, reason string) (n int64, err error) {
	err = chunks(ids, mostParameters, func(piece []int64) error {
		if err := t.countWithheld("id IN ("+places(1, len(piece))+")", anys(piece)...); err != nil {
			return err
		}
		some, err := t.exec(fmt.Sprintf("UPDATE invitation SET state = 'withheld', reason = $1, owner = '' WHERE id IN (%s) AND state IN ('planned', 'claimed')",
			places(2, len(piece))), append([]any{reason}, anys(piece)...)...)
		if err != nil {
			return err
		}
		n += some
		_, err = t.exec(fmt.Sprintf(freeKeys, "i.id IN ("+places(1, len(piece))+")"), anys(piece)...)
		return err
	})
	if err == nil && n > 0 {
		err = t.passKeys()
	}
	return n, err
}

// passKeys takes freed keys for those who wait for them.
func (t *tx) passKeys() error {
	_, err := t.exec(`INSERT INTO person_key (key, kind, invitation) SELECT n.key, n.kind, n.invitation FROM person_key_next n
WHERE NOT EXISTS (SELECT 1 FROM person_key p WHERE p.key = n.key AND p.kind = n.kind)`)
	return err
}

// WithholdPlanned withholds everyone of a campaign to whom nothing is under way.
func (t *tx) WithholdPlanned(c campaign.CampaignID, reason string) (int, error) {
	if err := t.countWithheld("campaign = $1", int64(c)); err != nil {
		return 0, translate("store.WithholdPlanned", err)
	}
	n, err := t.exec("UPDATE invitation SET state = 'withheld', reason = $2, owner = '' WHERE campaign = $1 AND state IN ('planned', 'claimed')", int64(c), reason)
	if err == nil {
		_, err = t.exec(fmt.Sprintf(freeKeys, "i.campaign = $1"), int64(c))
	}
	if err == nil {
		err = t.passKeys()
	}
	return int(n), translate("store.WithholdPlanned", err)
}

// Silence records for everyone who was asked and has not answered that silence is a no.
func (t *tx) Silence(no campaign.EntryNo, c campaign.CampaignID) (int, error) {
	ids, err := all(t, func(scan func(...any) error) (id int64, err error) { return id, scan(&id) }, `SELECT i.id FROM invitation i
WHERE i.campaign = $1 AND i.state IN ('sent', 'uncertain')
AND NOT EXISTS (SELECT 1 FROM response r WHERE r.invitation = i.id) AND NOT EXISTS (SELECT 1 FROM silence s WHERE s.invitation = i.id) ORDER BY i.id`, int64(c))
	for n := 0; n < len(ids) && err == nil; n++ {
		err = t.add(silenceRows, no, ids[n])
	}
	return len(ids), translate("store.Silence", err)
}
