package app

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// at makes n addresses of one domain.
func at(domain string, n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("%s%03d@%s", domain[:2], i, domain))
	}
	return out
}

// rejects is a mail server that says to some recipients what a script says of them.
func rejects(stage smtptest.Stage, reply string, who func(to string) bool) smtptest.Script {
	return func(e smtptest.Event) smtptest.Step {
		if e.Stage == stage && who(e.To) {
			return smtptest.Step{Reply: reply}
		}
		return smtptest.Step{}
	}
}

// saidInFrench expects every word of a reason to be said in French, too.
func (h *house) saidInFrench(reason string) {
	h.t.Helper()
	c, err := i18n.Shipped()
	h.must(err)
	if said, known := c.House().For("fr").Said(reason); !known || said == reason {
		h.t.Errorf("there is no French for %q: %q", reason, said)
	}
}

func gmail(to string) bool {
	return strings.HasSuffix(to, "@gmail.com") || strings.HasSuffix(to, "@googlemail.com")
}

// Hard bounces at one mailbox provider pause the campaign, whose reason says which, how many and where; whoever
// resumes it lets it count anew.
func TestStopRuleOfOneProvider(t *testing.T) {
	t.Parallel()
	emails := append(append(at("gmail.com", 15), at("googlemail.com", 14)...), at("d.example", 60)...)
	h := newHouse(t, plan{emails: emails, senders: 1}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "550 5.1.1 no such user", gmail))
	h.send()
	r := h.status()
	// While a beat is stored, the next may be turned down already.
	want := regexp.MustCompile(`^stop rule: hard bounces are 1[0-9] of 1[0-9] messages to gmail; sending.stop_bounces is 10 and 5%; look into it, then resume$`)
	if r.Status != campaign.Paused || !want.MatchString(r.Reason) {
		t.Fatalf("%s: %q", r.Status, r.Reason)
	}
	h.saidInFrench(r.Reason)
	if len(r.Providers) == 0 || r.Providers[0].Provider != "gmail" || r.Invitations[campaign.Refused] != r.Counted.Hard {
		t.Errorf("%+v", r)
	}
	before := len(h.relay.Messages())
	h.send()
	h.took(before)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	if r := h.status(); r.Counted != (campaign.Figures{}) || len(r.Providers) != 0 {
		t.Errorf("it counts on after a resume: %+v", r)
	}
	h.send()
	if r := h.status(); r.Status != campaign.Paused || r.Counted.Hard < 10 {
		t.Fatalf("%s, %+v", r.Status, r.Counted)
	}
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: 60, campaign.Refused: 29})
}

// On several connections no more than one each is turned down after the threshold; the figures survive the process.
func TestStopRuleOverAllAndOverARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 150, senders: 4, sending: func(s *config.Sending) { s.StopBounces = "12" }}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "550 5.1.1 no such user", func(to string) bool { return to > "p05" }))
	h.send()
	r := h.status()
	if r.Status != campaign.Paused || !strings.HasPrefix(r.Reason, "stop rule: hard bounces are ") || r.Counted.Hard < 12 || r.Counted.Hard > 12+3 {
		t.Fatalf("%s: %q, %+v", r.Status, r.Reason, r.Counted)
	}
	h.saidInFrench(r.Reason)
	counted := r.Counted
	h.reopen()
	if r := h.status(); r.Status != campaign.Paused || r.Counted != counted {
		t.Errorf("%+v, want %+v", r.Counted, counted)
	}
}

// Refusals that are not five in a row are counted too.
func TestStopRuleOfRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 80, senders: 1}).start(spring)
	h.relays(rejects(smtptest.Dot, "554 5.7.1 blocked for its reputation", func(to string) bool { return to[3]%2 == 0 }))
	h.send()
	r := h.status()
	if r.Status != campaign.Paused || r.Counted.Refused != 10 || !strings.HasPrefix(r.Reason, "stop rule: refusals for a reason of ours are 10 of ") {
		t.Errorf("%s: %q, %+v", r.Status, r.Reason, r.Counted)
	}
	h.saidInFrench(r.Reason)
}

// Uncertain ones stop a campaign only where that is set.
func TestStopRuleOfUncertain(t *testing.T) {
	t.Parallel()
	breaks := func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && e.To[3]%2 == 0 {
			return smtptest.Step{Drop: true}
		}
		return smtptest.Step{}
	}
	off := newHouse(t, plan{people: 30, senders: 1}).start(spring)
	off.relays(breaks)
	off.send()
	if r := off.status(); r.Status != campaign.Running || r.Counted.Uncertain != 15 {
		t.Errorf("%s, %+v", r.Status, r.Counted)
	}
	on := newHouse(t, plan{people: 30, senders: 1, sending: func(s *config.Sending) { s.StopUncertain = "6 and 5%" }}).start(spring)
	on.relays(breaks)
	on.send()
	r := on.status()
	if r.Status != campaign.Paused || r.Counted.Uncertain != 6 {
		t.Errorf("%s, %+v", r.Status, r.Counted)
	}
	on.saidInFrench(r.Reason)
}

