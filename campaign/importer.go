package campaign

import (
	"strings"

	"github.com/reoptin/reoptin/internal/address"
)

// Line is one line of an imported file.
type Line struct {
	Number int // in the file, the header being 1
	Cells  []string
	Fault  string // why the file's reader could not make cells of it, "" when it could
	Column string // heading of the cell that is at fault, "" for the row as a whole
}

// importer reads the lines of one file. It is pure but for the keys it is given, and several lines may be
// read at once.
type importer struct {
	rows rowReader
	keys Keyer
}

// newImporter reads lines whose columns are known. today is the day of the import.
func newImporter(cols columns, dates Dates, keys Keyer, today Date) *importer {
	return &importer{newRowReader(cols, dates, today), keys}
}

// rowRead is what one line says, before it is held against the others.
type rowRead struct {
	line     int
	contact  Contact
	identity []PersonKey
	beside   []PersonKey // of further mailboxes of somebody who says no
	reject   *Reject
	notes    []Note
}

// read needs nothing but the line, and writes over what r was. A person of one row is written as Merge writes one of several.
func (i *importer) read(l Line, r *rowRead) {
	rows := i.rows // it has a place of its own in the row
	r.line = l.Number
	r.reject, r.notes = rows.read(l.Number, l.Cells, &r.contact)
	if l.Fault != "" { // what can be read of it still counts when it is a no
		r.reject, r.notes = &Reject{Line: l.Number, Column: l.Column, Reason: l.Fault, Cells: l.Cells}, nil
	}
	r.identity, r.contact.Keys = i.keys.both(&r.contact)
	r.beside = rows.beside(&r.contact, i.keys)
}

// joinedBy says what two rows share when they share a key of a row's identity.
func joinedBy(k PersonKey, c *Contact) string {
	switch {
	case k.Kind == KeyStrict:
		return JoinedByMailbox
	case c.ExternalID != "":
		return JoinedByNumber
	}
	return JoinedByPost
}

// join merges the rows of one person, and keeps why they are.
func (k Keyer) join(rows []Contact) Contact {
	var c Contact
	var why []string
	seen := map[PersonKey]bool{}
	for n := range rows {
		for _, key := range k.identity(rows[n]) {
			if seen[key] {
				why = append(why, joinedBy(key, &rows[n]))
			}
			seen[key] = true
		}
		if n == 0 {
			c = rows[0]
		} else {
			c = Merge(c, rows[n])
		}
	}
	c.Joined = union(why, nil)
	return c
}

// keys are all keys by which a contact is asked once and suppressed: those of its identity, the
// mailbox that a message reaches, and for whom the company has no number the postal address.
func (k Keyer) keys(c Contact) []PersonKey {
	_, all := k.both(&c)
	return all
}

// both gives identity and keys, of an address that is read once.
func (k Keyer) both(c *Contact) (identity, all []PersonKey) {
	box, err := address.Parse(string(c.Email))
	identity = k.identityOf(c, box, err == nil)
	all = append(make([]PersonKey, 0, len(identity)+2), identity...)
	if err == nil {
		all = append(all, k.Key(KeyMailbox, box.Folded()))
	}
	if c.ExternalID == "" && c.HasPostal() {
		all = append(all, k.Key(KeyPerson, "post:"+c.letterbox()))
	}
	return identity, sortedKeys(all)
}

// External is the key of the company's own number of a person.
func (k Keyer) External(id string) PersonKey { return k.Key(KeyPerson, "id:"+id) }

// identity are the keys that make two rows one person: the mailbox as written, the external id, and
// for those who have neither the name with the postal address. Mailboxes that only reach the same
// person (tags, dots) do not merge.
func (k Keyer) identity(c Contact) []PersonKey {
	box, err := address.Parse(string(c.Email))
	return k.identityOf(&c, box, err == nil)
}

func (k Keyer) identityOf(c *Contact, box address.Mailbox, usable bool) []PersonKey {
	var ks []PersonKey
	if usable {
		ks = append(ks, k.Key(KeyStrict, box.Strict()))
	}
	for _, id := range union(append([]string{c.ExternalID}, c.MergedIDs...), nil) {
		ks = append(ks, k.External(id))
	}
	if len(ks) == 0 && c.HasPostal() {
		ks = append(ks, k.Key(KeyPerson, "only:"+c.letterbox()))
	}
	return ks
}

// letterbox is the normal form of name and postal address.
func (c *Contact) letterbox() string {
	who := plain(c.FirstName) + "|" + plain(c.LastName)
	if who == "|" {
		who = plain(c.Company)
	}
	return strings.Join([]string{who, plain(c.Address1), plain(c.PostalCode), plain(c.City)}, "|")
}

// silenced are the keys under which a no is kept: the mailbox's, or the person's own where there is
// no mailbox.
func silenced(keys []PersonKey) []PersonKey {
	if boxes := mailboxKeys(keys); len(boxes) > 0 {
		return boxes
	}
	return keys
}
