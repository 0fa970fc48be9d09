package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) suppress() *cobra.Command {
	return group("suppress", "The never-write list", c.suppressAdd(), c.suppressList(), c.suppressCheck(), c.suppressImport(), c.suppressExport())
}

func (c *cli) suppressAdd() *cobra.Command {
	var because string
	add := &cobra.Command{Use: "add ADDRESS", Short: "Never write to an address again", Example: "  reoptin suppress add jeanne@example.net --because \"asked by telephone\"", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				added, err := a.Suppress(cmd.Context(), strings.TrimSpace(args[0]), because)
				if err != nil {
					return err
				}
				return c.print(map[string]bool{"added": added}, func(w io.Writer) {
					if added {
						fmt.Fprintln(w, "suppressed")
					} else {
						fmt.Fprintln(w, "was suppressed before")
					}
				})
			})
		}}
	add.Flags().StringVar(&because, "because", "", "why, kept with the entry")
	return add
}

func (c *cli) suppressList() *cobra.Command {
	var p app.Page
	list := &cobra.Command{Use: "list", Short: "List what must never be written to, as keyed hashes, and the lists that were imported", Example: "  reoptin suppress list --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Suppressions(cmd.Context(), p)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					showLists(w, l.Lists)
					putf(w, "KEY\tREASON\tSOURCE\tDATE\n")
					for _, s := range l.Suppressions {
						putf(w, "%.24s…\t%s\t%s\t%s\n", s.Key, s.Reason, s.Source, s.At)
					}
					more(w, l.Next)
				})
			})
		}}
	pageFlags(list, &p)
	return list
}

func showLists(w io.Writer, lists []app.ListLine) {
	if len(lists) == 0 {
		return
	}
	putf(w, "LIST\tDATED\tKIND\tADDRESSES\tHASHES\tPROOF\n")
	for _, l := range lists {
		kind := "own"
		if l.External {
			kind = "external"
		}
		putf(w, "%s\t%s\t%s\t%d\t%d\t%d\n", l.Name, l.Dated, kind, l.Addresses, l.Hashes, l.Proof)
	}
	fmt.Fprintln(w)
}

func (c *cli) suppressCheck() *cobra.Command {
	return &cobra.Command{Use: "check ADDRESS", Short: "Say whether an address must never be written to, and which imported lists name it", Example: "  reoptin suppress check jeanne@example.net", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				s, err := a.CheckSuppression(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(s, func(w io.Writer) {
					putf(w, "suppressed\t%t\n", s.Suppressed)
					if s.Line != nil {
						putf(w, "reason\t%s\nsource\t%s\ndate\t%s\nproof\t%d\n", s.Line.Reason, s.Line.Source, s.Line.At, s.Line.Proof)
					}
					if len(s.Lists) > 0 {
						fmt.Fprintln(w)
						showLists(w, s.Lists)
					}
				})
			})
		}}
}

func (c *cli) suppressImport() *cobra.Command {
	var o app.ListOptions
	cmd := &cobra.Command{Use: "import FILE", Short: "Import a list of people who must not be written to: addresses, or their MD5, SHA-1 or SHA-256 (- reads standard input)",
		Long: `import reads what another system exports as unsubscribed, or a register such as a Robinson
list: one address or hash a line, or a table with a column of them, mixed if need be. A hash is of
the lower-case address, in hex or base64. The list is one act: it counts wholly or not at all, and can only
forbid. Whom a hash means is found in the base now and at every later import.

With --external the list is a register of a country or a trade: its people are kept from being asked
unless they gave a proven, express consent. Without it nothing but their own word counts.`,
		Example: "  reoptin suppress import unsubscribed.csv\n  reoptin suppress import robinson.txt --external --list robinson-es --dated 2026-06-01", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.ImportList(cmd.Context(), args[0], o)
				if err != nil && len(r.Rejects) == 0 {
					return err
				}
				return errors.Join(err, c.print(r, func(w io.Writer) {
					putf(w, "list\t%s of %s\nrows\t%d\naddresses\t%d\n", r.List, r.Dated, r.Rows, r.Addresses)
					for _, kind := range []string{"md5", "sha1", "sha256"} {
						if n := r.Count(kind); n > 0 {
							putf(w, "%s\t%d\n", kind, n)
						}
					}
					putf(w, "added\t%d\nin the base\t%d\nrejected\t%d\n", r.Added, r.Matched, r.Rejected)
					if r.RejectFile != "" {
						putf(w, "rejects\t%s\n", r.RejectFile)
					}
					showHidden(w, r.Hidden)
					showUnmatched(w, r)
					for _, bad := range r.Rejects[:min(len(r.Rejects), shownLines)] {
						putf(w, "line %d\t%s\n", bad.Line, bad.Reason)
					}
				}))
			})
		}}
	f := cmd.Flags()
	f.StringVar(&o.List, "list", "", "name of the list, the same for every version (default the file's name)")
	f.StringVar(&o.Dated, "dated", "", "day of this version of the list, YYYY-MM-DD (default today)")
	f.BoolVar(&o.External, "external", false, "it is a register of a country or a trade, such as Robinson, ECG or DGC")
	f.StringVar(&o.Column, "column", "", "column that holds the addresses or hashes, when looking does not find it")
	f.StringVar(&o.Delimiter, "delimiter", "", "what separates cells, when looking does not find it: , ; tab |")
	f.StringVar(&o.Encoding, "encoding", "", "utf-8, utf-16, windows-1252, iso-8859-15, when looking does not find it")
	f.StringVar(&o.Sheet, "sheet", "", "which sheet of a workbook, when several have content")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would happen and store nothing")
	return cmd
}

// showUnmatched says what of a list may be lost: columns that were not read, and hashes of which none is anybody's.
func showUnmatched(w io.Writer, r app.ListImported) {
	for _, name := range r.Unread {
		putf(w, "not read\tthe column %s, which holds addresses, too; if they are of people who said no, import it too with --column\n", name)
	}
	if n := r.Count("md5") + r.Count("sha1") + r.Count("sha256"); n > 0 && r.Matched == 0 {
		putf(w, "nobody met\tno hash is that of anybody in the base; hashes that were made with a key or a salt, or of addresses in capitals, never will be: try one of an address that you know\n")
	}
}

// shownLines is how many lines of a file a table shows of a kind.
const shownLines = 20

func (c *cli) suppressExport() *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "export", Short: "Write what stands on the never-write list as CSV, with the address where the base has it", Example: "  reoptin suppress export --out never.csv", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				return c.toFile(out, func(w io.Writer) error { return a.ExportSuppressions(cmd.Context(), w, c.json) })
			})
		}}
	cmd.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	return cmd
}
