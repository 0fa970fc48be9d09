package app

import (
	"context"

	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
)

// Relays are those that are set, and how they do in this process.
func (d desk) Relays(ctx context.Context) (out []dashboard.Relay, err error) {
	states, err := d.RelayStates(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range d.app.config.Ways() {
		relay, err := w.SMTP.Relay()
		if err != nil {
			continue // the checks say what is wrong with it
		}
		one := dashboard.Relay{Section: w.Section, Security: string(relay.Security), Login: relay.User, Signs: w.DKIM.Domain}
		one.Name, one.Host = relay.Address(), relay.Host
		for _, s := range states {
			if s.Name == one.Name {
				one.RelayState = s
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// Diagnosis is the last one that was asked for from the page.
func (d desk) Diagnosis() (out dashboard.Diagnosis) {
	if last := d.app.diagnosed.Load(); last != nil {
		out = *last
	}
	return out
}

// Diagnose does what the command doctor does.
func (d desk) Diagnose(ctx context.Context) error {
	if !d.app.diagnosing.TryLock() {
		return fault.New(fault.Conflict, "board.relays.busy", "the checks are running already").At("app.Diagnose")
	}
	defer d.app.diagnosing.Unlock()
	found, err := Doctor(ctx, d.app.config, Surroundings{Log: d.app.log, Clock: d.app.clock}, d.app.doctor)
	if err != nil {
		return err
	}
	out := dashboard.Diagnosis{At: d.app.clock()}
	for _, l := range found.Lines {
		f := dashboard.Finding{Check: l.Check, About: l.About, Status: l.Status, Text: l.Text, Mend: l.Mend}
		for _, z := range l.Records {
			f.Records = append(f.Records, dashboard.ZoneRecord(z))
		}
		out.Lines = append(out.Lines, f)
	}
	d.app.diagnosed.Store(&out)
	return nil
}
