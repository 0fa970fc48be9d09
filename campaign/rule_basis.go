package campaign

import (
	"slices"
	"strings"
)

// deliveryRules say whether the mailbox can be used, and whose it is.
func deliveryRules() []rule {
	return []rule{
		{code: "T-01", condition: "no e-mail address, or none that is a mailbox", class: "the e-mail channel goes: a letter, or UNDELIVERABLE",
			reason: "No usable e-mail address.", source: "RFC 5321", judge: func(v *view) (ruling, bool) {
				if v.c.Email == "" {
					v.lose("T-01", "No usable e-mail address.")
				}
				return nothing()
			}},
		{code: "T-66", condition: "the mailbox needs SMTPUTF8", class: "the e-mail channel goes: a letter, or UNDELIVERABLE(i18n)",
			reason: "Our mail server cannot reach this address.", source: "RFC 6531", judge: func(v *view) (ruling, bool) {
				if v.c.Email != "" && v.box.NeedsUTF8() {
					v.lose("T-66", "Our mail server cannot reach this address.")
				}
				return nothing()
			}},
		{code: "T-15", condition: "hard bounce; or the domain of the address, looked up with --dns, takes no mail: a null MX, no such domain, neither MX nor address, no server with a public address", class: "the e-mail channel goes: a letter, or UNDELIVERABLE",
			reason: "Address does not accept mail.", source: "RFC 3463, RFC 7505", judge: func(v *view) (ruling, bool) {
				if v.f.Bounce == "hard" || v.s.Suppressed == SuppressBounce {
					v.lose("T-15", "Address does not accept mail.")
				}
				if v.s.Dead != nil && v.c.Email != "" {
					v.lose("T-15", fill("The domain of the address does not accept mail (%s).", v.s.Dead.Since))
				}
				return nothing()
			}},
		{code: "T-16", condition: "domain of throw-away mailboxes", class: "INELIGIBLE(disposable)", reason: "Temporary address.", source: "product",
			judge: func(v *view) (ruling, bool) {
				if v.c.Email == "" || !v.domain.disposable {
					return nothing()
				}
				return ineligible("disposable", "Temporary address.")
			}},
		{code: "T-18", condition: "technical local part, or three points of the trap score (two: REVIEW)", class: "EXCLUDED(trap)",
			reason: "Technical or trap-like address.", source: "RFC 2142; product", judge: trapLike},
		{code: "T-17", condition: "role local part", class: "EXCLUDED(role); OUT_OF_SCOPE for a company's address where only persons are protected",
			reason: "Shared or role address: no identifiable person can consent.", source: "RFC 2142; product", judge: roleAddress},
	}
}

// lose takes the e-mail channel away; the first reason stands.
func (v *view) lose(code, reason string) {
	if v.lost == "" {
		v.lost, v.lostReason = code, reason
	}
}

// trapSign is one of the signs of COMPLIANCE D.4 by which a mailbox may be a trap. A domain that is parked
// would be another; nothing but the network knows it.
type trapSign struct {
	points int
	text   string
	holds  func(*view) bool
}

var trapSigns = []trapSign{
	{3, "local part of a technical mailbox", func(v *view) bool { return v.technical }},
	{3, "misspelt domain of a large provider", func(v *view) bool { return v.domain.misspelt }},
	{2, "nothing ever came from the person, and the last message is long ago", func(v *view) bool {
		return v.f.LastInbound.IsZero() && v.older(v.f.LastMarketing, pureSilenceMonths)
	}},
	{1, "no name", func(v *view) bool { return !v.named() }},
}

func trapLike(v *view) (ruling, bool) {
	if v.c.Email == "" {
		return nothing()
	}
	score := 0
	for _, s := range trapSigns {
		if s.holds(v) {
			score += s.points
		}
	}
	switch {
	case score >= 3:
		return excluded("trap", "Technical or trap-like address.")
	case score == 2:
		return review("Technical or trap-like address.")
	}
	return nothing()
}

func roleAddress(v *view) (ruling, bool) {
	if v.c.Email == "" || !v.role {
		return nothing()
	}
	const reason = "Shared or role address: no identifiable person can consent."
	if v.law.impersonal && v.companyMailbox() && v.o.B2BSubject != "" {
		return ruling{fine: fineScope, reason: reason}, true
	}
	return excluded("role", reason)
}

// retentionRules say whether the data may still be here.
func retentionRules() []rule {
	return []rule{
		{code: "T-23", condition: "no date at all: collection, consent, last contact, purchase", class: "INELIGIBLE(undated)",
			reason: "No date: neither retention nor consent can be shown.", source: "GDPR art. 5(1)(e), 7(1)", judge: func(v *view) (ruling, bool) {
				if !v.act.IsZero() {
					return nothing()
				}
				return ineligible("undated", "No date: neither retention nor consent can be shown.")
			}},
		{code: "T-22", condition: "the last act that came from the person, a consent included, the collection or of a customer the end of the relationship is longer ago than the retention and its grace; or the time that was promised with each yes to us is over (then in the place of T-00)", class: "EXPIRED_DELETE",
			reason: "Retention period over.", source: "CNIL référentiel gestion commerciale; GDPR art. 5(1)(e)", judge: func(v *view) (ruling, bool) {
				if v.kept(v.act) {
					return nothing()
				}
				return ruling{fine: fineExpired, reason: fill("Retention period over (%s).", v.act.AddMonths(v.o.retention()))}, true
			}},
	}
}

