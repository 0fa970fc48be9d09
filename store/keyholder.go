package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
)

// ShortKeyHolders finds the contacts that have some keys, given in ascending order. They come in no order.
func (t *tx) ShortKeyHolders(keys []campaign.ShortKey, each func(n int, holder campaign.ContactID)) error {
	look := t.keyHolders
	if len(keys) > 1 {
		people, err := t.ContactCount()
		if err != nil {
			return err
		}
		if dense(keys, people) {
			look = t.keyHoldersBetween
		}
	}
	from := 0
	err := chunks(keys, mostParameters, func(piece []campaign.ShortKey) error {
		err := look(piece, func(n int, holder campaign.ContactID) { each(from+n, holder) })
		from += len(piece)
		return err
	})
	return translate("store.ShortKeyHolders", err)
}

// dense reports whether so many keys are looked for that it takes less to read all that lie between them. Keys are digests, which
// lie as far from each other as chance has it; somebody has two of them.
func dense(keys []campaign.ShortKey, people int) bool {
	const perPerson, asMany = 2, 3 // as one that is looked for takes as long as
	begin := func(k campaign.ShortKey) float64 { return float64(binary.BigEndian.Uint64(k[:8])) }
	share := (begin(keys[len(keys)-1]) - begin(keys[0])) / math.MaxUint64
	return share*perPerson*float64(people) < asMany*float64(len(keys))
}

// keyHolders looks for each key by itself.
func (t *tx) keyHolders(keys []campaign.ShortKey, each func(n int, holder campaign.ContactID)) error {
	args := make([]any, len(keys))
	for n := range keys {
		args[n] = keys[n][:]
	}
	return t.stream(func(row []driver.Value) error {
		key := octets(row[0])
		if len(key) != len(campaign.ShortKey{}) {
			return fmt.Errorf("a key of contact %d has %d octets", number(row[1]), len(key))
		}
		if at, there := slices.BinarySearchFunc(keys, campaign.ShortKey(key), compareShort); there {
			each(at, campaign.ContactID(number(row[1])))
		}
		return nil
	}, "SELECT key, contact FROM contact_key WHERE key IN ("+places(1, len(keys))+")", args...)
}

const selectKeysBetween = "SELECT count(*), group_concat(key, ''), group_concat(contact) FROM contact_key WHERE key BETWEEN $1 AND $2"

// keyHoldersBetween reads what lies between the first key and the last, each column as one text.
func (t *tx) keyHoldersBetween(keys []campaign.ShortKey, each func(n int, holder campaign.ContactID)) error {
	return t.stream(func(row []driver.Value) error {
		count, _ := row[0].(int64)
		if count == 0 {
			return nil
		}
		var texts [2]string
		if err := textsOf(row[1:], texts[:]); err != nil {
			return fmt.Errorf("%d keys: %w", count, err)
		}
		found, holders := texts[0], column{rest: texts[1], end: ","}
		if len(found) != int(count)*len(campaign.ShortKey{}) {
			return fmt.Errorf("%d keys have %d octets", count, len(found))
		}
		var key, before campaign.ShortKey
		at := 0
		for n := range count {
			found = found[copy(key[:], found):]
			if bytes.Compare(key[:], before[:]) < 0 {
				return fmt.Errorf("the keys of contacts are not in their order") // and some would not be found
			}
			before = key
			holder := holders.next(n == count-1)
			for at < len(keys) && bytes.Compare(keys[at][:], key[:]) < 0 {
				at++
			}
			if at == len(keys) || keys[at] != key {
				continue
			}
			id, err := strconv.ParseInt(holder, 10, 64)
			if err != nil {
				return fmt.Errorf("the holder of a key: %w", err)
			}
			each(at, campaign.ContactID(id))
		}
		if holders.wrong {
			return fmt.Errorf("the holders of %d keys do not come apart", count)
		}
		return nil
	}, selectKeysBetween, keys[0][:], keys[len(keys)-1][:])
}
