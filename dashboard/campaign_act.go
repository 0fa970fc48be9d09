package dashboard

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// actor is the person as the desk records them.
func (v *visit) actor() campaign.Actor { return campaign.Actor(v.account.Actor()) }

// mendable reports a fault that the page itself can show, since the person can do something about it.
func mendable(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Unavailable)
}

// showApprove shows what would be frozen and what speaks against it.
func (d *Dashboard) showApprove(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	return v.approvePage(http.StatusOK, c, nil)
}

// approve freezes what the person looked at: a content that changed since is shown again instead.
func (d *Dashboard) approve(v *visit) error {
	return v.act(ending{v.approvePage, ownPage, "campaign_approved"}, func(c campaign.Campaign) error {
		_, err := d.desk.ApproveSeen(v.ctx(), v.actor(), c.Name, v.account.Name, v.word("because"), v.FormValue("content_sha256"))
		return err
	})
}

func (v *visit) approvePage(status int, c campaign.Campaign, wrong error) error {
	page := board.Approve{CampaignHead: v.head(c, "approve"), Problem: v.sentence(wrong), Button: v.P.T("board.approve.button")}
	r, err := v.d.desk.Review(v.ctx(), v.actor(), c.Name)
	switch {
	case fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound):
		page.Preview.Problem, page.Blocked = v.sentence(err), v.P.T("board.approve.broken")
	case err != nil:
		return err
	}
	if err == nil {
		page.Hash = r.Hash
		page.Review = []board.Pair{{Term: v.P.T("board.fact.fingerprint"), Text: r.Hash}, {Term: v.P.T("board.approve.documents"), Text: v.P.Number(len(r.Documents))}}
		for _, name := range sorted(r.Documents) {
			page.Kept = append(page.Kept, board.Pair{Term: name, Text: r.Documents[name]})
		}
		v.findings(&page.Preview, r.Findings)
		if len(r.Changed) > 0 {
			page.Review = append(page.Review, board.Pair{Term: v.P.T("board.approve.changed_since"), Text: strings.Join(r.Changed, ", ")})
		}
		if r.Grown {
			page.Review = append(page.Review, board.Pair{Term: v.P.T("board.approve.changed_since"), Text: v.P.T("board.approve.grown")})
		}
		v.approvable(&page, c, r)
	}
	body, err := board.ApproveHTML(page)
	return v.show(status, body, err)
}

func (v *visit) approvable(page *board.Approve, c campaign.Campaign, r campaign.Review) {
	switch {
	case rank(c.Status) >= rank(campaign.Running):
		page.Blocked = v.P.T("board.approve.started")
	case r.Blocked > 0:
		page.Blocked = v.P.N("board.approve.blocked", r.Blocked)
	case c.Status == campaign.Approved && c.Frozen != nil && c.Frozen.Hash == r.Hash && !r.Grown:
		page.Blocked = v.P.T("board.approve.already", "name", c.ApprovedBy)
	case r.Denied != nil:
		page.Blocked = v.sentence(r.Denied)
	default:
		page.Action = v.d.href(campaignPath(c.Name, "approve"))
		if r.Reasons > 0 {
			page.Field = &board.Field{Name: "because", Label: v.P.N("board.approve.because", r.Reasons), Value: v.word("because"), Hint: v.P.T("board.approve.because_hint"), Required: true}
		}
	}
}

// showStart says what starting would do.
func (d *Dashboard) showStart(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	return v.startPage(http.StatusOK, c, nil)
}

// start arms the campaign, once its name was typed.
func (d *Dashboard) start(v *visit) error {
	return v.act(ending{v.startPage, ownPage, "campaign_started"}, func(c campaign.Campaign) error {
		err := v.named(c.Name)
		if err == nil {
			err = d.desk.Startable(v.ctx(), c.Name)
		}
		if err == nil {
			_, err = d.desk.Start(v.ctx(), v.actor(), c.Name)
		}
		return err
	})
}

// named demands that the person typed the name of what they are about to act on.
func (v *visit) named(name string) error {
	if v.word("name") == name {
		return nil
	}
	return fault.New(fault.Invalid, "board.act.untyped", "type the campaign's name to confirm").At("dashboard.named")
}

func (v *visit) startPage(status int, c campaign.Campaign, wrong error) error {
	page := board.Start{CampaignHead: v.head(c, "start"), Problem: v.sentence(wrong), Field: v.typed(c.Name)}
	if wrong != nil {
		page.Hint = v.hint(wrong)
	}
	if v.d.demo != nil && v.d.demo.Campaign == c.Name { // the demonstration is one button
		page.Field.Value = c.Name
	}
	var f campaign.Forecast
	var err error
	if c.Status == campaign.Approved {
		f, err = v.d.desk.Forecast(v.ctx(), c.Name)
	}
	switch {
	case c.Status != campaign.Approved:
		page.Lead = v.P.T("board.unstartable." + string(c.Status))
	case mendable(err):
		page.Lead = v.sentence(err)
	case err != nil:
		return err
	case f.ToAsk == 0:
		page.Lead, page.Forecast = v.P.T("board.start.nobody"), v.forecast(f)
	default:
		page.Lead, page.Facts, page.Forecast = v.P.N("board.start.lead", f.ToAsk), v.planFacts(f.Plan), v.forecast(f)
		page.Action, page.Button = v.d.href(campaignPath(c.Name, "start")), v.P.N("board.start.button", f.ToAsk)
	}
	body, err := board.StartHTML(page)
	return v.show(status, body, err)
}

