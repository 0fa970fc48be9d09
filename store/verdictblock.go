package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// What an audit of the whole base finds stands in blocks, of which each says of some contacts, place by place, which
// ruling is theirs. A verdict that was given to a contact alone has a row of its own and goes before that.

// verdictBlock is of how many contacts, whose numbers follow each other, verdicts are kept and counted together.
const (
	blockBits    = 9
	verdictBlock = 1 << blockBits
)

func blockOf(contact campaign.ContactID) int64 { return int64(contact) >> blockBits }

// A place holds the number of a ruling in so many digits, all zeros for none.
const (
	placeDigits = 7
	mostRuling  = 9_999_999
	blockSize   = verdictBlock * placeDigits
)

// emptyBlock is a block in which nobody has a verdict.
var emptyBlock = strings.Repeat("0", blockSize)

// placeAt is where in its block a contact's place begins. No two contacts share one, whatever number a damaged file gives somebody.
func placeAt(contact campaign.ContactID) int { return int(contact&(verdictBlock-1)) * placeDigits }

// digitsOf writes the number of a ruling as a block holds it. One digit more would be that of the next contact.
func digitsOf(ruling int64) (string, error) {
	if ruling < 0 || ruling > mostRuling {
		return "", fault.New(fault.Internal, "store.rulings", "ruling {ruling} has a number that no block of verdicts can hold; the last is {last}", "ruling", ruling, "last", mostRuling)
	}
	return fmt.Sprintf("%0*d", placeDigits, ruling), nil
}

// placeIn is what a block has at a contact's place.
func placeIn(rulings string, contact campaign.ContactID) string {
	at := placeAt(contact)
	return rulings[at : at+placeDigits]
}

// rulingAt is the number that stands at a contact's place, 0 for none.
func rulingAt(place string, contact campaign.ContactID) (ruling int64, err error) {
	if len(place) != placeDigits {
		return 0, damagedBlock(blockOf(contact))
	}
	for _, c := range []byte(place) {
		if c < '0' || c > '9' {
			return 0, damagedBlock(blockOf(contact))
		}
		ruling = ruling*10 + int64(c-'0')
	}
	return ruling, nil
}

func damagedBlock(block any) error {
	return fault.New(fault.Internal, "store.verdict_block", "the database file is damaged: in block {block} of the verdicts stands what is none", "block", block).
		Hint("put back the database from a backup, and leave send.journal as it is")
}

// blockIn is a row of verdict_block.
func blockIn(row []driver.Value) (block int64, rulings string, err error) {
	block, hasBlock := row[0].(int64)
	places, hasOctets := row[1].([]byte)
	if !hasBlock || !hasOctets || len(places) != blockSize {
		return 0, "", damagedBlock(row[0])
	}
	return block, string(places), nil
}

// verdictAt is the verdict that stands at a contact's place, without its day; without a class: none.
func (t *tx) verdictAt(place string, contact campaign.ContactID) (v campaign.Verdict, err error) {
	ruling, err := rulingAt(place, contact)
	if err != nil || ruling == 0 {
		return v, err
	}
	if v, err = t.ruling(ruling); errors.Is(err, sql.ErrNoRows) {
		err = damagedBlock(blockOf(contact)) // and not that there is no such contact
	}
	return v, err
}

// verdictIn is the verdict of a contact by its own ruling, or else by its place; without its day.
func (t *tx) verdictIn(own int64, place string, contact campaign.ContactID) (campaign.Verdict, error) {
	if own != 0 {
		return t.ruling(own)
	}
	return t.verdictAt(place, contact)
}

const (
	selectBlocks = "SELECT block, rulings FROM verdict_block WHERE block >= $1 AND block < $2 ORDER BY block"
	putBlock     = "INSERT INTO verdict_block (block, rulings) VALUES ($1, $2) ON CONFLICT (block) DO UPDATE SET rulings = excluded.rulings"
)

// block reads a block; one that is not there is empty.
func (t *tx) block(number int64) (rulings string, err error) {
	rulings = emptyBlock
	err = t.stream(func(row []driver.Value) (err error) {
		_, rulings, err = blockIn(row)
		return err
	}, selectBlocks, number, number+1)
	return rulings, err
}

// placed is a contact whose place in its block changes; ruling 0 empties it.
type placed struct {
	contact campaign.ContactID
	ruling  int64
}

// putPlaces changes places of blocks, in rising order.
func (t *tx) putPlaces(changes []placed) error {
	w := blockWriter{t: t}
	for _, c := range changes {
		digits, err := digitsOf(c.ruling)
		if err == nil {
			err = w.put(c.contact, digits)
		}
		if err != nil {
			return err
		}
	}
	return w.leave()
}

// blockWriter changes one block after the other, each with one statement.
type blockWriter struct {
	t      *tx
	number int64
	places []byte // of the block that is being changed; empty: none is
}

// put gives a contact the digits of a ruling.
func (w *blockWriter) put(contact campaign.ContactID, digits string) error {
	if number := blockOf(contact); len(w.places) == 0 || number != w.number {
		if err := w.enter(number); err != nil {
			return err
		}
	}
	copy(w.places[placeAt(contact):], digits)
	return nil
}

