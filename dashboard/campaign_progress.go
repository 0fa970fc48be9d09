package dashboard

import (
	"fmt"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/templates/board"
)

// running shows a started campaign: progress, what is uncertain, and what can be done.
func (v *visit) running(page *board.Campaign, c campaign.Campaign) error {
	r, err := v.d.desk.Status(v.ctx(), c.Name)
	if err != nil {
		return err
	}
	p := v.progressOf(c, r)
	page.Progress = &p
	if over := r.Invitations[campaign.Sent] + r.Invitations[campaign.Refused] + r.Invitations[campaign.Withheld]; c.Status == campaign.Running && over > 0 && over == r.ToAsk {
		page.Next = v.P.T("board.next.asked") // nothing leaves any more
	}
	if c.Status != campaign.Closed {
		page.Stream = v.d.href(campaignPath(c.Name, "events"))
	}
	if r.Invitations[campaign.Uncertain] > 0 {
		if err := v.uncertain(page, c); err != nil {
			return err
		}
	}
	if v.may(account.Start) {
		page.Acts = v.runningActs(c, r)
	}
	return nil
}

// groups put the states of an invitation together as people think of them.
func groups() []struct {
	key, kind string
	states    []campaign.State
} {
	return []struct {
		key, kind string
		states    []campaign.State
	}{
		{"board.progress.sent", "good", []campaign.State{campaign.Sent}},
		{"board.progress.waiting", "wait", []campaign.State{campaign.Planned, campaign.Claimed, campaign.Sending}},
		{"board.progress.uncertain", "bad", []campaign.State{campaign.Uncertain}},
		{"board.progress.unsent", "off", []campaign.State{campaign.Refused, campaign.Withheld}},
	}
}

func (v *visit) progressOf(c campaign.Campaign, r campaign.Report) board.Progress {
	p := board.Progress{Status: v.statusBadge(r.Status), Total: v.P.N("board.progress.people", r.ToAsk)}
	for _, g := range groups() {
		n := 0
		for _, s := range g.states {
			n += r.Invitations[s]
		}
		p.Segments = append(p.Segments, board.Segment{Label: v.P.T(g.key), N: v.P.Number(n), Count: n, Kind: g.kind, Note: v.P.T("board.percent", "n", board.Share(n, r.ToAsk))})
	}
	p.Segments = board.Split(p.Segments, r.ToAsk)
	fact := func(key, text string) {
		p.Facts = append(p.Facts, board.Pair{Term: v.P.T(key), Text: text})
	}
	if w := v.waiting(r); w != "" {
		fact("board.campaign.waits", w)
	}
	if rate := v.rate(c); rate != "" && r.Status != campaign.Closed {
		fact("board.progress.rate", rate)
	}
	if r.Counted.Ended > 0 {
		fact("board.progress.counted", v.counted(r))
	}
	for _, w := range r.WarmUp {
		limit := v.P.T("board.progress.warm")
		if w.Limit > 0 {
			limit = v.P.T("board.progress.of_limit", "limit", v.P.Number(w.Limit))
		}
		fact("board.progress.warm_up", v.P.T("board.pair", "what", strings.TrimSpace(w.Provider+" "+w.Relay), "text", v.P.Number(w.Sent)+" "+limit))
	}
	fact("board.progress.withheld", v.P.Number(r.Invitations[campaign.Withheld]))
	fact("board.progress.refused", v.P.Number(r.Invitations[campaign.Refused]))
	fact("board.progress.views", v.P.Number(int(r.FormViews)))
	fact("board.progress.answers", v.P.T("board.progress.answered", "people", v.P.N("board.figure.people", r.Responses.People), "yes", v.P.Number(r.Responses.Granted),
		"no", v.P.Number(r.Responses.Refused), "back", v.P.N("board.figure.back", r.Responses.Withdrawn)))
	return p
}

// counted says what the stop rules have counted, and at which mailbox provider something went wrong.
func (v *visit) counted(r campaign.Report) string {
	said := func(f campaign.Figures) string {
		return strings.Join([]string{v.P.N("board.figure.ended", f.Ended), v.P.N("board.figure.hard", f.Hard), v.P.N("board.figure.complaints", f.Complaints),
			v.P.N("board.figure.refused", f.Refused), v.P.N("board.figure.uncertain", f.Uncertain)}, ", ")
	}
	text := said(r.Counted)
	for _, p := range r.Providers {
		if p.Figures != (campaign.Figures{Ended: p.Ended}) {
			text += " · " + v.P.T("board.pair", "what", p.Provider, "text", said(p.Figures))
		}
	}
	return text
}

