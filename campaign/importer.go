package campaign

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
)

// Line is one line of an imported file.
type Line struct {
	Number int // in the file, the header being 1
	Cells  []string
	Fault  string // why the file's reader could not make cells of it, "" when it could
}

// Importer turns the lines of one file into contacts: it reads rows, rejects bad ones and merges the
// rows of one person. It is pure but for the keys it is given.
type Importer struct {
	rows   rowReader
	keys   Keyer
	people []*person
	by     map[PersonKey]int // identity → index in people
	batch  Batch
}

// person is what the rows of one person have said so far.
type person struct {
	contact  Contact
	identity []PersonKey
	lines    []int
	agrees   []int // lines of rows that say yes and no no
	into     int   // where it was merged, -1 while it stands for itself
}

// Batch is what an import found.
type Batch struct {
	Contacts   []Contact     // one per person, with keys; ID 0
	Identity   [][]PersonKey // per contact, the keys that make it the same person as a stored one
	Lines      [][]int       // per contact, the lines it came from
	Rejects    []Reject
	Notes      []Note
	Conflicts  []Note        // a yes that stands against a no of the same person
	Suppress   [][]PersonKey // per rejected row that carries a no, its keys
	Columns    []ColumnRead
	Rows       int
	Duplicates int // rows merged into another row of the file
}

// NewImporter reads the header. overrides are --map FIELD=COLUMN. today is the day of the import.
func NewImporter(header []string, overrides map[string]string, dates Dates, keys Keyer, today Date) (*Importer, error) {
	cols, err := newColumns(header, overrides, nil)
	if err != nil {
		return nil, err
	}
	return newImporter(cols, dates, keys, today), nil
}

func newImporter(cols columns, dates Dates, keys Keyer, today Date) *Importer {
	return &Importer{rows: rowReader{columns: cols, dates: dates, today: today}, keys: keys, by: map[PersonKey]int{}}
}

// Add takes one line.
func (i *Importer) Add(l Line) { i.take(i.read(l)) }

// rowRead is what one line says, before it is held against the others.
type rowRead struct {
	line     int
	contact  Contact
	identity []PersonKey
	reject   *Reject
	notes    []Note
}

// read is the part of Add that needs nothing but the line. Several lines may be read at once. A person of
// one row is written as Merge writes one of several.
func (i *Importer) read(l Line) rowRead {
	r := rowRead{line: l.Number}
	rows := i.rows // it has a place of its own in the row
	r.contact, r.reject, r.notes = rows.read(l.Number, l.Cells)
	if l.Fault != "" { // what can be read of it still counts when it is a no
		r.reject, r.notes = &Reject{Line: l.Number, Reason: l.Fault, Cells: l.Cells}, nil
	}
	r.identity, r.contact.Keys = i.keys.both(r.contact)
	return r
}

// take is the part of Add that goes line by line.
func (i *Importer) take(r rowRead) {
	i.batch.Rows++
	i.batch.Notes = append(i.batch.Notes, r.notes...)
	if r.reject == nil {
		i.join(r)
		return
	}
	i.batch.Rejects = append(i.batch.Rejects, *r.reject)
	if r.contact.Facts.saidNo() {
		if ks := silenced(r.contact.Keys); len(ks) > 0 {
			i.batch.Suppress = append(i.batch.Suppress, ks)
		}
	}
}

// join merges the row with everybody it shares an identity with.
func (i *Importer) join(r rowRead) {
	c := r.contact
	p := &person{contact: c, identity: r.identity, lines: []int{r.line}, into: -1}
	if c.Facts.saidYes() && !c.Facts.saidNo() {
		p.agrees = []int{r.line}
	}
	at := len(i.people)
	i.people = append(i.people, p)
	for _, k := range r.identity {
		if other, ok := i.by[k]; ok {
			i.unite(i.root(other), i.root(at), joinedBy(k, c))
		} else {
			i.by[k] = at
		}
	}
}

func (i *Importer) root(n int) int {
	for i.people[n].into >= 0 {
		n = i.people[n].into
	}
	return n
}

