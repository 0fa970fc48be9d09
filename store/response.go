package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

const selectResponse = `SELECT r.id, r.entry, coalesce(r.invitation, 0), r.contact, r.campaign, r.kind, r.language, r.document, r.nonce, r.at,
d.purpose, d.channel, d.state FROM response r JOIN decision d ON d.entry = r.entry `

// responses reads responses with their decisions; where must end in an order by entry.
func (t *tx) responses(where string, args ...any) ([]campaign.Response, error) {
	var out []campaign.Response
	err := t.each(func(scan func(...any) error) error {
		var r campaign.Response
		var d campaign.Decision
		var at int64
		if err := scan(&r.ID, &r.Entry, &r.Invitation, &r.Contact, &r.Campaign, &r.Kind, &r.Language, &r.Document, &r.Nonce, &at,
			&d.Purpose, &d.Channel, &d.State); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].ID != r.ID {
			r.At = fromMillis(at)
			out = append(out, r)
		}
		last := &out[len(out)-1]
		last.Decisions = append(last.Decisions, d)
		return nil
	}, selectResponse+where, args...)
	return out, err
}

// Response is one answer by its receipt id.
func (t *tx) Response(id string) (campaign.Response, error) {
	rs, err := t.responses("WHERE r.id = $1 ORDER BY r.entry, d.n", id)
	if err != nil {
		return campaign.Response{}, translate("store.Response", err)
	}
	if len(rs) == 0 {
		return campaign.Response{}, notFound("store.Response")
	}
	return rs[0], nil
}

