package store

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Organisation is the one applied last.
func (t *tx) Organisation() (campaign.Organisation, error) {
	var o campaign.Organisation
	var body string
	if err := t.row([]any{&body}, "SELECT body FROM organisation ORDER BY entry DESC LIMIT 1"); err != nil {
		return o, translate("store.Organisation", err)
	}
	o, err := t.db.organisations.of(body)
	return o, translate("store.Organisation", err)
}

// PutOrganisation adds a version of the organisation, covered by the entry that applies it.
func (t *tx) PutOrganisation(o campaign.Organisation) error {
	body, err := encode(o)
	if err != nil {
		return translate("store.PutOrganisation", err)
	}
	no, err := t.entryFor(campaign.EntryOrganisation, 0, map[string]any{"actor": campaign.Machine})
	if err != nil {
		return err
	}
	return translate("store.PutOrganisation", t.add(organisationRows, no, body, millis(t.now)))
}

// selectContact reads contacts, each with the verdict that was given to it alone, if any, and what stands at its place in its block.
var selectContact = `SELECT c.id, c.external_id, c.email, c.body, c.keys, coalesce(v.ruling, 0), coalesce(v.as_of, 0), ` + placeInBlock + `
FROM contact c ` + joinVerdicts

// contacts reads the contacts that a query selects; where follows selectContact.
func (t *tx) contacts(where string, args ...any) ([]campaign.Contact, error) {
	return all(t, t.scanContact, selectContact+where, args...)
}

func (t *tx) scanContact(scan func(...any) error) (c campaign.Contact, err error) {
	var body string
	var keys, place sql.RawBytes
	var ruling, asOf int64
	if err = scan(&c.ID, &c.ExternalID, &c.Email, &body, &keys, &ruling, &asOf, &place); err != nil {
		return c, err
	}
	if err = bodyInto(body, &c); err != nil {
		return c, fmt.Errorf("contact %d: %w", c.ID, err)
	}
	if c.Keys, err = campaign.KeysIn(keys); err != nil {
		return c, err
	}
	if c.Verdict, err = t.verdictIn(ruling, string(place), c.ID); err != nil || c.Verdict.Class == "" {
		return c, err
	}
	if asOf == 0 {
		asOf, err = t.audited()
	}
	c.Verdict.AsOf = campaign.DayOf(asOf)
	return c, err
}

// Contact is one contact by its number.
func (t *tx) Contact(id campaign.ContactID) (campaign.Contact, error) {
	return t.oneContact("store.Contact", "WHERE c.id = $1", int64(id))
}

// mostHolders bounds how many contacts are given of whom one is meant: two are too many already.
const mostHolders = 10

// ContactsByExternalID are the contacts whose rows have an external id as their smallest, the oldest first.
func (t *tx) ContactsByExternalID(external string) ([]campaign.Contact, error) {
	cs, err := t.contacts("WHERE c.external_id = $1 AND c.external_id <> '' ORDER BY c.id LIMIT $2", external, int64(mostHolders))
	return cs, translate("store.ContactsByExternalID", err)
}

func (t *tx) oneContact(op, where string, arg any) (c campaign.Contact, err error) {
	cs, err := t.contacts(where, arg)
	if err != nil {
		return c, translate(op, err)
	}
	if len(cs) == 0 {
		return c, notFound(op)
	}
	return cs[0], nil
}

func compareShort(a, b campaign.ShortKey) int { return bytes.Compare(a[:], b[:]) }

// KeyHolders finds the contacts that have some keys. Several have one where a mailbox passed from one to another, or is
// reached by several spellings.
func (t *tx) KeyHolders(keys []campaign.PersonKey) (map[campaign.PersonKey][]campaign.ContactID, error) {
	list := make([]campaign.ShortKey, len(keys))
	for n := range keys {
		list[n] = keys[n].Short()
	}
	slices.SortFunc(list, compareShort)
	list = slices.Compact(list)
	holders := make([][]campaign.ContactID, len(list))
	err := t.ShortKeyHolders(list, func(n int, id campaign.ContactID) { holders[n] = append(holders[n], id) })
	found := make(map[campaign.PersonKey][]campaign.ContactID, len(keys))
	for n := 0; n < len(keys) && err == nil; n++ {
		at, _ := slices.BinarySearchFunc(list, keys[n].Short(), compareShort)
		if ids := holders[at]; len(ids) > 0 {
			slices.Sort(ids)
			found[keys[n]] = ids
		}
	}
	return found, err
}

