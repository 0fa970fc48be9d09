package campaign

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// atLeast is a threshold of a count and a share in percent.
type atLeast struct{ least, percent int }

func (a atLeast) Reached(n, all int) bool { return n >= a.least && n*100 >= a.percent*all }
func (a atLeast) String() string          { return fmt.Sprintf("%d and %d%%", a.least, a.percent) }

var fourRules = []StopRule{
	{"sending.stop_bounces", StopBounces, atLeast{10, 5}}, {"sending.stop_complaints", StopComplaints, atLeast{3, 1}},
	{"sending.stop_refusals", StopRefusals, atLeast{10, 10}}, {"sending.stop_uncertain", StopUncertain, atLeast{4, 2}},
}

func TestTripped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by   map[string]Figures
		want string // what the reason begins with; "" goes on
	}{
		"nothing":             {map[string]Figures{}, ""},
		"too few":             {map[string]Figures{Everyone: {Ended: 9, Hard: 9}}, ""},
		"too small a share":   {map[string]Figures{Everyone: {Ended: 201, Hard: 10}}, ""},
		"hard bounces":        {map[string]Figures{Everyone: {Ended: 200, Hard: 10}}, "stop rule: hard bounces are 10 of 200 messages; sending.stop_bounces is 10 and 5%"},
		"complaints":          {map[string]Figures{Everyone: {Ended: 300, Complaints: 3}}, "stop rule: complaints are 3 of 300 messages;"},
		"refusals":            {map[string]Figures{Everyone: {Ended: 100, Refused: 10}}, "stop rule: refusals for a reason of ours are 10 of 100 messages;"},
		"uncertain":           {map[string]Figures{Everyone: {Ended: 10, Uncertain: 4}}, "stop rule: messages of unknown outcome are 4 of 10 messages;"},
		"one provider":        {map[string]Figures{Everyone: {Ended: 5000, Hard: 12}, "gmail": {Ended: 180, Hard: 12}}, "stop rule: hard bounces are 12 of 180 messages to gmail;"},
		"the largest of two":  {map[string]Figures{Everyone: {Ended: 90, Hard: 30}, "free": {Ended: 20, Hard: 10}, "gmail": {Ended: 30, Hard: 20}}, "stop rule: hard bounces are 20 of 30 messages to gmail;"},
		"all, no one of them": {map[string]Figures{Everyone: {Ended: 100, Hard: 12}, "free": {Ended: 50, Hard: 6}, "gmail": {Ended: 50, Hard: 6}}, "stop rule: hard bounces are 12 of 100 messages;"},
		"ends that were lost": {map[string]Figures{Everyone: {Ended: 1, Complaints: 3}}, "stop rule: complaints are 3 of 3 messages;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tripped(fourRules, c.by); (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// However deliveries end and whoever's they are, a campaign is stopped no later than at the end that makes a
// figure reach its threshold, and never by anything else.
func TestTrippedExactlyAtTheThreshold(t *testing.T) {
	t.Parallel()
	ends := []Outcome{{Kind: OutcomeSent}, {Kind: OutcomeSent}, {Kind: OutcomeRefused, Hard: true}, {Kind: OutcomeRefused}, {Kind: OutcomeReleased, Relay: true},
		{Kind: OutcomeReleased}, {Kind: OutcomeUncertain}, {Kind: OutcomeLost}, {Kind: OutcomeNoRelay}}
	rapid.Check(t, func(t *rapid.T) {
		sums := tally{}
		for range rapid.IntRange(1, 200).Draw(t, "messages") {
			sums.add(1, rapid.SampledFrom([]string{"gmail", "free", "d.example"}).Draw(t, "provider"), rapid.SampledFrom(ends).Draw(t, "end").figures())
			want := false
			for _, f := range sums[1] {
				for _, r := range fourRules {
					want = want || r.Threshold.Reached(r.counted(f), f.Ended)
				}
			}
			if got := tripped(fourRules, sums[1]); (got != "") != want {
				t.Fatalf("%q although %v: %+v", got, want, sums[1])
			}
		}
		all := Figures{}
		for p, f := range sums[1] {
			if p != Everyone {
				all = all.Plus(f)
			}
		}
		if all != sums[1][Everyone] {
			t.Fatalf("all are %+v, the providers together %+v", sums[1][Everyone], all)
		}
	})
}
