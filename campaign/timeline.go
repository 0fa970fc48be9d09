package campaign

import (
	"cmp"
	"slices"
	"time"
)

// Moment is something that happened between a person and those who hold their address, as far as it is known.
type Moment struct {
	Kind     MomentKind
	At       time.Time
	OnDay    bool   // no more than the day is known: it is what the base claims
	What     string // a word of the kind: a method of consent, a scope of a no, a kind of answer, a class of a bounce
	Campaign string
	Language string // of message or letter
	Route    Route  // by which the person was asked
	Response string // its number
}

// MomentKind says what happened.
type MomentKind string

// The kinds of moments.
const (
	MomentCollected  MomentKind = "collected"
	MomentAgreed     MomentKind = "agreed" // the base claims it
	MomentConfirmed  MomentKind = "confirmed"
	MomentObjected   MomentKind = "objected" // the base says so
	MomentPurchase   MomentKind = "purchase"
	MomentInbound    MomentKind = "inbound"
	MomentPlanned    MomentKind = "planned"
	MomentSent       MomentKind = "sent"
	MomentBounced    MomentKind = "bounced"
	MomentAnswered   MomentKind = "answered"
	MomentSuppressed MomentKind = "suppressed"
	MomentJudged     MomentKind = "judged"
)

// Timeline is what is known of a contact in the order in which it happened. What has no date is left out: the page of
// the contact has it elsewhere.
func (c Card) Timeline() []Moment {
	ms := c.Contact.Facts.moments()
	for _, i := range c.Invitations {
		ms = append(ms, i.moments()...)
	}
	if s := c.Suppression; s != nil {
		ms = append(ms, Moment{Kind: MomentSuppressed, At: s.At, What: string(s.Reason)})
	}
	if v := c.Contact.Verdict; v.Class != "" {
		ms = append(ms, Moment{Kind: MomentJudged, At: v.AsOf.Time(), OnDay: true, What: string(v.Class)})
	}
	ms = slices.DeleteFunc(ms, func(m Moment) bool { return m.At.IsZero() })
	slices.SortStableFunc(ms, func(a, b Moment) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
	return ms
}

// moments are those of the base.
func (f *Facts) moments() (ms []Moment) {
	day := func(k MomentKind, d Date, what string) {
		if !d.IsZero() {
			ms = append(ms, Moment{Kind: k, At: d.Time(), OnDay: true, What: what})
		}
	}
	day(MomentCollected, f.Collected, "")
	for _, c := range f.Claims {
		if c.Status == statusYes {
			day(MomentAgreed, c.At, c.Method)
			day(MomentConfirmed, c.DoubleAt, "")
		}
	}
	for _, o := range f.Objections {
		day(MomentObjected, o.At, cmp.Or(o.Scope, "all"))
	}
	day(MomentPurchase, f.LastPurchase, "")
	day(MomentInbound, f.LastInbound, "")
	return ms
}

// moments are those of one invitation.
func (i CardInvitation) moments() (ms []Moment) {
	in := i.Invitation
	ms = append(ms, Moment{Kind: MomentPlanned, At: in.PlannedAt, Campaign: i.Campaign})
	if in.State == Sent || in.State == Uncertain {
		ms = append(ms, Moment{Kind: MomentSent, At: in.SentAt, What: string(in.State), Campaign: i.Campaign, Language: in.Language, Route: in.Route})
	}
	for _, b := range i.Bounces {
		ms = append(ms, Moment{Kind: MomentBounced, At: b.At, What: string(b.Meaning), Campaign: i.Campaign})
	}
	for _, r := range i.Responses {
		ms = append(ms, Moment{Kind: MomentAnswered, At: r.At, What: cmp.Or(i.How[r.Entry], string(r.Kind)), Campaign: i.Campaign, Language: r.Language, Response: r.ID})
	}
	return ms
}

// Reach says how a person could be written to, whatever they agreed to.
type Reach string

// The ways, and what stands in them.
const (
	ReachNever   Reach = "never"   // a no to everything stands
	ReachMailbox Reach = "mailbox" // there is a mailbox, and nothing says that it is none
	ReachPost    Reach = "post"    // no mailbox that works, but a postal address
	ReachNowhere Reach = "nowhere"
)

// Reach is how a contact could be written to. A mailbox that refused messages is none, and no consent changes that.
func (c Card) Reach() Reach {
	s := c.Suppression
	switch {
	case s != nil && s.Reason != SuppressBounce:
		return ReachNever
	case c.Contact.Email != "" && s == nil && c.Contact.Facts.Bounce != "hard":
		return ReachMailbox
	case c.Contact.HasPostal():
		return ReachPost
	}
	return ReachNowhere
}
