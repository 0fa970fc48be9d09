package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/reoptin/reoptin/internal/fault"
)

// Returned is what a letter that came back undelivered changed.
type Returned struct {
	Invitation InvitationID
	Place      Place
	Effect     Effect // suppressed or known
}

// ReturnLetter records that a letter came back because it cannot be delivered: the postal address is unusable, and the person is
// not asked again. The same letter a second time changes nothing.
func (d *Desk) ReturnLetter(ctx context.Context, actor Actor, link LinkID, because string) (Returned, error) {
	var back Returned
	var no []PersonKey
	err := d.store.Update(ctx, func(tx Tx) error {
		i, err := tx.InvitationByLink(link)
		if err != nil || i.Route != RouteLetter || i.Erased() {
			return unknownLetter(err)
		}
		back = Returned{Invitation: i.ID, Effect: EffectSuppressed}
		places, err := tx.BatchesOf(i.ID)
		if err != nil {
			return err
		}
		back.Place = places[i.ID]
		known, err := tx.BouncesOf(i.ID)
		switch {
		case err != nil:
			return err
		case len(known[i.ID]) > 0:
			back.Effect = EffectKnown
			return nil
		}
		// Of a batch that was said to be lost and not posted, or that this database does not know, this letter was posted all the same.
		if i, err = d.arrives(tx, i, "the letter came back"); err != nil {
			return err
		}
		no = d.postalOf(i)
		return d.putReturn(tx, actor, i, back.Place, no, because)
	})
	if err != nil {
		return back, err
	}
	if len(no) > 0 {
		err = d.record(ctx, suppressRecords(no, d.clock(), SuppressBounce)...)
	}
	return back, err
}

func unknownLetter(err error) error {
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return fault.New(fault.NotFound, "letters.unknown", "no letter has this code")
}

func (d *Desk) putReturn(tx Tx, actor Actor, i Invitation, at Place, no []PersonKey, because string) error {
	if i.State == Sending { // it came back, so it was posted
		if err := d.putEnds(tx, []settling{{invitation: i, owner: letterOwner, message: Message{SHA256: i.MessageSHA256},
			outcome: Outcome{Kind: OutcomeSent, Committed: true, Stage: "post", Reply: "it came back"}}}); err != nil {
			return err
		}
	}
	c, err := tx.CampaignByID(i.Campaign)
	if err != nil {
		return err
	}
	mark := sha256.Sum256(append([]byte("reoptin/letter-return\x00"), i.Link[:]...))
	e, err := tx.Append(Entry{Kind: EntryBounced, Campaign: c.ID, Contact: i.Contact, Payload: map[string]any{"actor": actor, "invitation": i.ID, "campaign": c.Name,
		"subject_ref": d.subject(i.Contact), "meaning": MeansHard, "class": classReturned, "batch": at.Batch, "letter": at.N, "because": because, "report_sha256": hex.EncodeToString(mark[:]), "event_time": Instant{tx.Now()}, "software": d.program}})
	if err != nil {
		return err
	}
	if err := tx.AddBounce(Bounce{Entry: e, Invitation: i.ID, Meaning: MeansHard, Class: classReturned, Words: because, Mark: hex.EncodeToString(mark[:]), At: tx.Now()}); err != nil {
		return err
	}
	if _, err := tx.Suppress(e, suppressions(no, SuppressBounce, "campaign "+c.Name, tx.Now())); err != nil {
		return err
	}
	if err := arrived(tx, i, "the letter came back", e); err != nil {
		return err
	}
	return d.reclassify(tx, i.Contact)
}

// classReturned is the class of a letter that the post brings back.
const classReturned = "undeliverable"
