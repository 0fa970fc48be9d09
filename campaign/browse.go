package campaign

import (
	"context"
	"slices"

	"github.com/reoptin/reoptin/internal/fault"
)

// Contacts lists a part of the base by number, as ContactsNow does.
func (d *Desk) Contacts(ctx context.Context, f ContactFilter, after ContactID, limit int) (cs []Contact, next ContactID, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		cs, next, err = ContactsNow(r, f, after, limit)
		return err
	})
	return cs, next, err
}

// mostPages bounds how often a page is filled up: a list answers at once, also where all of a kind said no since the audit.
const mostPages = 4

// ContactsNow is a page of those whom the audit found to match a filter and who do so still, and after whom the next one begins;
// 0: there is none. A page may be short, and even empty, before the last.
func ContactsNow(r Reader, f ContactFilter, after ContactID, limit int) (out []Contact, next ContactID, err error) {
	for range mostPages {
		cs, err := r.ContactPage(f, after, limit-len(out)+1)
		if err != nil {
			return nil, 0, err
		}
		if next = 0; len(cs) > limit-len(out) {
			cs = cs[:len(cs)-1]
			next = cs[len(cs)-1].ID
			after = next
		}
		if cs, err = f.asOfNow(cs, func(cs []Contact) ([]Verdict, error) { return VerdictsNow(r, cs) }); err != nil {
			return nil, 0, err
		}
		out = append(out, cs...)
		if next == 0 || len(out) == limit {
			break
		}
	}
	return out, next, nil
}

// judgeNow gives contacts a verdict as of today.
type judgeNow func([]Contact) ([]Verdict, error)

// asOfNow gives those to whom less is permitted than the audit found, by a no or another fact that came since, today's verdict, and
// leaves out who does not match a filter then: a list of people to write to is handed on.
func (f ContactFilter) asOfNow(cs []Contact, judge judgeNow) ([]Contact, error) {
	now, err := judge(cs)
	if err != nil && !fault.Is(err, fault.NotFound) { // without an organisation nobody was judged
		return nil, err
	}
	for n, v := range now {
		cs[n].Verdict = soberer(cs[n].Verdict, v)
	}
	return slices.DeleteFunc(cs, func(c Contact) bool { return !f.Takes(c.Verdict) }), nil
}

// soberer is what the audit found, or today's verdict where that permits less. Of whom no audit judged nothing is said, and
// without an organisation there is no verdict of today.
func soberer(was, now Verdict) Verdict {
	if was.Class != "" && now.Class != "" && rank(now) < rank(was) {
		return now
	}
	return was
}

// EachNow goes through all who match a filter as they stand now, those too who came to match it since the audit, by pages.
func EachNow(r Reader, f ContactFilter, do func([]Contact) error) error {
	judge, err := judgeOfBase(r)
	if err != nil {
		return err
	}
	wide := ContactFilter{}
	if f.Class == OptedIn { // whom nobody joins by a fact that permits less
		wide.Class = f.Class
	}
	for after := ContactID(0); ; {
		cs, err := r.ContactPage(wide, after, auditPage)
		if err != nil || len(cs) == 0 {
			return err
		}
		after = cs[len(cs)-1].ID
		if cs, err = f.asOfNow(cs, judge); err != nil {
			return err
		}
		if len(cs) == 0 {
			continue
		}
		if err := do(cs); err != nil {
			return err
		}
	}
}

// judgeOfBase judges pages of the base with what an audit asks once.
func judgeOfBase(r Reader) (judgeNow, error) {
	o, err := organisation(r)
	if fault.Is(err, fault.NotFound) {
		return func([]Contact) ([]Verdict, error) { return nil, nil }, nil
	}
	if err != nil {
		return nil, err
	}
	known, err := recordOfBase(r)
	if err != nil {
		return nil, err
	}
	a := newAuditor(o, DateOf(r.Now()))
	var standings []Standing
	return func(cs []Contact) (out []Verdict, err error) {
		if standings, err = known.standings(standings, r, cs); err != nil {
			return nil, err
		}
		for n, c := range cs {
			out = append(out, a.audit(c, standings[n]))
		}
		return out, nil
	}, nil
}

// Card is all that is known of one contact.
type Card struct {
	Contact     Contact      // with today's verdict, where that permits less than the audit found
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
		if card.Explained, err = Explain(r, c); err != nil {
			return err
		}
		c.Verdict = soberer(c.Verdict, card.Explained.Verdict)
		card.Contact, card.Rule = c, reasonOf(c.Verdict.Code, c.Verdict.Class, c.Verdict.Route)
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
