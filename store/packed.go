package store

import (
	"database/sql/driver"
	"slices"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
)

// A file that is imported again means nearly everybody there. So contacts as they are stored are read as a sweep reads them, each
// column of some contacts as one text, and those that are near to each other as a range.

const (
	packedTogether = 128 // contacts that are read as one

	packedRows  = "SELECT id, external_id, email, body, keys FROM contact WHERE id "
	packedTexts = "SELECT count(*), group_concat(id), group_concat(external_id, '" + sweptEnd + "'), group_concat(email, '" + sweptEnd + "'), " +
		"group_concat(body, '" + sweptEnd + "'), group_concat(keys, '" + string(sweptKeyEnd) + "') FROM contact WHERE id "
)

// PackedOf reads some contacts as they are stored.
func (t *tx) PackedOf(ids []campaign.ContactID) (map[campaign.ContactID]campaign.Packed, error) {
	out := make(map[campaign.ContactID]campaign.Packed, len(ids))
	keep := func(id int64, p campaign.Packed) { out[campaign.ContactID(id)] = p }
	list := numbers(ids)
	slices.Sort(list)
	err := chunks(list, packedTogether, func(piece []int64) error {
		first, last := piece[0], piece[len(piece)-1]
		if uint64(last-first) >= packedTogether {
			return t.packed(keep, "IN ("+places(1, len(piece))+")", anys(piece)...)
		}
		return t.packed(func(id int64, p campaign.Packed) {
			if _, wanted := slices.BinarySearch(piece, id); wanted {
				keep(id, p)
			}
		}, "BETWEEN $1 AND $2", first, last)
	})
	return out, translate("store.PackedOf", err)
}

// packed reads the contacts whose numbers meet a condition. Numbers of other
// programs may have any signs in them: where the texts do not come apart for that, everybody is given once more, one by one.
func (t *tx) packed(each func(int64, campaign.Packed), which string, args ...any) error {
	apart := false
	err := t.stream(func(row []driver.Value) error {
		apart = packedIn(row, each)
		return nil
	}, packedTexts+which, args...)
	if err != nil || apart {
		return err
	}
	return t.stream(func(row []driver.Value) error {
		each(number(row[0]), campaign.Packed{ExternalID: text(row[1]), Email: text(row[2]), Body: text(row[3]), Keys: octets(row[4])})
		return nil
	}, packedRows+which, args...)
}

// packedIn takes some contacts apart, and reports whether it could: what it gave does not hold otherwise.
func packedIn(row []driver.Value, each func(int64, campaign.Packed)) bool {
	count, _ := row[0].(int64)
	if count == 0 {
		return true
	}
	var texts [5]string
	if textsOf(row[1:], texts[:]) != nil {
		return false
	}
	ids, keys := column{rest: texts[0], end: ","}, texts[4]
	var parts [3]column
	for n := range parts {
		parts[n] = column{rest: texts[n+1], end: sweptEnd}
	}
	apart := true
	for n := range count {
		last := n == count-1
		id, err := strconv.ParseInt(ids.next(last), 10, 64)
		p := campaign.Packed{ExternalID: parts[0].next(last), Email: parts[1].next(last), Body: parts[2].next(last)}
		own, rest, more := campaign.CutKeyList(keys, sweptKeyEnd)
		p.Keys, keys = []byte(own), rest
		apart = apart && err == nil && more != last
		each(id, p)
	}
	return apart && !ids.wrong && !parts[0].wrong && !parts[1].wrong && !parts[2].wrong
}
