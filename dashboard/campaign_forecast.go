package dashboard

import (
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/templates/board"
)

// forecast is what starting a campaign would come to, in words.
func (v *visit) forecast(f campaign.Forecast) *board.Forecast {
	out := &board.Forecast{Warnings: append(v.foretold(f.Findings), v.terms(f.Relays)...)}
	switch {
	case f.ToAsk > 0:
		out.Facts = append(v.groups(f), v.outcome(f)...)
	case len(out.Warnings) == 0:
		return nil
	}
	return out
}

// foretold is what the start would be told.
func (v *visit) foretold(fs []lint.Finding) (warnings []string) {
	for _, f := range fs {
		if f.Rule == "CAMP-010" && f.Where == "audience" { // the page says that there is nobody, and where to read why
			continue
		}
		text := v.said(f.Message)
		if f.Text != "" {
			text += " (" + v.found(f) + ")"
		}
		warnings = append(warnings, text)
	}
	return warnings
}

// groups says who would be asked, by group and by mailbox provider.
func (v *visit) groups(f campaign.Forecast) []board.Pair {
	var groups, mailboxes []string
	for _, g := range []string{"doubtful", "refresh", "soft_opt_in", "b2b"} {
		if n := f.Groups[g]; n > 0 {
			groups = append(groups, v.P.T("board.forecast.share", "what", v.P.T("board.group."+g), "n", v.P.Number(n)))
		}
	}
	for _, s := range f.Providers {
		mailboxes = append(mailboxes, v.P.T("board.forecast.share", "what", s.Provider, "n", v.P.Number(s.People)))
	}
	if f.Others.People > 0 {
		mailboxes = append(mailboxes, v.P.T("board.forecast.others", "providers", v.P.Number(f.Others.Providers), "n", v.P.Number(f.Others.People)))
	}
	out := []board.Pair{{Term: v.P.T("board.forecast.groups"), Text: strings.Join(groups, v.P.T("board.between"))}}
	if len(mailboxes) > 0 { // letters go to none
		out = append(out, board.Pair{Term: v.P.T("board.forecast.mailboxes"), Text: strings.Join(mailboxes, v.P.T("board.between"))})
	}
	return out
}

// outcome says how many may answer, what that rests on, and what silence costs.
func (v *visit) outcome(f campaign.Forecast) []board.Pair {
	a, s := f.Answers, f.Silence
	answers := v.P.T("board.forecast.range", "from", v.P.Number(a.From), "to", v.P.Number(a.To)) + " " +
		v.P.T("board.forecast.basis", "from", v.P.Number(a.PercentFrom), "to", v.P.Number(a.PercentTo))
	for _, p := range a.Own {
		answers += " " + v.P.T("board.forecast.own", "name", p.Campaign, "asked", v.P.Number(p.Asked), "answered", v.P.Number(p.Answered))
	}
	silence := v.P.T("board.forecast.range", "from", v.P.Number(s.From), "to", v.P.Number(s.To)) + " " + v.P.T("board.forecast.lost", "n", v.P.Number(s.Lost))
	if s.Stays > 0 {
		silence += " " + v.P.T("board.forecast.stays", "n", v.P.Number(s.Stays))
	}
	out := []board.Pair{{Term: v.P.T("board.forecast.answers"), Text: answers}, {Term: v.P.T("board.forecast.silence"), Text: silence}}
	if f.Sending.Late > 0 {
		out = append(out, board.Pair{Term: v.P.T("board.forecast.late"), Text: v.P.T("board.forecast.late_text", "n", v.P.Number(f.Sending.Late))})
	}
	return out
}

// terms warn of relays whose rules stand against such mail.
func (v *visit) terms(relays []campaign.RelayTerms) (warnings []string) {
	for _, r := range relays {
		key := "board.forecast.terms_consent"
		if r.Terms == campaign.TermsTransactional {
			key = "board.forecast.terms_transactional"
		}
		warnings = append(warnings, v.P.T(key, "provider", r.Provider, "relay", r.Relay, "source", r.Source))
	}
	return warnings
}
