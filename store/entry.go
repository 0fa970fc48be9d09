package store

import (
	"bytes"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// appending is the part of the ledger that a transaction is about to add.
type appending struct {
	head    *head
	edge    frontier
	pending []*pending

	// The rows of sending are written after the entries that cover them. Nothing reads them before, and
	// the engine need not look, for each entry, whether rows of any table have been waiting for it.
	sendings [][]any

	nodes map[int64]ledger.Hash // new tree nodes, by StoredHashIndex
}

// frontier is the right edge of the tree as it was last written: the nodes that the next entry is hashed
// with. It is believed only when the stored head has its size and root.
type frontier struct {
	size  int64
	root  ledger.Hash
	nodes map[int64]ledger.Hash
}

// head is the row ledger_head.
type head struct {
	ledger.Head
	at time.Time // of the newest entry
}

// pending is an entry that has its number, and waits for the rows that it covers.
type pending struct {
	campaign.Entry
	rows   *ledger.RowDigest
	places map[string]int64
}

func (t *tx) readHead() (*head, error) {
	if t.head != nil {
		return t.head, nil
	}
	var h head
	var root []byte
	var at int64
	err := t.row([]any{&h.Size, &root, &at, &h.Checkpoints}, "SELECT size, root, at, checkpoints FROM ledger_head ORDER BY one LIMIT 1")
	if err != nil {
		return nil, err
	}
	copy(h.Root[:], root)
	h.at = fromMillis(at)
	t.head = &h
	return t.head, nil
}

// Append numbers an entry. It is written when the transaction commits.
func (t *tx) Append(e campaign.Entry) (campaign.EntryNo, error) {
	h, err := t.readHead()
	if err != nil {
		return campaign.NoEntry, translate("store.Append", err)
	}
	p := &pending{Entry: e, rows: ledger.NewDigest(), places: map[string]int64{}}
	if e.Campaign != 0 || e.Contact != 0 {
		if err := p.rows.Add(subjectRows.table, subjectRows.of([]any{int64(e.Campaign), int64(e.Contact)})); err != nil {
			return campaign.NoEntry, translate("store.Append", err)
		}
	}
	t.pending = append(t.pending, p)
	return campaign.EntryNo(h.Size + int64(len(t.pending)) - 1), nil
}

// entry is the entry of this transaction with the given number, or nil.
func (t *tx) entry(no campaign.EntryNo) *pending {
	if t.head == nil {
		return nil
	}
	i := int64(no) - t.head.Size
	if i < 0 || i >= int64(len(t.pending)) {
		return nil
	}
	return t.pending[i]
}

// entryFor finds the entry of this transaction that an act belongs to. An act whose port has no
// entry number and for which none was appended gets one here, so that none goes without.
func (t *tx) entryFor(kind campaign.EntryKind, c campaign.CampaignID, payload any) (campaign.EntryNo, error) {
	for i := len(t.pending) - 1; i >= 0; i-- {
		if p := t.pending[i]; p.Kind == kind && p.Campaign == c {
			return campaign.EntryNo(t.head.Size + int64(i)), nil
		}
	}
	return t.Append(campaign.Entry{Kind: kind, Campaign: c, Payload: payload})
}

// appendEntries writes what the transaction appended, as its last act.
func (t *tx) appendEntries() error {
	if len(t.pending) == 0 {
		return nil
	}
	t.nodes, t.edge = map[int64]ledger.Hash{}, t.db.frontier
	if err := t.checkEdge(); err != nil {
		return err
	}
	at := t.now
	if at.Before(t.head.at) {
		// The clock went back. Entries keep their order in time; the payload keeps what the clock said.
		t.db.options.Log.Warn("the clock is behind the newest ledger entry", "clock", at, "newest", t.head.at)
		at = t.head.at
	}
	var rows ledgerRows
	for i, p := range t.pending {
		if err := t.appendEntry(t.head.Size+int64(i), at, p, &rows); err != nil {
			return err
		}
	}
	for _, table := range []struct {
		into string
		rows [][]any
	}{
		{"INSERT INTO entry (seq, kind, at, commitment, leaf_hash, campaign, contact) VALUES", rows.entries},
		{"INSERT INTO entry_payload (seq, salt, payload) VALUES", rows.payloads},
		{"INSERT INTO tree_node (position, hash) VALUES", rows.nodes},
		{sendingRows.insert, t.sendings},
	} {
		if err := t.insertMany(table.into, table.rows, ""); err != nil {
			return err
		}
	}
	size := t.head.Size + int64(len(t.pending))
	edge, root, err := t.treeEdge(size)
	if err != nil {
		return err
	}
	t.db.frontier = frontier{size, root, edge} // whoever writes has the turn, and with it this
	_, err = t.exec("UPDATE ledger_head SET size = $1, root = $2, at = $3", size, root[:], millis(at))
	return err
}

// ledgerRows are the rows that the new entries make.
type ledgerRows struct{ entries, payloads, nodes [][]any }

func (t *tx) appendEntry(seq int64, at time.Time, p *pending, rows *ledgerRows) error {
	payload, err := t.payload(p)
	if err != nil {
		return fault.New(fault.Internal, "store.payload", "the payload of a {kind} entry cannot be kept", "kind", p.Kind).Because(err).At("store.appendEntry")
	}
	salt, err := ledger.NewSalt(t.db.options.Rand)
	if err != nil {
		return err
	}
	leaf := ledger.Leaf{Seq: seq, Kind: string(p.Kind), At: at, Commitment: ledger.Commit(salt, payload)}
	nodes, err := ledger.StoredHashes(seq, leaf.Marshal(), t.readHashes)
	if err != nil {
		return err
	}
	rows.entries = append(rows.entries, []any{seq, leaf.Kind, millis(at), leaf.Commitment[:], nodes[0][:], int64(p.Campaign), int64(p.Contact)})
	rows.payloads = append(rows.payloads, []any{seq, salt[:], payload})
	first := ledger.StoredHashIndex(0, seq)
	for i, h := range nodes {
		t.nodes[first+int64(i)] = h
		rows.nodes = append(rows.nodes, []any{first + int64(i), h[:]})
	}
	return nil
}

// readHashes reads tree nodes, the new ones from memory.
func (t *tx) readHashes(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	var missing []int64
	for i, index := range indexes {
		var ok bool
		if out[i], ok = t.knownHash(index); !ok {
			missing = append(missing, index)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	stored, err := t.storedHashes(missing)
	if err != nil {
		return nil, err
	}
	for i, index := range indexes {
		if _, ok := t.knownHash(index); ok {
			continue
		}
		var ok bool
		if out[i], ok = stored[index]; !ok {
			return nil, damagedTree()
		}
	}
	return out, nil
}

// checkEdge holds the stored edge of the tree against the head, after a start or when another process has
// written: what is damaged must not be built upon, or the next checkpoint would sign another history.
func (t *tx) checkEdge() error {
	if t.edge.size == t.head.Size && t.edge.root == t.head.Root || t.head.Size == 0 {
		return nil
	}
	edge, root, err := t.treeEdge(t.head.Size)
	if err == nil && root != t.head.Root {
		err = damagedTree()
	}
	t.edge = frontier{t.head.Size, root, edge}
	return err
}

// treeEdge is the root of the tree of a size, and the nodes that it is made of.
func (t *tx) treeEdge(size int64) (edge map[int64]ledger.Hash, root ledger.Hash, err error) {
	edge = map[int64]ledger.Hash{}
	root, err = ledger.TreeHash(size, func(indexes []int64) ([]ledger.Hash, error) {
		hashes, err := t.readHashes(indexes)
		for n := range hashes {
			edge[indexes[n]] = hashes[n]
		}
		return hashes, err
	})
	return edge, root, err
}

// knownHash is a tree node that need not be read: written by this transaction, or on the edge of the tree
// that it goes on with.
func (t *tx) knownHash(index int64) (h ledger.Hash, ok bool) {
	if h, ok = t.nodes[index]; ok || len(t.pending) == 0 || t.head == nil {
		return h, ok
	}
	if f := &t.edge; f.size == t.head.Size && f.root == t.head.Root {
		h, ok = f.nodes[index]
	}
	return h, ok
}

func damagedTree() error {
	return fault.New(fault.Internal, "ledger.damaged", "the ledger's stored tree is damaged").At("store.readHashes").Hint("reoptin ledger verify")
}

// storedHashes reads those of some tree nodes that are there, a chunk per statement.
func (t *tx) storedHashes(indexes []int64) (map[int64]ledger.Hash, error) {
	out := make(map[int64]ledger.Hash, len(indexes))
	err := chunks(indexes, mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var index int64
			var b []byte
			if err := scan(&index, &b); err != nil {
				return err
			}
			var h ledger.Hash
			copy(h[:], b)
			out[index] = h
			return nil
		}, "SELECT position, hash FROM tree_node WHERE position IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	return out, err
}

// Encode writes a payload canonically. See campaign.Store.
func (d *DB) Encode(payload any) (campaign.Encoded, error) {
	own, err := ledger.Canonical(payload)
	return own, translate("store.Encode", err)
}

// payload is the canonical payload of an entry: its own fields, and so that it explains itself also
// its kind, the time of the act and the digest of the rows that it covers.
func (t *tx) payload(p *pending) ([]byte, error) {
	own, written := p.Payload.(campaign.Encoded)
	if !written {
		var err error
		if own, err = ledger.Canonical(p.Payload); err != nil {
			return nil, err
		}
	}
	return merge(own, []field{
		{"at", strconv.AppendQuote(nil, t.now.Format(ledger.TimeLayout))},
		{"kind", strconv.AppendQuote(nil, string(p.Kind))},
		{"rows", p.rows.Canonical()},
	})
}

// merge adds fields, in the order of their names, to a canonical JSON object, which must not have them, and
// keeps it canonical. It works on the text: a payload is written once per message, and reading it again
// costs as much.
func merge(object []byte, more []field) ([]byte, error) {
	end := len(object) - 1
	if end < 1 || object[0] != '{' || object[end] != '}' {
		return nil, fault.New(fault.Internal, "store.object", "a payload must be an object with fields")
	}
	out := make([]byte, 0, len(object)+256)
	for at := 1; at < end; {
		colon := at + stringLen(object[at:])
		stop := valueEnd(object[:end], colon+1)
		name := string(object[at+1 : colon-1])
		for len(more) > 0 && more[0].name < name {
			out, more = more[0].append(out), more[1:]
		}
		if len(more) > 0 && more[0].name == name {
			return nil, fault.New(fault.Internal, "store.field", "the field {name} of a payload is the store's own", "name", name)
		}
		out = append(append(out, ','), object[at:stop]...)
		at = stop + 1
	}
	for _, f := range more {
		out = f.append(out)
	}
	out[0] = '{'
	return append(out, '}'), nil
}

// field is one field of a canonical JSON object; without a value it is left out.
type field struct {
	name  string
	value []byte
}

func (f field) append(out []byte) []byte {
	if f.value == nil {
		return out
	}
	return append(append(append(append(out, ',', '"'), f.name...), '"', ':'), f.value...)
}

// valueEnd is where the value that begins at from ends, in the inside of a canonical JSON object.
func valueEnd(inside []byte, from int) int {
	depth := 0
	for from < len(inside) && (depth > 0 || inside[from] != ',') {
		switch inside[from] {
		case '"':
			from += stringLen(inside[from:])
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		from++
	}
	return min(from, len(inside))
}

// stringLen is the length of the quoted JSON string at the beginning of b.
func stringLen(b []byte) int {
	if n := bytes.IndexByte(b[1:], '"'); n >= 0 && bytes.IndexByte(b[1:1+n], '\\') < 0 {
		return n + 2
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}
