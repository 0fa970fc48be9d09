package campaign

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// ImportSource is a file to import.
type ImportSource struct {
	Name   string // as shown: the file's name
	SHA256 string // hex, of the file
	Header []string
	Lines  iter.Seq2[Line, error] // an error ends the import: the file cannot be read on
	Dates  Dates
	Preset *Preset // by which Columns were found, nil without
}

// ImportOptions are how the file is to be taken.
type ImportOptions struct {
	Map     map[string]string // field → column; the header says the rest
	Columns []string          // field of each column, "" for an attribute; when it is given the header says nothing
	DryRun  bool              // do everything, keep nothing
}

// ImportResult is what an import did.
type ImportResult struct {
	Import     ImportID `json:"import"`
	Rows       int      `json:"rows"`
	Created    int      `json:"created"`
	Updated    int      `json:"updated"`
	Unchanged  int      `json:"unchanged"`
	Duplicates int      `json:"duplicates"`
	Conflicts  int      `json:"conflicts"`
	Rejected   int      `json:"rejected"`
	RejectFile string   `json:"rejects"` // the command line sets it

	Rejects       []Reject        `json:"-"`
	Notes         []Note          `json:"-"`
	ConflictLines []Note          `json:"-"`
	Changes       []ContactChange `json:"-"` // the first contacts that change
	Suppressed    int             `json:"-"` // keys new on the never-write list
}

// importChunk bounds how many people are looked up and written at once. Their keys are scattered over the
// whole base: the more go in together, the more of them meet on one page of the disk.
const importChunk = 25_000

// Import takes a file over, wholly or not at all. It can only lower permission: see Lower. Every no
// that reaches e-mail is suppressed in the same transaction, also one on a rejected row, and written to
// the send journal after it. A file that cannot be read, or whose every row was rejected, is
// fault.Invalid; the result says then, too, what was rejected.
func (d *Desk) Import(ctx context.Context, actor Actor, src ImportSource, opt ImportOptions) (ImportResult, error) {
	batch, err := d.readImport(ctx, src, opt)
	if err != nil {
		return ImportResult{}, err
	}
	res := ImportResult{Rows: batch.Rows, Duplicates: batch.Duplicates, Rejected: len(batch.Rejects), Rejects: batch.Rejects, Notes: batch.Notes}
	refused := batch.Refused()
	if refused != nil && len(batch.Suppress) == 0 {
		return res, refused
	}
	var im *importing
	run := func(tx importTx, at time.Time) error {
		im = &importing{tx: tx, src: src, actor: actor, batch: batch, res: res, at: at}
		return im.run()
	}
	if opt.DryRun {
		err = d.store.View(ctx, func(r Reader) error { return run(newRehearsal(r), r.Now()) })
	} else {
		err = d.store.Update(ctx, func(tx Tx) error { return run(tx, tx.Now()) })
	}
	if err != nil {
		return res, fault.Wrap("campaign.Import", err)
	}
	if opt.DryRun {
		return im.res, refused
	}
	if err := d.record(ctx, suppressRecords(im.silenced(), im.at)...); err != nil {
		return im.res, err
	}
	return im.res, refused
}

func (d *Desk) importer(src ImportSource, opt ImportOptions) (*Importer, error) {
	if opt.Columns == nil {
		return NewImporter(src.Header, opt.Map, src.Dates, d.keys, DateOf(d.clock()))
	}
	cols, err := columnsAs(src.Header, opt.Columns, src.Preset)
	return newImporter(cols, src.Dates, d.keys, DateOf(d.clock())), err
}

// Understood is how one line of a file is read: the contact it makes, or why it is rejected.
type Understood struct {
	Line    int
	Contact Contact
	Reject  *Reject
	Notes   []Note
}

