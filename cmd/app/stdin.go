package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// standardInput is standard input until the program is told to stop. Whoever waits for what nobody types, or for a program that gives
// nothing, could not be ended otherwise: a signal does not end a read, and what reads a file knows no context.
type standardInput struct {
	stopped context.Context
	release context.CancelFunc
	rest    []byte
	err     error
}

type chunk struct {
	bytes []byte
	err   error
}

func openStandardInput() io.ReadCloser {
	s := &standardInput{}
	s.stopped, s.release = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	return s
}

func (s *standardInput) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && s.err == nil {
		s.next(len(p))
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	if n > 0 {
		return n, nil
	}
	return 0, s.err
}

// next waits for bytes or for the end. A read that nobody waits for any more ends with the process.
func (s *standardInput) next(most int) {
	if s.err = s.stopped.Err(); s.err != nil {
		return
	}
	got := make(chan chunk, 1)
	go func() {
		b := make([]byte, max(most, 1))
		n, err := os.Stdin.Read(b)
		got <- chunk{b[:n], err}
	}()
	select {
	case c := <-got:
		s.rest, s.err = c.bytes, c.err
	case <-s.stopped.Done():
		s.err = s.stopped.Err()
	}
}

func (s *standardInput) Close() error {
	s.release()
	return nil
}
