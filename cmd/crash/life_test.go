//go:build failpoint

package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/reoptin/reoptin/internal/failpoint"
)

// longest is how long anything may take before a test gives up; nothing waits that long when all is well,
// unless the machine itself stands still for a while.
const longest = 4 * time.Minute

// life is one process of the program, watched also for stops.
type life struct {
	process *os.Process
	output  string        // file of what it said
	turns   atomic.Int64  // how often it was stopped, or let go on, by whomever
	stopped chan int64    // its turns at each stop
	done    chan struct{} // closed at the end
	end     syscall.WaitStatus
}

// begin starts a program. points are the orders to its failpoints, parted by commas.
func begin(program, output string, env []string, points string, args ...string) (*life, error) {
	f, err := os.Create(output)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = f, f
	cmd.Env = append(append(surroundings(), "GOTRACEBACK=all"), env...)
	if points != "" {
		cmd.Env = append(cmd.Env, failpoint.Variable+"="+points)
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	l := &life{process: cmd.Process, output: output, stopped: make(chan int64, 16), done: make(chan struct{})}
	go l.watch()
	return l, nil
}

// surroundings is our environment without what is meant for these tests: the program refuses settings
// that it does not know.
func surroundings() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "REOPTIN_") })
}

func (l *life) watch() {
	defer close(l.done)
	for {
		var now syscall.WaitStatus
		switch _, err := syscall.Wait4(l.process.Pid, &now, syscall.WUNTRACED|syscall.WCONTINUED, nil); {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return
		case now.Stopped():
			l.stopped <- l.turns.Add(1)
		case now.Continued():
			l.turns.Add(1)
		default:
			l.end = now
			return
		}
	}
}

// signal speaks to the process, if it still lives.
func (l *life) signal(s syscall.Signal) { _ = l.process.Signal(s) }

// kill ends it at once, whatever it does, and waits for its end.
func (l *life) kill() {
	l.signal(syscall.SIGKILL)
	<-l.done
}

// hung ends a process that does not end by itself, and tells what each of its goroutines was at.
func (l *life) hung() error {
	l.signal(syscall.SIGCONT)
	l.signal(syscall.SIGQUIT)
	select {
	case <-l.done:
	case <-time.After(longest):
	}
	l.kill()
	return fmt.Errorf("the program did not end by itself:\n%s", l.said())
}

// killed says, after the end, whether SIGKILL was it.
func (l *life) killed() bool { return l.end.Signaled() && l.end.Signal() == syscall.SIGKILL }

// wait waits for the end.
func (l *life) wait() error {
	select {
	case <-l.done:
		return nil
	case <-time.After(longest):
		return l.hung()
	}
}

// stands waits until the process is stopped, and says false when it ended first.
func (l *life) stands() (bool, error) {
	select {
	case <-l.stopped:
		return true, nil
	case <-l.done:
		return false, nil
	case <-time.After(longest):
		l.kill()
		return false, fmt.Errorf("the program neither stopped nor ended:\n%s", l.said())
	}
}

// goOn continues a stopped process.
func (l *life) goOn() { l.signal(syscall.SIGCONT) }

// code is the exit code, -1 after a signal.
func (l *life) code() int {
	if l.end.Exited() {
		return l.end.ExitStatus()
	}
	return -1
}

func (l *life) said() string {
	b, err := os.ReadFile(l.output)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b))
}
