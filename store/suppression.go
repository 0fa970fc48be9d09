package store

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/reoptin/reoptin/campaign"
)

const suppressionColumns = "s.lifts, s.scope, s.reason, s.source, s.at, s.entry, s.n"

func scanSuppression(s *suppressionLine) []any {
	return []any{&s.lifts, &s.Scope, &s.Reason, &s.Source, &s.at, &s.Entry, &s.Line}
}

// suppressionLine is a line as it is stored.
type suppressionLine struct {
	campaign.Suppression
	lifts bool
	at    int64
}

func (s suppressionLine) of(k campaign.PersonKey) campaign.Suppression {
	s.Key, s.Lifts, s.At = k, s.lifts, fromMillis(s.at)
	return s.Suppression
}

// Suppressed finds the first of some keys that stands on the never-write list.
func (t *tx) Suppressed(keys []campaign.PersonKey) (campaign.Suppression, bool, error) {
	known, err := t.SuppressedKeys(keys)
	if err != nil {
		return campaign.Suppression{}, false, err
	}
	for _, k := range keys {
		if s, ok := known[k]; ok && !s.Lifts {
			return s, true, nil
		}
	}
	return campaign.Suppression{}, false, nil
}

// SuppressedKeys gives the last line of each key that has one; it may lift.
func (t *tx) SuppressedKeys(keys []campaign.PersonKey) (map[campaign.PersonKey]campaign.Suppression, error) {
	lines, err := keyed(t, "SELECT s.kind, s.key, "+suppressionColumns+" FROM suppression s WHERE s.key IN (%s) ORDER BY s.entry DESC, s.n DESC", keys, scanSuppression)
	if err != nil {
		return nil, translate("store.SuppressedKeys", err)
	}
	out := make(map[campaign.PersonKey]campaign.Suppression, len(lines))
	for k, s := range lines {
		out[k] = s.of(k)
	}
	return out, nil
}

// SuppressionLines gives all lines of each key that has one, the oldest first, and of those that lift whose answer it was.
func (t *tx) SuppressionLines(keys []campaign.PersonKey) (map[campaign.PersonKey][]campaign.Suppression, error) {
	asked := make(map[campaign.PersonKey]bool, len(keys))
	for _, k := range keys {
		asked[k] = true
	}
	out := map[campaign.PersonKey][]campaign.Suppression{}
	err := chunks(slices.Collect(maps.Keys(asked)), mostParameters, func(piece []campaign.PersonKey) error {
		args, first := make([]any, len(piece)), map[campaign.PersonKey]bool{}
		for i := range piece {
			args[i] = piece[i].Digest[:]
			first[piece[i]] = true
		}
		return t.each(func(scan func(...any) error) error {
			var s suppressionLine
			var kind string
			var digest []byte
			if err := scan(append([]any{&kind, &digest, &s.By}, scanSuppression(&s)...)...); err != nil {
				return err
			}
			k, err := keyOf(kind, digest)
			if err == nil && first[k] {
				out[k] = append(out[k], s.of(k))
			}
			return err
		}, fmt.Sprintf("SELECT s.kind, s.key, coalesce(r.contact, 0), "+suppressionColumns+` FROM suppression s LEFT JOIN response r ON r.entry = s.entry AND s.lifts <> 0
WHERE s.key IN (%s) ORDER BY s.entry, s.n`, places(1, len(piece))), args...)
	})
	return out, translate("store.SuppressionLines", err)
}

// SuppressedBegins gives the beginning of every key that has a line, in ascending order.
func (t *tx) SuppressedBegins() ([]uint64, error) {
	var out []uint64
	err := t.stream(func(row []driver.Value) error {
		key := octets(row[0])
		if len(key) < 8 {
			return fmt.Errorf("a key on the never-write list has %d octets", len(key))
		}
		out = append(out, binary.BigEndian.Uint64(key))
		return nil
	}, "SELECT key FROM suppression ORDER BY key")
	return out, translate("store.SuppressedBegins", err)
}

