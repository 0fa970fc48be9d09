package dashboard

import (
	"net/http"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// diagnoseLongest bounds how long somebody waits for the checks.
const diagnoseLongest = 45 * time.Second

// showRelays shows by which ways messages leave, and what the checks found last. It asks nobody outside.
func (d *Dashboard) showRelays(v *visit) error { return v.relaysPage(http.StatusOK, nil) }

// checkRelays runs the checks.
func (d *Dashboard) checkRelays(v *visit) error {
	v.path = "/relays"
	ctx, cancel := v.patient(diagnoseLongest)
	defer cancel()
	err := d.desk.Diagnose(ctx)
	if ctx.Err() != nil && v.ctx().Err() == nil {
		err = fault.New(fault.Unavailable, "board.relays.long", "the checks took too long").At("dashboard.checkRelays")
	}
	if mendable(err) {
		return v.relaysPage(http.StatusConflict, err)
	}
	if err != nil {
		return err
	}
	return v.done("/relays", "diagnosed")
}

func (v *visit) relaysPage(status int, wrong error) error {
	rs, err := v.d.desk.Relays(v.ctx())
	if err != nil {
		return err
	}
	p := board.Relays{Frame: v.frame(v.P.T("board.relays.title")), Problem: v.sentence(wrong), Asked: v.P.T("board.relays.unasked")}
	if v.may(account.Settings) {
		p.Check = v.d.href("/relays/check")
	}
	if len(rs) == 0 {
		p.None = &board.Empty{Title: v.P.T("board.relays.none"), Text: v.P.T("board.relays.none_text")}
	}
	for _, r := range rs {
		p.Relays = append(p.Relays, v.relay(r))
	}
	found := v.d.desk.Diagnosis()
	if !found.At.IsZero() {
		p.Asked = v.P.T("board.relays.asked", "at", v.P.DateTime(found.At))
	}
	for _, f := range found.Lines {
		l := board.CheckLine{Check: v.P.Or("board.check."+f.Check, f.Check), About: f.About, Text: f.Text, Mend: f.Mend,
			State: board.Badge{Kind: map[string]string{"ok": "good", "info": "off", "warning": "wait", "error": "bad"}[f.Status], Text: v.P.T("board.verdict." + f.Status)}}
		for _, z := range f.Records {
			l.Records = append(l.Records, z.Name+". "+z.Type+" "+z.Text)
		}
		p.Lines = append(p.Lines, l)
	}
	body, err := board.RelaysHTML(p)
	return v.show(status, body, err)
}

// relay is one relay in words.
func (v *visit) relay(r Relay) board.RelayCard {
	state := board.Badge{Kind: "good", Text: v.P.T("board.relays.ready")}
	why := ""
	switch {
	case r.Doubted:
		state, why = board.Badge{Kind: "bad", Text: v.P.T("board.relays.doubted")}, v.P.T("board.relays.doubted_text")
	case !r.Until.IsZero() && r.Refuses:
		state, why = board.Badge{Kind: "bad", Text: v.P.T("board.relays.refuses")}, v.P.T("board.relays.rests", "at", v.P.DateTime(r.Until))
	case !r.Until.IsZero():
		state, why = board.Badge{Kind: "bad", Text: v.P.T("board.relays.away")}, v.P.T("board.relays.rests", "at", v.P.DateTime(r.Until))
	case r.Trying:
		state = board.Badge{Kind: "wait", Text: v.P.T("board.relays.trying")}
	}
	security := map[string]string{"smtp": "starttls", "smtps": "tls", "smtp+insecure": "plain"}[r.Security]
	c := board.RelayCard{Name: r.Name, Section: r.Section, State: state, Why: why, Said: r.Said}
	c.Facts = known(board.Pair{Term: v.P.T("board.relays.security"), Text: v.P.T("board.security." + security)},
		board.Pair{Term: v.P.T("board.relays.login"), Text: r.Login}, board.Pair{Term: v.P.T("board.relays.signs"), Text: r.Signs},
		board.Pair{Term: v.P.T("board.relays.under_way"), Text: v.P.Number(r.UnderWay)}, board.Pair{Term: v.P.T("board.relays.warm_up"), Text: v.warmUp(r)})
	for _, w := range r.Today {
		if w.Provider == campaign.Everyone {
			continue
		}
		l := board.WarmthLine{Provider: w.Provider, Sent: v.P.Number(w.Sent), Step: v.P.T("board.relays.unbound"), Most: "–"}
		if w.Step < len(r.Steps) {
			l.Step, l.Most = v.P.T("board.of", "n", w.Step+1, "all", len(r.Steps)), v.P.Number(r.Steps[w.Step])
		}
		c.Today = append(c.Today, l)
	}
	return c
}

// warmUp says how far a relay may go today.
func (v *visit) warmUp(r Relay) string {
	if len(r.Steps) == 0 {
		return v.P.T("board.relays.no_warm_up")
	}
	return v.P.N("board.relays.steps", len(r.Steps))
}
