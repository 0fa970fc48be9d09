package store

import (
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

const whereLettersDue = `WHERE i.campaign = $1 AND i.route = 'letter' AND i.state = 'planned' AND i.deferred = 0 AND +i.not_before <= $2
AND (i.priority < $3 OR i.priority = $3 AND i.id > $4) ORDER BY i.priority DESC, i.id LIMIT $5`

// LettersDue gives the next planned letters of a campaign behind one of them.
func (t *tx) LettersDue(c campaign.CampaignID, behind *campaign.Invitation, n int) ([]campaign.Invitation, error) {
	priority, id := int64(1)<<62, int64(0)
	if behind != nil {
		priority, id = behind.Priority, int64(behind.ID)
	}
	is, err := t.invitations(whereLettersDue, int64(c), millis(t.now), priority, id, int64(n))
	return is, translate("store.LettersDue", err)
}

// ClaimLetters claims some letters, as Claim does messages.
func (t *tx) ClaimLetters(ids []campaign.InvitationID, owner string) (claimed []campaign.Invitation, err error) {
	err = chunks(numbers(ids), mostParameters, func(piece []int64) error {
		due, err := t.invitations("WHERE i.route = 'letter' AND i.state = 'planned' AND i.id IN ("+places(1, len(piece))+") ORDER BY i.priority DESC, i.id", anys(piece)...)
		if err != nil || len(due) == 0 {
			return err
		}
		won, err := t.claim(due, owner)
		claimed = append(claimed, won...)
		return err
	})
	return claimed, translate("store.ClaimLetters", err)
}

// LastBatch is the highest number of a batch.
func (t *tx) LastBatch() (id campaign.BatchID, err error) {
	err = t.row([]any{&id}, "SELECT coalesce(max(id), 0) FROM letter_batch")
	return id, translate("store.LastBatch", err)
}

// AddBatch keeps a batch and its letters in their order.
func (t *tx) AddBatch(b campaign.Batch, letters []campaign.InvitationID) (id campaign.BatchID, err error) {
	last, err := t.LastBatch()
	if err != nil {
		return 0, err
	}
	err = t.row([]any{&id}, `INSERT INTO letter_batch (id, campaign, state, window, letters, at, moved_at) VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id`,
		int64(max(last, b.ID)+1), int64(b.Campaign), string(b.State), string(b.Window), int64(len(letters)), millis(t.now))
	if err != nil {
		return 0, translate("store.AddBatch", err)
	}
	rows := make([][]any, len(letters))
	for n, i := range letters {
		rows[n] = []any{int64(id), int64(n + 1), int64(i)}
	}
	return id, translate("store.AddBatch", t.insertMany("INSERT INTO letter (batch, n, invitation) VALUES", rows, ""))
}

const selectBatch = "SELECT id, campaign, state, window, letters, at, moved_at FROM letter_batch "

func scanBatch(scan func(...any) error) (b campaign.Batch, err error) {
	var at, moved int64
	err = scan(&b.ID, &b.Campaign, &b.State, &b.Window, &b.Letters, &at, &moved)
	b.At, b.MovedAt = fromMillis(at), fromMillis(moved)
	return b, err
}

// Batch is one batch.
func (t *tx) Batch(id campaign.BatchID) (campaign.Batch, error) {
	bs, err := all(t, scanBatch, selectBatch+"WHERE id = $1", int64(id))
	if err == nil && len(bs) == 0 {
		return campaign.Batch{}, notFound("store.Batch")
	}
	if err != nil {
		return campaign.Batch{}, translate("store.Batch", err)
	}
	return bs[0], nil
}

// Batches are those of a campaign.
func (t *tx) Batches(c campaign.CampaignID) ([]campaign.Batch, error) {
	bs, err := all(t, scanBatch, selectBatch+"WHERE campaign = $1 ORDER BY id", int64(c))
	return bs, translate("store.Batches", err)
}

// LettersOf are the letters of a batch in their order.
func (t *tx) LettersOf(id campaign.BatchID) ([]campaign.Invitation, error) {
	is, err := t.invitations("JOIN letter l ON l.invitation = i.id WHERE l.batch = $1 ORDER BY l.n", int64(id))
	return is, translate("store.LettersOf", err)
}

// BatchesOf says where letters were printed last.
func (t *tx) BatchesOf(ids ...campaign.InvitationID) (map[campaign.InvitationID]campaign.Place, error) {
	out := map[campaign.InvitationID]campaign.Place{}
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var id campaign.InvitationID
			var p campaign.Place
			err := scan(&id, &p.Batch, &p.N)
			out[id] = p
			return err
		}, fmt.Sprintf("SELECT invitation, batch, n FROM letter WHERE invitation IN (%s) ORDER BY batch", places(1, len(piece))), anys(piece)...)
	})
	return out, translate("store.BatchesOf", err)
}

// MoveBatch moves a batch on.
func (t *tx) MoveBatch(id campaign.BatchID, from, to campaign.BatchState) error {
	n, err := t.exec("UPDATE letter_batch SET state = $3, moved_at = $4 WHERE id = $1 AND state = $2", int64(id), string(from), string(to), millis(t.now))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "store.lost", "the present state does not allow this").At("store.MoveBatch")
	}
	return translate("store.MoveBatch", err)
}
