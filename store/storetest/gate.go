package storetest

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// gated: whom the gate holds back is put off until then with its reason, without an attempt and without their
// keys being taken; the others are claimed in order.
func gated(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	ada := w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	bob := w.plan(c, w.contact("bob"), keys("bob", "bob")...)
	eve := w.plan(c, w.contact("eve"), keys("eve", "eve")...)
	until := w.clock().Add(time.Hour).Truncate(time.Millisecond)
	var got []campaign.Invitation
	var held int
	claim := func(g campaign.Gate) {
		w.update(func(tx campaign.Tx) (err error) {
			got, held, err = tx.Claim(c, 5, "one", g)
			return err
		})
	}
	asked := 0
	claim(func(campaign.Address, string) (time.Time, string) {
		if asked++; asked == 2 {
			return until, "window"
		}
		return time.Time{}, ""
	})
	if len(got) != 2 || held != 1 || got[0].Link != ada || got[1].Link != eve {
		t.Fatalf("claimed %+v, %d held back", got, held)
	}
	if i := w.invitation(bob); i.State != campaign.Planned || i.Attempt != 0 || !i.NotBefore.Equal(until) || i.Reason != "window" {
		t.Errorf("%+v", i)
	}
	w.view(func(r campaign.Reader) error {
		at, why, ok, err := r.NextDue(c)
		if !ok || !at.Equal(until) || why != "window" {
			t.Errorf("next due %v, %q, %v", at, why, ok)
		}
		taken, kerr := r.KeysTaken(keys("bob", "bob"))
		w.must(kerr)
		if len(taken) != 0 {
			t.Errorf("keys are taken: %v", taken)
		}
		return err
	})
	if claim(nil); len(got) != 0 || held != 0 {
		t.Errorf("claimed before the time: %+v", got)
	}
	w.pass(time.Hour + time.Minute)
	if claim(nil); len(got) != 1 || got[0].Link != bob || got[0].Attempt != 1 {
		t.Errorf("claimed %+v", got)
	}
	w.whole()
}

// recalled: whoever was put off is due at once, of the one campaign; and those who are still to be asked are told.
func recalled(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c, other := w.running("printemps"), w.running("automne")
	w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	w.plan(other, w.contact("bob"), keys("bob", "bob")...)
	later := func(campaign.Address, string) (time.Time, string) { return w.clock().AddDate(10, 0, 0), "window" }
	claim := func(id campaign.CampaignID, g campaign.Gate) (n int) {
		w.update(func(tx campaign.Tx) error {
			got, _, err := tx.Claim(id, 5, "one", g)
			n = len(got)
			return err
		})
		return n
	}
	if claim(c, later)+claim(other, later) != 0 {
		t.Fatal("somebody was claimed")
	}
	planned := func() (n int) {
		w.view(func(r campaign.Reader) error {
			return r.PlannedAddresses(c, func(campaign.Address) { n++ })
		})
		return n
	}
	if n := planned(); n != 1 {
		t.Errorf("%d are still to be asked", n)
	}
	var off []campaign.PutOff
	w.view(func(r campaign.Reader) error {
		return r.PutOff(c, w.clock(), func(p campaign.PutOff) { off = append(off, p) })
	})
	if len(off) != 1 || off[0].Why != "window" || off[0].Until.Before(w.clock()) || off[0].Email == "" {
		t.Fatalf("put off: %+v", off)
	}
	w.update(func(tx campaign.Tx) error { return tx.RecallThose([]campaign.InvitationID{off[0].Invitation}) })
	w.view(func(r campaign.Reader) error {
		return r.PutOff(c, w.clock(), func(p campaign.PutOff) { t.Errorf("put off still: %+v", p) })
	})
	if n, others := claim(c, later), claim(other, later); n+others != 0 {
		t.Errorf("%d and %d are claimed", n, others)
	}
	w.update(func(tx campaign.Tx) error { return tx.Recall(c) })
	if n, others := claim(c, nil), claim(other, nil); n != 1 || others != 0 {
		t.Errorf("%d and %d are claimed", n, others)
	}
	if n := planned(); n != 0 {
		t.Errorf("%d are still to be asked", n)
	}
	w.whole()
}

// warmths are kept by relay and mailbox provider, the last word of each.
func warmths(t *testing.T, h Harness) {
	w := newWorld(t, h)
	day := campaign.NewDate(2026, 3, 29)
	put := func(relay string, ws ...campaign.Warmth) {
		w.update(func(tx campaign.Tx) error { return tx.PutWarmths(relay, ws) })
	}
	put("one.example", campaign.Warmth{Provider: "gmail", Day: day, Step: 1, Sent: 7}, campaign.Warmth{Provider: campaign.Everyone, Day: day, Sent: 2})
	put("one.example", campaign.Warmth{Provider: "gmail", Day: day.AddDays(1), Step: 2, Sent: 1, Best: 90})
	put("two.example", campaign.Warmth{Provider: "gmail", Day: day})
	put("two.example")
	w.view(func(r campaign.Reader) error {
		ws, err := r.Warmths("one.example")
		if len(ws) != 2 || ws[0].Provider != campaign.Everyone || ws[0].Sent != 2 || ws[1].Day.String() != "2026-03-30" || ws[1].Step != 2 || ws[1].Sent != 1 || ws[1].Best != 90 {
			t.Errorf("%+v", ws)
		}
		return err
	})
}

// relays are kept by invitation, the last one of each; of others nothing is.
func relays(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	var ids []campaign.InvitationID
	for _, who := range []string{"ada", "bob", "eve"} {
		ids = append(ids, w.invitation(w.plan(c, w.contact(who), keys(who, who)...)).ID)
	}
	put := func(relays map[campaign.InvitationID]string) {
		w.update(func(tx campaign.Tx) error { return tx.PutRelays(relays) })
	}
	put(map[campaign.InvitationID]string{ids[0]: "one.example:587", ids[1]: "one.example:587"})
	put(map[campaign.InvitationID]string{ids[1]: "two.example:465"})
	put(nil)
	w.view(func(r campaign.Reader) error {
		got, err := r.RelaysOf(ids)
		if len(got) != 2 || got[ids[0]] != "one.example:587" || got[ids[1]] != "two.example:465" {
			t.Errorf("%v", got)
		}
		if none, nerr := r.RelaysOf(nil); len(none) != 0 || nerr != nil {
			t.Errorf("%v, %v", none, nerr)
		}
		return err
	})
	w.whole()
}

// lookedPast: a claim looks past somebody for now, who stays as they are.
func lookedPast(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	ada := w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	bob := w.plan(c, w.contact("bob"), keys("bob", "bob")...)
	var got []campaign.Invitation
	var held int
	claim := func(g campaign.Gate) {
		w.update(func(tx campaign.Tx) (err error) {
			got, held, err = tx.Claim(c, 5, "one", g)
			return err
		})
	}
	asked := 0
	claim(func(campaign.Address, string) (time.Time, string) {
		if asked++; asked != 2 {
			return time.Time{}, campaign.WhyCrowded
		}
		return time.Time{}, ""
	})
	if len(got) != 1 || held != 0 || got[0].Link != bob {
		t.Fatalf("claimed %+v, %d held back", got, held)
	}
	if i := w.invitation(ada); i.State != campaign.Planned || i.Attempt != 0 || i.NotBefore.After(w.clock()) || i.Reason != "" {
		t.Errorf("%+v", i)
	}
	if claim(nil); len(got) != 1 || got[0].Link != ada {
		t.Errorf("%+v", got)
	}
	w.whole()
}
