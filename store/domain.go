package store

import (
	"bytes"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/reoptin/reoptin/campaign"
)

// errSeen ends a walk that has seen all that it looked for.
var errSeen = errors.New("seen")

// eachDomain calls do with the domain of every mailbox of the base, until it has seen enough. What it is given holds until the
// next.
func (t *tx) eachDomain(do func(domain []byte) (more bool)) error {
	err := t.each(func(scan func(...any) error) error {
		var email sql.RawBytes
		if err := scan(&email); err != nil {
			return err
		}
		if !do(email[bytes.LastIndexByte(email, '@')+1:]) {
			return errSeen
		}
		return nil
	}, "SELECT email FROM contact WHERE email <> ''")
	if errors.Is(err, errSeen) {
		return nil
	}
	return err
}

// MailDomains gives the domains of the base's mailboxes.
func (t *tx) MailDomains() ([]string, error) {
	found := map[string]bool{}
	err := t.eachDomain(func(domain []byte) bool {
		if !found[string(domain)] { // looking takes no memory of its own, keeping does
			found[string(domain)] = true
		}
		return true
	})
	return slices.Sorted(maps.Keys(found)), translate("store.MailDomains", err)
}

const selectDead = "SELECT name, why, since, at FROM dead_domain"

func (t *tx) deadDomains(into map[string]*campaign.DeadDomain, query string, args ...any) error {
	return t.each(func(scan func(...any) error) error {
		var d campaign.DeadDomain
		var since, at int64
		err := scan(&d.Name, &d.Why, &since, &at)
		d.Since, d.At = campaign.DayOf(since), campaign.DayOf(at)
		into[d.Name] = &d
		return err
	}, query, args...)
}

// DeadDomains gives the domains that take no mail.
func (t *tx) DeadDomains() (map[string]*campaign.DeadDomain, error) {
	out := map[string]*campaign.DeadDomain{}
	return out, translate("store.DeadDomains", t.deadDomains(out, selectDead))
}

// DeadDomainsOf gives those of some domains that take no mail.
func (t *tx) DeadDomainsOf(names []string) (map[string]*campaign.DeadDomain, error) {
	out := map[string]*campaign.DeadDomain{}
	err := chunks(names, mostParameters, func(piece []string) error {
		return t.deadDomains(out, selectDead+" WHERE name IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	return out, translate("store.DeadDomainsOf", err)
}

// PutDeadDomains keeps which domains take no mail.
func (t *tx) PutDeadDomains(ds []campaign.DeadDomain) error {
	rows := make([][]any, len(ds))
	for n, d := range ds {
		rows[n] = []any{d.Name, string(d.Why), d.Since.Day(), d.At.Day()}
	}
	return translate("store.PutDeadDomains", t.insertMany("INSERT INTO dead_domain (name, why, since, at) VALUES", rows,
		"ON CONFLICT (name) DO UPDATE SET why = excluded.why, since = excluded.since, at = excluded.at"))
}

// ReviveDomains takes back that some domains take no mail.
func (t *tx) ReviveDomains(names []string) error {
	err := chunks(names, mostParameters, func(piece []string) error {
		_, err := t.exec("DELETE FROM dead_domain WHERE name IN ("+places(1, len(piece))+")", anys(piece)...)
		return err
	})
	return translate("store.ReviveDomains", err)
}

// ForgetDomains lets go of what was found of those of some domains in which nobody of the base is.
func (t *tx) ForgetDomains(names []string) error {
	left, err := t.DeadDomainsOf(names)
	if err != nil || len(left) == 0 {
		return err
	}
	err = t.eachDomain(func(domain []byte) bool {
		delete(left, string(domain))
		return len(left) > 0
	})
	if err != nil || len(left) == 0 {
		return translate("store.ForgetDomains", err)
	}
	return errors.Join(t.ReviveDomains(slices.Sorted(maps.Keys(left))), translate("store.ForgetDomains", t.scrubLater()))
}
