package campaign

import (
	"slices"
	"strings"
	"sync"
)

// Finer classes of the decision table (COMPLIANCE D.2).
const (
	fineValid       = "OPTED_IN_VALID"
	fineRefresh     = "OPTED_IN_REFRESH"
	fineSoft        = "SOFT_OPTIN"
	fineB2B         = "B2B_LI"
	fineEligible    = "DOUBTFUL_ELIGIBLE"
	finePostal      = "DOUBTFUL_POSTAL_ONLY"
	fineOnsite      = "DOUBTFUL_ONSITE"
	fineReview      = "REVIEW"
	fineOut         = "OPTED_OUT"
	fineIneligible  = "INELIGIBLE"
	fineExcluded    = "EXCLUDED"
	fineUnreachable = "UNDELIVERABLE"
	fineExpired     = "EXPIRED_DELETE"
	fineScope       = "OUT_OF_SCOPE"
)

// rule is one row of the decision table. judge either assigns a class (true) or, for the rows that
// continue, changes what the view says and returns false. Where the fact is one of another row, it names
// that in the view. Rows are pure: all they know is the view.
type rule struct {
	code      string
	condition string
	class     string // the class it assigns, as shown
	reason    string // as shown where no person is meant
	source    string
	judge     func(*view) (ruling, bool)
	missing   func(*Organisation) string // the fact that nobody has stated; "" when the row is evaluated
	never     bool                       // no organisation file can state it
}

// ruling is what a row says of one person. With a third text each row that says nothing would take five times as long: results of
// more than four words are not kept in registers.
type ruling struct {
	fine   string
	reason string
}

// ruleGroup is a part of the table with its heading.
type ruleGroup struct {
	title string
	rules []rule
}

// groups is the decision table in its normative order, as it is shown.
func groups() []ruleGroup {
	return []ruleGroup{{"own record", recordRules()}, {"identity", identityRules()}, {"hard stops", stopRules()}, {"delivery", deliveryRules()},
		{"retention", retentionRules()}, {"valid basis: consent", consentRules()}, {"valid basis: customers and professionals", relationRules()},
		{"opt-out law", optOutLawRules()}, {"defects", defectRules()}, {"doubtful", doubtRules()}, {"rest", restRules()}}
}

// table is the rows of all groups: the first row that assigns a class decides. It is put together once, since each answer and each
// claim is judged by it, and is not to be changed.
var table = sync.OnceValue(func() (t []rule) {
	for _, group := range groups() {
		t = append(t, group.rules...)
	}
	return t
})

// RuleCodes are the rows of the decision table, in its order.
func RuleCodes() (codes []string) {
	for _, r := range table() {
		codes = append(codes, r.code)
	}
	return codes
}

// RuleRow is a row of the decision table as people read it.
type RuleRow struct {
	Code      string `json:"code"`
	Group     string `json:"group"`
	Condition string `json:"condition"`
	Class     string `json:"class"`
	Reason    string `json:"reason"`
	Source    string `json:"source"`
	Evaluated bool   `json:"evaluated"`
	Why       string `json:"why,omitempty"` // what is missing, when the row is not evaluated
	Never     bool   `json:"-"`             // no organisation file can state it
}

// Rules is the decision table as it runs for an organisation, in its order. A row whose facts nobody
// can state is there too, marked as not evaluated.
func Rules(o Organisation) []RuleRow {
	var rows []RuleRow
	for _, g := range groups() {
		for _, r := range g.rules {
			why := r.lacks(&o)
			rows = append(rows, RuleRow{r.code, g.title, r.condition, r.class, r.reason, r.source, why == "", why, r.never})
		}
	}
	return rows
}

// Country is what holds in a country.
func (b Rulebook) Country(code string) CountryRule {
	for _, c := range b.Countries {
		if slices.Contains(c.Countries, code) {
			return c
		}
	}
	return b.Countries[len(b.Countries)-1]
}

// Rulebook is all that a verdict rests on beside the facts: the table, its clocks, the countries.
type Rulebook struct {
	Version   string        `json:"version"`
	Policy    string        `json:"policy"` // version of the contact policies
	Rules     []RuleRow     `json:"rules"`
	Limits    []TimeLimit   `json:"time_limits"`
	Countries []CountryRule `json:"countries"`
}

// RulesOf is the rulebook as it runs for an organisation.
func RulesOf(o Organisation) Rulebook {
	return Rulebook{Version: RulesVersion, Policy: o.PolicyVersion(), Rules: Rules(o), Limits: TimeLimits(o), Countries: Countries(o)}
}

func (r rule) lacks(o *Organisation) string {
	if r.missing == nil {
		return ""
	}
	return r.missing(o)
}

// always is what a row lacks whose fact no organisation file can state.
func always(why string) func(*Organisation) string {
	return func(*Organisation) string { return why }
}

// reasonOf is a row's reason in words that name no person, for counts by reason.
func reasonOf(code string, class Class, route Route) string {
	if code == "T-00" {
		return recordReason(class, route)
	}
	for _, r := range table() {
		if r.code == code {
			return r.reason
		}
	}
	return ""
}

// fill puts values into a reason; a value that is not known takes its words with it.
func fill(format string, value Date) string {
	s := value.String()
	if s == "" {
		before, after, _ := strings.Cut(format, " on %s")
		if !strings.Contains(format, " on %s") {
			before, after, _ = strings.Cut(format, " (%s)")
		}
		return before + after
	}
	return strings.Replace(format, "%s", s, 1)
}

func out(reason string) (ruling, bool)     { return ruling{fine: fineOut, reason: reason}, true }
func review(reason string) (ruling, bool)  { return ruling{fine: fineReview, reason: reason}, true }
func soft(reason string) (ruling, bool)    { return ruling{fine: fineSoft, reason: reason}, true }
func nothing() (ruling, bool)              { return ruling{}, false }
func letter(reason string) (ruling, bool)  { return ruling{fine: finePostal, reason: reason}, true }
func refresh(reason string) (ruling, bool) { return ruling{fine: fineRefresh, reason: reason}, true }

func ineligible(why, reason string) (ruling, bool) {
	return ruling{fine: fineIneligible + "(" + why + ")", reason: reason}, true
}

func excluded(why, reason string) (ruling, bool) {
	return ruling{fine: fineExcluded + "(" + why + ")", reason: reason}, true
}

// ifPost is a letter to whoever can get one, and a closed door for the others.
func (v *view) ifPost(why, reason string) (ruling, bool) {
	if v.post {
		return letter(reason)
	}
	return ineligible(why, reason)
}
