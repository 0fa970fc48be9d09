package app

import (
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
)

// warming is a house whose relay is warming up in two steps, with people of one large mailbox provider and others.
func warming(t *testing.T) *house {
	t.Helper()
	emails := append(append(at("gmail.com", 12), at("other.example", 2)...), at("d.example", 4)...)
	return newHouse(t, plan{emails: emails, senders: 2, sending: func(s *config.Sending) { s.Warmup = "4, 7" }})
}

// tookGmail counts what the mail server took for gmail.
func (h *house) tookGmail(want int) {
	h.t.Helper()
	n := 0
	for _, m := range h.relay.Messages() {
		if gmail(m.To) {
			n++
		}
	}
	if n != want {
		h.t.Errorf("the mail server took %d messages for gmail, want %d", n, want)
	}
}

// Each mailbox provider gets its step a day and no more, over restarts; the others are not held up.
func TestWarmUp(t *testing.T) {
	t.Parallel()
	h := warming(t).start(spring).send()
	h.tookGmail(4)
	h.took(4 + 2 + 4)
	r := h.status()
	if r.Waiting != "rate" || r.NextAt != "2026-03-11T00:00:00+01:00" || len(r.WarmUp) != 3 || r.WarmUp[1].Provider != "gmail" && r.WarmUp[0].Provider != "gmail" {
		t.Errorf("waiting %q until %s, %+v", r.Waiting, r.NextAt, r.WarmUp)
	}
	h.saidInFrench(r.Reason)
	h.reopen()
	h.wait(13 * time.Hour) // 23:00 in Paris
	h.send()
	h.tookGmail(4)
	h.wait(time.Hour)
	h.send().reopen()
	h.send()
	h.tookGmail(4 + 7)
	h.wait(24 * time.Hour)
	h.send()
	h.tookGmail(12)
	for _, e := range at("gmail.com", 12) { // being put off is no attempt
		if i := h.invitation(e); i.Attempt != 1 || i.State != campaign.Sent {
			t.Errorf("%s: attempt %d, %s", e, i.Attempt, i.State)
		}
	}
}

// An older database does not make the relay send more: the send journal knows what left today.
func TestWarmUpOfARestoredDatabase(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"from before the start": true, "from after it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := warming(t)
			if !early {
				h.start(spring)
			}
			restore := h.backup()
			if early {
				h.start(spring)
			}
			h.send()
			h.tookGmail(4)
			restore()
			h.recover()
			if early { // of people whom only the journal knows it is not known whose they were
				h.start(spring)
			} else {
				h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
			}
			h.send()
			h.tookGmail(4)
			h.wait(24 * time.Hour)
			h.send()
			if n := len(h.relay.Messages()); n > 4+2+4+7 {
				t.Errorf("%d messages on two days", n)
			}
		})
	}
}

// Two campaigns share the steps of the relay.
func TestWarmUpOverCampaigns(t *testing.T) {
	t.Parallel()
	h := warming(t).start(spring).send()
	h.importPeople([]string{"late@gmail.com", "late@new.example"})
	h.approve("summer", nil)
	h.start("summer").send()
	h.tookGmail(4)
	if m := h.relay.Messages(); !strings.HasSuffix(m[len(m)-1].To, "@new.example") {
		t.Errorf("the other provider was held up")
	}
}

