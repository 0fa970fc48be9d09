package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
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
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return rep, translate("store.VerifyLedger", err)
	}
	// Three parts side by side, on three connections, so that others who read find one free. Each looks at one snapshot of
	// its own. What the ledger tells of an invitation may be newer than the row by a moment: whatever does not agree is
	// looked at again, within one snapshot.
	var parts sync.WaitGroup
	var stamps, invitations, acts, damaged []ledger.Fault
	errs := make([]error, 3)
	tales := make(chan map[int64]tale, 1)
	part := func(n int, do func(*tx) error) { parts.Go(func() { errs[n] = d.view(ctx, do) }) }
	part(0, func(t *tx) (err error) {
		defer close(tales)
		part(1, func(t *tx) (err error) { // not before: it waits for this one
			invitations, err = t.checkInvitations(key, tales)
			return err
		})
		src := source{t, newTold(key)}
		if rep, err = ledger.Check(ctx, src, verifiers, anchors); err != nil {
			return err
		}
		tales <- src.told.of
		stamps, err = t.badStamps()
		return err
	})
	part(2, func(t *tx) (err error) {
		if acts, err = t.checkActs(); err != nil {
			return err
		}
		damage, err := t.damage()
		for _, what := range damage {
			damaged = append(damaged, ledger.Fault{Seq: -1, What: "the database file is damaged: " + what})
		}
		return err
	})
	parts.Wait()
	faults := slices.Concat(invitations, acts, stamps, damaged)
	rep.Faults = append(rep.Faults, faults...)
	rep.OK = rep.OK && len(faults) == 0
	return rep, translate("store.VerifyLedger", errors.Join(errs...))
}

// checkInvitations holds invitations and their keys against the ledger, whose tales come once all of it was read.
func (t *tx) checkInvitations(key []byte, tales <-chan map[int64]tale) ([]ledger.Fault, error) {
	k, err := t.readKept(key)
	if err != nil {
		return nil, err
	}
	of, ok := <-tales
	if !ok { // the ledger could not be read
		return nil, nil
	}
	return t.crossCheck(k.against(of))
}

// source is the stored ledger as the ledger package reads it: what is there, judged by nobody. told hears of it.
type source struct {
	t    *tx
	told *told
}

func (s source) Head() (ledger.Head, error) {
	h, err := s.t.readHead()
	if err != nil {
		return ledger.Head{}, err
	}
	return h.Head, nil
}

func (s source) Entries(from int64, limit int) (es []ledger.StoredEntry, err error) {
	es = make([]ledger.StoredEntry, 0, limit)
	err = s.t.stream(func(row []driver.Value) error {
		e := ledger.StoredEntry{Seq: number(row[0]), Kind: text(row[1]), At: fromMillis(number(row[2])), Commitment: octets(row[3]), LeafHash: octets(row[4])}
		s.told.entry(e.Seq, e.Kind, number(row[5]), number(row[6]))
		es = append(es, e)
		return nil
	}, "SELECT seq, kind, at, commitment, leaf_hash, campaign, contact FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2", from, int64(limit))
	return es, err
}

func (s source) Payloads(from int64, limit int) (ps []ledger.StoredPayload, err error) {
	ps = make([]ledger.StoredPayload, 0, limit)
	err = s.t.stream(func(row []driver.Value) error {
		ps = append(ps, ledger.StoredPayload{Seq: number(row[0]), Salt: octets(row[1]), Payload: octets(row[2])})
		return nil
	}, "SELECT seq, salt, payload FROM entry_payload WHERE seq >= $1 ORDER BY seq LIMIT $2", from, int64(limit))
	return ps, err
}

func (s source) Nodes(from int64, limit int) (ns []ledger.StoredNode, err error) {
	ns = make([]ledger.StoredNode, 0, limit)
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
		each := yield
		if e.table == sendingRows.table {
			each = func(r ledger.StoredRow) error {
				s.told.sending(r)
				return yield(r)
			}
		}
		if err := e.stored(s.t, from, to, each); err != nil {
			return err
		}
	}
	return s.told.subjects(from, to, yield)
}

// Field is what the payload of an entry says.
func (s source) Field(seq int64, name, value string) { s.told.field(seq, name, value) }

func (s source) Documents(after string, limit int) ([]ledger.StoredDocument, error) {
	// Documents are large: a page is small whatever was asked for.
	return all(s.t, func(scan func(...any) error) (d ledger.StoredDocument, err error) {
		return d, scan(&d.SHA256, &d.Content)
	}, "SELECT sha256, content FROM document WHERE sha256 > $1 ORDER BY sha256 LIMIT $2", after, int64(min(limit, 20)))
}