// joinedBy says what two rows share when they share a key of a row's identity.
func joinedBy(k PersonKey, c Contact) string {
	switch {
	case k.Kind == KeyStrict:
		return JoinedByMailbox
	case c.ExternalID != "":
		return JoinedByNumber
	}
	return JoinedByPost
}

// unite merges the later person into the earlier, and keeps why.
func (i *Importer) unite(a, b int, why string) {
	if a == b {
		p := i.people[a]
		p.contact.Joined = union(p.contact.Joined, []string{why})
		return
	}
	first, second := i.people[min(a, b)], i.people[max(a, b)]
	first.contact = Merge(first.contact, second.contact)
	first.contact.Joined = union(first.contact.Joined, []string{why})
	first.identity = i.keys.identity(first.contact)
	first.lines = append(first.lines, second.lines...)
	first.agrees = append(first.agrees, second.agrees...)
	second.into, second.contact = min(a, b), Contact{}
	i.batch.Duplicates++
}

// Batch is the result after the last line. A file whose every row was rejected is the caller's to
// refuse: see Batch.Refused.
func (i *Importer) Batch() Batch {
	b := i.batch
	b.Columns = i.rows.columns.read()
	b.Contacts = make([]Contact, 0, len(i.people))
	for _, p := range i.people {
		if p.into >= 0 {
			continue
		}
		b.Contacts = append(b.Contacts, p.contact)
		b.Identity = append(b.Identity, p.identity)
		b.Lines = append(b.Lines, p.lines)
		if p.contact.Facts.saidNo() {
			for _, line := range p.agrees {
				b.Conflicts = append(b.Conflicts, Note{line, "consent_status", "a yes against a no of the same person on another line"})
			}
		}
	}
	slices.SortFunc(b.Conflicts, func(x, y Note) int { return x.Line - y.Line })
	return b
}

// Refused is fault.Invalid when there were rows and none could be taken.
func (b Batch) Refused() error {
	if b.Rows == 0 {
		return fault.New(fault.Invalid, "import.empty", "the file has no rows")
	}
	if len(b.Rejects) < b.Rows {
		return nil
	}
	first := b.Rejects[0]
	return fault.New(fault.Invalid, "import.rejected", "all {rows} rows were rejected, the first at line {line}: {reason}",
		"rows", b.Rows, "line", first.Line, "reason", strings.TrimPrefix(first.Column+": "+first.Reason, ": ")).
		Hint("the rejects file names each; --map FIELD=COLUMN, --delimiter, --encoding and --date-format say how the file is written")
}

// keys are all keys by which a contact is asked once and suppressed: those of its identity, the
// mailbox that a message reaches, and for whom the company has no number the postal address.
func (k Keyer) keys(c Contact) []PersonKey {
	_, all := k.both(c)
	return all
}

// both gives identity and keys, of an address that is read once.
func (k Keyer) both(c Contact) (identity, all []PersonKey) {
	box, err := address.Parse(string(c.Email))
	identity = k.identityOf(c, box, err == nil)
	all = slices.Clone(identity)
	if err == nil {
		all = append(all, k.Key(KeyMailbox, box.Folded()))
	}
	if c.ExternalID == "" && c.HasPostal() {
		all = append(all, k.Key(KeyPerson, "post:"+c.letterbox()))
	}
	return identity, mergeKeys(all, nil)
}

// External is the key of the company's own number of a person.
func (k Keyer) External(id string) PersonKey { return k.Key(KeyPerson, "id:"+id) }

// identity are the keys that make two rows one person: the mailbox as written, the external id, and
// for those who have neither the name with the postal address. Mailboxes that only reach the same
// person (tags, dots) do not merge.
func (k Keyer) identity(c Contact) []PersonKey {
	box, err := address.Parse(string(c.Email))
	return k.identityOf(c, box, err == nil)
}

func (k Keyer) identityOf(c Contact, box address.Mailbox, usable bool) []PersonKey {
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
func (c Contact) letterbox() string {
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
