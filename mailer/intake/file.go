package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// kept is how much of one message of a file is read, in octets; the reader of bounces looks at no more.
const kept = 1 << 20

// separator begins a message of an mbox (RFC 4155): address and time. People begin paragraphs with From, too.
var separator = expression.Of(`^From \S+\s.*\d\d:\d\d.*\d{4}`)

// longestSeparator is how much of a stream is looked at to tell an mbox from a message, in octets.
const longestSeparator = 512

// EachFile gives every message of a file, an mbox or a folder to do, with the name of its file. A folder
// is a Maildir when it has cur or new, else all its files are messages or mboxes. Errors: fault.NotFound, fault.Unavailable,
// and those of do.
func EachFile(path string, do func(name string, raw []byte) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if !info.IsDir() {
		f, err := os.Open(path)
		if err != nil {
			return unreadable(path, err)
		}
		return closing(f, do)
	}
	folders := []string{path}
	for _, part := range []string{"new", "cur"} { // as messages move
		if inner, err := os.Stat(filepath.Join(path, part)); err == nil && inner.IsDir() {
			folders = append(slices.DeleteFunc(folders, func(f string) bool { return f == path }), filepath.Join(path, part))
		}
	}
	read := map[string]bool{}
	for {
		found, missed, err := eachIn(folders, read, do)
		if err != nil || !missed || found == 0 {
			return err
		}
	}
}

// flags begin the part of a name in a Maildir that changes; what stands before is the message's own.
const flags = ":2,"

// eachIn reads the files of some folders that were not read yet. Others use them meanwhile: missed is whether a file was not where
// it had stood a moment ago, because it was deleted or has another name now.
func eachIn(folders []string, read map[string]bool, do func(string, []byte) error) (found int, missed bool, err error) {
	for _, folder := range folders {
		entries, err := os.ReadDir(folder) // by name
		if err != nil {
			return found, missed, unreadable(folder, err)
		}
		for _, e := range entries {
			own, _, _ := strings.Cut(e.Name(), flags)
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || read[own] {
				continue
			}
			f, err := os.Open(filepath.Join(folder, e.Name()))
			if errors.Is(err, fs.ErrNotExist) {
				missed = true
				continue
			}
			if err != nil {
				return found, missed, unreadable(filepath.Join(folder, e.Name()), err)
			}
			read[own] = true
			found++
			if err := closing(f, do); err != nil {
				return found, missed, err
			}
		}
	}
	return found, missed, nil
}

func closing(f *os.File, do func(string, []byte) error) error {
	defer f.Close()
	return Each(f, f.Name(), do)
}

// Each gives every message of a stream to do: one, or those of an mbox. The stream may be of any size;
// of a single message no more is held than is looked at.
func Each(r io.Reader, name string, do func(name string, raw []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	begin, err := in.Peek(longestSeparator)
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(name, err)
	}
	box := separator.Match(begin)
	var message []byte
	empty := true // the line before was
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return unreadable(name, err)
		}
		if box && empty && separator.Match(line) {
			if err := whole(name, message, do); err != nil {
				return err
			}
			message, line = message[:0:0], nil
		} else if room := kept - len(message); room > 0 {
			message = append(message, line[:min(len(line), room)]...)
		}
		empty = len(bytes.TrimRight(line, "\r\n")) == 0
		if errors.Is(err, io.EOF) {
			return whole(name, message, do)
		}
	}
}

func whole(name string, message []byte, do func(string, []byte) error) error {
	if len(bytes.TrimSpace(message)) == 0 {
		return nil
	}
	return do(name, message)
}

func unreadable(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "intake.missing", "there is no file or folder {file}", "file", path).At("intake.EachFile")
	}
	return fault.New(fault.Unavailable, "intake.unreadable", "{file} cannot be read", "file", path).At("intake.EachFile").Because(err)
}
