package campaign

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/fault"
)

// ListSource is the file of a list.
type ListSource struct {
	Name   string                            // as shown: the file's name
	SHA256 string                            // hex, of the file
	Cells  func() iter.Seq2[ListCell, error] // from the beginning, as often as it is called
}

// ListCell is the cell of one line that names somebody.
type ListCell struct {
	Line   int
	Column string
	Text   string
	Fault  string // why the file's reader could not make cells of the line, "" when it could
}

// ListOptions are what a person says of a list.
type ListOptions struct {
	Name     string // the same for every version of the list
	External bool
	Dated    Date // of the version; zero: today
	DryRun   bool
}

// ListResult is what the import of a list did.
type ListResult struct {
	List      string          `json:"list"`
	External  bool            `json:"external"`
	Dated     Date            `json:"dated"`
	Rows      int             `json:"rows"`
	Addresses int             `json:"addresses"`
	Hashes    map[KeyKind]int `json:"hashes"`
	Added     int             `json:"added"`   // addresses and hashes that the never-write list, or this list, did not hold
	Matched   int             `json:"matched"` // contacts of the base that it names
	Rejected  int             `json:"rejected"`
	Proof     EntryNo         `json:"proof"` // -1 of a dry run

	Rejects []Reject `json:"-"`
}

// mostListRejects bounds how many lines of a list are told to be neither address nor hash; with more of them
// it is another file.
const mostListRejects = 100_000

// listChunk is how many lines of a list are looked up and written at once.
const listChunk = 5000

// ImportList takes a list over, wholly or not at all. It can only forbid: the addresses of a list of the
// company's own go onto the never-write list, and so do the contacts whom one of its hashes means, now or
// when they are imported later; an external list is kept for the audit (T-11). A person who said yes by
// their own link is silenced again only by a list that is not older than that.
func (d *Desk) ImportList(ctx context.Context, actor Actor, src ListSource, opt ListOptions) (ListResult, error) {
	today := DateOf(d.clock())
	if opt.Dated.IsZero() {
		opt.Dated = today
	}
	l := &listImport{desk: d, actor: actor, src: src, opt: opt,
		res: ListResult{List: opt.Name, External: opt.External, Dated: opt.Dated, Hashes: map[KeyKind]int{}, Proof: NoEntry}}
	if err := opt.check(today); err != nil {
		return l.res, err
	}
	if err := l.count(ctx); err != nil {
		return l.res, err
	}
	counted := l.res
	if opt.DryRun {
		err := d.store.View(ctx, func(r Reader) error { return l.rehearse(ctx, r) })
		return l.res, err
	}
	err := d.store.Update(ctx, func(tx Tx) error {
		l.res, l.spared, l.silenced, l.people = counted, map[PersonKey]bool{}, nil, map[ContactID]bool{}
		return l.run(ctx, tx)
	})
	if err != nil {
		return counted, fault.Wrap("campaign.ImportList", err)
	}
	return l.res, l.journal(ctx)
}

func (o ListOptions) check(today Date) error {
	if o.Name == "" || utf8.RuneCountInString(o.Name) > 64 || strings.ContainsFunc(o.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fault.New(fault.Invalid, "list.name", "a list needs a name of at most 64 characters").Hint("--list NAME")
	}
	if o.Dated.After(today) {
		return fault.New(fault.Invalid, "list.future", "the list is dated in the future").Hint("--dated DATE")
	}
	return nil
}

// listImport is the import of one list.
type listImport struct {
	desk  *Desk
	actor Actor
	src   ListSource
	opt   ListOptions
	res   ListResult

	list     List
	spared   map[PersonKey]bool        // of people who said yes after the list was made
	silenced []PersonKey               // of contacts whom a hash means
	people   map[ContactID]bool        // of the base, whom the list names
	yes      map[PersonKey][]ContactID // the hashes of people whose own yes lifted a no
	again    map[ContactID]bool        // those of them whom the list names
	tallied  map[uint64]bool           // of a rehearsal, which stores nothing that a later chunk would find: what it has counted
}