// complains stores what a complaint leaves behind.
func (h *house) complains(emails ...string) {
	h.t.Helper()
	for _, e := range emails {
		i := h.invitation(e)
		h.must(h.app.store.Update(h.t.Context(), func(tx campaign.Tx) error {
			no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Campaign: i.Campaign, Contact: i.Contact,
				Payload: map[string]any{"actor": campaign.Machine, "reason": campaign.SuppressComplaint, "invitation": i.ID}})
			if err != nil {
				return err
			}
			_, err = tx.Suppress(no, []campaign.Suppression{{Key: i.Keys[0], Scope: "all", Reason: campaign.SuppressComplaint, Source: "feedback", At: tx.Now()}})
			return err
		}))
	}
}

// Complaints come when their messages have long been sent; they are heard before the next turn.
func TestStopRuleHearsComplaints(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("d.example", 40), senders: 1}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to >= "d.010" }))
	h.send()
	h.complains("d.000@d.example", "d.001@d.example")
	h.wait(6 * time.Minute)
	h.send()
	if r := h.status(); r.Status != campaign.Running || r.Counted.Complaints != 2 {
		t.Fatalf("%s, %+v", r.Status, r.Counted)
	}
	h.complains("d.002@d.example")
	h.send()
	r := h.status()
	if r.Status != campaign.Paused || !strings.HasPrefix(r.Reason, "stop rule: complaints are 3 of ") {
		t.Fatalf("%s: %q", r.Status, r.Reason)
	}
	h.saidInFrench(r.Reason)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	if r := h.status(); r.Counted.Complaints != 0 {
		t.Errorf("complaints of before count after a resume: %+v", r.Counted)
	}
}

// A campaign that has nobody left to ask is not paused any more.
func TestStopRuleAfterTheLastMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 10, senders: 1}).start(spring).send()
	h.complains(person(0), person(1), person(2), person(3))
	h.send()
	if r := h.status(); r.Status != campaign.Running || r.Counted.Complaints != 4 || r.Waiting != "" {
		t.Errorf("%s, %q, %+v", r.Status, r.Waiting, r.Counted)
	}
}

// many makes a house of just over two thousand people.
func many(t *testing.T, sending func(*config.Sending)) *house {
	t.Helper()
	return newHouse(t, plan{emails: at("d.example", 2001), senders: 4, sending: sending})
}

// A large campaign asks a few people, waits, and goes on; a restart does not begin another wave.
func TestCanary(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := many(t, func(s *config.Sending) { s.Canary = "60" })
	p, err := h.app.Plan(t.Context(), spring)
	h.must(err)
	if !strings.Contains(p.Sentence, "; 60 of them first, then a wait of 4h0m0s; ") {
		t.Errorf("%q", p.Sentence)
	}
	h.start(spring)
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to < "d.005" })) // who is put off is of no wave
	h.send()
	h.took(60)
	r := h.status()
	if r.Waiting != "canary" || r.NextAt != h.byOurClock(h.clock().Add(4*time.Hour)) {
		t.Fatalf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.saidInFrench(r.Reason)
	h.relays(nil)
	h.reopen()
	h.wait(4*time.Hour - time.Second)
	h.send()
	h.took(60)
	h.wait(time.Second)
	h.send()
	h.took(2001)
}

// The wait after the first wave is that of the settings, also when it was longer before.
func TestCanaryUnderOtherSettings(t *testing.T) {
	t.Parallel()
	unwatched(t)
	set := func(wave string, wait time.Duration) func(*config.Sending) {
		return func(s *config.Sending) { s.Canary, s.CanaryWait = wave, wait }
	}
	h := many(t, set("60", 48*time.Hour)).start(spring).send()
	h.took(60)
	h.plan.sending = set("60", time.Hour)
	h.reopen()
	if r := h.status(); r.Waiting != "canary" || r.NextAt != h.byOurClock(h.clock().Add(time.Hour)) {
		t.Fatalf("waiting %q until %s", r.Waiting, r.NextAt)
	}
	h.reopen()
	h.plan.sending = set("off", time.Hour)
	h.reopen()
	h.send()
	h.took(2001)
}

