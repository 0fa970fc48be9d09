package fault

import (
	"errors"
	"syscall"
)

// NoRoom reports whether a write failed for want of room: on the disk, in the quota, or in the size a
// file may have.
func NoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