func (v *visit) planFacts(p campaign.Plan) []board.Pair {
	deadline := board.Pair{Term: v.P.T("board.fact.deadline"), Text: v.P.Date(p.Deadline.Time())}
	var facts []board.Pair
	if p.Letters > 0 {
		facts = append(facts, board.Pair{Term: v.P.T("board.letters.print"), Text: v.P.N("board.start.letters", p.Letters)})
	}
	if p.Mails() > 0 {
		facts = append(facts, v.sendingFacts(p)...)
	}
	return append(facts, deadline)
}

// sendingFacts are how the messages would leave.
func (v *visit) sendingFacts(p campaign.Plan) []board.Pair {
	const clock = " 15:04 MST"
	opens, ends := v.P.T("board.start.now"), v.P.T("board.start.unknown")
	if p.Waits {
		opens = v.P.Date(p.Opens) + p.Opens.Format(clock)
	}
	if !p.Ends.IsZero() {
		ends = v.P.Date(p.Ends) + p.Ends.Format(clock)
	}
	return []board.Pair{
		{Term: v.P.T("board.progress.rate"), Text: v.pace(p.N, p.Per, p.RateBy)}, {Term: v.P.T("board.start.window"), Text: v.window(p.Window)},
		{Term: v.P.T("board.start.opens"), Text: opens}, {Term: v.P.T("board.start.ends"), Text: ends},
	}
}

// ending is how an act on a campaign ends: the page that shows why it cannot be done, else the one to go
// on to, which says the word.
type ending struct {
	page func(status int, c campaign.Campaign, wrong error) error
	to   func(campaign.Campaign) string
	word string
}

// act does something to the campaign of the path, and ends.
func (v *visit) act(end ending, do func(campaign.Campaign) error) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	err = do(c)
	if mendable(err) {
		return end.page(http.StatusUnprocessableEntity, c, err)
	}
	if err != nil {
		return err
	}
	return v.done(end.to(c), end.word)
}

// ownPage is the path of a campaign's first page.
func ownPage(c campaign.Campaign) string { return campaignPath(c.Name, "") }

// window is a sending window in the reader's words; settings and files keep the English days.
func (v *visit) window(shown string) string {
	var pairs []string
	for _, day := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		pairs = append(pairs, day, v.P.T("board.day."+strings.ToLower(day)))
	}
	return strings.NewReplacer(append(pairs, " and ", v.P.T("board.day.both"))...).Replace(shown)
}

// onCampaign does an act that is asked for on the campaign's first page, and ends there.
func (v *visit) onCampaign(word string, do func(campaign.Campaign) error) error {
	return v.act(ending{v.campaignPage, ownPage, word}, do)
}

// pause stops sending, with a reason that the ledger keeps.
func (d *Dashboard) pause(v *visit) error {
	return v.onCampaign("campaign_paused", func(c campaign.Campaign) error {
		reason := v.word("reason")
		if reason == "" {
			return fault.New(fault.Invalid, "board.act.no_reason", "say why").At("dashboard.pause")
		}
		return d.desk.Pause(v.ctx(), v.actor(), c.Name, reason)
	})
}

// resume goes on.
func (d *Dashboard) resume(v *visit) error {
	return v.onCampaign("campaign_resumed", func(c campaign.Campaign) error { return d.desk.Resume(v.ctx(), v.actor(), c.Name) })
}

// closeCampaign ends a campaign, once its name was typed.
func (d *Dashboard) closeCampaign(v *visit) error {
	return v.onCampaign("campaign_closed", func(c campaign.Campaign) error {
		if err := v.named(c.Name); err != nil {
			return err
		}
		_, err := d.desk.Close(v.ctx(), v.actor(), c.Name)
		return err
	})
}

// settle says what became of an uncertain invitation.
func (d *Dashboard) settle(v *visit) error {
	return v.onCampaign("campaign_settled", func(c campaign.Campaign) error {
		id, err := strconv.ParseInt(v.FormValue("invitation"), 10, 64)
		as := v.FormValue("as")
		if err != nil || as != "sent" && as != "not-sent" {
			return fault.New(fault.Invalid, "board.settle.unclear", "say whether the message was sent or not").At("dashboard.settle")
		}
		_, err = d.desk.Settle(v.ctx(), v.actor(), c.Name, campaign.InvitationID(id), as == "sent", v.word("because"))
		return err
	})
}

// deleteDraft removes a draft, once its name was typed.
func (d *Dashboard) deleteDraft(v *visit) error {
	list := func(campaign.Campaign) string { return "/campaigns" }
	return v.act(ending{v.campaignPage, list, "campaign_deleted"}, func(c campaign.Campaign) error {
		if err := v.named(c.Name); err != nil {
			return err
		}
		return d.desk.Delete(v.ctx(), v.actor(), c.Name)
	})
}

// sendTest sends one marked message to a colleague.
func (d *Dashboard) sendTest(v *visit) error {
	check := func(c campaign.Campaign) string { return campaignPath(c.Name, "check") }
	return v.act(ending{v.checkPage, check, "campaign_tested"}, func(c campaign.Campaign) error {
		return d.desk.SendTest(v.ctx(), v.actor(), c.Name, v.FormValue("language"), campaign.Address(v.word("to")))
	})
}

func (v *visit) testAct(c campaign.Campaign) *board.Act {
	if !v.may(account.Test) || !c.File.Mails() { // a letter is no test: the preview is what is printed
		return nil
	}
	language := board.Field{Name: "language", Label: v.P.T("board.test.language"), Required: true}
	for _, l := range c.File.Languages {
		language.Options = append(language.Options, board.Option{Value: l, Label: v.language(l), Current: v.FormValue("language") == l})
	}
	return &board.Act{Text: v.P.T("board.test.text"), Button: v.P.T("board.test.button"), Action: v.d.href(campaignPath(c.Name, "test")),
		Fields: []board.Field{{Name: "to", Label: v.P.T("board.test.to"), Value: v.word("to"), Kind: "email", Autocomplete: "email", Required: true}, language}}
}
