package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/mailer"
)

// Access is everything that is held of a person, for them.
type Access struct {
	At           string            `json:"at"`
	Proof        int64             `json:"proof"`
	Controller   map[string]string `json:"controller"`
	Purposes     []AccessPurpose   `json:"purposes"`
	Periods      map[string]string `json:"retention"`
	Processors   []string          `json:"processors"`
	Recipients   []string          `json:"recipients"`
	Rights       map[string]string `json:"rights"`
	Person       map[string]string `json:"person"`
	Attributes   map[string]string `json:"attributes"`
	Corrected    []CorrectedField  `json:"corrected"` // by right: no import changes these
	Facts        campaign.Facts    `json:"facts"`
	Verdict      campaign.Verdict  `json:"verdict"`
	Invitations  []AccessMessage   `json:"messages"`
	Responses    []AccessResponse  `json:"responses"`
	Consents     []ConsentLine     `json:"consents"`
	Suppressions []SuppressionLine `json:"suppressions"`
	Lists        []ListLine        `json:"lists"`      // that name the person
	Asked        bool              `json:"asked_once"` // of nobody in the base: a keyed hash says so
	Receipts     []AccessReceipt   `json:"receipts_by_mail"`
	Imports      []AccessImport    `json:"imports"`
	Before       []AccessBefore    `json:"before_imports"`
	Cases        []CaseLine        `json:"cases"`
	Entries      []AccessEntry     `json:"entries"`

	keep campaign.Retention // what Periods say, to be said in another language
}

// AccessReceipt is the wish to have a receipt by mail.
type AccessReceipt struct {
	Response string `json:"response"`
	AskedAt  string `json:"asked_at"`
	Tries    int    `json:"tries"`
	EndedAt  string `json:"ended_at"`
	Outcome  string `json:"outcome"` // "" while it waits
}

// AccessImport is an import that made or changed the person.
type AccessImport struct {
	Import int64  `json:"import"`
	Source string `json:"source"`
	SHA256 string `json:"sha256"`
	At     string `json:"at"`
}

// AccessBefore is what the person was before an import, which is kept to take that back.
type AccessBefore struct {
	Import     int64             `json:"import"`
	Until      string            `json:"kept_until"`
	Person     map[string]string `json:"person"`
	Attributes map[string]string `json:"attributes"`
	Corrected  []CorrectedField  `json:"corrected"`
	Facts      campaign.Facts    `json:"facts"`
}

// AccessPurpose is what the data is used for.
type AccessPurpose struct {
	Key       string `json:"key"`
	Title     string `json:"title"`
	Text      string `json:"text"`
	Retention string `json:"retention"`
}

// AccessMessage is a message to the person.
type AccessMessage struct {
	Campaign  string            `json:"campaign"`
	State     string            `json:"state"`
	Route     string            `json:"route"`
	Language  string            `json:"language"`
	Address   string            `json:"address"`
	Values    map[string]string `json:"values"`
	Subject   string            `json:"subject"`
	SentAt    string            `json:"sent_at"`
	MessageID string            `json:"message_id"`
	SHA256    string            `json:"message_sha256"`
	Reply     string            `json:"reply"`
	Because   []string          `json:"because"` // why the person could be asked
	Returned  []string          `json:"returned"`
}

// AccessResponse is an answer of the person.
type AccessResponse struct {
	ResponseLine
	Campaign string `json:"campaign"`
	How      string `json:"how"`            // its kind; or preferences, preferences_no or letter, where that is known
	File     []byte `json:"file,omitempty"` // the scan or recording
}

