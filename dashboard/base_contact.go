package dashboard

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// contactsPage is how many contacts a page lists.
const contactsPage = 50

// showContacts lists the base, or a part of it.
func (d *Dashboard) showContacts(v *visit) error {
	f := campaign.ContactFilter{Class: campaign.Class(v.QueryParam("class")), Route: campaign.Route(v.QueryParam("route")), Code: v.QueryParam("reason")}
	return v.contactsPage(http.StatusOK, f, campaign.ContactID(number(v.QueryParam("after"))), "", "")
}

// findContact leads to one contact. It is a POST, so that no address stands in a log or a history.
func (d *Dashboard) findContact(v *visit) error {
	v.path = "/base/contacts"
	who := v.word("who")
	id, err := d.desk.FindContact(v.ctx(), who)
	switch {
	case fault.Is(err, fault.NotFound):
		return v.contactsPage(http.StatusUnprocessableEntity, campaign.ContactFilter{}, 0, who, v.P.T("board.contacts.nobody"))
	case fault.Is(err, fault.Conflict):
		return v.contactsPage(http.StatusUnprocessableEntity, campaign.ContactFilter{}, 0, who, v.sentence(err))
	case err != nil:
		return err
	}
	return v.done("/base/contacts/"+strconv.FormatInt(int64(id), 10), "")
}

func (v *visit) contactsPage(status int, f campaign.ContactFilter, after campaign.ContactID, who, problem string) error {
	b, err := v.d.desk.Base(v.ctx())
	if err != nil {
		return err
	}
	cs, next, err := v.d.desk.Contacts(v.ctx(), f, after, contactsPage)
	if err != nil {
		return err
	}
	p := board.Contacts{Frame: v.frame(v.P.T("board.contacts.title")), Back: board.Link{Label: v.P.T("board.base.title"), Href: v.d.href("/base")},
		Find:   board.Search{Action: v.d.href("/base/contacts/find"), Who: who, Problem: problem},
		Filter: board.Filter{Action: v.d.href("/base/contacts"), Fields: v.contactFilters(f, b)}}
	if f != (campaign.ContactFilter{}) {
		p.Filter.All = &board.Link{Label: v.P.T("board.contacts.unfilter"), Href: v.d.href("/base/contacts")}
	}
	for _, c := range cs {
		p.Lines = append(p.Lines, v.contactLine(c))
	}
	p.Count = v.contactCount(f, b)
	if len(cs) == 0 && next == 0 {
		p.None = &board.Empty{Title: v.P.T("board.contacts.none"), Text: v.P.T("board.contacts.none_text")}
	}
	p.Pages = v.contactPages(f, after, next)
	body, err := board.ContactsHTML(p)
	return v.show(status, body, err)
}

// contactCount says how many there are of the kind that is listed. Who is of a kind was last counted by the audit.
func (v *visit) contactCount(f campaign.ContactFilter, b campaign.Base) string {
	if f == (campaign.ContactFilter{}) {
		return v.P.N("board.base.contacts", b.Contacts)
	}
	n := 0
	for _, r := range b.Reasons {
		if f.Takes(campaign.Verdict{Class: r.Class, Route: r.Route, Code: r.Code}) {
			n += r.Contacts
		}
	}
	return v.P.T("board.contacts.counted", "contacts", v.P.N("board.base.contacts", n))
}

func (v *visit) contactPages(f campaign.ContactFilter, after, next campaign.ContactID) (p board.Pages) {
	q := url.Values{}
	for name, value := range map[string]string{"class": string(f.Class), "route": string(f.Route), "reason": f.Code} {
		if value != "" {
			q.Set(name, value)
		}
	}
	to := func(q url.Values) string { return strings.TrimSuffix(v.d.href("/base/contacts")+"?"+q.Encode(), "?") }
	if after > 0 {
		p.Newer = board.Link{Label: v.P.T("board.pages.first"), Href: to(q)}
	}
	if next > 0 {
		q.Set("after", strconv.FormatInt(int64(next), 10))
		p.Older = board.Link{Label: v.P.T("board.pages.next"), Href: to(q)}
	}
	return p
}

func (v *visit) contactFilters(f campaign.ContactFilter, b campaign.Base) []board.Field {
	class := board.Field{Name: "class", Label: v.P.T("board.contacts.class"), Options: []board.Option{{Label: v.P.T("board.contacts.any")}}}
	for _, c := range classes() {
		class.Options = append(class.Options, board.Option{Value: string(c.class), Label: v.P.T("board.class." + string(c.class)), Current: f.Class == c.class})
	}
	route := board.Field{Name: "route", Label: v.P.T("board.contacts.route"), Options: []board.Option{{Label: v.P.T("board.contacts.any")}}}
	for _, r := range routesOf() {
		route.Options = append(route.Options, board.Option{Value: string(r.route), Label: v.P.T("board.way." + string(r.route)), Current: f.Route == r.route})
	}
	texts := map[string]string{}
	for _, r := range b.Reasons {
		texts[r.Code] = v.reason(r.Code, r.Class, r.Text)
	}
	if f.Code != "" && texts[f.Code] == "" {
		texts[f.Code] = f.Code
	}
	reason := board.Field{Name: "reason", Label: v.P.T("board.contacts.reason"), Options: []board.Option{{Label: v.P.T("board.contacts.any")}}}
	for _, code := range slices.Sorted(maps.Keys(texts)) {
		reason.Options = append(reason.Options, board.Option{Value: code, Label: clip(code+" · "+texts[code], 70), Current: f.Code == code})
	}
	return []board.Field{class, route, reason}
}

// clip shortens a text that is there in full elsewhere.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return text
}

