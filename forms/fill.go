package forms

import (
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/templates/consent"
)

// never is the expiry of links that can always say no.
func (v *visit) never() time.Time { return time.Time{} }

// fill puts a visit's values into a kept page. preferences is the path of the preferences page.
func (s *Sheets) fill(k *kept, v *visit, name, notice, nonce, preferences string) ([]byte, error) {
	p := s.catalogue.For(v.language)
	f := filling{
		text: map[consent.Slot]string{
			consent.SlotAction:      v.action(),
			consent.SlotNonce:       nonce,
			consent.SlotAddress:     v.view.Masked(),
			consent.SlotPreferences: preferences,
		},
		fragment: map[consent.Slot][]byte{},
	}
	if notice != "" {
		drawn, err := consent.Draw(consent.Note(consent.Notice{P: p, Key: notice}))
		if err != nil {
			return nil, fault.Wrap("forms.fill", err)
		}
		f.fragment[consent.SlotNotice] = drawn
	}
	if name == pagePreferences || len(v.view.Current) > 0 {
		drawn, err := consent.Draw(consent.Current(consent.Lines{P: p, Action: v.action(), Nonce: nonce, Lines: standing(v, p)}))
		if err != nil {
			return nil, fault.Wrap("forms.fill", err)
		}
		f.fragment[consent.SlotCurrent] = drawn
	}
	if name == pagePreferences && len(v.asked) > 0 {
		drawn, err := consent.Draw(consent.Requests(requests(v.asked, v.now, p)))
		if err != nil {
			return nil, fault.Wrap("forms.fill", err)
		}
		f.fragment[consent.SlotRequests] = drawn
	}
	return k.fill(f), nil
}

// standing says in words where each question stands. A question without an answer is a no that can
// still be said or changed.
func standing(v *visit, p i18n.Printer) []consent.Line {
	current := map[campaign.Question]campaign.CurrentChoice{}
	for _, c := range v.view.Current {
		current[c.Question] = c
	}
	var lines []consent.Line
	for _, q := range v.view.Frozen.File.Questions() {
		l := wording(v.view.Frozen, p, v.language, q)
		c, answered := current[q]
		if answered {
			l.State, l.Since = p.T("state."+string(c.State)), p.DateTime(c.At)
		} else {
			l.State = p.T("state.unanswered")
		}
		l.CanYes = v.open && c.State != campaign.Granted
		l.CanNo = c.State == campaign.Granted || c.State == campaign.Expired || !answered
		lines = append(lines, l)
	}
	return lines
}

// wording is a question in words.
func wording(f *campaign.Frozen, p i18n.Printer, language string, q campaign.Question) consent.Line {
	purpose, _ := f.Organisation.Purpose(q.Purpose)
	title := campaign.Text(purpose.Title, language)
	if title == "" {
		title = q.Purpose
	}
	return consent.Line{Field: field(q), Purpose: title, Channel: channel(p, q.Channel)}
}
