package dashboard_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
)

// baseDesk is the part of the desk that the pages of base, organisation and never-write list ask.
type baseDesk struct {
	imports     []campaign.Import
	contacts    []campaign.Contact
	next        campaign.ContactID // after whom the next page of contacts begins
	more        bool
	card        campaign.Card
	acts        []campaign.SuppressionAct
	undo        campaign.UndoResult
	undoRefused error
	undone      []string // who took imports back
	suppression *campaign.Suppression
	listed      bool // the address is on the list already

	filtered campaign.ContactFilter // as last asked
	after    campaign.ContactID
	found    string
	audited  []campaign.Date
	applied  []campaign.Mandate
	actor    campaign.Actor
	why      string
	changes  []campaign.PurposeChange
	fewer    []campaign.Tightened
	stands   string // mark of the organisation, for ChangeOrganisation
	refusal  error  // of ChangeOrganisation and Audit
}

func (d *baseDesk) Audit(_ context.Context, _ campaign.Actor, asOf campaign.Date, save bool) (campaign.AuditSummary, error) {
	if !save {
		return campaign.AuditSummary{}, errors.New("the verdicts are not kept")
	}
	d.audited = append(d.audited, asOf)
	return campaign.AuditSummary{}, d.refusal
}

func (d *baseDesk) Imports(context.Context) ([]campaign.Import, error) { return d.imports, nil }

func (d *baseDesk) UndoImport(_ context.Context, by campaign.Actor, id campaign.ImportID, dry bool) (campaign.UndoResult, error) {
	if d.undo.Source == "" || id != d.undo.Import {
		return campaign.UndoResult{}, fault.New(fault.NotFound, "undo.none", "there is no import {id}", "id", id)
	}
	if !dry {
		d.undone = append(d.undone, by.Name)
	}
	return d.undo, d.undoRefused
}

func (d *baseDesk) Contacts(_ context.Context, f campaign.ContactFilter, after campaign.ContactID, _ int) ([]campaign.Contact, campaign.ContactID, error) {
	d.filtered, d.after = f, after
	return d.contacts, d.next, nil
}

func (d *baseDesk) FindContact(_ context.Context, who string) (campaign.ContactID, error) {
	if who == "7" {
		return 0, fault.New(fault.Conflict, "contact.several", "{who} means more than one person: {people}", "who", `"7"`, "people", "id:1; id:2")
	}
	if d.found = who; who == "" || who != string(d.card.Contact.Email) {
		return 0, fault.New(fault.NotFound, "contact.not_found", "there is no such contact")
	}
	return d.card.Contact.ID, nil
}

func (d *baseDesk) Card(_ context.Context, id campaign.ContactID) (campaign.Card, error) {
	if id != d.card.Contact.ID {
		return campaign.Card{}, fault.New(fault.NotFound, "contact.not_found", "there is no such contact")
	}
	return d.card, nil
}

func (d *baseDesk) PurposeChanges(context.Context, campaign.Organisation) ([]campaign.PurposeChange, error) {
	return d.changes, nil
}

func (d *baseDesk) Tightened(context.Context, campaign.Organisation) ([]campaign.Tightened, error) {
	return d.fewer, nil
}

func (d *baseDesk) ChangeOrganisation(_ context.Context, by campaign.Actor, _ campaign.Organisation, m campaign.Mandate) error {
	if m.Seen != "" && m.Seen != d.stands {
		return fault.New(fault.Conflict, "organisation.rewritten", "somebody changed the organisation meanwhile")
	}
	d.actor, d.applied = by, append(d.applied, m)
	return d.refusal
}

func (d *baseDesk) SuppressionActs(_ context.Context, before campaign.EntryNo, _ int) ([]campaign.SuppressionAct, bool, error) {
	if before > 0 {
		return nil, false, nil
	}
	return d.acts, d.more, nil
}

