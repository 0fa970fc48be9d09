//go:build failpoint

package crash

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// The files whose bytes carry the promises. The shared memory of the WAL is made anew by whoever opens it.
var promising = []string{"reoptin.db", "reoptin.db-wal", "reoptin.db-journal", "send.journal"}

// disk is what a traced process did to its files.
type disk struct {
	before map[string][]byte // nil: the file was not there
	calls  map[string][]call // by file: writes, truncations, removals
	syncs  map[string][]call // by file, and of the folder under "."
}

// newDisk sorts a trace by file. before is a folder as it was when the process began.
func newDisk(folder, before string, trace []call) (*disk, error) {
	d := &disk{before: map[string][]byte{}, calls: map[string][]call{}, syncs: map[string][]call{}}
	for _, name := range promising {
		if b, err := os.ReadFile(filepath.Join(before, name)); err == nil {
			d.before[name] = b
		} else if !os.IsNotExist(err) {
			return nil, err
		}
	}
	for _, c := range trace {
		name := filepath.Base(c.path)
		if c.path == folder {
			name = "."
		} else if !slices.Contains(promising, name) {
			continue
		}
		switch c.name {
		case "fsync", "fdatasync":
			if c.result == 0 {
				d.syncs[name] = append(d.syncs[name], c)
			}
		case "pwrite64", "write", "ftruncate", "unlink", "unlinkat":
			d.calls[name] = append(d.calls[name], c)
		}
	}
	for _, cs := range d.calls {
		slices.SortFunc(cs, func(a, b call) int { return a.begin - b.begin })
	}
	return d, nil
}

// loss is how much of what was not synced a power cut takes.
type loss int

// All is lost, some writes are, some are torn, none is.
const (
	allLost loss = iota
	someLost
	torn
	noneLost
	losses
)

// cut writes the folder as a power cut at a line of the trace may leave it. A sync keeps the writes that
// had ended when it began; of the others any may be lost. A new file, and a removal, is kept once the
// folder was synced after it.
func (d *disk) cut(line int, how loss, dice *rand.Rand, to string) error {
	for _, name := range promising {
		content, there := d.left(name, line, how, dice)
		path := filepath.Join(to, name)
		if !there {
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// kept says whether something that ended is on the disk at a line, by a sync of a file.
func (d *disk) kept(c call, name string, line int) bool {
	return slices.ContainsFunc(d.syncs[name], func(s call) bool { return s.begin > c.end && s.end <= line })
}

func (d *disk) left(name string, line int, how loss, dice *rand.Rand) (content []byte, there bool) {
	content, there = bytes.Clone(d.before[name]), d.before[name] != nil
	named := there // the folder knows the file
	for _, c := range d.calls[name] {
		if c.begin > line {
			break
		}
		if c.name == "unlink" || c.name == "unlinkat" {
			if d.kept(c, ".", line) || how.keeps(dice) {
				content, there, named = nil, false, false
			}
			continue
		}
		if !named {
			if !d.kept(c, ".", line) && !how.keeps(dice) {
				continue
			}
			there, named = true, true
		}
		content = d.apply(content, c, d.kept(c, name, line), how, dice)
	}
	return content, there
}

// keeps draws whether one thing that was not synced is there all the same.
func (l loss) keeps(dice *rand.Rand) bool {
	return l == noneLost || l != allLost && dice.IntN(2) == 0
}

const sector = 512

// apply does one write to a file's content, as much of it as is left.
func (d *disk) apply(content []byte, c call, kept bool, how loss, dice *rand.Rand) []byte {
	switch {
	case kept:
	case how == torn && c.name == "pwrite64":
		for at := 0; at < len(c.data); at += sector {
			if dice.IntN(2) == 0 {
				piece := c.data[at:min(at+sector, len(c.data))]
				content = over(content, piece, c.offset+int64(at))
			}
		}
		return content
	case !how.keeps(dice):
		return content
	}
	if c.name == "ftruncate" {
		if n := int(c.offset); n <= len(content) {
			return content[:n]
		}
		return over(content, nil, c.offset)
	}
	return over(content, c.data, c.offset)
}

// over writes into a content, which grows by zeros where it must.
func over(content, data []byte, offset int64) []byte {
	if missing := int(offset) + len(data) - len(content); missing > 0 {
		content = append(content, make([]byte, missing)...)
	}
	copy(content[offset:], data)
	return content
}
