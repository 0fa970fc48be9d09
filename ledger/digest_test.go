package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/ledger"
)

func drawRow(t *rapid.T) (string, []ledger.Column) {
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", "\x00", "n", "s"})
	cols := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Column {
		c := ledger.Column{Name: text.Draw(t, "name")}
		switch rapid.IntRange(0, 3).Draw(t, "type") {
		case 1:
			c.Value = rapid.Int64Range(0, 3).Draw(t, "int")
		case 2:
			c.Value = text.Draw(t, "text")
		case 3:
			c.Value = []byte(text.Draw(t, "bytes"))
		}
		return c
	}), 0, 3).Draw(t, "cols")
	return text.Draw(t, "table"), cols
}

func sum(t interface{ Fatal(...any) }, table string, cols []ledger.Column) map[string]ledger.RowSum {
	d := ledger.NewDigest()
	if err := d.Add(table, cols); err != nil {
		t.Fatal(err)
	}
	return d.Sum()
}

// No two different rows have one digest.
func TestDigestTellsRowsApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ta, a := drawRow(t)
		tb, b := drawRow(t)
		equal := ta == tb && (cmp.Equal(a, b) || len(a)+len(b) == 0)
		if cmp.Equal(sum(t, ta, a), sum(t, tb, b)) != equal {
			t.Fatalf("%s %v and %s %v", ta, a, tb, b)
		}
	})
}

func TestDigestIsFixed(t *testing.T) {
	t.Parallel()
	got := sum(t, "response", []ledger.Column{{Name: "id", Value: int64(1)}, {Name: "kind", Value: "form"}, {Name: "key", Value: []byte{1}}, {Name: "nonce"}})
	want := "d06be62d88e0d64167f48e9463db211e06ff45d3a546c25852f3c8c038102afa"
	if s := got["response"]; s.N != 1 || s.SHA256 != want {
		t.Errorf("%+v, want %s", s, want)
	}
}

func TestDigestDoesNotMindTheOrderOfRows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rows [][]ledger.Column
		for range rapid.IntRange(1, 5).Draw(t, "n") {
			_, cols := drawRow(t)
			rows = append(rows, cols)
		}
		a, b := ledger.NewDigest(), ledger.NewDigest()
		for i := range rows {
			if a.Add("t", rows[i]) != nil || b.Add("t", rows[len(rows)-1-i]) != nil {
				t.Fatal("refused")
			}
		}
		if !cmp.Equal(a.Sum(), b.Sum()) || a.Len() != len(rows) {
			t.Fatal("differs")
		}
		if _ = b.Add("t", rows[0]); cmp.Equal(a.Sum(), b.Sum()) {
			t.Fatal("a row counted twice does not show")
		}
	})
}

// An entry is written with the digest as text, which must be the one text of what Sum says.
func TestDigestIsWrittenCanonically(t *testing.T) {
	t.Parallel()
	if ledger.NewDigest().Canonical() != nil {
		t.Error("no rows are written as something")
	}
	rapid.Check(t, func(t *rapid.T) {
		d := ledger.NewDigest()
		for range rapid.IntRange(1, 5).Draw(t, "n") {
			table, cols := drawRow(t)
			if err := d.Add(table, cols); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := ledger.Canonical(d.Sum()); err != nil || string(d.Canonical()) != string(want) {
			t.Fatalf("%s, and not %s: %v", d.Canonical(), want, err)
		}
	})
}

func TestDigestRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	for _, v := range []any{1, 1.5, true, day} {
		if ledger.NewDigest().Add("t", []ledger.Column{{Name: "c", Value: v}}) == nil {
			t.Errorf("%T was taken", v)
		}
	}
}
