package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWritingToAPipeCanBeEnded: a pipe that nobody reads, or no further, holds nobody up who is told to stop. Such a process had to be killed.
func TestWritingToAPipeCanBeEnded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	much := func(w io.Writer) error {
		_, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)) // more than a pipe holds
		return err
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := writeUntil(stopped, path, much); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody reads: %v", err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	stopped, stop = context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- writeUntil(stopped, path, much) }()
	if _, err := io.ReadFull(reader, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("nobody reads any further: %v", err)
	}
}
