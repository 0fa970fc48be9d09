package main

import (
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
					fmt.Fprintf(w, "\nThe keys are not in it: keep a copy of their folder elsewhere. Leave the send journal where it is:\nit remembers who was asked and who said no after this copy.\n")
				})
			})
		}}
}

func (c *cli) restore() *cobra.Command {
	return &cobra.Command{Use: "restore FILE", Short: "Put a backup in the place of the database, and back into it what the send journal knows", Example: "  reoptin restore reoptin-monday.db", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			r, err := app.Restore(cmd.Context(), cfg, app.Surroundings{Log: c.logger(cfg), Clock: c.clock}, args[0])
			if err != nil {
				return err
			}
			return c.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "database\t%s\n", r.Database)
				if r.Replaced != "" {
					fmt.Fprintf(w, "what stood there\t%s\n", r.Replaced)
				}
				fmt.Fprintf(w, "ledger entries\t%d\nlost with the backup\t%d\nmessages put back\t%d\nkeys of opt-outs put back\t%d\npeople erased again\t%d\nuncertain\t%d\npaused campaigns\t%d\n",
					r.Entries, r.Missing, r.Messages, r.Suppressed, r.Erased, r.Uncertain, r.Paused)
				fmt.Fprintf(w, "\nNobody who was asked is asked again and every no stands. A yes that came after the backup is lost.\n")
				if r.Uncertain+r.Paused > 0 {
					fmt.Fprintf(w, "Next: reoptin campaign list, then reoptin campaign uncertain NAME, then reoptin campaign resume NAME\n")
				}
			})
		}}
}
