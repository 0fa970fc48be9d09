package storetest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// packed are n people as an import brings them, and what they are.
func (w *world) packed(n int, name string) (people []campaign.Packed, cs []campaign.Contact) {
	for i := range n {
		c := full()
		c.ExternalID = fmt.Sprint(name, i)
		c.MergedIDs = nil
		c.Keys = append(keys(c.ExternalID, "everybody"), key(campaign.KeyPerson, c.ExternalID))
		cs = append(cs, c)
		people = append(people, campaign.Packed{ExternalID: c.ExternalID, Email: string(c.Email), Body: string(w.AppendBody(nil, &c)), Keys: campaign.AppendKeys(nil, c.Keys)})
	}
	return people, cs
}

// owned are the keys of some people in order, whose first has the number first.
func owned(cs []campaign.Contact, first campaign.ContactID) iter.Seq2[campaign.ShortKey, campaign.ContactID] {
	type pair struct {
		key campaign.ShortKey
		id  campaign.ContactID
	}
	var all []pair
	for n := range cs {
		for k := range cs[n].Keys {
			all = append(all, pair{cs[n].Keys[k].Short(), first + campaign.ContactID(n)})
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int { return bytes.Compare(a.key[:], b.key[:]) })
	return func(yield func(campaign.ShortKey, campaign.ContactID) bool) {
		for _, p := range all {
			if !yield(p.key, p.id) {
				return
			}
		}
	}
}

// peopleAdded: people who are added as they are packed are read like any other, and are found by their keys.
// Without these nothing is kept.
func peopleAdded(t *testing.T, h Harness) {
	w := newWorld(t, h)
	people, cs := w.packed(150, "p")
	for _, lacking := range []int{len(cs), 1} {
		w.refused(fault.Internal, func(tx campaign.Tx) error {
			first, err := tx.AddPeople(1, people)
			w.must(err)
			return tx.AddKeys(owned(cs[lacking:], first+campaign.ContactID(lacking)))
		})
	}
	var first campaign.ContactID
	w.update(func(tx campaign.Tx) (err error) {
		first, err = tx.AddPeople(1, people[:100])
		w.must(err)
		next, err := tx.AddPeople(1, people[100:])
		if next != first+100 {
			t.Errorf("numbers begin at %d and go on at %d", first, next)
		}
		w.must(err)
		return tx.AddKeys(owned(cs, first))
	})
	w.view(func(r campaign.Reader) error {
		n, err := r.ContactCount()
		if n != 150 {
			t.Errorf("%d contacts", n)
		}
		w.must(err)
		for n, want := range cs {
			want.ID = first + campaign.ContactID(n)
			got, err := r.Contact(want.ID)
			w.must(err)
			slices.SortFunc(want.Keys, func(a, b campaign.PersonKey) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
			slices.SortFunc(got.Keys, func(a, b campaign.PersonKey) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
			same(t, want, got)
		}
		as, err := r.PackedOf([]campaign.ContactID{first, first + 149, 9999})
		w.must(err)
		same(t, map[campaign.ContactID]campaign.Packed{first: people[0], first + 149: people[149]}, as)
		made, err := r.ImportChanges(1, 0, 10)
		if len(made) != 1 || made[0].First != first || made[0].Last != first+149 {
			t.Errorf("the import made %+v", made)
		}
		return err
	})
	peopleFound(w, cs, first)
	w.counted()
}

// peopleFound: whoever has a key is found by its short form; of several, the oldest.
func peopleFound(w *world, cs []campaign.Contact, first campaign.ContactID) {
	want := map[campaign.ShortKey]campaign.ContactID{}
	var short []campaign.ShortKey
	for k, id := range owned(cs, first) {
		if _, other := want[k]; !other {
			want[k], short = id, append(short, k)
		}
	}
	short = slices.Insert(short, 0, campaign.ShortKey{})
	w.view(func(r campaign.Reader) error {
		oldest := map[campaign.ShortKey]campaign.ContactID{}
		err := r.ShortKeyHolders(short, func(n int, id campaign.ContactID) {
			if was := oldest[short[n]]; was == 0 || id < was {
				oldest[short[n]] = id
			}
		})
		if !maps.Equal(oldest, want) {
			w.Errorf("keys find %v, want %v", oldest, want)
		}
		return err
	})
}

// suppressedBegins: the beginnings of all keys on the never-write list, in order; and its pages, which cut one act.
func suppressedBegins(t *testing.T, h Harness) {
	w := newWorld(t, h)
	var want []uint64
	w.update(func(tx campaign.Tx) error {
		e, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"reason": "manual"}})
		w.must(err)
		var list []campaign.Suppression
		for n := range 5000 {
			k := key(campaign.KeyStrict, fmt.Sprint(n))
			want = append(want, binary.BigEndian.Uint64(k.Digest[:]))
			list = append(list, campaign.Suppression{Key: k, Scope: "all", Reason: campaign.SuppressManual})
		}
		n, err := tx.Suppress(e, append(list, list[0]))
		if n != 5000 {
			t.Errorf("%d lines are new", n)
		}
		return err
	})
	slices.Sort(want)
	w.view(func(r campaign.Reader) error {
		var all []campaign.Suppression
		for after := (campaign.SuppressionPlace{Entry: campaign.NoEntry}); ; {
			page, err := r.SuppressionPage(after, 700)
			w.must(err)
			if len(page) == 0 {
				break
			}
			if after = page[len(page)-1].Place(); len(page) > 700 {
				t.Errorf("a page of 700 lines has %d", len(page))
			}
			all = append(all, page...)
		}
		if len(all) != 5000 || all[0].Key != key(campaign.KeyStrict, "0") || all[4999].Key != key(campaign.KeyStrict, "4999") {
			t.Errorf("the lines of one act came as %d, or in another order", len(all))
		}
		got, err := r.SuppressedBegins()
		if !slices.Equal(got, want) {
			t.Errorf("%d beginnings, want %d, or in another order", len(got), len(want))
		}
		return err
	})
}

