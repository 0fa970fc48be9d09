package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

// print writes a value as JSON when asked, else lets table write it for people.
func (c *cli) print(v any, table func(w io.Writer)) error {
	if c.json {
		e := json.NewEncoder(c.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(c.out, 2, 8, 2, ' ', 0)
	table(w)
	return w.Flush()
}

// showFirst shows a person what they are about to be asked about: beside the document, where one is to be read by a program.
func (c *cli) showFirst(table func(w io.Writer)) error {
	to := c.out
	if c.json {
		to = c.errs
	}
	w := tabwriter.NewWriter(to, 2, 8, 2, ' ', 0)
	table(w)
	return w.Flush()
}

// text writes a file to standard output as it is, or within a JSON document when asked.
func (c *cli) text(s string) error {
	if c.json {
		return c.print(map[string]string{"text": s}, nil)
	}
	_, err := io.WriteString(c.out, s)
	return err
}

// done says that something happened to a campaign, or with --dry-run that it could.
func (c *cli) done(name, what string, did bool) error {
	return c.print(map[string]any{"campaign": name, what: did}, func(w io.Writer) {
		if did {
			fmt.Fprintf(w, "campaign %s is %s\n", name, what)
		} else {
			fmt.Fprintf(w, "campaign %s can be %s; nothing was done\n", name, what)
		}
	})
}

// toFile writes to a named file, whole or not at all, or to standard output when no name
// is given: then nothing is printed until all of it is there.
func (c *cli) toFile(path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return app.Whole(c.out, write)
	}
	if err := app.WriteFile(path, write); err != nil {
		return err
	}
	c.note("wrote %s", path)
	if c.json {
		return c.print(map[string]string{"file": path}, nil)
	}
	return nil
}

// pageFlags are what every list has.
func pageFlags(cmd *cobra.Command, p *app.Page) {
	p.Limit = 100
	cmd.Flags().Var((*count)(&p.Limit), "limit", "how many at most")
	cmd.Flags().StringVar(&p.Cursor, "cursor", "", "go on from an earlier list")
}

// count is a whole number of which none or less is a slip of the pen.
type count int

func (n *count) String() string { return strconv.Itoa(int(*n)) }
func (n *count) Type() string   { return "int" }

func (n *count) Set(text string) error {
	v, err := strconv.Atoi(text)
	if err == nil && v < 1 {
		return errors.New("at least 1 is needed")
	}
	*n = count(v)
	return err
}

// more says how to see the rest of a list.
func more(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintf(w, "\nmore: --cursor %s\n", next)
	}
}
