package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
)

// An audit goes through the whole base, and reading it is most of the work. A transaction that may write keeps
// every other writer out: as long as it has written nothing itself, all that anybody reads meanwhile is one
// and the same, on whatever connection. So several connections read at once, and the one that writes keeps
// what came of it.

const (
	// sweepPart is of how many contacts a part is, by number. A page holds their one block; of more people what was read
	// first has left the processor's own memory before they are judged.
	sweepPart  = verdictBlock
	sweepAhead = 1 // parts for each reading connection that are given out, beside the one that is written
)

// sweep is one way through the base.
type sweep struct {
	t     *tx
	do    func(campaign.Reader, []campaign.Contact) (then func() error, err error)
	parts int64
	pages sync.Pool // of *sweptPage
}

// Sweep goes through the base in parts, by number. See campaign.Contacts.
func (t *tx) Sweep(do func(campaign.Reader, []campaign.Contact) (then func() error, err error)) error {
	var last int64
	if err := t.row([]any{&last}, "SELECT coalesce(max(id), 0) FROM contact"); err != nil {
		return translate("store.Sweep", err)
	}
	s := &sweep{t: t, do: do, parts: last/sweepPart + 1}
	if workers := min(t.readers(), int(s.parts)); workers > 0 {
		return translate("store.Sweep", s.together(workers))
	}
	for n := range s.parts {
		then, err := s.part(t, n)
		if err == nil {
			err = then()
		}
		if err != nil {
			return translate("store.Sweep", err)
		}
	}
	return nil
}

// readers is how many other connections may read beside this one, and see what it sees.
func (t *tx) readers() int {
	if !t.alone || t.wrote {
		return 0
	}
	return min(runtime.GOMAXPROCS(0), t.db.options.Readers/2)
}

// beside runs two readings, if it can beside each other.
func (t *tx) beside(own, other func(*tx) error) error {
	if t.readers() == 0 {
		if err := own(t); err != nil {
			return err
		}
		return other(t)
	}
	done := make(chan swept, 1)
	go func() {
		var p swept
		defer func() { p.panicked = recover(); done <- p }() // it goes on where the transaction is rolled back
		p.err = t.db.look(t.caller, other)
	}()
	err := own(t)
	p := <-done
	if p.panicked != nil {
		panic(p.panicked)
	}
	return errors.Join(err, p.err)
}

// swept is a part that was read and judged.
type swept struct {
	n        int64
	then     func() error
	err      error
	panicked any
}

// together lets some connections read. What is to be done with a part afterwards is done here, one part after
// the other.
func (s *sweep) together(workers int) error {
	ahead := int64(sweepAhead * workers)
	turns, done := make(chan int64, ahead), make(chan swept, ahead+int64(workers))
	var all sync.WaitGroup
	defer all.Wait()
	defer close(turns)
	for range workers {
		all.Go(func() { s.work(turns, done) })
	}
	early := map[int64]func() error{}
	given, taken := int64(0), int64(0)
	give := func() {
		for ; given < min(s.parts, taken+ahead); given++ {
			turns <- given
		}
	}
	for give(); taken < s.parts; {
		p := <-done
		if p.panicked != nil {
			panic(p.panicked) // where the transaction is rolled back
		}
		if p.err != nil {
			return p.err
		}
		for early[p.n] = p.then; early[taken] != nil; {
			then := early[taken]
			delete(early, taken)
			taken++
			give() // what is read while this is written
			if err := then(); err != nil {
				return err
			}
		}
	}
	return nil
}

// work does parts on a connection of its own. There is always room for what it hands back.
func (s *sweep) work(turns <-chan int64, done chan<- swept) {
	err := s.t.db.look(s.t.caller, func(r *tx) error {
		r.now = s.t.now
		for n := range turns {
			done <- s.safely(r, n)
		}
		return nil
	})
	if err != nil {
		done <- swept{err: err}
	}
}

func (s *sweep) safely(r *tx, n int64) (p swept) {
	p.n = n
	defer func() { p.panicked = recover() }()
	p.then, p.err = s.part(r, n)
	return p
}

// part reads a part and has it done. What it was read into is used again.
func (s *sweep) part(r *tx, n int64) (then func() error, err error) {
	page, _ := s.pages.Get().(*sweptPage)
	if page == nil {
		page = &sweptPage{fits: sweepPart}
	}
	if err := page.read(r, n*sweepPart, (n+1)*sweepPart); err != nil {
		return nil, err
	}
	end := func() error { return nil }
	if len(page.contacts) > 0 {
		end, err = s.do(r, page.contacts)
	}
	return func() error {
		defer s.pages.Put(page)
		return end()
	}, err
}

// sweptPage is what a part is read into.
type sweptPage struct {
	contacts []campaign.Contact
	keys     []campaign.PersonKey
	claims   []campaign.Claim
	own      ownVerdicts
	block    string // their verdicts; "" where nobody in the base has one
	fits     int64  // how many were read as one at last
}

// Most of what it takes to read a row is to hand its columns over. So of some contacts each column is read as one text: a third of the
// time, and less the more contacts there are. The engine goes through the table in the order of its key, for all columns alike. What stands
// between two is written into the statement: a parameter would be copied for each row.
const (
	sweptText = 4 << 20 // octets of a column that are read as one

	sweptEnd    = string(escape) + string(partEnd) // between two addresses or bodies: an escape is followed by a letter
	sweptKeyEnd = '|'                              // between the keys of two: no kind of key begins with it

	selectSwept = "SELECT count(*), group_concat(id), group_concat(email, '" + sweptEnd + "'), group_concat(body, '" + sweptEnd + "'), " +
		"group_concat(keys, '" + string(sweptKeyEnd) + "') FROM contact WHERE id >= $1 AND id < $2"
)

