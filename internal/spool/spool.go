// Package spool keeps what is too much for memory in one temporary file: texts by their place, and records
// that are to be read in order.
package spool

import (
	"errors"
	"io"
)

// File is a temporary file. What was written to it is gone when it is closed.
type File interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// Spool is one such file. It is not for concurrent use, but for reading once nothing is written any more.
type Spool struct {
	file File
	size int64
}

// New takes over a file that is empty.
func New(f File) *Spool { return &Spool{file: f} }

// Close removes what was kept.
func (s *Spool) Close() error { return s.file.Close() }

// Append adds to the end, and says where it stands.
func (s *Spool) Append(b []byte) (at int64, err error) {
	at = s.size
	n, err := s.file.Write(b)
	s.size += int64(n)
	return at, err
}

// Size is where the next Append goes.
func (s *Spool) Size() int64 { return s.size }

// Read fills b from a place on, as far as there is something.
func (s *Spool) Read(b []byte, at int64) (int, error) {
	b = b[:max(0, min(int64(len(b)), s.size-at))]
	n, err := s.file.ReadAt(b, at)
	if errors.Is(err, io.EOF) && n == len(b) {
		err = nil
	}
	return n, err
}
