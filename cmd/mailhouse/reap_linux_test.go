package mailhouse

import "syscall"

// adopt has this process inherit what a mail server leaves when it ends abruptly, since in many containers nobody
// else sees such processes off; reap does, when all that this process started itself has ended.
func adopt() {
	const prSetChildSubreaper = 36
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
}

func reap() {
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.EINTR && (err != nil || pid == 0) {
			return
		}
	}
}