// read reads some contacts without what no rule of the audit asks for.
func (p *sweptPage) read(t *tx, from, to int64) error {
	p.contacts, p.keys, p.claims, p.own = p.contacts[:0], p.keys[:0], p.claims[:0], p.own[:0]
	p.block = ""
	first, err := firstContact(t, from)
	if err != nil {
		return err
	}
	if err := p.readPieces(t, first, to); err != nil {
		return err
	}
	if len(p.contacts) == 0 { // numbers are not given back: a base may have long gaps
		return nil
	}
	if err := t.unlessEmpty("own_verdict", func() error { return p.own.read(t, from, to) }); err != nil {
		return err
	}
	err = t.unlessEmpty("verdict_block", func() (err error) {
		p.block, err = t.block(from / verdictBlock)
		return err
	})
	if err != nil {
		return err
	}
	return p.judged(t)
}

// readPieces reads some contacts as one, or fewer at a time where a column of theirs would be longer than it may be: a row of a file has up
// to a megabyte, and of a person who stands in many rows there is no limit. The engine goes through all of a piece before it says that it is too
// long, so what fitted is remembered for the next part.
func (p *sweptPage) readPieces(t *tx, from, to int64) error {
	p.fits = min(2*p.fits, sweepPart)
	for from < to {
		end := min(from+p.fits, to)
		read := func() error { return t.stream(p.add, selectSwept, from, end) }
		err := t.conn.briefly(sweptText, read)
		if tooLong(err) && end-from > 1 {
			p.fits = (end - from) / 2
			continue
		}
		if tooLong(err) {
			err = read() // by itself, it may be as long as it is
		}
		if err != nil {
			return err
		}
		from = end
	}
	return nil
}

// firstContact is the number of the first contact from one on, beyond all when there is none.
func firstContact(t *tx, from int64) (first int64, err error) {
	err = t.row([]any{&first}, "SELECT coalesce(min(id), $2) FROM contact WHERE id >= $1", from, int64(math.MaxInt64))
	return first, err
}

// judged gives the contacts their verdicts. One of the last audit of the whole base has no day.
func (p *sweptPage) judged(t *tx) error {
	own := p.own // of those who are still to come
	for n := range p.contacts {
		c := &p.contacts[n]
		var err error
		if v := own.of(c.ID); v.ruling != 0 {
			c.Verdict, err = t.ruling(v.ruling)
			c.Verdict.AsOf = campaign.DayOf(v.asOf)
		} else if p.block != "" {
			c.Verdict, err = t.verdictAt(placeIn(p.block, c.ID), c.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add takes some contacts apart.
func (p *sweptPage) add(row []driver.Value) (err error) {
	count, _ := row[0].(int64)
	if count == 0 {
		return nil
	}
	var texts [4]string
	if err := textsOf(row[1:], texts[:]); err != nil {
		return fmt.Errorf("%d contacts behind %d: %w", count, p.last(), err)
	}
	ids, emails, bodies, keys := column{rest: texts[0], end: ","}, column{rest: texts[1], end: sweptEnd}, column{rest: texts[2], end: sweptEnd}, texts[3]
	apart := true // all of them: what is one person's must not be taken for another's
	for n := range count {
		last := n == count-1
		id, err := strconv.ParseInt(ids.next(last), 10, 64)
		if err != nil {
			return fmt.Errorf("the number of a contact behind %d: %w", p.last(), err)
		}
		if id <= p.last() {
			return fmt.Errorf("contact %d is read behind contact %d", id, p.last())
		}
		email, body := emails.next(last), bodies.next(last)
		p.contacts = append(p.contacts, campaign.Contact{ID: campaign.ContactID(id), Email: campaign.Address(email)})
		c := &p.contacts[len(p.contacts)-1]
		first := len(p.keys)
		var more bool
		if p.keys, keys, more, err = campaign.CutKeys(p.keys, keys, sweptKeyEnd); err != nil {
			return fmt.Errorf("contact %d: %w", id, err)
		}
		apart = apart && more != last
		c.Keys = p.keys[first:len(p.keys):len(p.keys)]
		if p.claims, err = briefInto(body, c, p.claims); err != nil {
			return fmt.Errorf("contact %d: %w", id, err)
		}
	}
	if !apart || ids.wrong || emails.wrong || bodies.wrong {
		return fmt.Errorf("the %d contacts up to %d: what they hold does not come apart", count, p.last())
	}
	return nil
}

// textsOf takes columns that were each read as one text. Of nobody there is any.
func textsOf(row []driver.Value, into []string) error {
	for n := range into {
		var ok bool
		if into[n], ok = row[n].(string); !ok {
			return fmt.Errorf("their rows hold a %T", row[n])
		}
	}
	return nil
}

// last is the number of the contact that was read last.
func (p *sweptPage) last() int64 {
	if len(p.contacts) == 0 {
		return math.MinInt64
	}
	return int64(p.contacts[len(p.contacts)-1].ID)
}

// column is one column of some contacts.
type column struct {
	rest, end string
	wrong     bool // it has more or fewer parts than there are contacts
}

func (c *column) next(last bool) string {
	part, rest, more := strings.Cut(c.rest, c.end)
	c.rest, c.wrong = rest, c.wrong || more == last
	return part
}