// The halves say of every key what its last line says, however the lines of one key lie apart, in a View, where an audit
// begins, and behind what a transaction wrote itself.
func silencedHalves(t *testing.T, h Harness) {
	w := newWorld(t, h)
	ks := make([]campaign.PersonKey, 60)
	for n := range ks {
		ks[n] = key(campaign.KeyStrict, fmt.Sprint(n))
	}
	look := func(r campaign.Reader) error {
		stands, err := r.SuppressedKeys(ks)
		w.must(err)
		halves, reasons, err := r.SilencedHalves(1000)
		for n := range ks {
			s, ok := stands[ks[n]]
			why, held := halves.Get(ks[n].Half())
			if held != (ok && !s.Lifts) || held && reasons[why] != s.Reason {
				t.Errorf("key %d: %v for the reason %d of %v; it is %+v", n, held, why, reasons, s)
			}
		}
		return err
	}
	add := func(tx campaign.Tx, lifts bool, reason campaign.SuppressionReason, ks []campaign.PersonKey) {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"lifts": lifts}})
		w.must(err)
		var ss []campaign.Suppression
		for _, k := range ks {
			ss = append(ss, campaign.Suppression{Key: k, Lifts: lifts, Scope: "all", Reason: reason})
		}
		_, err = tx.Suppress(no, ss)
		w.must(err)
	}
	for n, step := range []struct {
		lifts  bool
		reason campaign.SuppressionReason
		keys   []campaign.PersonKey
	}{{false, campaign.SuppressManual, nil}, {false, campaign.SuppressManual, ks[:20]}, {false, campaign.SuppressBounce, ks[10:40]}, {true, campaign.SuppressManual, ks[5:30]},
		{false, campaign.SuppressObjection, ks[:10]}, {false, campaign.SuppressObjection, ks[35:50]}, {true, campaign.SuppressManual, ks[45:]}} {
		w.update(func(tx campaign.Tx) error {
			if n%2 == 1 {
				w.must(look(tx))
			}
			add(tx, step.lifts, step.reason, step.keys)
			return look(tx)
		})
		w.view(look)
		w.update(func(tx campaign.Tx) error { return look(tx) })
	}
	w.view(func(r campaign.Reader) error {
		halves, _, err := r.SilencedHalves(10)
		if halves != nil {
			t.Error("a list of more lines is held")
		}
		return err
	})
}