func (w *blockWriter) enter(number int64) error {
	if err := w.leave(); err != nil {
		return err
	}
	rulings, err := w.t.block(number)
	if err == nil {
		w.number, w.places = number, append(w.places, rulings...)
	}
	return err
}

// leave writes the block that is being changed, if any.
func (w *blockWriter) leave() error {
	if len(w.places) == 0 {
		return nil
	}
	err := w.t.execBare(putBlock, []any{w.number, w.places})
	w.places = w.places[:0]
	return err
}

// ownVerdict is a row of own_verdict: of a contact that was judged alone.
type ownVerdict struct{ contact, ruling, asOf int64 }

const selectOwnVerdicts = "SELECT contact, ruling, as_of FROM own_verdict WHERE contact >= $1 AND contact < $2 ORDER BY contact"

func ownVerdictIn(row []driver.Value) (v ownVerdict, err error) {
	contact, hasContact := row[0].(int64)
	ruling, hasRuling := row[1].(int64)
	asOf, hasDay := row[2].(int64)
	if !hasContact || !hasRuling || !hasDay {
		return v, fmt.Errorf("contact %v: its verdict holds a %T and a %T", row[0], row[1], row[2])
	}
	return ownVerdict{contact, ruling, asOf}, nil
}

// ownVerdicts are some by rising number.
type ownVerdicts []ownVerdict

// read adds those of some contacts.
func (o *ownVerdicts) read(t *tx, from, to int64) error {
	return t.stream(func(row []driver.Value) error {
		v, err := ownVerdictIn(row)
		if err == nil {
			*o = append(*o, v)
		}
		return err
	}, selectOwnVerdicts, from, to)
}

// of is the verdict of a contact, 0 when it has none of its own. Contacts are asked for by rising number.
func (o *ownVerdicts) of(contact campaign.ContactID) (v ownVerdict) {
	for len(*o) > 0 && (*o)[0].contact < int64(contact) {
		*o = (*o)[1:]
	}
	if len(*o) > 0 && (*o)[0].contact == int64(contact) {
		v = (*o)[0]
	}
	return v
}

var removeOwnQuery = perRows(mostParameters, func(n int) string { return "DELETE FROM own_verdict WHERE contact IN (" + places(1, n) + ")" })

// removeOwn takes the verdicts away that were given to some contacts alone.
func (t *tx) removeOwn(contacts []int64) error {
	return chunks(contacts, mostParameters, func(piece []int64) error { return t.execBare(removeOwnQuery(len(piece)), anys(piece)) })
}

// pointedTo tells of each number whether a place of any block holds it.
func (t *tx) pointedTo() (func(ruling int64) bool, error) {
	bits := make([]uint64, mostRuling/64+1) // as many rulings there are, it is no more than this
	err := t.stream(func(row []driver.Value) error {
		number, rulings, err := blockIn(row)
		for n := campaign.ContactID(0); n < verdictBlock && err == nil; n++ {
			var ruling int64
			contact := campaign.ContactID(number*verdictBlock) + n
			ruling, err = rulingAt(placeIn(rulings, contact), contact)
			bits[ruling/64] |= 1 << (ruling % 64)
		}
		return err
	}, "SELECT block, rulings FROM verdict_block")
	return func(ruling int64) bool { n := uint64(ruling); return n <= mostRuling && bits[n/64]&(1<<(n%64)) != 0 }, err
}

// blockFrom is the first block from one on in which anybody may have a verdict, -1 when there is none.
func (t *tx) blockFrom(number int64) (first int64, err error) {
	err = t.row([]any{&first}, fmt.Sprintf(`SELECT coalesce(min(block), -1) FROM (SELECT min(block) AS block FROM verdict_block WHERE block >= $1
UNION ALL SELECT min(contact) >> %d FROM own_verdict WHERE contact >= $2) AS first`, blockBits), number, number*verdictBlock)
	return first, err
}

// judgedIn lists the contacts of a block, from one on, whose ruling is taken.
func (t *tx) judgedIn(block int64, from campaign.ContactID, takes func(ruling int64) (bool, error)) (ids []campaign.ContactID, err error) {
	first, behind := max(from, campaign.ContactID(block*verdictBlock)), campaign.ContactID((block+1)*verdictBlock)
	var own ownVerdicts
	if err := own.read(t, int64(first), int64(behind)); err != nil {
		return nil, err
	}
	rulings, err := t.block(block)
	for c := first; c < behind && err == nil; c++ {
		ruling := own.of(c).ruling
		if ruling == 0 {
			ruling, err = rulingAt(placeIn(rulings, c), c)
		}
		var taken bool
		if ruling != 0 && err == nil {
			if taken, err = takes(ruling); errors.Is(err, sql.ErrNoRows) {
				err = damagedBlock(block)
			}
		}
		if taken {
			ids = append(ids, c)
		}
	}
	return ids, err
}
