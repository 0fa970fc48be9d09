package store

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// born is when a file was made on its volume, "" where the file system does not keep that.
func born(f *os.File) string {
	var x unix.Statx_t
	if err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &x); err != nil || x.Mask&unix.STATX_BTIME == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%09d", x.Btime.Sec, x.Btime.Nsec)
}
