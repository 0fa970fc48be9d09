package campaign

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A queue gives everybody once, by priority and then by number, in pages that are full but for the last.
func TestQueueKeepsTheOrderOfAsking(t *testing.T) {
	type one struct {
		priority int64
		id       ContactID
	}
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfDistinct(rapid.Int64Range(1, 1<<62), rapid.ID[int64]).Draw(t, "ids")
		slices.Sort(ids)
		var q queue
		var want []one
		for _, id := range ids {
			o := one{rapid.Int64Range(-3, 3).Draw(t, "priority"), ContactID(id)}
			q.add(o.priority, o.id)
			want = append(want, o)
		}
		slices.SortFunc(want, func(a, b one) int { return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.id, b.id)) })
		size := rapid.IntRange(1, 7).Draw(t, "size")
		for page := range q.pages(size) {
			if len(page) > size || len(page) < size && len(page) != len(want) || len(page) > len(want) {
				t.Fatalf("a page of %d, of %d that are left", len(page), len(want))
			}
			for n, id := range page {
				if id != want[n].id {
					t.Fatalf("%d is asked where %d should be", id, want[n].id)
				}
			}
			want = want[len(page):]
		}
		if len(want) > 0 {
			t.Fatalf("%d are not asked", len(want))
		}
	})
}
