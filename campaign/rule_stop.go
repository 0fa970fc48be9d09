package campaign

import (
	"slices"
	"strings"
)

// recordRules is T-00: what reoptin itself knows of a person comes before what the base says.
func recordRules() []rule {
	return []rule{{
		code: "T-00", condition: "reoptin's own record: answered; asked, and a machine answers that the person has left; asked and the deadline still runs; asked, deadline over, silent",
		class: "OPTED_IN_VALID, OPTED_OUT, REVIEW, doubtful with no route, or EXPIRED_DELETE", reason: "Asked or answered before.", source: "GDPR art. 7, 21(3), rec. 32",
		judge: ownRecord,
	}}
}

func recordReason(class Class, route Route) string {
	switch class {
	case OptedIn:
		return "Said yes, or holds a valid consent and was asked before."
	case OptedOut:
		return "Said no to our question."
	case Doubtful:
		return "Asked, and may still answer or is said to have left."
	}
	return "Asked, and did not answer."
}

// ownRecord lets a yes count only while no suppression stands, whoever wrote it.
func ownRecord(v *view) (ruling, bool) {
	s := v.s
	switch {
	case s.Answer == Declined || s.Answer == Withdrawn:
		return out(fill("Answered no on %s.", s.AnsweredAt))
	case (s.Asked || s.Answer != "") && (s.Suppressed == SuppressObjection || s.Suppressed == SuppressComplaint):
		return out(fill("Objected after being asked on %s.", s.AskedAt))
	case s.ended(v.asOf) && !s.refuses():
		v.row = "T-22"
		return ruling{fine: fineExpired, reason: fill("Retention period over (%s).", s.Until)}, true
	case s.Answer == Granted && s.Moved && !s.refuses():
		v.row = "T-34"
		return ruling{fine: fineIneligible + "(address_changed)", reason: consentMoved}, true
	case s.Answer == Granted && !s.refuses():
		return ruling{fine: fineValid, reason: fill("Answered on %s.", s.AnsweredAt)}, true
	case !s.Asked || s.refuses() || s.Suppressed == SuppressErasure:
		return nothing()
	case s.Suppressed == SuppressBounce && s.Left:
		return review(fill("Asked on %s; an automatic answer says that the person has left.", s.AskedAt))
	case s.Suppressed == SuppressBounce:
		return ruling{fine: fineUnreachable, reason: fill("Asked on %s; the address does not accept mail.", s.AskedAt)}, true
	case s.over(v.asOf):
		return silence(v)
	}
	return ruling{fine: fineAsked, reason: fill("Asked on %s, may answer until ", s.AskedAt) + s.Deadline.String() + "."}, true
}

// silence is a no, except that a consent proven before stays what it was and is not asked again
// (COMPLIANCE D.3).
func silence(v *view) (ruling, bool) {
	reason := fill("Did not answer by %s.", v.s.Deadline)
	unasked := *v.s
	unasked.Asked = false
	if was, _ := v.a.decide(v.c, &unasked); was.Class == OptedIn {
		return ruling{fine: fineStays, reason: reason}, true
	}
	return ruling{fine: fineExpired, reason: reason}, true
}

// Two ends of T-00 that no other row has.
const (
	fineAsked = "ASKED"                  // doubtful, route none: the deadline still runs
	fineStays = "OPTED_IN_REFRESH_ASKED" // opted in, route none: asked once, silent, the old consent stands
)

// identityRules settle who is meant and how far a no reaches.
func identityRules() []rule {
	return []rule{
		{code: "T-02", condition: "rows of one person", class: "merged by the import", reason: "Rows of one person were merged.", source: "GDPR art. 5(1)(d)",
			judge: func(v *view) (ruling, bool) {
				if len(v.c.MergedIDs) > 0 {
					v.note("Merged with " + strings.Join(v.c.MergedIDs, ", ") + ".")
				}
				return nothing()
			}},
		{code: "T-06", condition: "objection to another channel only", class: "continues without that channel", reason: "Objection limited to another channel.", source: "GDPR art. 21",
			judge: func(v *view) (ruling, bool) {
				for _, o := range v.f.Objections {
					if !o.total() {
						v.note("Objection limited to " + o.Scope + ".")
					}
				}
				return nothing()
			}},
		{code: "T-14", condition: "collected by a named partner, this controller named and own proof held", class: "continues as a consent",
			reason: "Collected by a partner that named us.", source: "GDPR art. 7(1), 14",
			judge: func(v *view) (ruling, bool) {
				v.partner = v.partnerNamedUs()
				return nothing()
			}},
		{code: "T-21", condition: "no and yes both dated, the later one a yes with full proof", class: "REVIEW",
			reason: "Opted in again with proof after a no: to be confirmed.", source: "GDPR art. 7(1)", judge: yesAfterNo},
	}
}

