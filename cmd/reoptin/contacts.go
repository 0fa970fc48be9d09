package main

import (
	"bytes"
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) contacts() *cobra.Command {
	return group("contacts", "The imported base: import, audit, look, export",
		c.contactsImport(), c.contactsImports(), c.contactsUndo(), c.contactsAudit(), c.contactsRules(), c.contactsList(), c.contactsShow(), c.contactsExport())
}

func (c *cli) contactsAudit() *cobra.Command {
	var o app.AuditOptions
	cmd := &cobra.Command{
		Use: "audit", Short: "Give every contact its verdict, with the reason",
		Long: `audit judges every contact by the decision table and keeps the verdicts. With --as-of it judges as if
it were another day, and keeps those verdicts until the next audit; lists then say so. No campaign
starts by them: a start judges again as of its own day. --html writes a report beside it: one file
that counts people and names none, to be forwarded.
With --dns the DNS is asked first which domains of the base take no mail. What it says is
kept with its day, and counts in each later audit until it says otherwise; no answer changes nothing.`,
		Example: "  reoptin contacts audit\n  reoptin contacts audit --html audit.html --language fr\n  reoptin contacts audit --as-of 2027-06-01 --json\n  reoptin contacts audit --dns", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				bar := lookupBar{c: c}
				o.Told = bar.show
				s, err := a.Audit(cmd.Context(), o)
				bar.end()
				if err != nil {
					return err
				}
				if o.HTML != "" {
					c.note("wrote %s", o.HTML)
				}
				return c.print(s, func(w io.Writer) {
					putf(w, "%s as of %s\n\n", app.Count(s.Contacts, "contact", "contacts"), s.AsOf)
					for _, k := range app.Classes() {
						putf(w, "%s\t%d\n", k, s.Classes[k])
					}
					putf(w, "\nROW\tCLASS\tROUTE\tCONTACTS\tREASON\n")
					for _, r := range s.Reasons {
						putf(w, "%s\t%s\t%s\t%d\t%s\n", r.Code, r.Class, r.Route, r.Contacts, r.Text)
					}
					showLookedUp(w, s.DNS)
				})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.AsOf, "as-of", "", "audit as if it were another day (YYYY-MM-DD)")
	f.StringVar(&o.HTML, "html", "", "file to write a report to, for whoever must not see the base")
	f.StringVar(&o.Language, "language", "", "language of the report: en, fr, de, es, it, nl or pt (default the organisation's)")
	lookupFlag(cmd, &o.Lookup)
	return cmd
}

func (c *cli) contactsRules() *cobra.Command {
	return &cobra.Command{Use: "rules", Short: "Print the decision table as it runs, with its countries and time limits",
		Example: "  reoptin contacts rules\n  reoptin --json contacts rules", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				book, err := a.Rules(cmd.Context())
				if err != nil {
					return err
				}
				return c.print(book, func(w io.Writer) { printRules(w, book) })
			})
		}}
}

// listFlags are the filters that list and export share.
func listFlags(cmd *cobra.Command, q *app.ContactQuery) {
	f := cmd.Flags()
	f.StringVar(&q.Class, "class", "", "opted_in, opted_out, doubtful or unusable")
	f.StringVar(&q.Route, "route", "", "email, letter, onsite or none")
	f.StringVar(&q.Reason, "reason", "", "row of the decision table, such as T-50")
}

func (c *cli) contactsList() *cobra.Command {
	var q app.ContactQuery
	cmd := &cobra.Command{Use: "list", Short: "List contacts with their verdict", Example: "  reoptin contacts list --class doubtful --route email", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Contacts(cmd.Context(), q)
				if err == nil {
					err = c.noteDay(cmd.Context(), a)
				}
				if err != nil {
					return err
				}
				c.noteJoiners(q)
				return c.print(l, func(w io.Writer) {
					putf(w, "ID\tEXTERNAL ID\tEMAIL\tCLASS\tROUTE\tREASON\n")
					for _, r := range l.Contacts {
						putf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.ExternalID, r.Email, r.Class, r.Route, r.Reason)
					}
					more(w, l.Next)
				})
			})
		}}
	listFlags(cmd, &q)
	pageFlags(cmd, &q.Page)
	return cmd
}

