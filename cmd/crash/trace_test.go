//go:build failpoint

package crash

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// call is one system call of a traced process. begin and end are lines of the trace: what is between
// them happened beside it. end is never for a call that the process did not live to see the end of.
type call struct {
	begin, end int
	name       string
	path       string // of the descriptor: a file's path, or socket:[12345]
	data       []byte // written, or read
	offset     int64  // of pwrite64; of ftruncate, the size
	result     int64
}

const unended = 1 << 30

// needStrace skips a test where there is no strace, and fails it where there must be.
func needStrace(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") != "":
		t.Fatal("strace is missing: install it (on Debian: apt-get install strace)")
	}
	t.Skip("strace is not installed, and without it no power cut can be played (on Debian: apt-get install strace)")
	return ""
}

// traced starts a command of the program under strace.
func (s *shop) traced(strace, trace, extra string, args ...string) (*life, error) {
	s.lives++
	calls := "trace=write,writev,pwrite64,pwritev,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,fallocate" + extra
	all := append([]string{"-D", "-f", "-y", "-xx", "-s", "4000000", "-e", "signal=none", "-e", calls, "-o", trace, s.program, "--config", s.at("reoptin.toml")}, args...)
	return begin(strace, fmt.Sprintf("%s/said%d", s.scratch, s.lives%8), s.env, "", all...)
}

// readTrace reads and understands a trace.
func readTrace(path string, pid int) ([]call, error) {
	raw, err := wholeTrace(path, pid)
	if err != nil {
		return nil, err
	}
	return parseTrace(raw)
}

// wholeTrace reads a trace, once its process has ended.
func wholeTrace(path string, pid int) ([]byte, error) {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	ended := regexp.MustCompile(`(?m)^` + strconv.Itoa(pid) + ` +\+\+\+ `)
	for since := time.Now(); time.Since(since) < longest; <-look.C {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if ended.Match(raw) {
			return raw, nil
		}
	}
	return nil, errors.New("the trace does not end")
}

var (
	resumed = regexp.MustCompile(`^<\.\.\. \w+ resumed>,? ?`)
	shape   = regexp.MustCompile(`^(\w+)\((.*)\) += (-?\d+|\?)`)
	onFile  = regexp.MustCompile(`^\d+<([^>]*)>(?:, )?`)
	quoted  = regexp.MustCompile(`^"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?(?:, )?`)
)

func parseTrace(raw []byte) (out []call, err error) {
	open := map[string]struct {
		text string
		line int
	}{}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 64<<20)
	for n := 0; lines.Scan(); n++ {
		pid, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimLeft(text, " ")
		start := n
		if head, cut := strings.CutSuffix(text, " <unfinished ...>"); cut {
			open[pid] = struct {
				text string
				line int
			}{head, n}
			continue
		}
		if gap := resumed.FindString(text); gap != "" {
			was := open[pid]
			delete(open, pid)
			text, start = was.text+text[len(gap):], was.line
			if strings.HasSuffix(was.text, ",") {
				text = was.text + " " + lines.Text()[strings.Index(lines.Text(), gap)+len(gap):]
			}
		}
		c, ok, err := parseCall(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		if ok {
			c.begin, c.end = start, n
			out = append(out, c)
		}
	}
	for _, was := range open { // under way when the process died
		if c, ok, err := parseCall(was.text + ") = 0"); ok && err == nil {
			c.begin, c.end = was.line, unended
			out = append(out, c)
		}
	}
	return out, lines.Err()
}

// parseCall reads one whole line: write(7<socket:[1234]>, "\x2e", 1) = 1.
func parseCall(text string) (c call, ok bool, err error) {
	m := shape.FindStringSubmatch(text)
	if m == nil || m[3] == "?" {
		return c, false, nil
	}
	c.name = m[1]
	c.result, err = strconv.ParseInt(m[3], 10, 64)
	rest := m[2]
	switch c.name {
	case "writev", "pwritev", "rename", "renameat", "renameat2", "fallocate":
		return c, false, fmt.Errorf("%s is not understood", c.name)
	case "unlink", "unlinkat":
		if i := strings.IndexByte(rest, '"'); i >= 0 {
			q := quoted.FindStringSubmatch(rest[i:])
			c.path = unescape(q[1])
		}
		return c, c.result == 0, err
	}
	f := onFile.FindStringSubmatch(rest)
	if f == nil {
		return c, false, err
	}
	c.path, rest = unescape(f[1]), rest[len(f[0]):]
	if q := quoted.FindStringSubmatch(rest); q != nil {
		if q[2] != "" {
			return c, false, errors.New("a text is cut short")
		}
		c.data, rest = []byte(unescape(q[1])), rest[len(q[0]):]
	}
	if numbers := strings.Split(rest, ", "); c.name == "pwrite64" || c.name == "ftruncate" {
		c.offset, err = strconv.ParseInt(numbers[len(numbers)-1], 10, 64)
	}
	return c, true, err
}

func unescape(s string) string {
	if !strings.HasPrefix(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i+3 < len(s); i += 4 {
		n, err := strconv.ParseUint(s[i+2:i+4], 16, 8)
		if err != nil {
			return s
		}
		b.WriteByte(byte(n))
	}
	return b.String()
}
