package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/reoptin/reoptin/internal/fault"
)

// This file is the only one that knows the engine: its driver, its connection string, how it begins
// a transaction, what its error codes mean and which of its versions and settings keep a promise
// once it is made.

const (
	driverName   = "sqlite"
	gooseDialect = goose.DialectSQLite3

	beginWrite = "BEGIN IMMEDIATE" // takes the write lock at once: no upgrade can fail half-way
	beginRead  = "BEGIN"

	// What connections remember of the file, in KiB; the engine takes twice as much for it. With more neither sending
	// nor reading was faster. An import that changes many of a base is by a sixth with importCache, once it begins to write. One that finds all as
	// they are, and the first, which writes each page once and in order, take a twentieth longer with it: what is remembered is memory
	// that is touched for the first time, and given back in the end.
	usualCache  = 1024
	readCache   = 2048
	importCache = 16384

	copyInto    = "VACUUM INTO $1"           // a consistent copy of the whole database in an empty file
	spillToFile = "PRAGMA temp_store = FILE" // a whole database is no matter for the memory
	writeAnew   = "VACUUM"
	truncateLog = "PRAGMA wal_checkpoint(TRUNCATE)"

	leaveLog  = "PRAGMA journal_mode = DELETE" // possible only when no other connection has the file open
	returnLog = "PRAGMA journal_mode = WAL"

	// Without the log a commit is the removal of the journal, which the folder has to keep, too.
	keepRemovals = "PRAGMA synchronous = EXTRA"
	keepWrites   = "PRAGMA synchronous = FULL"

	// synchronousFull is the weakest PRAGMA synchronous that survives a power cut in WAL mode.
	synchronousFull = 2
)

// versionFloor is the first SQLite release without a known way to lose a WAL transaction.
var versionFloor = [3]int{3, 51, 3}

// mode says what a connection may do.
type mode string

const (
	modeWrite mode = "rw"
	modeRead  mode = "ro" // of a database that others write
	modeMake  mode = "rwc"
	modeBack  mode = "back" // that takes back what was cut off, and reads
)

// dsn is the connection string. The path is escaped, because what follows a question mark in it
// would be executed as settings.
func dsn(path string, m mode, busy time.Duration) string {
	access := m
	if m == modeBack {
		access = modeWrite
	}
	q := url.Values{"mode": {string(access)}, "_txlock": {"immediate"}, "_dqs": {"0"}}
	pragmas := []string{fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds())}
	if m == modeRead || m == modeBack {
		pragmas = append(pragmas, "query_only(1)")
	} else {
		pragmas = append(pragmas, "journal_mode(WAL)", "secure_delete(1)")
	}
	pragmas = append(pragmas, "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)", fmt.Sprintf("cache_size(-%d)", usualCache), "wal_autocheckpoint(65536)", "mmap_size(0)", "trusted_schema(0)")
	q["_pragma"] = pragmas
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// rebind writes a statement with the engine's own unnamed parameters: a named one is looked up among
// all others each time that it is bound, which costs more than the rest when there are many. order is
// which of ours, counted from 0, stands at each place. No text in our SQL holds a dollar sign.
func rebind(query string) (text string, order []int) {
	var b strings.Builder
	for {
		at := strings.IndexByte(query, '$')
		if at < 0 {
			b.WriteString(query)
			return b.String(), order
		}
		b.WriteString(query[:at])
		b.WriteByte('?')
		end := at + 1
		n := 0
		for ; end < len(query) && '0' <= query[end] && query[end] <= '9'; end++ {
			n = n*10 + int(query[end]-'0')
		}
		order = append(order, n-1)
		query = query[end:]
	}
}

// placeInBlock is what stands at the place of a contact c in its block b, which may not be there; empty where the block is
// damaged.
var placeInBlock = fmt.Sprintf(`CASE WHEN octet_length(b.rulings) = %d THEN substr(b.rulings, (c.id & %d) * %d + 1, %[3]d)
WHEN b.block IS NULL THEN '%[4]s' ELSE '' END`, blockSize, verdictBlock-1, placeDigits, emptyBlock[:placeDigits])

// joinVerdicts finds the own verdict v and the block b of contacts c.
var joinVerdicts = fmt.Sprintf("LEFT JOIN own_verdict v ON v.contact = c.id LEFT JOIN verdict_block b ON b.block = c.id >> %d ", blockBits)

// cacheOf lets a connection remember so much of the file, in KiB.
func cacheOf(kib int) string { return fmt.Sprintf("PRAGMA cache_size = -%d", kib) }

// durable asks a connection whether a commit on it survives a power cut.
func durable(ctx context.Context, c *sql.Conn) error {
	var version string
	var synchronous int
	if err := c.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if !atLeast(version, versionFloor) {
		return fault.New(fault.Unavailable, "store.version", "SQLite {version} is too old to be relied on; {floor} is needed",
			"version", version, "floor", fmt.Sprintf("%d.%d.%d", versionFloor[0], versionFloor[1], versionFloor[2])).Hint("use a released reoptin program")
	}
	if err := c.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	if synchronous < synchronousFull {
		return fault.New(fault.Unavailable, "store.synchronous", "the database does not wait for the disk: synchronous is {level}, below FULL",
			"level", synchronous).Hint("restart reoptin; it sets synchronous=FULL itself")
	}
	return nil
}