const consentMoved = "Consent was given for another address." // a reason of T-34

// consentRules are the bases of consent.
func consentRules() []rule {
	return []rule{
		{code: "T-34", condition: "consent given, also to us by e-mail (then in the place of T-00), and the address changed since", class: "INELIGIBLE(address_changed)", reason: consentMoved, source: "GDPR art. 7(1)",
			judge: func(v *view) (ruling, bool) {
				if !v.f.AddressChanged || v.claim.Status != statusYes {
					return nothing()
				}
				return ineligible("address_changed", consentMoved)
			}},
		{code: "T-33", condition: "consent given to a predecessor of this controller", class: "continues as T-31", reason: "Controller changed by succession.", source: "GDPR art. 14",
			missing: func(o *Organisation) string {
				if len(o.SuccessorOf) == 0 {
					return "organisation.successor_of is not stated"
				}
				return ""
			}, judge: func(v *view) (ruling, bool) {
				if v.scope.controller == related {
					v.note("Given to " + v.claim.Controller + ", whom this controller succeeded.")
				}
				return nothing()
			}},
		{code: "T-31b", condition: "as T-31 in a country where consent may lapse, and no message for 24 months", class: "DOUBTFUL_POSTAL_ONLY",
			reason: "Consent may have lapsed through long silence; do not e-mail.", source: "AG München 161 C 12736/22", judge: func(v *view) (ruling, bool) {
				if !v.law.silence || !v.proven || !v.ourMarketing() || !v.silent() {
					return nothing()
				}
				return letter("Consent may have lapsed through long silence; do not e-mail.")
			}},
		{code: "T-31", condition: "as T-30 but old, long without a message, or given to a predecessor", class: "OPTED_IN_REFRESH",
			reason: "Valid but old or changed wording: refresh.", source: "EDPB 05/2020 § 111", judge: func(v *view) (ruling, bool) {
				if !v.proven || !v.inScope() || !v.worthRefreshing() {
					return nothing()
				}
				return refresh("Valid but old or changed wording: refresh.")
			}},
		{code: "T-30", condition: "yes with date, source and proof; not pre-ticked, bundled or rewarded; same purpose, channel and controller", class: "OPTED_IN_VALID",
			reason: "Valid proof held; do not ask.", source: "GDPR art. 7(1), EDPB 05/2020 § 110", judge: func(v *view) (ruling, bool) {
				if !v.proven || !v.inScope() {
					return nothing()
				}
				return ruling{fine: fineValid, reason: "Valid proof held; do not ask."}, true
			}},
		{code: "T-32", condition: "as T-30 but another purpose, channel or controller", class: "OPTED_IN_REFRESH when it covers our marketing by e-mail, else continues as no consent",
			reason: "Consent does not cover our purpose.", source: "GDPR art. 6(4), EDPB 05/2020 § 110", judge: otherScope},
		{code: "T-64", condition: "Canada: purchase within 24 months or inquiry within 6", class: "SOFT_OPTIN", reason: "Implied consent for a limited time.", source: "CASL s. 10(9)",
			judge: func(v *view) (ruling, bool) {
				until := impliedUntil(v)
				if until.IsZero() || v.asOf.After(until) {
					return nothing()
				}
				return soft("Implied consent until " + until.String() + ".")
			}},
	}
}

func otherScope(v *view) (ruling, bool) {
	s := v.scope
	uncovered := v.claim.Status == statusYes && (s.purpose == other || s.controller == other)
	old := v.proven && s.purpose == related && v.ourMarketing()
	if !uncovered && !old {
		return nothing()
	}
	reason := "Consent does not cover " + v.ourPurpose() + "."
	if uncovered {
		v.note(reason)
	}
	if !old {
		return nothing()
	}
	return refresh(reason)
}

func (v *view) ourPurpose() string {
	if len(v.o.Purposes) == 0 {
		return "our purpose"
	}
	return v.o.Purposes[0].Key
}

// impliedUntil is the end of implied consent where the law knows it (CASL), else zero.
func impliedUntil(v *view) (until Date) {
	if v.law.purchase > 0 && !v.f.LastPurchase.IsZero() {
		until = v.f.LastPurchase.AddMonths(v.law.purchase)
	}
	if v.law.inquiry > 0 && !v.f.LastInbound.IsZero() {
		until = later(until, v.f.LastInbound.AddMonths(v.law.inquiry))
	}
	return until
}

