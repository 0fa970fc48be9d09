package campaign

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Several relays stand in a list. The first that can be used is used; one that cannot is left alone for a while,
// longer each time, and the next one has its turn. Only a message that is planned goes to another relay: what
// stood before its dot stays where it is, and who was put off there comes back there. While one relay can be
// used nothing waits; with a single one, or when all are left alone, the campaign does.

// Relay is a mail server that messages are handed to.
type Relay struct {
	Name  string // host and port; no two have the same
	Host  string // what its warm-up is kept by: mailbox providers judge the host
	Steps []int  // messages a day and mailbox provider while it warms up; after the last step there is no bound
}

// relayLimit is how many refusals in a row that speak of our setting, not of the person, are too many for one
// relay: a wrong setting must not burn the base.
const relayLimit = 5

// outlet is a relay and how it does: what speaks against it or our setting of it, not against a person.
type outlet struct {
	Relay
	warm *warming // shared by those of one host

	refused   int       // refusals in a row
	unreached int       // rests in a row that began without a connection, its security or its login
	refusals  int       // rests in a row that began with refusals; until a message is taken, one more is enough
	until     time.Time // it rests until then
	refuses   bool      // ... because it refused, and does not merely stay away
	doubted   bool      // ... because it does not answer clearly: each further try would burn a person
	said      string    // its words at that
	plain     bool      // it does not carry addresses with letters outside ASCII

	underWay int
}

func (o *outlet) resting(now time.Time) bool { return o.doubted || now.Before(o.until) }

// trying reports whether a relay has not taken anything since it rested.
func (o *outlet) trying() bool { return o.unreached+o.refusals > 0 }

// outlets are all relays, the preferred ones first.
type outlets struct {
	clock func() time.Time
	retry Retry

	mu  sync.Mutex
	all []*outlet
}

func newOutlets(relays []Relay, clock func() time.Time, retry Retry) *outlets {
	if len(relays) == 0 {
		relays = []Relay{{}}
	}
	s := &outlets{clock: clock, retry: retry}
	hosts := map[string]*warming{}
	for _, r := range relays {
		if hosts[r.Host] == nil {
			hosts[r.Host] = &warming{host: r.Host, steps: r.Steps, busy: map[string]int{}}
		}
		s.all = append(s.all, &outlet{Relay: r, warm: hosts[r.Host]})
	}
	if !s.several() { // nothing is kept of which it was
		s.all[0].Name = ""
	}
	return s
}

// several reports whether there is a choice. Where there is none, the relay is asked again whenever the campaign
// may go on.
func (s *outlets) several() bool { return len(s.all) > 1 }

// warmings are the warm-ups that there are.
func (s *outlets) warmings() (out []*warming) {
	for _, o := range s.all {
		if !o.warm.off() && !slices.Contains(out, o.warm) {
			out = append(out, o.warm)
		}
	}
	return out
}

// binding are the warm-ups that bound how much may leave: none, when some relay has none.
func (s *outlets) binding() []*warming {
	for _, o := range s.all {
		if o.warm.off() {
			return nil
		}
	}
	return s.warmings()
}