// What comes back of the first wave stops the campaign; resuming it ends the wait.
func TestCanaryIsStopped(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := many(t, func(s *config.Sending) { s.Canary = "1%" }).start(spring).send()
	h.took(50)
	h.complains(at("d.example", 3)...)
	h.wait(time.Minute)
	h.send()
	r := h.status()
	if r.Status != campaign.Paused || !strings.HasPrefix(r.Reason, "stop rule: complaints are 3 of 50 messages to d.example; ") {
		t.Fatalf("%s: %q", r.Status, r.Reason)
	}
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.send()
	h.took(2001)
}

// Nobody waits where few are asked.
func TestCanaryOfASmallAudience(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 90, sending: func(s *config.Sending) { s.Canary = "60" }}).start(spring).send()
	h.took(90)
}

// While a campaign is paused nothing is heard of what comes back, and a resume lets all figures begin anew. So many bounces that they would
// have stopped it keep it paused, once, for the rule that nobody was told of; fewer do not.
func TestWhatCameWhilePausedIsWeighedAtTheResume(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("d.example", 120), senders: 1}).start(spring)
	h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to >= "d.100" }))
	h.send()
	h.took(100)
	pause := func() { h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "the relay is moved")) }
	resume := func() error { return h.app.Desk.Resume(t.Context(), Operator(), spring) }
	mails := at("d.example", 120)
	pause()
	h.bounces(mails[:9]...)
	h.must(resume())
	pause()
	h.bounces(mails[9:19]...)
	err := resume()
	want := "stop rule on messages from before the last resume: hard bounces are 10 of 100 messages to d.example; sending.stop_bounces is 10 and 5%; look into it, then resume"
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want) {
		t.Fatalf("it was resumed: %v", err)
	}
	if r := h.status(); r.Status != campaign.Paused || r.Reason != want {
		t.Fatalf("%s: %q", r.Status, r.Reason)
	}
	h.bounces(mails[19:30]...)
	h.complains(mails[40:43]...)
	if err := resume(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "complaints are 3 of 100 messages") {
		t.Fatalf("of complaints nobody was told: %v", err)
	}
	h.must(resume())
	h.relays(nil)
	h.wait(40 * time.Minute)
	h.send()
	if r := h.status(); r.Status != campaign.Running || r.Counted.Hard != 0 || r.Invitations[campaign.Planned] != 0 {
		t.Errorf("what was looked at counts again: %s: %q, %+v", r.Status, r.Reason, r.Counted)
	}
}

// bounces lets the messages to some people come back.
func (h *house) bounces(emails ...string) {
	h.t.Helper()
	for _, e := range emails {
		h.note(h.hardNotice(e), campaign.EffectSuppressed)
	}
}

// What comes back after a resume of messages from before it is weighed against those: ten of a thousand stop nothing, however few left
// since, and those who bounce in numbers stop it, with a reason that says which messages.
func TestStopRuleAfterAResumeWeighsWhatBelongsTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("d.example", 250), senders: 1}).start(spring)
	later := func(from string) {
		h.relays(rejects(smtptest.Rcpt, "451 4.7.1 later", func(to string) bool { return to >= from }))
	}
	goOn := func() {
		h.wait(40 * time.Minute)
		h.send()
	}
	later("d.210")
	h.send()
	h.took(210)
	h.must(h.app.Desk.Pause(t.Context(), Operator(), spring, "a look"))
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	later("d.213")
	goOn()
	h.took(213)
	mails := at("d.example", 250)
	h.bounces(mails[:10]...)
	goOn()
	if r := h.status(); r.Status != campaign.Running || r.Counted.Hard != 0 {
		t.Fatalf("ten of 210 from before: %s: %q, %+v", r.Status, r.Reason, r.Counted)
	}
	h.bounces(mails[10:11]...)
	goOn()
	r := h.status()
	if want := "stop rule on messages from before the last resume: hard bounces are 11 of 210 messages to d.example; sending.stop_bounces is 10 and 5%; look into it, then resume"; r.Status != campaign.Paused || r.Reason != want {
		t.Fatalf("%s: %q", r.Status, r.Reason)
	}
	h.saidInFrench(r.Reason)
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	h.bounces(mails[11:20]...)
	h.bounces(mails[210])
	later("d.240")
	goOn()
	if r := h.status(); r.Status != campaign.Running {
		t.Fatalf("nine and one of 213 since: %s: %q", r.Status, r.Reason)
	}
	h.bounces(mails[220:230]...)
	h.wait(24 * time.Hour)
	h.send()
	if r := h.status(); r.Status != campaign.Paused || !strings.HasPrefix(r.Reason, "stop rule: hard bounces are 10 of 27 messages to d.example; ") {
		t.Fatalf("%s: %q, %+v", r.Status, r.Reason, r.Counted)
	}
}
