package store

import (
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

const selectResponse = `SELECT r.id, r.entry, r.invitation, r.contact, r.campaign, r.kind, r.language, r.document, r.nonce, r.at,
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

func (t *tx) oneResponse(op, where string, args ...any) (campaign.Response, error) {
	rs, err := t.responses(where, args...)
	if err != nil {
		return campaign.Response{}, translate(op, err)
	}
	if len(rs) == 0 {
		return campaign.Response{}, notFound(op)
	}
	return rs[0], nil
}

// Response is one answer by its receipt id.
func (t *tx) Response(id string) (campaign.Response, error) {
	return t.oneResponse("store.Response", "WHERE r.id = $1 ORDER BY r.entry, d.n", id)
}

// ResponseByNonce is the answer that a form's nonce was used for.
func (t *tx) ResponseByNonce(i campaign.InvitationID, nonce string) (campaign.Response, error) {
	return t.oneResponse("store.ResponseByNonce", "WHERE r.invitation = $1 AND r.nonce = $2 AND r.nonce <> '' ORDER BY r.entry, d.n", int64(i), nonce)
}

// ResponsesOf lists the answers to one invitation, oldest first.
func (t *tx) ResponsesOf(i campaign.InvitationID) ([]campaign.Response, error) {
	rs, err := t.responses("WHERE r.invitation = $1 ORDER BY r.entry, d.n", int64(i))
	return rs, translate("store.ResponsesOf", err)
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

// selectConsents ranks the decisions of each contact, purpose and channel, the latest first.
const selectConsents = `SELECT x.contact, coalesce(c.email, ''), x.purpose, x.channel, x.state, x.at, x.id, x.entry FROM (
  SELECT r.contact, d.purpose, d.channel, d.state, r.at, r.id, r.entry,
         row_number() OVER (PARTITION BY r.contact, d.purpose, d.channel ORDER BY r.entry DESC) AS age
  FROM response r JOIN decision d ON d.entry = r.entry WHERE %s) x
LEFT JOIN contact c ON c.id = x.contact WHERE x.age = 1 ORDER BY x.contact, x.purpose, x.channel`

var (
	consentsOf  = fmt.Sprintf(selectConsents, "r.contact IN (%s)")
	consentPage = fmt.Sprintf(selectConsents, "r.contact IN (SELECT DISTINCT contact FROM response WHERE contact > $1 ORDER BY contact LIMIT $2)")
)

func scanConsent(scan func(...any) error) (r campaign.ConsentRow, err error) {
	var at int64
	err = scan(&r.Contact, &r.Email, &r.Purpose, &r.Channel, &r.State, &at, &r.Response, &r.Proof)
	r.At = fromMillis(at)
	return r, err
}

// ConsentsOf is where some contacts stand: the latest decision per purpose and channel.
func (t *tx) ConsentsOf(ids ...campaign.ContactID) ([]campaign.ConsentRow, error) {
	var out []campaign.ConsentRow
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		rs, err := all(t, scanConsent, fmt.Sprintf(consentsOf, places(1, len(piece))), anys(piece)...)
		out = append(out, rs...)
		return err
	})
	return out, translate("store.ConsentsOf", err)
}

// ConsentPage lists where contacts stand, up to limit whole contacts, by contact.
func (t *tx) ConsentPage(after campaign.ContactID, limit int) ([]campaign.ConsentRow, error) {
	rs, err := all(t, scanConsent, consentPage, int64(after), int64(limit))
	return rs, translate("store.ConsentPage", err)
}

// AddResponse keeps one answer. A nonce that was used before is fault.Conflict.
func (t *tx) AddResponse(no campaign.EntryNo, r campaign.Response) error {
	if err := t.addResponse(no, r); err != nil {
		return translate("store.AddResponse", err)
	}
	return nil
}

func (t *tx) addResponse(no campaign.EntryNo, r campaign.Response) error {
	if len(r.Decisions) == 0 {
		return fault.New(fault.Invalid, "store.undecided", "an answer without a decision is none")
	}
	at := r.At
	if at.IsZero() {
		at = t.now
	}
	if err := t.add(responseRows, no, r.ID, int64(r.Invitation), int64(r.Contact), int64(r.Campaign), string(r.Kind), r.Language, r.Document, r.Nonce, millis(at)); err != nil {
		return err
	}
	for n, d := range r.Decisions {
		if err := t.add(decisionRows, no, d.Purpose, d.Channel, string(d.State), int64(n)); err != nil {
			return err
		}
	}
	return nil
}
