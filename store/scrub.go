package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// What is deleted is overwritten at once (secure_delete). But the engine moves rows about, and where one lay before
// it may still be read, in a page that is in use, in one that is free, or in the log. So after an erasure the whole
// file is written anew, and the log emptied. Until that is done, however often the machine stops, the database
// says so itself.

// scrubLater notes that something was erased.
func (t *tx) scrubLater() error {
	_, err := t.exec("INSERT INTO meta (name, value) VALUES ('scrub', $1) ON CONFLICT (name) DO NOTHING", strconv.FormatInt(millis(t.now), 10))
	return err
}

// ScrubDue is since when something that was erased may still be read in the file; zero: nothing is.
func (d *DB) ScrubDue(ctx context.Context) (since time.Time, err error) {
	var ms int64
	err = d.view(ctx, func(t *tx) error {
		return t.row([]any{&ms}, "SELECT coalesce(max(CAST(value AS BIGINT)), 0) FROM meta WHERE name = 'scrub'")
	})
	return fromMillis(ms), err
}

// Scrub writes the file anew and empties the log, so that nothing is left of what was erased. Whoever wants to write
// waits meanwhile. While another process reads an older state it is fault.Unavailable, and stays due.
func (d *DB) Scrub(ctx context.Context) error {
	if d.options.ReadOnly {
		return readOnlyFault()
	}
	leave, err := d.enter()
	if err != nil {
		return err
	}
	defer leave()
	p := &part{ctx: ctx, told: make(chan bool, 1)}
	p.fn = func(*tx) error { return nil }
	for mine := false; !mine; { // somebody else may have done the empty part
		if mine, err = d.turns.take(p); err != nil {
			return translate("store.Scrub", err)
		}
		p.told = make(chan bool, 1)
	}
	defer d.turns.give()
	return translate("store.Scrub", d.scrub(ctx))
}

// scrub has a connection of its own, and the turn: nobody of this process writes.
func (d *DB) scrub(ctx context.Context) (err error) {
	db, err := sql.Open(driverName, dsn(d.options.Path, modeWrite, d.options.Busy))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := d.emptyRulings(ctx, db); err != nil {
		return err
	}
	for _, statement := range []string{spillToFile, writeAnew} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := d.emptyLog(ctx, db); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "DELETE FROM meta WHERE name = 'scrub'"); err != nil {
		return err
	}
	return d.emptyLog(ctx, db)
}

// emptyRulings empties the rulings that nothing points to any more, in one transaction: another process may give them
// to somebody again.
func (d *DB) emptyRulings(ctx context.Context, db *sql.DB) error {
	c, err := connect(ctx, db)
	if err != nil {
		return err
	}
	if err = c.exec(ctx, beginWrite); err == nil {
		end := "COMMIT"
		if err = d.newTx(ctx, c).emptyRulings(); err != nil {
			end = "ROLLBACK"
		}
		err = errors.Join(err, c.exec(context.WithoutCancel(ctx), end))
	}
	return errors.Join(err, c.close())
}

// emptyRulings empties the rulings to which neither a verdict nor a place of a block points: their sentences may name who
// was merged with whom. They keep their numbers, by which other processes remember them. What stands at the place of a contact that
// has a verdict of its own is never read, and goes first.
func (t *tx) emptyRulings() error {
	alone, err := t.numbers("SELECT contact FROM own_verdict ORDER BY contact")
	if err != nil {
		return err
	}
	empty := make([]placed, len(alone))
	for n := range alone {
		empty[n].contact = campaign.ContactID(alone[n])
	}
	if err := t.putPlaces(empty); err != nil {
		return err
	}
	pointedTo, err := t.pointedTo()
	if err != nil {
		return err
	}
	full, err := t.numbers(`SELECT id FROM ruling WHERE id NOT IN (SELECT ruling FROM own_verdict) AND reasons <> '["' || id || '"]'`)
	if err != nil {
		return err
	}
	return chunks(slices.DeleteFunc(full, pointedTo), mostParameters, func(piece []int64) error {
		_, err := t.exec(`UPDATE ruling SET reasons = '["' || id || '"]' WHERE id IN (`+places(1, len(piece))+")", anys(piece)...)
		return err
	})
}

// emptyPause is how long a look at the log waits for the next one.
const emptyPause = 50 * time.Millisecond

// emptyLog waits for those who read an older state, or copy the log themselves, as long as anybody waits for a lock.
func (d *DB) emptyLog(ctx context.Context, db *sql.DB) error {
	for tries := max(1, d.options.Busy/emptyPause); ; tries-- {
		var busy, pages, copied int
		err := db.QueryRowContext(ctx, truncateLog).Scan(&busy, &pages, &copied)
		if err != nil && !fault.Is(translate("store.Scrub", err), fault.Unavailable) || err == nil && busy == 0 {
			return err
		}
		if tries <= 1 {
			return fault.New(fault.Unavailable, "store.scrub", "the log of the database cannot be emptied while another process reads").Hint("it is tried again; wait for other reoptin commands to end")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(emptyPause):
		}
	}
}
