package campaign

import (
	"testing"
	"time"
)

// A log of one relay proposes nothing about a message that stood at another: that it is not there shows nothing.
func TestALogOfAnotherRelayShowsNothing(t *testing.T) {
	t.Parallel()
	one, both := []Relay{{Name: "a:25"}}, []Relay{{Name: "a:25"}, {Name: "b:25"}}
	for name, c := range map[string]struct {
		relays []Relay
		stood  string
		seen   string
		shows  bool
	}{
		"the only relay":                     {one, "", "", true},
		"its own":                            {both, "b:25", "b:25", true},
		"the other's":                        {both, "b:25", "a:25", false},
		"nobody knows which":                 {both, "", "a:25", false},
		"nobody knows, and it was one once":  {both, "", "", false},
		"of later, when there were several":  {one, "", "a:25", false},
		"of two, of which one is left":       {one, "b:25", "a:25", false},
		"of two, of which its own is left":   {one, "a:25", "a:25", true},
		"of before there were several":       {both, "a:25", "", false},
		"one is left, of when it was single": {one, "b:25", "", false},
	} {
		d := &Desk{relays: newOutlets(c.relays, time.Now, Retry{})}
		if why := d.NotItsLog(Doubt{Invitation: Invitation{Relay: c.stood}}, map[string]bool{c.seen: true}); (why == "") != c.shows {
			t.Errorf("%s: %q", name, why)
		}
	}
}
