package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) backup() *cobra.Command {
	return &cobra.Command{Use: "backup FILE", Short: "Write a consistent copy of the database, also while it is served", Example: "  reoptin backup reoptin-monday.db", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				b, err := a.Backup(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(b, func(w io.Writer) {
					fmt.Fprintf(w, "file\t%s\nbytes\t%d\nledger entries\t%d\n", b.File, b.Bytes, b.Entries)
					fmt.Fprintf(w, "\nThe keys are not in it: keep a copy of their folder elsewhere. Leave the send journal where it is:\nit remembers who was asked, who said no and who asked for something by right after this copy.\n")
				})
			})
		}}
}

func (c *cli) restore() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "restore FILE", Short: "Put a backup in the place of the database, and back into it what the send journal knows",
		Long: `restore puts a backup in the place of the database; what stood there stays under another name. Who was
asked since, who came onto the never-write list, which yes was taken back and what people asked for by
right is put back into it from the send journal first. A yes that came since is lost. Ledger entries that
were signed since are lost with it, too: reoptin ledger verify then ends with 8 for good, since the ledger
is no longer the one that was signed.`,
		Example: "  reoptin restore reoptin-monday.db --dry-run\n  reoptin restore reoptin-monday.db", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			restore := func(dry bool) (app.Restored, error) {
				return app.Restore(cmd.Context(), cfg, app.Surroundings{Log: c.logger(cfg), Clock: c.clock}, args[0], dry)
			}
			if !dry && c.asks(yes) {
				would, err := restore(true)
				if err == nil {
					err = c.confirm(yes, fmt.Sprintf("put %s in the place of %s? Ledger entries that were signed since and are not in it: %d.", args[0], would.Database, would.Missing))
				}
				if err != nil {
					return err
				}
			}
			r, err := restore(dry)
			if err != nil {
				return err
			}
			return c.print(r, func(w io.Writer) { showRestored(w, r) })
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be lost and what would be put back")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func showRestored(w io.Writer, r app.Restored) {
	fmt.Fprintf(w, "database\t%s\n", r.Database)
	if r.Replaced != "" {
		fmt.Fprintf(w, "what stood there\t%s\n", r.Replaced)
	}
	fmt.Fprintf(w, "ledger entries\t%d\nlost with the backup\t%d\nmessages put back\t%d\nkeys of opt-outs put back\t%d\npeople erased again\t%d\nwithdrawals put back\t%d\nrequests by right put back\t%d\nuncertain\t%d\npaused campaigns\t%d\n",
		r.Entries, r.Missing, r.Messages, r.Suppressed, r.Erased, r.Withdrawn, r.Cases, r.Uncertain, r.Paused)
	fmt.Fprintf(w, `
Nobody who was asked is asked again. Whoever came onto the never-write list stands there: by a no to
everything that was asked, an unsubscribe, a complaint, a mailbox that does not exist, by hand, by an
import or a list, or by being erased. A yes that was taken back, to one of several questions too, stays
taken back. What was asked for by right is open again, due as it was, also what was done since: what was
done is lost. Lost is every yes that came after the backup.
`)
	if r.Cases > 0 {
		fmt.Fprintf(w, `
Next: reoptin subject cases. How they came and what was done is in the database that was replaced, if it
can be read: reoptin --database FILE subject cases --all
`)
	}
	if r.Unplaced > 0 {
		fmt.Fprintf(w, `
%s of people whom this backup does not have: they are due all the same. Look for them in the
database that was replaced (reoptin --database FILE subject cases --all), or in letters and mails. They are
open again when these people are in the base and serve is started after that.
`, app.Count(r.Unplaced, "request by right is", "requests by right are"))
	}
	if r.Strayed > 0 {
		fmt.Fprintf(w, `
%s of people whom this backup does not have. They stand again when these people are in the base
and serve is started after that: until then enter no older yes of theirs by hand.
`, app.Count(r.Strayed, "withdrawal is", "withdrawals are"))
	}
	if r.Broken {
		fmt.Fprintf(w, `
The ledger is not the one that was signed any more: the last %s not in this backup. From
now on reoptin ledger verify ends with 8 and says that history was rewritten or that entries are lost.
That is so, it stays so, and nobody can mend it. What to do:
- Keep %s: what was answered after the backup is proven there alone.
- Take a dossier from it: reoptin --database FILE proof export --out before.zip
- Write down who restored, when and why, and tell whoever keeps heads of the ledger, such as the
  data-protection officer. docs/ledger.md says more under After a restore.
`, app.Count(int(r.Missing), "entry that was signed is", "entries that were signed are"), cmp.Or(r.Replaced, "what stood there"))
	}
	if r.Uncertain+r.Paused > 0 {
		fmt.Fprintf(w, "\nNext: reoptin campaign list, then reoptin campaign uncertain NAME, then reoptin campaign resume NAME\n")
	}
	if !r.Done {
		fmt.Fprintf(w, "\nAll of this would be so; nothing was done\n")
	}
}

func (c *cli) migrate() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{Use: "migrate", Short: "Bring the database up to date after an upgrade, or say what that would do",
		Long: `migrate applies what a newer reoptin changed about the form of the database, and says what that was.
Every other command but doctor does the same by itself when it opens an older database, so nothing
depends on this one; it is for doing it at a moment of your own: after an upgrade, before serve is
started again. An older reoptin does not open the database any more, and there is no way back but a
backup: make one first, with the older reoptin.`,
		Example: "  reoptin migrate --dry-run\n  reoptin migrate", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			m, err := app.Migrate(cmd.Context(), cfg, app.Surroundings{Log: c.logger(cfg), Clock: c.clock}, dry)
			if err != nil {
				return err
			}
			return c.print(m, func(w io.Writer) { showMigrations(w, m) })
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be applied")
	return cmd
}

func showMigrations(w io.Writer, m app.Migrated) {
	fmt.Fprintf(w, "NUMBER\tMIGRATION\tSTATE\n")
	for _, part := range []struct {
		state string
		of    []app.Migration
	}{{"applied before", m.Applied}, {"applied now", m.Done}, {"would be applied", m.Pending}} {
		for _, each := range part.of {
			fmt.Fprintf(w, "%04d\t%s\t%s\n", each.Number, each.Name, part.state)
		}
	}
	switch {
	case len(m.Pending) > 0:
		fmt.Fprintf(w, "\n%s would be applied to %s; nothing was changed\n", app.Count(len(m.Pending), "migration", "migrations"), m.Database)
	case len(m.Done) > 0:
		fmt.Fprintf(w, "\n%s is up to date\n", m.Database)
	default:
		fmt.Fprintf(w, "\n%s was up to date; nothing was changed\n", m.Database)
	}
}
