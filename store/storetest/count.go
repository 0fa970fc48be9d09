package storetest

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// counts holds the figures of ends against what was added, campaign by campaign.
func counts(t *testing.T, h Harness) {
	w := newWorld(t, h)
	one, two := w.running("one"), w.running("two")
	add := func(c campaign.CampaignID, by map[string]campaign.Figures) (sums map[string]campaign.Figures) {
		w.update(func(tx campaign.Tx) (err error) {
			sums, err = tx.CountEnds(c, by)
			return err
		})
		return sums
	}
	figures := func(c campaign.CampaignID, n int) (fs []campaign.ProviderFigures) {
		w.view(func(r campaign.Reader) (err error) {
			fs, err = r.FiguresOf(c, n)
			return err
		})
		return fs
	}
	if got := figures(one, 5); len(got) != 0 {
		t.Errorf("figures before the first end: %v", got)
	}
	first := map[string]campaign.Figures{campaign.Everyone: {Ended: 3, Hard: 1}, "gmail": {Ended: 2}, "d.example": {Ended: 1, Hard: 1}}
	same(t, first, add(one, first))
	add(two, map[string]campaign.Figures{campaign.Everyone: {Ended: 9}})
	more := campaign.Figures{Ended: 4, Hard: 1, Complaints: 2, Refused: 3, Uncertain: 4}
	same(t, map[string]campaign.Figures{"d.example": {Ended: 5, Hard: 2, Complaints: 2, Refused: 3, Uncertain: 4}}, add(one, map[string]campaign.Figures{"d.example": more}))
	same(t, []campaign.ProviderFigures{{Provider: campaign.Everyone, Figures: campaign.Figures{Ended: 3, Hard: 1}},
		{Provider: "d.example", Figures: campaign.Figures{Ended: 5, Hard: 2, Complaints: 2, Refused: 3, Uncertain: 4}}}, figures(one, 1))
	if got := figures(one, 5); len(got) != 3 || got[2].Provider != "gmail" {
		t.Errorf("%v", got)
	}
	w.update(func(tx campaign.Tx) error { return tx.ForgetEnds(one) })
	if a, b := figures(one, 5), figures(two, 5); len(a) != 0 || len(b) != 1 {
		t.Errorf("after one was forgotten: %v, %v", a, b)
	}
	earlier := func(by map[string]campaign.Figures) (sums map[string]campaign.Figures) {
		w.update(func(tx campaign.Tx) (err error) {
			sums, err = tx.CountEarlier(one, by)
			return err
		})
		return sums
	}
	back := map[string]campaign.Figures{"d.example": {Hard: 1}, "new.example": {Complaints: 1}}
	same(t, map[string]campaign.Figures{"d.example": {Ended: 5, Hard: 1}, "new.example": {Complaints: 1}}, earlier(back))
	same(t, map[string]campaign.Figures{"d.example": {Ended: 5, Hard: 2}, "new.example": {Complaints: 2}}, earlier(back))
	if got := figures(one, 5); len(got) != 0 {
		t.Errorf("what came back of earlier ones counts among those since: %v", got)
	}
	add(one, map[string]campaign.Figures{"d.example": {Ended: 2, Hard: 1}})
	w.update(func(tx campaign.Tx) error { return tx.ForgetEnds(one) })
	same(t, map[string]campaign.Figures{"d.example": {Ended: 7, Hard: 1}, "new.example": {Complaints: 1}}, earlier(back))
	w.whole()
}

// lateEnds: what came back after its delivery is found once, and not what the relay said at once.
func lateEnds(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c, other := w.running("one"), w.running("two")
	i, foreign := w.asked(c, "ada"), w.asked(other, "eve")
	late := func(i campaign.Invitation, kind campaign.EntryKind, why campaign.SuppressionReason) {
		w.update(func(tx campaign.Tx) error {
			no, err := tx.Append(campaign.Entry{Kind: kind, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{"actor": campaign.Machine}})
			w.must(err)
			lines := make([]campaign.Suppression, len(i.Keys))
			for n, k := range i.Keys {
				lines[n] = campaign.Suppression{Key: k, Scope: "all", Reason: why, Source: "test", At: tx.Now()}
			}
			_, err = tx.Suppress(no, lines)
			return err
		})
	}
	hear := func(after campaign.EntryNo) (found []campaign.Late, upTo campaign.EntryNo) {
		w.view(func(r campaign.Reader) (err error) {
			found, upTo, err = r.LateEnds(c, after)
			return err
		})
		return found, upTo
	}
	if found, _ := hear(campaign.NoEntry); len(found) != 0 {
		t.Errorf("nothing came back: %v", found)
	}
	late(foreign, campaign.EntrySuppressed, campaign.SuppressComplaint)
	late(w.asked(c, "bob"), campaign.EntryRefused, campaign.SuppressBounce)
	late(i, campaign.EntrySuppressed, campaign.SuppressComplaint)
	found, upTo := hear(campaign.NoEntry)
	if len(found) != 1 || found[0].Email != i.Email || !found[0].Complaint || found[0].Entry > upTo {
		t.Fatalf("%+v up to %d", found, upTo)
	}
	if found, _ := hear(upTo); len(found) != 0 {
		t.Errorf("heard twice: %v", found)
	}
	w.update(func(tx campaign.Tx) error { return tx.HeardTo(c, upTo) })
	if found, _ := hear(campaign.NoEntry); len(found) != 0 {
		t.Errorf("heard twice: %v", found)
	}
	late(w.asked(c, "cyd"), campaign.EntrySuppressed, campaign.SuppressBounce)
	if found, _ := hear(campaign.NoEntry); len(found) != 1 || found[0].Complaint {
		t.Errorf("%v", found)
	}
	w.update(func(tx campaign.Tx) error { return tx.ForgetEnds(c) })
	if found, _ := hear(campaign.NoEntry); len(found) != 0 {
		t.Errorf("heard from before it was forgotten: %v", found)
	}
}

// resumed: that somebody resumed a campaign is seen from the entry on that was seen last, and of that campaign alone.
func resumed(t *testing.T, h Harness) {
	w := newWorld(t, h)
	one, two := w.running("one"), w.running("two")
	var at campaign.EntryNo
	w.update(func(tx campaign.Tx) (err error) {
		_, err = tx.Append(campaign.Entry{Kind: campaign.EntryPaused, Campaign: two, Payload: map[string]any{"actor": campaign.Machine}})
		w.must(err)
		at, err = tx.Append(campaign.Entry{Kind: campaign.EntryResumed, Campaign: one, Payload: map[string]any{"actor": campaign.Machine}})
		return err
	})
	w.view(func(r campaign.Reader) error {
		for _, test := range []struct {
			of    campaign.CampaignID
			after campaign.EntryNo
			want  bool
		}{{one, at - 1, true}, {one, at, false}, {one, campaign.NoEntry, true}, {two, campaign.NoEntry, false}} {
			if got, err := r.Resumed(test.of, test.after); err != nil || got != test.want {
				t.Errorf("campaign %d after %d: %v, %v", test.of, test.after, got, err)
			}
		}
		return nil
	})
}
