package campaign

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Holding is everything that is held of a person (GDPR art. 15).
type Holding struct {
	At           time.Time
	Contact      Contact
	Organisation Organisation // zero before one was applied
	Invitations  []Invitation
	Campaigns    map[CampaignID]Campaign
	Bounces      map[InvitationID][]Bounce
	Responses    []Response
	Vouchers     map[EntryNo]Voucher
	Consents     []ConsentRow
	Suppressions []Suppression // that stand, or were lifted last
	Cases        []Case
	Receipts     []ReceiptMail  // that were asked for by mail
	Lists        []List         // of other systems and of registers, that name the person
	Imports      []Import       // that made or changed the person, as far as that is kept
	Changes      []ImportChange // what the person was before them
	ChangesKept  time.Duration  // how long that is kept, from the import on
	Testimonies  []Testimony
	Asked        bool // of nobody in the base: a keyed hash is kept by which they are not asked twice
	Retention    Retention
	Entry        EntryNo // that says that it was given
}

// accessed is what the ledger keeps of it.
type accessed struct {
	Actor   Actor  `json:"actor"`
	Subject string `json:"subject_ref,omitempty"`
	HMAC    string `json:"address_hmac,omitempty"` // of nobody in the base
}

// Access gathers what is held of a person, for them, and puts down that it was. Of somebody whom the base does not have, or no
// longer, keyed hashes of the mailbox may be held, so that they are left alone: those are theirs to see too.
func (d *Desk) Access(ctx context.Context, actor Actor, who string) (h Holding, err error) {
	err = d.store.Update(ctx, func(tx Tx) error {
		h = Holding{At: tx.Now(), Campaigns: map[CampaignID]Campaign{}, Vouchers: map[EntryNo]Voucher{}, ChangesKept: undoFor, Retention: d.retention}
		if h.Organisation, err = tx.Organisation(); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		c, missing := FindContact(tx, d.keys, who)
		if missing != nil {
			return d.accessOfNobody(tx, &h, actor, who, missing)
		}
		h.Contact = c
		if err := h.gather(tx, c.ID); err != nil {
			return err
		}
		h.Entry, err = tx.Append(Entry{Kind: EntryAccessed, Contact: c.ID, Payload: accessed{Actor: actor, Subject: d.subject(c.ID)}})
		return err
	})
	return h, err
}

// accessOfNobody gathers what is held of a mailbox that nobody of the base has; missing is the answer when there is nothing.
func (d *Desk) accessOfNobody(tx Tx, h *Holding, actor Actor, who string, missing error) error {
	box, keys, err := d.mailboxOfNobody(who, missing)
	if err != nil {
		return err
	}
	if err := h.gatherNoes(tx, keys, Contact{Email: box, Keys: keys}); err != nil {
		return err
	}
	taken, err := tx.KeysTaken(keys)
	if err != nil {
		return err
	}
	h.Asked = len(taken) > 0
	if !h.Asked && len(h.Suppressions)+len(h.Lists)+len(h.Testimonies) == 0 {
		return missing
	}
	h.Entry, err = tx.Append(Entry{Kind: EntryAccessed, Payload: accessed{Actor: actor, HMAC: strictHex(keys)}})
	return err
}

func (h *Holding) gather(r Reader, id ContactID) (err error) {
	if h.Invitations, err = r.InvitationsOfContact(id); err != nil {
		return err
	}
	keys, ids := h.Contact.Keys, []InvitationID{}
	for _, i := range h.Invitations {
		keys, ids = mergeKeys(keys, i.Keys), append(ids, i.ID)
		if h.Campaigns[i.Campaign], err = r.CampaignByID(i.Campaign); err != nil {
			return err
		}
	}
	if h.Bounces, err = r.BouncesOf(ids...); err != nil {
		return err
	}
	if err := h.gatherAnswers(r, id); err != nil {
		return err
	}
	if err := h.gatherImports(r, id); err != nil {
		return err
	}
	if h.Cases, err = r.CasesOf(id); err != nil {
		return err
	}
	if h.Testimonies, err = r.TestimoniesOf(id); err != nil {
		return err
	}
	known := []Contact{h.Contact}
	for _, i := range h.Invitations {
		known = append(known, Contact{Email: i.Email, Keys: i.Keys})
	}
	return h.gatherNoes(r, keys, known...)
}

// gatherNoes finds what stands on the never-write list under some keys, the lists that name one of the mailboxes, of now and of those that were
// asked, and the entries that name nobody else.
func (h *Holding) gatherNoes(r Reader, keys []PersonKey, known ...Contact) error {
	listed, err := r.SuppressedKeys(keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if s, there := listed[k]; there {
			h.Suppressions = append(h.Suppressions, s)
		}
	}
	naming, err := r.TestimoniesNaming(keys)
	if err != nil {
		return err
	}
	h.Testimonies = append(h.Testimonies, naming...)
	l, err := newListing(r)
	if err != nil {
		return err
	}
	hits, err := l.hits(known)
	for _, lists := range hits {
		h.Lists = append(h.Lists, lists...)
	}
	slices.SortFunc(h.Lists, func(a, b List) int { return cmp.Compare(a.Entry, b.Entry) })
	h.Lists = slices.CompactFunc(h.Lists, func(a, b List) bool { return a.Entry == b.Entry }) // more than one key of the person may stand there
	return err
}

// gatherImports finds with which imports the person came, and what they were before each.
func (h *Holding) gatherImports(r Reader, id ContactID) error {
	changes, err := r.ChangesOf(id)
	if err != nil || len(changes) == 0 {
		return err
	}
	imports, err := r.Imports()
	for _, c := range changes {
		if n := slices.IndexFunc(imports, func(i Import) bool { return i.ID == c.Import }); n >= 0 {
			h.Imports = append(h.Imports, imports[n])
		}
		if c.Before != nil {
			h.Changes = append(h.Changes, c)
		}
	}
	return err
}

func (h *Holding) gatherAnswers(r Reader, id ContactID) (err error) {
	if h.Responses, err = allResponses(r, id, h.Invitations); err != nil {
		return err
	}
	for _, a := range h.Responses {
		if a.Kind == ByPaper || a.Kind == ByVoice {
			if h.Vouchers[a.Entry], err = r.Voucher(a.Entry); err != nil {
				return err
			}
		}
		m, err := r.ReceiptMail(a.ID)
		switch {
		case err == nil:
			h.Receipts = append(h.Receipts, m)
		case !fault.Is(err, fault.NotFound):
			return err
		}
	}
	h.Consents, err = StandingOf(r, id)
	return err
}

// allResponses are the answers of a person, to invitations and entered by hand.
func allResponses(r Reader, id ContactID, is []Invitation) ([]Response, error) {
	ids := make([]InvitationID, len(is))
	for n, i := range is {
		ids[n] = i.ID
	}
	asked, err := r.ResponsesOf(ids...)
	if err != nil {
		return nil, err
	}
	unasked, err := r.ResponsesOfUnasked(id)
	return append(asked, unasked...), err
}