// relationRules are the bases other than consent: customers, supporters, professionals.
func relationRules() []rule {
	return []rule{
		{code: "T-40", condition: "customer; own sale; similar products; opposition offered at collection; within the national window", class: "SOFT_OPTIN",
			reason: "Existing customer, similar products; may be written to with opt-out.", source: "Directive 2002/58 art. 13(2)", missing: needsSimilar, judge: softOptIn},
		{code: "T-43", condition: "United Kingdom: charity supporter, collected from 5 February 2026 on, opposition offered", class: "SOFT_OPTIN",
			reason: "Charity soft opt-in.", source: "DUAA 2025 s. 114", missing: needsKind, judge: func(v *view) (ruling, bool) {
				if v.o.Kind != "charity" || !v.law.charity || !v.f.OppositionOffered || v.f.Collected.Before(charityDay) || !v.own() {
					return nothing()
				}
				return soft("Charity soft opt-in.")
			}},
		{code: "T-46", condition: "United Kingdom: named person at a corporate subscriber", class: "B2B_LI", reason: "PECR reg. 22 does not cover corporate subscribers.", source: "PECR reg. 22(1)",
			judge: func(v *view) (ruling, bool) {
				if !v.business || !v.law.corporate || !v.named() || !v.companyMailbox() || !corporate(v.c.Company) {
					return nothing()
				}
				return ruling{fine: fineB2B, reason: "PECR reg. 22 does not cover corporate subscribers."}, true
			}},
		{code: "T-45", condition: "professional in a country that asks consent of professionals too", class: "continues as a consumer", reason: "This country protects professionals too.", source: "law of the country",
			judge: func(v *view) (ruling, bool) {
				if v.business && !v.law.b2b {
					v.consumer("This country protects professionals too.")
				}
				return nothing()
			}},
		{code: "T-47", condition: "professional with a personal mailbox", class: "continues as a consumer", reason: "Personal mailbox or individual subscriber.", source: "PECR reg. 2; CNIL",
			judge: func(v *view) (ruling, bool) {
				if v.business && !v.companyMailbox() {
					v.consumer("Personal mailbox or individual subscriber.")
				}
				return nothing()
			}},
		{code: "T-44", condition: "named professional, company domain, opt-out country, subject tied to the job, informed at collection", class: "B2B_LI",
			reason: "Professional contact, subject linked to the job; may object.", source: "CPCE art. L34-5; S.I. 336/2011 reg. 13",
			missing: func(o *Organisation) string {
				if o.B2BSubject == "" {
					return "organisation.b2b_subject is not stated"
				}
				return ""
			}, judge: func(v *view) (ruling, bool) {
				if !v.business || !v.law.b2b || !v.named() || !v.companyMailbox() || !v.f.OppositionOffered || !sameTrade(v.c.JobTitle, v.o.B2BSubject) {
					return nothing()
				}
				return ruling{fine: fineB2B, reason: "Professional contact, subject linked to the job; may object."}, true
			}},
	}
}

func needsSimilar(o *Organisation) string {
	if o.SimilarToPurchases == nil {
		return "organisation.similar_to_purchases is not stated"
	}
	return ""
}

func (v *view) consumer(why string) {
	v.business = false
	v.note(why)
}

// own reports that the address is known to come from the controller's own collection and nowhere else.
func (v *view) own() bool { return len(v.f.Origins) == 1 && v.f.Origins[0] == "own" }

func softOptIn(v *view) (ruling, bool) {
	switch {
	case !v.customer(), !*v.o.SimilarToPurchases, !v.law.soft, !v.f.OppositionOffered, !v.own(), v.f.LastPurchase.IsZero(),
		len(v.f.Objections) > 0, v.claim.Method == "preticked_box" && !v.law.offerBox:
		return nothing()
	case v.law.softMonths > 0 && !v.within(v.softFrom(), v.law.softMonths):
		return nothing()
	}
	return soft("Existing customer, similar products; may be written to with opt-out.")
}

// softFrom is the day from which a customer window runs: the sale or the end of the relationship, or where
// the law says so the sale or the last message.
func (v *view) softFrom() Date {
	if v.law.softSent {
		return later(v.f.LastPurchase, v.f.LastMarketing)
	}
	return v.lastSale()
}

// corporate reports whether a company name ends like that of a British corporate subscriber.
func corporate(name string) bool {
	words := strings.Fields(strings.ToLower(strings.ReplaceAll(name, ".", "")))
	return len(words) > 1 && slices.Contains([]string{"ltd", "limited", "llp", "plc", "council", "university"}, words[len(words)-1])
}

// sameTrade reports whether a job title and the subject share a word of weight.
func sameTrade(title, subject string) bool {
	words := strings.Fields(subject)
	return slices.ContainsFunc(strings.Fields(title), func(t string) bool {
		return len(plain(t)) >= 4 && slices.ContainsFunc(words, func(w string) bool { return plain(w) == plain(t) })
	})
}
