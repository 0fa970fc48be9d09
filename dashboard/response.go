package dashboard

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// answersPerPage is how many answers a page lists.
const answersPerPage = 50

// showResponses lists what people answered, the newest first.
func (d *Dashboard) showResponses(v *visit) error {
	from, to, err := v.days(v.QueryParam("from"), v.QueryParam("to"))
	if err != nil {
		return err
	}
	return v.responsesPage(http.StatusOK, campaign.ResponseFilter{Campaign: v.QueryParam("campaign"), From: from, To: to, Before: campaign.EntryNo(number(v.QueryParam("before"))), Limit: answersPerPage}, "", nil)
}

// days reads the days between which answers are looked for; empty: no bound.
func (v *visit) days(first, last string) (from, to campaign.Date, err error) {
	for _, d := range []struct {
		text string
		into *campaign.Date
	}{{first, &from}, {last, &to}} {
		if d.text == "" {
			continue
		}
		if *d.into, err = campaign.ParseDate(d.text); err != nil {
			return from, to, fault.New(fault.Invalid, "board.responses.day", "{day} is no day", "day", d.text).At("dashboard.days")
		}
	}
	return from, to, nil
}

// findResponses lists what one person answered, as far as one page goes, which is further than people
// change their minds; or leads to the answer of a receipt or of an entry. It is a POST, so that no address stands in a
// log or a history.
func (d *Dashboard) findResponses(v *visit) error {
	v.path = "/responses"
	from, to, err := v.days(v.word("from"), v.word("to"))
	f := campaign.ResponseFilter{Campaign: v.word("campaign"), Address: campaign.Address(v.word("address")), From: from, To: to, Limit: answersPerPage}
	number := v.word("number")
	if err != nil {
		return v.responsesPage(http.StatusUnprocessableEntity, f, number, err)
	}
	if number == "" {
		return v.responsesPage(http.StatusOK, f, "", nil)
	}
	id, err := d.desk.FindResponse(v.ctx(), number)
	if fault.Is(err, fault.NotFound) {
		return v.responsesPage(http.StatusUnprocessableEntity, f, number, err)
	}
	if err != nil {
		return err
	}
	return v.done("/responses/"+url.PathEscape(id), "")
}

func (v *visit) responsesPage(status int, f campaign.ResponseFilter, number string, wrong error) error {
	d := v.d
	as, more, err := d.desk.Responses(v.ctx(), f)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	page := board.Responses{Frame: v.frame(v.P.T("board.responses.title")), Action: d.href("/responses/find"), Problem: v.sentence(wrong)}
	if page.Fields, err = v.answerFilter(f, number); err != nil {
		return err
	}
	for _, a := range as {
		l := board.ResponseLine{At: v.P.DateTime(a.At), Href: d.href("/responses/" + url.PathEscape(a.ID)), Campaign: a.Name, CampaignHref: d.href(campaignPath(a.Name, "")),
			Who: v.who(a), By: v.P.T("board.by." + string(a.Kind))}
		if a.Name == "" {
			l.Campaign, l.CampaignHref = "–", ""
		}
		for _, dec := range a.Decisions {
			badge := v.choice(dec.State)
			badge.Text = v.P.T("board.pair", "what", dec.Purpose+", "+v.P.Or("channel."+dec.Channel, dec.Channel), "text", badge.Text)
			l.Decisions = append(l.Decisions, badge)
		}
		page.Lines = append(page.Lines, l)
	}
	if len(as) == 0 {
		page.None = &board.Empty{Title: v.P.T("board.responses.none"), Text: v.P.T("board.responses.none_text")}
	}
	link := func(before campaign.EntryNo) string {
		q := url.Values{"campaign": {f.Campaign}}
		for name, day := range map[string]campaign.Date{"from": f.From, "to": f.To} {
			if !day.IsZero() {
				q.Set(name, day.String())
			}
		}
		if before > 0 {
			q.Set("before", strconv.FormatInt(int64(before), 10))
		}
		return d.href("/responses") + "?" + q.Encode()
	}
	if more && f.Address == "" {
		page.Pages.Older = board.Link{Label: v.P.T("board.responses.older"), Href: link(as[len(as)-1].Entry)}
	}
	if f.Before > 0 {
		page.Pages.Newer = board.Link{Label: v.P.T("board.responses.newest"), Href: link(0)}
	}
	body, err := board.ResponsesHTML(page)
	return v.show(status, body, err)
}

func (v *visit) answerFilter(f campaign.ResponseFilter, number string) ([]board.Field, error) {
	cs, err := v.d.desk.Campaigns(v.ctx())
	if err != nil {
		return nil, err
	}
	one := board.Field{Name: "campaign", Label: v.P.T("board.responses.campaign"), Options: []board.Option{{Label: v.P.T("board.responses.any")}}}
	for _, c := range cs {
		one.Options = append(one.Options, board.Option{Value: c.Name, Label: c.Name, Current: c.Name == f.Campaign})
	}
	day := func(name string, d campaign.Date) board.Field {
		field := board.Field{Name: name, Label: v.P.T("board.responses." + name), Kind: "date"}
		if !d.IsZero() {
			field.Value = d.String()
		}
		return field
	}
	return []board.Field{one, {Name: "address", Label: v.P.T("board.responses.address"), Value: string(f.Address), Kind: "email", Autocomplete: "off"}, day("from", f.From), day("to", f.To),
		{Name: "number", Label: v.P.T("board.responses.number"), Value: number, Autocomplete: "off"}}, nil
}

