package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// Selection says whose proofs go into a dossier; the zero Selection means all. Entries that the
// chosen ones rest on come with them: who asked, what was approved, and what of them was erased.
type Selection struct {
	Campaign campaign.CampaignID
	Contact  campaign.ContactID
	Response string
}

// Making says what a dossier is made with.
type Making struct {
	Key       string   // public key of the ledger
	Handovers []string // how it followed the first one
	Software  string
	Seen      func(ledger.BundleEntry) // told of each entry; nil: nobody is
}

// Made says what became of it.
type Made struct {
	Checkpoint Checkpoint
	Documents  []string // SHA-256 of those in it
}

// WriteBundle writes the offline dossier of a selection, against the newest checkpoint; what is newer than
// it is left out. It is written as it is read, some entries at a time; of a large one only the numbers of its
// entries are kept. A selection without any entry is fault.NotFound, one that no checkpoint covers yet
// fault.Unavailable; nothing is written then.
func (d *DB) WriteBundle(ctx context.Context, w io.Writer, m Making, sel Selection) (made Made, err error) {
	v, err := ledger.NewVerifier(m.Key)
	if err != nil {
		return made, fault.New(fault.Invalid, "ledger.key", "the ledger key cannot be read").Because(err).At("store.WriteBundle")
	}
	err = d.view(ctx, func(t *tx) error {
		if made.Checkpoint, err = t.lastCheckpoint(); err != nil {
			return err
		}
		seqs, err := t.selected(sel, made.Checkpoint.Size)
		if err != nil {
			return err
		}
		if len(seqs) == 0 {
			return t.uncovered(sel)
		}
		b := ledger.NewBundle(v.Name(), m.Key, made.Checkpoint.Note, m.Software, t.now)
		b.Handovers = m.Handovers
		out, err := ledger.NewBundleWriter(w, b)
		if err != nil {
			return err
		}
		if made.Documents, err = t.fillBundle(out, made.Checkpoint.Size, seqs, m.Seen); err != nil {
			return err
		}
		return out.Close()
	})
	return made, translate("store.WriteBundle", err)
}

// fillBundle writes entries page by page, then the documents that they name.
func (t *tx) fillBundle(out *ledger.BundleWriter, size int64, seqs []int64, seen func(ledger.BundleEntry)) ([]string, error) {
	known, kept := map[string]bool{}, map[string]bool{} // hashes that were looked up, and those of documents
	for page := range slices.Chunk(seqs, mostParameters) {
		named, err := t.bundlePage(out, size, page, seen)
		if err != nil {
			return nil, err
		}
		if len(known) > mostKnown {
			clear(known)
		}
		unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(named)), func(hash string) bool { return known[hash] })
		found, err := t.knownDocuments(unknown)
		if err != nil {
			return nil, err
		}
		for _, hash := range unknown {
			known[hash] = true
		}
		for _, hash := range found {
			kept[hash] = true
		}
	}
	documents := slices.Sorted(maps.Keys(kept))
	for _, sha := range documents {
		doc, err := t.Document(sha)
		if err != nil {
			return nil, err
		}
		d, err := ledger.NewDocument(doc.SHA256, doc.Name, doc.Language, doc.Media, doc.Content)
		if err != nil {
			return nil, err
		}
		if err := out.Document(d); err != nil {
			return nil, err
		}
	}
	return documents, nil
}

// mostKnown bounds how many hashes are remembered for not being looked up again.
const mostKnown = 20_000

// uncovered says why a selection has no entry below the newest checkpoint.
func (t *tx) uncovered(sel Selection) error {
	h, err := t.readHead()
	if err != nil {
		return err
	}
	newer, err := t.selected(sel, h.Size)
	if err != nil {
		return err
	}
	if len(newer) == 0 {
		return fault.New(fault.NotFound, "proof.empty", "the ledger has no entry of this selection")
	}
	return fault.New(fault.Unavailable, "proof.uncovered", "no checkpoint covers this selection yet").Hint("reoptin ledger checkpoint")
}

// bundleRow is an entry as a dossier shows it.
type bundleRow struct {
	leaf          ledger.Leaf
	salt, payload []byte
}

