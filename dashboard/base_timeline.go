package dashboard

import (
	"net/url"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/templates/board"
)

func (v *visit) reachBadge(r campaign.Reach) board.Badge {
	kinds := map[campaign.Reach]string{campaign.ReachMailbox: "good", campaign.ReachPost: "wait", campaign.ReachNever: "bad", campaign.ReachNowhere: "off"}
	return board.Badge{Kind: kinds[r], Text: v.P.T("board.reach." + string(r))}
}

// moment says what happened, and leads to what was shown then.
func (v *visit) moment(m campaign.Moment) board.MomentLine {
	l := board.MomentLine{At: v.P.DateTime(m.At), Ours: !m.OnDay || m.Kind == campaign.MomentJudged}
	if m.OnDay {
		l.At = v.P.Date(m.At)
	}
	var what string
	switch m.Kind {
	case campaign.MomentAgreed, campaign.MomentObjected:
		what = v.value(m.What)
	case campaign.MomentSuppressed:
		what = v.why(campaign.SuppressionReason(m.What))
	case campaign.MomentAnswered:
		what = v.P.T("board.answer." + m.What)
	case campaign.MomentJudged:
		what = v.P.T("board.class." + m.What)
	case campaign.MomentBounced:
		what = v.P.T("board.timeline.bounce." + m.What)
	}
	key := string(m.Kind)
	if m.Kind == campaign.MomentSent {
		key = m.What
	}
	if m.Kind == campaign.MomentAgreed && what == "" {
		key = "agreed_somehow"
	}
	l.What = v.P.T("board.timeline."+key, "what", what, "campaign", m.Campaign)
	l.Link = v.shown(m)
	return l
}

// shown leads to what the person saw, as it is kept; nil: nothing, or nothing that this role may open.
func (v *visit) shown(m campaign.Moment) *board.Link {
	switch {
	case m.Kind == campaign.MomentAnswered:
		if href := v.responseHref(m.Response); href != "" {
			return &board.Link{Label: v.P.T("board.timeline.answer"), Href: href}
		}
	case m.Kind == campaign.MomentSent && v.may(v.d.right("/campaigns/:campaign/frame/:sheet")):
		sheet := "message."
		if m.Route == campaign.RouteLetter {
			sheet = "letter."
		}
		return &board.Link{Label: v.P.T("board.timeline.message"), Href: v.d.href("/campaigns/" + url.PathEscape(m.Campaign) + "/frame/" + sheet + m.Language)}
	}
	return nil
}
