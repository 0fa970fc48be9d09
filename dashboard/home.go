package dashboard

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// home shows how things stand: what needs a person, the base by class, the campaigns, and the ledger. It is drawn from
// sums that are kept, so that it takes no longer for millions of people than for ten.
func (d *Dashboard) home(v *visit) error {
	o, err := d.desk.Outline(v.ctx())
	if err != nil {
		return err
	}
	w, err := d.desk.Watch(v.ctx())
	if err != nil {
		return err
	}
	h := board.Home{Frame: v.frame(v.P.T("board.home.title")), Refresh: d.href("/")}
	if err := v.homeOrganisation(&h); err != nil { // before the base, which cannot be judged without it
		return err
	}
	v.homeCases(&h, o.Cases)
	v.homeBase(&h, o.Base)
	v.homeStock(&h, o)
	slices.Reverse(o.Campaigns) // the newest first
	for _, c := range o.Campaigns {
		v.homeCampaign(&h, c)
	}
	v.homeLedger(&h, w, asking(o.Campaigns))
	slices.SortStableFunc(h.Tasks, func(a, b board.Task) int { return gravity(b) - gravity(a) })
	if len(o.Campaigns) == 0 {
		h.None = &board.Empty{Title: v.P.T("board.home.no_campaign"), Text: v.P.T("board.home.no_campaign_text")}
		if v.may(account.Edit) {
			h.None.Link = &board.Link{Label: v.P.T("board.campaigns.new"), Href: d.href("/campaigns")}
		}
	}
	body, err := board.HomeHTML(h)
	return v.show(http.StatusOK, body, err)
}

// gravity puts what may have gone wrong before what merely waits.
func gravity(t board.Task) int {
	if t.Grave {
		return 1
	}
	return 0
}

// homeOrganisation says when nobody has said yet who asks.
func (v *visit) homeOrganisation(h *board.Home) error {
	o, err := v.d.desk.Organisation(v.ctx())
	h.Installed = o.Name
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	v.task(h, "organisation", "/organisation", account.Settings, board.Task{Title: v.P.T("board.task.organisation.title"), Text: v.P.T("board.task.organisation.text")})
	return nil
}

// classes are the classes of contacts in the order they are shown, each with its colour.
func classes() []struct {
	class campaign.Class
	kind  string
} {
	return []struct {
		class campaign.Class
		kind  string
	}{{campaign.OptedIn, "good"}, {campaign.Doubtful, "wait"}, {campaign.OptedOut, "bad"}, {campaign.Unusable, "off"}}
}

func (v *visit) homeBase(h *board.Home, b campaign.Base) {
	if b.Contacts == 0 {
		h.BaseEmpty = &board.Empty{Title: v.P.T("board.home.no_base"), Text: v.P.T("board.home.no_base_text")}
		if v.may(account.Import) {
			h.BaseEmpty.Link = &board.Link{Label: v.P.T("board.import.bring"), Href: v.d.href("/base")}
		}
		return
	}
	if b.Unaudited > 0 && v.may(account.Import) {
		v.task(h, "audit", "/base", account.Import, board.Task{Title: v.P.N("board.task.audit.title", b.Unaudited), Text: v.P.T("board.task.audit.text")})
	}
	if b.Unaudited == b.Contacts {
		h.BaseEmpty = &board.Empty{Title: v.P.T("board.base.unaudited"), Text: v.P.N("board.base.contacts", b.Contacts)}
		return
	}
	h.Total = v.P.N("board.home.contacts", b.Contacts)
	for _, c := range classes() {
		s := v.segment("board.class."+string(c.class), c.kind, b.Classes[c.class], b.Contacts, url.Values{"class": {string(c.class)}})
		s.ID = "class-" + string(c.class)
		h.Classes = append(h.Classes, s)
	}
	h.Classes = board.Split(h.Classes, b.Contacts)
	if b.Unaudited > 0 {
		h.BaseNote = v.P.N("board.home.unaudited", b.Unaudited)
	}
}

func (v *visit) homeCampaign(h *board.Home, c campaign.CampaignOutline) {
	path := campaignPath(c.Name, "")
	line := board.CampaignLine{Name: c.Name, Href: v.d.href(path), Status: v.statusBadge(c.Status), Sent: "–", Answers: "–", Granted: "–"}
	task := func(key string, right account.Right) {
		v.task(h, key+"-"+c.Name, path, right, board.Task{Title: v.P.T("board.task."+key+".title", "name", c.Name), Text: v.P.T("board.task." + key + ".text")})
	}
	switch c.Status {
	case campaign.Draft:
		line.Waits = v.P.T("board.waiting.approval")
		task("draft", account.Approve)
	case campaign.Approved:
		line.Waits = v.P.T("board.waiting.go")
		task("approved", account.Start)
	default:
		v.progress(&line, c.Report)
		if n := c.Report.Invitations[campaign.Uncertain]; n > 0 {
			v.task(h, "uncertain-"+c.Name, path, account.Settle, board.Task{Title: v.P.N("board.task.uncertain.title", n, "name", c.Name), Text: v.P.T("board.task.uncertain.text"), Grave: true})
		}
		if c.Status == campaign.Paused {
			task("paused", account.Start)
		}
	}
	h.Campaigns = append(h.Campaigns, line)
}

// progress says what became of a started campaign so far.
func (v *visit) progress(line *board.CampaignLine, r campaign.Report) {
	line.Sent = v.P.T("board.of", "n", v.P.Number(r.Invitations[campaign.Sent]), "all", v.P.Number(r.ToAsk))
	line.Answers, line.Granted = v.P.Number(r.Responses.People), v.P.Number(r.Responses.Granted)
	if r.Waiting != "" {
		line.Waits = v.P.T("board.waiting." + r.Waiting)
	}
}

// statusBadge is a campaign's status in words, with its colour.
func (v *visit) statusBadge(s campaign.Status) board.Badge {
	kinds := map[campaign.Status]string{campaign.Approved: "wait", campaign.Running: "good", campaign.Paused: "bad", campaign.Closed: "off"}
	return board.Badge{Kind: kinds[s], Text: v.P.T("board.status." + string(s))}
}
