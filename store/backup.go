package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Backup writes a consistent copy of the database to a new file that only its owner may read, while others
// read and write. The file has its name only when it is whole and on the disk. An existing one is
// fault.Conflict and is left alone. Neither keys nor the send journal are in it.
func (d *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return backupExists(path)
	}
	part := path + ".part"
	left := []string{part, part + "-journal"} // which the engine leaves where it could not go on
	if err := removeAll(left...); err != nil {
		return backupFault(path, err)
	}
	if err := makeFile(part, func(*os.File) error { return nil }); err != nil {
		return backupFault(path, err)
	}
	err := d.copyTo(ctx, part)
	if err == nil {
		err = os.Link(part, path) // unlike a renaming, it never takes the place of another file
		if errors.Is(err, fs.ErrExist) {
			err = backupExists(path)
		}
	}
	if err = errors.Join(err, removeAll(left...)); err != nil {
		return backupFault(path, err)
	}
	return syncFolder(path)
}

func backupExists(path string) error {
	return fault.New(fault.Conflict, "backup.exists", "{path} exists already; nothing was changed", "path", path).At("store.Backup").Hint("name a new file")
}

func backupFault(path string, err error) error {
	var f *fault.Fault
	if known := translate("store.Backup", err); errors.As(known, &f) && f.Kind != fault.Internal {
		return known
	}
	return fault.New(fault.Unavailable, "backup.failed", "the copy {path} cannot be written", "path", path).Because(err).At("store.Backup").
		Hint("check the disk and who owns the folder")
}

// copyTo fills an empty file with a copy of the database, and waits for the disk. It has a connection of
// its own: nobody waits for it.
func (d *DB) copyTo(ctx context.Context, path string) (err error) {
	db, err := sql.Open(driverName, dsn(d.options.Path, modeWrite, d.options.Busy))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, copyInto, path); err != nil {
		return err
	}
	return syncFile(path)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Fetch copies a backup to where it can be put right before it takes the place of a database: path must be
// on the same disk as that. What an earlier Fetch left there is removed.
func Fetch(backup, path string) error {
	from, err := os.Open(backup)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "restore.missing", "there is no file {path}", "path", backup).At("store.Fetch")
	}
	if err != nil {
		return fault.New(fault.Unavailable, "restore.read", "{path} cannot be read", "path", backup).Because(err).At("store.Fetch").Hint("check who owns the file")
	}
	defer from.Close()
	if info, err := from.Stat(); err == nil && info.IsDir() {
		return fault.New(fault.Invalid, "restore.folder", "{path} is a folder; nothing was changed", "path", backup).At("store.Fetch").Hint("name a file that reoptin backup wrote")
	}
	if err := whole(backup); err != nil {
		return err
	}
	if err := Discard(path); err != nil {
		return err
	}
	err = makeFile(path, func(f *os.File) error {
		if _, err := io.Copy(f, from); err != nil {
			return err
		}
		return f.Sync()
	})
	if err != nil {
		return fault.New(fault.Unavailable, "restore.copy", "{from} cannot be copied to {path}", "from", backup, "path", path).Because(err).At("store.Fetch").
			Hint("check that the disk has room and who owns the folder")
	}
	if err := whole(backup); err != nil { // somebody may have opened it meanwhile
		return errors.Join(err, Discard(path))
	}
	return nil
}

// whole refuses a database beside which stands a file from which the engine would read it on. It names those after what a link leads to.
func whole(path string) error {
	place, err := filepath.EvalSymlinks(path)
	if err != nil {
		place = path // reading it says what is wrong
	}
	beside := ""
	if info, err := os.Stat(place + "-wal"); err == nil && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		beside = place + "-wal"
	}
	if unfinished(place) {
		beside = place + "-journal"
	}
	if beside == "" {
		return nil
	}
	return fault.New(fault.Invalid, "restore.beside", "{path} may not be the whole database: {beside} can hold what was written last; nothing was changed", "path", path, "beside", beside).At("store.Fetch").
		Hint("name a file that reoptin backup wrote; if this is all there is, move the files of the present database away while nothing runs, and put both in their place under its name: the next command puts back what the send journal knows")
}

// Discard removes a database that was fetched and is not wanted.
func Discard(path string) error {
	if err := removeAll(Files(path)...); err != nil {
		return fault.New(fault.Unavailable, "restore.discard", "{path} cannot be removed", "path", path).Because(err).At("store.Discard").Hint("check who owns the folder")
	}
	return nil
}

// Replace lets a fetched database, closed, take the place of the one at path, which keeps its content under the
// name aside; aside is "" when there was none. A database that any process has open is fault.Conflict. Should
// the machine stop in the middle there is no database at path, and nothing opens.
func Replace(ctx context.Context, fetched, path string, at time.Time) (aside string, err error) {
	old := path + ".replaced-" + at.UTC().Format("20060102T150405.000Z")
	if _, err := os.Lstat(path); err == nil {
		if err := alone(ctx, path); err != nil {
			return "", err
		}
		aside = old
	}
	// What stands beside goes, too, even where the database itself has gone: the engine would take it for part of the new one.
	moves := [][2]string{{path, old}}
	for _, side := range sides {
		moves = append(moves, [2]string{path + side, old + side})
	}
	for _, m := range append(moves, [2]string{fetched, path}) {
		if err := os.Rename(m[0], m[1]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return aside, fault.New(fault.Unavailable, "restore.rename", "{path} cannot be renamed", "path", m[0]).Because(err).At("store.Replace").
				Hint("check who owns the folder, then restore again")
		}
	}
	if _, err := os.Lstat(path); err != nil {
		return aside, fmt.Errorf("look at the restored database: %w", err)
	}
	return aside, syncFolder(path)
}

// alone refuses a database that another process has open. What is damaged so that it cannot be asked is to
// be replaced all the more.
func alone(ctx context.Context, path string) error {
	db, err := sql.Open(driverName, dsn(path, modeWrite, time.Second))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, leaveLog)
	err = translate("store.Replace", errors.Join(err, db.Close()))
	var f *fault.Fault
	if errors.As(err, &f) && f.Key == "store.locked" {
		return fault.New(fault.Conflict, "restore.open", "another reoptin process has the database {path} open; nothing was changed", "path", path).At("store.Replace").
			Hint("stop reoptin serve and wait for other commands to end")
	}
	return nil
}
