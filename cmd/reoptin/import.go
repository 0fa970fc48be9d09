package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) contactsImport() *cobra.Command {
	var o app.ImportOptions
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import a base from CSV, TSV or XLSX (- reads standard input, .gz is unpacked)",
		Long: `import reads a base as one act: it shows wholly or not at all. Rows that cannot be
read are written to a rejects file and never stop the others. An import can only
lower permission: a yes never overwrites a no. With --dns the DNS is asked afterwards
which domains of the whole base take no mail; the next audit and each sending judge by it.`,
		Example: "  reoptin contacts import base.csv\n  reoptin contacts import export.csv --map email=Kontakt --date-format 31/12/2024", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.DNS && o.DryRun {
				return misused(cmd, "--dns looks at what is stored, and --dry-run stores nothing: leave one of them out")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				bar := lookupBar{c: c}
				o.Told = bar.show
				r, err := a.Import(cmd.Context(), args[0], o)
				bar.end()
				if err != nil && len(r.Rejects) == 0 && r.Import == 0 {
					return err
				}
				return errors.Join(err, c.print(r, func(w io.Writer) {
					showImported(w, r, o.DryRun)
					showLookedUp(w, r.DNS)
				}))
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Map, "map", nil, "FIELD=COLUMN: read a field from a column with another name; FIELD=: from none (repeatable)")
	f.StringVar(&o.Delimiter, "delimiter", "", "what separates cells, when looking does not find it: , ; tab |")
	f.StringVar(&o.Encoding, "encoding", "", "utf-8, utf-16, windows-1252, iso-8859-15, when looking does not find it")
	f.StringVar(&o.Preset, "preset", "", "read the file as the export of a known program, or none; by default the header says which")
	f.StringVar(&o.Sheet, "sheet", "", "which sheet of a workbook, when several have content")
	f.StringVar(&o.DateFormat, "date-format", "", "how dates are written, when looking cannot tell: 31/12/2024 or 12/31/2024")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would happen and store nothing")
	lookupFlag(cmd, &o.Lookup)
	return cmd
}

// showImported says what an import did, or would do.
func showImported(w io.Writer, r app.Imported, dry bool) {
	if r.Import != 0 {
		putf(w, "import\t%d\n", r.Import)
	}
	if r.Read.Title != "" {
		putf(w, "read as\t%s\n", r.Read.Title)
	}
	putf(w, "rows\t%d\ncreated\t%d\nupdated\t%d\nunchanged\t%d\nduplicates\t%d\nconflicts\t%d\nrejected\t%d\n",
		r.Rows, r.Created, r.Updated, r.Unchanged, r.Duplicates, r.Conflicts, r.Rejected)
	if r.Heard > 0 {
		putf(w, "noes heard\t%d of the rejected rows: their addresses may not be written to, also when the import is taken back; where a column is about something else, --map optout= has none read as noes\n", r.Heard)
	}
	if r.RejectFile != "" {
		putf(w, "rejects\t%s\n", r.RejectFile)
	}
	showHidden(w, r.Read.Hidden)
	if dry {
		showRead(w, r.Read)
		showFirst(w, r.First)
	}
	showChanges(w, r, dry)
	showOrder(w, r.Read)
	showKept(w, r.Read, int64(r.Import))
}

// showHidden says which sheets of a workbook nobody sees, and were not read.
func showHidden(w io.Writer, names []string) {
	for _, name := range names {
		putf(w, "not read\tthe hidden sheet %s, which has content; if it holds people, or noes, import it too with --sheet\n", name)
	}
}

// showOrder says of dates that can be read in two ways which column decided how they were.
func showOrder(w io.Writer, r app.Read) {
	order := map[string]string{"day_first": "day", "month_first": "month"}
	for n, c := range r.Columns {
		if c.DatesFrom == "" {
			continue
		}
		if !slices.ContainsFunc(r.Columns[:n], func(c app.ReadColumn) bool { return c.DatesFrom != "" }) {
			fmt.Fprintln(w)
		}
		putf(w, "the dates of %s can be read in two ways; they are read with the %s first, as those of %s are; --date-format says otherwise\n", c.Column, order[c.Dates], c.DatesFrom)
	}
}

// showKept says which columns no verdict looks at, and how to read those that look as if one should.
// An import that was done is taken back first, since a yes that comes later lifts nothing.
func showKept(w io.Writer, r app.Read, done int64) {
	var kept, proposed []string
	for _, c := range r.Columns {
		if c.Field == "" && c.Column != "" {
			kept = append(kept, c.Column)
		}
		if c.Proposed == "" {
			continue
		}
		holds := "only yes and no; if it says who agreed"
		if strings.HasPrefix(c.Proposed, "--map email=") {
			holds = "e-mail addresses; if they are the people's"
		}
		proposed = append(proposed, fmt.Sprintf("column %s holds %s, import it with %s", c.Column, holds, c.Proposed))
	}
	if len(kept) > 0 {
		rest := ""
		if n := len(kept) - shownLines; n > 0 {
			rest = fmt.Sprintf(" and %d more", n)
		}
		putf(w, "\nkept as attributes, which no verdict looks at: %s%s\n", strings.Join(kept[:min(len(kept), shownLines)], ", "), rest)
	} else if len(proposed) > 0 {
		fmt.Fprintln(w)
	}
	for _, p := range proposed {
		putf(w, "%s\n", p)
	}
	if len(proposed) > 0 && done != 0 {
		putf(w, "first take this one back, since a later yes lifts nothing: reoptin contacts undo %d\n", done)
	}
}

