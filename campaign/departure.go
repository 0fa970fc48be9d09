package campaign

import "context"

// warmed is what some messages that may now leave are for the warm-up of a host.
type warmed struct {
	of *warming
	by []Warmth
	ms []Message
}

// depart stores by which relays the messages leave that may now, and what that is for the warm-ups. It is part of
// the point of no return.
func (r *run) depart(tx Tx, ms []Message, won map[InvitationID]bool) (out []warmed, err error) {
	s := r.desk.relays
	if len(won) == 0 {
		return nil, nil
	}
	for _, w := range s.warmings() {
		theirs := s.by(w, ms, won)
		ws := w.spent(theirs, DateOf(tx.Now().In(r.house)))
		if err := tx.PutWarmths(w.host, ws); err != nil {
			return nil, err
		}
		out = append(out, warmed{w, ws, theirs})
	}
	if !s.several() {
		return out, nil
	}
	relays := make(map[InvitationID]string, len(won))
	for _, m := range ms {
		if won[m.Invitation] {
			relays[m.Invitation] = m.Relay
		}
	}
	return out, tx.PutRelays(relays)
}

// by are the messages that may leave by relays of a warm-up's host.
func (s *outlets) by(w *warming, ms []Message, won map[InvitationID]bool) (out []Message) {
	for _, m := range ms {
		for _, o := range s.all {
			if won[m.Invitation] && o.warm == w && o.Name == m.Relay {
				out = append(out, m)
			}
		}
	}
	return out
}

// adopt takes over what was stored: what was under way is in the figures now.
func (s *outlets) adopt(out []warmed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range out {
		w.of.adopt(w.by)
		for n := 0; s.several() && n < len(w.ms); n++ {
			w.of.unbusy(w.ms[n].To.Provider())
		}
	}
}

func (w *warming) unbusy(provider string) {
	if w.busy[provider]--; w.busy[provider] <= 0 {
		delete(w.busy, provider)
	}
}

// pinRelays says of claimed invitations at which of several relays they stood before their dot once.
func (r *run) pinRelays(is []Invitation) error {
	if !r.desk.relays.several() || len(is) == 0 {
		return nil
	}
	return r.desk.store.View(context.WithoutCancel(r.going), func(rd Reader) error { return pinRelays(rd, is) })
}

func pinRelays(r Reader, is []Invitation) error {
	ids := make([]InvitationID, len(is))
	for n, i := range is {
		ids[n] = i.ID
	}
	relays, err := r.RelaysOf(ids)
	for n := range is {
		is[n].Relay = relays[is[n].ID]
	}
	return err
}

// outlet gives the relay of an invitation. Without one it is not begun, and lies until there may be one.
func (r *run) outlet(i Invitation) (*outlet, Outcome) {
	o, until := r.desk.relays.take(i, r.day, r.tomorrow)
	return o, Outcome{Kind: OutcomeLost, Stage: "relay", until: until}
}

// noRelay puts down what a campaign waits for while no relay can be used.
func (d *Desk) noRelay(ctx context.Context, c Campaign) (none bool, err error) {
	w := d.relays.waits()
	if w.For == "" {
		return false, nil
	}
	return true, d.setWaiting(ctx, c.ID, w)
}

// judge counts what speaks against a relay or our setting of it. One that cannot be used is left alone; the run
// stops when there is no other.
func (r *run) judge(o *outlet, end Outcome) {
	d, c := r.desk, r.campaign
	if end.Kind == OutcomeSent {
		r.mu.Lock()
		r.sent = true
		r.mu.Unlock()
	}
	rest := d.relays.judge(o, end)
	switch {
	case !rest.began:
	case !rest.all:
		d.log.Warn("a relay is left alone, and another one used", "campaign", c.Name, "relay", o.Name, "stage", end.Stage, "reply", end.Reply, "error", end.Err, "until", rest.until)
	case rest.pause:
		d.log.Error("the relay refuses our messages: the campaign is paused", "campaign", c.Name, "stage", end.Stage, "code", end.Code, "reply", end.Reply)
		what := "the relay refused "
		if end.Kind == OutcomeUncertain {
			what = "the relay does not answer clearly "
		}
		r.pause(what + said(end))
	default:
		r.stopWith(func(ctx context.Context) error {
			w := Waiting{For: "relay", Until: rest.next, Reason: said(end)}
			d.log.Warn("the relay cannot be used", "campaign", c.Name, "stage", end.Stage, "reply", end.Reply, "error", end.Err, "next", w.Until)
			return d.setWaiting(ctx, c.ID, w)
		})
	}
}
