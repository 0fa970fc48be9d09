package campaign

import (
	"context"
	"slices"

	"github.com/reoptin/reoptin/internal/fault"
)

// Contacts lists a part of the base by number, and says whether there are more behind.
func (d *Desk) Contacts(ctx context.Context, f ContactFilter, after ContactID, limit int) (cs []Contact, more bool, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		cs, err = r.ContactPage(f, after, limit+1)
		return err
	})
	if len(cs) > limit {
		cs, more = cs[:limit], true
	}
	return cs, more, err
}

// Card is all that is known of one contact.
type Card struct {
	Contact     Contact
	Rule        string       // the row of the decision table, in words that name no person
	Explained   Explanation  // as of now
	Suppression *Suppression // nil: may be written to as far as the never-write list goes
	Invitations []CardInvitation
	Consents    []ConsentRow
}

// CardInvitation is one invitation of a contact with its campaign, its answers and what came back, oldest first.
type CardInvitation struct {
	Invitation Invitation
	Campaign   string
	Responses  []Response
	How        map[EntryNo]string // each of them came
	Bounces    []Bounce
}

// Card gives all that is known of one contact.
func (d *Desk) Card(ctx context.Context, id ContactID) (card Card, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		c, err := r.Contact(id)
		if err != nil {
			return noContact(err)
		}
		card = Card{Contact: c, Rule: reasonOf(c.Verdict.Code, c.Verdict.Class, c.Verdict.Route)}
		if card.Explained, err = Explain(r, c); err != nil {
			return err
		}
		s, stands, err := SuppressedFor(r, id, c.Keys)
		if err != nil {
			return err
		}
		if stands {
			card.Suppression = &s
		}
		if card.Invitations, err = cardInvitations(r, id); err != nil {
			return err
		}
		card.Consents, err = StandingOf(r, id)
		return err
	})
	return card, err
}

func cardInvitations(r Reader, id ContactID) (out []CardInvitation, err error) {
	is, err := r.InvitationsOfContact(id)
	if err != nil {
		return nil, err
	}
	for _, i := range is {
		c, err := r.CampaignByID(i.Campaign)
		if err != nil {
			return nil, err
		}
		i.Link = LinkID{} // a page has no use for it, and must not be able to show it
		line := CardInvitation{Invitation: i, Campaign: c.Name}
		if line.Responses, err = r.ResponsesOf(i.ID); err != nil {
			return nil, err
		}
		line.How = map[EntryNo]string{}
		for _, a := range line.Responses {
			line.How[a.Entry] = c.How(a, i.Route)
		}
		back, err := r.BouncesOf(i.ID)
		if err != nil {
			return nil, err
		}
		line.Bounces = back[i.ID]
		out = append(out, line)
	}
	return out, nil
}

// Imports lists what was imported, the newest first.
func (d *Desk) Imports(ctx context.Context) (is []Import, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		is, err = r.Imports()
		return err
	})
	slices.Reverse(is)
	return is, err
}

// SuppressionActs lists what was put on the never-write list, the newest first, and says whether there
// are more behind.
func (d *Desk) SuppressionActs(ctx context.Context, before EntryNo, limit int) (as []SuppressionAct, more bool, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		if as, err = r.SuppressionActs(before, limit); err != nil || len(as) == 0 {
			return err
		}
		last := as[len(as)-1].Entry
		if last == 0 {
			return nil
		}
		behind, err := r.SuppressionActs(last, 1)
		more = len(behind) > 0
		return err
	})
	return as, more, err
}

// Suppressed says whether an address is on the never-write list, and by which line; one that nobody of the
// base has, and a list names by its hash, is as good as there.
func (d *Desk) Suppressed(ctx context.Context, a Address) (s *Suppression, err error) {
	keys := d.keys.Mailbox(a)
	if len(keys) == 0 {
		return nil, noMailbox()
	}
	err = d.store.View(ctx, func(r Reader) error {
		line, stands, err := r.Suppressed(keys)
		if err != nil {
			return err
		}
		if stands {
			s = &line
			return nil
		}
		s, err = meant(r, d.keys, a)
		return err
	})
	return s, err
}

func noMailbox() error {
	return fault.New(fault.Invalid, "suppress.address", "this is no usable mailbox").Hint("write one address, such as jeanne@example.net")
}
