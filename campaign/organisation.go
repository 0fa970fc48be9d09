package campaign

import (
	"fmt"
	"strings"
	"time"
)

// Organisation is the controller: who asks, for which purposes, and how far it may go in each
// country. It is read from organisation.toml (the toml names are the file's contract).
type Organisation struct {
	Name         string   `toml:"name" json:"name"`
	Brands       []string `toml:"brands" json:"brands,omitempty"`
	LegalName    string   `toml:"legal_name" json:"legal_name"`
	LegalForm    string   `toml:"legal_form" json:"legal_form,omitempty"`
	Registration string   `toml:"registration" json:"registration,omitempty"`
	Address      string   `toml:"address" json:"address"`
	Country      string   `toml:"country" json:"country"` // ISO 3166-1 alpha-2
	Email        string   `toml:"email" json:"email"`
	Phone        string   `toml:"phone" json:"phone,omitempty"`
	PrivacyURL   string   `toml:"privacy_url" json:"privacy_url"`
	DPO          string   `toml:"dpo" json:"dpo,omitempty"`
	Authority    string   `toml:"authority" json:"authority"`
	Logo         string   `toml:"logo" json:"logo,omitempty"`

	// Facts that some rows of the decision table need; absent means nobody stated it.
	Kind               string   `toml:"kind" json:"kind,omitempty"` // company, charity, public_authority, employer
	SimilarToPurchases *bool    `toml:"similar_to_purchases" json:"similar_to_purchases,omitempty"`
	B2BSubject         string   `toml:"b2b_subject" json:"b2b_subject,omitempty"` // the profession the subject is tied to
	SuccessorOf        []string `toml:"successor_of" json:"successor_of,omitempty"`
	FrenchGraceDays    int      `toml:"fr_grace_days" json:"fr_grace_days,omitempty"`
	RefreshAfterMonths int      `toml:"refresh_after_months" json:"refresh_after_months,omitempty"`
	RetentionMonths    int      `toml:"retention_months" json:"retention_months,omitempty"`

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

// Date is a calendar day without a time of day. The zero Date means "not known".
type Date struct{ t time.Time }

// NewDate is the given day.
func NewDate(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// DateOf is the day of t in t's own location.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	return NewDate(t.Year(), t.Month(), t.Day())
}

// ParseDate reads YYYY-MM-DD, or the day of an RFC 3339 time.
func ParseDate(s string) (Date, error) {
	if len(s) > 10 {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return DateOf(t), nil
		}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is no day like 2026-03-02", s)
	}
	return Date{t}, nil
}

// IsZero reports whether the day is not known.
func (d Date) IsZero() bool { return d.t.IsZero() }

// Time is midnight UTC of the day.
func (d Date) Time() time.Time { return d.t }

// In is the first instant of the day in a location.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.t.Year(), d.t.Month(), d.t.Day(), 0, 0, 0, 0, loc)
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.t.Before(e.t) }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.t.After(e.t) }

// AddMonths adds calendar months; a day past the end of the month becomes its last day.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	first := time.Date(d.t.Year(), d.t.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return NewDate(first.Year(), first.Month(), min(d.t.Day(), last))
}

// AddDays adds days.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date{d.t.AddDate(0, 0, n)}
}

// String is YYYY-MM-DD, or "" when not known.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}

// MarshalText writes String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; empty is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}
