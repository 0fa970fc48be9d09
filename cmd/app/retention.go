package app

import (
	"context"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
)

// day is what periods are counted in.
const day = 24 * time.Hour

// retention reads the periods out of the settings.
func retention(c config.Retention) campaign.Retention {
	return campaign.Retention{Unasked: time.Duration(c.Unasked) * day, Silent: time.Duration(c.Silent) * day, Bounces: time.Duration(c.Bounces) * day,
		Proof: c.Proof, Cases: c.Cases, Request: c.Request, Propose: c.People == config.ProposePeople}
}

// Retained is what the rules of retention erase, or would.
type Retained struct {
	Rules    []campaign.RetentionLine `json:"rules"`
	People   int                      `json:"people"`
	Entries  int                      `json:"entries"`
	Proposed int                      `json:"proposed,omitempty"` // people whose time is over, never asked or with a yes from then, and who wait for a named person
	Applied  bool                     `json:"applied"`
	Scrubbed bool                     `json:"scrubbed"`
}

// PreviewRetention counts what applying the rules would erase.
func (a *App) PreviewRetention(ctx context.Context) (Retained, error) {
	return a.retain(ctx, Operator(), true)
}

// ApplyRetention erases what was kept long enough.
func (a *App) ApplyRetention(ctx context.Context) (Retained, error) {
	return a.applyRetention(ctx, Operator())
}

func (a *App) applyRetention(ctx context.Context, by campaign.Actor) (Retained, error) {
	r, err := a.retain(ctx, by, false)
	if err == nil && r.People+r.Entries > 0 {
		r.Scrubbed, err = a.scrubNow(ctx)
	}
	return r, err
}

func (a *App) retain(ctx context.Context, actor campaign.Actor, dry bool) (Retained, error) {
	lines, err := a.Desk.ApplyRetention(ctx, actor, dry)
	r := Retained{Rules: append([]campaign.RetentionLine{}, lines...), Applied: !dry && err == nil}
	for _, l := range lines {
		if l.Proposed {
			r.Proposed += l.People
			continue
		}
		r.People += l.People
		r.Entries += l.Entries
	}
	return r, err
}

// keep is the daily job. A named person who applies the rules has seen as of which day.
func (a *App) keep(ctx context.Context) error {
	if a.Desk.ClockRanAhead() {
		a.log.Warn("the clock has jumped ahead within the last hour: nothing is erased for its age before the next night")
		return a.store.NoteRetained(ctx)
	}
	r, err := a.retain(ctx, campaign.Machine, false)
	if err == nil {
		err = a.store.NoteRetained(ctx)
	}
	if r.People+r.Entries > 0 {
		a.log.Info("retention", "people", r.People, "entries", r.Entries)
	}
	if r.Proposed > 0 {
		a.log.Info("the time of people is over whom nobody has erased yet: reoptin retention apply", "people", r.Proposed)
	}
	return err
}

// missedNight is how long after a night the next one was missed: the machine was off, or asleep.
const missedNight = day + time.Hour

// keepMissed has the daily job run by day, where its hour found no server. Who serves for the first time has a day to look first.
func (a *App) keepMissed(ctx context.Context, kick func(job string) error) error {
	last, err := a.store.Retained(ctx)
	if err != nil {
		return err
	}
	switch now := a.clock(); {
	case last.IsZero() || now.Before(last): // the clock was ahead then
		return a.store.NoteRetained(ctx)
	case now.Sub(last) < missedNight, a.steady()-a.began < time.Hour: // a clock that is wrong as the machine starts is set right by then
		return nil
	default:
		return kick(jobRetention)
	}
}

// scrubWithin is how long overwriting what was erased may wait for campaigns to rest.
const scrubWithin = day

// scrub overwrites what was erased once nothing is being sent, and after a day in any case.
func (a *App) scrub(ctx context.Context) error {
	since, err := a.store.ScrubDue(ctx)
	if err != nil || since.IsZero() {
		return err
	}
	if a.clock().Sub(since) < scrubWithin {
		cs, err := a.Desk.Campaigns(ctx)
		if err != nil {
			return err
		}
		for _, c := range cs {
			if c.Status == campaign.Running {
				return nil
			}
		}
	}
	_, err = a.overwrite(ctx)
	return err
}

// overwrite writes the database anew, where its disk has room for two more of it. What cannot be done now stays due.
func (a *App) overwrite(ctx context.Context) (done bool, err error) {
	room, err := a.room()
	if err != nil {
		return false, err
	}
	if need := 2*uint64(sizeOf(a.config.DatabaseFile())) + spare; room.Total > 0 && room.Free < need {
		a.log.Warn("what was erased cannot be overwritten: the disk of the database has too little room", "free", room.Free, "needed", need)
		return false, nil
	}
	err = a.store.Scrub(ctx)
	if fault.Is(err, fault.Unavailable) { // somebody reads
		a.log.Warn("what was erased could not be overwritten yet", "cause", err)
		return false, nil
	}
	return err == nil, err
}

// spare is what is left on the disk for everything else meanwhile.
const spare = 64 << 20

// quoteGlob lets a path stand for itself in a pattern.
func quoteGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
