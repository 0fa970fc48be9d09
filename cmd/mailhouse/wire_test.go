package mailhouse

import (
	"bytes"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// cut is where the wire breaks for a person.
type cut string

const (
	whole     cut = ""
	noAnswer  cut = "no answer" // the dot arrives, the answer does not
	noDot     cut = "no dot"    // the body arrives, its dot does not
	noMessage cut = "nothing"   // the body does not arrive either
)

// A wire leads from the program to the Postfix, and breaks once for chosen people.
type wire struct {
	listener net.Listener
	to       string
	plan     func(recipient string) cut
	all      sync.WaitGroup

	mu     sync.Mutex
	broken map[string]cut // by recipient
	open   map[net.Conn]bool
}

func newWire(t testing.TB, to string, plan func(string) cut) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wire{listener: l, to: to, plan: plan, broken: map[string]cut{}, open: map[net.Conn]bool{}}
	w.all.Go(w.accept)
	t.Cleanup(func() {
		_ = l.Close()
		w.mu.Lock()
		for c := range w.open {
			_ = c.Close()
		}
		w.mu.Unlock()
		w.all.Wait()
	})
	return w
}

func (w *wire) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.all.Go(func() { w.carry(c) })
	}
}

// hold keeps a connection among those that the end of the test closes.
func (w *wire) hold(c net.Conn) (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[c] = true
	return func() {
		_ = c.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, c)
	}
}

// breaks says where the wire breaks for a person, once.
func (w *wire) breaks(who string) cut {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, already := w.broken[who]; already {
		return whole
	}
	return w.plan(who)
}

func (w *wire) broke(who string, c cut) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[who] = c
}

// cuts are the people for whom it broke.
func (w *wire) cuts() map[string]cut {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]cut{}
	for who, c := range w.broken {
		out[who] = c
	}
	return out
}

var rcpt = regexp.MustCompile(`(?m)^RCPT TO:<([^>]+)>`)

// carry is one connection. The program writes the dot by itself, after everything before it.
func (w *wire) carry(client net.Conn) {
	defer w.hold(client)()
	relay, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer w.hold(relay)()
	answers := make(chan []byte)
	done := make(chan struct{})
	defer close(done)
	w.all.Go(func() { read(relay, answers, done) })
	words := make(chan []byte)
	w.all.Go(func() { read(client, words, done) })
	who, breaks, body := "", whole, false
	for {
		select {
		case said, ok := <-words:
			switch {
			case !ok:
				return
			case !body:
				if m := rcpt.FindSubmatch(said); m != nil {
					who, breaks = string(m[1]), w.breaks(string(m[1]))
				}
			case bytes.HasSuffix(said, []byte("\n.\r\n")) || bytes.Equal(said, []byte(".\r\n")):
				body = false
				if breaks == noDot || breaks == noMessage {
					w.broke(who, breaks)
					return
				}
				if _, err := relay.Write(said); err != nil {
					return
				}
				if breaks == noAnswer {
					if answer, ok := <-answers; ok && strings.HasPrefix(string(answer), "250 ") {
						w.broke(who, breaks)
					}
					return
				}
				continue
			case breaks == noMessage:
				continue
			}
			if _, err := relay.Write(said); err != nil {
				return
			}
		case said, ok := <-answers:
			if !ok {
				return
			}
			body = body || bytes.HasPrefix(said, []byte("354")) || bytes.Contains(said, []byte("\n354"))
			if _, err := client.Write(said); err != nil {
				return
			}
		}
	}
}

// read hands on what a side says, until it ends or nobody listens.
func read(c net.Conn, out chan<- []byte, done <-chan struct{}) {
	defer close(out)
	for {
		b := make([]byte, 64<<10)
		n, err := c.Read(b)
		if n > 0 {
			select {
			case out <- b[:n]:
			case <-done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}