// showFirst says how the first rows were understood.
func showFirst(w io.Writer, rows []app.ReadRow) {
	putf(w, "\nLINE\tWHO\tCONSENT\tSAID NO\tUNDERSTOOD AS\n")
	for _, r := range rows {
		if r.Rejected != "" {
			putf(w, "%d\t\t\t\trejected: %s\n", r.Line, r.Rejected)
			continue
		}
		putf(w, "%d\t%s\t%s\t%s\t%s\n", r.Line, r.Who, r.Consent, r.No, r.Rest)
	}
}

// showChanges lists what the rows meet in the base: contacts that change, cells that were left aside, and each yes that counts for
// nothing.
func showChanges(w io.Writer, r app.Imported, dry bool) {
	if dry && len(r.Changes) > 0 {
		putf(w, "\nLINE\tCONTACT\tCHANGES\n")
		for _, c := range r.Changes {
			putf(w, "%d\t%d\t%s\n", c.Line, c.Contact, strings.Join(c.Fields, ", "))
		}
		if rest := r.Updated - len(r.Changes); rest > 0 {
			putf(w, "and %d more\n", rest)
		}
	}
	if len(r.Aside) > 0 {
		putf(w, "\nLINE\tCOLUMN\tLEFT ASIDE\n")
		for _, n := range r.Aside[:min(len(r.Aside), shownLines)] {
			putf(w, "%d\t%s\t%s\n", n.Line, n.Column, n.Reason)
		}
		if rest := len(r.Aside) - shownLines; rest > 0 {
			putf(w, "and %d more: --json lists all\n", rest)
		}
	}
	if len(r.Conflicting) > 0 {
		putf(w, "\nLINE\tCOLUMN\tCONFLICT\n")
		for _, n := range r.Conflicting[:min(len(r.Conflicting), shownLines)] {
			putf(w, "%d\t%s\t%s\n", n.Line, n.Column, n.Reason)
		}
		if rest := len(r.Conflicting) - shownLines; rest > 0 {
			putf(w, "and %d more: --json lists all\n", rest)
		}
	}
}

// showRead says how a file was understood, for whoever tries before importing.
func showRead(w io.Writer, r app.Read) {
	putf(w, "\nCOLUMN\tFIELD\tDATES\n")
	for _, c := range r.Columns {
		putf(w, "%s\t%s\t%s\n", c.Column, cmp.Or(c.Field, "(attribute)"), c.Dates)
	}
	putf(w, "\n")
	if r.Sheet != "" {
		putf(w, "sheet\t%s\n", r.Sheet)
	} else {
		putf(w, "encoding\t%s\ndelimiter\t%s\n", r.Encoding, r.Delimiter)
	}
	if r.Source != "" {
		putf(w, "format\t%s\n", r.Source)
	}
}

func (c *cli) contactsImports() *cobra.Command {
	var p app.Page
	cmd := &cobra.Command{Use: "imports", Short: "List the imports with their numbers", Example: "  reoptin contacts imports", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Imports(cmd.Context(), p)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					putf(w, "IMPORT\tFILE\tDATE\tROWS\tCREATED\tUPDATED\tTAKEN BACK\n")
					for _, i := range l.Imports {
						putf(w, "%d\t%s\t%s\t%d\t%d\t%d\t%s\n", i.ID, i.Source, i.At, i.Rows, i.Created, i.Updated, i.Undone)
					}
					more(w, l.Next)
				})
			})
		}}
	pageFlags(cmd, &p)
	return cmd
}

func (c *cli) contactsUndo() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "undo IMPORT", Short: "Take an import back, but for people who were asked, answered or were corrected since and for every no",
		Long: `undo takes an import back: the contacts that it made go, those that it changed become what they
were. People who were asked, answered or were corrected since, or have an open case, stay as they are. Every no that
came with the import stays, on the never-write list and in the contacts that go on. An import can be taken back for 90 days, and
after those that changed the same contacts later.`,
		Example: "  reoptin contacts undo 3 --dry-run\n  reoptin contacts undo 3", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.UndoImport(cmd.Context(), args[0], true)
				if err == nil && !dry {
					question := fmt.Sprintf("Take import %d of %s back: %d contacts go, %d become what they were, %d stay because they were asked, answered or were corrected, or have an open case?",
						r.Import, flat(r.Source), r.Removed, r.Restored, len(r.Kept))
					if err := c.confirm(yes, question); err != nil {
						return err
					}
					r, err = a.UndoImport(cmd.Context(), args[0], false)
				}
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) {
					putf(w, "import\t%d\nremoved\t%d\nrestored\t%d\nkept\t%d\n", r.Import, r.Removed, r.Restored, len(r.Kept))
					for _, id := range r.Kept[:min(len(r.Kept), shownLines)] {
						putf(w, "contact %d\twas asked, answered or corrected since, or has an open case\n", id)
					}
					if rest := len(r.Kept) - shownLines; rest > 0 {
						putf(w, "and %d more: --json lists all\n", rest)
					}
					if dry {
						putf(w, "\nnothing was done\n")
					}
				})
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would happen and do nothing")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}