// partnerNamedUs reports whether a yes of which we hold the proof names us. One that is proven in full stands for all, else
// each claim must: beside one that names nobody another opens nothing.
func (v *view) partnerNamedUs() bool {
	all := len(v.f.Claims) > 0
	for n := range v.f.Claims {
		c := &v.f.Claims[n]
		named := c.Status == statusYes && c.evidenced() && v.a.controller(c.Controller) == same
		if named && c.proven() {
			return true
		}
		all = all && named
	}
	return all
}

func yesAfterNo(v *view) (ruling, bool) {
	var no Date
	for _, o := range v.f.Objections {
		if o.total() && o.At.IsZero() {
			return nothing()
		}
		if o.total() {
			no = later(no, o.At)
		}
	}
	if no.IsZero() || !v.proven || !v.inScope() || !v.claim.At.After(no) {
		return nothing()
	}
	return review("Opted in again on " + v.claim.At.String() + " with proof: to be confirmed.")
}

// stopRules are the hard stops: nobody overrides them.
func stopRules() []rule {
	return slices.Concat(refusalRules(), protectionRules(), []rule{
		{code: "T-12", condition: "already asked under another address or number of the same person", class: "INELIGIBLE(already_asked)",
			reason: "Already asked; one request only.", source: "product",
			judge: func(v *view) (ruling, bool) {
				if !v.s.OtherAsked {
					return nothing()
				}
				return ineligible("already_asked", fill("Already asked on %s; one request only.", v.s.OtherAskedAt))
			}},
		{code: "T-13", condition: "list purchased, rented, scraped, from a directory or from a partner who did not name us", class: "INELIGIBLE(no_basis)",
			reason: "Consent is not transferable; no valid basis for this address.", source: "GDPR art. 6(1), 7(1)", judge: foreignList},
		{code: "T-20", condition: "consent columns disagree and are not dated", class: "OPTED_OUT if any says no (T-03), else REVIEW",
			reason: "Records disagree; most protective applied.", source: "GDPR art. 5(1)(d)", judge: disagree},
		{code: "T-19", condition: "segment may reveal sensitive data", class: "REVIEW", reason: "Segment may reveal sensitive data.", source: "GDPR art. 9",
			never: true, missing: always("no column says which segments reveal sensitive data")},
		{code: "T-68", condition: "the controller is the person's employer or a public authority", class: "REVIEW", reason: "Imbalance of power.", source: "GDPR rec. 43",
			missing: needsKind, judge: func(v *view) (ruling, bool) {
				if v.o.Kind != "public_authority" && v.o.Kind != "employer" {
					return nothing()
				}
				return review("Imbalance of power.")
			}},
	})
}

// needsKind takes a kind that nobody knows, as earlier versions stored it, for none.
func needsKind(o *Organisation) string {
	if !slices.Contains(kinds, o.Kind) {
		return "organisation.kind is not stated"
	}
	return ""
}