// mostDamage bounds how much damage of a file is told.
const mostDamage = 20

// damage asks the engine what is wrong with its file: with rows, and with the indexes by which they are
// found; and whether a table takes values of types that no table of the program takes.
func (t *tx) damage() (what []string, err error) {
	loose, err := all(t, func(scan func(...any) error) (name string, err error) { return name, scan(&name) },
		"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'goose_db_version' ORDER BY name")
	if err != nil {
		return nil, err
	}
	for _, name := range loose {
		what = append(what, "table "+name+" was changed and takes values of any type")
	}
	err = t.each(func(scan func(...any) error) error {
		var line string
		if err := scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			what = append(what, line)
		}
		return nil
	}, fmt.Sprintf("PRAGMA integrity_check(%d)", mostDamage))
	return what, err
}

// sides are the ends of the names of files that may stand beside a database and belong to it: its log, what is shared of that, and
// the journal of a transaction without the log.
var sides = []string{"-wal", "-shm", "-journal"}

// Files are the files of a database at path that may be there.
func Files(path string) []string {
	out := []string{path}
	for _, side := range sides {
		out = append(out, path+side)
	}
	return out
}

// applicationID marks a reoptin database in its file header; the first migration sets it.
const applicationID = 0x72656f70

// ours refuses a database of another program.
func ours(ctx context.Context, db *sql.DB, path string) error {
	var id int64
	err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id)
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return fault.New(fault.Invalid, "store.no_database", "{path} is no database, or its beginning is damaged; nothing was changed", "path", path).
			Hint("set database in reoptin.toml to the right file; if this is it, put it back from a backup and leave send.journal as it is")
	}
	if err != nil {
		return err
	}
	if id != applicationID {
		return fault.New(fault.Invalid, "store.foreign", "{path} is no database of reoptin; nothing was changed", "path", path).
			Hint("set database in reoptin.toml to the right file; one whose creation was cut short may be removed before reoptin init")
	}
	return nil
}

func atLeast(version string, floor [3]int) bool {
	parts := strings.SplitN(version, ".", 3)
	for i, least := range floor {
		if i >= len(parts) {
			return false
		}
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < least {
			return false
		}
		if n > least {
			return true
		}
	}
	return true
}

// translate gives an error of the engine its kind; op is where it happened.
func translate(op string, err error) error {
	var f *fault.Fault
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return fault.Wrap(op, err)
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.NotFound, "store.not_found", "there is no such row").At(op)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "store.ended", "the time for this ran out").Because(err).At(op)
	case errors.As(err, &e):
		f := codeFault(e.Code()).At(op)
		if f.Kind == fault.Internal || f.Key == "store.io" { // the others say all there is to know
			f = f.Because(err)
		}
		return f
	}
	return fault.Wrap(op, err)
}

// briefly lets the connection give no text of more octets, while do runs: one that would be longer is an error, which tooLong tells.
func (c *conn) briefly(most int, do func() error) error {
	was, err := sqlite.Limit(c.sql, sqlite3.SQLITE_LIMIT_LENGTH, most)
	if err != nil {
		return err
	}
	defer func() { _, _ = sqlite.Limit(c.sql, sqlite3.SQLITE_LIMIT_LENGTH, was) }()
	return do()
}

func tooLong(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_TOOBIG
}

func codeFault(code int) *fault.Fault {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return fault.New(fault.Conflict, "store.exists", "this exists already")
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return fault.New(fault.Conflict, "store.refused", "the present state does not allow this")
	}
	if code == sqlite3.SQLITE_IOERR_WRITE || code == sqlite3.SQLITE_IOERR_SHMSIZE { // what the engine makes of a quota and of ulimit -f
		return fault.New(fault.Unavailable, "store.unwritten", "the database could not be written: the disk or a quota is full, or the disk fails").
			Hint("make room (df, quota, ulimit -f), then try again; if there was room, check the disk")
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.New(fault.Unavailable, "store.locked", "the database is locked by another process").Hint("wait for the other reoptin command to end")
	case sqlite3.SQLITE_FULL:
		return fault.New(fault.Unavailable, "store.full", "the disk of the database is full").Hint("make room on the disk, then try again")
	case sqlite3.SQLITE_IOERR:
		return fault.New(fault.Unavailable, "store.io", "the disk of the database fails").Hint("check the disk; then reoptin ledger verify")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fault.New(fault.Unavailable, "store.readonly", "the database cannot be written").Hint("check who owns the file and its folder")
	case sqlite3.SQLITE_CANTOPEN:
		return fault.New(fault.Unavailable, "store.open", "the database cannot be opened").Hint("check who owns the file and its folder")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.New(fault.Internal, "store.corrupt", "the database file is damaged").Hint("put back the database from a backup, and leave send.journal as it is")
	case sqlite3.SQLITE_INTERRUPT:
		return fault.New(fault.Unavailable, "store.ended", "the time for this ran out")
	}
	return fault.New(fault.Internal, "store.failed", "the database refused a statement")
}
