package app

import (
	"strconv"

	"github.com/reoptin/reoptin/internal/fault"
)

// Page is which part of a list is wanted.
type Page struct {
	Limit  int    // 1 to 10000; what lies outside counts as the nearer end
	Cursor string // "" for the beginning, else the next of an earlier list
}

func (p Page) limit() int { return min(max(p.Limit, 1), 10000) }

// after is the number behind which the page begins; start is where the first page begins.
func (p Page) after(start int64) (int64, error) {
	if p.Cursor == "" {
		return start, nil
	}
	n, err := strconv.ParseInt(p.Cursor, 10, 64)
	if err != nil || n < 0 {
		return 0, p.noCursor()
	}
	return n, nil
}

func (p Page) noCursor() error {
	return fault.New(fault.Invalid, "list.cursor", "{cursor} is no cursor of an earlier list", "cursor", strconv.Quote(p.Cursor)).
		Hint("leave --cursor out to begin at the start")
}

// page cuts a page out of a whole list that is sorted by number.
func page[T any](p Page, all []T, number func(T) int64) (part []T, next string, err error) {
	after, err := p.after(-1)
	if err != nil {
		return nil, "", err
	}
	for n, v := range all {
		if number(v) <= after {
			continue
		}
		rest := all[n:]
		if len(rest) > p.limit() {
			rest = rest[:p.limit()]
			next = strconv.FormatInt(number(rest[len(rest)-1]), 10)
		}
		return rest, next, nil
	}
	return nil, "", nil
}
