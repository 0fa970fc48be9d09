package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// ByHand is an answer that a person gave on paper or by voice, as somebody of the house enters it.
type ByHand struct {
	Who     string // address or number
	Kind    ResponseKind
	Lines   []AnswerLine
	Given   Date // when the person gave it
	Name    string
	Media   string
	Voucher []byte // the scan or recording; a yes needs one
}

// MostVoucher bounds a scan or recording, in bytes.
const MostVoucher = 16 << 20

// oldestByHand is how old an answer may be that is entered by hand, in years.
const oldestByHand = 10

// byHand is what the ledger keeps of it: who entered it, when it was given and how, and what shows it.
type byHand struct {
	Schema       string            `json:"schema"`
	RecordID     string            `json:"record_id"`
	ReceiptID    string            `json:"receipt_id"`
	Invitation   InvitationID      `json:"invitation,omitempty"`
	SubjectRef   string            `json:"subject_ref"`
	AddressHMAC  string            `json:"address_hmac"`
	HMACKey      string            `json:"hmac_kid"`
	AddressClear string            `json:"address_clear"`
	Controller   controllerRecord  `json:"controller"`
	Processors   []string          `json:"processors"`
	Recipients   []string          `json:"recipients"`
	Locations    []string          `json:"processing_locations"`
	Jurisdiction string            `json:"jurisdiction"`
	Language     string            `json:"language"`
	Purposes     []purposeRecord   `json:"purposes"`
	LegalBasis   string            `json:"legal_basis"`
	Method       string            `json:"collection_method"`
	Medium       ResponseKind      `json:"medium"`
	Act          map[string]string `json:"act"`
	Decisions    []Decision        `json:"decisions"`
	EventTime    Instant           `json:"event_time"`
	Given        Date              `json:"given_on"`
	PutBack      bool              `json:"put_back,omitempty"` // by the send journal: a database had forgotten it
	Author       Actor             `json:"author"`
	Voucher      string            `json:"voucher_sha256,omitempty"`
	Actor        Actor             `json:"actor"`
	Validity     string            `json:"validity"`
	Retention    map[string]string `json:"retention"`
	Withdrawal   string            `json:"withdrawal"`
	RightsURL    string            `json:"rights_url"`
	Authority    string            `json:"authority"`
	Program      string            `json:"software"`
}

// handMethods say in one phrase how it was given.
var handMethods = map[ResponseKind]string{
	ByPaper: "on paper, entered by a named person of the controller, with a scan",
	ByVoice: "by voice, entered by a named person of the controller",
}

// Record enters an answer given on paper or by voice. Like an import it can only lower permission where something
// stands against it: a yes never takes back a no, which only the person does, by their own link. A no to the
// e-mail of every purpose is an objection.
func (d *Desk) Record(ctx context.Context, actor Actor, h ByHand) (resp Response, err error) {
	if err := h.check(d.now()); err != nil {
		return resp, err
	}
	var silenced []PersonKey
	var rs []Record
	err = d.store.Update(ctx, func(tx Tx) error {
		if resp, silenced, err = d.recordNow(tx, actor, h); err != nil {
			return err
		}
		rs, err = d.withdrawRecords(tx, resp)
		return err
	})
	if err != nil {
		return resp, fault.Wrap("campaign.Record", err)
	}
	d.meter.Answered(resp.Kind, resp.granted())
	return resp, d.record(ctx, append(rs, suppressRecords(silenced, d.clock(), SuppressObjection)...)...)
}

// check looks at what needs no store.
func (h ByHand) check(now time.Time) error {
	yes := anyYes(h.Lines)
	switch {
	case handMethods[h.Kind] == "":
		return fault.New(fault.Invalid, "byhand.kind", "an answer is entered as given on paper or by voice").Hint("--by paper or --by voice")
	case len(h.Lines) == 0:
		return fault.New(fault.Invalid, "response.empty", "nothing was chosen").Hint("--decision newsletter.email=yes")
	case h.Given.IsZero() || h.Given.After(DateOf(now)) || h.Given.Before(DateOf(now).AddMonths(-12*oldestByHand)):
		return fault.New(fault.Invalid, "byhand.given", "the day on which it was given must be one of the last {years} years", "years", oldestByHand).Hint("--on 2026-03-02")
	case yes && len(h.Voucher) == 0:
		return fault.New(fault.Invalid, "byhand.voucher", "a yes needs what shows it").Hint("--proof FILE, the scan or the recording")
	case len(h.Voucher) > MostVoucher:
		return fault.New(fault.Invalid, "byhand.large", "the proof is larger than {most} bytes", "most", MostVoucher)
	}
	return nil
}

