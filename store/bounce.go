package store

import (
	"github.com/reoptin/reoptin/campaign"
)

// BouncesOf lists what came back about some invitations, the oldest first.
func (t *tx) BouncesOf(ids ...campaign.InvitationID) (map[campaign.InvitationID][]campaign.Bounce, error) {
	out := map[campaign.InvitationID][]campaign.Bounce{}
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var b campaign.Bounce
			var at int64
			if err := scan(&b.Entry, &b.Invitation, &b.Meaning, &b.Class, &b.Status, &b.Words, &b.Mark, &at); err != nil {
				return err
			}
			b.At = fromMillis(at)
			out[b.Invitation] = append(out[b.Invitation], b)
			return nil
		}, "SELECT entry, invitation, meaning, class, status, words, mark, at FROM bounce WHERE invitation IN ("+places(1, len(piece))+") ORDER BY entry", anys(piece)...)
	})
	return out, translate("store.BouncesOf", err)
}

// AddBounce keeps what came back, once: the same notice again is fault.Conflict.
func (t *tx) AddBounce(b campaign.Bounce) error {
	at := b.At
	if at.IsZero() {
		at = t.now
	}
	return translate("store.AddBounce", t.add(bounceRows, b.Entry, int64(b.Invitation), string(b.Meaning), b.Class, b.Status, b.Words, b.Mark, millis(at)))
}

// InvitationByMessageID finds the invitation whose last message had an id. No index leads to it: each
// message would pay for what is asked a few times a day.
func (t *tx) InvitationByMessageID(id string) (campaign.Invitation, error) {
	return t.oneInvitation("store.InvitationByMessageID", "WHERE i.message_id = $1 ORDER BY i.id DESC LIMIT 1", id)
}
