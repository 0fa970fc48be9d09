package mailer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// short are timeouts that keep a test of a silent relay quick.
var short = Timeouts{Dial: 5 * time.Second, Command: time.Second, Body: 5 * time.Second, Reply: time.Second}

type rig struct {
	*Mailer
	server *smtptest.Server
}

func newRig(t testing.TB, o smtptest.Options, connections int, change ...func(*Deps)) rig {
	t.Helper()
	server, err := smtptest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	scheme := "smtp+insecure://"
	if o.StartTLS {
		scheme = "smtp://"
	}
	if o.TLS {
		scheme = "smtps://"
	}
	if o.User != "" {
		scheme += o.User + "@"
	}
	relay, err := ParseRelay(scheme+server.Addr(), o.Password)
	if err != nil {
		t.Fatal(err)
	}
	d := Deps{Composer: testComposer(t, "https://choix.lumiere.example"), Relay: relay, Connections: connections, HELO: "mail.lumiere.example",
		Clock: func() time.Time { return now }, Log: quiet(), TLS: &tls.Config{RootCAs: server.Roots()}}
	for _, f := range change {
		f(&d)
	}
	m, err := New(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = m.Close()
		_ = server.Close()
	})
	return rig{m, server}
}

func patient(d *Deps) { d.Timeouts = Timeouts{} }

// plain is a small message with lines that must be stuffed.
func plain(n int) campaign.Message {
	to := campaign.Address(fmt.Sprintf("person%d@example.net", n))
	return campaign.Message{EnvelopeFrom: "bonjour@lumiere.example", To: to,
		Bytes: []byte("From: <bonjour@lumiere.example>\r\nTo: <" + string(to) + ">\r\nSubject: x\r\n\r\n.starts with a dot\r\n.\r\n..\r\nlast line\r\n")}
}

func yes(context.Context) error { return nil }

func TestDeliver(t *testing.T) {
	t.Parallel()
	for _, pipelining := range []bool{false, true} {
		r := newRig(t, smtptest.Options{Pipelining: pipelining}, 1)
		m := plain(1)
		calls := 0
		o := r.Deliver(background, m, func(context.Context) error {
			calls++
			if !r.server.Wait(func() bool { return bytes.Equal(r.server.Partial(), m.Bytes) }) {
				t.Error("commit was asked for before the body was with the relay")
			}
			if len(r.server.Accepted()) != 0 {
				t.Error("the message was taken before the commit")
			}
			return nil
		})
		if o.Kind != campaign.OutcomeSent || !o.Committed || o.Code != 250 || o.Status != "2.0.0" || o.Reply != "250 2.0.0 queued" || calls != 1 {
			t.Errorf("%+v after %d commits", o, calls)
		}
		got := r.server.Messages()
		if len(got) != 1 || !bytes.Equal(got[0].Data, m.Bytes) || got[0].From != m.EnvelopeFrom || got[0].To != string(m.To) || got[0].Params != "" {
			t.Errorf("taken: %+v", got)
		}
	}
}

func TestFailingCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, smtptest.Options{}, 1)
	no := errors.New("opted out")
	o := r.Deliver(background, plain(1), func(context.Context) error { return no })
	if o.Kind != campaign.OutcomeLost || o.Committed || !errors.Is(o.Err, no) {
		t.Errorf("%+v", o)
	}
	r.server.Wait(func() bool { return r.server.Partial() == nil })
	if len(r.server.Accepted()) != 0 {
		t.Error("a message was taken without a commit")
	}
	if o := r.Deliver(background, plain(2), yes); o.Kind != campaign.OutcomeSent || r.server.Connections() != 2 {
		t.Errorf("%+v on connection %d", o, r.server.Connections())
	}
}

// cause is one row of the fault matrix.
type cause struct {
	name  string
	stage smtptest.Stage
	step  smtptest.Step
	want  campaign.Outcome // Kind, Committed, Hard, Relay, Stage, Code, Status
	taken bool             // the relay took the message all the same
	kept  bool             // the connection may be used again
}

func out(kind campaign.OutcomeKind, stage string, code int, status string) campaign.Outcome {
	return campaign.Outcome{Kind: kind, Stage: stage, Code: code, Status: status, Committed: stage == stageDot}
}

