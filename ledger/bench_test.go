package ledger_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

// big serves a large ledger by slices, as fast as a database never would.
type big struct{ *memory }

func slice[T any](list []T, from int64, limit int) []T {
	from = min(max(from, 0), int64(len(list)))
	return list[from:min(int64(len(list)), from+int64(limit))]
}

func (b big) Entries(from int64, limit int) ([]ledger.StoredEntry, error) {
	return slice(b.entries, from, limit), nil
}

func (b big) Payloads(from int64, limit int) ([]ledger.StoredPayload, error) {
	return slice(b.payloads, from, limit), nil
}

func (b big) Nodes(from int64, limit int) ([]ledger.StoredNode, error) {
	return slice(b.nodes, from, limit), nil
}

func (b big) Rows(from, to int64, yield func(ledger.StoredRow) error) error {
	from, to = min(max(from, 0), int64(len(b.rows))), min(to, int64(len(b.rows)))
	for _, r := range b.rows[from:max(from, to)] {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func bigLedger(t testing.TB, n int) big {
	m := newMemory(t)
	form := m.document("form")
	for i := range n {
		r := row("response", i, "form")
		r.Columns = append(r.Columns, ledger.Column{Name: "nonce", Value: binary.BigEndian.AppendUint64(nil, uint64(i))})
		m.append(t, "answered", answer(form, i), r)
	}
	m.seal(t)
	return big{m}
}

func BenchmarkCheck100k(b *testing.B) {
	src := bigLedger(b, 100_000)
	for b.Loop() {
		rep, err := ledger.Check(context.Background(), src, []ledger.Verifier{src.verifier}, nil)
		if err != nil || !rep.OK {
			b.Fatal(whats(rep), err)
		}
	}
}

// A ledger longer than a page is read whole, and a fault behind the first page is found.
func TestCheckReadsPageByPage(t *testing.T) {
	t.Parallel()
	src := bigLedger(t, 2500)
	if rep := run2(t, src); !rep.OK || rep.Entries["answered"] != 2500 {
		t.Fatal(whats(rep))
	}
	src.rows[2499].Columns[1].Value = "page"
	if rep := run2(t, src); whats(rep) != "response row of entry 2499 was changed" {
		t.Error(whats(rep))
	}
	src.rows[2499].Columns[1].Value = "form"
	for i := range src.payloads {
		src.payloads[i].Salt = nil
	}
	if rep := run2(t, src); len(rep.Faults) != 1000 || rep.More != 1500 || rep.OK {
		t.Error(len(rep.Faults), rep.More)
	}
}

func run2(t testing.TB, src ledger.Source) ledger.Report {
	t.Helper()
	var keys []ledger.Verifier
	if b, ok := src.(big); ok {
		keys = append(keys, b.verifier)
	}
	rep, err := ledger.Check(context.Background(), src, keys, nil)
	check(t, err)
	return rep
}
