//go:build failpoint

package crash

import (
	"math/rand/v2"
	"slices"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// misdeed is one way in which a mail server fails.
type misdeed struct {
	name string
	at   []smtptest.Stage // one of these
	do   func(*rand.Rand, <-chan struct{}) smtptest.Step
}

// plainly does the same wherever it happens.
func plainly(s smtptest.Step) func(*rand.Rand, <-chan struct{}) smtptest.Step {
	return func(*rand.Rand, <-chan struct{}) smtptest.Step { return s }
}

// one of some replies, or an end without any.
func speaking(replies ...string) func(*rand.Rand, <-chan struct{}) smtptest.Step {
	return func(d *rand.Rand, _ <-chan struct{}) smtptest.Step {
		if n := d.IntN(len(replies) + 1); n < len(replies) {
			return smtptest.Step{Reply: replies[n]}
		}
		return smtptest.Step{Drop: true}
	}
}

const afterTheDeadline = "250 after the deadline"

const (
	later  = "451 4.3.0 come back later"
	never  = "554 5.7.1 not from you"
	gone   = "550 5.1.1 no such user"
	closes = "421 4.3.2 closing"
)

// transaction are the stages at which a bad word may come; half of them at the dot, where it matters.
var transaction = []smtptest.Stage{smtptest.Dot, smtptest.Mail, smtptest.Dot, smtptest.Rcpt, smtptest.Dot, smtptest.Data}

// misdeeds is the matrix's one side: the stages at which a server may give up, what it may do with a whole
// message, and how it may say it.
var misdeeds = []misdeed{
	{"banner", []smtptest.Stage{smtptest.Banner}, speaking(closes, never)},
	{"EHLO", []smtptest.Stage{smtptest.EHLO}, speaking(later, never)},
	{"STARTTLS", []smtptest.Stage{smtptest.StartTLS}, speaking("454 4.7.0 no TLS now", never)},
	{"AUTH", []smtptest.Stage{smtptest.Auth}, speaking("454 4.7.0 later", "535 5.7.8 who are you")},
	{"MAIL", []smtptest.Stage{smtptest.Mail}, speaking(later, never, closes)},
	{"RCPT", []smtptest.Stage{smtptest.Rcpt}, speaking(later, never, gone)},
	{"DATA", []smtptest.Stage{smtptest.Data}, speaking(later, never)},
	{"mid-body", []smtptest.Stage{smtptest.Body}, plainly(smtptest.Step{Drop: true})},
	{"dot refused for now", []smtptest.Stage{smtptest.Dot}, plainly(smtptest.Step{Reply: later})},
	{"dot refused for good", []smtptest.Stage{smtptest.Dot}, plainly(smtptest.Step{Reply: never})},
	{"dot, not stored", []smtptest.Stage{smtptest.Dot}, plainly(smtptest.Step{Drop: true})},
	{"stored, then dropped", []smtptest.Stage{smtptest.Dot}, plainly(smtptest.Step{Drop: true, Store: true})},
	{"250 in single bytes", []smtptest.Stage{smtptest.Dot}, plainly(smtptest.Step{Reply: "250-2.0.0 it is\n250 2.0.0 queued", Split: true})},
	{afterTheDeadline, []smtptest.Stage{smtptest.Dot}, func(_ *rand.Rand, over <-chan struct{}) smtptest.Step {
		return smtptest.Step{Store: true, Wait: over}
	}},
	{"garbage of several lines", transaction, func(d *rand.Rand, _ <-chan struct{}) smtptest.Step {
		lines := []string{"250-half\n550 of it", "hello\nthere", "25", "250-2.0.0 one\nand nothing more", "999 9.9.9\n250 ok"}
		return smtptest.Step{Reply: lines[d.IntN(len(lines))], Store: d.IntN(2) == 0}
	}},
	{"wrong code", transaction, func(d *rand.Rand, _ <-chan struct{}) smtptest.Step {
		codes := []string{"354 go on", "334 aGVsbG8=", "220 hello", "100 wait"}
		return smtptest.Step{Reply: codes[d.IntN(len(codes))], Store: d.IntN(2) == 0}
	}},
	{"TLS alert", append([]smtptest.Stage{smtptest.StartTLS}, transaction...), func(d *rand.Rand, _ <-chan struct{}) smtptest.Step {
		return smtptest.Step{Alert: true, Store: d.IntN(2) == 0}
	}},
	{"RST", append([]smtptest.Stage{smtptest.Banner, smtptest.Body}, transaction...), func(d *rand.Rand, _ <-chan struct{}) smtptest.Step {
		return smtptest.Step{Abort: true, Store: d.IntN(2) == 0}
	}},
}

// possible are the misdeeds that a kind of server can do. Those that only some can do are so much the
// likelier there.
func possible(k relayKind) (out []int) {
	for n, m := range misdeeds {
		times := 1
		switch {
		case m.at[0] == smtptest.StartTLS && len(m.at) == 1:
			times = 0
			if k.options.StartTLS {
				times = 6
			}
		case m.at[0] == smtptest.Auth:
			times = 0
			if k.options.User != "" {
				times = 4
			}
		}
		for range times {
			out = append(out, n)
		}
	}
	return out
}

// cell is one field of the matrix: a misdeed in the first message of a connection, or in a later one. Of
// what happens only once on a connection, a later one is on a later connection of the same process.
type cell struct {
	misdeed int
	reused  bool
}

// opening says whether a stage comes but once on a connection.
func opening(s smtptest.Stage) bool {
	return slices.Contains([]smtptest.Stage{smtptest.Banner, smtptest.EHLO, smtptest.StartTLS, smtptest.Auth}, s)
}

// matches says whether an event is in the cell. before is how many connections there were when the
// process began.
func (c cell) matches(e smtptest.Event, stage smtptest.Stage, before int) bool {
	if e.Stage != stage {
		return false
	}
	later := e.Message > 1
	if opening(stage) {
		later = e.Connection > before+1
	}
	return later == c.reused
}