func scanBundleRow(scan func(...any) error) (r bundleRow, err error) {
	var at int64
	var commitment []byte
	if err = scan(&r.leaf.Seq, &r.leaf.Kind, &at, &commitment, &r.salt, &r.payload); err != nil {
		return r, err
	}
	r.leaf.At = fromMillis(at)
	if copy(r.leaf.Commitment[:], commitment) != len(commitment) || r.payload != nil && len(r.salt) != 32 {
		err = damagedEntry(r.leaf.Seq)
	}
	return r, err
}

func damagedEntry(seq int64) error {
	return fault.New(fault.Internal, "ledger.damaged_entry", "ledger entry {seq} is damaged", "seq", seq).Hint("reoptin ledger verify")
}

// bundlePage adds some entries with two statements: their rows, and all tree nodes of their proofs. It gives every
// hash that their payloads name.
func (t *tx) bundlePage(out *ledger.BundleWriter, size int64, seqs []int64, seen func(ledger.BundleEntry)) (named map[string]bool, err error) {
	named = map[string]bool{}
	var rows []bundleRow
	err = chunks(seqs, mostParameters, func(piece []int64) (err error) {
		rows, err = all(t, scanBundleRow, "SELECT e.seq, e.kind, e.at, e.commitment, p.salt, p.payload FROM entry e LEFT JOIN entry_payload p ON p.seq = e.seq WHERE e.seq IN ("+
			places(1, len(piece))+") ORDER BY e.seq", anys(piece)...)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(rows) != len(seqs) {
		return nil, damagedEntry(seqs[0])
	}
	proofs, err := t.proofs(size, seqs)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		for _, hash := range hashesIn(r.payload) {
			named[hash] = true
		}
		var salt [32]byte
		copy(salt[:], r.salt)
		e, err := ledger.NewEntry(r.leaf, salt, r.payload, proofs[r.leaf.Seq])
		if err == nil {
			err = out.Entry(e)
		}
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(e)
		}
	}
	return named, nil
}

// proofs are the inclusion proofs of some entries. Each is computed twice: once without the tree, to
// learn which nodes it needs, and once with all nodes that were read together.
func (t *tx) proofs(size int64, seqs []int64) (map[int64][]ledger.Hash, error) {
	wanted := map[int64]bool{}
	dry := func(indexes []int64) ([]ledger.Hash, error) {
		for _, index := range indexes {
			wanted[index] = true
		}
		return make([]ledger.Hash, len(indexes)), nil
	}
	for _, seq := range seqs {
		if _, err := ledger.ProveInclusion(size, seq, dry); err != nil {
			return nil, fmt.Errorf("prove entry %d: %w", seq, err)
		}
	}
	nodes, err := t.storedHashes(slices.Sorted(maps.Keys(wanted)))
	if err != nil {
		return nil, err
	}
	read := func(indexes []int64) ([]ledger.Hash, error) {
		out := make([]ledger.Hash, len(indexes))
		for i, index := range indexes {
			h, ok := nodes[index]
			if !ok {
				return nil, damagedTree()
			}
			out[i] = h
		}
		return out, nil
	}
	out := make(map[int64][]ledger.Hash, len(seqs))
	for _, seq := range seqs {
		if out[seq], err = ledger.ProveInclusion(size, seq, read); err != nil {
			return nil, fmt.Errorf("prove entry %d: %w", seq, err)
		}
	}
	return out, nil
}

// knownDocuments are the hashes that name a kept document; any other is of something else, a list or
// a message.
func (t *tx) knownDocuments(hashes []string) ([]string, error) {
	known := map[string]bool{}
	err := chunks(hashes, mostParameters, func(piece []string) error {
		args := make([]any, len(piece))
		for i := range piece {
			args[i] = piece[i]
		}
		return t.each(func(scan func(...any) error) error {
			var sha string
			err := scan(&sha)
			known[sha] = true
			return err
		}, "SELECT sha256 FROM document WHERE sha256 IN ("+places(1, len(piece))+")", args...)
	})
	return slices.Sorted(maps.Keys(known)), err
}

