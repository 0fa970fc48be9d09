package store

import (
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// An audit waits for the never-write list, all of it. So two connections read it beside each other, some lines at a time, each column
// of them as one text.

// silence is a line of the never-write list.
type silence struct {
	key   campaign.KeyHalf
	lifts bool
	why   uint8 // of the reasons
}

// silences is what several connections read of the list.
type silences struct {
	most int

	mu    sync.Mutex
	next  lineAt      // of what nobody reads yet
	parts [][]silence // in the order of the list
	lines int
	long  bool // it has more than most

	reasons []campaign.SuppressionReason
}

// lineAt is where a line of the list stands.
type lineAt struct{ entry, n int64 }

var listEnd = lineAt{math.MaxInt64, math.MaxInt64}

const (
	silencedRows = 2048 // lines that are read as one

	selectSilencedNext = "SELECT entry, n FROM suppression WHERE (entry, n) >= ($1, $2) ORDER BY entry, n LIMIT 1 OFFSET $3"
	silencedTexts      = "SELECT count(*), group_concat(key, ''), group_concat(lifts, ''), group_concat(reason) FROM "
	selectSilenced     = silencedTexts + "(SELECT key, lifts, reason FROM suppression WHERE (entry, n) >= ($1, $2) AND (entry, n) < ($3, $4) ORDER BY entry, n)"

	// Most lines are of few entries: of an import, or of a list. Lines of one are numbered, and read in half the time.
	selectSilencedLine = "SELECT count(*) FROM suppression WHERE entry = $1 AND n = $2"
	selectSilencedOf   = silencedTexts + "suppression WHERE entry = $1 AND n >= $2 AND n < $3"
)

// SilencedHalves gives a half of every key that stands, and why, unless the list has more than most lines.
func (t *tx) SilencedHalves(most int) (*campaign.Halves[uint8], []campaign.SuppressionReason, error) {
	s := silences{most: most, next: lineAt{math.MinInt64, math.MinInt64}}
	if err := t.beside(s.read, s.read); err != nil || s.long {
		return nil, nil, translate("store.SilencedHalves", err)
	}
	halves := campaign.NewHalves[uint8](s.lines)
	for _, part := range s.parts {
		for n := range part {
			if l := &part[n]; l.lifts {
				halves.Drop(l.key)
			} else {
				halves.Put(l.key, l.why)
			}
		}
	}
	return halves, s.reasons, nil
}

// read reads what nobody else does, until nothing is left.
func (s *silences) read(t *tx) error {
	for {
		part, from, to, err := s.take(t)
		if err != nil || from == to {
			return err
		}
		add := func(row []driver.Value) error { return s.add(part, to, row) }
		query, args := selectSilenced, []any{from.entry, from.n, to.entry, to.n}
		if from.entry == to.entry {
			query, args = selectSilencedOf, []any{from.entry, from.n, to.n}
		}
		if err := t.stream(add, query, args...); err != nil {
			s.end()
			return err
		}
	}
}

// end leaves the others nothing to read.
func (s *silences) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = listEnd
}

// take gives some lines that are to be read, and where among all they belong. There are none where from is to.
func (s *silences) take(t *tx) (part int, from, to lineAt, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == listEnd {
		return 0, listEnd, listEnd, nil
	}
	from, to = s.next, lineAt{s.next.entry, s.next.n + silencedRows}
	var numbered int64
	err = t.row([]any{&numbered}, selectSilencedLine, to.entry, to.n)
	if err == nil && numbered == 0 {
		to = listEnd
		err = t.stream(func(row []driver.Value) error {
			to = lineAt{number(row[0]), number(row[1])}
			return nil
		}, selectSilencedNext, from.entry, from.n, int64(silencedRows))
	}
	s.next, s.parts = to, append(s.parts, nil)
	if err != nil {
		s.next = listEnd
	}
	return len(s.parts) - 1, from, to, err
}

// add takes some lines apart, which end before a line. In a damaged file others may stand there than were counted, or a line may be missing of
// those of an entry, which are numbered 0, 1, 2 and so on.
func (s *silences) add(part int, to lineAt, row []driver.Value) error {
	count := int(number(row[0]))
	if to != listEnd && count != silencedRows {
		return damagedList("%d lines stand where there should be %d", count, silencedRows)
	}
	if count == 0 {
		return nil
	}
	var texts [3]string
	if err := textsOf(row[1:], texts[:]); err != nil {
		return damagedList("%d lines: %w", count, err)
	}
	keys, lifts, reasons := texts[0], texts[1], column{rest: texts[2], end: ","}
	const size = 2 * len(campaign.KeyHalf{})
	if len(keys) != count*size || len(lifts) != count {
		return damagedList("%d lines have %d octets of keys and %d of lifts", count, len(keys), len(lifts))
	}
	lines := make([]silence, count)
	var own []campaign.SuppressionReason
	for n := range lines {
		copy(lines[n].key[:], keys[n*size:])
		reason := campaign.SuppressionReason(reasons.next(n == count-1))
		if lines[n].lifts = lifts[n] != '0'; !lines[n].lifts {
			lines[n].why = placeOf(&own, reason)
		}
	}
	if reasons.wrong {
		return damagedList("the reasons of %d lines do not come apart", count)
	}
	s.keep(part, lines, own)
	return nil
}

func damagedList(why string, args ...any) error {
	return fault.New(fault.Internal, "store.never_write", "the database file is damaged: the never-write list is not as it was written").
		Because(fmt.Errorf(why, args...)).Hint("put back the database from a backup, and leave send.journal as it is")
}

// keep puts some lines in their place among all.
func (s *silences) keep(part int, lines []silence, reasons []campaign.SuppressionReason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := make([]uint8, len(reasons))
	for n, r := range reasons {
		places[n] = placeOf(&s.reasons, r)
	}
	for n := range lines {
		if !lines[n].lifts {
			lines[n].why = places[lines[n].why]
		}
	}
	if s.lines += len(lines); s.lines > s.most {
		s.next, s.long = listEnd, true
	}
	s.parts[part] = lines
}

// placeOf is where a reason stands among others, to which it is added when it is new.
func placeOf(among *[]campaign.SuppressionReason, reason campaign.SuppressionReason) uint8 {
	at := slices.Index(*among, reason)
	if at < 0 {
		at = len(*among)
		*among = append(*among, campaign.SuppressionReason(strings.Clone(string(reason)))) // it may be part of a long text
	}
	return uint8(at)
}
