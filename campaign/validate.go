package campaign

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

var (
	campaignName = expression.Of(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	purposeKey   = expression.Of(`^[a-z0-9][a-z0-9_-]{0,40}$`)
)

// channels are the ways a company may write later, if agreed.
var channels = []string{"email", "sms", "phone", "post"}

// askable are the groups an audience may name.
var askable = []string{"doubtful", "refresh", "soft_opt_in", "b2b"}

// kinds are what an organisation may be; kindWords only tell which word was meant.
var (
	kinds     = []string{"company", "charity", "public_authority", "employer"}
	kindWords = synonyms("company=company firm business societe entreprise unternehmen firma empresa azienda societa bedrijf", "charity=charity nonprofit ngo association verein gemeinnutzig asociacion associazione associacao vereniging ong",
		"public_authority=publicauthority authority publicbody government autorite autoritepublique administration behorde administracion autoridad autorita overheid autoridade", "employer=employer employeur arbeitgeber empleador datoredilavoro werkgever empregador")
)

// invalid is a fault that says which key of a file, its {where}, cannot be used and what would do.
func invalid(where, text string, args ...any) error {
	return fault.New(fault.Invalid, "file.invalid", text, append([]any{"where", where}, args...)...)
}

// validate says what makes an organisation unusable, in the file's own words.
func (o Organisation) validate(now time.Time) error {
	for _, f := range []struct{ key, value string }{
		{"name", o.Name}, {"legal_name", o.LegalName}, {"address", o.Address},
		{"country", o.Country}, {"email", o.Email}, {"privacy_url", o.PrivacyURL}, {"authority", o.Authority}} {
		if strings.TrimSpace(f.value) == "" {
			return invalid("organisation."+f.key, "{where} is missing")
		}
	}
	if !address.IsCountry(o.Country) {
		return noCountry("organisation.country", o.Country)
	}
	if _, err := address.Parse(o.Email); err != nil {
		return invalid("organisation.email", "{where} is no usable mailbox")
	}
	if u, err := url.Parse(o.PrivacyURL); err != nil || u.Scheme != "https" || u.Host == "" {
		return invalid("organisation.privacy_url", "{where} must be an https address")
	}
	if o.Kind != "" && !slices.Contains(kinds, o.Kind) {
		return noneOf("organisation.kind", o.Kind, kinds, kindWords)
	}
	if err := o.validateLook(); err != nil {
		return err
	}
	if err := o.validatePurposes(); err != nil {
		return err
	}
	if err := o.validatePolicies(now); err != nil {
		return err
	}
	return o.validateLimits()
}

// What an organisation may state at most: a slip of the finger must not keep people who may not be asked any more.
const (
	mostMonths = 120
	mostGrace  = 365
)

func (o Organisation) validateLimits() error {
	for _, l := range []struct {
		key     string
		n, most int
	}{{"retention_months", o.RetentionMonths, mostMonths}, {"refresh_after_months", o.RefreshAfterMonths, mostMonths}, {"fr_grace_days", o.grace(), mostGrace}} {
		switch {
		case l.n < 0:
			return invalid("organisation."+l.key, "{where} must not be negative")
		case l.n > l.most:
			return invalid("organisation."+l.key, "{where} must be at most {limit}", "limit", l.most)
		}
	}
	return nil
}

// validatePolicies refuses what would hold for nobody, as the mistyped code of a country does, and a signature that was not given
// yet.
func (o Organisation) validatePolicies(now time.Time) error {
	for _, country := range slices.Sorted(maps.Keys(o.Policies)) {
		p, where := o.Policies[country], "policy.country."+country
		switch {
		case !address.IsCountry(country):
			return noCountry(where, country)
		case !slices.Contains([]Mode{"", P0, P1, P2}, p.Mode):
			return invalid(where+".mode", "{where}: {mode} is none of P0, P1, P2", "mode", p.Mode)
		case p.ApprovedAt.After(lastDay(now)):
			return invalid(where+".approved_at", "{where}: {day} is a day to come", "day", p.ApprovedAt.String())
		case p.signedTooSoon():
			return invalid(where+".approved_at", "{where}: {day} is before {limit}, from when the GDPR applies", "day", p.ApprovedAt.String(), "limit", gdprDay.String())
		}
	}
	return nil
}

// noCountry says that a code is none, and which one somebody meant who wrote a name, or UK.
func noCountry(where, code string) error {
	f := fault.New(fault.Invalid, "file.invalid", "{where}: {value} is no ISO 3166 code of two capital letters", "where", where, "value", code)
	if known := countryNames[plain(code)]; known != "" {
		return f.Hint("did you mean " + known + "?")
	}
	if upper := strings.ToUpper(code); address.IsCountry(upper) {
		return f.Hint("did you mean " + upper + "?")
	}
	return f
}

func (o Organisation) validatePurposes() error {
	if len(o.Purposes) == 0 {
		return invalid("purpose", "{where}: at least one [[purpose]] is needed")
	}
	seen := map[string]bool{}
	for _, p := range o.Purposes {
		where := "purpose " + p.Key
		switch {
		case !purposeKey.MatchString(p.Key):
			return invalid("purpose.key", "{where}: {key} may only hold small letters, digits, - and _", "key", strconv.Quote(p.Key))
		case seen[p.Key]:
			return invalid(where, "{where} stands twice")
		case len(p.Title) == 0:
			return invalid(where+".title", "{where} is missing")
		case len(p.Description) == 0:
			return invalid(where+".description", "{where} is missing")
		}
		if _, err := Months(p.Retention); err != nil {
			return invalid(where+".retention", "{where}: {value} is no duration such as 36mo or 3y", "value", strconv.Quote(p.Retention))
		}
		seen[p.Key] = true
	}
	return nil
}

// CheckName is fault.Invalid for what cannot be the name of a campaign.
func CheckName(name string) error {
	switch {
	case name == "":
		return invalid("name", "{where} is missing")
	case !campaignName.MatchString(name):
		return fault.New(fault.Invalid, "file.name", "name: {name} may only hold small letters, digits, dots, - and _, at most 63", "where", "name", "name", strconv.Quote(name)).
			Hint("write it like spring-2026")
	}
	return nil
}

// validate says what makes a campaign file unusable for an organisation.
func (f File) validate(o Organisation) error {
	if err := CheckName(f.Name); err != nil {
		return err
	}
	if err := oneOf("purposes", f.Purposes, nil, nil); err != nil {
		return err
	}
	for _, p := range f.Purposes {
		if _, ok := o.Purpose(p); !ok {
			return fault.New(fault.Invalid, "file.purpose", "purposes: {key} is no purpose of the organisation", "key", strconv.Quote(p)).
				Hint("reoptin organisation show")
		}
	}
	if err := oneOf("channels", f.Channels, channels, scopes); err != nil {
		return err
	}
	if err := oneOf("audience.ask", f.Audience.Ask, askable, askWords); err != nil {
		return err
	}
	if err := f.validateRoutes(); err != nil {
		return err
	}
	if _, err := Months(f.Audience.ActiveWithin); f.Audience.ActiveWithin != "" && err != nil {
		return invalid("audience.active_within", "{where}: {value} is no duration such as 36mo", "value", strconv.Quote(f.Audience.ActiveWithin))
	}
	if err := f.validateTexts(o); err != nil {
		return err
	}
	if f.Schedule.Deadline.IsZero() {
		return invalid("schedule.deadline", "{where} is missing: people are told until when they may answer")
	}
	if !f.Schedule.Start.IsZero() && f.Schedule.Deadline.Before(DateOf(f.Schedule.Start)) {
		return invalid("schedule.deadline", "{where} lies before schedule.start")
	}
	if n := f.Schedule.Connections; n < 0 || n > mostConnections {
		return invalid("schedule.connections", "{where}: {n} is not between 1 and {most}", "n", n, "most", mostConnections)
	}
	return f.validateSender()
}

// mostConnections is how many messages of a campaign may be under way at once at most.
const mostConnections = 64

func (f File) validateRoutes() error {
	if len(f.Audience.Routes) == 0 {
		return invalid("audience.routes", "{where} is missing: \"email\", \"letter\" or both")
	}
	for n, r := range f.Audience.Routes {
		if slices.Contains(f.Audience.Routes[:n], r) {
			return invalid("audience.routes", "{where}: {value} stands twice", "value", strconv.Quote(string(r)))
		}
		switch r {
		case RouteEmail, RouteLetter:
		case RouteOnsite, RouteNone:
			return invalid("audience.routes", "{where}: {route} cannot be sent by this version; people on that route are listed by `reoptin contacts export --route {route}`", "route", r)
		default:
			return noneOf("audience.routes", string(r), []string{string(RouteEmail), string(RouteLetter)}, routeWords)
		}
	}
	return nil
}

func (f File) validateSender() error {
	if strings.TrimSpace(f.Sender.Name) == "" {
		return invalid("sender.name", "{where} is missing")
	}
	if m, err := address.Parse(f.Sender.Address); err != nil || m.NeedsUTF8() {
		return invalid("sender.address", "{where} is no usable mailbox")
	}
	if m, err := address.Parse(f.Sender.ReplyTo); f.Sender.ReplyTo != "" && (err != nil || m.NeedsUTF8()) {
		return invalid("sender.reply_to", "{where} is no usable mailbox")
	}
	return nil
}

func (f File) validateTexts(o Organisation) error {
	if err := oneOf("languages", f.Languages, nil, nil); err != nil {
		return err
	}
	for _, l := range f.Languages {
		m, ok := f.Message[l]
		if !ok || strings.TrimSpace(m.Subject) == "" || strings.TrimSpace(m.Body) == "" {
			return invalid("message."+l, "{where}: subject and body are both needed")
		}
		if t, ok := f.Form[l]; !ok || strings.TrimSpace(t.Title) == "" {
			return invalid("form."+l, "{where}: title is missing")
		}
		for _, key := range f.Purposes {
			p, _ := o.Purpose(key)
			if p.Title[l] == "" || p.Description[l] == "" {
				return fault.New(fault.Invalid, "file.untranslated", "purpose {key} has no title and description in {language}, which the campaign speaks",
					"key", key, "language", l).Hint("add title." + l + " and description." + l + " to the organisation file, then reoptin organisation apply FILE")
			}
		}
	}
	return nil
}

// oneOf demands at least one value, none twice, and all of them among allowed when allowed is given; meant are other
// words for what is allowed.
func oneOf(where string, values, allowed []string, meant map[string]string) error {
	if len(values) == 0 {
		return invalid(where, "{where}: at least one is needed")
	}
	for i, v := range values {
		if allowed != nil && !slices.Contains(allowed, v) {
			return noneOf(where, v, allowed, meant)
		}
		if slices.Contains(values[:i], v) {
			return invalid(where, "{where}: {value} stands twice", "value", strconv.Quote(v))
		}
	}
	return nil
}

// noneOf says which words may stand there, and which of them somebody meant who wrote it in another language.
func noneOf(where, value string, allowed []string, meant map[string]string) error {
	f := fault.New(fault.Invalid, "file.invalid", "{where}: {value} is none of {allowed}", "where", where, "value", strconv.Quote(value), "allowed", strings.Join(allowed, ", "))
	if word := meant[plain(value)]; slices.Contains(allowed, word) {
		return f.Hint("did you mean " + word + "?")
	}
	return f
}

// Months reads a duration in whole months: "36mo" or "3y".
func Months(s string) (int, error) {
	for unit, n := range map[string]int{"mo": 1, "y": 12} {
		if digits, ok := strings.CutSuffix(s, unit); ok {
			v, err := strconv.Atoi(digits)
			if err == nil && v > 0 && v <= 1200/n {
				return v * n, nil
			}
		}
	}
	return 0, fault.New(fault.Invalid, "duration.invalid", "{value} is no duration such as 36mo or 3y", "value", strconv.Quote(s))
}
