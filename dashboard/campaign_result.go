package dashboard

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// row is one line of a funnel: n people of all, drawn from where the line before ended.
func (v *visit) row(label, detail, kind string, from, n, of int) board.FunnelRow {
	percent := func(n int) string { return fmt.Sprintf("%.2f%%", 100*float64(n)/float64(max(of, 1))) }
	return board.FunnelRow{Label: label, Detail: detail, N: v.P.Number(n), Kind: kind, From: percent(from), Width: percent(n)}
}

// showAudience shows the funnel: everyone imported, minus each reason, the people to ask.
func (d *Dashboard) showAudience(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	f, ahead, err := v.funnel(c)
	if err != nil {
		return err
	}
	page := board.Audience{CampaignHead: v.head(c, "audience"), Intro: v.P.T("board.audience.intro", "day", v.P.Date(f.AsOf.Time()))}
	if rank(c.Status) >= rank(campaign.Running) {
		page.Note = v.P.T("board.audience.started")
	}
	all := v.row(v.P.T("board.audience.imported"), "", "off", 0, f.Imported, f.Imported)
	all.Strong = true
	page.Rows = append(page.Rows, all)
	left := f.Imported
	for _, m := range f.Minus {
		left -= m.Contacts
		detail := m.Code
		if m.Class != "" {
			detail += " · " + v.P.T("board.class."+string(m.Class))
		}
		one := v.row("− "+v.minus(m), detail, "bad", left, m.Contacts, f.Imported)
		page.Rows = append(page.Rows, one)
	}
	asked := v.row(v.P.T("board.audience.to_ask"), "", "good", 0, f.ToAsk, f.Imported)
	asked.Strong = true
	page.Rows = append(page.Rows, asked)
	for _, r := range []campaign.Route{campaign.RouteEmail, campaign.RouteLetter, campaign.RouteOnsite} {
		if n := f.Routes[r]; n > 0 {
			page.Rows = append(page.Rows, v.row(v.P.T("board.route."+string(r)), "", "good", 0, n, f.Imported))
		}
	}
	page.Forecast = ahead
	body, err := board.AudienceHTML(page)
	return v.show(http.StatusOK, body, err)
}

// funnel is whom a campaign asks, with a forecast while it has not started.
func (v *visit) funnel(c campaign.Campaign) (campaign.Funnel, *board.Forecast, error) {
	if rank(c.Status) >= rank(campaign.Running) {
		f, err := v.d.desk.Audience(v.ctx(), c.Name)
		return f, nil, err
	}
	f, err := v.d.desk.Forecast(v.ctx(), c.Name)
	if err != nil {
		return f.Funnel, nil, err
	}
	ahead := v.forecast(f)
	if f.ToAsk > 0 {
		ahead.Facts = append(ahead.Facts, v.planFacts(f.Plan)...)
	}
	return f.Funnel, ahead, nil
}

// minus is why people are left out: a row of the decision table, or a choice of the campaign.
func (v *visit) minus(m campaign.FunnelStep) string {
	if strings.HasPrefix(m.Code, "T-") {
		return v.reason(m.Code, m.Class, m.Reason)
	}
	return v.said(m.Reason)
}

// showResults shows what came of a campaign.
func (d *Dashboard) showResults(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	page := board.Results{CampaignHead: v.head(c, "results")}
	if rank(c.Status) < rank(campaign.Running) {
		page.None = v.P.T("board.results.none")
	} else if err := v.results(&page, c); err != nil {
		return err
	}
	if v.may(account.Import) {
		page.Export = d.href(campaignPath(c.Name, "consents"))
	}
	body, err := board.ResultsHTML(page)
	return v.show(http.StatusOK, body, err)
}

