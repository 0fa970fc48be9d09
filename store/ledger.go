package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// Checkpoint is a signed head of the ledger.
type Checkpoint struct {
	N    int64 // from 1, without gaps
	Size int64 // entries covered
	Root ledger.Hash
	Note string    // the signed text
	At   time.Time // of the newest entry covered
}

// Checkpoint signs the ledger's head when there are entries that no checkpoint covers. It gives the
// newest checkpoint and whether it was signed just now. An empty ledger has none: the zero
// Checkpoint. The caller passes a new one on to the send journal.
//
// before may hold the keys that s has followed: where the newest checkpoint is signed by one of them, the next is
// signed by both. A key that was replaced cannot sign any more.
func (d *DB) Checkpoint(ctx context.Context, s ledger.Signer, before ...ledger.Signer) (p Checkpoint, signed bool, err error) {
	err = d.update(ctx, func(t *tx) error {
		p, signed, err = t.checkpoint(s, before)
		return err
	})
	return p, signed, translate("store.Checkpoint", err)
}

func (t *tx) checkpoint(s ledger.Signer, before []ledger.Signer) (Checkpoint, bool, error) {
	h, err := t.readHead()
	if err != nil {
		return Checkpoint{}, false, err
	}
	last, err := t.lastCheckpoint()
	if err != nil {
		return last, false, err
	}
	signers, err := following(last, s, before) // also where nothing is signed: a key folder that is too old is said at once
	if err != nil || h.Size == last.Size {
		return last, false, err
	}
	root, err := ledger.TreeHash(h.Size, t.readHashes)
	if err != nil {
		return last, false, err
	}
	if root != h.Root {
		return last, false, fault.New(fault.Internal, "ledger.damaged", "the ledger's stored tree is damaged; it is not signed").At("store.Checkpoint").
			Hint("reoptin ledger verify")
	}
	note, err := ledger.SignCheckpoint(signers[0], s.Name(), h.Size, root, signers[1:]...)
	if err != nil {
		return last, false, err
	}
	p := Checkpoint{N: h.Checkpoints + 1, Size: h.Size, Root: root, Note: note, At: h.at}
	if _, err := t.exec("INSERT INTO checkpoint (n, size, root, note, at) VALUES ($1, $2, $3, $4, $5)", p.N, p.Size, root[:], note, millis(p.At)); err != nil {
		return last, false, err
	}
	_, err = t.exec("UPDATE ledger_head SET checkpoints = $1", p.N)
	return p, true, err
}

// following are those who sign after a checkpoint, the newest key last.
func following(last Checkpoint, s ledger.Signer, before []ledger.Signer) ([]ledger.Signer, error) {
	if last.N == 0 || ledger.SignedLastBy(last.Note, s) {
		return []ledger.Signer{s}, nil
	}
	for _, old := range before {
		if ledger.SignedLastBy(last.Note, old) {
			return []ledger.Signer{old, s}, nil
		}
	}
	return nil, fault.New(fault.Conflict, "ledger.replaced", "the newest checkpoint is signed by another key of the ledger; this one cannot follow it").At("store.Checkpoint").
		Hint("restore the key folder from its newest backup: it must hold every key and handover")
}

func (t *tx) lastCheckpoint() (p Checkpoint, err error) {
	var root []byte
	var at int64
	err = t.row([]any{&p.N, &p.Size, &root, &p.Note, &at}, "SELECT n, size, root, note, at FROM checkpoint ORDER BY n DESC LIMIT 1")
	if errors.Is(err, sql.ErrNoRows) {
		return Checkpoint{}, nil
	}
	copy(p.Root[:], root)
	p.At = fromMillis(at)
	return p, err
}

// Head is the ledger's size and root as they are now, and the newest checkpoint.
func (d *DB) Head(ctx context.Context) (h ledger.Head, p Checkpoint, err error) {
	err = d.view(ctx, func(t *tx) error {
		now, err := t.readHead()
		if err != nil {
			return err
		}
		h = now.Head
		p, err = t.lastCheckpoint()
		return err
	})
	return h, p, translate("store.Head", err)
}

// RootAt is the root that the ledger had at a size. there is false when it has never been so long.
func (d *DB) RootAt(ctx context.Context, size int64) (root ledger.Hash, there bool, err error) {
	err = d.view(ctx, func(t *tx) error {
		h, err := t.readHead()
		if err != nil || h.Size < size {
			return err
		}
		there = true
		root, err = ledger.TreeHash(size, t.readHashes)
		return err
	})
	return root, there, translate("store.RootAt", err)
}

// CountEntries counts the entries of a kind.
func (d *DB) CountEntries(ctx context.Context, kind campaign.EntryKind) (n int, err error) {
	err = d.view(ctx, func(t *tx) error {
		return t.row([]any{&n}, "SELECT count(*) FROM entry WHERE kind = $1", string(kind))
	})
	return n, translate("store.CountEntries", err)
}

// EntryRecord is one entry as people read it.
type EntryRecord struct {
	Seq        campaign.EntryNo    `json:"seq"`
	Kind       campaign.EntryKind  `json:"kind"`
	At         time.Time           `json:"at"`
	Campaign   campaign.CampaignID `json:"campaign,omitempty"`
	Contact    campaign.ContactID  `json:"contact,omitempty"`
	Commitment []byte              `json:"commitment"`
	LeafHash   []byte              `json:"leaf_hash"`
	Erased     bool                `json:"erased,omitempty"`
	Payload    json.RawMessage     `json:"payload,omitempty"`
}

const selectEntry = `SELECT e.seq, e.kind, e.at, e.campaign, e.contact, e.commitment, e.leaf_hash, p.payload
FROM entry e LEFT JOIN entry_payload p ON p.seq = e.seq `

func scanEntry(scan func(...any) error) (e EntryRecord, err error) {
	var at int64
	var payload []byte
	err = scan(&e.Seq, &e.Kind, &at, &e.Campaign, &e.Contact, &e.Commitment, &e.LeafHash, &payload)
	e.At, e.Payload, e.Erased = fromMillis(at), payload, payload == nil
	return e, err
}

// Entry is one entry by its number, fault.NotFound when there is none.
func (d *DB) Entry(ctx context.Context, seq int64) (e EntryRecord, err error) {
	err = d.view(ctx, func(t *tx) error {
		es, err := all(t, scanEntry, selectEntry+"WHERE e.seq = $1", seq)
		if err == nil && len(es) == 0 {
			return fault.New(fault.NotFound, "ledger.no_entry", "there is no ledger entry {seq}", "seq", seq).At("store.Entry").Hint("reoptin responses list shows the proof of each answer")
		}
		if err == nil {
			e = es[0]
		}
		return err
	})
	return e, translate("store.Entry", err)
}
