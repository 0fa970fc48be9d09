package app

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sink is a mail server that takes every message and keeps nothing but links and a count, so that
// what is measured is the sender. latency is how long it thinks before it answers the final dot.
type sink struct {
	net.Listener
	latency time.Duration
	taken   atomic.Int64
	mu      sync.Mutex
	links   []string
}

func newSink(b *testing.B, latency time.Duration) *sink {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &sink{Listener: l, latency: latency}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = s.serve(c) }()
		}
	}()
	return s
}

func (s *sink) serve(c net.Conn) error {
	defer c.Close()
	r, w := bufio.NewReaderSize(c, 64<<10), bufio.NewWriter(c)
	say := func(text string) error {
		_, err := w.WriteString(text + "\r\n")
		if r.Buffered() == 0 { // pipelined commands are answered together
			err = errors.Join(err, w.Flush())
		}
		return err
	}
	if err := say("220 sink"); err != nil {
		return err
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		answer := "250 2.0.0 ok"
		switch strings.ToUpper(string(line[:4])) {
		case "EHLO":
			answer = "250-sink\r\n250-PIPELINING\r\n250 8BITMIME"
		case "DATA":
			if err := say("354 go on"); err != nil {
				return err
			}
			if err := s.body(r); err != nil {
				return err
			}
			if s.latency > 0 {
				<-time.After(s.latency)
			}
			s.taken.Add(1)
		case "QUIT":
			return nil
		}
		if err := say(answer); err != nil {
			return err
		}
	}
}

// body reads to the line that is a dot alone, and notes the first link to a form.
func (s *sink) body(r *bufio.Reader) error {
	link, open := []byte(nil), false
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if len(line) == 3 && line[0] == '.' {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.links = append(s.links, string(link))
			return nil
		}
		switch {
		case open:
			link, open = append(link, bytes.TrimRight(line, "=\r\n")...), bytes.HasSuffix(line, []byte("=\r\n"))
		case link == nil && bytes.Contains(line, []byte("/c/")) && bytes.HasPrefix(line, []byte("http")):
			link, open = append(link, bytes.TrimRight(line, "=\r\n")...), bytes.HasSuffix(line, []byte("=\r\n"))
		}
	}
}

// looker speaks HTTP over one connection with as little work as can be: what is measured is the
// server.
type looker struct {
	net.Conn
	r *bufio.Reader
}

func lookIn(b *testing.B, address string) *looker {
	b.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	return &looker{c, bufio.NewReaderSize(c, 64<<10)}
}

// ask sends a request and reads the answer: its status line, and its body into buffer.
func (v *looker) ask(request, buffer []byte) (status string, body []byte, err error) {
	if _, err := v.Write(request); err != nil {
		return "", nil, err
	}
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := v.r.ReadSlice('\n')
		if err != nil {
			return "", nil, err
		}
		switch {
		case first:
			status = string(bytes.TrimRight(line, "\r\n"))
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			length = 0
			for _, d := range bytes.TrimRight(line[16:], "\r\n") {
				length = 10*length + int(d-'0')
			}
		case bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked")):
			chunked = true
		case len(line) == 2:
			if chunked {
				return status, nil, errors.New("the answer comes in chunks")
			}
			_, err := io.ReadFull(v.r, buffer[:length])
			return status, buffer[:length], err
		}
	}
}
