package campaign

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// silence gathers the keys of a person who said no: all of them when the no is new, else those that
// are new. A no that was there before was suppressed then; whoever took it back by their own yes since
// is not silenced again by the same old row.
func (im *importing) silence(was, incoming, now Contact) {
	if !now.Facts.saidNo() {
		return
	}
	keys := silenced(now.Keys)
	if !newNo(was.Facts, incoming.Facts) {
		keys = slices.DeleteFunc(slices.Clone(keys), func(k PersonKey) bool { return slices.Contains(was.Keys, k) })
	}
	im.suppress = append(im.suppress, keys...)
}

// joinedNoes is what forbids of a row and of all whom it joins: in one file with it they would be one person, and a no of any of them that
// person's. Of one alone it is the row's.
func joinedNoes(row Contact, ids []ContactID, stored map[ContactID]Contact) Contact {
	noes := noesOf(row)
	if len(ids) > 1 {
		for _, id := range ids {
			noes.Facts = mergeFacts(noes.Facts, noesOf(stored[id]).Facts)
		}
	}
	return noes
}

// noesOf keeps of a contact only what forbids.
func noesOf(c Contact) Contact {
	f := c.Facts
	return Contact{Facts: Facts{Objections: f.Objections, Complaint: f.Complaint, Minor: f.Minor, Deceased: f.Deceased, Erasure: f.Erasure,
		Restricted: f.Restricted, ExternalLists: f.ExternalLists}}
}

// silenceNew does it for somebody new.
func (im *importing) silenceNew(p *comer) error {
	if !p.no {
		return nil
	}
	keys, err := KeysIn(p.Keys)
	im.suppress = append(im.suppress, silenced(keys)...)
	return err
}

func newNo(was, incoming Facts) bool {
	return incoming.Complaint && !was.Complaint || slices.ContainsFunc(incoming.Objections, func(o Objection) bool {
		return o.total() && !slices.Contains(was.Objections, o)
	})
}

// refused are the keys of people who say yes in the file and stand on the never-write list.
func (im *importing) refused(chunk []comer) (map[PersonKey]Suppression, error) {
	var keys []PersonKey
	for n := range chunk {
		if p := &chunk[n]; p.yes && !p.no && im.maySuppress(p.Keys) {
			ks, err := KeysIn(p.Keys)
			if err != nil {
				return nil, err
			}
			keys = append(keys, ks...)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return im.tx.SuppressedKeys(keys)
}

// maySuppress reports whether one of some packed keys may stand on the never-write list.
func (im *importing) maySuppress(list []byte) bool {
	if !im.whole {
		return true
	}
	for k := range slices.Chunk(list, KeySize) {
		if _, there := slices.BinarySearch(im.begins, binary.BigEndian.Uint64(k[1:])); there {
			return true
		}
	}
	return false
}

// refuses reports whether one of some packed keys says no.
func refuses(refused map[PersonKey]Suppression, list []byte) bool {
	if len(refused) == 0 {
		return false
	}
	keys, err := KeysIn(list)
	return err == nil && slices.ContainsFunc(keys, func(k PersonKey) bool {
		s, ok := refused[k]
		return ok && !s.Lifts && (&Standing{Suppressed: s.Reason}).refuses()
	})
}

// named puts those of a chunk on the never-write list whom a list means, and says who they are.
func (im *importing) named(chunk []comer) ([]bool, error) {
	if len(im.lists.kinds) == 0 {
		return nil, nil
	}
	cs := make([]Contact, len(chunk))
	for n := range chunk {
		keys, err := KeysIn(chunk[n].Keys)
		if err != nil {
			return nil, err
		}
		cs[n] = Contact{Email: Address(chunk[n].Email), Keys: keys}
	}
	listed, named, err := im.lists.suppress(cs, im.at)
	im.listed = append(im.listed, listed...)
	return named, err
}

// listedOnly are the lines of people in the file of whom lists say no, and they themselves do not.
func (im *importing) listedOnly() (list []Suppression) {
	for _, s := range im.listed {
		if _, said := slices.BinarySearchFunc(im.suppress, s.Key, byDigest); !said {
			list = append(list, s)
		}
	}
	return list
}

// eachOnce sorts keys in their place, each once, as the never-write list is found by: its pages are written once then.
func eachOnce(keys []PersonKey) []PersonKey {
	slices.SortFunc(keys, byDigest)
	return slices.Compact(keys)
}

func byDigest(a, b PersonKey) int {
	if c := bytes.Compare(a.Digest[:], b.Digest[:]); c != 0 {
		return c
	}
	return cmp.Compare(a.Kind, b.Kind)
}

// silenced are all keys that the import put on the never-write list.
func (im *importing) silenced() []PersonKey {
	if len(im.listed) == 0 {
		return im.suppress // as it was entered
	}
	for _, s := range im.listed {
		im.suppress = append(im.suppress, s.Key)
	}
	im.suppress = eachOnce(im.suppress)
	return im.suppress
}