// Understand reads the first lines of a file, and keeps nothing.
func (d *Desk) Understand(src ImportSource, opt ImportOptions, n int) (us []Understood, err error) {
	i, err := d.importer(src, opt)
	if err != nil || n <= 0 {
		return nil, err
	}
	p := &importPart{read: make(chan struct{})}
	for l, lerr := range src.Lines {
		if err = lerr; err != nil {
			break
		}
		if p.lines = append(p.lines, l); len(p.lines) == n {
			break
		}
	}
	p.readWith(i)
	if p.err != nil {
		return nil, p.err
	}
	for _, r := range p.rows {
		us = append(us, Understood{Line: r.line, Contact: r.contact, Reject: r.reject, Notes: r.notes})
	}
	return us, err
}

func (d *Desk) readImport(ctx context.Context, src ImportSource, opt ImportOptions) (Batch, error) {
	i, err := d.importer(src, opt)
	if err != nil {
		return Batch{}, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for part := range i.readParts(ctx, src.Lines) {
		<-part.read
		if part.err != nil {
			return Batch{}, part.err
		}
		for _, r := range part.rows {
			i.take(r)
		}
	}
	if err := ctx.Err(); err != nil {
		return Batch{}, err
	}
	return i.Batch(), nil
}

// readWith reads the part's lines. A panic is the import's failure, not the process's.
func (p *importPart) readWith(i *Importer) {
	defer close(p.read)
	defer func() {
		if r := recover(); r != nil {
			p.err = fault.New(fault.Internal, "import.panic", "the lines from {line} on cannot be read", "line", p.lines[0].Number).Because(fmt.Errorf("%v", r)).At("campaign.Import")
		}
	}()
	p.rows = make([]rowRead, len(p.lines))
	for n, l := range p.lines {
		p.rows[n] = i.read(l)
	}
}

// partLines is how many lines are read at once by one reader.
const partLines = 512

// importPart is some lines on their way from the file to the people they speak of.
type importPart struct {
	lines []Line
	rows  []rowRead
	err   error         // the file cannot be read on
	read  chan struct{} // closed when rows are there
}

// readParts reads lines on all processors and gives them in the order of the file. It ends early when
// the context does.
func (i *Importer) readParts(ctx context.Context, lines iter.Seq2[Line, error]) <-chan *importPart {
	readers := runtime.GOMAXPROCS(0)
	ordered, work := make(chan *importPart, 2*readers), make(chan *importPart)
	for range readers {
		go func() {
			for p := range work {
				p.readWith(i)
			}
		}()
	}
	go func() {
		defer close(ordered)
		defer close(work)
		p := &importPart{read: make(chan struct{})}
		hand := func() bool {
			select {
			case ordered <- p:
			case <-ctx.Done():
				return false
			}
			work <- p // the readers take it whatever happens
			p = &importPart{read: make(chan struct{})}
			return true
		}
		for line, err := range lines {
			if p.err = err; err == nil {
				p.lines = append(p.lines, line)
			}
			if (err != nil || len(p.lines) == partLines) && (!hand() || err != nil) {
				return
			}
		}
		hand()
	}()
	return ordered
}

// importing is one import inside its transaction.
type importing struct {
	tx       importTx
	src      ImportSource
	actor    Actor
	id       ImportID // that it gets
	batch    Batch
	res      ImportResult
	suppress []PersonKey
	lists    listing
	listed   []Suppression // of those whom a list means
	at       time.Time
	fresh    []Contact // space for those of a chunk who are new
	first    bool      // nobody was there before it; within the file everybody stands once
}

func (im *importing) run() error {
	im.res.ConflictLines = slices.Clone(im.batch.Conflicts)
	before, err := im.tx.ContactPage(ContactFilter{}, 0, 1)
	if err != nil {
		return err
	}
	im.first = len(before) == 0
	if im.lists, err = newListing(im.tx); err != nil {
		return err
	}
	if im.id, err = im.tx.NextImport(); err != nil {
		return err
	}
	at := 0
	for chunk := range slices.Chunk(im.batch.Contacts, importChunk) {
		if err := im.take(chunk, im.batch.Identity[at:at+len(chunk)], im.batch.Lines[at:at+len(chunk)]); err != nil {
			return err
		}
		at += len(chunk)
	}
	for _, keys := range im.batch.Suppress {
		im.suppress = append(im.suppress, keys...)
	}
	im.res.Conflicts = len(im.res.ConflictLines)
	return im.enter()
}

// take lays a chunk of people over those already there.
func (im *importing) take(chunk []Contact, identity [][]PersonKey, lines [][]int) error {
	stored := storedPeople{}
	if !im.first {
		var err error
		if stored, err = im.stored(slices.Concat(identity...)); err != nil {
			return err
		}
	}
	refused, err := im.refused(chunk)
	if err != nil {
		return err
	}
	listed, named, err := im.lists.suppress(chunk, im.at)
	if err != nil {
		return err
	}
	im.listed = append(im.listed, listed...)
	fresh := im.fresh[:0]
	defer func() { im.fresh = fresh }()
	changed := map[ContactID]Contact{}
	for n, c := range chunk {
		line := lines[n][0]
		ids := matches(identity[n], stored.by)
		if im.contradicts(c, refused) || named != nil && named[n] && c.Facts.saidYes() && !c.Facts.saidNo() {
			im.conflict(line, "a yes against an address on the never-write list")
		}
		if len(ids) == 0 {
			im.res.Created++
			fresh = append(fresh, c)
			im.silence(Contact{}, c, c)
			continue
		}
		im.lay(c, ids, line, stored.contacts, changed)
	}
	return im.put(fresh, changed)
}

func (im *importing) put(fresh []Contact, changed map[ContactID]Contact) error {
	all := fresh
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		all = append(all, changed[id])
	}
	if len(all) == 0 {
		return nil
	}
	_, err := im.tx.PutImported(im.id, all)
	return err
}

