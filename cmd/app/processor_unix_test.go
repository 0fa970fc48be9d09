//go:build unix

package app

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of the processors, sink and clients of a benchmark included.
func processorTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
