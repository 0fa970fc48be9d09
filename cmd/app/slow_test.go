package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are made by the test, so that they live in its made-up time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// A body that comes a byte a second is cut at the deadline, and nothing of it is recorded.
func TestSlowAnswerIsCut(t *testing.T) {
	t.Parallel()
	who := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	target := h.form(who)
	body := yes(h.opened(target)).Encode()
	entries := h.entries()
	synctest.Test(t, func(t *testing.T) {
		p := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- h.web.Serve(ctx, p) }()
		client, server := net.Pipe()
		p.conns <- server
		began := time.Now()
		answered := make(chan int, 1)
		go func() {
			status := 0
			if res, err := http.ReadResponse(bufio.NewReader(client), nil); err == nil {
				status = res.StatusCode
				_, _ = io.Copy(io.Discard, res.Body)
			}
			answered <- status
		}()
		fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", target, host, len(body))
		sent := 0
		for ; sent < len(body); sent++ {
			if _, err := io.WriteString(client, body[sent:sent+1]); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if status, after := <-answered, time.Since(began); status == http.StatusSeeOther || sent == len(body) || after > time.Minute {
			t.Errorf("%d after %v and %d of %d bytes", status, after, sent, len(body))
		}
		_ = client.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	if len(h.responses(who)) != 0 || h.entries() != entries {
		t.Errorf("%d answers, %d new entries", len(h.responses(who)), h.entries()-entries)
	}
}
