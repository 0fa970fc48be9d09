package app

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// startOther starts the second relay.
func (h *house) startOther() {
	h.t.Helper()
	var err error
	h.other, err = smtptest.Start(smtptest.Options{Pipelining: true, EightBit: true, Script: func(e smtptest.Event) smtptest.Step {
		h.mu.Lock()
		s := h.aside
		h.mu.Unlock()
		if s == nil {
			return smtptest.Step{}
		}
		return s(e)
	}})
	h.must(err)
	h.t.Cleanup(func() { _ = h.other.Close() })
}

// asideDoes sets what the second relay does from now on.
func (h *house) asideDoes(s smtptest.Script) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.aside = s
}

// accepted is what all relays together took, by recipient.
func (h *house) accepted() map[string]int {
	all := maps.Clone(h.relay.Accepted())
	if h.other != nil {
		for to, n := range h.other.Accepted() {
			all[to] += n
		}
	}
	return all
}

func asIs(*config.Further) {}

// two is a house with two relays.
func two(t *testing.T, people int) *house {
	t.Helper()
	return newHouse(t, plan{people: people, senders: 1, further: asIs, sending: func(s *config.Sending) { s.StopRefusals = "off" }})
}

// askedAll sends and lets time pass until nobody is left.
func (h *house) askedAll() {
	h.t.Helper()
	h.askedButFor(0)
}

func (h *house) askedButFor(most int) {
	h.t.Helper()
	for range 12 {
		h.send()
		h.wait(5 * time.Hour)
	}
	if i := h.status().Invitations; i[campaign.Planned]+i[campaign.Claimed]+i[campaign.Sending] > most {
		h.t.Errorf("left: %v, %q", i, h.status().Reason)
	}
}

// One relay dies at each step of a connection: the other takes its people over. Who stood before a dot there is
// asked by neither again, and no doubt arises elsewhere. One that comes back each time and fails once more takes what it can.
func TestTheOtherRelayIsUsed(t *testing.T) {
	t.Parallel()
	for _, stage := range []smtptest.Stage{smtptest.Banner, smtptest.EHLO, smtptest.Mail, smtptest.Rcpt, smtptest.Data, smtptest.Body, smtptest.Dot} {
		for how, step := range map[string]smtptest.Step{"dropped": {Drop: true}, "reset": {Abort: true}, "taken and dropped": {Drop: true, Store: true}, "421": {Reply: "421 4.3.2 going down", Drop: true}} {
			if step.Store && stage != smtptest.Dot {
				continue
			}
			for name, dies := range map[string]bool{"for good": true, "each time": false} {
				t.Run(fmt.Sprintf("%s, %s, %s", stage, how, name), func(t *testing.T) {
					t.Parallel()
					dying(two(t, 20).start(spring), stage, step, dies)
				})
			}
		}
	}
}

func dying(h *house, stage smtptest.Stage, step smtptest.Step, dies bool) {
	whole := stage == smtptest.Dot || stage == smtptest.Body // the whole message may be on its way
	var dead atomic.Bool
	h.relays(func(e smtptest.Event) smtptest.Step {
		switch {
		case e.Stage == stage && (e.Message > 2 || opening(stage)):
			dead.Store(dies)
			return step
		case dead.Load() && e.Stage == smtptest.Banner:
			return smtptest.Step{Drop: true}
		}
		return smtptest.Step{}
	})
	stays := 0
	if whole && dies && step.Reply != "" {
		stays = 1 // put off at its dot: it waits for the same relay
	}
	h.askedButFor(stays)
	doubt := h.status().Invitations[campaign.Uncertain]
	switch clear := !whole || stage == smtptest.Dot && step.Reply != ""; {
	case clear && doubt > 0, !clear && dies && doubt > 1, stage == smtptest.Dot && !clear && doubt == 0:
		h.t.Errorf("%d are uncertain", doubt)
	}
	h.heldAgainstBoth()
	if n := len(h.other.Accepted()); dies && n < 17 {
		h.t.Errorf("the other relay took %d", n)
	}
}