// eachChunk reads the list from the beginning; what is neither address nor hash was told by count.
func (l *listImport) eachChunk(ctx context.Context, do func(addresses [][]PersonKey, hashes []PersonKey) error) error {
	var addresses [][]PersonKey
	var hashes []PersonKey
	flush := func() error {
		err := do(addresses, hashes)
		addresses, hashes = addresses[:0], hashes[:0]
		return err
	}
	for cell, err := range l.src.Cells() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		keys, hashed, kerr := l.desk.keys.listing(cell.Text)
		switch {
		case kerr != nil || cell.Fault != "":
			continue
		case hashed:
			hashes = append(hashes, keys[0])
		default:
			addresses = append(addresses, keys)
		}
		if len(addresses)+len(hashes) == listChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// count reads the list once, to know what is in it before anything is written.
func (l *listImport) count(ctx context.Context) error {
	r := &l.res
	for cell, err := range l.src.Cells() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		r.Rows++
		why := cell.Fault
		if why == "" {
			keys, hashed, kerr := l.desk.keys.listing(cell.Text)
			switch {
			case kerr != nil && sharedDomain(cell.Text):
				why = "a domain at which strangers have their mailboxes; name the addresses themselves"
			case kerr != nil:
				why = "neither an address nor an MD5, SHA-1 or SHA-256 of one"
			case hashed:
				r.Hashes[keys[0].Kind]++
			default:
				r.Addresses++
			}
		}
		if why == "" {
			continue
		}
		if r.Rejected++; r.Rejected > mostListRejects {
			return fault.New(fault.Invalid, "list.foreign", "more than {n} lines are neither an address nor a hash of one, the first at line {line}", "n", mostListRejects, "line", r.Rejects[0].Line).
				Hint("--column NAME")
		}
		r.Rejects = append(r.Rejects, Reject{Line: cell.Line, Column: cell.Column, Reason: why, Cells: []string{cell.Text}})
	}
	if r.Rows == 0 {
		return fault.New(fault.Invalid, "import.empty", "the file has no rows")
	}
	if r.Rejected == r.Rows {
		return fault.New(fault.Invalid, "list.none", "none of the {rows} lines is an address or a hash of one, the first is line {line}", "rows", r.Rows, "line", r.Rejects[0].Line).
			Hint("--column NAME")
	}
	return nil
}

func (l *listImport) hashes() (n int) {
	for _, some := range l.res.Hashes {
		n += some
	}
	return n
}

