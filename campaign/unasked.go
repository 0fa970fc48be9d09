package campaign

import (
	"context"
	"fmt"
	"slices"
)

// A database and its send journal that are put back together have both forgotten who was asked since: nothing here
// can tell. But people can. Their links were signed with our keys, and a link leaves the house in one message or letter
// alone. So whoever comes with the link of an invitation of which, by this database, nothing has left proves
// that it is older than what happened, or that a copy of it sends. That person becomes uncertain, and what runs is
// paused: others may have been asked, too.

// unasked reports whether whoever has the link of an invitation has a message that this database does not know of. Before an
// attempt that was put off it has no more left than before the first.
func (i Invitation) unasked() bool {
	return i.State == Planned || i.State == Withheld
}

// stages are where an attempt may end before the person has anything.
var stages = []string{"dial", "tls", "auth", "mail", "rcpt", "data", "body", "dot"}

// older reports whether such a message shows that the database is older than what happened. A named person may also have settled
// wrongly that an earlier attempt did not arrive: then it is about this one person.
func (i Invitation) older() bool {
	return i.unasked() && (i.Attempt == 0 || i.State == Planned && slices.Contains(stages, i.Reason))
}

const (
	behind = "somebody has a message that this database does not know to have left: database and send journal are older than what happened, " +
		"or a copy of both is sending; resume only when you know which, and who was asked"
	unknownMessage = "a message of this invitation is out that this database did not know of"
)

// alarm pauses what runs because somebody was asked whom this database does not know to have been.
func (d *Desk) alarm(tx Tx) error {
	cs, err := tx.CampaignList()
	if err != nil {
		return err
	}
	for _, c := range cs {
		if c.Status != Running {
			continue
		}
		if err := pauseNow(tx, Machine, c, behind); err != nil {
			return err
		}
	}
	d.meter.Unasked()
	d.log.Error("somebody has a message that this database does not know to have left: what runs is paused")
	return nil
}

// foundOut keeps somebody who came with an unknown message from being asked again. That they came is not kept.
func (d *Desk) foundOut(ctx context.Context, link LinkID) error {
	return d.store.Update(ctx, func(tx Tx) error {
		i, err := tx.InvitationByLink(link)
		if err != nil || !i.unasked() {
			return err
		}
		_, err = d.arrives(tx, i, unknownMessage)
		return err
	})
}

// arrives gives the invitation that is being answered, or whose message came back. Whatever was believed
// of it, the message left: one that was thought unsent becomes uncertain and its keys stay taken for
// ever. That has an entry of its own, which must stand before the answer's: the last word on the
// invitation is the answer.
func (d *Desk) arrives(tx Tx, i Invitation, because string) (Invitation, error) {
	if i.State != Planned && i.State != Claimed && i.State != Withheld {
		return i, nil
	}
	if i.older() {
		if err := d.alarm(tx); err != nil {
			return i, fmt.Errorf("pause what runs: %w", err)
		}
	}
	if _, err := tx.Restore(i.Link, i.Attempt, i.Keys, because); err != nil {
		return i, err
	}
	return tx.InvitationByLink(i.Link)
}
