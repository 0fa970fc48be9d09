package ledger

import (
	"context"
	"fmt"
)

// pager reads a numbered table row by row through its pages.
type pager[T any] struct {
	read func(from int64, limit int) ([]T, error)
	key  func(T) int64
	from int64 // the next page starts here
	page []T
	done bool
}

// peek returns the next item without taking it; ok is false at the end.
func (p *pager[T]) peek(ctx context.Context) (item T, ok bool, err error) {
	if len(p.page) == 0 && !p.done {
		if err := p.fill(ctx); err != nil {
			return item, false, err
		}
	}
	if len(p.page) == 0 {
		return item, false, nil
	}
	return p.page[0], true, nil
}

// next takes the next item; ok is false at the end.
func (p *pager[T]) next(ctx context.Context) (item T, ok bool, err error) {
	item, ok, err = p.peek(ctx)
	if ok {
		p.page = p.page[1:]
	}
	return item, ok, err
}

func (p *pager[T]) fill(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	page, err := p.read(p.from, pageSize)
	if err != nil {
		return err
	}
	if len(page) == 0 {
		p.done = true
		return nil
	}
	last := p.key(page[len(page)-1])
	if last < p.from {
		return fmt.Errorf("the source does not move on after number %d", p.from)
	}
	p.page = page
	if last+1 < last {
		p.done = true
		return nil
	}
	p.from = last + 1
	return nil
}
