package app

import "syscall"

// The kernel's words for a clock that follows no other (adjtimex(2)).
const (
	clockError     = 5    // TIME_ERROR
	clockUnsynched = 0x40 // STA_UNSYNC
)

// kernelSynced asks the kernel whether the clock follows another.
func kernelSynced() (synced, known bool) {
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	return state != clockError && t.Status&clockUnsynched == 0, err == nil
}
