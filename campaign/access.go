package campaign

import (
	"context"
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
	Testimonies  []Testimony
	Retention    Retention
	Entry        EntryNo // that says that it was given
}

// accessed is what the ledger keeps of it.
type accessed struct {
	Actor   Actor  `json:"actor"`
	Subject string `json:"subject_ref"`
}

// Access gathers what is held of a person, for them, and puts down that it was.
func (d *Desk) Access(ctx context.Context, actor Actor, who string) (h Holding, err error) {
	err = d.store.Update(ctx, func(tx Tx) error {
		c, err := FindContact(tx, d.keys, who)
		if err != nil {
			return err
		}
		h = Holding{At: tx.Now(), Contact: c, Campaigns: map[CampaignID]Campaign{}, Vouchers: map[EntryNo]Voucher{}, Retention: d.retention}
		if err := h.gather(tx, c.ID); err != nil {
			return err
		}
		h.Entry, err = tx.Append(Entry{Kind: EntryAccessed, Contact: c.ID, Payload: accessed{Actor: actor, Subject: d.subject(c.ID)}})
		return err
	})
	return h, err
}

func (h *Holding) gather(r Reader, id ContactID) (err error) {
	if h.Organisation, err = r.Organisation(); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
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
	if err := h.gatherAnswers(r, id, ids); err != nil {
		return err
	}
	listed, err := r.SuppressedKeys(keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if s, there := listed[k]; there {
			h.Suppressions = append(h.Suppressions, s)
		}
	}
	if h.Cases, err = r.CasesOf(id); err != nil {
		return err
	}
	about, err := r.TestimoniesOf(id)
	if err != nil {
		return err
	}
	naming, err := r.TestimoniesNaming(keys)
	h.Testimonies = append(about, naming...)
	return err
}

func (h *Holding) gatherAnswers(r Reader, id ContactID, ids []InvitationID) (err error) {
	if h.Responses, err = allResponses(r, id, ids); err != nil {
		return err
	}
	for _, a := range h.Responses {
		if a.Kind == ByPaper || a.Kind == ByVoice {
			if h.Vouchers[a.Entry], err = r.Voucher(a.Entry); err != nil {
				return err
			}
		}
	}
	rows, err := r.ConsentsOf(id)
	if err == nil {
		h.Consents, err = StandingConsents(r, rows)
	}
	return err
}

// allResponses are the answers of a person, to invitations and entered by hand.
func allResponses(r Reader, id ContactID, ids []InvitationID) ([]Response, error) {
	asked, err := r.ResponsesOf(ids...)
	if err != nil {
		return nil, err
	}
	unasked, err := r.ResponsesOfUnasked(id)
	return append(asked, unasked...), err
}
