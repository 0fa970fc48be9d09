package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"

	"github.com/reoptin/reoptin/campaign"
)

// An audit goes through the whole base, and reading it is most of the work. A transaction that may write keeps
// every other writer out: as long as it has written nothing itself, all that anybody reads meanwhile is one
// and the same, on whatever connection. So several connections read at once, and the one that writes keeps
// what came of it.

const (
	sweepPart  = 2 * verdictBlock // contacts, by number
	sweepAhead = 4                // parts for each reading connection that may wait to be taken
)

// sweeper is what is done with a part.
type sweeper = func(campaign.Reader, []campaign.Contact) (then func() error, err error)

// Sweep goes through the base in parts, by number. See campaign.Contacts.
func (t *tx) Sweep(do sweeper) error {
	var last int64
	if err := t.row([]any{&last}, "SELECT coalesce(max(id), 0) FROM contact"); err != nil {
		return translate("store.Sweep", err)
	}
	parts := last/sweepPart + 1
	if workers := min(runtime.GOMAXPROCS(0), t.db.options.Readers/2, int(parts)); t.alone && !t.wrote && workers > 0 {
		return translate("store.Sweep", t.sweepTogether(parts, workers, do))
	}
	for n := range parts {
		then, err := t.sweepPart(n, do)
		if err == nil {
			err = then()
		}
		if err != nil {
			return translate("store.Sweep", err)
		}
	}
	return nil
}

// swept is a part that was read and judged.
type swept struct {
	n        int64
	then     func() error
	err      error
	panicked any
}

// sweepTogether lets some connections read. What is to be done with a part afterwards is done here, one part
// after the other.
func (t *tx) sweepTogether(parts int64, workers int, do sweeper) error {
	ahead := int64(sweepAhead * workers)
	turns, done := make(chan int64, ahead), make(chan swept, ahead+int64(workers))
	var all sync.WaitGroup
	defer all.Wait()
	defer close(turns)
	for range workers {
		all.Go(func() { t.sweepTurns(turns, done, do) })
	}
	early := map[int64]func() error{}
	given := int64(0)
	for taken := int64(0); taken < parts; {
		for ; given < min(parts, taken+ahead); given++ {
			turns <- given
		}
		p := <-done
		if p.panicked != nil {
			panic(p.panicked) // where the transaction is rolled back
		}
		if p.err != nil {
			return p.err
		}
		for early[p.n] = p.then; early[taken] != nil; taken++ {
			if err := early[taken](); err != nil {
				return err
			}
			delete(early, taken)
		}
	}
	return nil
}

// sweepTurns does parts on a connection of its own. There is always room for what it hands back.
func (t *tx) sweepTurns(turns <-chan int64, done chan<- swept, do sweeper) {
	err := t.db.look(t.asker(), func(r *tx) error {
		r.now = t.now
		for n := range turns {
			done <- r.sweepSafely(n, do)
		}
		return nil
	})
	if err != nil {
		done <- swept{err: err}
	}
}

// asker is the context of whoever asked for the transaction.
func (t *tx) asker() context.Context {
	if t.caller != nil {
		return t.caller
	}
	return t.ctx
}

func (t *tx) sweepSafely(n int64, do sweeper) (p swept) {
	p.n = n
	defer func() { p.panicked = recover() }()
	p.then, p.err = t.sweepPart(n, do)
	return p
}

func (t *tx) sweepPart(n int64, do sweeper) (then func() error, err error) {
	page, err := t.sweepPage(n*sweepPart, (n+1)*sweepPart)
	if err == nil && len(page) > 0 {
		return do(t, page)
	}
	return func() error { return nil }, err
}

const selectSwept = `SELECT c.id, c.email, c.body, c.keys, coalesce(v.ruling, 0), coalesce(v.as_of, 0)
FROM contact c LEFT JOIN verdict v ON v.contact = c.id WHERE c.id >= $1 AND c.id < $2 ORDER BY c.id`

// sweepPage reads some contacts without what no rule of the audit asks for. A verdict of the last audit of the
// whole base has no day.
func (t *tx) sweepPage(from, to int64) (page []campaign.Contact, err error) {
	page = make([]campaign.Contact, 0, to-from)
	keys := make([]campaign.PersonKey, 0, 3*(to-from))
	err = t.each(func(scan func(...any) error) error {
		var id, ruling, asOf int64
		var email, body string
		var list sql.RawBytes
		err := scan(&id, &email, &body, &list, &ruling, &asOf)
		if err != nil {
			return err
		}
		page = append(page, campaign.Contact{ID: campaign.ContactID(id), Email: campaign.Address(email)})
		c := &page[len(page)-1]
		first := len(keys)
		if keys, err = appendKeysIn(keys, list); err != nil {
			return err
		}
		c.Keys = keys[first:len(keys):len(keys)]
		if err := briefInto(body, c); err != nil {
			return fmt.Errorf("contact %d: %w", id, err)
		}
		if ruling == 0 {
			return nil
		}
		c.Verdict, err = t.ruling(ruling)
		if asOf != 0 {
			c.Verdict.AsOf = campaign.DayOf(asOf)
		}
		return err
	}, selectSwept, from, to)
	return page, err
}
