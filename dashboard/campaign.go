package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// param is one named part of the path.
func (v *visit) param(name string) string {
	value, err := url.PathUnescape(v.Param(name))
	if err != nil {
		return ""
	}
	return value
}

// campaignPath is the path of a campaign, or of a page of it.
func campaignPath(name, page string) string {
	path := "/campaigns/" + url.PathEscape(name)
	if page != "" {
		path += "/" + page
	}
	return path
}

// showCampaigns lists the campaigns.
func (d *Dashboard) showCampaigns(v *visit) error { return v.campaignsPage(http.StatusOK, "", nil) }

// newCampaign makes a draft from the starter texts in the organisation's languages.
func (d *Dashboard) newCampaign(v *visit) error {
	name := v.word("name")
	err := v.createCampaign(name)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		return v.campaignsPage(http.StatusUnprocessableEntity, name, err)
	}
	if err != nil {
		return err
	}
	return v.done(campaignPath(name, "edit"), "campaign_created")
}

func (v *visit) createCampaign(name string) error {
	_, err := v.d.desk.Campaign(v.ctx(), name)
	if err == nil {
		return fault.New(fault.Conflict, "board.campaigns.taken", "there is a campaign of that name already").At("dashboard.createCampaign")
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	f, err := v.d.desk.Starter(v.ctx(), name, v.word("situation"))
	if err != nil {
		return err
	}
	f.Name = name
	_, err = v.d.desk.Change(v.ctx(), v.actor(), f, "")
	return err
}

func (v *visit) campaignsPage(status int, name string, wrong error) error {
	cs, err := v.d.desk.Campaigns(v.ctx())
	if err != nil {
		return err
	}
	slices.Reverse(cs) // the newest first
	page := board.Campaigns{Frame: v.frame(v.P.T("board.campaigns.title")), Problem: v.sentence(wrong), Mend: v.mend(wrong)}
	soon, cancel := context.WithTimeout(v.ctx(), v.d.rhythm.judge)
	defer cancel()
	for _, c := range cs {
		l, err := v.campaignLine(soon, c)
		if err != nil {
			return err
		}
		page.Lines = append(page.Lines, l)
	}
	if len(cs) == 0 {
		page.None = &board.Empty{Title: v.P.T("board.home.no_campaign"), Text: v.P.T("board.home.no_campaign_text")}
	}
	if v.may(account.Edit) {
		page.Action = v.d.href("/campaigns")
		page.Field = board.Field{Name: "name", Label: v.P.T("board.campaigns.name"), Hint: v.P.T("board.campaigns.name_hint"), Value: name, Autocomplete: "off", Required: true}
		page.Situation = board.Field{Name: "situation", Label: v.P.T("board.campaigns.situation"), Hint: v.P.T("board.campaigns.situation_hint"), Required: true}
		for _, s := range v.d.desk.Situations() {
			page.Situation.Options = append(page.Situation.Options, board.Option{Value: s, Label: v.P.Or("board.situation."+s, s), Current: s == v.word("situation")})
		}
	}
	body, err := board.CampaignsHTML(page)
	return v.show(status, body, err)
}

// campaignLine is one campaign in the list. Whom one would ask that has not started is left out when
// judging the base takes too long.
func (v *visit) campaignLine(soon context.Context, c campaign.Campaign) (board.CampaignLine, error) {
	l := board.CampaignLine{Name: c.Name, Href: v.d.href(campaignPath(c.Name, "")), Status: v.statusBadge(c.Status), ToAsk: "–", Sent: "–", Answers: "–", Granted: "–"}
	if rank(c.Status) < rank(campaign.Running) {
		l.Waits = v.P.T(map[campaign.Status]string{campaign.Draft: "board.waiting.approval", campaign.Approved: "board.waiting.go"}[c.Status])
		if r, err := v.d.desk.Status(soon, c.Name); err == nil {
			l.ToAsk = v.P.Number(r.ToAsk)
		} else if soon.Err() == nil && !fault.Is(err, fault.NotFound) {
			return l, err
		}
		return l, nil
	}
	r, err := v.d.desk.Status(v.ctx(), c.Name)
	if err != nil {
		return l, err
	}
	v.progress(&l, r)
	l.ToAsk, l.Sent = v.P.Number(r.ToAsk), v.P.Number(r.Invitations[campaign.Sent])
	return l, nil
}

// campaign reads the campaign of the path.
func (v *visit) campaign() (campaign.Campaign, error) {
	return v.d.desk.Campaign(v.ctx(), v.param("campaign"))
}

// head is what every page of a campaign begins with; page is the page's own part of the path.
func (v *visit) head(c campaign.Campaign, page string) board.CampaignHead {
	h := board.CampaignHead{Frame: v.frame(c.Name), Name: c.Name, Status: v.statusBadge(c.Status)}
	if c.File.Letters() && rank(c.Status) >= rank(campaign.Running) {
		h.Letters = &board.Link{Label: v.P.T("board.letters.title"), Href: v.d.href(lettersPath(c))}
	}
	for _, s := range steps() {
		kind := s.kind(c.Status)
		one := board.PathStep{Label: v.P.T("board.path." + s.key), Kind: kind, Note: v.P.T("board.path.is_" + kind), Current: s.page == page}
		if s.open(c.Status) && (s.right == 0 || v.may(s.right)) {
			one.Href = v.d.href(campaignPath(c.Name, s.page))
		}
		h.Path = append(h.Path, one)
	}
	return h
}

// step is one step of a campaign's way.
type step struct {
	key   string
	page  string
	right account.Right
	from  campaign.Status // the status in which it is what is to do
}

// steps is the way of a campaign.
func steps() []step {
	return []step{
		{"content", "edit", account.Edit, campaign.Draft}, {"audience", "audience", account.See, campaign.Draft}, {"check", "check", account.Test, campaign.Draft},
		{"approve", "approve", account.Approve, campaign.Draft}, {"start", "start", account.Start, campaign.Approved}, {"run", "", account.See, campaign.Running},
		{"results", "results", account.See, campaign.Closed},
	}
}

// rank orders the statuses along the way.
func rank(s campaign.Status) int {
	if s == campaign.Paused {
		s = campaign.Running
	}
	return slices.Index([]campaign.Status{campaign.Draft, campaign.Approved, campaign.Running, campaign.Closed}, s)
}

// kind says where a step stands: done, now, next, open to look at, or later.
func (s step) kind(now campaign.Status) string {
	at := rank(s.from)
	switch {
	case at < rank(now):
		return "done"
	case s.key == "results" && s.open(now) && at > rank(now), now == campaign.Draft && (s.key == "audience" || s.key == "check"):
		return "open"
	case at > rank(now):
		return "later"
	case s.key == "approve":
		return "next"
	}
	return "now"
}

// open reports whether there is something to see or do.
func (s step) open(now campaign.Status) bool {
	switch s.key {
	case "content", "approve":
		return rank(now) < rank(campaign.Running)
	case "start":
		return now == campaign.Approved
	case "results":
		return rank(now) >= rank(campaign.Running)
	}
	return true
}

// showCampaign shows where a campaign stands and what is to do.
func (d *Dashboard) showCampaign(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	return v.campaignPage(http.StatusOK, c, nil)
}

func (v *visit) campaignPage(status int, c campaign.Campaign, wrong error) error {
	page := board.Campaign{CampaignHead: v.head(c, ""), Problem: v.sentence(wrong), Facts: v.campaignFacts(c), Next: v.P.T("board.next." + string(c.Status))}
	v.nextLink(&page, c)
	if rank(c.Status) >= rank(campaign.Running) {
		if err := v.running(&page, c); err != nil {
			return err
		}
	}
	body, err := board.CampaignHTML(page)
	return v.show(status, body, err)
}

// nextLink leads to what is to do, for who may do it.
func (v *visit) nextLink(page *board.Campaign, c campaign.Campaign) {
	next := map[campaign.Status]struct {
		key, page string
		right     account.Right
	}{campaign.Draft: {"board.next.approve", "approve", account.Approve}, campaign.Approved: {"board.next.start", "start", account.Start},
		campaign.Closed: {"board.next.results", "results", account.See}}[c.Status]
	switch {
	case next.right != 0 && v.may(next.right):
		page.NextLink = &board.Link{Label: v.P.T(next.key), Href: v.d.href(campaignPath(c.Name, next.page))}
	case c.Status == campaign.Draft && v.may(account.Edit):
		page.NextLink = &board.Link{Label: v.P.T("board.next.edit"), Href: v.d.href(campaignPath(c.Name, "edit"))}
	}
}

func (v *visit) campaignFacts(c campaign.Campaign) []board.Pair {
	f := c.File
	facts := []board.Pair{
		{Term: v.P.T("board.fact.purposes"), Text: strings.Join(f.Purposes, ", ")},
		{Term: v.P.T("board.fact.channels"), Text: v.words("channel.", f.Channels)},
		{Term: v.P.T("board.fact.languages"), Text: v.languages(f.Languages)},
		{Term: v.P.T("board.fact.sender"), Text: f.Sender.Name + ", " + f.Sender.Address},
		{Term: v.P.T("board.fact.deadline"), Text: v.P.Date(f.Schedule.Deadline.Time())},
	}
	if c.Frozen != nil {
		facts = append(facts, board.Pair{Term: v.P.T("board.fact.approved"), Text: v.P.T("board.fact.approved_by", "name", c.ApprovedBy, "at", v.P.DateTime(c.ApprovedAt))},
			board.Pair{Term: v.P.T("board.fact.fingerprint"), Text: c.Frozen.Hash})
	}
	for _, at := range []struct {
		key string
		at  time.Time
	}{{"board.fact.started", c.StartedAt}, {"board.fact.closed", c.ClosedAt}} {
		if !at.at.IsZero() {
			facts = append(facts, board.Pair{Term: v.P.T(at.key), Text: v.P.DateTime(at.at)})
		}
	}
	return facts
}

// words says some keys in words, each under a prefix of the catalogue.
func (v *visit) words(prefix string, keys []string) string {
	said := make([]string, len(keys))
	for i, k := range keys {
		said[i] = v.P.Or(prefix+k, k)
	}
	return strings.Join(said, ", ")
}

// languages are languages by their own names.
func (v *visit) languages(codes []string) string {
	said := make([]string, len(codes))
	for i, code := range codes {
		said[i] = v.language(code)
	}
	return strings.Join(said, ", ")
}

// language is a language by its own name.
func (v *visit) language(code string) string {
	if !v.d.catalogue.Speaks(code) {
		return code
	}
	return v.d.catalogue.For(code).T("language.self")
}
