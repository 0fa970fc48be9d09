package campaign

import "strings"

// answered is what the ledger keeps of an answer: who, what was shown, when, by which act, against
// which notice (COMPLIANCE B.2; EDPB 05/2020 section 108). Field names are those of B.2.
type answered struct {
	Schema       string            `json:"schema"`
	RecordID     string            `json:"record_id"`
	ReceiptID    string            `json:"receipt_id"`
	Invitation   InvitationID      `json:"invitation"`
	SubjectRef   string            `json:"subject_ref"`
	AddressHMAC  string            `json:"address_hmac"`
	HMACKey      string            `json:"hmac_kid"`
	AddressClear string            `json:"address_clear"`
	Controller   controllerRecord  `json:"controller"`
	Processors   []string          `json:"processors"`
	Jurisdiction string            `json:"jurisdiction"`
	Language     string            `json:"language"`
	Notice       noticeRecord      `json:"notice"`
	Message      messageRecord     `json:"message"`
	Purposes     []purposeRecord   `json:"purposes"`
	Channels     []string          `json:"channels"`
	LegalBasis   string            `json:"legal_basis"`
	PII          []string          `json:"pii_categories"`
	PIIOptional  map[string]bool   `json:"pii_optional"`
	Recipients   []string          `json:"recipients"`
	Sensitive    bool              `json:"sensitive"`
	Method       string            `json:"collection_method"`
	Act          map[string]string `json:"act"`
	Decisions    []Decision        `json:"decisions"`
	EventTime    Instant           `json:"event_time"`
	Validity     string            `json:"validity"`
	Actor        Actor             `json:"actor"`
	Auth         authRecord        `json:"auth"`
	Retention    map[string]string `json:"retention"`
	Until        map[string]Date   `json:"retention_until,omitempty"` // of what was agreed to
	Storage      []string          `json:"storage_locations"`
	Locations    []string          `json:"processing_locations"`
	Withdrawal   string            `json:"withdrawal"`
	RightsURL    string            `json:"rights_url"`
	Authority    string            `json:"authority"`
	Assessment   string            `json:"impact_assessment,omitempty"`
	Codes        []string          `json:"codes_of_conduct,omitempty"`
	PriorState   []CurrentChoice   `json:"prior_state,omitempty"`
	Triage       Verdict           `json:"triage"`
	Ruleset      string            `json:"ruleset_version"`
	Signoff      signoffRecord     `json:"signoff"`
	Document     string            `json:"document,omitempty"`
	Documents    map[string]string `json:"documents"`
	Program      string            `json:"software"`
}

type controllerRecord struct {
	Name         string `json:"name"`
	LegalName    string `json:"legal_name"`
	LegalForm    string `json:"legal_form,omitempty"`
	Registration string `json:"reg_no,omitempty"`
	Address      string `json:"address"`
	Country      string `json:"country,omitempty"`
	Email        string `json:"email"`
	Phone        string `json:"phone,omitempty"`
	URL          string `json:"url"`
	DPO          string `json:"dpo,omitempty"`
}

type noticeRecord struct {
	URL     string `json:"url"`
	Version string `json:"version,omitempty"`
	SHA256  string `json:"rendered_html_sha256,omitempty"`
}

type messageRecord struct {
	Campaign  string  `json:"campaign"`
	Content   string  `json:"content_sha256"`
	Subject   string  `json:"subject"`
	From      string  `json:"from"`
	MessageID string  `json:"message_id,omitempty"`
	SHA256    string  `json:"message_sha256,omitempty"`
	SentAt    Instant `json:"sent_at,omitzero"`
}

type purposeRecord struct {
	ID       string `json:"id"`
	Label    string `json:"label_shown"`
	Text     string `json:"description_shown"`
	Category string `json:"category"`
}

// requested is what the ledger keeps of an answer's request (row 27): an entry of its own, so that it can go after a
// year while the answer's proof stays.
type requested struct {
	Answer  EntryNo `json:"answer"`
	Request Request `json:"request"`
}

type authRecord struct {
	Kind     string `json:"token"` // of the answer
	Purpose  string `json:"token_purpose,omitempty"`
	Key      int    `json:"token_kid,omitempty"`
	TokenAge int64  `json:"token_age_ms,omitempty"` // since the message left that bears the link
	Link     string `json:"link_sha256"`
	NonceAge int64  `json:"nonce_age_ms,omitempty"`
}

// authOf says by which link an answer came.
func authOf(i Invitation, resp Response, a Answer) authRecord {
	r := authRecord{Kind: string(resp.Kind), Purpose: a.Token.Purpose, Key: a.Token.Key, Link: linkHash(i.Link), NonceAge: a.NonceAge.Milliseconds()}
	if age := resp.At.Sub(i.SentAt); r.Purpose != "" && !i.SentAt.IsZero() && age > 0 {
		r.TokenAge = age.Milliseconds()
	}
	return r
}

type signoffRecord struct {
	By      string  `json:"person"`
	At      Instant `json:"time"`
	Content string  `json:"content_sha256"`
}

// methods say in one phrase how an answer was collected.
var methods = map[ResponseKind]string{
	ByForm:     "hosted form: unticked boxes, explicit button, signed personal link",
	ByOneClick: "RFC 8058 one-click unsubscribe, signed personal link",
	ByPage:     "unsubscribe page: explicit button, signed personal link",

	ByMail:      "e-mail from the person: a reply to the message, or to its signed unsubscribe address",
	ByComplaint: "complaint through the mailbox provider: feedback report with the signed return path",
}

// actors say who acted (COMPLIANCE B.2 row 25): a one-click comes from the person's mail provider.
var actors = map[ResponseKind]string{ByForm: "subject", ByPage: "subject", ByOneClick: "mailbox-provider", ByMail: "subject", ByComplaint: "mailbox-provider"}