// waiting says what a campaign waits for, until when, and why.
func (v *visit) waiting(r campaign.Report) string {
	if r.Waiting == "" {
		return ""
	}
	said := v.P.T("board.waiting." + r.Waiting)
	if at, err := time.Parse(time.RFC3339, r.NextAt); err == nil {
		said += " · " + v.P.T("board.progress.until", "at", v.P.DateTime(at))
	}
	if r.Reason != "" {
		said += " · " + v.said(r.Reason)
	}
	return said
}

// rate is how fast messages leave at most, and the setting that says so.
func (v *visit) rate(c campaign.Campaign) string {
	if c.Frozen == nil {
		return ""
	}
	l, err := v.d.desk.Limits(c.File, c.Frozen.Organisation)
	if err != nil {
		return ""
	}
	return v.pace(l.N, l.Per, l.RateBy)
}

func (v *visit) pace(n int, per time.Duration, by string) string {
	unit := map[time.Duration]string{time.Second: "second", time.Minute: "minute", time.Hour: "hour"}[per]
	if unit == "" {
		unit = "day"
	}
	return v.P.T("board.rate."+unit, "n", v.P.Number(n), "setting", by)
}

// mostUncertain bounds how many uncertain invitations a page lists; the rest comes when these are settled.
const mostUncertain = 50

func (v *visit) uncertain(page *board.Campaign, c campaign.Campaign) error {
	is, err := v.d.desk.Uncertain(v.ctx(), c.Name)
	if err != nil {
		return err
	}
	s := board.Settle{Title: v.P.N("board.settle.title", len(is)), Text: v.P.T("board.settle.text"), NotSent: v.P.T("board.settle.not_sent")}
	if c.Status == campaign.Closed { // where nobody is asked any more
		s.NotSent = v.P.T("board.settle.not_sent_closed")
	}
	if v.may(account.Settle) {
		s.Action = v.d.href(campaignPath(c.Name, "settle"))
	}
	for _, i := range is[:min(len(is), mostUncertain)] {
		id := fmt.Sprint(int64(i.ID))
		l := board.SettleLine{ID: id, Title: v.P.T("board.settle.line", "id", id, "to", v.whom(i)), Reply: i.Reply,
			Field: board.Field{Name: "because-" + id, Label: v.P.T("board.settle.because"), Required: true}}
		if !i.SentAt.IsZero() {
			l.Title += " · " + v.P.DateTime(i.SentAt)
		}
		s.Lines = append(s.Lines, l)
	}
	page.Settle = &s
	return nil
}

func (v *visit) runningActs(c campaign.Campaign, r campaign.Report) []board.Act {
	href := func(page string) string { return v.d.href(campaignPath(c.Name, page)) }
	var acts []board.Act
	switch c.Status {
	case campaign.Running:
		acts = append(acts, board.Act{Label: v.P.T("board.act.pause"), Text: v.P.T("board.act.pause_text"), Action: href("pause"), Button: v.P.T("board.act.pause_button"),
			Fields: []board.Field{{Name: "reason", Label: v.P.T("board.act.reason"), Required: true, Autocomplete: "off"}}})
	case campaign.Paused:
		acts = append(acts, board.Act{Label: v.P.T("board.act.resume"), Text: v.P.T("board.act.resume_text"), Action: href("resume"), Button: v.P.T("board.act.resume_button"), Open: true})
	default:
		return nil
	}
	w := r.WouldClose()
	text := v.P.N("board.act.close_silent", w.Silent) + " "
	if w.Withheld > 0 {
		text += v.P.N("board.act.close_withheld", w.Withheld) + " "
	}
	return append(acts, board.Act{Label: v.P.T("board.act.close"), Text: text + v.P.T("board.act.close_text"),
		Action: href("close"), Button: v.P.T("board.act.close_button"), Grave: true, Fields: []board.Field{v.typed(c.Name)}})
}

// typed is the field in which a person types the name of what they are about to act on.
func (v *visit) typed(name string) board.Field {
	return board.Field{Name: "name", Label: v.P.T("board.act.typed", "name", name), Autocomplete: "off", Required: true}
}
