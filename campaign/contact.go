package campaign

import (
	"log/slog"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/address"
)

// ContactID numbers a contact within one installation.
type ContactID int64

// Address is a person's mailbox, or a text that is none. It redacts itself in logs and errors; the
// text itself is had only by an explicit conversion to string.
type Address string

// LogValue keeps addresses out of logs.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.Redacted()) }

// String is the redacted form, so that %v and %s cannot leak an address. Use string(a) for the text.
func (a Address) String() string { return a.Redacted() }

// Redacted shows one letter of the local part and of the domain: j•••@e•••.net (COMPLIANCE F.5).
func (a Address) Redacted() string {
	local, domain, ok := strings.Cut(string(a), "@")
	if !ok || local == "" || domain == "" {
		return "•••"
	}
	i := strings.LastIndexByte(domain, '.')
	if i <= 0 {
		return first(local) + "•••@" + first(domain) + "•••"
	}
	return first(local) + "•••@" + first(domain) + "•••" + domain[i:]
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// Domain is the part behind the last @, or "".
func (a Address) Domain() string {
	i := strings.LastIndexByte(string(a), '@')
	return string(a)[i+1:]
}

// Contact is a person in the imported base.
type Contact struct {
	ID         ContactID
	ExternalID string   // smallest of the merged rows
	MergedIDs  []string // external ids of the other rows, sorted
	Joined     []string // why rows were taken for one person, sorted: see JoinedBy…

	Email      Address // usable mailbox: local part as given, domain as A-label; "" when there is none
	BadEmail   string  // what stood in the e-mail column when it is no mailbox; never written to
	Phone      string
	Title      string
	FirstName  string
	LastName   string
	Company    string
	JobTitle   string
	Language   string // BCP 47, "" unknown
	Country    string // ISO 3166-1 alpha-2, "" unknown
	Inferred   bool   // country was inferred
	Timezone   string
	Address1   string
	Address2   string
	PostalCode string
	City       string

	Facts      Facts
	Attributes map[string]string // other columns
	Corrected  []Correction      // by right, sorted by field: no import changes these

	Keys    []PersonKey // strict, mailbox and person keys that exist for this contact
	Verdict Verdict     // last audit's result
}

// JoinedBy… are the reasons why rows are one person's.
const (
	JoinedByMailbox = "mailbox"
	JoinedByNumber  = "external_id"
	JoinedByPost    = "postal" // name and postal address, of those who have neither mailbox nor number
)

// HasPostal reports whether a letter could be addressed: name, street and city (COMPLIANCE D.1).
func (c *Contact) HasPostal() bool {
	return (c.FirstName != "" || c.LastName != "" || c.Company != "") && c.Address1 != "" && c.City != ""
}

// Facts are what the base says about a person's prior consent and relationship; the audit reads
// nothing else. Unknown is the zero value everywhere.
type Facts struct {
	Market        string   `json:"market,omitempty"`       // b2c, b2b
	Relationship  string   `json:"relationship,omitempty"` // customer, former_customer, prospect, lead, partner, employee
	LastPurchase  Date     `json:"last_purchase_at,omitzero"`
	RelationEnd   Date     `json:"relationship_end_at,omitzero"`
	LastInbound   Date     `json:"last_inbound_at,omitzero"`
	LastMarketing Date     `json:"last_marketing_at,omitzero"`
	Collected     Date     `json:"collected_at,omitzero"` // oldest
	Origins       []string `json:"list_origin,omitempty"` // own, partner_named, partner_unnamed, purchased, rented, scraped, directory, event

	Claims     []Claim     `json:"claims,omitempty"`     // sorted, without repetition: what each row says of consent
	Objections []Objection `json:"objections,omitempty"` // sorted, without repetition: every no on any row

	OppositionOffered bool     `json:"opposition_offered,omitempty"`
	Complaint         bool     `json:"complaint,omitempty"`
	Bounce            string   `json:"bounce,omitempty"` // none, soft, hard
	BounceAt          Date     `json:"bounce_at,omitzero"`
	ExternalLists     []string `json:"external_lists,omitempty"`
	Minor             bool     `json:"minor,omitempty"`
	Deceased          bool     `json:"deceased,omitempty"`
	Erasure           bool     `json:"erasure_requested,omitempty"`
	Restricted        bool     `json:"restricted,omitempty"`
	AddressChanged    bool     `json:"address_changed,omitempty"` // a claim was made for another address (T-34)
}

// Claim is what one row of the base claims about consent.
type Claim struct {
	Status     string   `json:"status"` // yes, pending, unknown; a no or withdrawal is an Objection
	At         Date     `json:"at,omitzero"`
	Method     string   `json:"method,omitempty"` // unticked_box, double_opt_in, preticked_box, paper, oral, soft_opt_in, unknown
	Source     string   `json:"source,omitempty"`
	Channels   []string `json:"channels,omitempty"` // email, sms, phone, post; empty: not said
	Text       string   `json:"text,omitempty"`
	Proof      string   `json:"proof,omitempty"`
	DoubleAt   Date     `json:"double_opt_in_at,omitzero"`
	Bundled    string   `json:"bundled,omitempty"`   // yes, no, "" unknown
	Incentive  string   `json:"incentive,omitempty"` // yes, no, "" unknown
	Purpose    string   `json:"purpose,omitempty"`
	Controller string   `json:"controller,omitempty"`
	Stated     []string `json:"stated,omitempty"` // fields that the file did not say, but a person
	StatedBy   string   `json:"stated_by,omitempty"`
}

// Objection is a no that the base carries.
type Objection struct {
	Kind  string `json:"kind"` // no, withdrawn, optout
	At    Date   `json:"at,omitzero"`
	Scope string `json:"scope,omitempty"` // all, email, sms, phone, post; "" unclear, which counts as all

	Told time.Time `json:"told,omitzero"` // when the import that brought a no to one channel was read; zero of one from before this was kept
}

// Class is what an audit says a contact is.
type Class string

// The classes.
const (
	OptedIn  Class = "opted_in"
	OptedOut Class = "opted_out"
	Doubtful Class = "doubtful"
	Unusable Class = "unusable"
)

// Route is how a contact may lawfully be asked.
type Route string

// The routes.
const (
	RouteEmail  Route = "email"
	RouteLetter Route = "letter"
	RouteOnsite Route = "onsite"
	RouteNone   Route = "none"
)

// Verdict is the audit's result for a contact.
type Verdict struct {
	Class   Class    `json:"class"`
	Route   Route    `json:"route"`
	Code    string   `json:"code"`    // row of the decision table that decided, e.g. T-50
	Fine    string   `json:"fine"`    // finer class of COMPLIANCE D.2, e.g. DOUBTFUL_ELIGIBLE
	Reasons []string `json:"reasons"` // sentences, the deciding one first
	AsOf    Date     `json:"as_of"`
}

// SameOrganisation reports whether two domains belong to one registered domain, which is relaxed alignment
// (RFC 9989).
func SameOrganisation(a, b string) bool {
	of := address.OrganisationDomain(a)
	return strings.EqualFold(a, b) || of != "" && of == address.OrganisationDomain(b)
}
