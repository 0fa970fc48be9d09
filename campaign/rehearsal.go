package campaign

import (
	"iter"
	"time"
)

// importTx is what an import needs of a transaction.
type importTx interface {
	ContactPage(ContactFilter, ContactID, int) ([]Contact, error)
	ShortKeyHolders(keys []ShortKey, each func(n int, holder ContactID)) error
	PackedOf([]ContactID) (map[ContactID]Packed, error)
	ContactsOf([]ContactID) (map[ContactID]Contact, error)
	listReader
	SuppressedBegins() ([]uint64, error)
	NextImport() (ImportID, error)
	AddPeople(ImportID, []Packed) (ContactID, error)
	AddKeys(iter.Seq2[ShortKey, ContactID]) error
	PutImported(ImportID, []Contact) ([]ContactID, error)
	ForgetChanges(before time.Time) error
	AddImport(Import) (ImportID, error)
	Append(Entry) (EntryNo, error)
	Suppress(EntryNo, []Suppression) (added int, err error)
}

// rehearsal lets an import run over a snapshot: whoever answers or sends meanwhile need not wait for it. Of what
// it would write it keeps the contacts that it would change, in case that another row means one of them too;
// nobody who is new is meant by a further row.
type rehearsal struct {
	Reader
	contacts map[ContactID]Contact
	made     ContactID
}

// firstRehearsed is the number of the first contact that a rehearsal makes: no stored one is as high.
const firstRehearsed = 1 << 62

func newRehearsal(r Reader) *rehearsal {
	return &rehearsal{Reader: r, contacts: map[ContactID]Contact{}}
}

// PackedOf leaves out whom the import has changed.
func (h *rehearsal) PackedOf(ids []ContactID) (map[ContactID]Packed, error) {
	found, err := h.Reader.PackedOf(ids)
	for id := range found {
		if _, changed := h.contacts[id]; changed {
			delete(found, id)
		}
	}
	return found, err
}

// ContactsOf gives contacts as the import has left them.
func (h *rehearsal) ContactsOf(ids []ContactID) (map[ContactID]Contact, error) {
	found, err := h.Reader.ContactsOf(ids)
	for id := range found {
		if c, changed := h.contacts[id]; changed {
			found[id] = c
		}
	}
	return found, err
}

// AddPeople only counts.
func (h *rehearsal) AddPeople(_ ImportID, people []Packed) (first ContactID, err error) {
	first = firstRehearsed + h.made
	h.made += ContactID(len(people))
	return first, nil
}

// AddKeys keeps nothing.
func (h *rehearsal) AddKeys(iter.Seq2[ShortKey, ContactID]) error { return nil }

// NextImport is nobody's number.
func (h *rehearsal) NextImport() (ImportID, error) { return 0, nil }

// ForgetChanges keeps what is there.
func (h *rehearsal) ForgetChanges(time.Time) error { return nil }

// PutImported keeps changed contacts for the rows that follow.
func (h *rehearsal) PutImported(_ ImportID, cs []Contact) ([]ContactID, error) {
	ids := make([]ContactID, len(cs))
	for n, c := range cs {
		ids[n], h.contacts[c.ID] = c.ID, c
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