func opening(s smtptest.Stage) bool { return s == smtptest.Banner || s == smtptest.EHLO }

// heldAgainstBoth holds what is believed against what both relays took.
func (h *house) heldAgainstBoth() {
	h.t.Helper()
	taken := h.accepted()
	for n := range h.plan.people {
		i := h.invitation(person(n))
		switch got := taken[person(n)]; {
		case got > 1:
			h.t.Errorf("%s was written to %d times", person(n), got)
		case i.State == campaign.Sent && got != 1, i.State != campaign.Sent && i.State != campaign.Uncertain && got > 0:
			h.t.Errorf("%s is %s, and the relays took %d", person(n), i.State, got)
		}
	}
}

// Who was cut off at the dot is in doubt, is told apart by relay, and stays where it was.
func TestCutAtTheDotIsNotMoved(t *testing.T) {
	t.Parallel()
	h := two(t, 6).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true}))
	h.askedAll()
	l, err := h.app.Uncertain(t.Context(), spring, Page{Limit: 100})
	h.must(err)
	if len(l.Invitations) != 5 || len(h.relay.Accepted()) != 0 || len(h.other.Accepted()) != 1 {
		t.Fatalf("%+v; the other relay took %v", l, h.other.Accepted())
	}
	for _, u := range l.Invitations {
		if u.Relay != h.relay.Addr() {
			t.Errorf("%+v", u)
		}
	}
}

// Who was put off at the dot comes back to the same relay, although another one is used meanwhile; once that relay is
// no longer among the settings, a person has said that another is to be used.
func TestPutOffAtTheDotComesBackToTheSameRelay(t *testing.T) {
	t.Parallel()
	h := two(t, 8).start(spring)
	first := true
	h.relays(func(e smtptest.Event) smtptest.Step {
		switch {
		case e.Stage == smtptest.Dot && first:
			first = false
			return smtptest.Step{Reply: "451 4.3.0 later", Drop: true}
		case e.Stage == smtptest.Banner && e.Connection > 1:
			return smtptest.Step{Drop: true}
		}
		return smtptest.Step{}
	})
	for range 6 {
		h.send()
		h.wait(time.Hour)
	}
	h.expect(map[campaign.State]int{campaign.Sent: 7, campaign.Planned: 1})
	if len(h.other.Accepted()) != 7 {
		t.Errorf("the other relay took %d", len(h.other.Accepted()))
	}
	h.relays(nil)
	h.askedAll()
	h.expect(map[campaign.State]int{campaign.Sent: 8})
	if len(h.relay.Accepted()) != 1 || len(h.other.Accepted()) != 7 {
		t.Errorf("%v and %v", h.relay.Accepted(), h.other.Accepted())
	}
}

// While both are down the campaign waits, for the first that may be back; the one that is back takes everybody.
func TestBothRelaysDownThenOneBack(t *testing.T) {
	t.Parallel()
	h := two(t, 9).start(spring)
	down := smtptest.At(smtptest.Banner, 0, smtptest.Step{Reply: "554 5.3.2 no service", Drop: true})
	h.relays(down)
	h.asideDoes(down)
	h.send()
	r := h.status()
	if r.Waiting != "relay" || !strings.Contains(r.Reason, h.other.Addr()) || !strings.Contains(r.Reason, "smtp2.url") {
		t.Errorf("%+v", r)
	}
	h.saidInFrench(r.Reason)
	before := h.relay.Connections() + h.other.Connections()
	h.wait(4 * time.Minute)
	h.send()
	if n := h.relay.Connections() + h.other.Connections(); n != before || before != 2 {
		t.Errorf("%d connections, then %d", before, n)
	}
	h.asideDoes(nil)
	h.wait(time.Minute)
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 9})
	if len(h.other.Accepted()) != 9 {
		t.Errorf("%v", h.other.Accepted())
	}
	if r := h.status(); r.Waiting != "" {
		t.Errorf("waiting %q", r.Waiting)
	}
}

