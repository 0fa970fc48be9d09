package keyring

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/reoptin/reoptin/internal/fault"
)

// maxFile bounds what is read as a key file, in octets.
const maxFile = 64 << 10

// wide are the permission bits that let others than the owner in.
const wide fs.FileMode = 0o077

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Unavailable, "keyring.folder", "the key folder {file} cannot be made", "file", dir).At("keyring.Create").Because(err).
			Hint("check who owns the folder around it and whether its disk is full")
	}
	return checkFolder(dir)
}

func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Unavailable, "keyring.no_folder", "there is no key folder {file}", "file", dir).
			Hint("reoptin init, for a new installation; else restore " + dir + " from the key backup, and check the setting keys")
	case err != nil:
		return unreadable(dir, err)
	case !info.IsDir():
		return fault.New(fault.Invalid, "keyring.not_folder", "{file} is a file, not the key folder", "file", dir).Hint("check the setting keys")
	case info.Mode().Perm()&wide != 0:
		return tooOpen(dir, "chmod 700 "+dir)
	}
	return nil
}

// read gives the content of a key file that only its owner may read.
func read(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path, name)
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, damaged(dir, name, errors.New("not a regular file"))
	}
	if info.Mode().Perm()&wide != 0 {
		return nil, tooOpen(path, "chmod 600 "+path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, unreadable(path, err)
	case len(b) == 0:
		return nil, damaged(dir, name, errors.New("the file is empty"))
	case len(b) > maxFile:
		return nil, damaged(dir, name, errors.New("the file is too large for a key"))
	}
	return b, nil
}

// writeNew makes a key file that was not there. It is written under another name, synced, and linked
// into place: whoever sees the name sees the whole key, and a file that exists is never touched.
func writeNew(dir, name string, content []byte) (err error) {
	path := filepath.Join(dir, name)
	temporary, err := writeTemporary(dir, name, content)
	defer func() { _ = os.Remove(temporary) }()
	if err != nil {
		return unwritable(path, err)
	}
	switch err := os.Link(temporary, path); {
	case errors.Is(err, fs.ErrExist):
		return exists(dir, name)
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrPermission):
		return writeDirect(path, dir, name, content) // a file system without hard links
	case err != nil:
		return unwritable(path, err)
	}
	return syncFolder(dir)
}

// replace puts a key file in the place of another in one step: whoever reads it sees the old one or the new one.
func replace(dir, name string, content []byte) error {
	path := filepath.Join(dir, name)
	temporary, err := writeTemporary(dir, name, content)
	defer func() { _ = os.Remove(temporary) }()
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return unwritable(path, err)
	}
	return syncFolder(dir)
}

// writeTemporary writes and syncs a key under another name. The caller removes it, after a fault too.
func writeTemporary(dir, name string, content []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, "."+name+"-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return f.Name(), err
}

func writeDirect(path, dir, name string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return exists(dir, name)
	}
	if err != nil {
		return unwritable(path, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(path) // ours, made a moment ago, and no whole key
		return unwritable(path, err)
	}
	return syncFolder(dir)
}

// syncFolder makes the new name itself durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return unreadable(dir, err)
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	if err != nil {
		return unwritable(dir, err)
	}
	return nil
}

func missing(path, name string) error {
	f := fault.New(fault.Unavailable, "keyring.missing", "the key file {file} is missing; restore it from the key backup and do not make a new one", "file", path)
	switch name {
	case Suppression:
		f = fault.New(fault.Unavailable, "keyring.missing_suppression", "the key file {file} is missing; a new one would forget every opt-out", "file", path)
	case Master:
		f = fault.New(fault.Unavailable, "keyring.missing_master", "the key file {file} is missing; with a new one no link already sent would open", "file", path)
	}
	return f.At("keyring.read").Hint("restore " + path + " from the key backup")
}

func tooOpen(path, command string) error {
	return fault.New(fault.Denied, "keyring.open", "{file} can be read by others than its owner", "file", path).At("keyring.read").Hint(command)
}

func damaged(dir, name string, err error) error {
	path := filepath.Join(dir, name)
	return fault.New(fault.Invalid, "keyring.damaged", "the key file {file} is damaged", "file", path).
		At("keyring.read").Because(err).Hint("restore " + path + " from the key backup")
}

func exists(dir, name string) error {
	return fault.New(fault.Conflict, "keyring.exists", "the key file {file} exists already and is never overwritten", "file", filepath.Join(dir, name)).
		At("keyring.write").Hint("go on with the key that is there, or choose another folder")
}

func unreadable(path string, err error) error {
	return fault.New(fault.Unavailable, "keyring.unreadable", "{file} cannot be read", "file", path).At("keyring.read").Because(err).
		Hint("let the user who runs reoptin own the key folder and its files, and nobody else read them")
}

func unwritable(path string, err error) error {
	return fault.New(fault.Unavailable, "keyring.unwritable", "the key file {file} cannot be written", "file", path).At("keyring.write").Because(err).
		Hint("check who owns the folder and whether its disk is full")
}
