package campaign

import "strings"

// optOutLawRules: where the law is opt-out, whoever did not object may be asked.
func optOutLawRules() []rule {
	return []rule{{code: "T-52", condition: "opt-out country, not opted out", class: "DOUBTFUL_ELIGIBLE", reason: "Opt-out country; CAN-SPAM content required.", source: "CAN-SPAM, 15 USC 7704",
		judge: func(v *view) (ruling, bool) {
			if v.law.mode != P0 {
				return nothing()
			}
			return ruling{fine: fineEligible, reason: "Opt-out country; CAN-SPAM content required."}, true
		}}}
}

// defectRules: consents that are none.
func defectRules() []rule {
	return []rule{
		{code: "T-58", condition: "consent pending: double opt-in never confirmed", class: "INELIGIBLE(unconfirmed)",
			reason: "Never confirmed; sending again would be unsolicited.", source: "OLG München 29 U 1682/12", judge: func(v *view) (ruling, bool) {
				if v.claim.Status != statusPending {
					return nothing()
				}
				return ineligible("unconfirmed", "Never confirmed; sending again would be unsolicited.")
			}},
		defect("T-53", "pre-ticked box", "preticked", "Pre-ticked box is not consent.", "GDPR rec. 32; CJEU C-673/17", func(c *Claim) bool { return c.Method == "preticked_box" }),
		defect("T-54", "bundled with terms", "bundled", "Accepting terms is not consent.", "GDPR art. 7(2)", func(c *Claim) bool { return c.Bundled == "yes" }),
		defect("T-55", "obtained for a prize or benefit", "incentive", "Consent bought or conditional.", "GDPR art. 7(4)", func(c *Claim) bool { return c.Incentive == "yes" }),
		{code: "T-61", condition: "consent for post only", class: "DOUBTFUL_POSTAL_ONLY", reason: "Agreed to post, not to e-mail.", source: "GDPR rec. 43", judge: func(v *view) (ruling, bool) {
			if v.claim.Status != statusYes || v.scope.channel != other || !v.agreed("post") || v.scope.controller == other {
				return nothing()
			}
			return letter("Agreed to post, not to e-mail.")
		}},
		{code: "T-62", condition: "consent for SMS only", class: "continues without consent for e-mail", reason: "Agreed to SMS only.", source: "GDPR rec. 43", judge: func(v *view) (ruling, bool) {
			if v.claim.Status == statusYes && v.scope.channel == other && v.agreed("sms") {
				v.note("Agreed to SMS only.")
			}
			return nothing()
		}},
		{code: "T-63", condition: "only a telephone number", class: "not asked by telephone", reason: "Telephone not used.", source: "Loi 2025-594 art. 13", judge: func(v *view) (ruling, bool) {
			if v.lost != "" && !v.post && v.c.Phone != "" {
				v.note("Telephone not used.")
			}
			return nothing()
		}},
	}
}

func defect(code, condition, why, reason, source string, has func(*Claim) bool) rule {
	return rule{code: code, condition: condition, class: "DOUBTFUL_POSTAL_ONLY with a postal address, else INELIGIBLE(" + why + ")", reason: reason, source: source,
		judge: func(v *view) (ruling, bool) {
			if !has(v.claim) {
				return nothing()
			}
			return v.ifPost(why, reason)
		}}
}

func (v *view) agreed(channel string) bool {
	for _, c := range v.claim.Channels {
		if c == channel {
			return true
		}
	}
	return false
}