// noteJoiners says of a list that one can come to stand in by a no that it is the audit's: who said it since is missing there.
func (c *cli) noteJoiners(q app.ContactQuery) {
	kind := "--class " + q.Class
	switch {
	case q.Class == "opted_out" || q.Class == "unusable":
	case q.Class == "" && (q.Route == "none" || q.Route == "letter" || q.Route == "onsite"):
		kind = "--route " + q.Route
	case q.Class == "" && q.Route == "" && q.Reason != "":
		kind = "--reason " + q.Reason
	default:
		return
	}
	c.note("these are those whom the last audit found so; whoever said no or changed since is not among them: reoptin contacts export %s has them too, and the next audit", kind)
}

// noteDay says when verdicts are as of another day than today: an audit as of a day to come keeps what would be so then.
func (c *cli) noteDay(ctx context.Context, a *app.App) error {
	day, err := a.OtherDay(ctx)
	if day != "" {
		c.note("the verdicts are as of %s, which is not today; reoptin contacts audit judges as of today", day)
	}
	return err
}

func (c *cli) contactsShow() *cobra.Command {
	return &cobra.Command{Use: "show ADDRESS|ID", Short: "Show one contact, its verdict and everything reoptin knows of it", Example: "  reoptin contacts show jeanne@example.net", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				v, err := a.Contact(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(v, func(w io.Writer) { printContact(w, v) })
			})
		}}
}

func (c *cli) contactsExport() *cobra.Command {
	var q app.ContactQuery
	var out, preset string
	cmd := &cobra.Command{Use: "export", Short: "Write contacts with their verdict as CSV, with --json as JSON",
		Long: `export writes contacts with their verdict. --preset NAME writes them as another program
imports them: with a yes only who is opted in today, and where the program knows a no
who is opted out. Whoever is neither is left out, and so nobody becomes a subscriber by
being imported.`,
		Example: "  reoptin contacts export --class doubtful --route letter --out letters.csv\n  reoptin contacts export --preset listmonk-blocklist --out blocklist.csv", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if cmd.Flags().Changed("preset") {
					return c.exportAs(out, func(w io.Writer) (app.PresetExport, error) { return a.ExportContactsAs(cmd.Context(), w, q, preset) })
				}
				if err := c.noteDay(cmd.Context(), a); err != nil {
					return err
				}
				return c.toFile(out, func(w io.Writer) error { return a.ExportContacts(cmd.Context(), w, q, c.json) })
			})
		}}
	listFlags(cmd, &q)
	presetFlag(cmd, &preset)
	cmd.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	return cmd
}

func presetFlag(cmd *cobra.Command, preset *string) {
	cmd.Flags().StringVar(preset, "preset", "", "write it as another program imports it, such as mailchimp or listmonk-blocklist")
}

// exportAs writes a file for another program, and says who is in it and where it goes.
func (c *cli) exportAs(path string, write func(io.Writer) (app.PresetExport, error)) error {
	var e app.PresetExport
	var text bytes.Buffer
	named := path != "" && path != "-"
	into := func(w io.Writer) (err error) {
		e, err = write(w)
		return err
	}
	var err error
	switch {
	case named:
		err = app.WriteFile(path, into)
	case c.json:
		err = into(&text)
	default:
		err = app.Whole(c.out, into)
	}
	if err != nil {
		return err
	}
	if named {
		e.File = path
		c.note("wrote %s", path)
	}
	c.note("%s: %s; %s", e.Title, app.People(e.People), e.LeftOut.Words())
	c.note("import it so: %s", e.How)
	if !c.json {
		return nil
	}
	e.Text = text.String()
	return c.print(e, nil)
}