// lay lowers the first match by all that the row says, and any further stored contact that turns out
// to be the same person by the noes.
func (im *importing) lay(c Contact, ids []ContactID, line int, stored, changed map[ContactID]Contact) {
	updated := false
	for n, id := range ids {
		was, incoming := stored[id], c
		if n > 0 {
			incoming = noesOf(c)
		}
		now, differs, conflict := Lower(was, incoming)
		if n == 0 && conflict {
			im.conflict(line, "a yes that does not lift what is stored")
		}
		if differs {
			im.note(line, was, now)
			stored[id], changed[id], updated = now, now, true
		}
		im.silence(was, incoming, now)
	}
	if updated {
		im.res.Updated++
	} else {
		im.res.Unchanged++
	}
}

// note keeps what becomes of the first contacts that change.
func (im *importing) note(line int, was, now Contact) {
	if len(im.res.Changes) < mostChanges && was.ID < firstRehearsed {
		im.res.Changes = append(im.res.Changes, ContactChange{Line: line, Contact: was.ID, Fields: differences(was, now)})
	}
}

// conflict counts a line once.
func (im *importing) conflict(line int, reason string) {
	if !slices.ContainsFunc(im.res.ConflictLines[max(0, len(im.res.ConflictLines)-1):], func(n Note) bool { return n.Line == line }) {
		im.res.ConflictLines = append(im.res.ConflictLines, Note{line, "consent_status", reason})
	}
}

// noesOf keeps of a contact only what forbids.
func noesOf(c Contact) Contact {
	f := c.Facts
	return Contact{Facts: Facts{Objections: f.Objections, Complaint: f.Complaint, Minor: f.Minor, Deceased: f.Deceased, Erasure: f.Erasure,
		Restricted: f.Restricted, ExternalLists: f.ExternalLists}}
}

// silence gathers the keys of a person who said no: all of them when the no is new, else those that
// are new. A no that was there before was suppressed then; whoever took it back by their own yes since
// is not silenced again by the same old row.
func (im *importing) silence(was, incoming, now Contact) {
	if !now.Facts.saidNo() {
		return
	}
	keys := silenced(now.Keys)
	if !newNo(was.Facts, incoming.Facts) {
		keys = slices.DeleteFunc(slices.Clone(keys), func(k PersonKey) bool { return slices.Contains(was.Keys, k) })
	}
	im.suppress = append(im.suppress, keys...)
}

func newNo(was, incoming Facts) bool {
	return incoming.Complaint && !was.Complaint || slices.ContainsFunc(incoming.Objections, func(o Objection) bool {
		return o.total() && !slices.Contains(was.Objections, o)
	})
}

