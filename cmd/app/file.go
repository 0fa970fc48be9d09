package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
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
		return openStandardInput(), nil
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
	case fault.NoRoom(err):
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

// WriteFile writes a file whole or not at all: beside it first, then renamed.
func WriteFile(path string, write func(io.Writer) error) error {
	at, direct, err := placeOf(path)
	if err != nil {
		return err
	}
	if direct {
		return writeInto(at, write)
	}
	f, err := os.CreateTemp(filepath.Dir(at), "."+filepath.Base(at)+".*")
	if err != nil {
		return unwritable(path, err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return unwritable(path, err)
	}
	if err := os.Rename(f.Name(), at); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// placeOf says where a file that a person named is to be written. A link stays, and what it leads to is written. What is no file, such
// as a device or a pipe, is written to directly: a file renamed over it would take its place, for everybody on the machine.
func placeOf(path string) (at string, direct bool, err error) {
	if path == "-" {
		return "", false, noFile()
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		link, err := os.Readlink(path)
		if err != nil {
			return path, false, nil // nothing is there yet
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		return placeOf(link)
	case err != nil:
		return "", false, unwritable(path, err)
	case info.IsDir():
		return "", false, unwritable(path, syscall.EISDIR)
	case !info.Mode().IsRegular():
		return path, true, nil
	}
	if at, err = filepath.EvalSymlinks(path); err != nil {
		return path, true, nil // open somewhere, and under no name any more
	}
	return at, false, nil
}

// noFile is what somebody is told who names standard output where something else goes there, or nothing can.
func noFile() error {
	return fault.New(fault.Invalid, "file.dash", "this is not written to standard output").Hint("name a file")
}

// writeInto writes into what is no file, once all of it is there. A pipe that nobody reads is waited for until the program is told to stop.
func writeInto(path string, write func(io.Writer) error) error {
	stopped, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	return writeUntil(stopped, path, write)
}

func writeUntil(stopped context.Context, path string, write func(io.Writer) error) error {
	f, err := openToWrite(stopped, path)
	if err != nil {
		return err
	}
	defer context.AfterFunc(stopped, func() { _ = f.Close() })() // which ends a write
	err = errors.Join(Whole(f, write), f.Close())
	if stopped.Err() != nil && err != nil {
		return stopped.Err()
	}
	if err != nil {
		return unwritable(path, err)
	}
	return nil
}

// openToWrite opens what is there. One that nobody waits for any more ends with the process.
func openToWrite(stopped context.Context, path string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	got := make(chan opened, 1)
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		got <- opened{f, err}
	}()
	select {
	case o := <-got:
		if o.err != nil {
			return nil, unwritable(path, o.err)
		}
		return o.file, nil
	case <-stopped.Done():
		return nil, stopped.Err()
	}
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