// A relay that refuses five in a row is left alone; when the other does, too, the campaign pauses, and a resume lets
// both begin anew.
func TestBothRelaysRefuse(t *testing.T) {
	t.Parallel()
	h := two(t, 20).start(spring)
	h.relays(smtptest.At(smtptest.Rcpt, 1, smtptest.Step{Reply: "550 5.7.1 policy of the one"}))
	h.asideDoes(smtptest.At(smtptest.Rcpt, 1, smtptest.Step{Reply: "550 5.7.1 policy of the other"}))
	h.send()
	r := h.status()
	if r.Status != campaign.Paused || !strings.Contains(r.Reason, "policy of the other") {
		t.Errorf("%s, %q", r.Status, r.Reason)
	}
	h.saidInFrench(r.Reason)
	h.expect(map[campaign.State]int{campaign.Planned: 20})
	h.relays(nil)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.askedAll()
	if len(h.relay.Accepted()) != 20 {
		t.Errorf("%d", len(h.relay.Accepted()))
	}
}

// Whoever mended a relay resumes the campaign on the command line, which is another process than the one that sends: the
// relay is used again at once, and not after its rest.
func TestResumedElsewhereEndsTheRestOfARelay(t *testing.T) {
	t.Parallel()
	h := two(t, 20).start(spring)
	h.relays(smtptest.At(smtptest.Banner, 0, smtptest.Step{Drop: true}))
	h.asideDoes(smtptest.At(smtptest.Banner, 0, smtptest.Step{Drop: true}))
	h.send()
	if r := h.status(); r.Status != campaign.Running || r.Waiting != "relay" || len(h.relay.Accepted()) != 0 {
		t.Fatalf("%s, waiting %q", r.Status, r.Waiting)
	}
	h.relays(nil)
	h.send() // both rest
	if n := len(h.relay.Accepted()); n != 0 {
		t.Fatalf("%d left while the relay rested", n)
	}
	elsewhere, err := Open(t.Context(), h.config(), Surroundings{Log: h.logger(), Clock: h.clock, Room: h.disk, Steady: h.steady})
	h.must(err)
	h.must(elsewhere.Desk.Pause(t.Context(), Operator(), spring, "the relay is being mended"))
	h.must(elsewhere.Desk.Resume(t.Context(), Operator(), spring))
	h.must(elsewhere.Close())
	h.send()
	if n := len(h.relay.Accepted()); n == 0 {
		t.Errorf("the relay rests on; waiting %q", h.status().Reason)
	}
	h.asideDoes(nil)
	h.askedAll()
}

// One refuses and the other is away: that is waited for, and nothing pauses.
func TestOneRefusesAndTheOtherIsAway(t *testing.T) {
	t.Parallel()
	h := two(t, 12).start(spring)
	h.relays(smtptest.At(smtptest.Rcpt, 1, smtptest.Step{Reply: "550 5.7.1 policy"}))
	h.asideDoes(smtptest.At(smtptest.Banner, 0, smtptest.Step{Drop: true}))
	h.send()
	if r := h.status(); r.Status != campaign.Running || r.Waiting != "relay" {
		t.Errorf("%s, waiting %q", r.Status, r.Waiting)
	}
	h.asideDoes(nil)
	h.askedAll()
	h.expect(map[campaign.State]int{campaign.Sent: 12})
}