func (l *listImport) run(ctx context.Context, tx Tx) (err error) {
	r := &l.res
	r.Proof, err = tx.Append(Entry{Kind: EntrySuppressed, Payload: map[string]any{"actor": l.actor, "reason": SuppressImported, "list": r.List, "external": r.External,
		"dated": r.Dated, "source": l.src.Name, "sha256": l.src.SHA256, "lines": r.Rows, "addresses": r.Addresses, "hashes": r.Hashes, "rejected": r.Rejected}})
	if err != nil {
		return err
	}
	l.list = List{Entry: r.Proof, Name: r.List, External: r.External, Dated: r.Dated, Source: l.src.Name, SHA256: l.src.SHA256, Rows: r.Rows, Addresses: r.Addresses,
		Hashes: l.hashes(), Rejected: r.Rejected, At: tx.Now()}
	if err := tx.AddList(r.Proof, l.list); err != nil {
		return err
	}
	if err := l.remember(tx); err != nil {
		return err
	}
	err = l.eachChunk(ctx, func(addresses [][]PersonKey, hashes []PersonKey) error {
		for _, h := range hashes {
			for _, id := range l.yes[h] {
				l.again[id] = true
			}
		}
		if r.External {
			hashes = slices.Concat(slices.Concat(addresses...), hashes)
		} else if err := l.suppress(tx, addresses); err != nil {
			return err
		}
		added, err := tx.AddListed(r.Proof, r.List, hashes)
		for _, k := range added {
			if k.Kind != KeyMailbox { // it goes with the strict one
				r.Added++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if l.hashes() > 0 || r.External {
		err = l.match(ctx, tx)
	}
	if err == nil {
		err = l.rejudge(tx)
	}
	r.Matched = len(l.people)
	return err
}

// remember finds the people whose own yes lifted a no, and the hashes under which this list may name them.
func (l *listImport) remember(r Reader) error {
	l.yes, l.again = map[PersonKey][]ContactID{}, map[ContactID]bool{}
	if l.res.External || l.hashes() == 0 {
		return nil
	}
	keys, err := r.LiftedKeys()
	if err != nil || len(keys) == 0 {
		return err
	}
	found, err := r.KeyHolders(keys)
	if err != nil {
		return err
	}
	cs, err := r.ContactsOf(distinct(found))
	for id, c := range cs {
		for _, k := range listedUnder(c, slices.Collect(maps.Keys(l.res.Hashes))) {
			l.yes[k] = append(l.yes[k], id)
		}
	}
	return err
}

// newer reports a yes that was given after the day of the list.
func (l *listImport) newer(s Suppression) bool { return s.Lifts && DateOf(s.At).After(l.res.Dated) }

// fresh are the addresses that the list puts onto the never-write list: all but those of people who said yes
// since. It counts those that do not stand there.
func (l *listImport) fresh(r Reader, addresses [][]PersonKey) (keys []PersonKey, err error) {
	known, err := r.SuppressedKeys(slices.Concat(addresses...))
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if slices.ContainsFunc(a, func(k PersonKey) bool { return l.newer(known[k]) }) {
			for _, k := range a {
				l.spared[k] = true
			}
			continue
		}
		if s, ok := known[a[0]]; (!ok || s.Lifts) && l.first(a[0]) {
			l.res.Added++
		}
		keys = append(keys, a...)
		for _, k := range a {
			known[k] = Suppression{} // once is enough
		}
	}
	return keys, nil
}

func (l *listImport) suppress(tx Tx, addresses [][]PersonKey) error {
	keys, err := l.fresh(tx, addresses)
	if err != nil {
		return err
	}
	if _, err := tx.Suppress(l.res.Proof, suppressions(keys, SuppressImported, l.list.origin(), tx.Now())); err != nil {
		return err
	}
	return l.meet(tx, keys)
}

// meet notes the contacts that have some keys.
func (l *listImport) meet(r Reader, keys []PersonKey) error {
	found, err := r.KeyHolders(keys)
	for _, id := range distinct(found) {
		l.people[id] = true
	}
	return err
}

// match goes through the base: whom a hash or an external list means is known only from their address.
func (l *listImport) match(ctx context.Context, tx Tx) error {
	matcher, err := newListing(tx)
	if err != nil {
		return err
	}
	return eachPage(ctx, tx, func(page []Contact) error {
		hits, err := matcher.hits(page)
		if err != nil || hits == nil {
			return err
		}
		lines, _, err := matcher.suppress(page, tx.Now())
		if err != nil {
			return err
		}
		for n, c := range page {
			if l.again[c.ID] {
				more, err := l.anew(tx, c)
				if err != nil {
					return err
				}
				lines = append(lines, more...)
			}
			if slices.ContainsFunc(hits[n], func(h List) bool { return h.Name == l.list.Name }) {
				l.people[c.ID] = true
			}
		}
		for _, s := range lines {
			l.silenced = append(l.silenced, s.Key)
		}
		_, err = tx.Suppress(l.res.Proof, lines)
		return err
	})
}

// anew silences somebody whose yes is older than the list.
func (l *listImport) anew(r Reader, c Contact) ([]Suppression, error) {
	keys := silenced(c.Keys)
	known, err := r.SuppressedKeys(keys)
	if err != nil || slices.ContainsFunc(keys, func(k PersonKey) bool { return l.newer(known[k]) }) {
		return nil, err
	}
	return suppressions(keys, SuppressImported, l.list.origin(), r.Now()), nil
}

// eachPage goes through the base.
func eachPage(ctx context.Context, r Reader, do func([]Contact) error) error {
	for after := ContactID(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := r.ContactPage(ContactFilter{}, after, auditPage)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := do(page); err != nil {
			return err
		}
		after = page[len(page)-1].ID
	}
}

// rejudge gives the people whom the list names their verdict of now. What was planned for somebody on an
// external list is withheld at once: no suppression would stop it at the last moment.
func (l *listImport) rejudge(tx Tx) error {
	if _, err := organisation(tx); fault.Is(err, fault.NotFound) {
		return nil // nobody was judged yet
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(l.people)), auditPage) {
		found, err := tx.ContactsOf(ids)
		if err != nil {
			return err
		}
		verdicts, err := judgeAll(tx, found)
		if err != nil {
			return err
		}
		if err := tx.PutVerdicts(verdicts); err != nil {
			return err
		}
		if l.res.External {
			err = withholdOf(tx, ids, func(id ContactID) bool { return verdicts[id].Class == OptedOut })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeAll judges some contacts with the facts of this transaction.
func judgeAll(r Reader, cs map[ContactID]Contact) (map[ContactID]Verdict, error) {
	ids := slices.Sorted(maps.Keys(cs))
	list := make([]Contact, len(ids))
	for n, id := range ids {
		list[n] = cs[id]
	}
	vs, err := VerdictsNow(r, list)
	if err != nil {
		return nil, err
	}
	out := make(map[ContactID]Verdict, len(ids))
	for n, id := range ids {
		out[id] = vs[n]
	}
	return out, nil
}

// withholdOf withholds what is planned for some contacts and has not begun to leave.
func withholdOf(tx Tx, ids []ContactID, which func(ContactID) bool) error {
	asked, err := tx.AskedOf(ids)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(asked)) {
		for _, a := range asked[id] {
			if (a.State == Planned || a.State == Claimed) && which(id) {
				if err := tx.Withhold(a.Invitation, WithheldAudience); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// journal writes to the send journal every no that was stored, reading the list once more: a restored
// database has forgotten it.
func (l *listImport) journal(ctx context.Context) error {
	at, d := l.desk.clock(), l.desk
	if !l.res.External {
		err := l.eachChunk(context.WithoutCancel(ctx), func(addresses [][]PersonKey, _ []PersonKey) error {
			keys := slices.DeleteFunc(slices.Concat(addresses...), func(k PersonKey) bool { return l.spared[k] })
			return d.record(ctx, suppressRecords(keys, at, SuppressImported)...)
		})
		if err != nil {
			return fmt.Errorf("journal the list: %w", err)
		}
	}
	return d.record(ctx, suppressRecords(l.silenced, at, SuppressImported)...)
}
