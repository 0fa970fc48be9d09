package campaign

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/spool"
)

// ImportSource is a file to import.
type ImportSource struct {
	Name   string // as shown: the file's name
	SHA256 string // hex, of the file
	Header []string
	Lines  iter.Seq2[Line, error] // an error ends the import: the file cannot be read on
	Dates  Dates
	Preset *Preset                    // by which Columns were found, nil without
	Spool  func() (spool.File, error) // makes an empty temporary file for what the rows say
}

// ImportOptions are how the file is to be taken.
type ImportOptions struct {
	Map     map[string]string // field → column; the header says the rest
	Columns []string          // field of each column, "" for an attribute; when it is given the header says nothing
	DryRun  bool              // do everything, keep nothing
	Stated  Statement         // of the consents in the file, where it says nothing
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
	RejectFile string   `json:"rejects"`         // the command line sets it
	Heard      int      `json:"heard,omitempty"` // rejected rows whose no counts all the same

	Rejects       []Reject        `json:"-"`
	Notes         []Note          `json:"-"`
	ConflictLines []Note          `json:"-"`
	Changes       []ContactChange `json:"-"` // the first contacts that change
	Suppressed    int             `json:"-"` // keys new on the never-write list
	Stated        map[string]int  `json:"-"` // field → rows that it was stated of; a field that no row took is there, too
}

// importChunk bounds how many people are held against those already there at once, and written.
const importChunk = 4096

// wholeList is from how many rows on the never-write list is looked through once, instead of being asked about each
// who says yes.
const wholeList = 25_000

