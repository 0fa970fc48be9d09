package campaign

import (
	"context"
	"slices"

	"github.com/reoptin/reoptin/internal/address"
)

// How deliveries end is counted where their ends are stored, in the same transaction; what comes back later,
// bounces and complaints, is heard before each turn. Both ask the stop rules, and pause the campaign in that
// transaction too: no figure passes a threshold without its pause, whatever dies in between.

// Late is a bounce or a complaint that came after its delivery had ended.
type Late struct {
	Entry     EntryNo
	Email     Address // empty for a person who was erased
	Complaint bool    // else a hard bounce
	Earlier   bool    // of a message that had ended before the campaign was last resumed
}

// Provider is who runs the mailbox: a known mailbox provider, or the domain.
func (a Address) Provider() string { return address.Provider(a.Domain()) }

// tally collects figures by campaign and mailbox provider.
type tally map[CampaignID]map[string]Figures

func (t tally) add(c CampaignID, provider string, f Figures) {
	if f == (Figures{}) {
		return
	}
	if t[c] == nil {
		t[c] = map[string]Figures{}
	}
	t[c][Everyone] = t[c][Everyone].Plus(f)
	if provider != Everyone {
		t[c][provider] = t[c][provider].Plus(f)
	}
}

// heed stores figures and lets the stop rules look at what they come to.
func (d *Desk) heed(tx Tx, t tally) error {
	for id, by := range t {
		sums, err := tx.CountEnds(id, by)
		if err != nil {
			return err
		}
		if err := d.stopAt(tx, id, tripped(d.stops, sums)); err != nil {
			return err
		}
	}
	return nil
}

// heedLate is heed for what came back later.
func (d *Desk) heedLate(tx Tx, id CampaignID, late []Late) error {
	reason, err := weighLate(tx, id, late, d.stops)
	if err != nil {
		return err
	}
	return d.stopAt(tx, id, reason)
}

// weighLate counts what came back later, and gives the reason to pause that some rules find in it, or "". Of messages from before
// the last resume it is weighed against those: against the few that left since, one bounce of a large crowd would be a stop, and
// against none of them many would be nothing.
func weighLate(tx Tx, id CampaignID, late []Late, rules []StopRule) (reason string, err error) {
	since, earlier := tally{}, tally{}
	for _, l := range late {
		t, f := since, Figures{Hard: 1}
		if l.Complaint {
			f = Figures{Complaints: 1}
		}
		if l.Earlier {
			t = earlier
		}
		t.add(id, l.Email.Provider(), f)
	}
	if len(since) > 0 {
		sums, err := tx.CountEnds(id, since[id])
		if err != nil {
			return "", err
		}
		reason = tripped(rules, sums)
	}
	if len(earlier) > 0 {
		sums, err := tx.CountEarlier(id, earlier[id])
		if err != nil {
			return "", err
		}
		if reason == "" {
			reason = earlierly(tripped(rules, sums))
		}
	}
	return reason, nil
}

// overheard is what speaks against resuming a paused campaign, or "": while it is paused nothing is heard, and the resume lets all
// figures begin anew. What is weighed now is a reason of the pause from here on, and none again for whoever has been told.
func (d *Desk) overheard(tx Tx, c Campaign) (reason string, err error) {
	late, upTo, err := tx.LateEnds(c.ID, NoEntry)
	if err != nil || len(late) == 0 {
		return "", err
	}
	if err := tx.HeardTo(c.ID, upTo); err != nil {
		return "", err
	}
	untold := slices.DeleteFunc(slices.Clone(d.stops), func(r StopRule) bool { return r.toldIn(c.Waiting.Reason) })
	if reason, err = weighLate(tx, c.ID, late, untold); err != nil || reason == "" {
		return "", err
	}
	left, err := anybodyLeft(tx, c)
	if err != nil || !left {
		return "", err
	}
	if _, err := tx.Append(Entry{Kind: EntryPaused, Campaign: c.ID, Payload: pausing(Machine, c, reason)}); err != nil {
		return "", err
	}
	return reason, tx.SetWaiting(c.ID, Waiting{For: "paused", Reason: reason})
}

// anybodyLeft reports whether a campaign has somebody to write to still.
func anybodyLeft(r Reader, c Campaign) (bool, error) {
	states, err := mailStates(r, c)
	return states[Planned]+states[Claimed] > 0, err
}

// stopAt is stop when there is a reason.
func (d *Desk) stopAt(tx Tx, id CampaignID, reason string) error {
	if reason == "" {
		return nil
	}
	return d.stop(tx, id, reason)
}

// stop pauses a campaign that runs and has somebody left to ask.
func (d *Desk) stop(tx Tx, id CampaignID, reason string) error {
	c, err := tx.CampaignByID(id)
	if err != nil || c.Status != Running {
		return err
	}
	if left, err := anybodyLeft(tx, c); err != nil || !left {
		return err
	}
	d.stopped.Store(int64(id))
	d.log.Error("a stop rule pauses the campaign", "campaign", c.Name, "reason", reason)
	return pauseNow(tx, Machine, c, reason)
}

// hear takes in the bounces and complaints that came since it last did, and reports whether the campaign
// still runs. Most turns find none: what was walked over is remembered, and stored with what is found.
// A person who resumed it meanwhile, in whatever process, has looked at the relays as well.
func (d *Desk) hear(ctx context.Context, c Campaign) (running bool, err error) {
	after := d.heardTo(c.ID)
	var late []Late
	var resumed bool
	err = d.store.View(ctx, func(r Reader) error {
		if after != NoEntry {
			if resumed, err = r.Resumed(c.ID, after); err != nil {
				return err
			}
		}
		late, after, err = r.LateEnds(c.ID, after)
		return err
	})
	if err == nil && resumed {
		d.relays.forget()
	}
	if err == nil && len(late) > 0 {
		err = d.store.Update(ctx, func(tx Tx) error {
			if late, after, err = tx.LateEnds(c.ID, NoEntry); err != nil {
				return err
			}
			if err := tx.HeardTo(c.ID, after); err != nil {
				return err
			}
			if err := d.heedLate(tx, c.ID, late); err != nil {
				return err
			}
			c, err = tx.CampaignByID(c.ID)
			return err
		})
	}
	if err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard[c.ID] = after
	return c.Status == Running, nil
}

// heardTo is up to which entry a campaign's bounces and complaints were looked for.
func (d *Desk) heardTo(id CampaignID) EntryNo {
	d.mu.Lock()
	defer d.mu.Unlock()
	if no, known := d.heard[id]; known {
		return no
	}
	return NoEntry
}
