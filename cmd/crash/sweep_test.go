//go:build failpoint

package crash

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// What a system call may be told, and the calls with which bytes become durable.
var (
	failures = []string{"EIO", "ENOSPC"}
	durable  = []string{"pwrite64", "fsync"}
)

// keeping are all calls by which a program changes files, or has them kept.
var keeping = []string{"pwrite64", "pwritev", "write", "fsync", "fdatasync", "ftruncate", "fallocate", "rename", "renameat", "renameat2", "unlink", "unlinkat"}

// sweep is how far a sweep goes: the n-th call fails, and all after it when it stays.
func sweep(t *testing.T, last int, do func(t *testing.T, inject string) (failed bool)) {
	needStrace(t)
	var runs, hit atomic.Int64
	t.Cleanup(func() {
		t.Logf("in %d of %d runs a call failed", hit.Load(), runs.Load())
		if hit.Load() < runs.Load()/4 { // on a busy machine the calls of a thread go to others
			t.Error("hardly any run was disturbed")
		}
	})
	if raced {
		last = min(last, 2)
	}
	for _, call := range durable {
		for _, e := range failures {
			for n := 1; n <= last; n++ {
				for _, stays := range []string{"", "+"} {
					inject := fmt.Sprintf("inject=%s:error=%s:when=%d%s", call, e, n*n, stays)
					t.Run(strings.ReplaceAll(inject, "inject=", ""), func(t *testing.T) {
						t.Parallel()
						runs.Add(1)
						if do(t, inject) {
							hit.Add(1)
						}
					})
				}
			}
		}
	}
}

// failing starts a command on whose files a call fails.
func (s *shop) failing(inject string, args ...string) (*life, error) {
	s.lives++
	all := append([]string{"-D", "-f", "-e", "signal=none", "-e", "trace=" + strings.Join(keeping, ","), "-e", inject, "-o", s.sweepTrace()}, s.files()...)
	return begin("strace", filepath.Join(s.scratch, fmt.Sprintf("said%d", s.lives%8)), s.env, "", append(append(all, s.program, "--config", s.at("reoptin.toml")), args...)...)
}

func (s *shop) sweepTrace() string { return filepath.Join(s.scratch, "sweep") }

// failed says whether a call of an ended process was made to fail.
func (s *shop) failed(l *life) bool {
	raw, err := wholeTrace(s.sweepTrace(), l.process.Pid)
	return err == nil && bytes.Contains(raw, []byte("(INJECTED)"))
}

// files are the paths that strace is to look at.
func (s *shop) files() (out []string) {
	for _, name := range promising {
		out = append(out, "-P", s.at(name))
	}
	return out
}

// A disk that fails under the sender, once or from then on, makes nobody be written to twice, and what the
// relay said is not lost: when the disk works again, all is brought to its end.
func TestDiskFailsWhileSending(t *testing.T) {
	t.Parallel()
	p := program(t)
	sweep(t, 9, func(t *testing.T, inject string) bool {
		s := newShop(t, p, shopPlan{people: 10, connections: 2})
		o := &oracle{shop: s, deaths: 1}
		l, err := s.failing(inject, "campaign", "start", "spring", "--wait")
		must(t, err)
		must(t, o.until(l))
		must(t, o.check())
		must(t, sentAll(s, o, false))
		return s.failed(l)
	})
}

// Nobody is thanked for a no that is not kept.
func TestDiskFailsWhileAnswering(t *testing.T) {
	t.Parallel()
	p := program(t)
	sweep(t, 4, func(t *testing.T, inject string) bool {
		s := newShop(t, p, shopPlan{people: 4, connections: 2, serves: true})
		_, err := s.do([]string{"campaign", "start", "spring", "--wait"}, done)
		must(t, err)
		l, err := s.failing(inject, "serve")
		must(t, err)
		defer l.kill()
		if l.serving() != nil { // the disk failed already at the start
			return s.failed(l)
		}
		var thanks []promise
		for n, m := range s.relay.Messages() {
			if _, p, err := answers(s, n, m.To, string(m.Data)); err == nil {
				thanks = append(thanks, p)
			}
		}
		l.signal(syscall.SIGTERM)
		must(t, l.wait())
		if err := keeps(s.dir, 0, thanks); err != nil {
			t.Error(err)
		}
		must(t, s.served(nil))
		must(t, s.verifies(false))
		return s.failed(l)
	})
}