// Import takes a file over, wholly or not at all. It can only lower permission: see Lower. Every no
// that reaches e-mail is suppressed in the same transaction, also one on a rejected row, and written to
// the send journal after it. A file that cannot be read, or whose every row was rejected, is
// fault.Invalid; the result says then, too, what was rejected.
func (d *Desk) Import(ctx context.Context, actor Actor, src ImportSource, opt ImportOptions) (res ImportResult, err error) {
	opt.Stated.By = cmp.Or(actor.Name, opt.Stated.By)
	i, err := d.importer(src, opt)
	if err != nil {
		return ImportResult{}, err
	}
	in, err := d.newIntake(src, i)
	if err != nil {
		return ImportResult{}, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	if err := in.read(ctx, src.Lines); err != nil {
		return ImportResult{}, err
	}
	res = ImportResult{Rows: in.Rows, Duplicates: in.Duplicates, Rejected: len(in.Rejects), Heard: len(in.Suppress), Rejects: in.Rejects, Notes: in.Notes, Stated: opt.Stated.rows(in.Stated)}
	refused := in.refused()
	if refused != nil && len(in.Suppress) == 0 {
		return res, refused
	}
	im := &importing{in: in, src: src, actor: actor, res: res, stated: opt.Stated}
	if err := d.takeOver(ctx, im, opt.DryRun); err != nil {
		return res, fault.Wrap("campaign.Import", err)
	}
	if !opt.DryRun {
		if err := d.record(ctx, suppressRecords(im.silenced(), im.at, SuppressImported)...); err != nil {
			return im.res, err
		}
	}
	return im.res, refused
}

func (d *Desk) takeOver(ctx context.Context, im *importing, dry bool) error {
	if dry {
		return d.store.View(ctx, func(r Reader) error {
			im.tx, im.at = newRehearsal(r), r.Now()
			return im.run()
		})
	}
	return d.store.Update(ctx, func(tx Tx) error {
		im.tx, im.at = tx, tx.Now()
		return im.run()
	})
}

func (d *Desk) importer(src ImportSource, opt ImportOptions) (*importer, error) {
	cols, err := newColumns(src.Header, opt.Map, nil)
	if opt.Columns != nil {
		cols, err = columnsAs(src.Header, opt.Columns, src.Preset)
	}
	if err == nil {
		cols.hear(src.Preset)
	}
	i := newImporter(cols, src.Dates, d.keys, DateOf(d.clock()))
	i.rows.stated, i.rows.told = opt.Stated, d.now()
	return i, errors.Join(err, opt.Stated.validate())
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
	var lines []Line
	for l, lerr := range src.Lines {
		if err = lerr; err != nil {
			break
		}
		if lines = append(lines, l); len(lines) == n {
			break
		}
	}
	for _, l := range lines {
		broken := i.guarded(l.Number, func() {
			var r rowRead
			i.read(l, &r)
			us = append(us, Understood{Line: r.line, Contact: r.contact, Reject: r.reject, Notes: r.notes})
		})
		if broken != nil {
			return nil, broken
		}
	}
	return us, err
}

// importing is one import inside its transaction.
type importing struct {
	tx        importTx
	in        *intake
	src       ImportSource
	actor     Actor
	stated    Statement
	id        ImportID // that it gets
	res       ImportResult
	conflicts []Note // met on the way, after those within the file
	suppress  []PersonKey
	lists     listing
	listed    []Suppression // of those whom a list means
	at        time.Time
	begins    []uint64  // of the keys on the never-write list, when whole is set
	whole     bool      // the list is looked through once for all
	number    []uint32  // of each row of somebody new, counted from 1
	made      uint32    // people who are new
	fresh     []Packed  // those of one chunk; its memory is that of the next
	firstMade ContactID // the number of the first of them; the others follow
	met       strangers // who has a number of somebody there
}

// comer is somebody of the file, and whom of those already there it is.
type comer struct {
	row uint32
	leaf
	ids []ContactID
}

func (im *importing) run() error {
	before, err := im.tx.ContactPage(ContactFilter{}, 0, 1)
	if err != nil {
		return err
	}
	if im.lists, err = newListing(im.tx); err != nil {
		return err
	}
	if im.id, err = im.tx.NextImport(); err != nil {
		return err
	}
	im.number = make([]uint32, len(im.in.at))
	if im.whole = len(im.in.at) > wholeList; im.whole {
		if im.begins, err = im.tx.SuppressedBegins(); err != nil {
			return err
		}
	}
	known := spool.NewSorter(im.in.spool)
	if len(before) > 0 { // within the file everybody stands once
		if err := im.recognise(known); err != nil {
			return err
		}
	}
	if err := im.eachChunk(known, im.take); err != nil {
		return err
	}
	if err := im.met.refuse(im.res.Unchanged); err != nil {
		return err
	}
	if err := im.addKeys(); err != nil {
		return err
	}
	im.number, im.begins = nil, nil
	im.in.written()
	if err := im.silenceRows(); err != nil {
		return err
	}
	im.res.ConflictLines, im.res.Conflicts = joinConflicts(im.in.Conflicts, im.conflicts)
	return im.enter()
}

// eachChunk gives everybody in the order of the file, some at a time. The next are read meanwhile: the engine has one
// processor to itself, and nothing is written to the temporary file any more.
func (im *importing) eachChunk(known *spool.Sorter, take func([]comer) error) error {
	c, err := known.Sorted()
	if err != nil {
		return err
	}
	read, enough := make(chan []comer), make(chan struct{})
	go func() {
		defer close(read)
		err = errors.Join(im.chunks(c, func(chunk []comer) error {
			select {
			case read <- chunk:
				return nil
			case <-enough:
				return context.Canceled
			}
		}), c.Err())
	}()
	for chunk := range read {
		if taken := take(chunk); taken != nil {
			close(enough)
			for range read { // until nobody reads the file
			}
			return taken
		}
	}
	return err
}

// chunks puts people together with whom they are. Whoever has been handed a chunk is done with the one before.
func (im *importing) chunks(known *spool.Cursor, hand func([]comer) error) error {
	next, more := known.Next()
	var chunk, before []comer
	err := im.in.people(func(row uint32, l *leaf) error {
		p := comer{row: row, leaf: *l}
		for ; more && uint32(next.Hi>>tagRank) == row; next, more = known.Next() {
			if id := ContactID(next.Lo); !slices.Contains(p.ids, id) {
				p.ids = append(p.ids, id)
			}
		}
		if chunk = append(chunk, p); len(chunk) < importChunk {
			return nil
		}
		err := hand(chunk)
		chunk, before = before[:0], chunk
		return err
	})
	if err != nil || len(chunk) == 0 {
		return err
	}
	return hand(chunk)
}

// take lays a chunk of people over those already there.
func (im *importing) take(chunk []comer) error {
	refused, err := im.refused(chunk)
	if err != nil {
		return err
	}
	named, err := im.named(chunk)
	if err != nil {
		return err
	}
	stored, err := im.stored(chunk)
	if err != nil {
		return err
	}
	fresh := im.fresh[:0]
	changed := map[ContactID]Contact{}
	for n := range chunk {
		p := &chunk[n]
		says := p.yes && !p.no
		if says && refuses(refused, p.Keys) || named != nil && named[n] && says {
			im.conflict(p.line, "a yes against an address on the never-write list")
		}
		if len(p.ids) > 0 && !stored.unchanged(p) {
			bound, err := p.part(stored.contacts, im.in.packer)
			if err != nil {
				return err
			}
			if bound {
				im.conflicts = append(im.conflicts, Note{p.line, "email", FormerlyBound})
			}
		}
		switch {
		case len(p.ids) == 0:
			im.made++
			im.number[p.row] = im.made
			fresh = append(fresh, p.Packed)
			err = im.silenceNew(p)
		case stored.unchanged(p):
			im.res.Unchanged++
		default:
			err = im.lay(p, stored.contacts, changed)
		}
		if err != nil {
			return err
		}
	}
	im.res.Created, im.fresh = im.res.Created+len(fresh), fresh
	return im.put(fresh, changed)
}

func (im *importing) put(fresh []Packed, changed map[ContactID]Contact) error {
	if len(fresh) > 0 {
		first, err := im.tx.AddPeople(im.id, fresh)
		if err != nil {
			return err
		}
		if before := int(im.made) - len(fresh); before == 0 {
			im.firstMade = first
		} else if first != im.firstMade+ContactID(before) {
			return fault.New(fault.Internal, "import.numbers", "the numbers of new contacts do not follow one another").At("campaign.put")
		}
	}
	if len(changed) == 0 {
		return nil
	}
	var all []Contact
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		all = append(all, changed[id])
	}
	_, err := im.tx.PutImported(im.id, all)
	return err
}