func (d *baseDesk) Suppressed(_ context.Context, a campaign.Address) (*campaign.Suppression, error) {
	return d.suppression, mailbox(a)
}

func (d *baseDesk) SuppressAddress(_ context.Context, by campaign.Actor, a campaign.Address, because string) (bool, error) {
	d.actor, d.why = by, because
	return !d.listed, mailbox(a)
}

func mailbox(a campaign.Address) error {
	if !strings.Contains(string(a), "@") {
		return fault.New(fault.Invalid, "suppress.address", "this is no usable mailbox")
	}
	return nil
}

// bases keeps one file, of whoever brought it.
type bases struct {
	brought dashboard.Brought
	by      campaign.Actor
	text    string
	refuse  error
	said    []dashboard.Reading
	taken   int
	forgot  bool
}

func (b *bases) Bring(by campaign.Actor, name string, file io.Reader) (string, error) {
	text, err := io.ReadAll(file)
	b.by, b.text, b.brought.Name = by, string(text), name
	return "abc", errors.Join(err, b.refuse)
}

func (b *bases) mine(by campaign.Actor, id string) error {
	if b.brought.ID == "" || id != b.brought.ID || by.Name != b.by.Name {
		return fault.New(fault.NotFound, "import.gone", "the file is not here")
	}
	return nil
}

func (b *bases) Brought(by campaign.Actor, id string) (dashboard.Brought, error) {
	return b.brought, b.mine(by, id)
}

func (b *bases) Latest(by campaign.Actor) (string, bool) {
	return b.brought.ID, b.mine(by, b.brought.ID) == nil
}

func (b *bases) Reread(by campaign.Actor, id string, r dashboard.Reading) error {
	b.said = append(b.said, r)
	return errors.Join(b.mine(by, id), b.refuse)
}

func (b *bases) TakeOver(by campaign.Actor, id string) error {
	if err := errors.Join(b.mine(by, id), b.refuse); err != nil {
		return err
	}
	b.taken++
	return nil
}

func (b *bases) Rejects(by campaign.Actor, id string, w io.Writer) error {
	if err := b.mine(by, id); err != nil {
		return err
	}
	_, err := io.WriteString(w, "line,column,reason\n")
	return err
}

func (b *bases) Forget(by campaign.Actor, id string) error {
	b.forgot = true
	return b.mine(by, id)
}

// texts reads one organisation, and refuses what it calls broken.
type texts struct{}

func (texts) ReadOrganisation(text string) (campaign.Organisation, error) {
	if strings.Contains(text, "broken") {
		return campaign.Organisation{}, fault.New(fault.Invalid, "file.syntax", "{path}, line {line}: {what}", "path", "x", "line", 2, "what", "broken")
	}
	return campaign.Organisation{Name: text}, nil
}

func (texts) WriteOrganisation(o campaign.Organisation) string { return "name = " + o.Name }
func (texts) StarterOrganisation() string                      { return "# begin here" }

