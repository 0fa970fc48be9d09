package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) campaignLetters() *cobra.Command {
	var j app.LetterJob
	var list bool
	var p app.Page
	cmd := &cobra.Command{Use: "letters NAME", Short: "Print the letters of a campaign, and say what became of them",
		Long: `letters claims the people who are asked by post, then writes a PDF with a page for each. They
count as being asked from the claim on: when writing fails, or the file is lost, print the same
batch again with --batch and its number. Nobody is claimed twice. mark says what became of the
paper, return takes in letters that the post brought back.`,
		Example: "  reoptin campaign letters spring --out letters.pdf\n  reoptin campaign letters spring --batch 3 --out again.pdf\n  reoptin campaign letters spring --list\n  reoptin campaign letters mark 3 posted", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Campaign = args[0]
			switch {
			case list:
				return c.with(cmd.Context(), func(a *app.App) error { return c.listBatches(cmd, a, args[0], p) })
			case j.Out == "" && j.List == "":
				return misused(cmd, "--out FILE is needed, or --csv FILE: it says where to write")
			}
			return c.with(cmd.Context(), func(a *app.App) error { return c.printLetters(cmd, a, j) })
		}}
	cmd.Flags().StringVar(&j.Out, "out", "", "PDF to write")
	cmd.Flags().StringVar(&j.List, "csv", "", "write the batch as CSV for a mailing house, with address, code and link of each letter")
	cmd.Flags().Int64Var(&j.Batch, "batch", 0, "print this batch again instead of a new one")
	cmd.Flags().StringVar(&j.Window, "window", "", "of the envelopes: din, nf (France) or us (default: as in the organisation's country)")
	cmd.Flags().IntVar(&j.Most, "most", 0, "letters of the batch at most (default 20000)")
	cmd.Flags().BoolVar(&j.Skip, "skip", false, "leave out whose letter cannot be printed")
	cmd.Flags().BoolVar(&list, "list", false, "list the batches")
	pageFlags(cmd, &p)
	cmd.AddCommand(c.lettersMark(), c.lettersReturn())
	return cmd
}

func (c *cli) printLetters(cmd *cobra.Command, a *app.App, j app.LetterJob) error {
	r, err := a.PrintLetters(cmd.Context(), j)
	if err != nil {
		for _, b := range r.Skipped {
			c.note("contact %d: %s", b.Contact, b.Problem)
		}
		return err
	}
	return c.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "batch\t%d\nletters\t%d\nwindow\t%s\n", r.Batch, r.Letters, r.Window)
		for _, f := range r.Files {
			fmt.Fprintf(w, "file\t%s\n", f)
		}
		for _, b := range r.Skipped {
			fmt.Fprintf(w, "left out\tcontact %d: %s\n", b.Contact, b.Problem)
		}
		for _, l := range r.LeftOut {
			fmt.Fprintf(w, "left out\tletter %d: the person has said no; take it out of an earlier print\n", l.Letter)
		}
		fmt.Fprintf(w, "\nreoptin campaign letters mark %d posted, once they are\n", r.Batch)
	})
}

func (c *cli) listBatches(cmd *cobra.Command, a *app.App, name string, p app.Page) error {
	l, err := a.Batches(cmd.Context(), name, p)
	if err != nil {
		return err
	}
	return c.print(l, func(w io.Writer) {
		fmt.Fprintf(w, "BATCH\tSTATE\tLETTERS\tWINDOW\tCLAIMED\tSINCE\n")
		for _, b := range l.Batches {
			fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\n", b.Batch, b.State, b.Letters, b.Window, b.At, b.MovedAt)
		}
		more(w, l.Next)
		fmt.Fprintf(w, "%s in no batch yet\n", app.Count(l.Left, "letter is", "letters are"))
	})
}

func (c *cli) lettersMark() *cobra.Command {
	var because string
	var notPosted bool
	cmd := &cobra.Command{Use: "mark BATCH printed|posted|lost", Short: "Say what became of a batch",
		Long: `posted: each of its letters is sent. lost: whether any was posted is not known, so nobody of it is
printed again by itself; with --not-posted, which your name and --because stand for in the ledger,
all of them are planned again.`,
		Example: "  reoptin campaign letters mark 3 posted\n  reoptin campaign letters mark 4 lost --not-posted --because \"the printer tore them\"", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || !slices.Contains([]string{"printed", "posted", "lost"}, args[1]) {
				return misused(cmd, "mark needs the number of a batch, and printed, posted or lost")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				m, err := a.MarkLetters(cmd.Context(), id, args[1], because, notPosted)
				if err != nil {
					return err
				}
				return c.print(m, func(w io.Writer) {
					fmt.Fprintf(w, "batch %d is %s: %d sent, %d planned again, %d uncertain\n", m.Batch, m.State, m.Sent, m.Released, m.Uncertain)
					for _, l := range m.TakeOut {
						fmt.Fprintf(w, "take out letter %d: the person has said no\n", l.Letter)
					}
				})
			})
		}}
	cmd.Flags().StringVar(&because, "because", "", "what happened; needed for lost, kept with the ledger entry")
	cmd.Flags().BoolVar(&notPosted, "not-posted", false, "of a lost batch: none of its letters can have been posted")
	return cmd
}

func (c *cli) lettersReturn() *cobra.Command {
	var file, because string
	cmd := &cobra.Command{Use: "return [CODE…]", Short: "Take in letters that came back undelivered",
		Long: `return takes the codes that are printed on letters, as they are typed or scanned. The postal address
counts as unusable, and the person is not asked again. The same letter twice changes nothing. It ends with
0 and says which codes open no letter; when none opens one, with 3.`,
		Example: "  reoptin campaign letters return 7F3KD-0Q9VX-M2TA\n  reoptin campaign letters return --file returns.csv", Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			codes := app.TypedCodes(args...)
			if file != "" {
				more, err := c.codesIn(file)
				if err != nil {
					return err
				}
				codes = append(codes, more...)
			}
			if len(codes) == 0 {
				return misused(cmd, "codes are needed, or --file FILE")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.ReturnLetters(cmd.Context(), app.Operator(), codes, strings.TrimSpace(because))
				if err != nil {
					return err
				}
				err = c.print(r, func(w io.Writer) {
					for _, l := range r.Letters {
						if l.Effect != "suppressed" {
							fmt.Fprintf(w, "line %d\t%s\n", l.Line, returnWords(l.Effect))
						}
					}
					fmt.Fprintf(w, "%d came back, %d were known already, %d codes open no letter\n", r.Suppressed, r.Known, r.Unknown)
				})
				if err == nil && r.Suppressed+r.Known == 0 { // as an import ends of which every row is rejected
					return errFindings
				}
				return err
			})
		}}
	cmd.Flags().StringVar(&file, "file", "", "table whose column code or link has them, read as by contacts import; - for standard input")
	cmd.Flags().StringVar(&because, "because", "undeliverable", "what the post says")
	return cmd
}

func returnWords(effect string) string {
	switch effect {
	case "known":
		return "it came back before"
	case "mistyped":
		return "the code has a typing error"
	}
	return "no letter has this code"
}

func (c *cli) codesIn(file string) ([]app.LetterCode, error) {
	if file == "-" {
		return app.CodesIn(c.input(), file)
	}
	f, err := app.OpenFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return app.CodesIn(f, file)
}
