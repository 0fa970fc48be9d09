package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

// BackedUp is a backup that was made.
type BackedUp struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Entries int64  `json:"entries"` // of the ledger, at the least
}

// Backup writes a consistent copy of the database to a new file, while everything goes on.
func (a *App) Backup(ctx context.Context, path string) (BackedUp, error) {
	head, _, err := a.store.Head(ctx)
	if err != nil {
		return BackedUp{}, err
	}
	if path == "-" {
		return BackedUp{}, noFile()
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return BackedUp{}, unwritable(path, err)
	}
	if err := a.store.Backup(ctx, path); err != nil {
		return BackedUp{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return BackedUp{}, fault.Wrap("app.Backup", err)
	}
	return BackedUp{File: path, Bytes: info.Size(), Entries: head.Size}, nil
}

// Restored is what putting a backup back did.
type Restored struct {
	Database   string `json:"database"`
	Replaced   string `json:"replaced"`   // where the database that stood there is now; "" when there was none
	Entries    int64  `json:"entries"`    // of the ledger, what was put back included
	Missing    int64  `json:"missing"`    // entries that were signed after the backup and are not in it
	Messages   int    `json:"messages"`   // that only the send journal knew to have left
	Suppressed int    `json:"suppressed"` // keys of opt-outs that only the send journal knew
	Erased     int    `json:"erased"`     // people who were erased since, and are again
	Withdrawn  int    `json:"withdrawn"`  // answers that took a yes back since, and do again
	Cases      int    `json:"cases"`      // requests by right that came since, and are open again
	Unplaced   int    `json:"unplaced"`   // such requests of people whom the backup does not have
	Strayed    int    `json:"strayed"`    // answers that took a yes back, of people whom the backup does not have
	Uncertain  int    `json:"uncertain"`  // invitations whose outcome a person is to settle
	Paused     int    `json:"paused"`     // campaigns that wait for a person
	Broken     bool   `json:"broken"`     // the ledger does not continue what was signed: verifying it fails from now on
	Done       bool   `json:"done"`       // false of a dry run: all of this would be so
}

// Restore puts a backup in the place of the database. Before that, what the send journal knows and the backup
// does not is put back into it, and what ran is paused. While a process sends, or has the database
// open, it is fault.Conflict; a backup of another installation is refused. Nothing is removed. With dry all of that
// happens to the copy, which is thrown away, and neither database nor send journal is written to.
func Restore(ctx context.Context, c config.Config, s Surroundings, file string, dry bool) (Restored, error) {
	path := c.DatabaseFile()
	fetched := path + ".restoring"
	if err := store.Fetch(file, fetched); err != nil {
		return Restored{}, err
	}
	r, err := restore(ctx, c, s, fetched, dry)
	if err != nil {
		return Restored{}, errors.Join(asGiven(err, fetched, file), store.Discard(fetched))
	}
	r.Database, r.Broken, r.Done = path, r.Missing > 0, !dry
	if dry {
		return r, store.Discard(fetched)
	}
	return r, nil
}

// asGiven says what is wrong with a backup by the name by which it was given. What cannot be one is mended by another file.
func asGiven(err error, fetched, file string) error {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Arg("path") != fetched {
		return err
	}
	given := *f
	given.Args = slices.Clone(f.Args)
	for n := range given.Args {
		if n%2 == 1 && given.Args[n] == fetched {
			given.Args[n] = file
		}
	}
	if f.Kind == fault.Invalid {
		given.Help = "name a file that reoptin backup wrote"
	}
	return &given
}

// restore puts a fetched backup right and lets it take its place, all while nobody else may send.
func restore(ctx context.Context, c config.Config, s Surroundings, fetched string, dry bool) (r Restored, err error) {
	path := c.DatabaseFile()
	c.Database, s.unwritten = "sqlite:"+fetched, dry
	a, err := Open(ctx, c, s)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, a.Close()) }() // the lock of the journal with it
	if _, err := a.journal.Lock(); err != nil {
		return r, err
	}
	if r, err = a.putRight(ctx); err != nil {
		return r, err
	}
	closing := a.store
	a.store = nil
	if err := closing.Close(); err != nil || dry {
		return r, err
	}
	r.Replaced, err = store.Replace(ctx, fetched, path, a.clock())
	return r, err
}

// readJournal is a send journal that is read and not written to.
type readJournal struct{ *store.Journal }

func (readJournal) Append(context.Context, ...campaign.Record) error { return nil }

// putRight makes a restored database agree with the send journal, and says what that took. When history is
// missing, what ran waits for a person.
func (a *App) putRight(ctx context.Context) (r Restored, err error) {
	if r.Missing, err = a.missing(ctx); err != nil {
		return r, err
	}
	rec, err := a.Desk.Recover(ctx)
	if err != nil {
		return r, err
	}
	r.Messages, r.Suppressed = rec.Restored, a.remembered.Suppressed+rec.Suppressed
	r.Erased, r.Withdrawn, r.Cases = a.remembered.Erased+rec.Erased, a.remembered.Withdrawn+rec.Withdrawn, a.remembered.Cases+rec.Cases
	r.Unplaced, r.Strayed = a.remembered.Unplaced, a.remembered.Strayed
	cs, err := a.Desk.Campaigns(ctx)
	if err != nil {
		return r, err
	}
	for _, each := range cs {
		if err := a.await(ctx, each, &r); err != nil {
			return r, err
		}
	}
	head, _, err := a.store.Head(ctx)
	r.Entries = head.Size
	return r, err
}

// missing is how many entries the journal remembers as signed beyond those that the database has.
func (a *App) missing(ctx context.Context) (n int64, err error) {
	head, _, err := a.store.Head(ctx)
	if err != nil {
		return 0, err
	}
	signed, err := a.journal.Heads()
	for _, h := range signed {
		n = max(n, h.Size-head.Size)
	}
	return n, err
}

// await counts what of a campaign waits for a person, and pauses it when it runs and history is missing.
func (a *App) await(ctx context.Context, c campaign.Campaign, r *Restored) error {
	if c.Status == campaign.Running && r.Missing > 0 {
		why := fmt.Sprintf("a backup was put back that lacks the last %d ledger entries, answers among them perhaps; look at what is missing, then resume", r.Missing)
		if err := a.Desk.Pause(ctx, campaign.Machine, c.Name, why); err != nil {
			return err
		}
		c.Status = campaign.Paused
	}
	if c.Status == campaign.Paused {
		r.Paused++
	}
	is, err := a.Desk.Uncertain(ctx, c.Name)
	r.Uncertain += len(is)
	return err
}
