package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// Selection says whose proofs go into a dossier; the zero Selection means all. Entries that the
// chosen ones rest on come with them: who asked, what was approved, and what was erased.
type Selection struct {
	Campaign campaign.CampaignID
	Contact  campaign.ContactID
	Response string
}

// Bundle makes the offline dossier of a selection, against the newest checkpoint. When entries are
// newer than it, one is signed first. vkey is the signer's public key. A selection without any entry
// is fault.NotFound.
func (d *DB) Bundle(ctx context.Context, s ledger.Signer, vkey string, sel Selection) (b ledger.Bundle, err error) {
	if !d.options.ReadOnly {
		if _, _, err := d.Checkpoint(ctx, s); err != nil {
			return b, err
		}
	}
	err = d.view(ctx, func(t *tx) error {
		p, err := t.lastCheckpoint()
		if err != nil {
			return err
		}
		b = ledger.NewBundle(s.Name(), vkey, p.Note, "reoptin", t.now)
		return t.fillBundle(&b, p.Size, sel)
	})
	return b, translate("store.Bundle", err)
}

func (t *tx) fillBundle(b *ledger.Bundle, size int64, sel Selection) error {
	seqs, err := t.selected(sel, size)
	if err != nil {
		return err
	}
	if len(seqs) == 0 {
		return fault.New(fault.NotFound, "proof.empty", "the ledger has no entry of this selection")
	}
	documents := map[string]bool{}
	for _, seq := range seqs {
		if err := t.bundleEntry(b, size, seq, documents); err != nil {
			return err
		}
	}
	for _, sha := range slices.Sorted(maps.Keys(documents)) {
		doc, err := t.Document(sha)
		if fault.Is(err, fault.NotFound) {
			continue // a hash of something else: a list, a message
		}
		if err != nil {
			return err
		}
		if err := b.AddDocument(doc.SHA256, doc.Name, doc.Language, doc.Media, doc.Content); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) bundleEntry(b *ledger.Bundle, size, seq int64, documents map[string]bool) error {
	var l ledger.Leaf
	var at int64
	var commitment, salt, payload []byte
	err := t.row([]any{&l.Kind, &at, &commitment, &salt, &payload},
		"SELECT e.kind, e.at, e.commitment, p.salt, p.payload FROM entry e LEFT JOIN entry_payload p ON p.seq = e.seq WHERE e.seq = $1", seq)
	if err != nil {
		return err
	}
	l.Seq, l.At = seq, fromMillis(at)
	if copy(l.Commitment[:], commitment) != len(commitment) || payload != nil && len(salt) != 32 {
		return fault.New(fault.Internal, "ledger.damaged_entry", "ledger entry {seq} is damaged", "seq", seq).Hint("reoptin ledger verify")
	}
	proof, err := ledger.ProveInclusion(size, seq, t.readHashes)
	if err != nil {
		return fmt.Errorf("prove entry %d: %w", seq, err)
	}
	for _, hash := range hashesIn(payload) {
		documents[hash] = true
	}
	var drawn [32]byte
	copy(drawn[:], salt)
	return b.AddEntry(l, drawn, payload, proof)
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

// selected lists the numbers of the entries of a selection, in order.
func (t *tx) selected(sel Selection, size int64) ([]int64, error) {
	switch {
	case sel == Selection{}:
		return t.numbers("SELECT seq FROM entry WHERE seq < $1 ORDER BY seq", size)
	case sel.Response != "":
		return t.numbers(`WITH chosen AS (SELECT id, entry, invitation, campaign FROM response WHERE id = $2)
SELECT entry FROM chosen WHERE entry < $1
UNION SELECT s.entry FROM sending s JOIN chosen ON s.invitation = chosen.invitation WHERE s.entry < $1
`+restsOn("SELECT campaign FROM chosen"), size, sel.Response)
	case sel.Contact != 0:
		return t.numbers(`SELECT seq FROM entry WHERE contact = $2 AND contact <> 0 AND seq < $1 AND (campaign = $3 OR $3 = 0)
`+restsOn("SELECT campaign FROM entry WHERE contact = $2 AND contact <> 0 AND (campaign = $3 OR $3 = 0)"), size, int64(sel.Contact), int64(sel.Campaign))
	}
	return t.numbers(`SELECT seq FROM entry WHERE campaign = $2 AND campaign <> 0 AND seq < $1
`+restsOn("SELECT campaign FROM entry WHERE campaign = $2 AND campaign <> 0"), size, int64(sel.Campaign))
}

// restsOn adds to a selection what it rests on, unless it is empty: the acts of its campaigns, the
// organisation, and the entries that tell of erasures.
func restsOn(campaigns string) string {
	return `UNION SELECT seq FROM entry WHERE seq < $1 AND campaign IN (` + campaigns + `) AND campaign <> 0 AND contact = 0
UNION SELECT seq FROM entry WHERE seq < $1 AND kind IN ('organisation.applied', 'erased') AND EXISTS (` + campaigns + `)
ORDER BY 1`
}

func (t *tx) numbers(query string, args ...any) ([]int64, error) {
	return all(t, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, query, args...)
}