// who is the person as far as they are still known.
func (v *visit) who(a campaign.Answered) string {
	if a.Email == "" {
		return v.P.T("board.responses.erased")
	}
	return string(a.Email)
}

// choice is a decision in words, with its colour.
func (v *visit) choice(c campaign.Choice) board.Badge {
	kinds := map[campaign.Choice]string{campaign.Granted: "good", campaign.Declined: "bad", campaign.Withdrawn: "bad"}
	return board.Badge{Kind: kinds[c], Text: v.P.T("board.choice." + string(c))}
}

// showResponse shows one answer with its evidence.
func (d *Dashboard) showResponse(v *visit) error { return v.responsePage(http.StatusOK, nil, nil) }

func (v *visit) responsePage(status int, steps []Step, wrong error) error {
	a, err := v.d.desk.Response(v.ctx(), v.param("response"))
	if err != nil {
		return err
	}
	var c campaign.Campaign
	if a.Name != "" {
		if c, err = v.d.desk.Campaign(v.ctx(), a.Name); err != nil {
			return err
		}
	}
	here := "/responses/" + url.PathEscape(a.ID)
	page := board.Response{Frame: v.frame(v.P.T("board.response.title", "at", v.P.DateTime(a.At))), Back: board.Link{Label: v.P.T("board.response.back"), Href: v.d.href("/responses")},
		Lead: v.P.T("board.response.lead", "who", v.who(a)), Facts: v.evidence(a, c), ShownNote: v.P.T("board.response.not_shown")}
	for _, dec := range a.Decisions {
		page.Decisions = append(page.Decisions, board.Decided{Purpose: v.purpose(c, dec.Purpose), Channel: v.P.Or("channel."+dec.Channel, dec.Channel), State: v.choice(dec.State)})
	}
	if a.Document != "" {
		page.Shown, page.ShownNote = v.d.href(here+"/page"), v.P.T("board.response.shown_text")
	}
	if v.may(account.Proofs) {
		page.Verify, page.Export = v.d.href(here+"/verify"), v.d.href(here+"/proof")
	}
	v.proven(&page, steps, wrong)
	body, err := board.ResponseHTML(page)
	return v.show(status, body, err)
}

// evidence says in plain words how the answer came about, and where its proof is.
func (v *visit) evidence(a campaign.Answered, c campaign.Campaign) []board.Pair {
	facts := []board.Pair{
		{Term: v.P.T("board.evidence.when"), Text: v.P.DateTime(a.At)}, {Term: v.P.T("board.evidence.how"), Text: v.P.T("board.how." + c.How(a.Response, a.Route))},
		{Term: v.P.T("board.evidence.language"), Text: v.language(a.Language)}, {Term: v.P.T("board.evidence.campaign"), Text: a.Name},
	}
	if c.Frozen != nil {
		facts = append(facts, board.Pair{Term: v.P.T("board.evidence.content"), Text: v.P.T("board.fact.approved_by", "name", c.ApprovedBy, "at", v.P.DateTime(c.ApprovedAt)) + " · " + c.Frozen.Hash})
	}
	if a.Document != "" {
		facts = append(facts, board.Pair{Term: v.P.T("board.evidence.document"), Text: a.Document})
	}
	facts = known(facts...)
	return append(facts, board.Pair{Term: v.P.T("board.evidence.receipt"), Text: a.ID}, board.Pair{Term: v.P.T("board.evidence.entry"), Text: strconv.FormatInt(int64(a.Entry), 10)})
}

var slot = expression.Of(`\{\{[a-z_]+\}\}`)

// showAnsweredPage is the page that was answered, as it is kept: what belonged to the person or the moment
// stays empty.
func (d *Dashboard) showAnsweredPage(v *visit) error {
	a, err := d.desk.Response(v.ctx(), v.param("response"))
	if err != nil {
		return err
	}
	if a.Document == "" {
		return fault.New(fault.NotFound, "board.response.no_page", "no page was shown for this answer").At("dashboard.showAnsweredPage")
	}
	doc, err := d.desk.Document(v.ctx(), a.Document)
	if err != nil {
		return err
	}
	return v.framed(http.StatusOK, formPolicy, slot.ReplaceAllString(string(doc.Content), ""))
}

// exportProof hands out the dossier of one answer. It is an act, since the ledger's head may be signed.
func (d *Dashboard) exportProof(v *visit) error {
	a, err := d.desk.Response(v.ctx(), v.param("response"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := d.desk.ExportProof(v.ctx(), v.actor(), &b, a.ID); err != nil {
		return err
	}
	return v.download("proof-"+strconv.FormatInt(int64(a.Entry), 10)+".json", "application/json", b.Bytes())
}
