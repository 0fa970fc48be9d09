package intake

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// tooMany is told to whoever is turned away: to come again.
const tooMany = "421 4.7.0 too many connections, try again later\r\n"

// turnAway bounds how long telling them may take. Nobody else is let in meanwhile.
const turnAway = 100 * time.Millisecond

// limited turns away connections beyond a number, in all and from each client.
type limited struct {
	net.Listener
	each int

	mu   sync.Mutex
	all  int
	held map[netip.Prefix]int
}

// Accept waits for a connection; one for which there is no room is told so, and closed at once.
func (l *limited) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	who := client(c.RemoteAddr())
	if !l.enter(who) {
		_ = c.SetWriteDeadline(time.Now().Add(turnAway))
		_, _ = io.WriteString(c, tooMany)
		_ = c.Close()
		return &counted{Conn: c, end: func() {}}, nil
	}
	return &counted{Conn: c, end: sync.OnceFunc(func() { l.leave(who) })}, nil
}

func (l *limited) enter(who netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= maxConnections || l.held[who] >= l.each {
		return false
	}
	l.all++
	l.held[who]++
	return true
}

func (l *limited) leave(who netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.held[who]--; l.held[who] == 0 {
		delete(l.held, who)
	}
}

// client is who connects: an address, and with IPv6 the network of one house, which has as many addresses as it likes.
func client(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // which fits
	return p
}

// counted is a connection that has a place, and whose commands are bounded: the library holds a whole one.
type counted struct {
	net.Conn
	end func()

	length  int         // of the line so far; of the one goroutine that reads
	taken   atomic.Bool // what was read since was of a message
	through atomic.Bool // whatever comes is of a message
}

// Read gives what comes, and smtp.ErrTooLongLine once a command has gone on for too long.
func (c *counted) Read(b []byte) (int, error) {
	if c.length > maxCommand && !c.through.Load() && !c.taken.Load() {
		return 0, smtp.ErrTooLongLine
	}
	n, err := c.Conn.Read(b)
	if c.taken.Swap(false) || c.through.Load() {
		c.length = 0
	}
	c.length += n
	for i := n - 1; i >= 0; i-- {
		if b[i] == '\n' {
			c.length = n - 1 - i
			break
		}
	}
	return n, err
}

// Close ends a connection and makes room.
func (c *counted) Close() error {
	c.end()
	return c.Conn.Close()
}

// message is the text of a message, whose lines may have any length. After DATA nothing else comes until it is answered; between the parts
// of BDAT there are commands, which stay bounded.
func (c *counted) message(r io.Reader) io.Reader {
	_, parts := r.(*io.PipeReader)
	c.through.Store(!parts)
	return &text{r: r, line: c}
}

// text is the text of a message.
type text struct {
	r    io.Reader
	line *counted
}

// Read takes little at once, and says so.
func (t *text) Read(b []byte) (int, error) {
	n, err := t.r.Read(b[:min(len(b), maxTaken)])
	if n > 0 {
		t.line.taken.Store(true)
	}
	return n, err
}