// ResponsesKnown gives those of some receipts that there are.
func (t *tx) ResponsesKnown(ids []string) (map[string]bool, error) {
	known := map[string]bool{}
	err := chunks(ids, mostParameters, func(piece []string) error {
		return t.each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			known[id] = true
			return err
		}, "SELECT id FROM response WHERE id IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	return known, translate("store.ResponsesKnown", err)
}

// ResponsesWithdrawing lists the answers that take a yes back, by entry.
func (t *tx) ResponsesWithdrawing(after campaign.EntryNo, limit int) ([]campaign.Response, error) {
	rs, err := t.responses(`WHERE r.entry IN (SELECT DISTINCT entry FROM decision WHERE entry > $1 AND state = 'withdrawn' ORDER BY entry LIMIT $2)
ORDER BY r.entry, d.n`, int64(after), int64(limit))
	return rs, translate("store.ResponsesWithdrawing", err)
}

// ResponsesOf lists the answers to some invitations, the oldest of each first.
func (t *tx) ResponsesOf(is ...campaign.InvitationID) ([]campaign.Response, error) {
	var out []campaign.Response
	err := chunks(numbers(is), mostParameters, func(piece []int64) error {
		rs, err := t.responses("WHERE r.invitation IN ("+places(1, len(piece))+") ORDER BY r.entry, d.n", anys(piece)...)
		out = append(out, rs...)
		return err
	})
	return out, translate("store.ResponsesOf", err)
}

// ResponsePage lists answers by entry, of one campaign or of all when it is 0.
func (t *tx) ResponsePage(c campaign.CampaignID, after campaign.EntryNo, limit int) ([]campaign.Response, error) {
	rs, err := t.responses(`WHERE r.entry IN (SELECT entry FROM response WHERE entry > $2 AND (campaign = $1 OR $1 = 0) ORDER BY entry LIMIT $3)
ORDER BY r.entry, d.n`, int64(c), int64(after), int64(limit))
	return rs, translate("store.ResponsePage", err)
}

// ResponsesBefore lists answers from the newest, of one campaign or of all when it is 0.
func (t *tx) ResponsesBefore(c campaign.CampaignID, before campaign.EntryNo, limit int) ([]campaign.Response, error) {
	rs, err := t.responses(`WHERE r.entry IN (SELECT entry FROM response WHERE entry < $2 AND (campaign = $1 OR $1 = 0) ORDER BY entry DESC LIMIT $3)
ORDER BY r.entry DESC, d.n`, int64(c), int64(before), int64(limit))
	return rs, translate("store.ResponsesBefore", err)
}

// LastEntryBefore is the newest entry made before a time, or NoEntry.
func (t *tx) LastEntryBefore(before time.Time) (campaign.EntryNo, error) {
	found, err := t.numbers("SELECT seq FROM entry WHERE at < $1 ORDER BY seq DESC LIMIT 1", millis(before))
	if err != nil || len(found) == 0 {
		return campaign.NoEntry, translate("store.LastEntryBefore", err)
	}
	return campaign.EntryNo(found[0]), nil
}

// selectConsents ranks the decisions of each contact, purpose and channel, the latest first. Whose an answer
// is, and about which mailbox, its invitation says: answers have no index by contact, but those of people who were never
// asked. The mailbox of one that was entered by hand says its entry. Of whoever is not in the base any more nothing is told.
const selectConsents = `SELECT x.contact, COALESCE(NULLIF((SELECT m.email FROM response o JOIN invitation m ON m.id = o.invitation WHERE o.entry = x.entry), ''), c.email), x.purpose, x.channel, x.state, x.at, x.id, x.entry, x.kind, x.campaign FROM (
  SELECT a.contact, d.purpose, d.channel, d.state, a.at, a.id, a.entry, a.kind, a.campaign,
         row_number() OVER (PARTITION BY a.contact, d.purpose, d.channel ORDER BY a.entry DESC) AS age
  FROM (SELECT i.contact, r.at, r.id, r.entry, r.kind, r.campaign FROM invitation i CROSS JOIN response r WHERE r.invitation = i.id AND i.%[1]s
    UNION ALL SELECT u.contact, u.at, u.id, u.entry, u.kind, u.campaign FROM response u WHERE u.invitation IS NULL AND u.%[1]s) a
  JOIN decision d ON d.entry = a.entry) x
JOIN contact c ON c.id = x.contact WHERE x.age = 1 ORDER BY x.contact, x.purpose, x.channel`

var (
	consentsOf      = strings.ReplaceAll(selectConsents, "%[1]s", "contact IN (%s)")
	consentsBetween = fmt.Sprintf(selectConsents, "contact BETWEEN $1 AND $2")

	consentPage = fmt.Sprintf(selectConsents, `contact IN (SELECT b.id FROM contact b WHERE b.id > $1 AND (
  EXISTS (SELECT 1 FROM invitation j CROSS JOIN response k WHERE j.contact = b.id AND k.invitation = j.id)
  OR EXISTS (SELECT 1 FROM response l WHERE l.contact = b.id AND l.invitation IS NULL)) ORDER BY b.id LIMIT $2)`)
)

func scanConsent(scan func(...any) error) (r campaign.ConsentRow, err error) {
	var at int64
	err = scan(&r.Contact, &r.Email, &r.Purpose, &r.Channel, &r.State, &at, &r.Response, &r.Proof, &r.Kind, &r.Campaign)
	r.At = fromMillis(at)
	return r, err
}

// consents reads where people stand. An answer that was entered by hand is about the mailbox of that day, which its entry
// keeps, with the day on which it was given; without a mailbox then it is about the one of the invitation, or the present one.
func (t *tx) consents(query string, args ...any) ([]campaign.ConsentRow, error) {
	rows, err := all(t, scanConsent, query, args...)
	if err != nil {
		return nil, err
	}
	byHand := map[campaign.EntryNo][]int{}
	for n := range rows {
		if k := rows[n].Kind; k == campaign.ByPaper || k == campaign.ByVoice {
			byHand[rows[n].Proof] = append(byHand[rows[n].Proof], n)
		}
	}
	says := func(no campaign.EntryNo, payload []byte) {
		var said struct {
			Address campaign.Address `json:"address_clear"`
			Given   campaign.Date    `json:"given_on"`
		}
		if json.Unmarshal(payload, &said) != nil {
			return
		}
		for _, n := range byHand[no] {
			rows[n].Given = said.Given
			if said.Address != "" {
				rows[n].Email = said.Address
			}
		}
	}
	var written []campaign.EntryNo
	for _, no := range slices.Sorted(maps.Keys(byHand)) {
		p := t.entry(no)
		if p == nil {
			written = append(written, no)
			continue
		}
		payload, err := t.payload(p)
		if err != nil {
			return nil, err
		}
		says(no, payload)
	}
	payloads, err := t.PayloadsOf(written)
	for no, payload := range payloads {
		says(no, payload)
	}
	return rows, err
}

// ConsentsOf is where some contacts stand: the latest decision per purpose and channel.
func (t *tx) ConsentsOf(ids ...campaign.ContactID) ([]campaign.ConsentRow, error) {
	var out []campaign.ConsentRow
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		rs, err := t.consents(strings.ReplaceAll(consentsOf, "%s", places(1, len(piece))), anys(piece)...)
		out = append(out, rs...)
		return err
	})
	return out, translate("store.ConsentsOf", err)
}

