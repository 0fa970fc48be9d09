package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) bounce() *cobra.Command {
	return group("bounce", "Messages that came back", c.bounceIngest())
}

func (c *cli) bounceIngest() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{Use: "ingest [FILE|DIR|-]…", Short: "Read bounces, complaints and answers from files, mboxes, Maildirs or standard input (-, and without any argument)",
		Long: `ingest reads what came back and lets it count: a hard bounce makes the mailbox unusable, a soft
one is counted, a complaint or a person who writes stop is a no to everything, and whatever carries
the signed return path of an uncertain message settles it as sent. A message that answers none of
our invitations is read and shown, and changes nothing; neither does one without a signed address,
a written stop apart. A message that cannot be dealt with is named at the end, when all others are
read. Reading a message twice changes nothing more; files are left as they are.

In a pipe of a mail server write "reoptin bounce ingest || exit 75": after 75 it tries again, and for
any other code it gives the message back, so that what is in it would be lost.`,
		Example: "  reoptin bounce ingest /var/mail/bounces\n  reoptin bounce ingest --dry-run Maildir\n  reoptin --json bounce ingest - < report.eml",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"-"}
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				done, err := a.IngestBounces(cmd.Context(), args, c.input(), dry)
				if err != nil && done.Read == 0 {
					return err
				}
				if n := done.Unplaced(); n > 0 {
					c.note("written stops and complaints that name no message of ours: %d; read them, and put whom you know on the never-write list: reoptin suppress add ADDRESS", n)
				}
				return errors.Join(err, c.print(done, func(w io.Writer) { showIngested(w, done, dry) }))
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what each message is and would change, and store nothing")
	return cmd
}

func showIngested(w io.Writer, done app.Ingested, dry bool) {
	putf(w, "FILE\tADDRESS\tCLASS\tSTATUS\tINVITATION\tEFFECT\tREASON\n")
	for _, m := range done.Messages {
		for _, r := range m.Recipients {
			invitation := "none of ours"
			if r.Invitation != nil {
				invitation = fmt.Sprint(*r.Invitation)
			}
			effect := r.Effect
			if r.Unplaced() {
				effect += ": for people to read"
			}
			putf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%.80s\n", m.File, r.Address, r.Class, r.Status, invitation, effect, r.Reason)
		}
		if m.More {
			putf(w, "%s\t\tmore\t\t\tfor people to read\t\n", m.File)
		}
		if len(m.Recipients) == 0 {
			putf(w, "%s\t\tother\t\t\tfor people to read\t\n", m.File)
		}
	}
	would := ""
	if dry {
		would = " would be"
	}
	putf(w, "\n%d read;%s %d suppressed, %d to review, %d opted out, %d counted, %d settled, %d known before\n", done.Read, would,
		done.Effects["suppressed"], done.Effects["review"], done.Effects["opted_out"], done.Effects["counted"], done.Effects["settled"], done.Effects["known"])
}
