package app

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
)

// leftMailboxes are those for which people said no to e-mail and that they have no more: a program that suppresses mailboxes may
// still write to them. One that somebody else has now who is opted in with it is left out.
func (a *App) leftMailboxes(r campaign.Reader, cs []campaign.Contact, of map[campaign.ContactID][]campaign.ConsentRow) (map[campaign.ContactID][]campaign.Address, error) {
	left := map[campaign.ContactID][]campaign.Address{}
	var keys []campaign.PersonKey
	for _, c := range cs {
		for _, row := range of[c.ID] {
			if row.Channel != "email" || row.State == campaign.Granted || row.Email == "" || strings.EqualFold(string(row.Email), string(c.Email)) || slices.Contains(left[c.ID], row.Email) {
				continue
			}
			left[c.ID] = append(left[c.ID], row.Email)
			keys = append(keys, a.keyer.Mailbox(row.Email)...)
		}
	}
	if len(keys) == 0 {
		return left, nil
	}
	holders, err := r.KeyHolders(keys)
	if err != nil {
		return nil, err
	}
	var ids []campaign.ContactID
	for _, some := range holders {
		ids = append(ids, some...)
	}
	people, err := r.ContactsOf(ids)
	if err != nil {
		return nil, err
	}
	others := slices.SortedFunc(maps.Values(people), func(a, b campaign.Contact) int { return cmp.Compare(a.ID, b.ID) })
	verdicts, err := campaign.VerdictsNow(r, others)
	if err != nil {
		return nil, err
	}
	welcome := map[string]bool{}
	for n, c := range others {
		box := strings.ToLower(string(c.Email))
		welcome[box] = welcome[box] || verdicts[n].Class == campaign.OptedIn
	}
	for id := range left {
		left[id] = slices.DeleteFunc(left[id], func(box campaign.Address) bool { return welcome[strings.ToLower(string(box))] })
	}
	return left, nil
}
