package campaign

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/reoptin/reoptin/internal/fault"
)

// ResponseFilter narrows a list of answers; zero fields do not.
type ResponseFilter struct {
	Campaign string
	Address  Address
	From, To Date    // the days on which they were entered, in UTC, both included: one that the send journal brought back was given before
	Before   EntryNo // only older ones; 0: from the newest
	Limit    int
}

// Answered is one answer with what it belongs to. Email is empty for a person who was erased.
type Answered struct {
	Response
	Name  string // of the campaign; "" of an answer by somebody who was not asked
	Email Address
	Route Route // of the message that it answers; only of a single answer
}

// Responses lists what people answered, the newest first; more says that there are older ones.
func (d *Desk) Responses(ctx context.Context, f ResponseFilter) (as []Answered, more bool, err error) {
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	err = d.store.View(ctx, func(r Reader) error {
		if !f.To.IsZero() {
			last, err := r.LastEntryBefore(f.To.AddDays(1).Time())
			if err != nil {
				return err
			}
			f.Before = min(f.Before, last+1)
		}
		rs, err := responsesFor(r, f, d.keys)
		if err != nil {
			return err
		}
		if !f.From.IsZero() {
			before, err := r.LastEntryBefore(f.From.Time())
			if err != nil {
				return err
			}
			if n := slices.IndexFunc(rs, func(a Response) bool { return a.Entry <= before }); n >= 0 {
				rs = rs[:n]
			}
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
		if err != nil {
			return err
		}
		a = as[0]
		if a.Invitation == 0 {
			return nil
		}
		i, err := r.Invitation(a.Invitation)
		a.Route = i.Route
		return ignoring(err) // of whoever was erased long ago there is no message any more
	})
	return a, err
}

// FindResponse gives the answer that a receipt or an entry of the ledger is of.
func (d *Desk) FindResponse(ctx context.Context, number string) (id string, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		resp, err := r.Response(number)
		entry, wrong := strconv.ParseInt(number, 10, 64)
		if fault.Is(err, fault.NotFound) && wrong == nil && entry >= 0 && entry < math.MaxInt64 {
			rs, err := r.ResponsesBefore(0, EntryNo(entry)+1, 1)
			if err != nil {
				return err
			}
			if len(rs) > 0 && rs[0].Entry == EntryNo(entry) {
				id = rs[0].ID
				return nil
			}
		}
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "response.not_found", "there is no answer {id}", "id", number).Hint("reoptin responses list")
		}
		id = resp.ID
		return err
	})
	return id, err
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
	found, err := r.KeyHolders(keys.Mailbox(f.Address))
	if err != nil {
		return nil, err
	}
	var all []Response
	for _, contact := range distinct(found) {
		is, err := r.InvitationsOfContact(contact)
		if err != nil {
			return nil, err
		}
		rs, err := allResponses(r, contact, is)
		if err != nil {
			return nil, err
		}
		all = append(all, rs...)
	}
	all = slices.DeleteFunc(all, func(a Response) bool { return a.Entry >= f.Before || id != 0 && a.Campaign != id })
	slices.SortFunc(all, func(a, b Response) int { return int(b.Entry - a.Entry) })
	return all, nil
}

// distinct are the holders of some keys, each once, the oldest first.
func distinct(found map[PersonKey][]ContactID) (ids []ContactID) {
	for _, some := range found {
		ids = append(ids, some...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
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
		if _, known := campaigns[a.Campaign]; !known && a.Campaign != 0 { // 0: entered by hand for somebody who was not asked
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
