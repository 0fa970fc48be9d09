package campaign

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// What a text begins with that says by which number it means a contact: by ours, or by the base's own.
const (
	byNumber   = "id:"
	byExternal = "external_id:"
)

// Numbered is the text by which FindContact finds the contact of our number, and nobody else.
func Numbered(id ContactID) string { return byNumber + strconv.FormatInt(int64(id), 10) }

// FindContact gives the contact of an address, of our number or of the base's own, that of a merged row too. An
// address is found by its key, so that it need not be written as it was imported. Digits may be our number of one
// person and the base's own of another. A text that means two is fault.Conflict: what is done next to the one who was
// not meant may be for ever.
func FindContact(r Reader, k Keyer, who string) (Contact, error) {
	w := wanted{reader: r, keys: k, text: strings.TrimSpace(who)}
	if err := w.ours(); err != nil {
		return Contact{}, err
	}
	return w.one()
}

// mailboxOfNobody reads the mailbox, and its keys, of somebody whom the base does not have: the ledger and the never-write list may know it. missing is
// why nobody was found; it stays the error where that is something else, or who is no mailbox.
func (d *Desk) mailboxOfNobody(who string, missing error) (box Address, keys []PersonKey, err error) {
	box = Address(strings.TrimSpace(who))
	if keys = d.keys.Mailbox(box); len(keys) == 0 || !fault.Is(missing, fault.NotFound) {
		return box, nil, missing
	}
	return box, keys, nil
}

// FindContact gives the number of the contact that somebody looks for, by address or by the base's own number, that of
// a merged row too. Our own number alone is no way to find anybody: it means nothing to people.
func (d *Desk) FindContact(ctx context.Context, who string) (id ContactID, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		w := wanted{reader: r, keys: d.keys, text: strings.TrimSpace(who)}
		if strings.HasPrefix(w.text, byNumber) {
			if err := w.ours(); err != nil {
				return err
			}
		}
		c, err := w.one()
		id = c.ID
		return err
	})
	return id, err
}

// wanted is whom a text may mean.
type wanted struct {
	reader Reader
	keys   Keyer
	text   string
	found  []meaning
}

// meaning is one person whom a text means, and the text that means nobody else.
type meaning struct {
	contact Contact
	exact   string
}

// ours looks for our number. It is taken only as we write it: "007" is somebody else's.
func (w *wanted) ours() error {
	digits := strings.TrimPrefix(w.text, byNumber)
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != digits {
		return nil
	}
	return w.add(Numbered(ContactID(id))+" (reoptin's number)", ContactID(id))
}

// one is the person whom the text means, by whatever else than our number it can be.
func (w *wanted) one() (Contact, error) {
	if !strings.HasPrefix(w.text, byNumber) {
		if err := w.theirs(); err != nil {
			return Contact{}, err
		}
	}
	switch len(w.found) {
	case 0:
		return Contact{}, missingContact()
	case 1:
		return w.found[0].contact, nil
	}
	var people, exact []string
	for _, m := range w.found {
		people, exact = append(people, m.contact.named()), append(exact, m.exact)
	}
	return Contact{}, fault.New(fault.Conflict, "contact.several", "{who} means more than one person: {people}", "who", strconv.Quote(w.text), "people", strings.Join(people, "; ")).
		Hint(strings.Join(exact, ", or "))
}

// theirs looks for the base's own number, and for a mailbox. One person may have a number as their own that another has
// from a merged row: then only ours tells them apart.
func (w *wanted) theirs() error {
	number, exactly := strings.CutPrefix(w.text, byExternal)
	own, err := w.reader.ContactsByExternalID(number)
	if err != nil {
		return err
	}
	ids, err := w.holders(w.keys.External(number))
	if err != nil {
		return err
	}
	for _, c := range own {
		if !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	exact := ""
	if len(ids) == 1 {
		exact = byExternal + number + " (the base's own)"
	}
	if err := w.add(exact, ids...); err != nil {
		return err
	}
	boxes := w.keys.Mailbox(Address(w.text))
	if len(boxes) == 0 || exactly {
		return nil
	}
	if ids, err = w.holders(boxes[0]); err != nil {
		return err
	}
	return w.add("", ids...)
}

func (w *wanted) holders(k PersonKey) ([]ContactID, error) {
	found, err := w.reader.KeyHolders([]PersonKey{k})
	return found[k], err
}

// add puts people to those whom the text means, each once; without an exact text of theirs they are meant by our number.
func (w *wanted) add(exact string, ids ...ContactID) error {
	for _, id := range ids {
		if slices.ContainsFunc(w.found, func(m meaning) bool { return m.contact.ID == id }) {
			continue
		}
		c, err := w.reader.Contact(id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		w.found = append(w.found, meaning{c, cmp.Or(exact, Numbered(id))})
	}
	return nil
}

// named tells a contact from others in a sentence of any language, and covers the mailbox.
func (c *Contact) named() string {
	var marks []string
	if c.ExternalID != "" {
		marks = append(marks, strings.Join(append([]string{"external_id " + c.ExternalID}, c.MergedIDs...), " + "))
	}
	if c.Email != "" {
		marks = append(marks, c.Email.Redacted())
	}
	if len(marks) == 0 {
		return Numbered(c.ID)
	}
	return Numbered(c.ID) + " (" + strings.Join(marks, ", ") + ")"
}

func missingContact() error {
	return fault.New(fault.NotFound, "contact.not_found", "there is no such contact").Hint("reoptin contacts list")
}

func noContact(err error) error {
	if fault.Is(err, fault.NotFound) {
		return missingContact()
	}
	return err
}
