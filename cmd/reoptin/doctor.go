package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) doctor() *cobra.Command {
	deps := c.looks
	cmd := &cobra.Command{Use: "doctor", Short: "Look at everything that sending depends on, and say what mends it",
		Long: `doctor looks at configuration, database, send journal, keys, disk and clock, and then
asks outside: the web server behind base_url, the relay up to its login, and the DNS
what receivers would conclude of the sender (SPF, DKIM, DMARC). It sends nothing and
changes nothing. What must be mended before a campaign starts ends it with 3; where no
relay is set and all campaigns ask by letter, what only e-mail needs does not.`,
		Example: "  reoptin doctor\n  reoptin doctor --offline --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return c.diagnosed(app.Unreadable(err))
			}
			d, err := app.Doctor(cmd.Context(), cfg, app.Surroundings{Clock: c.clock}, deps)
			if err != nil {
				return err
			}
			return c.diagnosed(d)
		}}
	cmd.Flags().BoolVar(&deps.Offline, "offline", false, "ask nobody outside of this machine")
	return cmd
}

// diagnosed prints what was found; something that must be mended is a finding.
func (c *cli) diagnosed(d app.Diagnosis) error {
	err := c.print(d, func(w io.Writer) {
		for _, l := range d.Lines {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Status, l.Check, oneLine(l.About), oneLine(l.Text))
			if l.Mend != "" {
				fmt.Fprintf(w, "\t\t\ttry: %s\n", oneLine(l.Mend))
			}
			for _, r := range l.Records {
				fmt.Fprintf(w, "\t\t\t%s\n", oneLine(zoneLine(r)))
			}
		}
		fmt.Fprintf(w, "\nto mend: %d, to look at: %d, not known: %d\n", d.Errors, d.Warnings, d.Unknown)
		if d.Info > 0 {
			fmt.Fprintf(w, "not needed for letters, by which all campaigns ask: %d\n", d.Info)
		}
		if d.Offline {
			fmt.Fprintln(w, "nobody outside of this machine was asked")
		}
	})
	if err == nil && d.Errors > 0 {
		err = errFindings
	}
	return err
}

// mostPiece is how long one piece of a TXT record may be; a name server puts the pieces together again.
const mostPiece = 255

// zoneLine is a record as a zone file has it.
func zoneLine(r app.ZoneRecord) string {
	text := r.Text
	if r.Type == "TXT" {
		var pieces []string
		for len(text) > mostPiece {
			pieces, text = append(pieces, strconv.Quote(text[:mostPiece])), text[mostPiece:]
		}
		text = strings.Join(append(pieces, strconv.Quote(text)), " ")
	}
	return r.Name + ". " + r.Type + " " + text
}