// fillBase gives the desk something of everything, each text of which people or files may have written.
func (h *house) fillBase(text string) {
	day, at := campaign.NewDate(2026, time.March, 1), time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)
	claim := campaign.Claim{Status: "yes", At: day, Method: "paper", Source: text, Channels: []string{"email"}, Text: text, Proof: text, Purpose: text, Controller: text}
	c := campaign.Contact{ID: 1, ExternalID: text, MergedIDs: []string{text, text}, Email: campaign.Address(text), Phone: text, Title: text, FirstName: text, LastName: text,
		Company: text, JobTitle: text, Language: text, Country: text, Inferred: true, Timezone: text, Address1: text, Address2: text, PostalCode: text, City: text,
		Facts: campaign.Facts{Market: "b2c", Relationship: "customer", Collected: day, Origins: []string{"own"}, ExternalLists: []string{text}, Complaint: true, Bounce: "hard",
			Claims: []campaign.Claim{claim}, Objections: []campaign.Objection{{Kind: "optout", At: day}}},
		Attributes: map[string]string{text: text},
		Verdict:    campaign.Verdict{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50", Reasons: []string{text, text}, AsOf: day}}
	bad := c
	bad.ID, bad.Email, bad.BadEmail, bad.Verdict = 2, "", text, campaign.Verdict{}
	d := &h.desk.baseDesk
	d.undo = campaign.UndoResult{Import: 3, Source: text, Removed: 1200, Restored: 4, Kept: []campaign.ContactID{7}}
	d.contacts = []campaign.Contact{c, bad}
	d.imports = []campaign.Import{{Source: text, At: at, Rows: 1200, Created: 1100, Rejected: 3}}
	response := campaign.Response{ID: "r1", Kind: campaign.ByForm, At: at}
	d.card = campaign.Card{Contact: c, Rule: text, Explained: campaign.Explanation{Verdict: c.Verdict, Next: "Ask once by e-mail, after the sign-off.",
		Changes: []campaign.Change{{If: "A postal address.", Code: "T-51", Class: campaign.Doubtful, Route: campaign.RouteLetter}, {If: text, Code: "T-30", Class: campaign.OptedIn, Route: campaign.RouteNone}}}, Suppression: &campaign.Suppression{Reason: campaign.SuppressManual, Source: text, At: at},
		Invitations: []campaign.CardInvitation{{Campaign: "spring", Responses: []campaign.Response{response},
			Invitation: campaign.Invitation{ID: 1, State: campaign.Sent, SentAt: at, Reply: text, Reason: "dot", Link: campaign.LinkID{1, 2, 3}}},
			{Campaign: "autumn", Invitation: campaign.Invitation{ID: 2, State: campaign.Withheld, Reason: text}},
			{Campaign: "winter", Invitation: campaign.Invitation{ID: 3, State: campaign.Withheld, Reason: campaign.WithheldAsked}}},
		Consents: []campaign.ConsentRow{{Purpose: text, Channel: "email", State: campaign.Granted, At: at, Response: "r1"}}}
	d.acts = []campaign.SuppressionAct{{Entry: 9, At: at, Reason: campaign.SuppressManual, Source: text, Keys: 2}, {Entry: 8, At: at, Reason: campaign.SuppressObjection, Source: text, Keys: 1, Lifts: true}}
	d.suppression = d.card.Suppression
	h.desk.organisation = campaign.Organisation{Name: text, Brands: []string{text}, LegalName: text, LegalForm: text, Registration: text, Address: text, Country: text,
		Email: text, Phone: text, PrivacyURL: text, DPO: text, Authority: text, Kind: text, B2BSubject: text, SuccessorOf: []string{text}, RetentionMonths: 36,
		Purposes: []campaign.Purpose{{Key: text, Retention: text, Title: map[string]string{"en": text, text: text}, Description: map[string]string{"en": text}}},
		Policies: map[string]campaign.Policy{text: {Mode: campaign.P1, Justification: text, ApprovedBy: text, ApprovedAt: day}}}
	h.bases.by = campaign.Actor{Name: "administrator"}
	h.bases.brought = dashboard.Brought{ID: "abc", Name: text, Stage: dashboard.Looked, Until: at, Encoding: text, Delimiter: ";",
		Columns: []dashboard.Column{{Heading: text, Field: "email", Example: text}, {Heading: text, Example: text}, {Heading: "", Field: "consent_at", Dates: "day_first"}},
		First:   []campaign.Understood{{Contact: c}, {Contact: bad, Reject: &campaign.Reject{Line: 3, Column: text, Reason: text}}},
		Result: campaign.ImportResult{Rows: 2000, Created: 1980, Conflicts: 1, Rejected: 2, Rejects: []campaign.Reject{{Line: 3, Column: text, Reason: text}},
			Notes: []campaign.Note{{Line: 4, Column: text, Reason: text}}, ConflictLines: []campaign.Note{{Line: 5, Column: "consent_status", Reason: text}}}}
}
