package storetest

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// deadDomains: what was found of a domain stands until it is found otherwise, or until nobody of the base is in it any more.
func deadDomains(t *testing.T, h Harness) {
	w := newWorld(t, h)
	first, then := campaign.NewDate(2026, 3, 1), campaign.NewDate(2026, 4, 1)
	known := func() (all map[string]*campaign.DeadDomain) {
		t.Helper()
		w.view(func(r campaign.Reader) (err error) {
			all, err = r.DeadDomains()
			return err
		})
		return all
	}
	if len(known()) != 0 {
		t.Error("domains are dead in an empty base")
	}
	w.update(func(tx campaign.Tx) error {
		_, err := tx.PutContacts([]campaign.Contact{{ExternalID: "1", Email: "ada@b.example", Keys: keys("ada", "ada")}, {ExternalID: "2", Email: "bob@a.example", Keys: keys("bob", "bob")},
			{ExternalID: "3", Email: "eve@b.example", Keys: keys("eve", "eve")}, {ExternalID: "4"}})
		return err
	})
	w.view(func(r campaign.Reader) error {
		names, err := r.MailDomains()
		same(t, []string{"a.example", "b.example"}, names)
		return err
	})
	gone := campaign.DeadDomain{Name: "gone.example", Why: campaign.DomainAbsent, Since: first, At: first}
	w.update(func(tx campaign.Tx) error {
		return tx.PutDeadDomains([]campaign.DeadDomain{{Name: "a.example", Why: campaign.DomainAbsent, Since: first, At: first}, {Name: "b.example", Why: campaign.DomainUnreachable, Since: first, At: first}, gone})
	})
	a := campaign.DeadDomain{Name: "a.example", Why: campaign.DomainRefuses, Since: first, At: then}
	w.update(func(tx campaign.Tx) error { return tx.PutDeadDomains([]campaign.DeadDomain{a}) })
	w.view(func(r campaign.Reader) error {
		some, err := r.DeadDomainsOf([]string{"a.example", "alive.example"})
		same(t, map[string]*campaign.DeadDomain{"a.example": &a}, some)
		none, nerr := r.DeadDomainsOf(nil)
		w.must(nerr)
		if len(none) != 0 {
			t.Errorf("of no domain: %v", none)
		}
		return err
	})
	w.update(func(tx campaign.Tx) error { return tx.ReviveDomains([]string{"b.example", "alive.example"}) })
	w.update(func(tx campaign.Tx) error { return tx.ForgetDomains([]string{"a.example", "alive.example"}) })
	same(t, map[string]*campaign.DeadDomain{"a.example": &a, "gone.example": &gone}, known())
	w.update(func(tx campaign.Tx) error { return tx.ForgetDomains([]string{"a.example", "gone.example"}) })
	same(t, map[string]*campaign.DeadDomain{"a.example": &a}, known())
	w.whole()
}