func (v *visit) results(page *board.Results, c campaign.Campaign) error {
	r, err := v.d.desk.Status(v.ctx(), c.Name)
	if err != nil {
		return err
	}
	qs, err := v.d.desk.Results(v.ctx(), c.Name)
	if err != nil {
		return err
	}
	asked, a := r.Asked(), r.Responses
	row := func(key, kind string, n int, strong bool) {
		one := v.row(v.P.T(key), v.P.T("board.results.share", "n", board.Share(n, asked)), kind, 0, n, asked)
		one.Strong = strong
		page.Rows = append(page.Rows, one)
	}
	row("board.results.asked", "off", asked, true)
	row("board.results.answered", "wait", a.People, true)
	row("board.results.granted", "good", a.Granted, false)
	row("board.results.refused", "bad", a.Refused, false)
	row("board.results.withdrawn", "bad", a.Withdrawn, false)
	row("board.results.silent", "off", r.Silent(), false)
	for _, q := range qs {
		page.Question = append(page.Question, board.ResultLine{Purpose: v.purpose(c, q.Purpose), Channel: v.P.Or("channel."+q.Channel, q.Channel),
			Granted: v.P.Number(q.Granted), Refused: v.P.Number(q.Refused), Withdrawn: v.P.Number(q.Withdrawn)})
	}
	days, err := v.d.desk.Course(v.ctx(), c.Name)
	if err != nil {
		return err
	}
	page.Course = v.course(days)
	page.Silent = v.silent(c, r.Silent())
	for _, f := range []struct {
		key string
		n   int
	}{{"board.results.hard", r.Bounces.Hard}, {"board.results.soft", r.Bounces.Soft}, {"board.results.complaints", r.Complaints}, {"board.progress.views", int(r.FormViews)}} {
		page.Facts = append(page.Facts, board.Pair{Term: v.P.T(f.key), Text: v.P.Number(f.n)})
	}
	return nil
}

// mostBars is how many bars a time line has; a longer one takes several days together.
const mostBars = 60

// course draws what happened day by day, from the first day on which something did to the last.
func (v *visit) course(days []campaign.CourseDay) *board.Course {
	if len(days) == 0 {
		return nil
	}
	first, last := days[0].Day, days[len(days)-1].Day
	span := int(last.Day()-first.Day()) + 1
	each := (span + mostBars - 1) / mostBars
	n := (span + each - 1) / each
	sent, answers := make([]int, n), make([]int, n)
	for _, d := range days {
		at := int(d.Day.Day()-first.Day()) / each
		sent[at] += d.Sent
		answers[at] += d.Answers
	}
	c := &board.Course{Note: v.P.N("board.course.each", each), Days: v.P.T("board.course.days", "from", v.day(first), "to", v.day(last)), Sent: bars(sent), Answers: bars(answers)}
	for i := range n {
		if sent[i]+answers[i] == 0 {
			continue
		}
		from, to := first.AddDays(i*each), first.AddDays(i*each+each-1)
		if to.After(last) {
			to = last
		}
		label := v.day(from)
		if from != to {
			label = v.P.T("board.course.days", "from", label, "to", v.day(to))
		}
		c.Lines = append(c.Lines, board.CourseLine{Day: label, Sent: v.P.Number(sent[i]), Answers: v.P.Number(answers[i])})
	}
	return c
}

// leastBars is for how many bars there is room at least: one day is no wall.
const leastBars = 14

// bars are the heights of some figures, in percent of the highest.
func bars(ns []int) (out []board.DayBar) {
	most := 1
	for _, n := range ns {
		most = max(most, n)
	}
	percent := func(n float64) string { return fmt.Sprintf("%.2f%%", n) }
	wide := 100 / float64(max(len(ns), leastBars))
	for i, n := range ns {
		if n > 0 {
			high := 100 * float64(n) / float64(most)
			out = append(out, board.DayBar{X: percent(float64(i) * wide), Width: percent(wide * 0.8), Y: percent(100 - high), Height: percent(high)})
		}
	}
	return out
}

// silent says what silence means once a campaign is over, and from when on the server erases whoever did not answer.
func (v *visit) silent(c campaign.Campaign, n int) []string {
	if c.Status != campaign.Closed || n == 0 {
		return nil
	}
	out := []string{v.P.N("board.silent.means", n)}
	r := v.d.desk.Retention()
	if r.Silent == 0 {
		return append(out, v.P.T("board.silent.kept"))
	}
	return append(out, v.P.T("board.silent.erased", "day", v.P.Date(c.ClosedAt.Add(r.Silent))))
}

// purpose is a purpose in the words that people read, as approved.
func (v *visit) purpose(c campaign.Campaign, key string) string {
	if c.Frozen != nil {
		if p, ok := c.Frozen.Organisation.Purpose(key); ok {
			return campaign.Text(p.Title, v.P.Language())
		}
	}
	return key
}

// exportConsents hands out who agreed to what, as a file.
func (d *Dashboard) exportConsents(v *visit) error {
	if _, err := v.campaign(); err != nil {
		return err
	}
	file := &filing{v: v, name: "consents.csv", media: "text/csv; charset=utf-8"}
	if v.Request().Method == http.MethodHead {
		file.begin()
		return nil
	}
	return file.end(d.desk.ExportConsents(v.ctx(), v.actor(), file))
}

// download answers with a file that browsers save.
func (v *visit) download(name, media string, content []byte) error {
	v.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return web.Blob(v, http.StatusOK, media, content)
}