// take gives the relay of a message, which counts as under way until it is done. Without one, until is when
// to look again. A message that stood before its dot once goes where it stood, as long as that relay is there.
func (s *outlets) take(i Invitation, day Date, tomorrow time.Time) (o *outlet, until time.Time) {
	if !s.several() {
		return s.all[0], until
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, until = s.choose(i, day, tomorrow); o != nil {
		o.underWay++
		if !o.warm.off() {
			o.warm.busy[i.Email.Provider()]++
		}
	}
	return o, until
}

// choose looks for the first relay that may be used. One that has only just come back gets one message to show
// that it works, of somebody who was not held up before; more only when there is no other.
func (s *outlets) choose(i Invitation, day Date, tomorrow time.Time) (best *outlet, until time.Time) {
	now, provider := s.clock(), i.Email.Provider()
	sooner := func(at time.Time) {
		if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	sooner(now.Add(s.retry.Most))
	for _, o := range s.fit(i) {
		switch {
		case o.resting(now):
			if !o.doubted {
				sooner(o.until)
			}
		case o.warm.of(provider, day).left(o.warm.steps) <= o.warm.busy[provider]:
			sooner(tomorrow)
		case o.trying() && (o.underWay > 0 || i.Attempt > 1):
			if best == nil {
				best = o
			}
		default:
			return o, until
		}
	}
	return best, until
}

// fit are the relays that a message may leave by.
func (s *outlets) fit(i Invitation) []*outlet {
	for _, o := range s.all {
		if o.Name == i.Relay {
			return []*outlet{o}
		}
	}
	if i.Email.plain() {
		return s.all
	}
	able := slices.DeleteFunc(slices.Clone(s.all), func(o *outlet) bool { return o.plain })
	if len(able) == 0 { // nobody can: it comes back as it went, time and again
		return s.all
	}
	return able
}

// foremost is the relay that a message outside of all campaigns leaves by.
func (s *outlets) foremost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	for _, o := range s.all {
		if s.several() && !o.resting(now) {
			return o.Name
		}
	}
	return s.all[0].Name
}

// done ends what take began. What has left is in the figures of the warm-up by then.
func (s *outlets) done(o *outlet, provider string, left bool) {
	if !s.several() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.underWay--
	if !left {
		o.warm.unbusy(provider)
	}
}

// rest is what the end of a delivery means for its relay and for all.
type rest struct {
	began bool      // the relay cannot be used
	until time.Time // ... and is left alone until then
	all   bool      // there is no other
	pause bool      // ... and before a person has looked at it there will be none
	next  time.Time // when one is used again
}

// judge hears how a delivery ended.
func (s *outlets) judge(o *outlet, end Outcome) rest {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	o.hear(end, s.several())
	enough := relayLimit
	if s.several() && o.refusals > 0 {
		enough = 1
	}
	switch {
	case end.Kind == OutcomeNoRelay:
		if !o.resting(now) { // else that is known
			o.unreached++
			o.begin(now.Add(s.retry.After(o.unreached)), end)
		}
	case o.refused >= enough:
		o.refused = 0
		if !o.resting(now) || !o.refuses {
			o.refusals++
			o.begin(now.Add(s.retry.After(o.refusals)), end)
		}
	default:
		return rest{}
	}
	return s.rested(o, now)
}

// hear counts. Of several relays one that loses its connections is left, too.
func (o *outlet) hear(end Outcome, several bool) {
	if end.Kind != OutcomeNoRelay && end.Kind != OutcomeLost {
		o.unreached = 0
	}
	o.plain = o.plain || end.Script
	switch {
	case end.Kind == OutcomeSent || end.Hard:
		o.refused, o.refusals = 0, 0
	case end.Relay, end.Kind == OutcomeUncertain, several && end.Broken: // a relay that never answers the dot burns people too
		o.refused++
	}
}

func (o *outlet) begin(until time.Time, end Outcome) {
	o.until, o.said = until, said(end)
	o.refuses = end.Kind != OutcomeNoRelay && !end.Broken
	o.doubted = end.Kind == OutcomeUncertain
}

// rested says what is left when a relay cannot be used. When all of them refuse, a person has to look: nothing
// speaks against any of them afterwards. When one merely stays away, the first to come back is waited for.
func (s *outlets) rested(fell *outlet, now time.Time) rest {
	r := rest{began: true, until: fell.until, all: true, pause: true}
	for _, o := range s.all {
		if o != fell && !o.resting(now) {
			return rest{began: true, until: fell.until}
		}
		r.pause = r.pause && o.refuses
		if !o.doubted && (r.next.IsZero() || o.until.Before(r.next)) {
			r.next = o.until
		}
	}
	if r.pause {
		s.clear()
	}
	return r
}

// recall lets no relay rest longer than if it began now: the clock was set back.
func (s *outlets) recall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	longest := s.clock().Add(s.retry.Most)
	for _, o := range s.all {
		if o.until.After(longest) {
			o.until = longest
		}
	}
}

// forget lets every relay begin anew: a person has looked.
func (s *outlets) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *outlets) clear() {
	for _, o := range s.all {
		o.refused, o.unreached, o.refusals, o.until, o.refuses, o.doubted = 0, 0, 0, time.Time{}, false, false
	}
}

// waits is what every campaign waits for while no relay can be used.
func (s *outlets) waits() Waiting {
	s.mu.Lock()
	defer s.mu.Unlock()
	var w Waiting
	if !s.several() {
		return w
	}
	now := s.clock()
	for _, o := range s.all {
		if !o.resting(now) {
			return Waiting{}
		}
		if !o.doubted && (w.Until.IsZero() || o.until.Before(w.Until)) {
			w.Until, w.Reason = o.until, o.said
		}
	}
	w.For = "relay"
	return w
}

// leftFor is how many messages each relay may still hand over today for a mailbox provider.
func (s *outlets) leftFor(provider string, day Date) []int {
	left := make([]int, len(s.all))
	for n, o := range s.all {
		left[n] = o.warm.of(provider, day).left(o.warm.steps)
	}
	return left
}

// room is how many messages may leave for a mailbox provider today by the relays that can be used, as far as
// left says, and when others have room.
func (s *outlets) room(left []int, tomorrow time.Time) (n int, again time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, again := s.clock(), tomorrow
	var counted []*warming
	for k, o := range s.all {
		switch {
		case s.several() && o.resting(now):
			if left[k] > 0 && !o.doubted && o.until.Before(again) {
				again = o.until
			}
		case left[k] == math.MaxInt:
			return math.MaxInt, again
		case !slices.Contains(counted, o.warm):
			n, counted = n+left[k], append(counted, o.warm)
		}
	}
	return n, again
}

// plain reports whether every relay can carry an address.
func (a Address) plain() bool {
	return !strings.ContainsFunc(string(a), func(r rune) bool { return r > unicode.MaxASCII })
}

// away makes a relay that will hear of nobody now what it is, where there is another: at MAIL nobody was named yet.
func (s *outlets) away(end Outcome) Outcome {
	if s.several() && end.Kind == OutcomeReleased && end.Stage == "mail" && end.Code/100 == 4 {
		end.Kind = OutcomeNoRelay
	}
	return end
}