func (v *visit) contactLine(c campaign.Contact) board.ContactLine {
	l := board.ContactLine{Name: nameOf(c), Email: emailOf(c), ExternalID: c.ExternalID, Class: v.classBadge(c.Verdict.Class), Code: c.Verdict.Code,
		Href: v.d.href("/base/contacts/" + strconv.FormatInt(int64(c.ID), 10))}
	if c.Verdict.Route != "" {
		l.Route = v.P.T("board.way." + string(c.Verdict.Route))
	}
	if l.Name == "" {
		l.Name = v.P.T("board.contacts.unnamed")
	}
	return l
}

func nameOf(c campaign.Contact) string {
	if name := strings.TrimSpace(c.FirstName + " " + c.LastName); name != "" {
		return name
	}
	return c.Company
}

// emailOf is the mailbox in its normal form, or the text that is none.
func emailOf(c campaign.Contact) string {
	if c.Email != "" {
		return string(c.Email)
	}
	return c.BadEmail
}

// showContact shows one contact.
func (d *Dashboard) showContact(v *visit) error {
	card, err := d.desk.Card(v.ctx(), campaign.ContactID(number(v.Param("contact"))))
	if err != nil {
		return err
	}
	c := card.Contact
	title := nameOf(c)
	if title == "" {
		title = v.P.T("board.contacts.number", "n", int64(c.ID))
	}
	p := board.Contact{Frame: v.frame(title), Back: board.Link{Label: v.P.T("board.contacts.title"), Href: v.d.href("/base/contacts")},
		Who: v.person(c), Class: v.classBadge(c.Verdict.Class), Reach: v.reachBadge(card.Reach()), Facts: v.facts(c.Facts), Claims: v.claims(c.Facts)}
	v.verdict(&p, card)
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		p.Attributes = append(p.Attributes, board.Pair{Term: name, Text: c.Attributes[name]})
	}
	if s := card.Suppression; s != nil {
		p.Suppressed = v.suppressionPairs(*s)
	}
	for _, m := range card.Timeline() {
		p.Timeline = append(p.Timeline, v.moment(m))
	}
	for _, i := range card.Invitations {
		p.Invitations = append(p.Invitations, v.invitation(i))
	}
	for _, r := range card.Consents {
		p.Consents = append(p.Consents, v.consent(r))
	}
	body, err := board.ContactHTML(p)
	return v.show(http.StatusOK, body, err)
}

func (v *visit) verdict(p *board.Contact, card campaign.Card) {
	vd := card.Contact.Verdict
	if vd.Class == "" {
		p.Unjudged = v.P.T("board.contact.unjudged")
		return
	}
	p.Headline = v.reason(vd.Code, vd.Class, card.Rule)
	for _, r := range v.saidEach(vd.Reasons) { // kept in the words of the ledger, which are English
		if r != p.Headline {
			p.Reasons = append(p.Reasons, r)
		}
	}
	p.Verdict = []board.Pair{{Term: v.P.T("board.contact.how"), Text: v.P.T("board.way_long." + string(vd.Route))},
		{Term: v.P.T("board.contact.rule"), Text: vd.Code},
		{Term: v.P.T("board.contact.as_of"), Text: v.P.Date(vd.AsOf.Time())}}
	if card.Explained.Verdict.Code != vd.Code { // judged today it would be another: what was said here is not about that
		return
	}
	p.Next = v.said(card.Explained.Next)
	for _, c := range card.Explained.Changes {
		p.Changes = append(p.Changes, board.Pair{Term: v.said(c.If), Text: v.P.T("board.class."+string(c.Class)) + " · " + v.P.T("board.way."+string(c.Route)) + " · " + c.Code})
	}
}

func (v *visit) invitation(i campaign.CardInvitation) board.InvitationLine {
	in := i.Invitation
	l := board.InvitationLine{Campaign: i.Campaign, State: v.stateBadge(in.State), Sent: "–", Reply: in.Reply}
	if in.State == campaign.Withheld { // of the others it is a step of the delivery, which the reply says better
		l.Reason = v.P.Or("board.withheld."+in.Reason, in.Reason)
	}
	if !in.SentAt.IsZero() {
		l.Sent = v.P.DateTime(in.SentAt)
	}
	if v.may(v.d.right("/campaigns/:campaign")) {
		l.Href = v.d.href("/campaigns/" + url.PathEscape(i.Campaign))
	}
	for _, r := range i.Responses {
		l.Answers = append(l.Answers, board.Link{Label: v.P.T("board.contact.answered", "how", v.P.T("board.answer."+string(r.Kind)), "at", v.P.DateTime(r.At)), Href: v.responseHref(r.ID)})
	}
	return l
}

// responseHref is the page of a response, where there is one and the person may see it.
func (v *visit) responseHref(id string) string {
	if !v.may(v.d.right("/responses/:response")) {
		return ""
	}
	return v.d.href("/responses/" + url.PathEscape(id))
}

func (v *visit) stateBadge(s campaign.State) board.Badge {
	kinds := map[campaign.State]string{campaign.Planned: "wait", campaign.Claimed: "wait", campaign.Sending: "wait", campaign.Sent: "good", campaign.Refused: "bad", campaign.Uncertain: "bad", campaign.Withheld: "off"}
	return board.Badge{Kind: kinds[s], Text: v.P.T("board.state." + string(s))}
}

func (v *visit) consent(r campaign.ConsentRow) board.ConsentLine {
	kinds := map[campaign.Choice]string{campaign.Granted: "good", campaign.Declined: "bad", campaign.Withdrawn: "bad", campaign.Expired: "off"}
	return board.ConsentLine{Purpose: r.Purpose, Channel: v.value(r.Channel), State: board.Badge{Kind: kinds[r.State], Text: v.P.T("board.stands." + string(r.State))},
		At: v.P.DateTime(r.At), Href: v.responseHref(r.Response)}
}