// AccessEntry is an entry of the ledger about the person.
type AccessEntry struct {
	Seq     int64           `json:"seq"`
	Kind    string          `json:"kind"`
	At      string          `json:"at"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// periods say how long what is held of a person is kept.
func periods(r campaign.Retention) map[string]string {
	days := func(keep time.Duration, after string) string {
		if keep == 0 {
			return "without end"
		}
		return fmt.Sprintf("%d days%s", int(keep/day), after)
	}
	return map[string]string{"proof": fmt.Sprintf("%d months after an answer stands no more", r.Proof), "cases": fmt.Sprintf("%d months after their end", r.Cases),
		"request": fmt.Sprintf("%d months", r.Request), "returned_messages": days(r.Bounces, ""),
		"not_asked": days(r.Unasked, " after the import"), "unanswered": days(r.Silent, " after the end of the campaign")}
}

// Access gathers what is held of a person, and puts down that it was given.
func (a *App) Access(ctx context.Context, who string) (Access, error) {
	return a.access(ctx, Operator(), who)
}

func (a *App) access(ctx context.Context, by campaign.Actor, who string) (Access, error) {
	h, err := a.Desk.Access(ctx, by, who)
	if err != nil {
		return Access{}, err
	}
	o, c, lang := h.Organisation, h.Contact, h.Contact.Language
	x := Access{At: stamp(h.At), Proof: int64(h.Entry), Processors: append([]string{}, o.Processors...), Recipients: append([]string{}, o.Recipients...), Facts: c.Facts, Verdict: c.Verdict, Attributes: map[string]string{}, Corrected: correctedFields(c),
		Purposes: []AccessPurpose{}, Invitations: []AccessMessage{}, Responses: []AccessResponse{}, Consents: []ConsentLine{}, Suppressions: []SuppressionLine{}, Lists: listLines(h.Lists), Asked: h.Asked, Receipts: []AccessReceipt{}, Imports: []AccessImport{}, Before: []AccessBefore{},
		Cases: []CaseLine{}, Entries: []AccessEntry{},
		Controller: filled("name", o.Name, "legal_name", o.LegalName, "legal_form", o.LegalForm, "registration", o.Registration, "address", o.Address, "email", o.Email, "phone", o.Phone, "privacy_url", o.PrivacyURL,
			"dpo", o.DPO, "authority", o.Authority),
		Rights:  filled("correct_erase_restrict_object", o.Email, "complain", o.Authority, "notice", o.PrivacyURL),
		Person:  personFields(c),
		Periods: periods(h.Retention), keep: h.Retention}
	maps.Copy(x.Attributes, c.Attributes)
	for _, p := range o.Purposes {
		x.Purposes = append(x.Purposes, AccessPurpose{p.Key, campaign.Text(p.Title, lang), campaign.Text(p.Description, lang), p.Retention})
	}
	a.accessActs(&x, h)
	x.came(h)
	return x, nil
}

// personFields are the fields of a person that have something in them. Whom the base does not have has none.
func personFields(c campaign.Contact) map[string]string {
	if c.ID == 0 {
		return map[string]string{}
	}
	return filled("number", fmt.Sprint(int64(c.ID)), "external_id", c.ExternalID, "merged_ids", strings.Join(c.MergedIDs, ", "), "email", string(c.Email), "bad_email", c.BadEmail, "phone", c.Phone, "title", c.Title,
		"first_name", c.FirstName, "last_name", c.LastName, "company", c.Company, "job_title", c.JobTitle, "language", c.Language, "country", c.Country, "timezone", c.Timezone,
		"address_line1", c.Address1, "address_line2", c.Address2, "postal_code", c.PostalCode, "city", c.City)
}

// came adds the imports that the person came with, and what is kept to take those back.
func (x *Access) came(h campaign.Holding) {
	at := map[campaign.ImportID]time.Time{}
	for _, i := range h.Imports {
		at[i.ID] = i.At
		x.Imports = append(x.Imports, AccessImport{int64(i.ID), i.Source, i.SHA256, stamp(i.At)})
	}
	for _, c := range h.Changes {
		was := AccessBefore{Import: int64(c.Import), Until: stamp(at[c.Import].Add(h.ChangesKept)), Person: personFields(*c.Before), Attributes: map[string]string{}, Corrected: correctedFields(*c.Before), Facts: c.Before.Facts}
		maps.Copy(was.Attributes, c.Before.Attributes)
		x.Before = append(x.Before, was)
	}
}

// accessActs adds what happened with the person.
func (a *App) accessActs(x *Access, h campaign.Holding) {
	for _, i := range h.Invitations {
		c := h.Campaigns[i.Campaign]
		m := AccessMessage{Campaign: c.Name, State: string(i.State), Route: string(i.Route), Language: i.Language, Address: string(i.Email), Values: map[string]string{}, Subject: subjectOf(c, i.Language),
			SentAt: stamp(i.SentAt), MessageID: i.MessageID, SHA256: i.MessageSHA256, Reply: i.Reply, Because: append([]string{}, i.Verdict.Reasons...), Returned: []string{}}
		maps.Copy(m.Values, i.Values)
		for _, b := range h.Bounces[i.ID] {
			m.Returned = append(m.Returned, strings.TrimSpace(stamp(b.At)+" "+cmp.Or(b.Class, string(b.Meaning))+" "+b.Status+" "+b.Words))
		}
		x.Invitations = append(x.Invitations, m)
	}
	routes := map[campaign.InvitationID]campaign.Route{}
	for _, i := range h.Invitations {
		routes[i.ID] = i.Route
	}
	for _, r := range h.Responses {
		c := h.Campaigns[r.Campaign]
		answer := AccessResponse{ResponseLine: responseLine(r), Campaign: c.Name, How: c.How(r, routes[r.Invitation])}
		if v, there := h.Vouchers[r.Entry]; there {
			answer.entered(v)
			answer.File = v.Content
		}
		x.Responses = append(x.Responses, answer)
	}
	for _, c := range h.Consents {
		x.Consents = append(x.Consents, consentLine(c))
	}
	for _, s := range h.Suppressions {
		x.Suppressions = append(x.Suppressions, suppressionLine(s))
	}
	for _, m := range h.Receipts {
		x.Receipts = append(x.Receipts, AccessReceipt{m.Response, stamp(m.AskedAt), m.Tries, stamp(m.EndedAt), string(m.Outcome)})
	}
	for _, c := range h.Cases {
		x.Cases = append(x.Cases, a.caseLine(c))
	}
	for _, t := range h.Testimonies {
		x.Entries = append(x.Entries, AccessEntry{int64(t.Entry), string(t.Kind), stamp(t.At), t.Payload})
	}
}

// subjectOf is the subject under which a message of a campaign is sent; as its author wrote it where it cannot be filled any more.
func subjectOf(c campaign.Campaign, language string) string {
	if c.Frozen != nil {
		if subject, err := mailer.Subject(*c.Frozen, language); err == nil {
			return subject
		}
	}
	return c.File.Message[language].Subject
}

// filled makes a map of names and values, without the empty ones.
func filled(pairs ...string) map[string]string {
	m := map[string]string{}
	for n := 0; n+1 < len(pairs); n += 2 {
		if pairs[n+1] != "" {
			m[pairs[n]] = pairs[n+1]
		}
	}
	return m
}

// WriteAccess writes it as JSON, or to be read as a PDF.
func (a *App) WriteAccess(w io.Writer, x Access, format string) error {
	if format != "pdf" {
		return writeJSON(w, x)
	}
	words, err := i18n.Shipped()
	if err != nil {
		return err
	}
	_, err = accessPaper{words.House().For(x.Person["language"])}.paper(x).WriteTo(w)
	return err
}
