package campaign

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"

	"github.com/reoptin/reoptin/campaign/lint"
)

// yetToAsk are those who are still to be asked by a campaign that runs.
type yetToAsk struct {
	campaign Campaign
	today    Date
	seed     maphash.Seed
	people   []yetPerson // by contact, once all are there
}

// yetPerson is one of them. Of a large audience no more than this is kept in memory.
type yetPerson struct {
	contact    ContactID
	invitation InvitationID
	place      uint64 // digest of where the invitation goes
	mail, good bool   // by e-mail; they would still be asked, and there
}

// lookAtPlanned judges those who are planned as their claim will. It goes through the whole base once, which costs less
// than to look for each of them.
func lookAtPlanned(ctx context.Context, r Reader, c Campaign, l *lint.Launch) error {
	p := yetToAsk{campaign: c, today: DateOf(r.Now()), seed: maphash.MakeSeed()}
	err := r.PlannedPlaces(c.ID, func(i Invitation) {
		p.people = append(p.people, yetPerson{contact: i.Contact, invitation: i.ID, mail: i.Route == RouteEmail,
			place: p.place(i.Route, i.Email, i.Values[ValueLine1], i.Values[ValueLine2], i.Values[ValuePostcode], i.Values[ValueCity])})
	})
	if err != nil {
		return err
	}
	slices.SortFunc(p.people, func(a, b yetPerson) int { return cmp.Compare(a.contact, b.contact) })
	if err := auditBase(ctx, r, p.today, p.take); err != nil {
		return err
	}
	return p.tell(r, l)
}

// place is what goesWhereItWas compares, as one number. Where a letter goes matters to letters only.
func (p *yetToAsk) place(by Route, email Address, letterbox ...string) uint64 {
	where := [4]string{}
	if by == RouteLetter {
		copy(where[:], letterbox)
	}
	return maphash.Comparable(p.seed, struct {
		by        Route
		email     Address
		letterbox [4]string
	}{by, email, where})
}

// take looks which of some people would be asked now, and where they were to be asked.
func (p *yetToAsk) take(_ *Organisation, some []judgement) error {
	if len(some) == 0 {
		return nil
	}
	n, _ := slices.BinarySearchFunc(p.people, some[0].contact.ID, func(a yetPerson, id ContactID) int { return cmp.Compare(a.contact, id) })
	for _, j := range some {
		for n < len(p.people) && p.people[n].contact < j.contact.ID {
			n++
		}
		for ; n < len(p.people) && p.people[n].contact == j.contact.ID; n++ {
			c := j.contact
			ok, _ := p.campaign.File.asks(*c, *j.verdict, p.today)
			p.people[n].good = ok && p.people[n].place == p.place(j.verdict.Route, c.Email, c.Address1, c.Address2, c.PostalCode, c.City)
		}
	}
	return nil
}

// tell gives the lint what is known of them. Whoever is not as they were is looked at by themselves, as a claim does: an
// invitation that was put off holds its keys, for which the base takes its person for asked.
func (p *yetToAsk) tell(r Reader, l *lint.Launch) error {
	l.Counted, l.Begun = true, true
	var doubted []Invitation
	judge := func(most int) error {
		if len(doubted) < most || len(doubted) == 0 {
			return nil
		}
		good, others, err := part(r, p.campaign, doubted)
		if err != nil {
			return err
		}
		for _, i := range good {
			l.ToAsk++
			if i.Route == RouteEmail {
				l.People++
			}
		}
		before, err := askedBefore(r, others)
		l.AskedBefore += before
		l.Unmailable += len(others) - before
		doubted = doubted[:0]
		return err
	}
	for _, one := range p.people {
		if one.good {
			l.ToAsk++
			if one.mail {
				l.People++
			}
			continue
		}
		i, err := r.Invitation(one.invitation)
		if err != nil {
			return err
		}
		doubted = append(doubted, i)
		if err := judge(page); err != nil {
			return err
		}
	}
	return judge(1)
}

// askedBefore is how many of some planned people have a key that another invitation holds.
func askedBefore(r Reader, planned []Invitation) (n int, err error) {
	for _, i := range planned {
		taken, err := r.KeysTaken(i.Keys)
		if err != nil {
			return n, err
		}
		for _, by := range taken {
			if by != i.ID {
				n++
				break
			}
		}
	}
	return n, nil
}