func hard(o campaign.Outcome) campaign.Outcome  { o.Hard = true; return o }
func relay(o campaign.Outcome) campaign.Outcome { o.Relay = true; return o }

func says(text string) smtptest.Step { return smtptest.Step{Reply: text} }

const (
	sent, released, refused = campaign.OutcomeSent, campaign.OutcomeReleased, campaign.OutcomeRefused
	uncertain, noRelay      = campaign.OutcomeUncertain, campaign.OutcomeNoRelay
)

// beforeTransaction are faults that only a new connection can have.
var beforeTransaction = []cause{
	{"banner 4xx", smtptest.Banner, says("421 4.3.2 busy"), out(noRelay, stageDial, 421, "4.3.2"), false, false},
	{"banner 5xx", smtptest.Banner, says("554 5.7.1 blocked"), out(noRelay, stageDial, 554, "5.7.1"), false, false},
	{"banner dropped", smtptest.Banner, smtptest.Step{Drop: true}, out(noRelay, stageDial, 0, ""), false, false},
	{"banner silent", smtptest.Banner, smtptest.Step{Mute: true}, out(noRelay, stageDial, 0, ""), false, false},
	{"banner garbage", smtptest.Banner, says("hello there"), out(noRelay, stageDial, 0, ""), false, false},
	{"banner reset", smtptest.Banner, smtptest.Step{Abort: true}, out(noRelay, stageDial, 0, ""), false, false},
	{"ehlo dropped", smtptest.EHLO, smtptest.Step{Drop: true}, out(noRelay, stageDial, 0, ""), false, false},
	{"ehlo refused", smtptest.EHLO, says("550 5.7.1 go away"), out(noRelay, stageDial, 550, "5.7.1"), false, false},
}

