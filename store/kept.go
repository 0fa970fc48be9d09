package store

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"

	"github.com/reoptin/reoptin/campaign"
)

// kept is what the tables say of all invitations, in sums: so they can be held against the ledger while neither
// is looked at twice.
type kept struct {
	summing
	canon
	runs []keptRun // by rising number
	odd  doubts
}

// doubts are the invitations that have to be looked at: for what the ledger tells of them, and for their keys.
type doubts struct{ told, keys map[int64]bool }

// keptRun are invitations whose numbers follow each other, as nearly all do: so none has to keep its own.
type keptRun struct {
	first int64
	rows  []keptRow
}

// longestRun bounds how much is moved when a run grows.
const longestRun = 4096

// keptRow is one invitation. keys is the sum of its person's keys, less those that it holds.
type keptRow struct {
	sending, pinned sum
	keys            sum
	standing        uint8
	holds           bool // any key
}

// What an invitation must hold: all keys of its person once it was claimed, none when it is withheld, and before it is
// claimed, or when it was put off, either.
const (
	standsPlanned = iota
	standsClaimed
	standsAsked
	standsWithheld
)

const (
	keptInvitations = "SELECT " + pinnedColumns + ", campaign, contact, state, attempt, sent_at, reason, reply, message_id, message_sha256 FROM invitation ORDER BY id"
	keptKeys        = "SELECT invitation, kind, key FROM invitation_key ORDER BY invitation, kind, key"
	heldKeys        = "SELECT invitation, kind, key FROM person_key WHERE invitation IS NOT NULL"
)

// readKept reads all invitations and keys, each table once.
func (t *tx) readKept(key []byte) (k *kept, err error) {
	k = &kept{summing: summing{key: key}, odd: doubts{told: map[int64]bool{}, keys: map[int64]bool{}}}
	keys, err := t.open(keptKeys)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, keys.close()) }()
	more, err := keys.next()
	if err != nil {
		return nil, err
	}
	err = t.stream(func(row []driver.Value) error {
		r := pinnedRowOf(row)
		own := sum(0)
		for ; more && number(keys.row[0]) <= int64(r.ID); more, err = keys.next() {
			if number(keys.row[0]) == int64(r.ID) { // of a lost invitation nothing can be said here
				own += k.personKey(text(keys.row[1]), octets(keys.row[2]))
				r.key(text(keys.row[1]), octets(keys.row[2]))
			}
		}
		if err != nil {
			return err
		}
		return k.add(r, row, own)
	}, keptInvitations)
	if err != nil {
		return nil, err
	}
	return k, t.stream(func(row []driver.Value) error {
		k.hold(number(row[0]), k.personKey(text(row[1]), octets(row[2])))
		return nil
	}, heldKeys)
}

// add takes an invitation, with the sum of its person's keys.
func (k *kept) add(r *pinnedRow, row []driver.Value, own sum) error {
	id, now := int64(r.ID), keptRow{keys: own}
	state, sentAt := campaign.State(text(row[9])), number(row[11])
	switch state {
	case campaign.Planned:
		now.standing = standsPlanned
	case campaign.Claimed, campaign.Sending:
		now.standing = standsClaimed
	case campaign.Sent, campaign.Refused, campaign.Uncertain:
		now.standing = standsAsked
	default:
		now.standing = standsWithheld
	}
	if now.standing == standsAsked {
		now.sending = k.delivery(delivery{invitation: id, campaign: number(row[7]), contact: number(row[8]), attempt: number(row[10]), sentAt: sentAt,
			outcome: string(state), reason: text(row[12]), reply: text(row[13]), message: text(row[14]), hash: text(row[15])})
		sortKeys(r.Keys)
		if p, ok := k.canon.pinned(r); ok {
			now.pinned = k.summing.pinned(&p)
		}
	} else if sentAt != 0 && state != campaign.Sending {
		k.odd.told[id] = true
	}
	last := len(k.runs) - 1
	if last >= 0 && k.runs[last].end() > id {
		return outOfOrder("invitation")
	}
	if last < 0 || k.runs[last].end() < id || len(k.runs[last].rows) == longestRun {
		k.runs = append(k.runs, keptRun{first: id})
		last++
	}
	k.runs[last].rows = append(k.runs[last].rows, now)
	return nil
}

// end is the number after the last one.
func (r keptRun) end() int64 { return r.first + int64(len(r.rows)) }

// hold takes a key that an invitation holds.
func (k *kept) hold(id int64, key sum) {
	r := k.find(id)
	if r == nil {
		k.odd.keys[id] = true
		return
	}
	r.keys -= key
	r.holds = true
}

func (k *kept) find(id int64) *keptRow {
	at, found := slices.BinarySearchFunc(k.runs, id, func(r keptRun, id int64) int { return cmp.Compare(r.first, id) })
	if !found {
		at--
	}
	if at < 0 || id >= k.runs[at].end() {
		return nil
	}
	return &k.runs[at].rows[id-k.runs[at].first]
}

// against holds all invitations against what the ledger tells of them, and gives those that do not plainly agree.
func (k *kept) against(tales map[int64]tale) doubts {
	for _, run := range k.runs {
		for n, r := range run.rows {
			id := run.first + int64(n)
			t, told := tales[id]
			delete(tales, id)
			if told != (r.standing == standsAsked) || told && !t.agrees(r) {
				k.odd.told[id] = true
			}
			if !r.holdsItsOwn() {
				k.odd.keys[id] = true
			}
		}
	}
	for id := range tales {
		k.odd.told[id] = true
	}
	return k.odd
}

func (t tale) agrees(r keptRow) bool {
	return t == tale(r.sending) || t == taleOf(r.sending, r.pinned)
}

func (r keptRow) holdsItsOwn() bool {
	switch r.standing {
	case standsWithheld:
		return !r.holds
	case standsPlanned:
		return !r.holds || r.keys == 0
	}
	return r.holds && r.keys == 0
}

func sorted(ids map[int64]bool) []int64 { return slices.Sorted(maps.Keys(ids)) }