// hashesIn finds what looks like a SHA-256 among the texts of a payload.
func hashesIn(payload []byte) (out []string) {
	for {
		i := bytes.IndexByte(payload, '"')
		if i < 0 {
			return out
		}
		payload = payload[i+1:]
		if len(payload) > 64 && payload[64] == '"' && len(bytes.Trim(payload[:64], "0123456789abcdef")) == 0 {
			out = append(out, string(payload[:64]))
		}
	}
}

// selected lists the numbers of the entries of a selection, in order. Those that tell of erasures are among them where they name
// one of the others: why somebody else was erased is nobody's business.
func (t *tx) selected(sel Selection, size int64) ([]int64, error) {
	seqs, err := t.chosen(sel, size)
	if err != nil || sel == (Selection{}) || len(seqs) == 0 {
		return seqs, err
	}
	told, err := t.erasuresOf(seqs, size)
	if err != nil {
		return nil, err
	}
	return slices.Compact(slices.Sorted(slices.Values(append(seqs, told...)))), nil
}

// erasuresOf lists the entries by which the content of some entries was erased. They are read one by one: one may name many.
func (t *tx) erasuresOf(seqs []int64, size int64) (told []int64, err error) {
	err = t.each(func(scan func(...any) error) error {
		var seq int64
		var payload []byte
		if err := scan(&seq, &payload); err != nil {
			return err
		}
		var of struct {
			Entries []int64 `json:"entries"`
		}
		if err := json.Unmarshal(payload, &of); err != nil {
			return damagedEntry(seq)
		}
		if slices.ContainsFunc(of.Entries, func(n int64) bool { _, there := slices.BinarySearch(seqs, n); return there }) {
			told = append(told, seq)
		}
		return nil
	}, "SELECT e.seq, p.payload FROM entry e JOIN entry_payload p ON p.seq = e.seq WHERE e.kind = $1 AND e.seq < $2 ORDER BY e.seq", string(campaign.EntryErased), size)
	return told, err
}

// chosen lists them without the entries that tell of erasures.
func (t *tx) chosen(sel Selection, size int64) ([]int64, error) {
	switch {
	case sel == Selection{}:
		return t.numbers("SELECT seq FROM entry WHERE seq < $1 ORDER BY seq", size)
	case sel.Response != "":
		return t.numbers(`WITH chosen AS (SELECT id, entry, invitation, campaign FROM response WHERE id = $2)
SELECT entry FROM chosen WHERE entry < $1
UNION SELECT s.entry FROM sending s JOIN chosen ON s.invitation = chosen.invitation WHERE s.entry < $1
`+restsOn("SELECT campaign FROM chosen"), size, sel.Response)
	case sel.Contact != 0:
		return t.numbers(fmt.Sprintf(ofContact, "seq", "s.entry")+restsOn(fmt.Sprintf(ofContact, "campaign", "i.campaign")), size, int64(sel.Contact), int64(sel.Campaign))
	}
	return t.numbers(`SELECT seq FROM entry WHERE campaign = $2 AND campaign <> 0 AND seq < $1
`+restsOn("SELECT campaign FROM entry WHERE campaign = $2 AND campaign <> 0"), size, int64(sel.Campaign))
}

// ofContact lists the entries about a contact: those of its invitations are found through these.
const ofContact = `SELECT %s FROM entry WHERE contact = $2 AND contact <> 0 AND kind <> 'asked' AND seq < $1 AND (campaign = $3 OR $3 = 0)
UNION SELECT %s FROM invitation i JOIN sending s ON s.invitation = i.id WHERE i.contact = $2 AND s.entry < $1 AND (i.campaign = $3 OR $3 = 0)
`

// restsOn adds to a selection what it rests on, unless it is empty: the acts of its campaigns and the organisation.
func restsOn(campaigns string) string {
	return `UNION SELECT seq FROM entry WHERE seq < $1 AND campaign IN (` + campaigns + `) AND campaign <> 0 AND contact = 0
UNION SELECT seq FROM entry WHERE seq < $1 AND kind = 'organisation.applied' AND EXISTS (` + campaigns + `)
ORDER BY 1`
}

func (t *tx) numbers(query string, args ...any) ([]int64, error) {
	return all(t, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, query, args...)
}
