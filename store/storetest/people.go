package storetest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
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

// packedOf: contacts are read as they are packed, whether they lie together or far apart, whatever signs numbers of other programs
// have, and in whatever order they are asked for.
func packedOf(t *testing.T, h Harness) {
	w := newWorld(t, h)
	people, cs := w.packed(1000, "p")
	people[7].ExternalID = "\x1b\x1c" // what stands between two bodies
	people[8].ExternalID = ""
	people[500].ExternalID = "7\x1b"
	people[501].ExternalID = "\x1c|,"
	people[900].Keys, cs[900].Keys = []byte{}, nil
	var first campaign.ContactID
	w.update(func(tx campaign.Tx) (err error) {
		first, err = tx.AddPeople(1, people)
		w.must(err)
		return tx.AddKeys(owned(cs, first))
	})
	every := func(step, from, to int) (ids []campaign.ContactID) {
		for n := from; n < to; n += step {
			ids = append(ids, first+campaign.ContactID(n))
		}
		return ids
	}
	backwards := every(1, 0, 300)
	slices.Reverse(backwards)
	w.view(func(r campaign.Reader) error {
		for name, ids := range map[string][]campaign.ContactID{
			"nobody": nil, "one": every(1, 7, 8), "all": every(1, 0, 1000), "every third": every(3, 0, 1000), "every fortieth": every(40, 0, 1000), "beyond the end": every(7, 990, 1100),
			"nobody there": every(1, 2000, 2010), "backwards": backwards, "far apart": {first, first + 999, first + 1<<40}, "twice": {first, first, first + 1},
		} {
			want := map[campaign.ContactID]campaign.Packed{}
			for _, id := range ids {
				if n := int(id - first); n < len(people) {
					want[id] = people[n]
				}
			}
			got, err := r.PackedOf(ids)
			w.must(err)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %d contacts, want %d, or others", name, len(got), len(want))
			}
		}
		return nil
	})
}

// holdersOfKeys: whoever has some keys is found, whether nearly all keys are looked for or few.
func holdersOfKeys(t *testing.T, h Harness) {
	w := newWorld(t, h)
	people, cs := w.packed(700, "p")
	var first campaign.ContactID
	w.update(func(tx campaign.Tx) (err error) {
		first, err = tx.AddPeople(1, people)
		w.must(err)
		return tx.AddKeys(owned(cs, first))
	})
	holders := map[campaign.ShortKey][]campaign.ContactID{}
	for k, id := range owned(cs, first) {
		holders[k] = append(holders[k], id)
	}
	all := slices.SortedFunc(maps.Keys(holders), func(a, b campaign.ShortKey) int { return bytes.Compare(a[:], b[:]) })
	unknown := make([]campaign.ShortKey, len(all)) // beside each that is there
	for n, k := range all {
		k[15] ^= 1
		unknown[n] = k
	}
	mixed := slices.SortedFunc(slices.Values(slices.Concat(all, unknown)), func(a, b campaign.ShortKey) int { return bytes.Compare(a[:], b[:]) })
	w.view(func(r campaign.Reader) error {
		for name, keys := range map[string][]campaign.ShortKey{"none": nil, "all": all, "all and others": mixed, "a third": all[len(all)/3 : len(all)*2/3], "the first and the last": {all[0], all[len(all)-1]},
			"one": all[5:6], "two": all[5:7], "nobody's": unknown, "beyond all": {{}, {255, 255, 255, 255, 255, 255, 255, 255, 255}}} {
			found := make([][]campaign.ContactID, len(keys))
			w.must(r.ShortKeyHolders(keys, func(n int, id campaign.ContactID) { found[n] = append(found[n], id) }))
			for n, k := range keys {
				if slices.Sort(found[n]); !slices.Equal(found[n], holders[k]) {
					t.Errorf("%s: key %d is held by %v, want %v", name, n, found[n], holders[k])
				}
			}
		}
		return nil
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

// silencedHalvesOfMany: so do those of a list that is read in several parts.
func silencedHalvesOfMany(t *testing.T, h Harness) {
	for _, many := range []int{2047, 2048, 2049, 4096, 7000} { // 2048 are read as one
		silencedHalvesOf(t, h, many)
	}
}

func silencedHalvesOf(t *testing.T, h Harness, many int) {
	w := newWorld(t, h)
	ks := make([]campaign.PersonKey, many)
	for n := range ks {
		ks[n] = key(campaign.KeyStrict, fmt.Sprint(n))
	}
	var every []campaign.PersonKey
	for n := 0; n < many; n += 17 {
		every = append(every, ks[n])
	}
	for _, act := range []struct {
		lifts  bool
		reason campaign.SuppressionReason
		keys   []campaign.PersonKey
	}{{false, campaign.SuppressImported, ks}, {true, campaign.SuppressManual, every}, {false, campaign.SuppressComplaint, ks[many/2:]}} {
		if many == 4096 && act.lifts { // as many lines as are read as two
			break
		}
		w.update(func(tx campaign.Tx) error {
			no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"lifts": act.lifts}})
			w.must(err)
			var ss []campaign.Suppression
			for _, k := range act.keys {
				ss = append(ss, campaign.Suppression{Key: k, Lifts: act.lifts, Scope: "all", Reason: act.reason})
			}
			_, err = tx.Suppress(no, ss)
			return err
		})
	}
	look := func(r campaign.Reader) error {
		halves, reasons, err := r.SilencedHalves(2 * many)
		w.must(err)
		stands, err := r.SuppressedKeys(ks)
		w.must(err)
		for n := range ks {
			s, ok := stands[ks[n]]
			if why, held := halves.Get(ks[n].Half()); held != (ok && !s.Lifts) || held && reasons[why] != s.Reason {
				t.Fatalf("key %d: %v for the reason %d of %v; it is %+v", n, held, why, reasons, s)
			}
		}
		if many == 4096 {
			if halves, _, err = r.SilencedHalves(many); halves == nil {
				t.Error("a list of as many lines is not held")
			}
			w.must(err)
		}
		halves, _, err = r.SilencedHalves(many - 1)
		if halves != nil {
			t.Error("a list of more lines is held")
		}
		return err
	}
	w.view(look)
	w.update(func(tx campaign.Tx) error { return look(tx) }) // on two connections
}

