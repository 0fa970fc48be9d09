package campaign

import "strings"

// Organisation is the controller: who asks, for which purposes, and how far it may go in each
// country. It is read from organisation.toml (the toml names are the file's contract).
type Organisation struct {
	Name           string   `toml:"name" json:"name"`
	Brands         []string `toml:"brands" json:"brands,omitempty"`
	LegalName      string   `toml:"legal_name" json:"legal_name"`
	LegalForm      string   `toml:"legal_form" json:"legal_form,omitempty"`
	Registration   string   `toml:"registration" json:"registration,omitempty"`
	Address        string   `toml:"address" json:"address"`
	Country        string   `toml:"country" json:"country"` // ISO 3166-1 alpha-2
	Email          string   `toml:"email" json:"email"`
	Phone          string   `toml:"phone" json:"phone,omitempty"`
	PrivacyURL     string   `toml:"privacy_url" json:"privacy_url"`
	PrivacyVersion string   `toml:"privacy_version" json:"privacy_version,omitempty"` // of the page at PrivacyURL, in its own words: 2026-03
	DPO            string   `toml:"dpo" json:"dpo,omitempty"`
	Authority      string   `toml:"authority" json:"authority"`
	Logo           string   `toml:"logo" json:"logo,omitempty"`     // a picture as a data URL; in a file, the path of one beside it
	Accent         string   `toml:"accent" json:"accent,omitempty"` // the one colour of its pages: #0d5a63

	// Facts that some rows of the decision table need; absent means nobody stated it.
	Kind               string   `toml:"kind" json:"kind,omitempty"` // company, charity, public_authority, employer
	SimilarToPurchases *bool    `toml:"similar_to_purchases" json:"similar_to_purchases,omitempty"`
	B2BSubject         string   `toml:"b2b_subject" json:"b2b_subject,omitempty"` // the profession the subject is tied to
	SuccessorOf        []string `toml:"successor_of" json:"successor_of,omitempty"`
	FrenchGraceDays    *int     `toml:"fr_grace_days" json:"fr_grace_days,omitempty"`
	RefreshAfterMonths int      `toml:"refresh_after_months" json:"refresh_after_months,omitempty"`
	RetentionMonths    int      `toml:"retention_months" json:"retention_months,omitempty"`

	SecondPerson bool `toml:"second_person" json:"second_person,omitempty"` // whoever wrote a campaign does not approve it

	// What is told to people and kept with every proof; absent means none.
	Processors       []string `toml:"processors" json:"processors,omitempty"` // who works on the data on its behalf: host, relay
	Recipients       []string `toml:"recipients" json:"recipients,omitempty"` // who is given the data
	Locations        []string `toml:"locations" json:"locations,omitempty"`   // where it is worked on
	ImpactAssessment string   `toml:"impact_assessment" json:"impact_assessment,omitempty"`
	CodesOfConduct   []string `toml:"codes_of_conduct" json:"codes_of_conduct,omitempty"`

	Purposes []Purpose         `toml:"-" json:"purposes"`
	Policies map[string]Policy `toml:"-" json:"policies,omitempty"` // by country
}

// Purpose is what the data will be used for, in the words shown to people.
type Purpose struct {
	Key         string            `toml:"key" json:"key"`
	Category    string            `toml:"category" json:"category"`
	Retention   string            `toml:"retention" json:"retention"` // e.g. "36mo"
	Title       map[string]string `toml:"title" json:"title"`         // by language
	Description map[string]string `toml:"description" json:"description"`
}

// Mode is how far e-mail may go in a country (COMPLIANCE A.5).
type Mode string

// The contact modes.
const (
	P0 Mode = "P0" // opt-out country
	P1 Mode = "P1" // doubtful contacts with an indicium may be mailed after sign-off
	P2 Mode = "P2" // only an independently valid basis
)

// Policy is the controller's signed-off contact policy for one country.
type Policy struct {
	Mode          Mode   `toml:"mode" json:"mode"`
	Justification string `toml:"justification" json:"justification,omitempty"`
	ApprovedBy    string `toml:"approved_by" json:"approved_by,omitempty"`
	ApprovedAt    Date   `toml:"approved_at" json:"approved_at,omitzero"`
	Post          bool   `toml:"post" json:"post,omitempty"` // a balancing test for letters is documented
}

// Purpose finds a purpose by its key.
func (o Organisation) Purpose(key string) (Purpose, bool) {
	for _, p := range o.Purposes {
		if p.Key == key {
			return p, true
		}
	}
	return Purpose{}, false
}

// Text is the wording in a language, else in the first language that has one in alphabetical order.
func Text(m map[string]string, language string) string {
	if s := m[language]; s != "" {
		return s
	}
	if base, _, ok := strings.Cut(language, "-"); ok && m[base] != "" {
		return m[base]
	}
	first := ""
	for l := range m {
		if first == "" || l < first {
			first = l
		}
	}
	return m[first]
}