// ContactPage lists contacts by id.
func (t *tx) ContactPage(f campaign.ContactFilter, after campaign.ContactID, limit int) ([]campaign.Contact, error) {
	if f == (campaign.ContactFilter{}) {
		cs, err := t.contacts("WHERE c.id > $1 ORDER BY c.id LIMIT $2", int64(after), int64(limit))
		return cs, translate("store.ContactPage", err)
	}
	ids, err := t.judged(f, after, limit)
	if err != nil {
		return nil, translate("store.ContactPage", err)
	}
	found, err := t.ContactsOf(ids)
	if err != nil {
		return nil, err
	}
	cs := make([]campaign.Contact, 0, len(ids))
	for _, id := range ids {
		if c, ok := found[id]; ok {
			cs = append(cs, c)
		}
	}
	return cs, nil
}

// ContactCount is how many contacts there are.
func (t *tx) ContactCount() (n int, err error) {
	err = t.row([]any{&n}, "SELECT contacts FROM base")
	return n, translate("store.ContactCount", err)
}

// countContacts keeps the number of contacts: counting them takes as long as reading them.
func (t *tx) countContacts(more int) error {
	if more == 0 {
		return nil
	}
	_, err := t.exec("UPDATE base SET contacts = contacts + $1", int64(more))
	return err
}

// PutContacts inserts (ID 0) or replaces contacts, their keys and verdicts with them. Nothing that it replaces
// may lose a no: see campaign.Raises.
func (t *tx) PutContacts(cs []campaign.Contact) ([]campaign.ContactID, error) {
	return t.putContacts(cs, onlyLowers)
}

// onlyLowers refuses a change that would lift what is stored.
func onlyLowers(was, now *campaign.Contact) error {
	if what := campaign.Raises(was, now); what != "" {
		return fault.New(fault.Conflict, "store.raises", "contact {contact} would lose what is stored: {what}", "contact", now.ID, "what", what).At("store.PutContacts").
			Hint("an import can only lower permission; report this as a defect")
	}
	return nil
}

func (t *tx) putContacts(cs []campaign.Contact, allowed func(was, now *campaign.Contact) error) ([]campaign.ContactID, error) {
	ids := make([]campaign.ContactID, len(cs))
	var fresh []int
	var keys []contactKey
	var others []int64
	verdicts := map[campaign.ContactID]campaign.Verdict{}
	for i := range cs {
		c := &cs[i]
		if ids[i] = c.ID; c.ID == 0 {
			fresh = append(fresh, i)
			continue
		}
		others = append(others, int64(c.ID))
		changed, err := t.replaceContact(c, allowed)
		if err != nil {
			return nil, translate("store.PutContacts", err)
		}
		if changed {
			keys = appendKeys(keys, c, c.ID)
		}
		verdicts[c.ID] = c.Verdict
	}
	if err := t.insertKeys(keys); err != nil {
		return nil, translate("store.PutContacts", err)
	}
	if err := t.unclaim(others); err != nil {
		return nil, translate("store.PutContacts", err)
	}
	if err := t.insertContacts(cs, fresh, ids); err != nil {
		return nil, translate("store.PutContacts", err)
	}
	for _, i := range fresh {
		if cs[i].Verdict.Class != "" {
			verdicts[ids[i]] = cs[i].Verdict
		}
	}
	return ids, t.PutVerdicts(verdicts)
}

// contactKey is a row of contact_key.
type contactKey struct {
	key     campaign.ShortKey
	contact campaign.ContactID
}

func appendKeys(to []contactKey, c *campaign.Contact, as campaign.ContactID) []contactKey {
	for n := range c.Keys {
		to = append(to, contactKey{c.Keys[n].Short(), as})
	}
	return to
}

// The statements that write n rows, by n. Writing them anew each time takes a tenth of what they do.
var (
	insertKeysQuery = perRows(mostRows, func(n int) string {
		return "INSERT INTO contact_key (key, contact) VALUES " + tuples(1, 2, n) + " ON CONFLICT DO NOTHING"
	})
	insertPeopleQuery = perRows(mostRows, func(n int) string {
		return "INSERT INTO contact (external_id, email, body, keys) VALUES " + tuples(1, 4, n)
	})
)