const suppressionPage = "SELECT s.kind, s.key, " + suppressionColumns + " FROM suppression s WHERE (s.entry, s.n) > ($1, $2) ORDER BY s.entry, s.n LIMIT $3"

// SuppressionPage lists the lines behind a place, lifted ones too. An import is one entry with as many lines as it names
// people, so a page may begin and end within an entry.
func (t *tx) SuppressionPage(after campaign.SuppressionPlace, limit int) ([]campaign.Suppression, error) {
	out, err := all(t, func(scan func(...any) error) (campaign.Suppression, error) {
		var s suppressionLine
		var kind string
		var digest []byte
		if err := scan(append([]any{&kind, &digest}, scanSuppression(&s)...)...); err != nil {
			return campaign.Suppression{}, err
		}
		k, err := keyOf(kind, digest)
		return s.of(k), err
	}, suppressionPage, int64(after.Entry), after.Line, int64(limit))
	return out, translate("store.SuppressionPage", err)
}

// SuppressionActs counts the lines of the entries before the given one, or of all when it is 0, the
// newest first.
func (t *tx) SuppressionActs(before campaign.EntryNo, limit int) ([]campaign.SuppressionAct, error) {
	out, err := all(t, func(scan func(...any) error) (a campaign.SuppressionAct, err error) {
		var at int64
		err = scan(&a.Entry, &a.Lifts, &a.Reason, &a.Source, &at, &a.Keys)
		a.At = fromMillis(at)
		return a, err
	}, `SELECT entry, lifts, reason, source, max(at), count(*) FROM suppression
WHERE entry IN (SELECT DISTINCT entry FROM suppression WHERE entry < $1 OR $1 = 0 ORDER BY entry DESC LIMIT $2)
GROUP BY entry, lifts, reason, source ORDER BY entry DESC, lifts, reason, source`, int64(before), int64(limit))
	return out, translate("store.SuppressionActs", err)
}

// suppressedAtOnce bounds how many lines are made ready to be written at once.
const suppressedAtOnce = 4096

// Suppress adds the lines that change something: a no to keys that do not stand or stand for something that weighs less, a lift of
// those that stand.
func (t *tx) Suppress(no campaign.EntryNo, ss []campaign.Suppression) (added int, err error) {
	for some := range slices.Chunk(ss, suppressedAtOnce) {
		n, err := t.suppressSome(no, some)
		if err != nil {
			return 0, translate("store.Suppress", err)
		}
		added += n
	}
	return added, nil
}

func (t *tx) suppressSome(no campaign.EntryNo, ss []campaign.Suppression) (added int, err error) {
	keys := make([]campaign.PersonKey, len(ss))
	for i := range ss {
		keys[i] = ss[i].Key
	}
	known, err := t.SuppressedKeys(keys)
	if err != nil {
		return 0, err
	}
	rows := make([]covered, 0, len(ss))
	for _, s := range ss {
		before, ok := known[s.Key]
		stands := ok && !before.Lifts
		if stands != s.Lifts && !(stands && graver(before.Reason, s.Reason)) {
			continue
		}
		at := s.At
		if at.IsZero() {
			at = t.now
		}
		rows = append(rows, covered{no, []any{t.place(suppressionRows, no), string(s.Key.Kind), s.Key.Digest[:], flag(s.Lifts), s.Scope, string(s.Reason), s.Source, millis(at)}})
		known[s.Key] = s
	}
	return len(rows), t.addMany(suppressionRows, rows)
}

// graver reports whether a no says more than what stands: any says more than that a mailbox is gone, and a complaint, which no yes
// lifts, more than whatever is not as lasting.
func graver(stands, comes campaign.SuppressionReason) bool {
	switch stands {
	case campaign.SuppressBounce:
		return comes != campaign.SuppressBounce
	case campaign.SuppressComplaint, campaign.SuppressErasure:
		return false
	}
	return comes == campaign.SuppressComplaint
}
