//go:build !unix

package store

import (
	"errors"
	"os"
	"time"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("the lock is held")

// lockFile cannot keep its promise here, so nothing can be sent from such a system.
func lockFile(*os.File, time.Duration) error { return errors.ErrUnsupported }

func unlockFile(*os.File) error { return errors.ErrUnsupported }

func fileNumber(*os.File) (string, error) { return "", nil }
