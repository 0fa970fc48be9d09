//go:build failpoint

package crash

import (
	"maps"
	"regexp"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// doubts are the people of whom an installation does not know whether they were written to. Each has to be
// explained when the oracle first sees it, by what happened since it looked last:
//
//   - the mail server gave no clear answer to that person's message; or
//   - a process was killed with the message under way. It had one under way for each connection that it had
//     opened, at most: how a worker's last message ended is stored before its next is committed, or together; or
//   - an older database was put back, and the journal knows the beginning of that message and not its end: some
//     process was killed between storing the end and journalling it. That, too, is one for each connection.
type doubts struct {
	known    map[string]bool // explained already
	opened   int             // connections until the last look
	untold   int             // ends that may be stored and not journalled
	reminded bool            // an older database was put back since the last look
}

// explain holds those who are in doubt now against what happened.
func (d *doubts) explain(now map[string]bool, s *shop, deaths int) error {
	said, opened := s.witness.since(), s.opened()
	most := min(deaths*s.connections, opened-d.opened)
	d.untold += most
	var dying, forgotten []string
	for who := range now {
		switch {
		case d.known[who], said.vague[who]:
		case said.ready[who]:
			dying = append(dying, who)
		default:
			forgotten = append(forgotten, who)
		}
	}
	switch {
	case len(dying) > most:
		return breached("%v are in doubt without an unclear answer; %d kills of %d connections, %d of them opened, explain %d", dying, deaths, s.connections, opened-d.opened, most)
	case len(forgotten) > 0 && !d.reminded:
		return breached("%v are in doubt, whose messages were not under way", forgotten)
	case len(forgotten) > d.untold:
		return breached("%v are in doubt since an older database was put back, where kills left %d ends out of the journal at most", forgotten, d.untold)
	}
	if d.known == nil {
		d.known = map[string]bool{}
	}
	maps.Copy(d.known, now)
	d.opened, d.untold, d.reminded = opened, d.untold-len(forgotten), false
	return nil
}

// witness remembers what the mail server let the senders believe.
type witness struct {
	mu  sync.Mutex
	now testimony
}

type testimony struct {
	ready map[string]bool // it was asked to take that person's message
	vague map[string]bool // it gave no clear answer to that person's message
	last  map[int]string  // whose message it had whole last, by connection
}

// besides is added to the numbers of the second relay's connections, to tell them from the first's.
const besides = 1 << 30

// beside hears what a script has a mail server do, whose connections are numbered from one on.
func (w *witness) beside(script smtptest.Script, one int) smtptest.Script {
	return func(e smtptest.Event) (s smtptest.Step) {
		if script != nil {
			s = script(e)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		switch {
		case e.Stage == smtptest.Data:
			w.now.ready[e.To] = true
		case e.Stage == smtptest.Body && s != (smtptest.Step{}): // all of it may be on its way already, and its end follow
			w.now.vague[e.To] = true
		case e.Stage == smtptest.Dot:
			w.now.last[one+e.Connection] = e.To
			w.now.vague[e.To] = w.now.vague[e.To] || !definite(s)
		}
		return s
	}
}

// stood says that the sender stood still, longer perhaps than it waits for an answer: the last one on each
// connection may have come in vain.
func (w *witness) stood() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, who := range w.now.last {
		w.now.vague[who] = true
	}
}

// since is what was seen since it was last asked.
func (w *witness) since() (was testimony) {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, w.now = w.now, testimony{map[string]bool{}, map[string]bool{}, map[int]string{}}
	return was
}

var replyLine = regexp.MustCompile(`^([245][0-9]{2})([ -]|$)`)

// definite says whether a step at the dot is a complete yes or no, in time.
func definite(s smtptest.Step) bool {
	if s.Drop || s.Abort || s.Alert || s.Mute || s.Wait != nil {
		return false
	}
	if s.Reply == "" { // the usual one
		return true
	}
	lines := strings.Split(s.Reply, "\n")
	for n, line := range lines {
		m := replyLine.FindStringSubmatch(line)
		if m == nil || m[1] != lines[0][:3] || (m[2] == "-") == (n == len(lines)-1) {
			return false
		}
	}
	return true
}
