package app

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/templates/audit"
)

// reportPage says the report of a campaign in a language.
type reportPage struct {
	CampaignReport
	p i18n.Printer
}

func (r reportPage) page() audit.Campaign {
	b, p := r.balance, r.p
	c := audit.Campaign{P: p, Organisation: r.Organisation, Name: r.Campaign, Status: p.T("board.status." + string(r.Status)), At: p.T("audit.when", "day", p.DateTime(b.At)),
		Headline: r.headline(), Facts: r.facts(), Approval: []audit.Pair{{Term: p.T("report.asked.by"), Text: r.ApprovedBy}, {Term: p.T("report.asked.on"), Text: p.DateTime(b.Campaign.ApprovedAt)},
			{Term: p.T("report.asked.content"), Text: r.Content}},
		Imported: r.Funnel.Imported, Funnel: r.steps(), Asked: r.Answers.Asked, People: r.Base.Contacts, Closing: r.closing(), Checkpoint: r.Ledger.Checkpoint,
		Ledger: []audit.Pair{{Term: p.T("report.proof.size"), Text: p.Number(int(r.Ledger.Size))}, {Term: p.T("report.proof.root"), Text: r.Ledger.Root},
			{Term: p.T("report.proof.key"), Text: r.Ledger.Key}, {Term: p.T("audit.basis.program"), Text: "reoptin " + Version()}}}
	for _, purpose := range r.Purposes {
		of, _ := b.Organisation.Purpose(purpose.Purpose)
		c.Purposes = append(c.Purposes, audit.Pair{Term: r.title(purpose.Purpose), Text: campaign.Text(of.Description, p.Language())})
	}
	c.Ways, c.States = r.states()
	for _, d := range r.Settled {
		c.Doubts = append(c.Doubts, audit.Line{Label: p.T("report.ended."+string(d.By), "state", p.T("report.state."+string(d.As))), N: d.Invitations})
	}
	if n := r.Invitations[campaign.Uncertain]; n > 0 {
		c.Doubts = append(c.Doubts, audit.Line{Label: p.T("report.way.open"), N: n})
	}
	for _, f := range []struct {
		key string
		n   int
	}{{"board.results.hard", r.Bounces.Hard}, {"board.results.soft", r.Bounces.Soft}, {"board.results.complaints", r.Complaints}, {"board.progress.views", int(r.FormViews)}} {
		c.Back = append(c.Back, audit.Line{Label: p.T(f.key), N: f.n})
	}
	a := r.Answers
	c.Answers = []audit.Part{{Label: p.T("board.results.granted"), Kind: "good", N: a.Granted}, {Label: p.T("board.results.refused"), Kind: "bad", N: a.Refused},
		{Label: p.T("board.results.withdrawn"), Kind: "mild", N: a.Withdrawn}, {Label: p.T("report.answers.silent"), Kind: "off", N: a.Silent}}
	for _, q := range r.Questions {
		c.Questions = append(c.Questions, audit.Answered{Purpose: r.title(q.Purpose), Channel: r.channel(q.Channel), Yes: q.Granted, No: q.Refused, Withdrawn: q.Withdrawn, Unanswered: q.Unanswered})
	}
	c.Days, c.DaysNote = r.days()
	for _, u := range r.Usable {
		c.Usable = append(c.Usable, audit.Use{Purpose: r.title(u.Purpose), Channel: r.channel(u.Channel), N: u.People})
	}
	for _, k := range Classes() {
		c.Base = append(c.Base, audit.Part{Label: p.T("board.class." + string(k)), Kind: classColours[k], N: r.Base.Classes[k]})
	}
	if r.Base.Unaudited > 0 {
		c.Base = append(c.Base, audit.Part{Label: p.T("report.use.unaudited"), Kind: "rest", N: r.Base.Unaudited})
	}
	for _, k := range r.checks() {
		c.Checks = append(c.Checks, audit.Pair{Term: k.command, Text: p.T("report.proof." + k.shows)})
	}
	return c
}

// title is a purpose in the words under which it was approved.
func (r reportPage) title(key string) string {
	if of, ok := r.balance.Organisation.Purpose(key); ok {
		return campaign.Text(of.Title, r.p.Language())
	}
	return key
}

func (r reportPage) channel(key string) string { return r.p.Or("channel."+key, key) }

// headline is the result in sentences. What is none is not said.
func (r reportPage) headline() []string {
	a := r.Answers
	out := []string{r.p.N("report.headline.asked", a.Asked)}
	silent := "report.headline.waiting"
	if r.Status == campaign.Closed {
		silent = "report.headline.silent"
	}
	for _, s := range []struct {
		key string
		n   int
	}{{"report.headline.granted", a.Granted}, {"report.headline.refused", a.Refused}, {"report.headline.withdrawn", a.Withdrawn}, {silent, a.Silent}} {
		if s.n > 0 {
			out = append(out, r.p.N(s.key, s.n))
		}
	}
	return out
}