// Messages to one mailbox provider leave apart, over its domains, and those to others meanwhile; the longest wait
// is what status says.
func TestDomainRate(t *testing.T) {
	t.Parallel()
	emails := append(append(at("gmail.com", 2), at("googlemail.com", 2)...), at("d.example", 1)...)
	h := newHouse(t, plan{emails: emails, senders: 2, sending: func(s *config.Sending) { s.DomainRate = "1/min" }}).start(spring)
	start := h.clock()
	h.send()
	h.tookGmail(1)
	h.took(2)
	r := h.status()
	if r.Waiting != "rate" || r.NextAt != h.byOurClock(start.Add(time.Minute)) {
		t.Errorf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.saidInFrench(r.Reason)
	for n := range 3 {
		h.wait(59 * time.Second)
		h.send()
		h.tookGmail(n + 1)
		h.wait(time.Second)
		h.send()
		h.tookGmail(n + 2)
	}
	h.expect(map[campaign.State]int{campaign.Sent: 5})
}

// A plan that is made shorter is gone on with from what really left: nobody let the relay
// loose that was on its way.
func TestWarmUpByAnotherPlan(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("gmail.com", 200), senders: 2, sending: func(s *config.Sending) { s.Warmup = "4, 6, 8, 20" }}).start(spring).send()
	for range 2 {
		h.wait(24 * time.Hour)
		h.send()
	}
	h.tookGmail(4 + 6 + 8)
	h.plan.sending = func(s *config.Sending) { s.Warmup = "20, 30" }
	h.reopen()
	h.wait(24 * time.Hour)
	h.send()
	h.tookGmail(4 + 6 + 8 + 20)
	h.plan.sending = func(s *config.Sending) { s.Warmup = "60" }
	h.reopen()
	h.wait(24 * time.Hour)
	h.send()
	h.tookGmail(4 + 6 + 8 + 20 + 60)
	h.wait(24 * time.Hour)
	h.send()
	h.tookGmail(200)
}

// Who was put off under settings that hold no longer has their turn when the program is started under others; who would be put off for as
// long is not touched.
func TestWhoWasPutOffIsAskedUnderTheSettingsThatHold(t *testing.T) {
	t.Parallel()
	theirs := func(window string) func(*config.Sending) {
		return func(s *config.Sending) { s.Timezone, s.Window = "recipient", window }
	}
	for name, c := range map[string]struct {
		emails       []string
		window       string // of the campaign
		before, then func(*config.Sending)
		wait         time.Duration
		first, all   int
	}{
		"a warm-up that is over":      {at("gmail.com", 12), "", func(s *config.Sending) { s.Warmup = "4, 7" }, func(s *config.Sending) { s.Warmup = "off" }, time.Minute, 4, 12},
		"a warm-up with larger steps": {at("gmail.com", 12), "", func(s *config.Sending) { s.Warmup = "4, 7" }, func(s *config.Sending) { s.Warmup = "6, 7" }, time.Minute, 4, 6},
		"the same warm-up":            {at("gmail.com", 12), "", func(s *config.Sending) { s.Warmup = "4, 7" }, func(s *config.Sending) { s.Warmup = "4, 7" }, time.Minute, 4, 4},
		"other hours":                 {at("d.example", 5), "", theirs("Mon-Sun 20:00-21:00"), theirs("Mon-Sun 10:00-21:00"), time.Minute, 0, 5},
		"hours of one clock":          {at("d.example", 5), "", theirs("Mon-Sun 20:00-21:00"), func(*config.Sending) {}, time.Minute, 0, 5},
		"no hours at all":             {at("d.example", 5), "Mon-Sun 08:00-09:00", theirs("Mon-Sun 20:00-21:00"), theirs("Mon-Sun 00:00-24:00"), 22 * time.Hour, 0, 5},
		"messages that left apart":    {at("d.example", 5), "", func(s *config.Sending) { s.DomainRate = "1/h" }, func(*config.Sending) {}, time.Minute, 1, 5},
		"messages that leave apart":   {at("d.example", 5), "", func(s *config.Sending) { s.DomainRate = "1/h" }, func(s *config.Sending) { s.DomainRate = "1/h" }, time.Minute, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{emails: c.emails, senders: 2, window: c.window, sending: c.before}).start(spring).send()
			h.took(c.first)
			h.plan.sending = c.then
			h.reopen()
			h.wait(c.wait)
			h.send()
			h.took(c.all)
		})
	}
}
