package campaign

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
)

// rehearse counts what the list would do, over a snapshot.
func (l *listImport) rehearse(ctx context.Context, r Reader) error {
	l.spared, l.people, l.tallied = map[PersonKey]bool{}, map[ContactID]bool{}, map[uint64]bool{}
	err := l.eachChunk(ctx, func(addresses [][]PersonKey, hashes []PersonKey) error {
		keys := slices.Concat(addresses...)
		if err := l.meet(r, keys); err != nil {
			return err
		}
		if !l.res.External {
			_, err := l.fresh(r, addresses)
			keys = nil
			if err != nil {
				return err
			}
		}
		keys = append(keys, hashes...)
		known, err := r.Listed(keys)
		for _, k := range mergeKeys(keys, nil) {
			if k.Kind != KeyMailbox && !slices.ContainsFunc(known[k], func(o List) bool { return o.Name == l.res.List }) && l.first(k) {
				l.res.Added++
			}
		}
		return err
	})
	if err == nil && l.hashes() > 0 {
		err = l.wouldMean(ctx, r)
	}
	l.res.Matched = len(l.people)
	return err
}

// mostTallied bounds what a rehearsal remembers of a list. One that is longer may name somebody twice in its count.
const mostTallied = 1 << 22

// first reports that a key was not counted yet. An import itself finds what it stored before.
func (l *listImport) first(k PersonKey) bool {
	if l.tallied == nil {
		return true
	}
	short := binary.BigEndian.Uint64(k.Digest[:])
	seen := l.tallied[short]
	if !seen && len(l.tallied) < mostTallied {
		l.tallied[short] = true
	}
	return !seen
}

// rehearsedPage is how many contacts the hashes of a list are held against at a time in a rehearsal.
const rehearsedPage = 100_000

// wouldMean finds the contacts whom the hashes mean without keeping the hashes anywhere: it reads the list
// again for each part of the base.
func (l *listImport) wouldMean(ctx context.Context, r Reader) error {
	kinds := slices.Collect(maps.Keys(l.res.Hashes))
	part := map[PersonKey][]ContactID{}
	look := func() error {
		return l.eachChunk(ctx, func(_ [][]PersonKey, hashes []PersonKey) error {
			for _, h := range hashes {
				for _, id := range part[h] {
					l.people[id] = true
				}
			}
			return nil
		})
	}
	err := eachPage(ctx, r, func(page []Contact) error {
		for _, c := range page {
			for _, k := range listedUnder(c, kinds) {
				part[k] = append(part[k], c.ID)
			}
		}
		if len(part) < rehearsedPage {
			return nil
		}
		err := look()
		clear(part)
		return err
	})
	if err != nil {
		return err
	}
	return look()
}

// Lists are the lists that were taken over, oldest first.
func (d *Desk) Lists(ctx context.Context) (ls []List, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		ls, err = r.Lists()
		return err
	})
	return ls, err
}

// ListsNaming are the lists that name an address under one of their hashes, or as a register.
func (d *Desk) ListsNaming(ctx context.Context, a Address) (ls []List, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		ls, err = listsNaming(r, d.keys, a)
		return err
	})
	return ls, err
}

// meant is the line that somebody will get whom a list of the company's own means by a hash, nil for others.
func meant(r Reader, k Keyer, a Address) (*Suppression, error) {
	lists, err := listsNaming(r, k, a)
	if err != nil {
		return nil, err
	}
	list, named := refusing(lists)
	keys := k.Mailbox(a)
	known, err := r.SuppressedKeys(keys)
	if err != nil || !named || len(unsaid(keys, known)) == 0 {
		return nil, err
	}
	return &Suppression{Key: keys[0], Scope: "all", Reason: SuppressImported, Source: list.origin(), At: list.At, Entry: list.Entry}, nil
}

func listsNaming(r Reader, k Keyer, a Address) ([]List, error) {
	l, err := newListing(r)
	if err != nil {
		return nil, err
	}
	hits, err := l.hits([]Contact{{Email: a, Keys: k.Mailbox(a)}})
	if err != nil || hits == nil {
		return nil, err
	}
	return hits[0], nil
}