// inTransaction are faults of a new and of a reused connection alike.
var inTransaction = []cause{
	{"mail 4xx", smtptest.Mail, says("451 4.3.0 later"), out(released, stageMail, 451, "4.3.0"), false, true},
	{"mail 5xx sender", smtptest.Mail, says("553 5.1.8 sender domain unknown"), relay(out(released, stageMail, 553, "5.1.8")), false, true},
	{"mail 5xx even with the words of a mailbox", smtptest.Mail, says("550 5.1.1 user unknown"), relay(out(released, stageMail, 550, "5.1.1")), false, true},
	{"mail full", smtptest.Mail, says("552 5.2.2 quota"), out(released, stageMail, 552, "5.2.2"), false, true},
	{"mail auth required", smtptest.Mail, says("530 5.7.0 authentication required"), out(noRelay, stageMail, 530, "5.7.0"), false, true},
	{"mail wrong code", smtptest.Mail, says("354 what"), out(released, stageMail, 354, ""), false, false},
	{"mail garbage", smtptest.Mail, says("?!"), out(released, stageMail, 0, ""), false, false},
	{"rcpt unknown", smtptest.Rcpt, says("550 5.1.1 no such user"), hard(out(refused, stageRcpt, 550, "5.1.1")), false, true},
	{"rcpt unknown in words", smtptest.Rcpt, says("550-Adresse\n550 inconnue"), hard(out(refused, stageRcpt, 550, "")), false, true},
	{"rcpt policy", smtptest.Rcpt, says("550 5.7.1 blocked, user unknown"), relay(out(released, stageRcpt, 550, "5.7.1")), false, true},
	{"rcpt policy far behind", smtptest.Rcpt, says("550-user unknown\n" + strings.Repeat("550-see our pages for whatever else there is\n", 20) + "550 blocked"), relay(out(released, stageRcpt, 550, "")), false, true},
	{"rcpt bare 550", smtptest.Rcpt, says("550 no"), relay(out(released, stageRcpt, 550, "")), false, true},
	{"rcpt full", smtptest.Rcpt, says("552 5.2.2 over quota"), out(released, stageRcpt, 552, "5.2.2"), false, true},
	{"rcpt too large", smtptest.Rcpt, says("552 5.3.4 too big"), relay(out(released, stageRcpt, 552, "5.3.4")), false, true},
	{"rcpt script", smtptest.Rcpt, says("553 5.6.7 not ASCII"), out(released, stageRcpt, 553, "5.6.7"), false, true},
	{"rcpt greylisted", smtptest.Rcpt, says("450 4.7.1 greylisted by policy"), out(released, stageRcpt, 450, "4.7.1"), false, true},
	{"rcpt not authenticated, temporary", smtptest.Rcpt, says("450 4.7.26 unauthenticated"), relay(out(released, stageRcpt, 450, "4.7.26")), false, true},
	{"rcpt 421", smtptest.Rcpt, says("421 4.3.2 shutting down"), out(released, stageRcpt, 421, "4.3.2"), false, false},
	{"rcpt dropped", smtptest.Rcpt, smtptest.Step{Drop: true}, out(released, stageRcpt, 0, ""), false, false},
	{"rcpt reset", smtptest.Rcpt, smtptest.Step{Abort: true}, out(released, stageRcpt, 0, ""), false, false},
	{"rcpt silent", smtptest.Rcpt, smtptest.Step{Mute: true}, out(released, stageRcpt, 0, ""), false, false},
	{"rcpt garbage in the middle", smtptest.Rcpt, says("250-fine\nbut not\n250 quite"), out(released, stageRcpt, 0, ""), false, false},
	{"rcpt codes differ", smtptest.Rcpt, says("250-fine\n550 not"), out(released, stageRcpt, 0, ""), false, false},
	{"data 4xx", smtptest.Data, says("451 4.3.0 later"), out(released, stageData, 451, "4.3.0"), false, true},
	{"data 5xx", smtptest.Data, says("554 5.5.1 no valid recipients"), relay(out(released, stageData, 554, "5.5.1")), false, true},
	{"data 250", smtptest.Data, says("250 ok"), out(released, stageData, 250, ""), false, false},
	{"data dropped", smtptest.Data, smtptest.Step{Drop: true}, out(released, stageData, 0, ""), false, false},
	{"two replies to rcpt", smtptest.Rcpt, says("250 ok\n250 ok"), out(released, stageData, 0, ""), false, false},
	{"dot split", smtptest.Dot, smtptest.Step{Reply: "250-2.0.0 one\n250 2.0.0 two", Split: true}, out(sent, stageDot, 250, "2.0.0"), true, true},
	{"dot 4xx", smtptest.Dot, says("451 4.3.0 later"), out(released, stageDot, 451, "4.3.0"), false, false},
	{"dot 421", smtptest.Dot, smtptest.Step{Reply: "421 4.3.2 bye", Drop: true}, out(released, stageDot, 421, "4.3.2"), false, false},
	{"dot policy", smtptest.Dot, says("554 5.7.1 spam"), relay(out(refused, stageDot, 554, "5.7.1")), false, false},
	{"dot unknown", smtptest.Dot, says("550 5.1.1 user unknown"), hard(out(refused, stageDot, 550, "5.1.1")), false, false},
	{"dot full", smtptest.Dot, says("552 5.2.2 quota"), out(refused, stageDot, 552, "5.2.2"), false, false},
	{"dot not stored, dropped", smtptest.Dot, smtptest.Step{Drop: true}, out(uncertain, stageDot, 0, ""), false, false},
	{"dot stored, dropped", smtptest.Dot, smtptest.Step{Drop: true, Store: true}, out(uncertain, stageDot, 0, ""), true, false},
	{"dot reset", smtptest.Dot, smtptest.Step{Abort: true, Store: true}, out(uncertain, stageDot, 0, ""), true, false},
	{"dot silent", smtptest.Dot, smtptest.Step{Mute: true, Store: true}, out(uncertain, stageDot, 0, ""), true, false},
	{"dot garbage", smtptest.Dot, smtptest.Step{Reply: "thanks", Store: true}, out(uncertain, stageDot, 0, ""), true, false},
	{"dot garbage lines", smtptest.Dot, smtptest.Step{Reply: "250-ok\nand then\n250 ok", Store: true}, out(uncertain, stageDot, 0, ""), true, false},
	{"dot half a reply", smtptest.Dot, smtptest.Step{Reply: "250-ok", Drop: true, Store: true}, out(uncertain, stageDot, 0, ""), true, false},
	{"dot wrong code", smtptest.Dot, smtptest.Step{Reply: "354 go on", Store: true}, out(uncertain, stageDot, 354, ""), true, false},
	{"dot 250 and more", smtptest.Dot, says("250 2.0.0 ok\n250 2.0.0 ok"), out(sent, stageDot, 250, "2.0.0"), true, false},
}

