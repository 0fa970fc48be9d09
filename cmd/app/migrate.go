package app

import (
	"context"
	"log/slog"

	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/store"
)

// Migration is one step from an older schema of the database to a newer one.
type Migration struct {
	Number int64  `json:"number"`
	Name   string `json:"name"`
}

func migrationLines(ms []store.Migration) []Migration {
	out := make([]Migration, len(ms))
	for n, m := range ms {
		out[n] = Migration(m)
	}
	return out
}

// Migrated says which migrations a database has had, and which it was given or would be.
type Migrated struct {
	Database string      `json:"database"`
	Applied  []Migration `json:"applied"` // before
	Done     []Migration `json:"done"`    // now
	Pending  []Migration `json:"pending"` // of a dry run: what would be done
}

// Migrate brings the schema of the database up to date, as each command does that opens it; with dry it only says what that would
// do. It needs neither keys nor send journal.
func Migrate(ctx context.Context, c config.Config, s Surroundings, dry bool) (Migrated, error) {
	o := store.Options{Path: c.DatabaseFile(), Clock: s.Clock, Log: s.Log}
	before, err := store.SchemaOf(ctx, o)
	if err != nil {
		return Migrated{}, err
	}
	m := Migrated{Database: o.Path, Applied: migrationLines(before.Applied), Done: []Migration{}, Pending: migrationLines(before.Pending)}
	if dry || len(before.Pending) == 0 {
		return m, nil
	}
	db, err := store.Open(ctx, o)
	if err != nil {
		return Migrated{}, err
	}
	m.Done, m.Pending = m.Pending, m.Done
	s.Log.Info("brought the database up to date", slog.Int("migrations", len(m.Done)))
	return m, db.Close()
}
