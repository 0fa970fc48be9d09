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

const selectContact = `SELECT c.id, c.external_id, c.email, c.body, c.keys, coalesce(v.ruling, 0), coalesce(v.as_of, 0)
FROM contact c LEFT JOIN verdict v ON v.contact = c.id `

// contacts reads the contacts that a query selects; where follows selectContact.
func (t *tx) contacts(where string, args ...any) ([]campaign.Contact, error) {
	return all(t, t.scanContact, selectContact+where, args...)
}

func (t *tx) scanContact(scan func(...any) error) (c campaign.Contact, err error) {
	var body string
	var keys sql.RawBytes
	var ruling, asOf int64
	if err = scan(&c.ID, &c.ExternalID, &c.Email, &body, &keys, &ruling, &asOf); err != nil {
		return c, err
	}
	if err = bodyInto(body, &c); err != nil {
		return c, fmt.Errorf("contact %d: %w", c.ID, err)
	}
	if c.Keys, err = keysIn(keys); err != nil || ruling == 0 {
		return c, err
	}
	if c.Verdict, err = t.ruling(ruling); err != nil {
		return c, err
	}
	if asOf == 0 {
		asOf, err = t.audited()
	}
	c.Verdict.AsOf = campaign.DayOf(asOf)
	return c, err
}

// kinds are the kinds of person keys by their initials.
var kinds = [256]campaign.KeyKind{'s': campaign.KeyStrict, 'm': campaign.KeyMailbox, 'p': campaign.KeyPerson}

const keyLength = 1 + 32 // initial and digest

// appendKeyList writes a contact's keys as they stand in its row, the strictest kind first.
func appendKeyList(out []byte, keys []campaign.PersonKey) []byte {
	sorted := slices.Clone(keys)
	sortKeys(sorted)
	for _, k := range sorted {
		out = append(append(out, k.Kind[0]), k.Digest[:]...)
	}
	return out
}

func keysIn(list []byte) (keys []campaign.PersonKey, err error) { return appendKeysIn(nil, list) }

func appendKeysIn(keys []campaign.PersonKey, list []byte) ([]campaign.PersonKey, error) {
	if len(list)%keyLength != 0 {
		return nil, fmt.Errorf("a list of person keys has %d bytes", len(list))
	}
	for ; len(list) > 0; list = list[keyLength:] {
		kind := kinds[list[0]]
		if kind == "" {
			return nil, fmt.Errorf("a person key is of no known kind")
		}
		keys = append(keys, campaign.PersonKey{Kind: kind, Digest: [32]byte(list[1:keyLength])})
	}
	return keys, nil
}

// Contact is one contact by its number.
func (t *tx) Contact(id campaign.ContactID) (campaign.Contact, error) {
	return t.oneContact("store.Contact", "WHERE c.id = $1", int64(id))
}