// ConsentsBetween is where the contacts between two stand.
func (t *tx) ConsentsBetween(first, last campaign.ContactID) ([]campaign.ConsentRow, error) {
	var rs []campaign.ConsentRow
	err := t.unlessEmpty("decision", func() (err error) {
		rs, err = t.consents(consentsBetween, int64(first), int64(last))
		return err
	})
	return rs, translate("store.ConsentsBetween", err)
}

// ConsentPage lists where contacts stand, up to limit whole contacts, by contact.
func (t *tx) ConsentPage(after campaign.ContactID, limit int) ([]campaign.ConsentRow, error) {
	rs, err := t.consents(consentPage, int64(after), int64(limit))
	return rs, translate("store.ConsentPage", err)
}

// AnsweredPurposes are the purposes about which anybody ever answered.
func (t *tx) AnsweredPurposes() ([]string, error) {
	out, err := all(t, func(scan func(...any) error) (p string, err error) { return p, scan(&p) }, "SELECT DISTINCT purpose FROM decision ORDER BY purpose")
	return out, translate("store.AnsweredPurposes", err)
}

// orNull is the invitation of an answer; somebody who was never asked has none.
func orNull(id campaign.InvitationID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// AddResponses keeps answers. A nonce that was used before is fault.Conflict.
func (t *tx) AddResponses(rs []campaign.Response) error {
	return translate("store.AddResponses", t.addResponses(rs))
}

func (t *tx) addResponses(rs []campaign.Response) error {
	answers := make([]covered, len(rs))
	var decisions []covered
	for n := range rs {
		r := &rs[n]
		if len(r.Decisions) == 0 {
			return fault.New(fault.Invalid, "store.undecided", "an answer without a decision is none")
		}
		at := r.At
		if at.IsZero() {
			at = t.now
		}
		answers[n] = covered{r.Entry, []any{r.ID, orNull(r.Invitation), int64(r.Contact), int64(r.Campaign), string(r.Kind), r.Language, r.Document, r.Nonce, millis(at)}}
		for n, d := range r.Decisions {
			decisions = append(decisions, covered{r.Entry, []any{d.Purpose, d.Channel, string(d.State), int64(n)}})
		}
	}
	if err := t.addMany(responseRows, answers); err != nil {
		return err
	}
	return t.addMany(decisionRows, decisions)
}

// ResponsesOfUnasked lists the answers of a contact that belong to no invitation, the oldest first.
func (t *tx) ResponsesOfUnasked(id campaign.ContactID) ([]campaign.Response, error) {
	rs, err := t.responses("WHERE r.contact = $1 AND r.invitation IS NULL ORDER BY r.entry, d.n", int64(id))
	return rs, translate("store.ResponsesOfUnasked", err)
}

// HeldSince gives those of some contacts who have an answer that belongs to no invitation, entered since a time, who were
// corrected since, or have an open case.
func (t *tx) HeldSince(at time.Time, ids []campaign.ContactID) ([]campaign.ContactID, error) {
	var out []campaign.ContactID
	err := chunks(numbers(ids), mostParameters-1, func(piece []int64) error {
		some, err := t.numbers(`SELECT contact FROM response WHERE invitation IS NULL AND at >= $1 AND contact IN (`+places(2, len(piece))+`)
UNION SELECT contact FROM entry WHERE contact <> 0 AND kind <> 'asked' AND kind = '`+string(campaign.EntryRectified)+`' AND at >= $1 AND contact IN (`+places(2, len(piece))+`)
UNION SELECT contact FROM subject_case WHERE state = 'open' AND contact IN (`+places(2, len(piece))+`) ORDER BY contact`, append([]any{millis(at)}, anys(piece)...)...)
		out = append(out, contactIDs(some)...)
		return err
	})
	return out, translate("store.HeldSince", err)
}
