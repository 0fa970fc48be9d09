package campaign

import (
	"slices"
	"testing"
	"time"
)

// What a rate lets become due while others have their turns leaves at once, and no more than that of a minute.
func TestWhatIsDueOfASlowRate(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	l := Limits{N: 10, Per: time.Minute}
	s := &slowly{}
	due := func(after time.Duration, want int) {
		t.Helper()
		if got := s.due(1, l, at.Add(after)); got != want {
			t.Errorf("after %v: %d, want %d", after, got, want)
		}
	}
	due(0, 1)
	s.took(1, l, at, 1)
	due(0, 0)
	due(6*time.Second-1, 0)
	due(6*time.Second, 1)
	due(20*time.Second, 3)
	s.took(1, l, at.Add(20*time.Second), 3) // 6, 12 and 18
	due(20*time.Second, 0)
	due(24*time.Second, 1)
	due(time.Hour, 11)
	s.took(1, l, at.Add(time.Hour), 2)
	due(time.Hour, 9)
	s.put(1, time.Time{}) // it was the fastest meanwhile
	s.shift(time.Hour)    // and the clock was set
	due(2*time.Hour, 1)
}

func TestShares(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rates := map[string]Limits{"": {N: 1000, Per: time.Minute}, "slow": {N: 10, Per: time.Minute}, "fast": {N: 10, Per: time.Second}, "twin": {N: 600, Per: time.Minute}}
	shut := map[string]bool{}
	d := &Desk{clock: func() time.Time { return now }, bounds: func(f File, _ Organisation) (Limits, error) {
		l := rates[f.Name]
		l.Open = func(time.Time) bool { return !shut[f.Name] }
		l.Next = func(at time.Time) time.Time { return at.Add(time.Hour) }
		return l, nil
	}}
	campaign := func(id CampaignID, name string, s Status) Campaign {
		return Campaign{ID: id, Name: name, Status: s, File: File{Name: name}, Frozen: &Frozen{}}
	}
	slow, fast, twin := campaign(1, "slow", Running), campaign(2, "fast", Running), campaign(3, "twin", Running)
	check := func(what string, cs []Campaign, want map[CampaignID]share) {
		t.Helper()
		got, err := d.share(cs)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %+v, %v", what, got, err)
		}
		for id, w := range want {
			if g := got[id]; g.turn != w.turn || g.aside != w.aside {
				t.Errorf("%s: campaign %d: %+v, want %+v", what, id, g, w)
			}
		}
	}
	check("alone", []Campaign{slow, campaign(9, "fast", Paused)}, map[CampaignID]share{1: {turn: turnTime}})
	check("two", []Campaign{slow, fast}, map[CampaignID]share{1: {turn: sharedTurn, aside: true}, 2: {turn: sharedTurn}})
	check("of the same rate the first", []Campaign{slow, fast, twin}, map[CampaignID]share{1: {turn: sharedTurn, aside: true}, 2: {turn: sharedTurn}, 3: {turn: sharedTurn, aside: true}})
	shut["fast"] = true
	check("the fast one waits for its window", []Campaign{slow, fast}, map[CampaignID]share{1: {turn: turnTime}, 2: {turn: turnTime}})
}

// limits is a pace that notes what is set.
type limits struct {
	Pace
	set []CampaignID
}

func (l *limits) Limit(c CampaignID, _ int, _ time.Duration) { l.set = append(l.set, c) }

// The rate of all campaigns together binds each of them in its turn, the fastest too; what stands aside waits for no other.
func TestTheRateOfAllBindsEachTurn(t *testing.T) {
	t.Parallel()
	l := Limits{N: 60, Per: time.Minute}
	for name, c := range map[string]struct {
		share share
		want  []CampaignID
	}{
		"alone or the fastest": {share{house: l}, []CampaignID{EveryCampaign, 7}},
		"aside":                {share{house: l, aside: true}, []CampaignID{EveryCampaign}},
	} {
		p := &limits{}
		c.share.limit(&Desk{pace: p, meter: uncounted{}}, Campaign{ID: 7}, l)
		if !slices.Equal(p.set, c.want) {
			t.Errorf("%s: %v, want %v", name, p.set, c.want)
		}
	}
}
