package campaign

import (
	"context"
	"math"
	"slices"

	"github.com/reoptin/reoptin/internal/fault"
)

// ResponseFilter narrows a list of answers; zero fields do not.
type ResponseFilter struct {
	Campaign string
	Address  Address
	Before   EntryNo // only older ones; 0: from the newest
	Limit    int
}

// Answered is one answer with what it belongs to. Email is empty for a person who was erased.
type Answered struct {
	Response
	Name  string // of the campaign
	Email Address
}

// Responses lists what people answered, the newest first; more says that there are older ones.
func (d *Desk) Responses(ctx context.Context, f ResponseFilter) (as []Answered, more bool, err error) {
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	err = d.store.View(ctx, func(r Reader) error {
		rs, err := responsesFor(r, f, d.keys)
		if err != nil {
			return err
		}
		if more = len(rs) > f.Limit; more {
			rs = rs[:f.Limit]
		}
		as, err = named(r, rs)
		return err
	})
	return as, more, err
}

// Response is one answer by its id.
func (d *Desk) Response(ctx context.Context, id string) (a Answered, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		resp, err := r.Response(id)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "response.not_found", "there is no answer {id}", "id", id).Hint("reoptin responses list")
		}
		if err != nil {
			return err
		}
		as, err := named(r, []Response{resp})
		if err == nil {
			a = as[0]
		}
		return err
	})
	return a, err
}

func responsesFor(r Reader, f ResponseFilter, keys Keyer) ([]Response, error) {
	var id CampaignID
	if f.Campaign != "" {
		c, err := r.Campaign(f.Campaign)
		if fault.Is(err, fault.NotFound) {
			return nil, notFound(f.Campaign)
		}
		if err != nil {
			return nil, err
		}
		id = c.ID
	}
	if f.Address == "" {
		return r.ResponsesBefore(id, f.Before, f.Limit+1)
	}
	found, err := r.ContactsByKey(keys.Mailbox(f.Address))
	if err != nil {
		return nil, err
	}
	var all []Response
	for _, contact := range distinct(found) {
		is, err := r.InvitationsOfContact(contact)
		if err != nil {
			return nil, err
		}
		for _, i := range is {
			rs, err := r.ResponsesOf(i.ID)
			if err != nil {
				return nil, err
			}
			all = append(all, rs...)
		}
	}
	all = slices.DeleteFunc(all, func(a Response) bool { return a.Entry >= f.Before || id != 0 && a.Campaign != id })
	slices.SortFunc(all, func(a, b Response) int { return int(b.Entry - a.Entry) })
	return all, nil
}

func distinct(found map[PersonKey]ContactID) (ids []ContactID) {
	for _, id := range found {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// named adds the names of campaigns and the addresses of people.
func named(r Reader, rs []Response) ([]Answered, error) {
	ids := make([]ContactID, len(rs))
	for n, a := range rs {
		ids[n] = a.Contact
	}
	people, err := r.ContactsOf(ids)
	if err != nil {
		return nil, err
	}
	campaigns := map[CampaignID]string{}
	out := make([]Answered, len(rs))
	for n, a := range rs {
		if _, known := campaigns[a.Campaign]; !known {
			c, err := r.CampaignByID(a.Campaign)
			if err != nil {
				return nil, err
			}
			campaigns[a.Campaign] = c.Name
		}
		out[n] = Answered{Response: a, Name: campaigns[a.Campaign], Email: people[a.Contact].Email}
	}
	return out, nil
}
