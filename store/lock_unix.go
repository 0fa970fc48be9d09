//go:build unix

package store

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("the lock is held")

// lockFile takes an exclusive lock on an open file, and waits for it so long. It ends with the process,
// however that ends; one that stands still keeps it.
func lockFile(f *os.File, wait time.Duration) error {
	for since := time.Now(); ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return err
		case time.Since(since) >= wait:
			return errHeld
		default:
			<-time.After(time.Millisecond)
		}
	}
}

// fileNumber is the number of a file on its volume: a copy has another.
func fileNumber(info os.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(s.Ino), 10)
	}
	return ""
}

func unlockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