// doubtRules are the middle: probable consents, customers.
func doubtRules() []rule {
	return []rule{
		{code: "T-56", condition: "consent from before the GDPR with a record that meets it", class: "as T-30 and T-31", reason: "Pre-GDPR consent of sufficient standard.", source: "GDPR rec. 171",
			never: true, missing: always("T-31 and T-30 decide about every fully proven consent, whatever its age")},
		{code: "T-57", condition: "consent from before the GDPR without a record", class: "continues with indicium I6, else INELIGIBLE(no_proof)",
			reason: "Old consent below GDPR standard.", source: "EDPB 05/2020 § 165-169", judge: func(v *view) (ruling, bool) {
				if v.claim.Status != statusYes || v.claim.At.IsZero() || !v.claim.At.Before(gdprDay) || !v.claim.DoubleAt.IsZero() || v.named2018() {
					return nothing()
				}
				return ineligible("no_proof", "Old consent below GDPR standard.")
			}},
		{code: "T-60", condition: "consent by telephone or in person, with date and author", class: "continues with indicium I3", reason: "Oral consent, weak proof.", source: "GDPR art. 7(1)",
			judge: func(v *view) (ruling, bool) {
				if v.claim.Method == "oral" && !v.claim.At.IsZero() && v.claim.Source != "" {
					v.oral = true
					v.note("Oral consent, weak proof.")
				}
				return nothing()
			}},
		{code: "T-50", condition: "yes to marketing by e-mail, proof incomplete, an indicium I1-I6, last contact within the retention or its grace, mode P1", class: "DOUBTFUL_ELIGIBLE",
			reason: "Consent probable, proof incomplete; one neutral request allowed after sign-off.", source: "law of the country, and its signed policy", judge: probable},
		{code: "T-51", condition: "as T-50, mode P2", class: "DOUBTFUL_POSTAL_ONLY, or DOUBTFUL_ONSITE without a postal address",
			reason: "Here an e-mail asking consent needs consent itself.", source: "law of the country", judge: func(v *view) (ruling, bool) {
				if !v.probablyAgreed() || v.law.mode != P2 {
					return nothing()
				}
				return letter("In " + v.country() + " an e-mail asking consent needs consent itself.")
			}},
		{code: "T-41", condition: "customer, similar products, no proof that opposition was offered", class: "DOUBTFUL_ELIGIBLE in mode P1 with a recent purchase and an indicium, else DOUBTFUL_POSTAL_ONLY",
			reason: "Customer, but soft opt-in conditions not provable.", source: "Directive 2002/58 art. 13(2)", missing: needsSimilar, judge: unprovableCustomer},
		{code: "T-42", condition: "customer, different products only, no consent", class: "DOUBTFUL_POSTAL_ONLY or DOUBTFUL_ONSITE",
			reason: "Products not similar.", source: "Directive 2002/58 art. 13(2)", missing: needsSimilar, judge: func(v *view) (ruling, bool) {
				if !v.customer() || *v.o.SimilarToPurchases {
					return nothing()
				}
				return letter("Products not similar.")
			}},
	}
}

// probablyAgreed is what T-50 and T-51 share. The person's last act must be within the retention, or
// within the grace in which the one end-of-retention contact may be made (COMPLIANCE A.6 E4).
func (v *view) probablyAgreed() bool {
	return v.covers && v.indicium(true) != "" && v.kept(v.lastInbound())
}

func probable(v *view) (ruling, bool) {
	if !v.probablyAgreed() || v.law.mode != P1 {
		return nothing()
	}
	l := lackOf(v.claim, v.scope)
	return ruling{fine: fineEligible, reason: v.a.unproven.of(l, func() string {
		return "Consent probable, proof incomplete (" + strings.Join(l.words(), ", ") + "); one neutral request allowed after sign-off."
	})}, true
}

func unprovableCustomer(v *view) (ruling, bool) {
	if !v.customer() || !*v.o.SimilarToPurchases {
		return nothing()
	}
	const reason = "Customer, but soft opt-in conditions not provable."
	if v.law.mode == P1 && v.within(v.f.LastPurchase, v.o.retention()) && v.indicium(false) != "" {
		return ruling{fine: fineEligible, reason: reason}, true
	}
	return letter(reason)
}

// restRules close the table.
func restRules() []rule {
	return []rule{
		{code: "T-65", condition: "Canada, none of the above", class: "INELIGIBLE(no_basis) for e-mail; a letter with a postal address", reason: "A request for consent is a commercial message.", source: "CASL s. 1(3)",
			judge: func(v *view) (ruling, bool) {
				if v.c.Country != "CA" {
					return nothing()
				}
				return v.ifPost("no_basis", "A request for consent is a commercial message.")
			}},
		{code: "T-59", condition: "no consent for marketing by e-mail, or no indicium of one", class: "INELIGIBLE(no_basis); a letter where the country's policy says post = true",
			reason: "Nothing shows this person ever agreed.", source: "ICO Honda; GDPR art. 6(1)", judge: func(v *view) (ruling, bool) {
				if v.covers && v.indicium(true) != "" {
					return nothing()
				}
				const reason = "Nothing shows this person ever agreed."
				if v.o.Policies[v.c.Country].Post && !v.c.Inferred {
					return v.ifPost("no_basis", reason)
				}
				return ineligible("no_basis", reason)
			}},
		{code: "T-67", condition: "doubts about name, gender or address only", class: "no effect", reason: "Quality of the data does not change the class.", source: "GDPR art. 5(1)(d)",
			judge: func(*view) (ruling, bool) { return nothing() }},
		{code: "T-69", condition: "nothing matched", class: "REVIEW", reason: "No rule matched.", source: "safety",
			judge: func(*view) (ruling, bool) { return review("No rule matched.") }},
	}
}