// addKeys writes the keys of everybody new, in the order of the tree that they go into.
func (im *importing) addKeys() error {
	if im.made == 0 {
		return nil
	}
	c, err := im.in.keys.Sorted()
	if err != nil {
		return err
	}
	err = im.tx.AddKeys(func(yield func(ShortKey, ContactID) bool) {
		var key ShortKey
		var whose []ContactID // who has it: one person, but for a mailbox that several spellings reach
		for k, ok := c.Next(); ok; k, ok = c.Next() {
			n := im.number[im.in.root(uint32(k.Tag))]
			if n == 0 {
				continue
			}
			if next := shortOf(&k); next != key {
				if !yieldKey(yield, key, whose) {
					return
				}
				key, whose = next, whose[:0]
			}
			whose = append(whose, im.firstMade+ContactID(n-1))
		}
		yieldKey(yield, key, whose)
	})
	return errors.Join(err, c.Err())
}

func yieldKey(yield func(ShortKey, ContactID) bool, key ShortKey, whose []ContactID) bool {
	if len(whose) > 1 {
		slices.Sort(whose)
		whose = slices.Compact(whose)
	}
	for _, id := range whose {
		if !yield(key, id) {
			return false
		}
	}
	return true
}

// lay lowers the first match by all that the row says, and any further stored contact that turns out to be the same person by the
// noes. Each of them gets those of the others, too.
func (im *importing) lay(p *comer, stored, changed map[ContactID]Contact) error {
	c, err := p.unpack(im.in.packer)
	if err != nil {
		return err
	}
	if p.whom(&c, stored) {
		im.conflict(p.line, "a yes that does not lift what is stored")
	}
	im.meet(p, &c, stored)
	updated := false
	noes := joinedNoes(c, p.ids, stored)
	for n, id := range p.ids {
		was, incoming := stored[id], noes
		if n == 0 {
			incoming = c
			incoming.Facts = mergeFacts(c.Facts, noes.Facts)
		}
		now, differs, conflict, corrected := lower(was, incoming)
		if n == 0 && (conflict || c.Facts.saidYes() && !c.Facts.saidNo() && noes.Facts.saidNo()) {
			im.conflict(p.line, "a yes that does not lift what is stored")
		}
		im.keptAs(p.line, corrected)
		if differs {
			im.note(p.line, was, now)
			stored[id], changed[id], updated = now, now, true
		}
		im.silence(was, incoming, now)
	}
	if updated {
		im.res.Updated++
	} else {
		im.res.Unchanged++
	}
	return nil
}

// note keeps what becomes of the first contacts that change.
func (im *importing) note(line int, was, now Contact) {
	if len(im.res.Changes) < mostChanges {
		im.res.Changes = append(im.res.Changes, ContactChange{Line: line, Contact: was.ID, Fields: differences(was, now)})
	}
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
	im.suppress = eachOnce(im.suppress)
	listed := im.listedOnly()
	payload := map[string]any{"actor": im.actor, "import": id, "source": im.src.Name,
		"sha256": im.src.SHA256, "lines": r.Rows, "created": r.Created, "updated": r.Updated, "unchanged": r.Unchanged, "duplicates": r.Duplicates,
		"conflicts": r.Conflicts, "rejected": r.Rejected, "suppressed": len(im.suppress) + len(listed), "columns": im.in.Columns}
	if p := im.src.Preset; p != nil { // what the words of the file were taken for
		payload["preset"] = p.Name
	}
	if !im.stated.Zero() { // by the actor, of rows that lacked it
		payload["stated"], payload["stated_rows"] = im.stated, r.Stated
	}
	entry, err := im.tx.Append(Entry{Kind: EntryImported, Payload: payload})
	if err != nil {
		return err
	}
	for keys := range slices.Chunk(im.suppress, importChunk) {
		added, err := im.tx.Suppress(entry, suppressions(keys, SuppressImported, im.src.Name, im.at))
		if err != nil {
			return err
		}
		r.Suppressed += added
	}
	if len(listed) == 0 {
		return nil
	}
	added, err := im.tx.Suppress(entry, listed)
	r.Suppressed += added
	return err
}