// refusalRules are the noes.
func refusalRules() []rule {
	return []rule{
		{code: "T-03", condition: "no or withdrawal, or an opt-out of scope all, e-mail or unclear; of any age", class: "OPTED_OUT",
			reason: "Said no; asking again is itself unlawful marketing.", source: "GDPR art. 21(3)",
			judge: func(v *view) (ruling, bool) {
				if !slices.ContainsFunc(v.f.Objections, Objection.total) {
					return nothing()
				}
				return out(fill("This person said no on %s; asking again is itself unlawful marketing.", v.f.lastNo()))
			}},
		{code: "T-04", condition: "on reoptin's own suppression list by objection, withdrawal or complaint", class: "OPTED_OUT",
			reason: "On the do-not-contact list.", source: "CNIL; GDPR art. 21(3)",
			judge: func(v *view) (ruling, bool) {
				if !v.s.refuses() {
					return nothing()
				}
				return out("On the do-not-contact list.")
			}},
		{code: "T-05", condition: "complaint", class: "OPTED_OUT", reason: "Reported our mail as spam; treated as objection.", source: "GDPR art. 21(2)",
			judge: func(v *view) (ruling, bool) {
				if !v.f.Complaint {
					return nothing()
				}
				return out("Reported our mail as spam; treated as objection.")
			}},
	}
}

// lastNo is the latest dated no that reaches e-mail.
func (f *Facts) lastNo() (d Date) {
	for _, o := range f.Objections {
		if o.total() {
			d = later(d, o.At)
		}
	}
	return d
}

// protectionRules keep people out whom nobody may ask.
func protectionRules() []rule {
	return []rule{
		{code: "T-07", condition: "erasure asked for or done, or processing restricted", class: "EXCLUDED(rights)", reason: "Erasure or restriction in progress.", source: "GDPR art. 17, 18",
			judge: func(v *view) (ruling, bool) {
				if !v.f.Erasure && !v.f.Restricted && v.s.Suppressed != SuppressErasure {
					return nothing()
				}
				return excluded("rights", "Erasure or restriction in progress.")
			}},
		{code: "T-08", condition: "deceased", class: "EXCLUDED(deceased)", reason: "Recorded as deceased; delete and inform customer service.", source: "GDPR rec. 27",
			judge: func(v *view) (ruling, bool) {
				if !v.f.Deceased {
					return nothing()
				}
				return excluded("deceased", "Recorded as deceased; delete and inform customer service.")
			}},
		{code: "T-09", condition: "under 18", class: "EXCLUDED(minor)", reason: "Minor; not contacted for marketing consent.", source: "GDPR art. 8, rec. 38",
			judge: func(v *view) (ruling, bool) {
				if !v.f.Minor {
					return nothing()
				}
				return excluded("minor", "Minor; not contacted for marketing consent.")
			}},
		{code: "T-10", condition: "employee, or an address of the controller's own domain", class: "EXCLUDED(internal)", reason: "Internal address.", source: "GDPR rec. 43",
			judge: func(v *view) (ruling, bool) {
				if v.f.Relationship != "employee" && !v.ownDomain() {
					return nothing()
				}
				return excluded("internal", "Internal address.")
			}},
		{code: "T-11", condition: "on an outside objection list (ECG, Robinson, DGC) without express consent with proof", class: "OPTED_OUT",
			reason: "Registered on an outside objection list.", source: "ECG list (AT), LOPDGDD art. 23(4)",
			judge: func(v *view) (ruling, bool) {
				lists := v.f.listed()
				if len(lists) == 0 || v.proven && v.inScope() {
					return nothing()
				}
				return out("Registered on " + strings.Join(lists, ", ") + ".")
			}},
	}
}

func (v *view) ownDomain() bool {
	own := strings.ToLower(Address(v.o.Email).Domain())
	return own != "" && v.c.Email != "" && v.box.Domain() == own && !v.domain.freemail
}

func foreignList(v *view) (ruling, bool) {
	for _, o := range v.f.Origins {
		if slices.Contains([]string{"purchased", "rented", "scraped", "directory", "partner_unnamed"}, o) || o == "partner_named" && !v.partner {
			return ineligible("no_basis", "Consent is not transferable; no valid basis for this address.")
		}
	}
	return nothing()
}

// disagree finds a yes and an "unknown" side by side where dates cannot say which came last. A no
// never gets here: T-03 took it.
func disagree(v *view) (ruling, bool) {
	yes, open, dated := false, false, true
	for _, c := range v.f.Claims {
		yes = yes || c.Status == statusYes
		open = open || c.Status == statusUnknown
		dated = dated && !c.At.IsZero()
	}
	if !yes || !open || dated || v.proven {
		return nothing()
	}
	return review("Records disagree; most protective applied.")
}
