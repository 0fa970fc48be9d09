package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) subject() *cobra.Command {
	return group("subject", "The rights of a person", c.subjectAccess(), c.subjectRectify(), c.subjectErase(), c.subjectOpen(), c.subjectCases())
}

func (c *cli) subjectErase() *cobra.Command {
	var because string
	var dry, yes bool
	cmd := &cobra.Command{Use: "erase ADDRESS|ID", Short: "Erase what is held of a person; without a yes it only says what would go and what stays", Example: "  reoptin subject erase jeanne@example.net --dry-run\n  reoptin subject erase jeanne@example.net --yes",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				e, err := a.EraseSubject(cmd.Context(), args[0], because, dry || !yes)
				if err == nil && !dry && c.asks(yes) {
					if err := errors.Join(c.showFirst(func(w io.Writer) { printErased(w, e) }), c.confirm(yes, "erase all of this for ever?")); err != nil {
						return err
					}
					shown := args[0]
					if e.Contact != 0 { // the same text may mean somebody else by now
						shown = e.Numbered()
					}
					e, err = a.EraseSubject(cmd.Context(), shown, because, false)
				}
				if err != nil {
					return err
				}
				return c.print(e, func(w io.Writer) { printErased(w, e) })
			})
		}}
	cmd.Flags().StringVar(&because, "because", "", "why, kept with the entry; do not name the person")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be erased, which is so without --yes too where nobody can be asked")
	cmd.Flags().BoolVar(&yes, "yes", false, "erase, and do not ask")
	return cmd
}

func printErased(w io.Writer, e app.Erased) {
	printErasing(w, e)
	putf(w, "ledger entries emptied\t%d\ninvitations emptied\t%d\nanswers of which the least is kept\t%d\ncases closed\t%d\n", e.Entries, e.Invitations, e.Archived, e.Cases)
	for _, k := range e.Kept {
		putf(w, "\nkept: %s\n  why: %s\n  until: %s\n", k.What, k.Why, k.Until)
	}
	if e.AccessOpen && !e.Done {
		putf(w, "\nThe person asked to see what is held of them, and that is not done: give it first (reoptin subject access).\n")
	}
	switch {
	case !e.Done:
		putf(w, "\nNothing was done. Again with --yes, all of this is erased for ever.\n")
	case !e.Scrubbed:
		putf(w, "\nErased, entry %d. Where it stood is not overwritten yet: the server does it once no campaign runs, within a day.\n", e.Proof)
	default:
		putf(w, "\nErased, entry %d, and overwritten.\n", e.Proof)
	}
	for _, path := range e.Copies {
		putf(w, "An older database that still holds the person: %s\n", path)
	}
	putf(w, "Backups keep the person until they are removed: keep them no longer than 35 days. A restored one erases again.\nWhoever was given the data must be told (GDPR art. 19), and so must the person, within a month.\n")
}

// printErasing says who is meant; once it is done nothing but the number is left to say.
func printErasing(w io.Writer, e app.Erased) {
	if e.Contact == 0 {
		putf(w, "contact\tnone: nobody of the base has this address, the ledger names it\n")
		return
	}
	putf(w, "contact\t%d\n", e.Contact)
	for _, line := range [][2]string{{"external id", e.ExternalID}, {"name", e.Name}, {"address", e.Email}, {"postal address", e.Postal}} {
		if line[1] != "" {
			putf(w, "%s\t%s\n", line[0], line[1])
		}
	}
}

