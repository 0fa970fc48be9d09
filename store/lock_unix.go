//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("the lock is held")

// lockFile takes an exclusive lock on an open file. It ends with the process, however that ends.
func lockFile(f *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errHeld
		}
		return err
	}
}

func unlockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
