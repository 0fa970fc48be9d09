package store

import (
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
	link          []byte
	fill, verdict string
	damaged       bool
}

// pinnedPage is how many invitations are held against their entries at a time.
const pinnedPage = 500

// checkPinned holds whom an invitation asked, and how, against the last entry that told of it: the
// address, the values filled in, the language, the route, the link and all keys of the person.
func (t *tx) checkPinned(faults *[]ledger.Fault) error {
	for after := int64(-1 << 62); ; {
		ids, err := t.numbers("SELECT DISTINCT invitation FROM sending WHERE invitation > $1 ORDER BY invitation LIMIT $2", after, int64(pinnedPage))
		if err != nil || len(ids) == 0 {
			return err
		}
		if ids[0] <= after || !slices.IsSorted(ids) {
			return outOfOrder("sending")
		}
		if err := t.checkPinnedPage(ids[0], ids[len(ids)-1], faults); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

func (t *tx) checkPinnedPage(from, to int64, faults *[]ledger.Fault) error {
	said, at, err := t.pinnedBy(from, to)
	if err != nil {
		return err
	}
	rows, err := t.pinnedRows(from, to)
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
}

// pinnedBy reads the last entry about a delivery of each invitation of a range, and its number.
func (t *tx) pinnedBy(from, to int64) (map[int64]pinned, map[int64]int64, error) {
	said, at := map[int64]pinned{}, map[int64]int64{}
	err := t.each(func(scan func(...any) error) error {
		var id, seq int64
		var payload []byte
		if err := scan(&id, &seq, &payload); err != nil {
			return err
		}
		var p pinned
		delete(said, id) // the last one stands, and when it was erased none does
		if payload != nil && json.Unmarshal(payload, &p) == nil {
			said[id], at[id] = p, seq
		}
		return nil
	}, `SELECT s.invitation, s.entry, p.payload FROM sending s JOIN entry e ON e.seq = s.entry LEFT JOIN entry_payload p ON p.seq = s.entry
WHERE s.invitation BETWEEN $1 AND $2 AND e.kind IN ('asked', 'refused', 'uncertain') ORDER BY s.invitation, s.entry, s.n`, from, to)
	return said, at, err
}

func (t *tx) pinnedRows(from, to int64) (map[int64]*pinnedRow, error) {
	rows := map[int64]*pinnedRow{}
	err := t.each(func(scan func(...any) error) error {
		var r pinnedRow
		if err := scan(&r.ID, &r.link, &r.Route, &r.Language, &r.Email, &r.fill, &r.verdict); err != nil {
			return err
		}
		r.damaged = copy(r.Link[:], r.link) != len(r.Link) || len(r.link) != len(r.Link)
		rows[int64(r.ID)] = &r
		return nil
	}, "SELECT id, link, route, language, email, fill, verdict FROM invitation WHERE id BETWEEN $1 AND $2", from, to)
	if err != nil {
		return nil, err
	}
	err = t.each(func(scan func(...any) error) error {
		var id int64
		var kind string
		var digest []byte
		if err := scan(&id, &kind, &digest); err != nil {
			return err
		}
		r := rows[id]
		if r == nil {
			return nil // a lost invitation has been named already
		}
		k, err := keyOf(kind, digest)
		r.damaged = r.damaged || err != nil
		r.Keys = append(r.Keys, k)
		return nil
	}, "SELECT invitation, kind, key FROM invitation_key WHERE invitation BETWEEN $1 AND $2", from, to)
	for _, r := range rows {
		sortKeys(r.Keys)
	}
	return rows, err
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