// silencedHalvesOfOneEntry: of the lines of one entry, which are read by their numbers, the later one holds; one that is missing among them is an
// error, and no list without it.
func silencedHalvesOfOneEntry(t *testing.T, h Harness) {
	w := newWorld(t, h)
	ks := make([]campaign.PersonKey, 3000)
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"turned": len(ks)}})
		w.must(err)
		var ss []campaign.Suppression
		for n := range ks {
			ks[n] = key(campaign.KeyStrict, fmt.Sprint(n))
			ss = append(ss, campaign.Suppression{Key: ks[n], Scope: "all", Reason: campaign.SuppressManual}, campaign.Suppression{Key: ks[n], Lifts: true, Scope: "all", Reason: campaign.SuppressManual})
			if n%2 == 0 {
				ss = append(ss, campaign.Suppression{Key: ks[n], Scope: "all", Reason: campaign.SuppressObjection})
			}
		}
		_, err = tx.Suppress(no, ss)
		return err
	})
	look := func(r campaign.Reader) error {
		halves, reasons, err := r.SilencedHalves(1 << 20)
		w.must(err)
		for n := range ks {
			if why, held := halves.Get(ks[n].Half()); held != (n%2 == 0) || held && reasons[why] != campaign.SuppressObjection {
				t.Fatalf("key %d: %v for the reason %d of %v", n, held, why, reasons)
			}
		}
		return nil
	}
	w.view(look)
	w.update(func(tx campaign.Tx) error { return look(tx) }) // on two connections
	mustExec(t, h.Bare(t, w.DB), "DELETE FROM suppression WHERE n = 3000")
	for how, read := range map[string]error{
		"a view":    w.View(t.Context(), func(r campaign.Reader) error { _, _, err := r.SilencedHalves(1 << 20); return err }),
		"an update": w.Update(t.Context(), func(tx campaign.Tx) error { _, _, err := tx.SilencedHalves(1 << 20); return err }),
	} {
		if !fault.Is(read, fault.Internal) || !strings.Contains(read.Error(), "never-write list") {
			t.Errorf("%s reads a list without one of its lines: %v", how, read)
		}
	}
}
