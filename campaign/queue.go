package campaign

import (
	"encoding/binary"
	"iter"
	"maps"
	"slices"
)

// queue is whom a campaign asks, in the order in which they are asked: the highest priority first, and of one priority in the
// order of the numbers. A large audience is all in it at once, so of a person no more is kept than how far the number lies behind
// the one before of the same priority, mostly an octet. The zero value is empty.
type queue struct {
	ranks map[int64]*equals
}

// equals are everybody of one priority.
type equals struct {
	last ContactID
	gaps []byte // varints
}

// add takes one more. Of each priority numbers come in ascending order.
func (q *queue) add(priority int64, id ContactID) {
	if q.ranks == nil {
		q.ranks = map[int64]*equals{}
	}
	r := q.ranks[priority]
	if r == nil {
		r = &equals{}
		q.ranks[priority] = r
	}
	r.gaps = binary.AppendUvarint(r.gaps, uint64(id-r.last))
	r.last = id
}

// pages gives all, size at a time; a page is used again for the next.
func (q *queue) pages(size int) iter.Seq[[]ContactID] {
	return func(yield func([]ContactID) bool) {
		page := make([]ContactID, 0, size)
		for _, priority := range slices.Backward(slices.Sorted(maps.Keys(q.ranks))) {
			var id ContactID
			for gaps := q.ranks[priority].gaps; len(gaps) > 0; {
				gap, n := binary.Uvarint(gaps)
				id, gaps = id+ContactID(gap), gaps[n:]
				if page = append(page, id); len(page) == size {
					if !yield(page) {
						return
					}
					page = page[:0]
				}
			}
		}
		if len(page) > 0 {
			yield(page)
		}
	}
}