// recordNow is the part that is one transaction.
func (d *Desk) recordNow(tx Tx, actor Actor, h ByHand) (resp Response, silenced []PersonKey, err error) {
	o, err := organisation(tx)
	if err != nil {
		return resp, nil, err
	}
	c, err := FindContact(tx, d.keys, h.Who)
	if err != nil {
		return resp, nil, err
	}
	invitations, err := tx.InvitationsOfContact(c.ID)
	if err != nil {
		return resp, nil, err
	}
	rows, err := StandingOf(tx, c.ID)
	if err != nil {
		return resp, nil, err
	}
	keys := c.Keys
	for _, i := range invitations {
		keys = mergeKeys(keys, i.Keys)
	}
	resp = Response{Contact: c.ID, Kind: h.Kind, Language: c.Language, At: tx.Now()}
	if resp.Decisions, err = d.decideByHand(tx, o, h, c, rows, keys); err != nil {
		return resp, nil, err
	}
	if resp.ID, err = d.newUUID(resp.At); err != nil {
		return resp, nil, err
	}
	if err := d.asAnswer(tx, &resp, invitations); err != nil {
		return resp, nil, err
	}
	if err := d.enterByHand(tx, actor, o, c, h, &resp); err != nil {
		return resp, nil, err
	}
	if refusesEmail(o, h.Lines) {
		if silenced = mailboxKeys(keys); len(silenced) == 0 { // who was asked by post may have no mailbox
			silenced = keys
		}
		if _, err := tx.Suppress(resp.Entry, suppressions(silenced, SuppressObjection, string(h.Kind), tx.Now())); err != nil {
			return resp, nil, err
		}
	}
	return resp, silenced, d.reclassify(tx, c.ID)
}

// asAnswer lets the answer be one to the message that the person got, when it answers anything that that asked. A letter may
// come back before anybody says that its batch was posted.
func (d *Desk) asAnswer(r Reader, resp *Response, invitations []Invitation) error {
	for _, i := range slices.Backward(invitations) {
		if i.State != Sent && i.State != Uncertain && (i.State != Sending || i.Route != RouteLetter) {
			continue
		}
		c, err := r.CampaignByID(i.Campaign)
		if err != nil {
			return err
		}
		qs := c.File.Questions()
		if slices.ContainsFunc(resp.Decisions, func(dec Decision) bool {
			return slices.Contains(qs, Question{Purpose: dec.Purpose, Channel: dec.Channel})
		}) {
			resp.Invitation, resp.Campaign = i.ID, i.Campaign
		}
		return nil
	}
	return nil
}

// decideByHand turns lines into decisions, and refuses a yes that something stands against.
func (d *Desk) decideByHand(r Reader, o Organisation, h ByHand, c Contact, rows []ConsentRow, keys []PersonKey) (out []Decision, err error) {
	s, no, err := SuppressedFor(r, c.ID, keys)
	if err != nil {
		return nil, err
	}
	for n, l := range h.Lines {
		if _, known := o.Purpose(l.Purpose); !known || !slices.Contains(channels, l.Channel) || slices.ContainsFunc(h.Lines[:n], func(e AnswerLine) bool { return e.Question == l.Question }) {
			return nil, fault.New(fault.Invalid, "byhand.question", "{purpose}.{channel} is no purpose and channel of the organisation, or stands twice", "purpose", l.Purpose, "channel", l.Channel).
				Hint("reoptin organisation show; channels are " + strings.Join(channels, ", "))
		}
		was := Choice("")
		for _, row := range rows {
			if row.Purpose == l.Purpose && row.Channel == l.Channel {
				was = row.State
			}
		}
		state := Declined
		switch {
		case l.Yes && (no || was == Declined || was == Withdrawn || was == "" && c.Facts.objectsAlone(l.Channel)):
			reason := "said no to it before"
			if no {
				reason = "stands on the never-write list: " + string(s.Reason)
			}
			return nil, fault.New(fault.Conflict, "byhand.no", "a yes cannot be entered for {purpose} by {channel}: the person {reason}", "purpose", l.Purpose, "channel", l.Channel, "reason", reason).
				Hint("only the person takes that back, by the link or code that was sent to them")
		case l.Yes:
			state = Granted
		case was == Granted || was == Withdrawn:
			state = Withdrawn
		}
		out = append(out, Decision{Purpose: l.Purpose, Channel: l.Channel, State: state})
	}
	return out, nil
}

