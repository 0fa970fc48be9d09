package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) campaignUncertain() *cobra.Command {
	var as, because, log, zone string
	var p app.Page
	cmd := &cobra.Command{Use: "uncertain NAME [list|settle ID|reconcile]", Short: "The invitations of unknown outcome: list them, look for them in the relay's log, or say what became of one",
		Long: `uncertain lists the messages of which nobody knows whether the relay took them. No machine sends
one again: settle says what became of it. reconcile reads the log of a Postfix and proposes, for
each, what to settle it as, with the lines of the log and the command; it changes nothing. Several
files are one log, the oldest first: zcat -f mail.log.2.gz mail.log.1 mail.log | reoptin … --postfix-log -`,
		Example: "  reoptin campaign uncertain spring list\n  reoptin campaign uncertain spring reconcile --postfix-log /var/log/mail.log\n  reoptin campaign uncertain spring settle 42 --as sent --because \"in the relay's log\"", Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			verb := "list"
			if len(args) > 1 {
				verb = args[1]
			}
			switch {
			case verb == "list" && len(args) <= 2:
				return c.with(cmd.Context(), func(a *app.App) error { return c.listUncertain(cmd.Context(), a, args[0], p) })
			case verb == "reconcile" && len(args) == 2:
				if log == "" {
					return misused(cmd, "reconcile needs --postfix-log FILE: the log of the relay")
				}
				return c.with(cmd.Context(), func(a *app.App) error { return c.reconcile(cmd.Context(), a, args[0], log, zone, p) })
			case verb == "settle" && len(args) == 3:
				id, err := strconv.ParseInt(args[2], 10, 64)
				if err != nil || as != "sent" && as != "not-sent" {
					return misused(cmd, "settle needs the number of an invitation and --as sent or --as not-sent")
				}
				return c.with(cmd.Context(), func(a *app.App) error {
					to, err := a.SettleUncertain(cmd.Context(), args[0], id, as == "sent", because)
					if err != nil {
						return err
					}
					return c.print(map[string]any{"invitation": id, "state": to}, func(w io.Writer) { putf(w, "invitation %d is %s\n", id, to) })
				})
			}
			return misused(cmd, "list is needed, or reconcile, or settle and the number of an invitation")
		}}
	cmd.Flags().StringVar(&as, "as", "", "sent or not-sent")
	cmd.Flags().StringVar(&because, "because", "", "how you know; kept with the ledger entry")
	cmd.Flags().StringVar(&log, "postfix-log", "", "log of the relay, plain or .gz, - for standard input")
	cmd.Flags().StringVar(&zone, "timezone", "", "of times in the log that name none, like Europe/Paris (default this machine's)")
	pageFlags(cmd, &p)
	return cmd
}

func (c *cli) listUncertain(ctx context.Context, a *app.App, name string, p app.Page) error {
	l, err := a.Uncertain(ctx, name, p)
	if err != nil {
		return err
	}
	return c.print(l, func(w io.Writer) {
		putf(w, "ID\tCONTACT\tATTEMPT\tSINCE\tMESSAGE-ID\tLAST REPLY\n")
		for _, u := range l.Invitations {
			reply := strings.TrimSpace(u.Relay + " " + u.Reply)
			putf(w, "%d\t%d\t%d\t%s\t%s\t%s\n", u.ID, u.Contact, u.Attempt, u.Since, messageIDs(u.MessageIDs), reply)
		}
		more(w, l.Next)
	})
}

// messageIDs are those that a message may have had, as a log writes them; a letter has none.
func messageIDs(ids []string) string {
	if len(ids) == 0 {
		return "- (a letter)"
	}
	return "<" + strings.Join(ids, "> or <") + ">"
}

func (c *cli) reconcile(ctx context.Context, a *app.App, name, log, zone string, p app.Page) error {
	r, err := a.Reconcile(ctx, name, log, zone, c.input(), p)
	if err != nil {
		return err
	}
	return c.print(r, func(w io.Writer) { printReconciled(w, r) })
}

func printReconciled(w io.Writer, r app.Reconciliation) {
	putf(w, "log\t%d lines of Postfix from %s to %s, %d messages like ours\n", r.Log.Lines, r.Log.First, r.Log.Last, r.Log.Ours)
	if len(r.Invitations) == 0 {
		putf(w, "nothing is uncertain in campaign %s\n", r.Campaign)
	}
	for _, i := range r.Invitations {
		putf(w, "\ninvitation %d\tcontact %d, attempt %d, since %s, message-id %s\n", i.ID, i.Contact, i.Attempt, i.Since, messageIDs(i.MessageIDs))
		for _, line := range i.Evidence {
			putf(w, "  log\t%s\n", line)
		}
		putf(w, "  found\t%s\n", i.Found)
		if i.Proposal == "" {
			putf(w, "  no proposal\t%s\n", i.Why)
			continue
		}
		putf(w, "  proposal\t%s: %s\n  to settle\t%s\n", i.Proposal, i.Why, i.Command)
	}
	more(w, r.Next)
}
