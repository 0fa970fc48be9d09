package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/reoptin/reoptin/cmd/app"
)

// man writes the manual from the commands themselves, in the marks that man reads (man(7) of any Unix).
func (c *cli) man(root *cobra.Command) *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "man [COMMAND]…", Short: "Print the manual page of reoptin or of a command, or write all of them into a folder",
		Long: `man prints a page as man(1) reads it. With --out it writes the pages of all commands: reoptin.1,
reoptin-contacts-import.1 and so on. In a folder man1 where man looks, such as
/usr/local/share/man/man1, they are found by man reoptin-contacts-import.`,
		Example: "  reoptin man --out /usr/local/share/man/man1\n  reoptin man contacts import",
		Args:    func(_ *cobra.Command, args []string) error { return isCommand(root, args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if out != "" && len(args) > 0 {
				return misused(cmd, "--out writes the pages of all commands; leave %q out", strings.Join(args, " "))
			}
			if out == "" {
				named, _, err := root.Find(args)
				if err != nil {
					return err
				}
				return c.text(manPage(named))
			}
			pages := map[string]string{}
			for _, each := range manual(root) {
				pages[dashed(each)+".1"] = manPage(each)
			}
			files, err := app.WritePublic(out, pages)
			if err != nil {
				return err
			}
			return c.print(map[string]any{"files": files}, func(w io.Writer) {
				fmt.Fprintf(w, "%s in %s\n", app.Count(len(files), "page", "pages"), out)
			})
		}}
	cmd.Flags().StringVar(&out, "out", "", "folder into which the pages of all commands are written; it is made")
	return cmd
}

// isCommand refuses words that name no command.
func isCommand(root *cobra.Command, words []string) error {
	cmd, rest, err := root.Find(words)
	if err == nil && len(rest) == 0 {
		return nil
	}
	_, known, _ := strings.Cut(cmd.CommandPath(), " ")
	return usageError{error: fmt.Errorf("there is no command %q", strings.Join(words, " ")), command: known}
}

// manual are the commands that have a page: all.
func manual(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, manual(sub)...)
	}
	return all
}

// dashed is the name of a command's page, like reoptin-contacts-import.
func dashed(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the page of one command.
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH \"%s\" 1 \"\" \"%s\" \"reoptin\"\n", roff(strings.ToUpper(dashed(cmd))), roff("reoptin "+app.Version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(dashed(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n%s\n", roff(synopsis(cmd)))
	b.WriteString(".SH DESCRIPTION\n")
	paragraphs(&b, cmp.Or(cmd.Long, cmd.Short+"."))
	if len(cmd.Commands()) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range cmd.Commands() {
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n%s\n", roff(sub.Use), roff(sub.Short))
		}
	}
	cmd.InitDefaultHelpFlag()
	options(&b, "OPTIONS", cmd.LocalFlags())
	options(&b, "OPTIONS OF EVERY COMMAND", cmd.InheritedFlags())
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range exitMeanings {
		fmt.Fprintf(&b, ".TP\n%d\n%s\n", e.code, roff(e.means))
	}
	if !cmd.HasParent() {
		files(&b)
	}
	b.WriteString(".SH EXAMPLES\n.nf\n")
	for line := range strings.SplitSeq(cmd.Example, "\n") {
		b.WriteString(roff(strings.TrimSpace(line)) + "\n")
	}
	b.WriteString(".fi\n.SH SEE ALSO\n" + roff(strings.Join(seeAlso(cmd), ", ")) + "\n")
	return b.String()
}

// synopsis is how a command is written, with what every command takes in short.
func synopsis(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return cmd.Name() + " [options] COMMAND ..."
	}
	_, arguments, _ := strings.Cut(cmd.Use, " ")
	if len(cmd.Commands()) > 0 {
		arguments += " COMMAND"
	}
	return strings.Join(append([]string{cmd.CommandPath()}, append(strings.Fields(arguments), "[options]")...), " ")
}

// paragraphs writes a text whose paragraphs are apart by an empty line; its line ends are those of a screen.
func paragraphs(b *strings.Builder, text string) {
	for n, part := range strings.Split(text, "\n\n") {
		if n > 0 {
			b.WriteString(".PP\n")
		}
		for line := range strings.SplitSeq(part, "\n") {
			b.WriteString(roff(strings.TrimSpace(line)) + "\n")
		}
	}
}

func options(b *strings.Builder, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", heading)
	flags.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR", roff(name))
		if value != "" {
			fmt.Fprintf(b, " \\fI%s\\fR", roff(value))
		}
		if !strings.Contains(usage, "(default") && f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, "\n%s\n", roff(usage))
	})
}

// files are named on the page of the program alone.
func files(b *strings.Builder) {
	for _, f := range [][2]string{
		{"ENVIRONMENT", "Every setting is read from the environment, too: smtp.url is REOPTIN_SMTP_URL. REOPTIN_CONFIG names the configuration file."},
		{"FILES", "reoptin.toml in the working directory holds the settings, and says where database, keys and send journal lie; reoptin init makes them all."},
	} {
		fmt.Fprintf(b, ".SH %s\n%s\n", f[0], roff(f[1]))
	}
}

// seeAlso are the pages above and below a command.
func seeAlso(cmd *cobra.Command) (pages []string) {
	if cmd.HasParent() {
		pages = append(pages, dashed(cmd.Parent())+"(1)")
	}
	for _, sub := range manual(cmd) {
		if sub.Parent() == cmd {
			pages = append(pages, dashed(sub)+"(1)")
		}
	}
	return pages
}

// roff writes a text so that man prints it as it is.
func roff(text string) string {
	var b strings.Builder
	for n, r := range text {
		switch {
		case n == 0 && (r == '.' || r == '\''): // would be a request
			b.WriteString(`\&` + string(r))
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '"':
			b.WriteString(`\(dq`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r == '…': // which a terminal without UTF-8 lacks
			b.WriteString(`\&...`)
		case r == '\t':
			b.WriteByte(' ')
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
