package campaign

import (
	"slices"
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/internal/fault"
)

// Statement is what a person states of the consents in a file, where the file itself says nothing: what an auditor asks
// of it. It is weaker than what a file says: it fills what a row lacks, and never takes the place of what a row says. It
// may explain a consent, and speak against it; it proves nothing and opens no door. Each field is as the column of its name; "" is not known, which helps nobody.
type Statement struct {
	Status     string `json:"consent_status,omitempty"` // yes; none: nobody was asked
	Method     string `json:"consent_method,omitempty"`
	Source     string `json:"consent_source,omitempty"`
	Text       string `json:"consent_text,omitempty"`
	Proof      string `json:"consent_proof,omitempty"`
	Purpose    string `json:"purpose_at_collection,omitempty"`
	Controller string `json:"controller_at_collection,omitempty"`
	Bundled    string `json:"bundled,omitempty"`
	Incentive  string `json:"incentive,omitempty"`

	By string `json:"-"` // who states it
}

// NobodyAsked is a stated status: the people of the file never were asked.
const NobodyAsked = "none"

// Methods are the ways in which a consent may have been given, as they are written.
func Methods() []string {
	return []string{"unticked_box", "double_opt_in", "paper", "oral", "preticked_box", "soft_opt_in"}
}

// longestStated bounds a text that a person states.
const longestStated = 500

// Zero reports whether nothing is stated.
func (s Statement) Zero() bool { s.By = ""; return s == Statement{} }

// validate refuses what no form of ours sends.
func (s *Statement) validate() error {
	wrong := ""
	for _, f := range s.fields() {
		text := *f.stated
		switch {
		case f.words != nil && text != "" && !slices.Contains(f.words, text),
			len([]rune(text)) > longestStated, strings.ContainsFunc(text, unicode.IsControl), text != strings.TrimSpace(text):
			wrong = f.name
		}
	}
	if wrong == "" {
		return nil
	}
	return fault.New(fault.Invalid, "import.statement", "what was answered for {field} cannot be read", "field", wrong).At("campaign.Statement")
}

// stating is one field of a statement, and where it goes.
type stating struct {
	name   string
	words  []string // that it may be; nil: a text
	stated *string
}

func (s *Statement) fields() []stating {
	yesNo := []string{"yes", "no"}
	return []stating{{"consent_status", []string{statusYes, NobodyAsked}, &s.Status}, {"consent_method", Methods(), &s.Method}, {"consent_source", nil, &s.Source},
		{"consent_text", nil, &s.Text}, {"consent_proof", nil, &s.Proof}, {"purpose_at_collection", nil, &s.Purpose},
		{"controller_at_collection", nil, &s.Controller}, {"bundled", yesNo, &s.Bundled}, {"incentive", yesNo, &s.Incentive}}
}

// state fills what a row lacks. A status is stated only of a file that has no column for it, whatever that was taken for:
// an empty cell beside filled ones says that there was no yes. All the rest is stated of those who said yes, and of no
// act that a row has the click for.
func (r *rowReader) state(c *Claim) {
	s := r.stated
	if s.Zero() {
		return
	}
	var filled []string
	if c.Status == "" || c.Status == statusUnknown {
		if s.Status != statusYes || !r.statusStatable() {
			return
		}
		c.Status, filled = statusYes, append(filled, "consent_status")
	}
	if c.Status != statusYes {
		return
	}
	for _, f := range []struct {
		cell   *fieldAt
		stated string
	}{{&r.of.consentMethod, s.Method}, {&r.of.consentSource, s.Source}, {&r.of.consentText, s.Text}, {&r.of.consentProof, s.Proof},
		{&r.of.purposeAtCollection, s.Purpose}, {&r.of.controllerAtCollection, s.Controller}, {&r.of.bundled, s.Bundled}, {&r.of.incentive, s.Incentive}} {
		into := c.statable(f.cell.name)
		clicked := into == &c.Method && !c.DoubleAt.IsZero()
		if f.stated != "" && *into == "" && !clicked && r.text(f.cell) == "" { // a cell that says "unknown" says so
			*into, filled = f.stated, append(filled, f.cell.name)
		}
	}
	if len(filled) > 0 {
		c.Stated, c.StatedBy = filled, s.By
	}
}

// rows says of each field that is stated how many rows it filled.
func (s Statement) rows(filled map[string]int) map[string]int {
	out := map[string]int{}
	for _, f := range s.fields() {
		if *f.stated != "" {
			out[f.name] = filled[f.name]
		}
	}
	return out
}

// statusStatable reports that no column of the file tells who said yes.
func (r *rowReader) statusStatable() bool {
	return len(r.of.consentStatus.at) == 0 && !r.columns.tellsConsent
}

// statable are the fields of a statement that can fill a row of this file.
func (r *rowReader) statable() (names []string) {
	status := r.statusStatable()
	if !status && !r.columns.maySay(r.of.consentStatus, statuses, statusYes) {
		return nil
	}
	for _, f := range (&Statement{}).fields() {
		fixed := slices.ContainsFunc(r.columns.of[f.name], func(i int) bool { return r.columns.source(i) < 0 })
		if !fixed && (status || f.name != r.of.consentStatus.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// Statable are the fields of a statement that can fill a row of a file as it is read; all of them as long as it cannot be.
func (d *Desk) Statable(src ImportSource, opt ImportOptions) []string {
	i, err := d.importer(src, opt)
	if err != nil {
		var names []string
		for _, f := range opt.Stated.fields() {
			names = append(names, f.name)
		}
		return names
	}
	return i.rows.statable()
}

// statable is the part of a claim that a statement may fill, by the name of its column; nil where there is none.
func (c *Claim) statable(field string) *string {
	switch field {
	case "consent_status":
		return &c.Status
	case "consent_method":
		return &c.Method
	case "consent_source":
		return &c.Source
	case "consent_text":
		return &c.Text
	case "consent_proof":
		return &c.Proof
	case "purpose_at_collection":
		return &c.Purpose
	case "controller_at_collection":
		return &c.Controller
	case "bundled":
		return &c.Bundled
	case "incentive":
		return &c.Incentive
	}
	return nil
}

// written is a claim without what somebody stated of it; without a status the file makes no claim.
func (c Claim) written() Claim {
	for _, field := range c.Stated {
		if said := c.statable(field); said != nil {
			*said = ""
		}
	}
	if c.Status == "" {
		c.Status = c.unsaid()
	}
	c.Stated, c.StatedBy = nil, ""
	return c
}

// isStated reports that a file does not say all of a claim.
func (c *Claim) isStated() bool { return len(c.Stated) > 0 }

func anyStated(claims []Claim) bool {
	for n := range claims {
		if claims[n].isStated() {
			return true
		}
	}
	return false
}

// written are the claims as files make them.
func written(claims []Claim) []Claim {
	if !anyStated(claims) {
		return claims
	}
	var own []Claim
	for _, c := range claims {
		if w := c.written(); w.Status != "" {
			own = append(own, w)
		}
	}
	return mergeClaims(own, nil)
}