// ContactByExternalID is one contact by the smallest external id of its rows.
func (t *tx) ContactByExternalID(external string) (campaign.Contact, error) {
	return t.oneContact("store.ContactByExternalID", "WHERE c.external_id = $1 AND c.external_id <> '' ORDER BY c.id LIMIT 1", external)
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

// shortKey is the part of a key's digest by which contacts are found.
type shortKey [16]byte

func short(k *campaign.PersonKey) shortKey { return shortKey(k.Digest[:len(shortKey{})]) }

func compareShort(a, b shortKey) int { return bytes.Compare(a[:], b[:]) }

// ContactsByKey finds the contacts that have a key; of several with one key, the oldest.
func (t *tx) ContactsByKey(keys []campaign.PersonKey) (map[campaign.PersonKey]campaign.ContactID, error) {
	list := make([]shortKey, len(keys))
	for n := range keys {
		list[n] = short(&keys[n])
	}
	slices.SortFunc(list, compareShort)
	has := make(map[shortKey]campaign.ContactID)
	err := chunks(slices.Compact(list), mostParameters, func(piece []shortKey) error {
		args := make([]any, len(piece))
		for n := range piece {
			args[n] = piece[n][:]
		}
		return t.each(func(scan func(...any) error) error {
			var key sql.RawBytes
			var id campaign.ContactID
			if err := scan(&key, &id); err != nil {
				return err
			}
			k := shortKey(key)
			if first, there := has[k]; !there || id < first {
				has[k] = id
			}
			return nil
		}, "SELECT key, contact FROM contact_key WHERE key IN ("+places(1, len(piece))+")", args...)
	})
	found := make(map[campaign.PersonKey]campaign.ContactID, len(has))
	for n := range keys {
		if id, there := has[short(&keys[n])]; there {
			found[keys[n]] = id
		}
	}
	return found, translate("store.ContactsByKey", err)
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
	verdicts := map[campaign.ContactID]campaign.Verdict{}
	for i := range cs {
		c := &cs[i]
		if ids[i] = c.ID; c.ID == 0 {
			fresh = append(fresh, i)
			continue
		}
		changed, err := t.replaceContact(c, allowed)
		if err != nil {
			return nil, translate("store.PutContacts", err)
		}
		if changed {
			keys = appendKeys(keys, c, c.ID)
		}
		verdicts[c.ID] = c.Verdict
	}
	slices.SortFunc(keys, func(a, b contactKey) int { return compareShort(a.key, b.key) })
	if err := t.insertKeys(keys, func(k contactKey) campaign.ContactID { return k.contact }); err != nil {
		return nil, translate("store.PutContacts", err)
	}
	if err := t.insertContacts(cs, fresh, ids); err != nil {
		return nil, translate("store.PutContacts", err)
	}
	if err := t.countContacts(len(fresh)); err != nil {
		return nil, translate("store.PutContacts", err)
	}
	for _, i := range fresh {
		if cs[i].Verdict.Class != "" {
			verdicts[ids[i]] = cs[i].Verdict
		}
	}
	return ids, t.PutVerdicts(verdicts)
}

// contactKey is a row of contact_key; contact is a place in a list where the contact has no number yet.
type contactKey struct {
	key     shortKey
	contact campaign.ContactID
}

func appendKeys(to []contactKey, c *campaign.Contact, as campaign.ContactID) []contactKey {
	for n := range c.Keys {
		to = append(to, contactKey{short(&c.Keys[n]), as})
	}
	return to
}

// insertKeys takes keys in the order of the tree they go into: neighbours are found without looking anew.
func (t *tx) insertKeys(keys []contactKey, contact func(contactKey) campaign.ContactID) error {
	row := make([]any, 0, 2*mostRows)
	for len(keys) > 0 {
		n := piece(len(keys))
		row = row[:0]
		for i := range keys[:n] {
			row = append(row, keys[i].key[:], int64(contact(keys[i])))
		}
		if _, err := t.exec("INSERT INTO contact_key (key, contact) VALUES "+tuples(1, 2, n)+" ON CONFLICT DO NOTHING", row...); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// insertContacts writes new contacts and gives their numbers. What is written is made ready beside, while
// the engine writes: the rows in pieces, the keys in the order in which they go in.
func (t *tx) insertContacts(cs []campaign.Contact, fresh []int, ids []campaign.ContactID) error {
	sorted := make(chan []contactKey, 1)
	go func() {
		keys := make([]contactKey, 0, 3*len(fresh))
		for _, i := range fresh {
			keys = appendKeys(keys, &cs[i], campaign.ContactID(i))
		}
		slices.SortFunc(keys, func(a, b contactKey) int { return compareShort(a.key, b.key) })
		sorted <- keys
	}()
	ready := make(chan []any, 8)
	go func() {
		defer close(ready)
		for rest := fresh; len(rest) > 0; {
			n := piece(len(rest))
			ready <- contactRows(cs, rest[:n])
			rest = rest[n:]
		}
	}()
	defer func() {
		for range ready { // after an error, what is still being made ready is for nobody
		}
	}()
	for done := 0; done < len(fresh); {
		args := <-ready
		n := len(args) / contactWidth
		// The engine counts up as it goes through the rows of a statement, in whatever order it tells us.
		given, err := all(t, func(scan func(...any) error) (id campaign.ContactID, err error) { return id, scan(&id) },
			"INSERT INTO contact (external_id, email, body, keys) VALUES "+tuples(1, contactWidth, n)+" RETURNING id", args...)
		if err != nil {
			return err
		}
		slices.Sort(given)
		for k, id := range given {
			ids[fresh[done+k]] = id
		}
		done += n
	}
	return t.insertKeys(<-sorted, func(k contactKey) campaign.ContactID { return ids[k.contact] })
}

// contactWidth is how many parameters a row of contact takes.
const contactWidth = 4

// contactRows are the parameters of some contacts' rows, whose texts share one piece of memory.
func contactRows(cs []campaign.Contact, which []int) []any {
	bodies, lists := []byte{}, []byte{} // an empty list of keys is no NULL
	ends := make([][2]int, len(which))
	for n, i := range which {
		bodies = appendBody(bodies, &cs[i])
		lists = appendKeyList(lists, cs[i].Keys)
		ends[n] = [2]int{len(bodies), len(lists)}
	}
	text := string(bodies)
	args := make([]any, 0, contactWidth*len(which))
	var from [2]int
	for n, i := range which {
		args = append(args, cs[i].ExternalID, string(cs[i].Email), text[from[0]:ends[n][0]], lists[from[1]:ends[n][1]:ends[n][1]])
		from = ends[n]
	}
	return args
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
	if _, err := t.exec("UPDATE contact SET external_id = $2, email = $3, body = $4, keys = $5 WHERE id = $1", append([]any{int64(c.ID)}, contactRows([]campaign.Contact{*c}, []int{0})...)...); err != nil {
		return false, err
	}
	if bytes.Equal(before, appendKeyList(nil, c.Keys)) {
		return false, nil
	}
	old, err := keysIn(before)
	for n := 0; n < len(old) && err == nil; n++ {
		_, err = t.exec("DELETE FROM contact_key WHERE key = $1 AND contact = $2", old[n].Digest[:len(shortKey{})], int64(c.ID))
	}
	return true, err
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
