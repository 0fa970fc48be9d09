package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/reoptin/reoptin/internal/fault"
)

// Migration is one step from an older schema to a newer one.
type Migration struct {
	Number int64
	Name   string
}

// Schema says which migrations a database has had, and which of those that this program knows it has not.
type Schema struct {
	Applied []Migration
	Pending []Migration
}

// SchemaOf looks at the schema of a database and leaves it as it is. What Open refuses is refused alike.
func SchemaOf(ctx context.Context, o Options) (s Schema, err error) {
	o.fill()
	if err := isFile(o.Path); err != nil {
		return s, err
	}
	db, err := sql.Open(driverName, dsn(o.Path, modeRead, o.Busy))
	if err != nil {
		return s, fault.Wrap("store.SchemaOf", err)
	}
	defer func() { err = located(translate("store.SchemaOf", errors.Join(err, db.Close())), o.Path) }()
	if unfinished(o.Path) {
		return s, unfinishedFault(o.Path)
	}
	if err := ours(ctx, db, o.Path); err != nil {
		return s, err
	}
	have, err := appliedTo(ctx, db)
	if err != nil {
		return s, err
	}
	p, err := provider(db)
	if err != nil {
		return s, err
	}
	for _, source := range p.ListSources() {
		if m := migrationOf(source); have[m.Number] {
			s.Applied = append(s.Applied, m)
		} else {
			s.Pending = append(s.Pending, m)
		}
	}
	var last int64
	for n := range have {
		last = max(last, n)
	}
	return s, schemaFault(o.Path, last, newestOf(p), false)
}

// appliedTo are the numbers of the migrations that a database has had.
func appliedTo(ctx context.Context, db *sql.DB) (have map[int64]bool, err error) {
	rows, err := db.QueryContext(ctx, "SELECT version_id FROM goose_db_version WHERE version_id > 0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	have = map[int64]bool{}
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		have[n] = true
	}
	return have, rows.Err()
}

// provider knows the migrations of this program.
func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(gooseDialect, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

func newestOf(p *goose.Provider) int64 {
	sources := p.ListSources()
	return sources[len(sources)-1].Version
}

// migrationOf is called by what its file is called behind its number.
func migrationOf(s *goose.Source) Migration {
	_, name, _ := strings.Cut(strings.TrimSuffix(path.Base(s.Path), ".sql"), "_")
	return Migration{s.Version, name}
}

// migrate brings the schema up to date, or says why it cannot.
func (d *DB) migrate(ctx context.Context) error {
	db := d.writeDB
	if d.options.ReadOnly {
		db = d.readDB
	}
	p, err := provider(db)
	if err != nil {
		return err
	}
	newest := newestOf(p)
	if d.options.ReadOnly {
		var have int64
		if err := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&have); err != nil {
			return err
		}
		return schemaFault(d.options.Path, have, newest, true)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if err := schemaFault(d.options.Path, have, newest, false); err != nil || have == newest {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func schemaFault(path string, have, newest int64, exact bool) error {
	switch {
	case have > newest:
		return fault.New(fault.Conflict, "store.newer", "the database {path} was written by a newer reoptin: its schema is {have}, this program knows {newest}",
			"path", path, "have", have, "newest", newest).Hint("install the newer reoptin again")
	case have < newest && exact:
		return fault.New(fault.Conflict, "store.older", "the database {path} has the older schema {have}; it must be opened for writing once",
			"path", path, "have", have).Hint("reoptin migrate")
	}
	return nil
}

// isFile refuses a path at which there is no database, or that is no file.
func isFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "store.missing", "there is no database at {path}", "path", path).At("store.Open").Hint("reoptin init")
	}
	if err != nil {
		return fault.New(fault.Unavailable, "store.stat", "{path} cannot be read", "path", path).Because(err).At("store.Open").
			Hint("check who owns the file and its folder")
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Unavailable, "store.no_file", "{path} cannot be opened: it is no file", "path", path).At("store.Open").
			Hint("set database in reoptin.toml to a file")
	}
	return nil
}
