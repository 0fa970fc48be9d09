package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"

	"github.com/reoptin/reoptin/ledger"
)

// VerifyLedger recomputes the whole ledger from its rows: every entry, payload,
// tree node and checkpoint, every row of evidence and document, and then whether the tables that
// people act on agree with that evidence, and whether the file is sound: a no that stands in its table
// and cannot be found by its index is a no that nobody sees. verifiers are the public keys that may have signed;
// anchors are heads known from elsewhere, the send journal for one. What is wrong is in the report;
// an error means that the work could not be done.
func (d *DB) VerifyLedger(ctx context.Context, verifiers []ledger.Verifier, anchors []ledger.Anchor) (rep ledger.Report, err error) {
	// Two halves side by side, so that others who read find a connection free. Each looks at one snapshot of its own:
	// neither compares what it finds with the other.
	var beside, below []ledger.Fault
	halves := []func(*tx) error{
		func(t *tx) (err error) {
			if rep, err = ledger.Check(ctx, source{t}, verifiers, anchors); err != nil {
				return err
			}
			if below, err = t.badStamps(); err != nil {
				return err
			}
			damage, err := t.damage()
			for _, what := range damage {
				below = append(below, ledger.Fault{Seq: -1, What: "the database file is damaged: " + what})
			}
			return err
		},
		func(t *tx) (err error) {
			beside, err = t.crossCheck()
			return err
		},
	}
	errs := make([]error, len(halves))
	var both sync.WaitGroup
	for i, half := range halves {
		both.Go(func() { errs[i] = d.view(ctx, half) })
	}
	both.Wait()
	faults := slices.Concat(beside, below)
	rep.Faults = append(rep.Faults, faults...)
	rep.OK = rep.OK && len(faults) == 0
	return rep, translate("store.VerifyLedger", errors.Join(errs...))
}

// source is the stored ledger as the ledger package reads it: what is there, judged by nobody.
type source struct{ t *tx }

func (s source) Head() (ledger.Head, error) {
	h, err := s.t.readHead()
	if err != nil {
		return ledger.Head{}, err
	}
	return h.Head, nil
}

func (s source) Entries(from int64, limit int) (es []ledger.StoredEntry, err error) {
	err = s.t.stream(func(row []driver.Value) error {
		es = append(es, ledger.StoredEntry{Seq: number(row[0]), Kind: text(row[1]), At: fromMillis(number(row[2])), Commitment: octets(row[3]), LeafHash: octets(row[4])})
		return nil
	}, "SELECT seq, kind, at, commitment, leaf_hash FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2", from, int64(limit))
	return es, err
}

func (s source) Payloads(from int64, limit int) (ps []ledger.StoredPayload, err error) {
	err = s.t.stream(func(row []driver.Value) error {
		ps = append(ps, ledger.StoredPayload{Seq: number(row[0]), Salt: octets(row[1]), Payload: octets(row[2])})
		return nil
	}, "SELECT seq, salt, payload FROM entry_payload WHERE seq >= $1 ORDER BY seq LIMIT $2", from, int64(limit))
	return ps, err
}

func (s source) Nodes(from int64, limit int) (ns []ledger.StoredNode, err error) {
	err = s.t.stream(func(row []driver.Value) error {
		ns = append(ns, ledger.StoredNode{Index: number(row[0]), Hash: octets(row[1])})
		return nil
	}, "SELECT position, hash FROM tree_node WHERE position >= $1 ORDER BY position LIMIT $2", from, int64(limit))
	return ns, err
}

func (s source) Checkpoints(from int64, limit int) ([]ledger.StoredCheckpoint, error) {
	return all(s.t, func(scan func(...any) error) (p ledger.StoredCheckpoint, err error) {
		var at int64
		err = scan(&p.N, &p.Size, &p.Root, &p.Note, &at)
		p.At = fromMillis(at)
		return p, err
	}, "SELECT n, size, root, note, at FROM checkpoint WHERE n >= $1 ORDER BY n LIMIT $2", from, int64(limit))
}

func (s source) Rows(from, to int64, yield func(ledger.StoredRow) error) error {
	for _, e := range evidences {
		if err := e.stored(s.t, from, to, yield); err != nil {
			return err
		}
	}
	return subjectRows.stored(s.t, from, to, yield)
}

func (s source) Documents(after string, limit int) ([]ledger.StoredDocument, error) {
	// Documents are large: a page is small whatever was asked for.
	return all(s.t, func(scan func(...any) error) (d ledger.StoredDocument, err error) {
		return d, scan(&d.SHA256, &d.Content)
	}, "SELECT sha256, content FROM document WHERE sha256 > $1 ORDER BY sha256 LIMIT $2", after, int64(min(limit, 20)))
}