func (r reportPage) facts() []audit.Pair {
	p, c := r.p, r.balance.Campaign
	var channels, ways []string
	for _, k := range r.Channels {
		channels = append(channels, r.channel(k))
	}
	for _, k := range r.AskedBy {
		ways = append(ways, p.T("board.way."+string(k)))
	}
	closed := p.T("report.asked.open")
	if !c.ClosedAt.IsZero() {
		closed = p.DateTime(c.ClosedAt)
	}
	return []audit.Pair{{Term: p.T("report.asked.channels"), Text: strings.Join(channels, ", ")}, {Term: p.T("report.asked.languages"), Text: strings.Join(r.Languages, ", ")},
		{Term: p.T("report.asked.ways"), Text: strings.Join(ways, ", ")}, {Term: p.T("report.asked.started"), Text: p.DateTime(c.StartedAt)},
		{Term: p.T("report.asked.deadline"), Text: p.Date(c.File.Schedule.Deadline.Time())}, {Term: p.T("report.asked.closed"), Text: closed}}
}

// steps are the funnel from the imported to the asked: whom the start left out, then what became of the planned.
func (r reportPage) steps() []audit.Step {
	left := r.Funnel.Imported
	steps := []audit.Step{{Label: r.p.T("audit.funnel.imported"), Remains: left}}
	for _, l := range r.Losses() {
		left -= l.People
		s := audit.Step{Label: r.p.T("report.loss." + l.Name), Lost: l.People, Remains: left}
		for _, m := range l.Reasons {
			s.Reasons = append(s.Reasons, r.step(m))
		}
		steps = append(steps, s)
	}
	for _, state := range r.Unasked() {
		left -= r.Invitations[state]
		s := audit.Step{Label: r.p.T("report.unasked." + string(state)), Lost: r.Invitations[state], Remains: left}
		for _, e := range r.Ends(state) {
			s.Reasons = append(s.Reasons, audit.Line{Label: r.why(state, e.Reason), N: e.People})
		}
		steps = append(steps, s)
	}
	return steps
}

// step is a reason of the funnel in words that name no person.
func (r reportPage) step(m campaign.FunnelStep) audit.Line {
	if m.Chosen() {
		said, _ := r.p.Said(m.Reason)
		return audit.Line{Label: said, N: m.Contacts}
	}
	return audit.Line{Code: m.Code, Label: auditReport{p: r.p}.reason(campaign.AuditReason{Code: m.Code, Class: m.Class, Text: m.Reason}), N: m.Contacts}
}

// why is why people were not reached.
func (r reportPage) why(s campaign.State, reason string) string {
	if s == campaign.Withheld {
		return r.p.Or("board.withheld."+reason, reason)
	}
	return r.p.T("report.refused." + reason)
}

// states are the invitations by where they stand, and by way where there are several.
func (r reportPage) states() (ways []string, states []audit.State) {
	numbers := func(all, _ int) []int { return []int{all} }
	ways = []string{r.p.T("audit.count")}
	if r.balance.Campaign.File.Letters() {
		numbers = func(all, letters int) []int { return []int{all - letters, letters, all} }
		ways = []string{r.p.T("board.way.email"), r.p.T("board.way.letter"), r.p.T("audit.count")}
	}
	for _, s := range []campaign.State{campaign.Sent, campaign.Uncertain, campaign.Refused, campaign.Withheld, campaign.Planned, campaign.Claimed, campaign.Sending} {
		n := r.Invitations[s]
		if n == 0 && slices.Contains([]campaign.State{campaign.Planned, campaign.Claimed, campaign.Sending}, s) {
			continue
		}
		one := audit.State{Label: r.p.T("board.state." + string(s)), N: numbers(n, r.Letters[s])}
		if len(ways) > 1 { // else the funnel above says the same
			for _, e := range r.Ends(s) {
				one.Reasons = append(one.Reasons, audit.State{Label: r.why(s, e.Reason), N: numbers(e.People, e.Letters)})
			}
		}
		states = append(states, one)
	}
	return ways, states
}

// mostDays is how many lines the table of days has; a longer time has several days in one.
const mostDays = 31

func (r reportPage) days() (out []audit.Day, note string) {
	days := r.balance.Days
	if len(days) == 0 {
		return nil, ""
	}
	first, last := days[0].Day, days[len(days)-1].Day
	each := (int(last.Day()-first.Day()) + mostDays) / mostDays
	line := -1
	for _, d := range days {
		if n := int(d.Day.Day()-first.Day()) / each; n != line || len(out) == 0 {
			from, to := first.AddDays(n*each), first.AddDays(n*each+each-1)
			label := r.p.Date(from.Time())
			if each > 1 {
				label = r.p.T("board.course.days", "from", label, "to", r.p.Date(to.Time()))
			}
			line, out = n, append(out, audit.Day{Label: label, Asked: r.Answers.Asked})
		}
		one := &out[len(out)-1]
		one.Sent, one.Answers, one.SoFar = one.Sent+d.Sent, one.Answers+d.Answers, d.AnswersSoFar
	}
	return out, r.p.T("report.days.text")
}

// closing says what silence means once a campaign is over, and what becomes of who did not answer.
func (r reportPage) closing() []string {
	b := r.balance
	switch {
	case r.Status != campaign.Closed:
		return []string{r.p.T("report.use.until", "day", r.p.Date(b.Campaign.File.Schedule.Deadline.Time()))}
	case r.Answers.Silent == 0:
		return nil
	}
	out := []string{r.p.N("board.silent.means", r.Answers.Silent)}
	if b.Erased.IsZero() {
		return append(out, r.p.T("board.silent.kept"))
	}
	return append(out, r.p.T("board.silent.erased", "day", r.p.Date(b.Erased.Time())))
}
