package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
)

// cli is one invocation of the program.
type cli struct {
	env   []string
	in    io.Reader
	out   io.Writer
	errs  io.Writer
	clock func() time.Time
	looks app.DoctorDeps // what doctor looks through, and whoever asks the DNS
	args  []string

	configFile string
	database   string
	json       bool
	quiet      bool
	verbose    bool
}

func (c *cli) root() *cobra.Command {
	var asked bool
	root := &cobra.Command{
		Use:   "reoptin",
		Short: "Take a marketing base from doubt to proof: ask once, record the answer, prove it",
		Long: `reoptin takes stock of what a marketing base can prove about each person's consent,
asks every eligible doubtful person once, ever, through a signed link to a hosted
form with nothing pre-ticked, and keeps the proof of each answer so that an auditor
can check it offline. Silence is a no. It never writes to anyone who said no.`,
		Example:       "  reoptin demo\n  reoptin init --dir shop",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asked {
				return c.printVersion()
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&asked, "version", false, "print the version")
	f := root.PersistentFlags()
	f.StringVar(&c.configFile, "config", "", "configuration file (default reoptin.toml in the working directory)")
	f.StringVar(&c.database, "database", "", "database, instead of the configured one")
	f.BoolVar(&c.json, "json", false, "print one JSON document on standard output")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "no messages but errors")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "log what happens, on standard error")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return misused(cmd, "%w", err) })
	root.AddCommand(c.demo(), c.init(), c.serve(), c.organisation(), c.contacts(), c.campaign(), c.responses(), c.consents(),
		c.proof(), c.ledger(), c.key(), c.suppress(), c.subject(), c.retention(), c.bounce(), c.backup(), c.restore(), c.migrate(), c.user(), c.token(), c.config(), c.doctor(), c.healthcheck(), c.version(), c.man(root), c.completion(root))
	root.SetHelpCommand(help(root))
	root.InitDefaultHelpCmd()
	usageArgs(root)
	refuseEmpty(root)
	return root
}

// help shows a command's help, and says when there is no such command.
func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]…", Short: "Show what a command does", Example: "  reoptin help campaign start",
		Args: func(_ *cobra.Command, args []string) error { return isCommand(root, args) },
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, _, err := root.Find(args)
			if err != nil {
				return err
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		}}
}

// usageArgs makes a wrong number of arguments a usage error everywhere.
func usageArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if said, ok := errors.AsType[usageError](err); ok {
				return said
			}
			if err != nil {
				return misused(cmd, "%w", err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageArgs(sub)
	}
}

// narrowing are the flags that say of whom, of what or by what, where an empty value is never meant: a variable of a script that was not
// set gave a dossier of everybody in place of one of one person, and took the key inside a dossier for the one that is trusted.
var narrowing = map[string][]string{
	"proof export": {"campaign", "contact", "response"}, "proof verify": {"key"}, "ledger verify": {"since"},
	"contacts export": {"class", "route", "reason"}, "consents export": {"purpose"}, "responses list": {"campaign"},
}

// refuseEmpty makes an empty value of a flag that narrows a usage error, and so of those that name the installation.
func refuseEmpty(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			_, name, _ := strings.Cut(cmd.CommandPath(), " ")
			for _, flag := range append([]string{"config", "database"}, narrowing[name]...) {
				if f := cmd.Flag(flag); f != nil && f.Changed && f.Value.String() == "" {
					return misused(cmd, "--%s is empty; give it a value, or leave it out", flag)
				}
			}
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		refuseEmpty(sub)
	}
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Example: subs[0].Example, Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return misused(cmd, "a command is needed: %s", strings.Join(names(subs), ", "))
	}
	cmd.AddCommand(subs...)
	return cmd
}

func names(cmds []*cobra.Command) []string {
	var out []string
	for _, cmd := range cmds {
		out = append(out, cmd.Name())
	}
	return out
}

// load reads the configuration: flags over environment over file over defaults.
func (c *cli) load() (config.Config, error) {
	flags := map[string]string{}
	if c.database != "" {
		flags["database"] = c.database
	}
	return config.Load(config.Options{File: c.configFile, Env: c.env, Flags: flags})
}

// with opens the house for one command.
func (c *cli) with(ctx context.Context, do func(*app.App) error) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, cfg, app.Surroundings{Log: c.logger(cfg), Clock: c.clock, Doctor: c.looks})
	if err != nil {
		return err
	}
	err = do(a)
	if closing := a.Close(); err == nil {
		err = closing
	}
	return err
}

// note tells people something on standard error, unless --quiet or --json.
func (c *cli) note(format string, args ...any) {
	if !c.quiet && !c.json {
		c.say(format, args...)
	}
}

// asks reports whether somebody sits there who can be asked, and is to be.
func (c *cli) asks(yes bool) bool {
	f, ok := c.in.(*os.File)
	return !yes && ok && term.IsTerminal(int(f.Fd()))
}

// input is what standard input gives until the program is told to stop.
func (c *cli) input() io.Reader {
	if c.in != io.Reader(os.Stdin) {
		return c.in
	}
	in, err := app.OpenFile("-")
	if err != nil {
		return c.in
	}
	return in
}

// confirm asks a person at a terminal before something that matters; a script that says it, means it.
func (c *cli) confirm(yes bool, question string) error {
	if !c.asks(yes) {
		return nil
	}
	fmt.Fprintf(tame{c.errs}, "reoptin: %s [y/N] ", question)
	line, err := bufio.NewReader(c.input()).ReadString('\n')
	if errors.Is(err, context.Canceled) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return fault.New(fault.Conflict, "cli.declined", "nothing was done")
}

// confirmLoss asks before a no or a text of the organisation is lost for good. Where nobody can be asked, --yes is needed.
func (c *cli) confirmLoss(yes bool, question string) error {
	if !yes && !c.asks(yes) {
		return usageError{error: fmt.Errorf("%s Nobody can be asked here, so it takes --yes", question), hint: c.again("--yes")}
	}
	return c.confirm(yes, question)
}

// again is the command line that was given, with one more flag, as a shell reads it.
func (c *cli) again(flag string) string {
	words := []string{"reoptin"}
	for _, a := range c.args {
		words = append(words, app.ShellWord(a))
	}
	end := slices.Index(c.args, "--") + 1 // behind it stand no flags
	if end == 0 {
		return strings.Join(append(words, flag), " ")
	}
	return strings.Join(slices.Insert(words, end, flag), " ")
}

// terminal reports whether messages go to a person's terminal, where a progress bar makes sense.
func (c *cli) terminal() bool {
	f, ok := c.errs.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && !c.quiet && !c.json
}