// storedPeople are the contacts that a chunk may mean.
type storedPeople struct {
	by       map[PersonKey]ContactID
	contacts map[ContactID]Contact
}

func (im *importing) stored(keys []PersonKey) (storedPeople, error) {
	by, err := im.tx.ContactsByKey(keys)
	if err != nil {
		return storedPeople{}, err
	}
	contacts, err := im.tx.ContactsOf(slices.Collect(maps.Values(by)))
	return storedPeople{by: by, contacts: contacts}, err
}

// matches are the stored contacts that share an identity: by external id first, then by mailbox.
func matches(keys []PersonKey, by map[PersonKey]ContactID) (ids []ContactID) {
	slices.SortStableFunc(keys, func(a, b PersonKey) int { return compareKind(a.Kind, b.Kind) })
	for _, k := range keys {
		if id, ok := by[k]; ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func compareKind(a, b KeyKind) int {
	switch {
	case a == b:
		return 0
	case a == KeyPerson:
		return -1
	}
	return 1
}

// refused are the keys of people who say yes in the file and stand on the never-write list.
func (im *importing) refused(chunk []Contact) (map[PersonKey]Suppression, error) {
	var keys []PersonKey
	for _, c := range chunk {
		if c.Facts.saidYes() && !c.Facts.saidNo() {
			keys = append(keys, c.Keys...)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return im.tx.SuppressedKeys(keys)
}

func (im *importing) contradicts(c Contact, refused map[PersonKey]Suppression) bool {
	if !c.Facts.saidYes() || c.Facts.saidNo() {
		return false
	}
	return slices.ContainsFunc(c.Keys, func(k PersonKey) bool {
		s, ok := refused[k]
		return ok && !s.Lifts && (&Standing{Suppressed: s.Reason}).refuses()
	})
}

// noes are the lines for the never-write list: what the rows say, then what lists say of people in them.
func (im *importing) noes() []Suppression {
	keys := im.keys()
	list := suppressions(keys, SuppressImported, im.src.Name, im.at)
	for _, s := range im.listed {
		if _, said := slices.BinarySearchFunc(keys, s.Key, compareKeys); !said {
			list = append(list, s)
		}
	}
	return list
}

// keys are those of people who said no in the file.
func (im *importing) keys() []PersonKey { return mergeKeys(im.suppress, nil) }

// silenced are all keys that the import put on the never-write list.
func (im *importing) silenced() []PersonKey {
	var listed []PersonKey
	for _, s := range im.listed {
		listed = append(listed, s.Key)
	}
	return mergeKeys(im.suppress, listed)
}

// enter writes the import's own row, its entry, and the suppressions that the entry covers.
func (im *importing) enter() error {
	r := &im.res
	if err := im.tx.ForgetChanges(im.at.Add(-undoFor)); err != nil {
		return err
	}
	id, err := im.tx.AddImport(Import{Source: im.src.Name, SHA256: im.src.SHA256, At: im.at, Rows: r.Rows, Created: r.Created, Updated: r.Updated,
		Unchanged: r.Unchanged, Duplicates: r.Duplicates, Conflicts: r.Conflicts, Rejected: r.Rejected})
	if err != nil {
		return err
	}
	r.Import = id
	noes := im.noes()
	payload := map[string]any{"actor": im.actor, "import": id, "source": im.src.Name,
		"sha256": im.src.SHA256, "lines": r.Rows, "created": r.Created, "updated": r.Updated, "unchanged": r.Unchanged, "duplicates": r.Duplicates,
		"conflicts": r.Conflicts, "rejected": r.Rejected, "suppressed": len(noes), "columns": im.batch.Columns}
	if p := im.src.Preset; p != nil { // what the words of the file were taken for
		payload["preset"] = p.Name
	}
	entry, err := im.tx.Append(Entry{Kind: EntryImported, Payload: payload})
	if err != nil || len(noes) == 0 {
		return err
	}
	r.Suppressed, err = im.tx.Suppress(entry, noes)
	return err
}