// insertKeys writes keys, in the order of the tree they go into: neighbours are found without looking anew.
func (t *tx) insertKeys(keys []contactKey) error {
	slices.SortFunc(keys, func(a, b contactKey) int { return compareShort(a.key, b.key) })
	most := min(len(keys), mostRows)
	row, own := make([]any, 2*most), make([]campaign.ShortKey, most)
	for i := range own { // the engine copies what a statement is given: one place for each does for all
		row[2*i] = own[i][:]
	}
	for len(keys) > 0 {
		n := piece(len(keys), mostRows)
		for i := range keys[:n] {
			own[i], row[2*i+1] = keys[i].key, int64(keys[i].contact)
		}
		if err := t.execBare(insertKeysQuery(n), row[:2*n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// insertContacts writes new contacts and gives their numbers.
func (t *tx) insertContacts(cs []campaign.Contact, fresh []int, ids []campaign.ContactID) error {
	if len(fresh) == 0 {
		return nil
	}
	people := make([]campaign.Packed, len(fresh))
	for n, i := range fresh {
		people[n] = pack(&cs[i])
	}
	first, err := t.insertPeople(people)
	if err != nil {
		return err
	}
	var keys []contactKey
	for n, i := range fresh {
		ids[i] = first + campaign.ContactID(n)
		keys = appendKeys(keys, &cs[i], ids[i])
	}
	return t.insertKeys(keys)
}

func pack(c *campaign.Contact) campaign.Packed {
	return campaign.Packed{ExternalID: c.ExternalID, Email: string(c.Email), Body: string(appendBody(nil, c)), Keys: campaign.AppendKeys([]byte{}, c.Keys)}
}

// insertPeople writes rows of contact. The engine gives them numbers that follow each other, since nobody else writes meanwhile: it takes
// longer to be told them, and to look whether there is such a number already.
func (t *tx) insertPeople(people []campaign.Packed) (first campaign.ContactID, err error) {
	p := &people[0]
	if err := t.row([]any{&first}, "INSERT INTO contact (external_id, email, body, keys) VALUES ($1, $2, $3, $4) RETURNING id", p.ExternalID, p.Email, p.Body, p.Keys); err != nil {
		return 0, err
	}
	args := make([]any, 0, 4*mostRows)
	for next := 1; next < len(people); {
		args = args[:0]
		n := piece(len(people)-next, mostRows)
		for i := next; i < next+n; i++ {
			p := &people[i]
			args = append(args, p.ExternalID, p.Email, p.Body, p.Keys)
		}
		if err := t.execBare(insertPeopleQuery(n), args); err != nil {
			return 0, err
		}
		next += n
	}
	var last int64
	if err := t.row([]any{&last}, "SELECT max(id) FROM contact"); err != nil {
		return 0, err
	}
	if last != int64(first)+int64(len(people))-1 {
		return 0, fmt.Errorf("%d people who were added behind contact %d end at contact %d", len(people), first, last)
	}
	return first, t.countContacts(len(people))
}

// replaceContact says whether the contact's keys are others now; the old ones are gone then.
func (t *tx) replaceContact(c *campaign.Contact, allowed func(was, now *campaign.Contact) error) (changed bool, err error) {
	var before []byte
	var body string
	was := campaign.Contact{ID: c.ID}
	if err := t.row([]any{&was.Email, &body, &before}, "SELECT email, body, keys FROM contact WHERE id = $1", int64(c.ID)); err != nil {
		return false, err
	}
	if err := bodyInto(body, &was); err != nil {
		return false, fmt.Errorf("contact %d: %w", c.ID, err)
	}
	if err := allowed(&was, c); err != nil {
		return false, err
	}
	p := pack(c)
	if _, err := t.exec("UPDATE contact SET external_id = $2, email = $3, body = $4, keys = $5 WHERE id = $1", int64(c.ID), p.ExternalID, p.Email, p.Body, p.Keys); err != nil {
		return false, err
	}
	if bytes.Equal(before, p.Keys) {
		return false, nil
	}
	old, err := campaign.KeysIn(before)
	if err == nil {
		err = t.deleteKeys(c.ID, old)
	}
	return true, err
}

func (t *tx) deleteKeys(id campaign.ContactID, keys []campaign.PersonKey) error {
	for n := range keys {
		short := keys[n].Short()
		if _, err := t.exec("DELETE FROM contact_key WHERE key = $1 AND contact = $2", short[:], int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// ContactsOf reads some contacts.
func (t *tx) ContactsOf(ids []campaign.ContactID) (map[campaign.ContactID]campaign.Contact, error) {
	out := make(map[campaign.ContactID]campaign.Contact, len(ids))
	sorted := slices.Sorted(slices.Values(numbers(ids)))
	err := chunks(slices.Compact(sorted), mostParameters, func(piece []int64) error {
		cs, err := t.contacts("WHERE c.id IN ("+places(1, len(piece))+") ORDER BY c.id", anys(piece)...)
		if err != nil {
			return err
		}
		for _, c := range cs {
			out[c.ID] = c
		}
		return nil
	})
	return out, translate("store.ContactsOf", err)
}
