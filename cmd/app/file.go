package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/reoptin/reoptin/internal/fault"
)

// maxFile bounds an organisation or campaign file: a few pages of text, never more.
const maxFile = 1 << 20

// readFile reads a small text file, or standard input for "-".
func readFile(path string) (string, error) {
	r, err := openFile(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return "", unreadable(path, err)
	}
	if len(b) > maxFile {
		return "", fault.New(fault.Invalid, "file.size", "{path} is larger than {limit} bytes", "path", path, "limit", maxFile).
			Hint("name an organisation or campaign file; a base is taken with reoptin contacts import " + path)
	}
	return string(b), nil
}

// OpenFile opens a file to read. One that is not there is fault.NotFound.
func OpenFile(path string) (io.ReadCloser, error) { return openFile(path) }

// openFile opens a file, or standard input for "-".
func openFile(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fault.New(fault.Invalid, "file.directory", "{path} is a folder, not a file", "path", path).Hint("name a file in it"), f.Close())
	}
	return f, nil
}

// unreadable says why a file that was named cannot be read, and what to do.
func unreadable(path string, err error) error {
	switch {
	case path == "":
		return fault.New(fault.NotFound, "file.unnamed", "the name of the file is empty").Hint("name a file, or - for standard input")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fault.New(fault.NotFound, "file.missing", "there is no file {path}", "path", path).Hint("check the name; paths start at the working directory")
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Denied, "file.denied", "{path} may not be read by this user", "path", path).Hint("let the user who runs reoptin read it, with chown or chmod")
	}
	return fault.New(fault.Invalid, "file.open", "{path} cannot be read", "path", path).Because(err).Hint("check the file and its disk")
}

// unwritable says why a file cannot be written, and what to do. Other faults of the one who writes pass.
func unwritable(path string, err error) error {
	var f *fault.Fault
	switch {
	case full(err):
		return fault.New(fault.Unavailable, "file.full", "{path} cannot be written: the disk is full, or no larger file is allowed", "path", path).
			Hint("make room on the disk (df), check ulimit -f, then try again")
	case errors.As(err, &f):
		return err
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Denied, "file.write_denied", "{path} may not be written by this user", "path", path).Hint("choose another folder, or change who owns it")
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "file.no_folder", "{path} cannot be written: there is no folder {folder}", "path", path, "folder", filepath.Dir(path)).
			Hint("mkdir -p " + filepath.Dir(path))
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), errors.Is(err, fs.ErrExist):
		return fault.New(fault.Invalid, "file.no_file", "{path} cannot be written: something else of that name is in the way", "path", path).Hint("choose another name")
	}
	return fault.New(fault.Unavailable, "file.write", "{path} cannot be written", "path", path).Because(err).Hint("check the disk")
}

// full reports whether a write failed for want of room: on the disk, in the quota, or in the size a
// file may have.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, content string, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Conflict, "file.exists", "{path} already exists", "path", path).Hint("choose another name")
	}
	if err != nil {
		return unwritable(path, err)
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// quote writes a TOML string on one line.
func quote(s string) string { return fmt.Sprintf("%q", s) }