func (c *cli) subjectOpen() *cobra.Command {
	var kind, received, note string
	cmd := &cobra.Command{Use: "open ADDRESS|ID --kind access|rectify|erase --received DAY", Short: "Open a case for what a person asked for by letter, by telephone or at the counter", Example: "  reoptin subject open jeanne@example.net --kind access --received 2026-03-02 --note \"by letter\"", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if kind == "" || received == "" {
				return misused(cmd, "--kind access, rectify or erase is needed, and --received with the day on which it arrived")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				k, err := a.OpenCase(cmd.Context(), args[0], kind, received, note)
				if err != nil {
					return err
				}
				return c.print(k, func(w io.Writer) { putf(w, "case %d is open, due on %.10s\n", k.ID, k.Due) })
			})
		}}
	cmd.Flags().StringVar(&kind, "kind", "", "what is asked for: access, rectify or erase")
	cmd.Flags().StringVar(&received, "received", "", "day on which it arrived (YYYY-MM-DD): the month runs from then on")
	cmd.Flags().StringVar(&note, "note", "", "how it came; it is kept when the person is erased, so do not name them")
	return cmd
}

func (c *cli) subjectCases() *cobra.Command {
	var all bool
	var p app.Page
	list := &cobra.Command{Use: "cases", Short: "List what people asked for by right, with the day by which it is due", Example: "  reoptin subject cases\n  reoptin subject cases done 3 --note \"sent by registered mail\"\n  reoptin subject cases extend 3 --until 2026-05-31 --because \"data from nine shops to gather\"", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Cases(cmd.Context(), all, p)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					putf(w, "CASE\tCONTACT\tASKED FOR\tSTATE\tOPENED\tDUE\tNOTE\n")
					for _, k := range l.Cases {
						state := k.State
						if k.Overdue {
							state = "overdue"
						}
						putf(w, "%d\t%d\t%s\t%s\t%.10s\t%.10s\t%s\n", k.ID, k.Contact, k.Kind, state, k.Opened, k.Due, cmp.Or(k.Note, longer(k), k.Came))
					}
					more(w, l.Next)
				})
			})
		}}
	list.Flags().BoolVar(&all, "all", false, "those that are done too")
	pageFlags(list, &p)
	list.AddCommand(c.casesDone(), c.casesExtend())
	return list
}

// longer says of a case that was extended what is to be told, and why.
func longer(k app.CaseLine) string {
	if k.Because == "" {
		return ""
	}
	return fmt.Sprintf("extended: %s; the person is to be told by %s", k.Because, k.TellBy)
}

func (c *cli) casesExtend() *cobra.Command {
	var until, because string
	var dry bool
	cmd := &cobra.Command{Use: "extend CASE --until DAY --because TEXT", Short: "Give a case more time, within its first month and to three months after it was asked for at most", Example: "  reoptin subject cases extend 3 --until 2026-05-31 --because \"data from nine shops to gather\"", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if until == "" {
				return misused(cmd, "--until is needed, the day by which the answer will be given, and --because with why it takes longer")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				x, err := a.ExtendCase(cmd.Context(), args[0], until, because, dry)
				if err != nil {
					return err
				}
				return c.print(x, func(w io.Writer) {
					if x.Done {
						putf(w, "case %d is due on %.10s now\n", x.ID, x.Due)
					} else {
						putf(w, "case %d would be due on %.10s\n", x.ID, x.Due)
					}
					putf(w, "Tell the person that it takes so long, and why, by %s (GDPR art. 12(3)).\n", x.TellBy)
				})
			})
		}}
	cmd.Flags().StringVar(&until, "until", "", "day by which the answer will be given (YYYY-MM-DD)")
	cmd.Flags().StringVar(&because, "because", "", "why it takes longer: tell the person this too; it is kept when they are erased, so do not name them")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be")
	return cmd
}

func (c *cli) casesDone() *cobra.Command {
	var note string
	cmd := &cobra.Command{Use: "done CASE", Short: "Say that what was asked for is done, or why it was refused", Example: "  reoptin subject cases done 3 --note \"sent by registered mail\"", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				k, err := a.CloseCase(cmd.Context(), args[0], note)
				if err != nil {
					return err
				}
				return c.print(k, func(w io.Writer) { putf(w, "case %d is done\n", k.ID) })
			})
		}}
	cmd.Flags().StringVar(&note, "note", "", "what was done; it is kept when the person is erased, so do not name them")
	return cmd
}

