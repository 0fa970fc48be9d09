//go:build failpoint

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// room limits how long a file may become that a running process writes: beyond it the disk is full for
// this process, and it can be given room again.
func room(t *testing.T, pid int, bytes uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if _, _, no := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, 0, uintptr(unsafe.Pointer(&limit)), 0, 0); no != 0 {
		t.Fatal(no)
	}
	limit.Cur = min(bytes, limit.Max)
	if _, _, no := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0); no != 0 {
		t.Fatal(no)
	}
}

// On a full disk nobody is thanked and nothing is recorded; when there is room again the same page is
// answered without a restart.
func TestAnswersOnAFullDisk(t *testing.T) {
	t.Parallel()
	f := newFront(t, 4)
	s := f.serve(nil)
	visits := f.visits(4)
	room(t, s.Process.Pid, 4096)
	for _, v := range visits {
		res, page, err := send(http.MethodPost, v.target, v.post)
		f.must(err)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s is told %s %s", v.who, res.Status, res.Header)
		}
		if v.post.Get("form") != "" && (!strings.Contains(page, "Non enregistré") || strings.Contains(page, "Merci")) {
			t.Errorf("%s is shown\n%s", v.who, page)
		}
		if res, _, err := send(http.MethodGet, v.target, nil); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("the page of %s cannot be read meanwhile: %v", v.who, err)
		}
	}
	if rows := f.answered(); len(rows) != 0 {
		t.Errorf("recorded: %v", rows)
	}
	f.run("ledger", "verify")
	room(t, s.Process.Pid, ^uint64(0))
	if thanked := f.together(visits); len(thanked) != len(visits) {
		t.Errorf("thanked: %v", thanked)
	}
	for _, v := range visits {
		if n := f.answered()[v.who]; n != 1 {
			t.Errorf("%s has %d answers", v.who, n)
		}
		if v.no {
			f.expectNo(v.who)
		}
	}
	f.stop(s)
	f.run("ledger", "verify")
}

// With a database that it may not write a server does not begin to serve, and says why.
func TestServeOnAReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1)
	f.must(os.Chmod(f.at("reoptin.db"), 0o444))
	program, err := markedProgram()
	f.must(err)
	c := exec.Command(program, "--config", f.at("reoptin.toml"), "serve")
	c.Env = f.env
	if os.Getuid() == 0 { // whom nothing is forbidden
		f.must(os.Chmod(filepath.Dir(f.dir), 0o755))
		f.must(filepath.WalkDir(f.dir, func(path string, _ os.DirEntry, err error) error {
			if err == nil && path != f.at("reoptin.db") {
				err = os.Chown(path, 65534, 65534)
			}
			return err
		}))
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, _ := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); code != exitUnavailable {
		t.Errorf("it ended with %d", code)
	}
	for _, want := range []string{"the database cannot be written", "; try: check who owns the file and its folder"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}
