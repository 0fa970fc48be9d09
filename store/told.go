package store

import (
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// told takes down, while the ledger is read, what its entries tell of each invitation, so that nothing has to be read again
// to hold invitations against it.
type told struct {
	summing
	of      map[int64]tale     // by invitation
	waiting map[int64]*subject // by entry: those whose rows were not asked for yet
}

// tale is what the ledger tells of one invitation: the sums of its last sending and of what the entry of it pins, in one. When
// that was erased it is the sending alone, without the mark. 0 tells nothing: the invitation has to be looked at.
type tale sum

const pinnedToo tale = 1

func taleOf(sending, pinned sum) tale {
	if pinned == 0 {
		return tale(sending)
	}
	return tale(sending+pinned) | pinnedToo
}

// subject is whom and which campaign an entry is about, and what it says of an invitation when it is about a delivery.
type subject struct {
	campaign, contact int64
	delivery          bool
	heard             bool // it has a payload
	pins              pinnedTexts
}

func newTold(key []byte) *told {
	return &told{summing: summing{key: key}, of: map[int64]tale{}, waiting: map[int64]*subject{}}
}

func (d *told) entry(seq int64, kind string, campaign, contact int64) {
	d.waiting[seq] = &subject{campaign: campaign, contact: contact, delivery: aboutDelivery(kind)}
}

// aboutDelivery reports whether entries of a kind pin an invitation.
func aboutDelivery(kind string) bool {
	switch campaign.EntryKind(kind) {
	case campaign.EntryAsked, campaign.EntryRefused, campaign.EntryUncertain:
		return true
	}
	return false
}

// field takes a field of a payload.
func (d *told) field(seq int64, name, value string) {
	if s := d.waiting[seq]; s != nil && s.delivery {
		s.heard = true
		s.pins.take(name, value)
	}
}

// sending takes a row of evidence. The second row of an invitation is not held against the first one here.
func (d *told) sending(r ledger.StoredRow) {
	row := delivery{invitation: number(r.Columns[1].Value), attempt: number(r.Columns[2].Value), outcome: text(r.Columns[3].Value), reason: text(r.Columns[4].Value),
		reply: text(r.Columns[5].Value), message: text(r.Columns[6].Value), hash: text(r.Columns[7].Value), sentAt: number(r.Columns[8].Value)}
	_, again := d.of[row.invitation]
	s := d.waiting[r.Seq]
	if again || s == nil || s.campaign == 0 || s.contact == 0 || s.heard && !s.pins.whole() {
		d.of[row.invitation] = 0
		return
	}
	var pinned sum
	if s.heard {
		pinned = d.pinned(&s.pins)
	}
	row.campaign, row.contact = s.campaign, s.contact
	d.of[row.invitation] = taleOf(d.delivery(row), pinned)
}

// subjects gives the rows that say whom the entries of a range are about, and forgets these entries.
func (d *told) subjects(from, to int64, yield func(ledger.StoredRow) error) error {
	cols := subjectRows.of(make([]any, len(subjectRows.columns)))
	for seq, s := range d.waiting {
		if seq < from || seq >= to {
			continue
		}
		delete(d.waiting, seq)
		if s.campaign == 0 && s.contact == 0 {
			continue
		}
		cols[0].Value, cols[1].Value = s.campaign, s.contact
		if err := yield(ledger.StoredRow{Seq: seq, Table: subjectRows.table, Columns: cols}); err != nil {
			return err
		}
	}
	return nil
}