// passedOn say the same of an answer that came as the report of a mail provider.
var passedOn = map[ResponseKind]string{
	ByMail:      "unsubscribe at the mail provider, reported by it under its signature or secret: ",
	ByComplaint: "complaint through the mailbox provider, reported by the mail provider under its signature or secret: ",
}

// onPreferences say the same of an answer on the page on which each decision is changed by itself.
var onPreferences = map[ResponseKind]string{
	ByForm: "preferences page: explicit button beside each decision, signed personal link",
	ByPage: "preferences page: explicit button for a no to everything, signed personal link",
}

// method says how an answer was collected. preferences says that the preferences page was before the person.
func method(kind ResponseKind, a Answer, preferences bool) string {
	switch {
	case preferences && onPreferences[kind] != "":
		return onPreferences[kind]
	case a.Reporter != "":
		return passedOn[kind] + a.Reporter
	case kind == ByPage && a.Nonce == "":
		return "what the button of the unsubscribe page sends, without the page, signed personal link"
	}
	return methods[kind]
}

func (d *Desk) answeredPayload(at *visit, contact Contact, resp Response, a Answer) (answered, error) {
	record, err := d.newUUID(resp.At)
	if err != nil {
		return answered{}, err
	}
	v, i, c := at.view, at.invitation, at.campaign
	o, f := v.Frozen.Organisation, v.Frozen.File
	p := answered{
		Schema: recordSchema, RecordID: record, ReceiptID: resp.ID, Invitation: i.ID,
		SubjectRef: d.subject(v.Contact), AddressHMAC: strictHex(i.Keys), HMACKey: "suppression", AddressClear: string(i.Email),
		Controller:   controllerOf(o),
		Jurisdiction: contact.Country, Language: resp.Language, Notice: noticeRecord{URL: o.PrivacyURL, Version: o.PrivacyVersion, SHA256: resp.Document},
		Message: messageRecord{Campaign: f.Name, Content: v.Frozen.Hash, Subject: f.Message[i.Language].Subject, From: f.Sender.Address,
			MessageID: i.MessageID, SHA256: i.MessageSHA256, SentAt: Instant{i.SentAt}},
		Channels: f.Channels, LegalBasis: "eu-gdpr:A6-1-a", PII: []string{"contact", "identity"}, PIIOptional: map[string]bool{"contact": false, "identity": true},
		Processors: listed(o.Processors), Recipients: listed(o.Recipients), Method: method(resp.Kind, a, v.Frozen.showsPreferences(resp.Document)),
		Act: map[string]string{}, Decisions: resp.Decisions, EventTime: Instant{resp.At}, Validity: "until withdrawal",
		Actor: Actor{Kind: actors[resp.Kind]}, Auth: authOf(i, resp, a),
		Retention: map[string]string{}, Storage: []string{"the controller's own installation of reoptin"}, Withdrawal: "personal preference page, unsubscribe link, or a message to " + o.Email, RightsURL: o.PrivacyURL,
		Until: untilOf(o, resp), Locations: listed(o.Locations), Authority: o.Authority, Assessment: o.ImpactAssessment, Codes: o.CodesOfConduct, PriorState: v.Current, Triage: i.Verdict, Ruleset: RulesVersion,
		Signoff:  signoffRecord{By: c.ApprovedBy, At: Instant{c.ApprovedAt}, Content: v.Frozen.Hash},
		Document: resp.Document, Documents: documentsOf(v.Frozen, i.Language), Program: d.program,
	}
	for _, l := range a.Lines {
		p.Act[l.Purpose+"."+l.Channel] = yesNo(l.Yes)
	}
	for _, key := range f.Purposes {
		purpose, _ := o.Purpose(key)
		p.Purposes = append(p.Purposes, purposeRecord{ID: key, Label: Text(purpose.Title, resp.Language), Text: Text(purpose.Description, resp.Language), Category: purpose.Category})
		p.Retention[key] = purpose.Retention
	}
	return p, nil
}

// How names, of what is held of an answer, by which act and on which page it came: its kind where no more is known. route is that
// of its invitation.
func (c Campaign) How(r Response, route Route) string {
	preferences := c.Frozen != nil && c.Frozen.showsPreferences(r.Document)
	switch {
	case preferences && r.Kind == ByForm:
		return "preferences"
	case preferences && r.Kind == ByPage:
		return "preferences_no"
	case r.Kind == ByForm && route == RouteLetter:
		return "letter"
	}
	return string(r.Kind)
}

// showsPreferences reports whether a document is the preferences page, in any language.
func (f *Frozen) showsPreferences(sha256 string) bool {
	for name, of := range f.Documents {
		if of == sha256 && strings.HasPrefix(name, "preferences.") {
			return true
		}
	}
	return false
}

// listed is a list that is there even when it is empty.
func listed(texts []string) []string { return append([]string{}, texts...) }

// untilOf says until when the data may be used for what was agreed to, unless that is taken back.
func untilOf(o Organisation, resp Response) map[string]Date {
	until := map[string]Date{}
	for _, d := range resp.Decisions {
		if day := o.keptUntil(d.Purpose, DateOf(resp.At)); d.State == Granted && !day.IsZero() {
			until[d.Purpose+"."+d.Channel] = day
		}
	}
	return until
}

// recordSchema is what an answer's entry conforms to.
const recordSchema = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"

func controllerOf(o Organisation) controllerRecord {
	return controllerRecord{Name: o.Name, LegalName: o.LegalName, LegalForm: o.LegalForm, Registration: o.Registration, Address: o.Address, Country: o.Country,
		Email: o.Email, Phone: o.Phone, URL: o.PrivacyURL, DPO: o.DPO}
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