// Each relay warms up by itself; the second takes what the first may not today, and is counted by itself.
func TestEachRelayWarmsUpByItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("gmail.com", 30), senders: 2, sending: func(s *config.Sending) { s.Warmup = "6, 100" },
		further: func(f *config.Further) { f.Warmup = "9, 100" }})
	// Both stand on one host, as far as names go: that of the second is written otherwise.
	h.plan.further = func(f *config.Further) {
		f.Warmup, f.URL = "9, 100", strings.Replace(f.URL, "127.0.0.1", "localhost", 1)
	}
	h.reopen()
	h.start(spring).send()
	if one, other := len(h.relay.Accepted()), len(h.other.Accepted()); one != 6 || other != 9 {
		t.Errorf("the first took %d, the second %d", one, other)
	}
	r := h.status()
	if r.Waiting != "rate" || len(r.WarmUp) != 2 || r.WarmUp[0].Relay != "localhost" || r.WarmUp[0].Sent != 9 || r.WarmUp[1].Sent != 6 {
		t.Errorf("%q, %+v", r.Waiting, r.WarmUp)
	}
	h.wait(24 * time.Hour)
	h.send()
	if one := len(h.relay.Accepted()); one != 6+15 {
		t.Errorf("on the second day the first took %d in all", one)
	}
}

// watched counts how many transactions of one mailbox provider are open at once.
type watched struct {
	mu         sync.Mutex
	open, most map[string]int
}

// At one mailbox provider no more are busy at once than sending.per_domain says, over all relays, whatever the number
// of connections; others use the rest, and a campaign no more than its own.
func TestConnectionsOfOneProvider(t *testing.T) {
	t.Parallel()
	emails := append(append(at("gmail.com", 60), at("googlemail.com", 60)...), at("other.example", 60)...)
	h := newHouse(t, plan{emails: emails, senders: 64, sending: func(s *config.Sending) { s.PerDomain = 3 }, further: asIs})
	w := watched{open: map[string]int{}, most: map[string]int{}}
	script := func(e smtptest.Event) smtptest.Step {
		w.mu.Lock()
		defer w.mu.Unlock()
		p := "other"
		if gmail(e.To) {
			p = "gmail"
		}
		switch e.Stage {
		case smtptest.Rcpt:
			w.open[p]++
			w.most[p] = max(w.most[p], w.open[p])
		case smtptest.Dot:
			w.open[p]--
		}
		return smtptest.Step{}
	}
	h.relays(script)
	h.asideDoes(script)
	h.start(spring).send()
	h.expect(map[campaign.State]int{campaign.Sent: 180})
	if w.most["gmail"] > 3 || w.most["other"] > 3 || w.most["gmail"] < 2 {
		t.Errorf("busy at once: %v", w.most)
	}
}

// A campaign may use fewer connections than there are.
func TestConnectionsOfACampaign(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 40, senders: 16, sending: func(s *config.Sending) { s.PerDomain = 16 }})
	h.approve("autumn", func(f *campaign.File) { f.Schedule.Connections = 2 })
	h.start("autumn").send()
	h.took(40)
	if n := h.relay.Connections(); n > 2 {
		t.Errorf("%d connections", n)
	}
}

// Whatever two relays do, and whenever the process ends, nobody is written to twice over both, and what is believed
// agrees with what they took.
func TestTwoRelaysUnderMisdeeds(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	h := newHouse(t, plan{people: 150, senders: 3, further: asIs}).start(spring)
	stages := []smtptest.Stage{smtptest.Banner, smtptest.EHLO, smtptest.Mail, smtptest.Rcpt, smtptest.Data, smtptest.Body, smtptest.Dot}
	steps := []smtptest.Step{{Drop: true}, {Abort: true}, {Reply: "451 4.3.0 later"}, {Reply: "554 5.7.1 policy"}, {Drop: true, Store: true}, {Reply: "hello\nthere", Store: true}, {}}
	for range 60 {
		for _, set := range []func(smtptest.Script){h.relays, h.asideDoes} {
			set(smtptest.At(stages[dice.IntN(len(stages))], dice.IntN(5), steps[dice.IntN(len(steps))]))
		}
		h.send()
		h.wait(time.Duration(dice.IntN(600)) * time.Minute)
		if dice.IntN(5) == 0 {
			h.reopen()
		}
		if h.status().Status == campaign.Paused {
			h.must(h.app.Desk.Resume(h.t.Context(), Operator(), spring))
		}
	}
	h.heldAgainstBoth()
}
