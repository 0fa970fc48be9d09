package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

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
	return tabulate(c.out, table)
}

// tabulate puts the cells of a table under one another.
func tabulate(to io.Writer, table func(w io.Writer)) error {
	w := tabwriter.NewWriter(to, 2, 8, 2, ' ', 0)
	table(tame{w})
	return w.Flush()
}

// tame keeps what a table quotes, a cell of a file or a relay's words, from speaking to the terminal. Line ends and tabs are our
// own there: putf takes them from values.
type tame struct{ to io.Writer }

func (t tame) Write(p []byte) (int, error) {
	_, err := t.to.Write([]byte(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return mute(r)
	}, string(p))))
	return len(p), err
}

// flat is a text in one line that says nothing to the terminal.
func flat(s string) string { return strings.Map(mute, s) }

// mute puts a space for a sign that moves the cursor, changes the terminal, or the order of what stands around it.
func mute(r rune) rune {
	if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' {
		return ' '
	}
	return r
}

// putf writes into a table as fmt.Fprintf does; no text among the values breaks its line, or begins another cell.
func putf(w io.Writer, format string, values ...any) {
	for n, v := range values {
		if reflect.ValueOf(v).Kind() == reflect.String {
			values[n] = flat(fmt.Sprint(v))
		}
	}
	fmt.Fprintf(w, format, values...)
}

// showFirst shows a person what they are about to be asked about: beside the document, where one is to be read by a program.
func (c *cli) showFirst(table func(w io.Writer)) error {
	to := c.out
	if c.json {
		to = c.errs
	}
	return tabulate(to, table)
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
