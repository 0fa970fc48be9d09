package store

import (
	"database/sql"
	"errors"
	"slices"

	"github.com/reoptin/reoptin/campaign"
)

// Resolve ends uncertainty by evidence, or lets a named operator open a refused or uncertain
// invitation again. Its keys stay taken.
func (t *tx) Resolve(id campaign.InvitationID, to campaign.State, reason string, no campaign.EntryNo) error {
	row := sendingRow{invitation: id, outcome: to, reason: reason}
	var was campaign.State
	if err := t.row([]any{&was}, "SELECT state FROM invitation WHERE id = $1", int64(id)); err != nil {
		return lost("store.Resolve", err)
	}
	err := t.row(row.into(), `UPDATE invitation SET state = $2, reason = $3, reply = '',
not_before = CASE WHEN $2 = 'planned' THEN $4 ELSE not_before END, deferred = 0,
sent_at = CASE WHEN $2 <> 'sent' THEN 0 WHEN sent_at = 0 THEN $4 ELSE sent_at END
WHERE id = $1 AND state IN ('uncertain', 'refused') `+returningSending, int64(id), string(to), reason, millis(t.now))
	if err != nil {
		return lost("store.Resolve", err)
	}
	t.count(row.campaign, row.route, was, -1)
	t.count(row.campaign, row.route, to, 1)
	return translate("store.Resolve", t.settled(row, no))
}

// Restore puts back what the send journal, or an answer, shows to have been sent, or perhaps sent: an
// invitation that the database believes unsent becomes uncertain, because tells why in its entry; of one that it does not know, or that it has
// withheld, the keys stay taken, so that nobody asks the person again.
func (t *tx) Restore(link campaign.LinkID, attempt int, keys []campaign.PersonKey, because string) (changed bool, err error) {
	var id int64
	var state campaign.State
	err = t.row([]any{&id, &state}, "SELECT id, state FROM invitation WHERE link = $1", link[:])
	switch {
	case errors.Is(err, sql.ErrNoRows):
		changed, err = t.takeKeys(0, keys)
	case err != nil:
	case state == campaign.Withheld:
		changed, err = t.takeKeys(0, keys)
	case state == campaign.Planned || state == campaign.Claimed:
		changed, err = true, t.restore(campaign.InvitationID(id), attempt, keys, because)
	}
	return changed, translate("store.Restore", err)
}

func (t *tx) restore(id campaign.InvitationID, attempt int, keys []campaign.PersonKey, because string) error {
	i, err := t.Invitation(id)
	if err != nil {
		return err
	}
	if _, err := t.takeKeys(int64(id), slices.Concat(keys, i.Keys)); err != nil {
		return err
	}
	i.Attempt = max(i.Attempt, attempt)
	return t.uncertain(i, because)
}

// takeKeys takes keys for someone who was, or may have been, asked. An invitation that holds one of
// them and of which nothing has left is withheld; behind any other the key is waited for.
func (t *tx) takeKeys(invitation int64, keys []campaign.PersonKey) (changed bool, err error) {
	taken, err := t.KeysTaken(keys)
	if err != nil {
		return false, err
	}
	var others []int64
	for _, by := range taken {
		if by != 0 && int64(by) != invitation {
			others = append(others, int64(by))
		}
	}
	if _, err := t.withhold(others, campaign.WithheldAsked); err != nil {
		return false, err
	}
	var holder any // nobody, when only the journal knows who was asked
	if invitation != 0 {
		holder = invitation
	}
	for _, k := range keys {
		n, err := t.exec("INSERT INTO person_key (key, kind, invitation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", k.Digest[:], string(k.Kind), holder)
		if err != nil {
			return false, err
		}
		changed = changed || n > 0
		if by, held := taken[k]; n > 0 || !held || int64(by) == invitation {
			continue
		}
		if _, err := t.exec("INSERT INTO person_key_next (key, kind, invitation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", k.Digest[:], string(k.Kind), holder); err != nil {
			return false, err
		}
	}
	return changed, nil
}
