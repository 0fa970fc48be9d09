package campaign

import (
	"cmp"
	"errors"
	"slices"

	"github.com/reoptin/reoptin/internal/spool"
)

// recognise looks for everybody among those already there, in the order of their keys: what lies together in the
// store is asked for together. It notes row, rank and contact.
func (im *importing) recognise(known *spool.Sorter) error {
	single := func(k *spool.Record) bool {
		row := uint32(k.Tag)
		return k.Tag&tagOther == 0 && im.in.first[row] == row && !im.in.several(row)
	}
	several := func(*spool.Record) bool { return true }
	return errors.Join(im.recogniseBy(im.in.keys, single, known), im.recogniseBy(im.in.merged, several, known))
}

// lookedFor is how many keys are looked for at once.
const lookedFor = 8192

func (im *importing) recogniseBy(keys *spool.Sorter, which func(*spool.Record) bool, known *spool.Sorter) error {
	c, err := keys.Sorted()
	if err != nil {
		return err
	}
	var ask []ShortKey
	var tags []uint64
	look := func() error {
		var kept error
		err := im.tx.ShortKeyHolders(ask, func(n int, id ContactID) {
			if kept == nil {
				kept = known.Add(spool.Record{Hi: tags[n]<<tagRank | tags[n]>>tagRank, Lo: uint64(id)})
			}
		})
		ask, tags = ask[:0], tags[:0]
		return errors.Join(err, kept)
	}
	for k, ok := c.Next(); ok; k, ok = c.Next() {
		if !which(&k) {
			continue
		}
		if ask, tags = append(ask, shortOf(&k)), append(tags, k.Tag); len(ask) == lookedFor {
			if err := look(); err != nil {
				return err
			}
		}
	}
	return errors.Join(c.Err(), look())
}

// storedPeople are the contacts that a chunk may mean.
type storedPeople struct {
	contacts map[ContactID]Contact // of those that may change
}

// unchanged holds for most rows of a file that is imported again.
func (s *storedPeople) unchanged(p *comer) bool {
	_, other := s.contacts[p.ids[0]]
	return !other && len(p.ids) == 1
}

// stored reads whom a chunk means: as packed, and those whom a row may change as contacts.
func (im *importing) stored(chunk []comer) (storedPeople, error) {
	var s storedPeople
	var ids []ContactID
	for n := range chunk {
		ids = append(ids, chunk[n].ids...)
	}
	if len(ids) == 0 {
		return s, nil
	}
	slices.Sort(ids)
	packed, err := im.tx.PackedOf(slices.Compact(ids))
	if err != nil {
		return s, err
	}
	var differ []ContactID
	for n := range chunk {
		p := &chunk[n]
		if len(p.ids) == 0 {
			continue
		}
		if was, there := packed[p.ids[0]]; len(p.ids) > 1 || !there || !was.same(&p.Packed) {
			differ = append(differ, p.ids...)
		}
	}
	s.contacts, err = im.tx.ContactsOf(differ)
	return s, err
}

// closeness is how surely a row means a stored contact.
type closeness int

const (
	closeNow    closeness = iota // by the mailbox that it has now, and by its number where the row has one of its
	closeBox                     // by the mailbox alone
	closeNumber                  // by a number
	closeOnce                    // by a mailbox that it had once, or by name and postal address
)

func closenessOf(c, row *Contact) closeness {
	box := row.Email != "" && c.Email != "" && !moved(c.Email, row.Email)
	numbers := append([]string{c.ExternalID}, c.MergedIDs...)
	number := slices.ContainsFunc(append([]string{row.ExternalID}, row.MergedIDs...), func(id string) bool { return id != "" && slices.Contains(numbers, id) })
	switch {
	case box && number:
		return closeNow
	case box:
		return closeBox
	case number:
		return closeNumber
	}
	return closeOnce
}

// part leaves out whom a row does not mean: who only had its mailbox once, when the row has a number of its own that nobody has.
// That is somebody new, who has the mailbox now. Only the file says so, and a message may still reach whoever had it: where that is a
// child, or somebody who is dead, restricted or to be erased, it counts for the new one too, and bound says so.
func (p *comer) part(stored map[ContactID]Contact, by Packer) (bound bool, err error) {
	if p.ExternalID == "" {
		return false, nil
	}
	once := func(row Contact) bool {
		return !slices.ContainsFunc(p.ids, func(id ContactID) bool { c := stored[id]; return closenessOf(&c, &row) != closeOnce })
	}
	if !once(Contact{ExternalID: p.ExternalID, Email: Address(p.Email)}) { // nearly always, and nothing is unpacked for it
		return false, nil
	}
	row, err := p.unpack(by) // which may have further numbers
	if err != nil || !once(row) {
		return false, err
	}
	f := &row.Facts
	was := *f
	for _, id := range p.ids {
		of := stored[id].Facts
		f.Minor, f.Deceased, f.Restricted, f.Erasure = f.Minor || of.Minor, f.Deceased || of.Deceased, f.Restricted || of.Restricted, f.Erasure || of.Erasure
	}
	if bound = f.Minor != was.Minor || f.Deceased != was.Deceased || f.Restricted != was.Restricted || f.Erasure != was.Erasure; bound {
		p.Body = string(by.AppendBody(nil, &row))
	}
	p.ids = nil
	return bound, nil
}

// whom orders those that a row may mean by how surely it does. Who only had the mailbox once is not meant where somebody else is,
// and where nobody else is they do not get it back: the row may be older than their change, and what it claims is for that
// mailbox. It reports whether that was anything new.
func (p *comer) whom(row *Contact, stored map[ContactID]Contact) (elsewhere bool) {
	how := map[ContactID]closeness{}
	for _, id := range p.ids {
		c := stored[id]
		how[id] = closenessOf(&c, row)
	}
	slices.SortStableFunc(p.ids, func(a, b ContactID) int { return cmp.Compare(how[a], how[b]) })
	if how[p.ids[0]] == closeOnce {
		c := stored[p.ids[0]]
		elsewhere = moved(row.Email, c.Email) && row.Facts.dropNewYes(c.Facts)
		if !c.held("email") { // who had it corrected keeps theirs in any case, and the report says so
			row.Email = ""
		}
		return elsewhere
	}
	p.ids = slices.DeleteFunc(p.ids, func(id ContactID) bool { return how[id] == closeOnce })
	return false
}