// refusesEmail reports a no to the e-mail of every purpose, and no yes to anything.
func refusesEmail(o Organisation, lines []AnswerLine) bool {
	for _, p := range o.Purposes {
		if !slices.Contains(lines, AnswerLine{Question: Question{Purpose: p.Key, Channel: "email"}}) {
			return false
		}
	}
	return !anyYes(lines)
}

// enterByHand writes the entry, the answer and what shows it.
func (d *Desk) enterByHand(tx Tx, actor Actor, o Organisation, c Contact, h ByHand, resp *Response) error {
	p, err := d.saidByHand(actor, o, c, h, *resp)
	if err != nil {
		return err
	}
	v := h.voucher(actor.Name)
	if len(h.Voucher) > 0 {
		p.Voucher = v.SHA256
	}
	if err := enterAnswer(tx, p, resp); err != nil {
		return err
	}
	return tx.AddVoucher(resp.Entry, v)
}

// voucher is what shows the answer, which for a no may be nothing.
func (h ByHand) voucher(author string) Voucher {
	sum := sha256.Sum256(h.Voucher)
	return Voucher{Author: author, Given: h.Given, Name: h.Name, Media: h.Media, SHA256: hex.EncodeToString(sum[:]), Content: append([]byte{}, h.Voucher...)}
}

func enterAnswer(tx Tx, p byHand, resp *Response) (err error) {
	if resp.Entry, err = tx.Append(Entry{Kind: EntryAnswered, Campaign: resp.Campaign, Contact: resp.Contact, Payload: p}); err != nil {
		return err
	}
	return tx.AddResponses([]Response{*resp})
}

// saidByHand is what the ledger keeps of an answer, but for what shows it.
func (d *Desk) saidByHand(actor Actor, o Organisation, c Contact, h ByHand, resp Response) (p byHand, err error) {
	record, err := d.newUUID(resp.At)
	if err != nil {
		return p, err
	}
	p = byHand{Schema: recordSchema, RecordID: record, ReceiptID: resp.ID, Invitation: resp.Invitation, SubjectRef: d.subject(c.ID), AddressHMAC: strictHex(c.Keys), HMACKey: "suppression",
		AddressClear: string(c.Email), Controller: controllerOf(o), Processors: listed(o.Processors), Recipients: listed(o.Recipients), Locations: listed(o.Locations), Jurisdiction: c.Country, Language: resp.Language, LegalBasis: "eu-gdpr:A6-1-a", Method: handMethods[h.Kind], Medium: h.Kind,
		Act: map[string]string{}, Decisions: resp.Decisions, EventTime: Instant{resp.At}, Given: h.Given, Author: actor, Actor: Actor{Kind: "subject"}, Validity: "until withdrawal",
		Retention: map[string]string{}, Withdrawal: "a message to " + o.Email, RightsURL: o.PrivacyURL, Authority: o.Authority, Program: d.program}
	for _, l := range h.Lines {
		p.Act[l.Purpose+"."+l.Channel] = yesNo(l.Yes)
		if _, known := p.Retention[l.Purpose]; !known {
			purpose, _ := o.Purpose(l.Purpose)
			p.Purposes = append(p.Purposes, purposeRecord{ID: l.Purpose, Label: Text(purpose.Title, resp.Language), Text: Text(purpose.Description, resp.Language), Category: purpose.Category})
			p.Retention[l.Purpose] = purpose.Retention
		}
	}
	return p, nil
}
