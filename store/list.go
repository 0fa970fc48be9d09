package store

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/reoptin/reoptin/campaign"
)

const listColumns = "s.entry, s.name, s.external, s.dated, s.source, s.sha256, s.row_count, s.addresses, s.hashes, s.rejected, s.at"

// listRow is a list as it is stored.
type listRow struct {
	campaign.List
	dated, at int64
}

func (l *listRow) into() []any {
	return []any{&l.Entry, &l.Name, &l.External, &l.dated, &l.Source, &l.SHA256, &l.Rows, &l.Addresses, &l.Hashes, &l.Rejected, &l.at}
}

func (l *listRow) of() campaign.List {
	l.Dated, l.At = campaign.DayOf(l.dated), fromMillis(l.at)
	return l.List
}

// Lists gives the lists of other systems and registers, oldest first.
func (t *tx) Lists() ([]campaign.List, error) {
	out, err := all(t, func(scan func(...any) error) (campaign.List, error) {
		var l listRow
		err := scan(l.into()...)
		return l.of(), err
	}, "SELECT "+listColumns+" FROM suppression_list s ORDER BY s.entry")
	return out, translate("store.Lists", err)
}

// AddList keeps the record of one version of a list.
func (t *tx) AddList(no campaign.EntryNo, l campaign.List) error {
	return translate("store.AddList", t.add(suppressionListRows, no, l.Name, flag(l.External), l.Dated.Day(), l.Source, l.SHA256,
		int64(l.Rows), int64(l.Addresses), int64(l.Hashes), int64(l.Rejected), millis(l.At)))
}

// listedKinds are the kinds of key under which a list can name somebody.
var listedKinds = []campaign.KeyKind{campaign.KeyStrict, campaign.KeyMailbox, campaign.KeyMD5, campaign.KeySHA1, campaign.KeySHA256}

// ListedKinds gives the kinds of key under which a list names anybody.
func (t *tx) ListedKinds() (kinds []campaign.KeyKind, err error) {
	for _, k := range listedKinds {
		var some bool
		if err := t.row([]any{&some}, "SELECT EXISTS (SELECT 1 FROM listed WHERE kind = $1)", string(k)); err != nil {
			return nil, translate("store.ListedKinds", err)
		}
		if some {
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

// byKind parts keys by their kind, each part sorted and without repetition: neighbours in the tree.
func byKind(keys []campaign.PersonKey) map[campaign.KeyKind][]campaign.PersonKey {
	out := map[campaign.KeyKind][]campaign.PersonKey{}
	for _, k := range keys {
		out[k.Kind] = append(out[k.Kind], k)
	}
	for kind, some := range out {
		slices.SortFunc(some, func(a, b campaign.PersonKey) int { return slices.Compare(a.Digest[:], b.Digest[:]) })
		out[kind] = slices.Compact(some)
	}
	return out
}

// Listed gives for each of some keys the lists that name it.
func (t *tx) Listed(keys []campaign.PersonKey) (map[campaign.PersonKey][]campaign.List, error) {
	out := map[campaign.PersonKey][]campaign.List{}
	for kind, some := range byKind(keys) {
		err := chunks(some, mostParameters, func(piece []campaign.PersonKey) error {
			args := []any{string(kind)}
			for n := range piece {
				args = append(args, piece[n].Digest[:kind.HashSize()])
			}
			return t.each(func(scan func(...any) error) error {
				var l listRow
				var digest []byte
				if err := scan(append([]any{&digest}, l.into()...)...); err != nil {
					return err
				}
				k := campaign.PersonKey{Kind: kind}
				copy(k.Digest[:], digest)
				out[k] = append(out[k], l.of())
				return nil
			}, fmt.Sprintf("SELECT l.digest, "+listColumns+" FROM listed l JOIN suppression_list s ON s.entry = l.entry WHERE l.kind = $1 AND l.digest IN (%s) ORDER BY l.entry",
				places(2, len(piece))), args...)
		})
		if err != nil {
			return nil, translate("store.Listed", err)
		}
	}
	return out, nil
}

// ListedHalves gives a half of every key under which a list names anybody, unless there are more than most.
func (t *tx) ListedHalves(most int) (*campaign.Halves[struct{}], error) {
	var n int
	if err := t.row([]any{&n}, "SELECT count(*) FROM listed"); err != nil || n > most {
		return nil, translate("store.ListedHalves", err)
	}
	out, err := t.halves(n, "SELECT digest FROM listed")
	return out, translate("store.ListedHalves", err)
}

// halves reads a column of digests.
func (t *tx) halves(n int, query string) (*campaign.Halves[struct{}], error) {
	out := campaign.NewHalves[struct{}](n)
	return out, t.each(func(scan func(...any) error) error {
		var digest sql.RawBytes
		err := scan(&digest)
		if err == nil {
			out.Put(campaign.KeyHalf(digest), struct{}{})
		}
		return err
	}, query)
}

// AddListed adds those of some keys that no version of a list has named yet, and gives them.
func (t *tx) AddListed(no campaign.EntryNo, name string, keys []campaign.PersonKey) (added []campaign.PersonKey, err error) {
	known, err := t.Listed(keys)
	if err != nil {
		return nil, err
	}
	var rows []covered
	for _, some := range byKind(keys) {
		for _, k := range some {
			if slices.ContainsFunc(known[k], func(l campaign.List) bool { return l.Name == name }) {
				continue
			}
			rows = append(rows, covered{no, []any{string(k.Kind), slices.Clone(k.Digest[:k.Kind.HashSize()])}})
			added = append(added, k)
		}
	}
	return added, translate("store.AddListed", t.addMany(listedRows, rows))
}

// LiftedKeys gives the keys whose last line lifts.
func (t *tx) LiftedKeys() ([]campaign.PersonKey, error) {
	out, err := all(t, func(scan func(...any) error) (campaign.PersonKey, error) {
		var kind string
		var digest []byte
		if err := scan(&kind, &digest); err != nil {
			return campaign.PersonKey{}, err
		}
		return keyOf(kind, digest)
	}, `SELECT s.kind, s.key FROM suppression s WHERE s.lifts = 1 AND NOT EXISTS (
  SELECT 1 FROM suppression l WHERE l.key = s.key AND l.kind = s.kind AND (l.entry > s.entry OR l.entry = s.entry AND l.n > s.n))`)
	return out, translate("store.LiftedKeys", err)
}
