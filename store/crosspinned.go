package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// pinned is what the last entry about a delivery says of its invitation. A field that an entry leaves
// out is not held against the row.
type pinned struct {
	Link     string            `json:"link_sha256"`
	Keys     string            `json:"keys_sha256"`
	Route    campaign.Route    `json:"route"`
	ID       *int64            `json:"invitation"`
	Address  *string           `json:"address_clear"`
	HMAC     *string           `json:"address_hmac"`
	Language *string           `json:"language"`
	Values   campaign.Values   `json:"values"`
	Triage   *campaign.Verdict `json:"triage"`
}

// pinnedRow is the row as it is stored, whatever it holds.
type pinnedRow struct {
	campaign.Invitation
	fill, verdict string
	damaged       bool
}

// checkPinned holds whom some invitations asked, and how, against the last entry that told of each: the
// address, the values filled in, the language, the route, the link and all keys of the person.
func (t *tx) checkPinned(ids []int64, faults *[]ledger.Fault) error {
	return chunks(ids, mostParameters, func(ids []int64) error {
		said, at, err := t.pinnedBy(ids)
		if err != nil {
			return err
		}
		rows, err := t.pinnedRows(ids)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			p, ok := said[id]
			if !ok {
				continue // erased, or no entry about a delivery
			}
			if what := rows[id].differs(p); what != "" {
				*faults = append(*faults, ledger.Fault{Seq: at[id], What: fmt.Sprintf("invitation %d: its %s is not what the entry of its sending says", id, what)})
			}
		}
		return nil
	})
}

// pinnedBy reads the last entry about a delivery of each of some invitations, and its number.
func (t *tx) pinnedBy(ids []int64) (map[int64]pinned, map[int64]int64, error) {
	said, at := map[int64]pinned{}, map[int64]int64{}
	err := t.stream(func(row []driver.Value) error {
		id, payload := number(row[0]), octets(row[3])
		if !aboutDelivery(text(row[2])) {
			return nil
		}
		var p pinned
		delete(said, id) // the last one stands, and when it was erased none does
		if payload != nil && json.Unmarshal(payload, &p) == nil {
			said[id], at[id] = p, number(row[1])
		}
		return nil
	}, `SELECT s.invitation, s.entry, e.kind, p.payload FROM sending s JOIN entry e ON e.seq = s.entry LEFT JOIN entry_payload p ON p.seq = s.entry
WHERE s.invitation IN (`+places(1, len(ids))+`) ORDER BY s.invitation, s.entry, s.n`, anys(ids)...)
	return said, at, err
}

func (t *tx) pinnedRows(ids []int64) (map[int64]*pinnedRow, error) {
	rows := map[int64]*pinnedRow{}
	some := " IN (" + places(1, len(ids)) + ")"
	err := t.stream(func(row []driver.Value) error {
		rows[number(row[0])] = pinnedRowOf(row)
		return nil
	}, "SELECT "+pinnedColumns+" FROM invitation WHERE id"+some, anys(ids)...)
	if err != nil {
		return nil, err
	}
	err = t.stream(func(row []driver.Value) error {
		if r := rows[number(row[0])]; r != nil { // a lost invitation has been named already
			r.key(text(row[1]), octets(row[2]))
		}
		return nil
	}, "SELECT invitation, kind, key FROM invitation_key WHERE invitation"+some, anys(ids)...)
	for _, r := range rows {
		sortKeys(r.Keys)
	}
	return rows, err
}

// pinnedColumns are what pinnedRowOf reads.
const pinnedColumns = "id, link, route, language, email, fill, verdict"

// pinnedRowOf is the row of an invitation without its keys.
func pinnedRowOf(row []driver.Value) *pinnedRow {
	r := &pinnedRow{fill: text(row[5]), verdict: text(row[6])}
	r.ID, r.Route, r.Language, r.Email = campaign.InvitationID(number(row[0])), campaign.Route(text(row[2])), text(row[3]), campaign.Address(text(row[4]))
	link := octets(row[1])
	r.damaged = copy(r.Link[:], link) != len(r.Link) || len(link) != len(r.Link)
	return r
}

// key adds a key of the person.
func (r *pinnedRow) key(kind string, digest []byte) {
	k, err := keyOf(kind, digest)
	r.damaged = r.damaged || err != nil
	r.Keys = append(r.Keys, k)
}

// differs names what of a row is not as its entry says.
func (r *pinnedRow) differs(p pinned) string {
	now := campaign.PinnedOf(r.Invitation)
	differ := func(said *string, is string) bool { return said != nil && *said != is }
	var values campaign.Values
	var verdict campaign.Verdict
	unread := decode(r.fill, &values) != nil || decode(r.verdict, &verdict) != nil || !writes(r.fill, values) || !writes(r.verdict, verdict)
	switch {
	case p.ID != nil && *p.ID != int64(r.ID):
		return "number"
	case differ(p.Address, string(r.Email)):
		return "address"
	case differ(p.Language, r.Language):
		return "language"
	case p.Route != "" && p.Route != r.Route:
		return "route"
	case r.damaged, p.Link != "" && p.Link != now.Link:
		return "link"
	case differ(p.HMAC, strictHex(r.Keys)), p.Keys != "" && p.Keys != now.Keys:
		return "list of keys"
	case unread, p.Address != nil && !maps.Equal(p.Values, values):
		return "values"
	case p.Triage != nil && !reflect.DeepEqual(*p.Triage, verdict):
		return "verdict"
	}
	return ""
}

// writes reports whether a stored text is what a value would be written as. A field that the text lacks
// may be newer than it; one that it has under another name would go unseen.
func writes(text string, value any) bool {
	again, err := encode(value)
	if err != nil || again == text { // nearly always so
		return err == nil
	}
	var stored, written map[string]any
	if decode(text, &stored) != nil || decode(again, &written) != nil {
		return false
	}
	for name, v := range stored {
		if w, known := written[name]; !known || !reflect.DeepEqual(v, w) {
			return false
		}
	}
	return true
}