func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for _, pipelining := range []bool{false, true} {
		for _, c := range beforeTransaction {
			t.Run(fmt.Sprintf("pipelining=%v/first/%s", pipelining, c.name), func(t *testing.T) {
				t.Parallel()
				provoke(t, c, 1, pipelining)
			})
		}
		for _, c := range inTransaction {
			for n, connection := range map[int]string{1: "first", 2: "reused"} {
				if pipelining && n == 2 && c.step.Abort && (c.stage == smtptest.Rcpt || c.stage == smtptest.Data) {
					continue // the reset may overtake the reply to MAIL: a stale connection, which is dialled again
				}
				t.Run(fmt.Sprintf("pipelining=%v/%s/%s", pipelining, connection, c.name), func(t *testing.T) {
					t.Parallel()
					provoke(t, c, n, pipelining)
				})
			}
		}
	}
}

// provoke makes the n-th message of a connection meet a fault.
func provoke(t *testing.T, c cause, n int, pipelining bool) {
	script := func(e smtptest.Event) smtptest.Step {
		if e.Stage == c.stage && (e.Message == n || n == 1 && e.Message == 0) && e.Connection == 1 {
			return c.step
		}
		return smtptest.Step{}
	}
	r := newRig(t, smtptest.Options{Pipelining: pipelining, Script: script}, 1)
	for i := 1; i < n; i++ {
		if o := r.Deliver(background, plain(i), yes); o.Kind != sent {
			t.Fatalf("%+v", o)
		}
	}
	m := plain(n)
	commits := 0
	if c.step.Mute { // only what is silent is not waited for: all else may take its time
		r.timeouts = short
	}
	got := r.Deliver(background, m, func(context.Context) error {
		commits++
		r.server.Wait(func() bool { return bytes.Equal(r.server.Partial(), m.Bytes) })
		return nil
	})
	r.timeouts = Timeouts{}.orDefault()
	want := c.want
	words, cause := got.Reply, got.Err
	if silent := got.Kind == released && got.Code == 0 && cause != nil; got.Broken != silent {
		t.Errorf("broken %v: %+v", got.Broken, got)
	}
	got.Reply, got.Err, got.Broken = "", nil, false
	if pipelining && c.step.Abort && (c.stage == smtptest.Rcpt && got.Stage == stageMail || c.stage == smtptest.Data && (got.Stage == stageMail || got.Stage == stageRcpt)) {
		got.Stage = want.Stage // the answers travel together, and the reset may overtake them
	}
	if pipelining && c.stage == smtptest.Rcpt && got.Stage == stageData && got.Code == 250 {
		got.Code, words = 0, "" // the second answer stands where that to DATA should
	}
	if got != want {
		t.Errorf("got %+v (%q, %v), want %+v", got, words, cause, want)
	}
	if wantCommits := map[bool]int{true: 1}[want.Committed]; commits != wantCommits {
		t.Errorf("%d commits", commits)
	}
	if (want.Code != 0) != strings.HasPrefix(words, fmt.Sprint(want.Code)) || strings.Contains(words, string(m.To)) {
		t.Errorf("reply %q", words)
	}
	if taken := r.server.Accepted()[string(m.To)]; taken != map[bool]int{true: 1}[c.taken] {
		t.Errorf("the relay took %d", taken)
	}
	next := r.Deliver(background, plain(99), yes)
	if next.Kind != sent || r.server.Accepted()["person99@example.net"] != 1 {
		t.Errorf("the next message: %+v", next)
	}
	if connections := map[bool]int{true: 1, false: 2}[c.kept]; r.server.Connections() != connections {
		t.Errorf("%d connections, want %d", r.server.Connections(), connections)
	}
}

