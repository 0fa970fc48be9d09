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

// fileNumber tells a file from a copy of it: by its number on the volume, and where the file system says it by when it was made
// there. A volume that was filled anew may give the same numbers.
func fileNumber(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", nil
	}
	number := strconv.FormatUint(uint64(s.Ino), 10)
	if made := born(f); made != "" {
		number += "/" + made
	}
	return number, nil
}

func unlockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
