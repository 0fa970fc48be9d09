package app

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// acts are what a person may do about the newsletter by e-mail and by text message, or have done for them, and what stands
// after it: y and n, or . for what stood before.
var acts = map[string]struct {
	do     func(h *house, who string)
	stands string
}{
	"yes to both":       {func(h *house, who string) { h.says(who, "newsletter.email", "newsletter.sms") }, "yy"},
	"yes to e-mail":     {func(h *house, who string) { h.says(who, "newsletter.email") }, "yn"},
	"no on the form":    {func(h *house, who string) { h.says(who) }, "nn"},
	"one click":         {(*house).oneClick, "nn"},
	"no on the page":    {pressed("/p/", link.Preferences, "action", "refuse-all"), "nn"},
	"no more messages":  {pressed("/u/", link.OneClick, "action", "unsubscribe"), "nn"},
	"sms to yes":        {pressed("/p/", link.Preferences, "change", "newsletter.sms", "to", "yes", "confirmed", "yes"), ".y"},
	"sms to no":         {pressed("/p/", link.Preferences, "change", "newsletter.sms", "to", "no"), ".n"},
	"e-mail to no":      {pressed("/c/", link.Form, "change", "newsletter.email", "to", "no"), "n."},
	"asks to be erased": {func(h *house, who string) { h.asks(who, campaign.CaseErase) }, "nn"},
	"told by telephone": {noesByOtherWays["by telephone"], "nn"},
	"by voice":          {byVoice("newsletter.email=no", "newsletter.sms=no"), "nn"},
	"sms by voice":      {byVoice("newsletter.sms=no"), ".n"},
}

func pressed(prefix string, p link.Purpose, fields ...string) func(*house, string) {
	return func(h *house, who string) {
		target := h.link(prefix, p, who)
		h.post(target, http.StatusSeeOther, append([]string{"form", h.opened(target)}, fields...)...)
	}
}

func byVoice(decisions ...string) func(*house, string) {
	return func(h *house, who string) {
		_, err := h.app.RecordByHand(h.t.Context(), ByHand{Contact: who, By: "voice", Decisions: decisions, On: campaign.DateOf(h.clock()).String()})
		h.must(err)
	}
}

// TestYesAndNoInEveryOrder: by whatever ways somebody says yes and no, what stands is what they said last of each line, on
// their pages as in the export; and who is on the never-write list has no yes that stands.
func TestYesAndNoInEveryOrder(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for seed := range uint64(10) {
		random, who := rand.New(rand.NewPCG(seed, 58)), person(0)
		h := newHouse(t, plan{people: 1, channels: both, mostTwo: true}).start(spring).send()
		names, want, trail := slices.Sorted(maps.Keys(acts)), []byte("nn"), []string{}
		for range 12 {
			name := names[random.IntN(len(names))]
			trail = append(trail, name)
			h.wait(time.Minute)
			acts[name].do(h, who)
			for n, is := range []byte(acts[name].stands) {
				if is != '.' {
					want[n] = is
				}
			}
			got := []byte("nn")
			for n, channel := range both {
				if h.stands(who, "newsletter", channel) == "granted" {
					got[n] = 'y'
				}
			}
			yeses := strings.Count(string(got), "y")
			if string(got) != string(want) || yeses > 0 && h.suppressed(who) {
				t.Fatalf("seed %d: after %s stands %s, not %s; suppressed: %v", seed, strings.Join(trail, ", "), got, want, h.suppressed(who))
			}
			for _, page := range []string{h.shows("/p/", link.Preferences, who), h.shows("/c/", link.Form, who)} {
				if n := strings.Count(page, "<strong>yes</strong>"); n != yeses {
					t.Errorf("seed %d: after %s a page says yes %d times, not %d", seed, strings.Join(trail, ", "), n, yeses)
				}
			}
		}
		h.verifies()
	}
}
