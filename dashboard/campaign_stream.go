package dashboard

import (
	"bytes"
	"net/http"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// A page that follows a campaign is told of changes by server-sent events.
const (
	streamMedia   = "text/event-stream"
	streamLongest = 10 * time.Minute // then the browser asks anew, and is recognised anew
	streamWrite   = 10 * time.Second // how long one write may take
	streamMost    = 3                // at once, for one session
)

// rhythm is how often a stream looks at its campaign, how often it says something although nothing changed,
// so that nobody takes it for dead, and how long a list waits for the base to be judged.
type rhythm struct{ tick, beat, judge time.Duration }

// streams counts how many are open by session.
type streams struct {
	mu   sync.Mutex
	open map[account.Secret]int
}

func (s *streams) enter(who account.Secret) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[account.Secret]int{}
	}
	if s.open[who] >= streamMost {
		return false
	}
	s.open[who]++
	return true
}

func (s *streams) leave(who account.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[who]--; s.open[who] <= 0 {
		delete(s.open, who)
	}
}

// events tells a page how its campaign stands, whenever that changes, until the campaign is closed, the
// session ends or the server stops.
func (d *Dashboard) events(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", streamMedia)
	h.Set("X-Accel-Buffering", "no") // a proxy before us passes each event on at once
	if v.Request().Method == http.MethodHead {
		return v.NoContent(http.StatusOK)
	}
	if !d.streams.enter(v.secret) {
		return fault.New(fault.TooMany, "board.refused.streams", "too many pages follow a campaign at once").At("dashboard.events")
	}
	defer d.streams.leave(v.secret)
	s := stream{v: v, campaign: c, out: http.NewResponseController(v.Response())}
	v.Response().WriteHeader(http.StatusOK)
	return s.follow()
}

// stream is one page that follows.
type stream struct {
	v        *visit
	campaign campaign.Campaign
	out      *http.ResponseController
	last     []byte
	spoke    time.Time
}

func (s *stream) follow() error {
	tick := time.NewTicker(s.v.d.rhythm.tick)
	defer tick.Stop()
	began := time.Now()
	for s.spoke = began; ; {
		end, err := s.look()
		if err != nil || end {
			return nil // the status is sent; whoever follows asks anew, and is told then
		}
		select {
		case <-s.v.ctx().Done():
			return nil
		case <-s.v.d.closing:
			return nil
		case now := <-tick.C:
			if now.Sub(began) > streamLongest || !s.alive(now) {
				return nil
			}
		}
	}
}

// look sends how the campaign stands, if that is news, and reports whether nothing will follow.
func (s *stream) look() (end bool, err error) {
	r, err := s.v.d.desk.Status(s.v.ctx(), s.campaign.Name)
	if err != nil {
		return true, err
	}
	p := s.v.progressOf(s.campaign, r)
	if r.Status != s.campaign.Status {
		p.Changed = s.v.P.T("board.progress.changed")
	}
	body, err := board.ProgressHTML(p)
	if err != nil {
		return true, err
	}
	if !bytes.Equal(body, s.last) {
		s.last = body
		if err := s.send("progress", body); err != nil {
			return true, err
		}
	}
	if r.Status == campaign.Running || r.Status == campaign.Paused {
		return false, nil
	}
	return true, s.send("end", nil)
}

// alive keeps the line open and looks whether the person is still logged in.
func (s *stream) alive(now time.Time) bool {
	if now.Sub(s.spoke) < s.v.d.rhythm.beat {
		return true
	}
	if _, _, err := s.v.d.roster.Session(s.v.ctx(), s.v.secret, false); err != nil {
		return false
	}
	s.spoke = now
	return s.write([]byte(": still there\n\n")) == nil
}

// send writes one event; each line of its data has a name of its own.
func (s *stream) send(event string, data []byte) error {
	var b bytes.Buffer
	b.WriteString("event: " + event + "\n")
	for line := range bytes.Lines(append(data, '\n')) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return s.write(b.Bytes())
}

// write has a deadline of its own in place of the server's for a whole answer.
func (s *stream) write(b []byte) error {
	_ = s.out.SetWriteDeadline(time.Now().Add(streamWrite)) // not every writer has one
	if _, err := s.v.Response().Write(b); err != nil {
		return err
	}
	return s.out.Flush()
}