// A late reply to one message must never be read as the reply to the next.
func TestLateReplyIsNotReadAsTheNext(t *testing.T) {
	t.Parallel()
	late := make(chan struct{})
	script := func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && e.Connection == 1 {
			return smtptest.Step{Wait: late, Store: true}
		}
		if e.Stage == smtptest.Dot && e.Connection == 2 {
			return smtptest.Step{Reply: "550 5.7.1 no"}
		}
		return smtptest.Step{}
	}
	r := newRig(t, smtptest.Options{Script: script}, 1)
	r.timeouts = short
	if o := r.Deliver(background, plain(1), yes); o.Kind != uncertain || !o.Committed {
		t.Errorf("%+v", o)
	}
	r.timeouts = Timeouts{}.orDefault()
	close(late)
	if o := r.Deliver(background, plain(2), yes); o.Kind != refused || !o.Relay {
		t.Errorf("%+v", o)
	}
}

// A relay that closes kept connections costs no message an attempt.
func TestStaleConnectionIsDialledAgain(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]smtptest.Step{"dropped": {Drop: true}, "421": {Reply: "421 4.4.2 idle", Drop: true}} {
		script := func(e smtptest.Event) smtptest.Step {
			if e.Stage == smtptest.Mail && e.Connection == 1 && e.Message == 2 {
				return step
			}
			return smtptest.Step{}
		}
		r := newRig(t, smtptest.Options{Script: script}, 1)
		for n := range 3 {
			if o := r.Deliver(background, plain(n), yes); o.Kind != sent {
				t.Errorf("%s: %+v", name, o)
			}
		}
		if r.server.Connections() != 2 {
			t.Errorf("%s: %d connections", name, r.server.Connections())
		}
	}
}

// A transaction that cannot be taken back costs the connection, not the next message.
func TestRefusedReset(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]smtptest.Step{"refused": says("500 5.5.1 what"), "dropped": {Drop: true}, "garbage": says("ok")} {
		script := func(e smtptest.Event) smtptest.Step {
			switch {
			case e.Stage == smtptest.Rcpt && e.To == "person1@example.net":
				return says("550 5.1.1 no such user")
			case e.Stage == smtptest.Reset:
				return step
			}
			return smtptest.Step{}
		}
		r := newRig(t, smtptest.Options{Script: script}, 1)
		if o := r.Deliver(background, plain(1), yes); o.Kind != refused || !o.Hard {
			t.Errorf("%s: %+v", name, o)
		}
		if o := r.Deliver(background, plain(2), yes); o.Kind != sent || r.server.Connections() != 2 {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestConnectionsAreReusedAndBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, smtptest.Options{Pipelining: true}, 4)
	var commits atomic.Int64
	var wg sync.WaitGroup
	work := make(chan int)
	for range 8 {
		wg.Go(func() {
			for n := range work {
				if o := r.Deliver(background, plain(n), func(context.Context) error { commits.Add(1); return nil }); o.Kind != sent {
					t.Errorf("%d: %+v", n, o)
				}
			}
		})
	}
	for n := range 1000 {
		work <- n
	}
	close(work)
	wg.Wait()
	accepted := r.server.Accepted()
	if len(accepted) != 1000 || commits.Load() != 1000 {
		t.Errorf("%d people, %d commits", len(accepted), commits.Load())
	}
	for to, n := range accepted {
		if n != 1 {
			t.Errorf("%s: %d", to, n)
		}
	}
	uses := map[int]int{}
	for _, m := range r.server.Messages() {
		uses[m.Connection]++
	}
	for c, n := range uses {
		if n > messagesPerConnection {
			t.Errorf("connection %d carried %d", c, n)
		}
	}
	if r.server.Connections() < 10 || r.server.Connections() > 14 {
		t.Errorf("%d connections", r.server.Connections())
	}
}