func (c *cli) retention() *cobra.Command {
	preview := &cobra.Command{Use: "preview", Short: "Count what the periods of retention would erase today", Example: "  reoptin retention preview", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.PreviewRetention(cmd.Context())
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) { printRetained(w, r) })
			})
		}}
	var dry, yes bool
	apply := &cobra.Command{Use: "apply", Short: "Erase what was kept long enough; serve does it every night, people who were never asked or whose yes is over only if retention.people is erase", Example: "  reoptin retention apply --yes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.PreviewRetention(cmd.Context())
				if err == nil && !dry && r.People+r.Entries > 0 {
					if err = c.confirm(yes, fmt.Sprintf("erase %s and empty %s for ever?", app.People(r.People), app.Count(r.Entries, "ledger entry", "ledger entries"))); err == nil {
						r, err = a.ApplyRetention(cmd.Context())
					}
				}
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) { printRetained(w, r) })
			})
		}}
	apply.Flags().BoolVar(&dry, "dry-run", false, "only count")
	apply.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return group("retention", "What is kept how long", preview, apply)
}

func printRetained(w io.Writer, r app.Retained) {
	putf(w, "RULE\tOLDER THAN\tPEOPLE\tENTRIES\n")
	for _, l := range r.Rules {
		before := l.Before
		if before == "" {
			before = "off"
		}
		putf(w, "%s\t%s\t%d\t%d\n", l.Rule, before, l.People, l.Entries)
	}
	for _, l := range r.Rules {
		if l.AsOf != "" {
			putf(w, "\n%s: the verdicts are as of %s, a day to come, and nobody is due by them before reoptin contacts audit judges as of today.\n", l.Rule, l.AsOf)
		}
	}
	if !r.Applied {
		putf(w, "\nNothing was erased.\n")
	}
}

func (c *cli) subjectAccess() *cobra.Command {
	var out, format string
	cmd := &cobra.Command{Use: "access ADDRESS|ID --out FILE", Short: "Write everything that is held of a person, as JSON or to be read as a PDF", Example: "  reoptin subject access jeanne@example.net --out jeanne.pdf", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				format = strings.TrimPrefix(strings.ToLower(filepath.Ext(out)), ".")
			}
			if out == "" || format != "json" && format != "pdf" {
				return misused(cmd, "--out FILE is needed, whose name ends with .json or .pdf, or --format json or pdf with it")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				return c.toFile(out, func(w io.Writer) error { // a file that cannot be made was given to nobody
					x, err := a.Access(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					return a.WriteAccess(w, x, format)
				})
			})
		}}
	cmd.Flags().StringVar(&out, "out", "", "file to write; - is standard output")
	cmd.Flags().StringVar(&format, "format", "", "json or pdf (default by the name of the file)")
	return cmd
}

func (c *cli) subjectRectify() *cobra.Command {
	var set []string
	var dry bool
	cmd := &cobra.Command{Use: "rectify ADDRESS|ID --set FIELD=VALUE…", Short: "Correct what is held of a person", Example: "  reoptin subject rectify jeanne@example.net --set last_name=Dupond --set city=Lyon", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(set) == 0 {
				return misused(cmd, "--set FIELD=VALUE is needed")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.Rectify(cmd.Context(), args[0], set, dry)
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) {
					switch {
					case len(r.Fields) == 0:
						fmt.Fprintln(w, "nothing differs")
					case r.Done:
						putf(w, "corrected: %s (entry %d)\n", strings.Join(r.Fields, ", "), r.Proof)
					default:
						putf(w, "would be corrected: %s\n", strings.Join(r.Fields, ", "))
					}
				})
			})
		}}
	cmd.Flags().StringArrayVar(&set, "set", nil, "a field as in an import, and its new value; may be given again")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would differ")
	return cmd
}
