package campaign

import "time"

// importTx is what an import needs of a transaction.
type importTx interface {
	ContactPage(ContactFilter, ContactID, int) ([]Contact, error)
	ContactsByKey([]PersonKey) (map[PersonKey]ContactID, error)
	ContactsOf([]ContactID) (map[ContactID]Contact, error)
	listReader
	NextImport() (ImportID, error)
	PutImported(ImportID, []Contact) ([]ContactID, error)
	ForgetChanges(before time.Time) error
	AddImport(Import) (ImportID, error)
	Append(Entry) (EntryNo, error)
	Suppress(EntryNo, []Suppression) (added int, err error)
}

// rehearsal lets an import run over a snapshot and keeps what it would write in memory: whoever answers
// or sends meanwhile need not wait for it.
type rehearsal struct {
	Reader
	contacts map[ContactID]Contact
	by       map[PersonKey]ContactID
	next     ContactID
}

// firstRehearsed is the number of the first contact that a rehearsal makes: no stored one is as high.
const firstRehearsed = 1 << 62

func newRehearsal(r Reader) *rehearsal {
	return &rehearsal{Reader: r, contacts: map[ContactID]Contact{}, by: map[PersonKey]ContactID{}, next: firstRehearsed}
}

// ContactsByKey gives of several with one key the oldest, as the store does.
func (h *rehearsal) ContactsByKey(keys []PersonKey) (map[PersonKey]ContactID, error) {
	found, err := h.Reader.ContactsByKey(keys)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		own, ok := h.by[k]
		if stored, there := found[k]; ok && (!there || own < stored) {
			found[k] = own
		}
	}
	return found, nil
}

// ContactsOf gives contacts as the import has left them.
func (h *rehearsal) ContactsOf(ids []ContactID) (map[ContactID]Contact, error) {
	var stored []ContactID
	for _, id := range ids {
		if id < firstRehearsed {
			stored = append(stored, id)
		}
	}
	found, err := h.Reader.ContactsOf(stored)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if c, ok := h.contacts[id]; ok {
			found[id] = c
		}
	}
	return found, nil
}

// NextImport is nobody's number.
func (h *rehearsal) NextImport() (ImportID, error) { return 0, nil }

// ForgetChanges keeps what is there.
func (h *rehearsal) ForgetChanges(time.Time) error { return nil }

// PutImported keeps contacts for the rows that follow.
func (h *rehearsal) PutImported(_ ImportID, cs []Contact) ([]ContactID, error) {
	ids := make([]ContactID, len(cs))
	for n, c := range cs {
		if c.ID == 0 {
			c.ID = h.next
			h.next++
		}
		ids[n], h.contacts[c.ID] = c.ID, c
		for _, k := range c.Keys {
			if other, ok := h.by[k]; !ok || c.ID < other {
				h.by[k] = c.ID
			}
		}
	}
	return ids, nil
}

// AddImport keeps nothing.
func (h *rehearsal) AddImport(Import) (ImportID, error) { return 0, nil }

// Append keeps nothing.
func (h *rehearsal) Append(Entry) (EntryNo, error) { return NoEntry, nil }

// Suppress counts the keys that would be new on the never-write list, or graver than a bounce there.
func (h *rehearsal) Suppress(_ EntryNo, list []Suppression) (added int, err error) {
	keys := make([]PersonKey, len(list))
	for i := range list {
		keys[i] = list[i].Key
	}
	known, err := h.SuppressedKeys(keys)
	for _, k := range keys {
		if s, ok := known[k]; !ok || s.Lifts || s.Reason == SuppressBounce {
			added++
		}
	}
	return added, err
}