// A connection is left after five minutes, however often it was used meanwhile.
func TestOldConnectionIsLeft(t *testing.T) {
	t.Parallel()
	clock := now
	r := newRig(t, smtptest.Options{}, 1, func(d *Deps) { d.Clock = func() time.Time { return clock } })
	for _, step := range []time.Duration{0, lifeOfConnection / 2, lifeOfConnection/2 - time.Second, time.Second} {
		clock = clock.Add(step)
		if o := r.Deliver(background, plain(1), yes); o.Kind != sent {
			t.Errorf("%+v", o)
		}
	}
	if r.server.Connections() != 2 {
		t.Errorf("%d connections", r.server.Connections())
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("before the dot", func(t *testing.T) {
		t.Parallel()
		hold := make(chan struct{})
		r := newRig(t, smtptest.Options{Script: smtptest.At(smtptest.Rcpt, 1, smtptest.Step{Wait: hold})}, 1)
		ctx, cancel := context.WithCancel(background)
		go func() {
			r.server.Wait(func() bool { return r.server.Connections() == 1 })
			cancel()
		}()
		if o := r.Deliver(ctx, plain(1), yes); o.Committed || o.Kind != released && o.Kind != noRelay {
			t.Errorf("%+v", o)
		}
		close(hold)
		if len(r.server.Accepted()) != 0 {
			t.Error("taken")
		}
	})
	t.Run("after the commit", func(t *testing.T) {
		t.Parallel()
		hold := make(chan struct{})
		r := newRig(t, smtptest.Options{Script: smtptest.At(smtptest.Dot, 1, smtptest.Step{Wait: hold, Store: true})}, 1)
		ctx, cancel := context.WithCancel(background)
		if o := r.Deliver(ctx, plain(1), func(context.Context) error { cancel(); return nil }); o.Kind != uncertain || !o.Committed {
			t.Errorf("%+v", o)
		}
		close(hold)
	})
	t.Run("waiting for a connection", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, smtptest.Options{}, 1)
		ctx, cancel := context.WithCancel(background)
		o := r.Deliver(background, plain(1), func(context.Context) error {
			cancel()
			if o := r.Deliver(ctx, plain(2), yes); o.Kind != released || !errors.Is(o.Err, context.Canceled) {
				t.Errorf("%+v", o)
			}
			return nil
		})
		if o.Kind != sent {
			t.Errorf("%+v", o)
		}
	})
}

// Line ends in an address or alone in the text would let one message speak as another.
func TestSmugglingIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, smtptest.Options{}, 1)
	for name, change := range map[string]func(*campaign.Message){
		"to with CRLF":    func(m *campaign.Message) { m.To = "a@b.example>\r\nRCPT TO:<c@d.example" },
		"to with space":   func(m *campaign.Message) { m.To = "a@b.example SIZE=1" },
		"to with bracket": func(m *campaign.Message) { m.To = "a@b.example>" },
		"no domain":       func(m *campaign.Message) { m.To = "a" },
		"empty":           func(m *campaign.Message) { m.To = "" },
		"from with LF":    func(m *campaign.Message) { m.EnvelopeFrom = "a@b.example\nDATA" },
		"invalid UTF-8":   func(m *campaign.Message) { m.To = "\xff@b.example" },
		"too long":        func(m *campaign.Message) { m.To = campaign.Address(strings.Repeat("a", 260) + "@b.example") },
		"bare LF":         func(m *campaign.Message) { m.Bytes = []byte("a: b\r\n\r\nx\n.\r\nMAIL FROM:<>\r\n") },
		"bare CR":         func(m *campaign.Message) { m.Bytes = []byte("a: b\r\n\r\nx\r.\r\n") },
		"no last line":    func(m *campaign.Message) { m.Bytes = []byte("a: b\r\n\r\nx") },
		"NUL":             func(m *campaign.Message) { m.Bytes = []byte("a: b\r\n\r\n\x00\r\n") },
		"long line":       func(m *campaign.Message) { m.Bytes = []byte("a: b\r\n\r\n" + strings.Repeat("x", 999) + "\r\n") },
	} {
		m := plain(1)
		change(&m)
		if o := r.Deliver(background, m, func(context.Context) error { t.Error("commit"); return nil }); o.Kind != released || o.Err == nil || o.Hard {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if r.server.Connections() != 0 {
		t.Error("it was dialled all the same")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	r := newRig(t, smtptest.Options{}, 2)
	if o := r.Deliver(background, plain(1), func(context.Context) error { return r.Close() }); o.Kind != sent {
		t.Errorf("a message on its way is brought to its end: %+v", o)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
