package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/internal/config"
)

func (c *cli) init() *cobra.Command {
	f := app.Founding{Clock: c.clock}
	var password string
	cmd := &cobra.Command{
		Use: "init", Short: "Make a new installation: configuration, keys, database, send journal, first administrator",
		Example: "  reoptin init --dir shop", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.elsewhere(cmd, f.Dir); err != nil {
				return err
			}
			var err error
			if f.Password, err = readPassword(password); err != nil {
				return err
			}
			made, err := app.Init(cmd.Context(), f)
			if err != nil {
				return err
			}
			return c.print(map[string]any{"files": made.Files, "user": made.User, "password": made.Password}, func(w io.Writer) {
				for _, f := range made.Files {
					fmt.Fprintf(w, "%s\t%s\n", f.Path, f.What)
				}
				fmt.Fprintf(w, "\nThe first administrator of the dashboard is %s.\n", made.User)
				printDrawn(w, made.Password)
				there := ""
				if f.Dir != "." {
					there = "cd " + f.Dir + ", then "
				}
				fmt.Fprintf(w, "\nBack up the key folder apart from the database: without it no opt-out can be recognised again.\nNext: %sreoptin organisation new > organisation.toml, edit it, then reoptin organisation apply organisation.toml\n", there)
			})
		},
	}
	cmd.Flags().StringVar(&f.Dir, "dir", ".", "folder to make it in")
	cmd.Flags().StringVar(&f.Admin, "admin", "admin", "name of the first administrator")
	passwordFlag(cmd, &password)
	return cmd
}

// elsewhere refuses a --config or --database that is not what init makes in a folder: passed over in silence, it
// would leave the installation where nobody looks for it.
func (c *cli) elsewhere(cmd *cobra.Command, dir string) error {
	for _, f := range []struct{ flag, given, made string }{
		{"config", c.configFile, "reoptin.toml"},
		{"database", c.database, config.Default().Database},
	} {
		if made := filepath.Join(dir, f.made); f.given != "" && !sameFile(f.given, made) {
			return misused(cmd, "--%s is %s, and what is made is %s; --dir says in which folder", f.flag, f.given, made)
		}
	}
	return nil
}

// sameFile reports whether two paths name the same file, which need not be there.
func sameFile(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

func (c *cli) organisation() *cobra.Command {
	return group("organisation", "Who asks, for which purposes, and how far it may go in each country",
		&cobra.Command{Use: "new", Short: "Print a starter file", Example: "  reoptin organisation new > organisation.toml", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return c.text(app.StarterOrganisation())
			}},
		c.organisationApply(),
		&cobra.Command{Use: "show", Short: "Show what was applied", Example: "  reoptin organisation show --json", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.with(cmd.Context(), func(a *app.App) error {
					o, err := a.Desk.Organisation(cmd.Context())
					if err != nil {
						return err
					}
					return c.print(o, func(w io.Writer) {
						fmt.Fprintf(w, "name\t%s\nlegal name\t%s\naddress\t%s\ncountry\t%s\nprivacy page\t%s\nauthority\t%s\n", o.Name, o.LegalName, o.Address, o.Country, o.PrivacyURL, o.Authority)
						printStated(w, o)
						for _, p := range o.Purposes {
							fmt.Fprintf(w, "purpose\t%s, kept %s\n", p.Key, p.Retention)
						}
						for _, country := range slices.Sorted(maps.Keys(o.Policies)) {
							fmt.Fprintf(w, "policy %s\t%s\n", country, policyLine(o.Policies[country]))
						}
						for _, s := range o.Shortfalls() {
							fmt.Fprintf(w, "in force %s\t%s: %s\n", s.Country, s.InForce, s.Why)
						}
					})
				})
			}})
}

// printStated prints the facts that some rows of the decision table need; one that nobody stated is said to be so.
func printStated(w io.Writer, o app.Organisation) {
	similar := ""
	if o.SimilarToPurchases != nil {
		similar = strconv.FormatBool(*o.SimilarToPurchases)
	}
	for _, f := range [][2]string{{"kind", o.Kind}, {"similar to purchases", similar}, {"b2b subject", o.B2BSubject}, {"successor of", strings.Join(o.SuccessorOf, ", ")}} {
		fmt.Fprintf(w, "%s\t%s\n", f[0], cmp.Or(f[1], "not stated"))
	}
}

func (c *cli) organisationApply() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "apply FILE", Short: "Store the organisation, its purposes and its contact policy", Example: "  reoptin organisation apply organisation.toml", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				would, fewer := []app.PurposeChange{}, []app.Tightened{}
				o, err := a.ApplyOrganisation(cmd.Context(), args[0], dry, func(changes []app.PurposeChange, campaigns []app.Tightened) error {
					would, fewer = append(would, changes...), append(fewer, campaigns...)
					if dry || len(would)+len(fewer) == 0 {
						return nil
					}
					return c.confirmLoss(yes, "apply it? "+voided(would)+withheld(fewer))
				})
				if err != nil {
					return err
				}
				c.shortfalls(o)
				if dry {
					return c.print(map[string]any{"purposes": would, "campaigns": fewer}, func(w io.Writer) { fmt.Fprintln(w, voided(would)+withheld(fewer)) })
				}
				return c.print(applied{o, o.Shortfalls()}, func(w io.Writer) {
					fmt.Fprintf(w, "%s\npurposes\t%d\ncountry policies\t%d\n", o.Name, len(o.Purposes), len(o.Policies))
				})
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say how many consents that stand would no longer be covered, and whom campaigns under way would not ask any more")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// policyLine is a contact policy with who signed it.
func policyLine(p app.Policy) string {
	line := "the country's own mode"
	if p.Mode != "" {
		line = string(p.Mode)
	}
	if p.Signed() {
		line += fmt.Sprintf(", signed by %s on %s", p.ApprovedBy, p.ApprovedAt)
	} else {
		line += ", not signed"
	}
	if p.Post {
		line += "; a balancing test for letters is documented"
	}
	return line
}

// applied is an organisation with what of its policies does not hold as stated.
type applied struct {
	app.Organisation
	Shortfalls []app.Shortfall `json:"policy_shortfalls"`
}

// shortfalls says which contact policies do not hold as the file states them, and what holds instead.
func (c *cli) shortfalls(o app.Organisation) {
	strictest := false
	for _, s := range o.Shortfalls() {
		then := "no campaign can be approved until it is signed"
		switch {
		case s.Closed && s.Lower:
			then = "no campaign can be approved until the file says P1 or P2"
		case s.Closed:
			then = "no campaign can be approved until the file says P2"
		}
		c.note("policy.country.%s: %s; mode %s holds there instead, and %s", s.Country, s.Why, s.InForce, then)
		strictest = strictest || s.InForce == "P2"
	}
	if strictest {
		c.note("mode P2: by e-mail only whoever may be written to anyway; doubtful people by letter, or when they come by themselves")
	}
}

// voided says what changed purposes do to the consents that stand for them.
func voided(changes []app.PurposeChange) string {
	if len(changes) == 0 {
		return "No consent that stands is for a purpose that changes."
	}
	var parts []string
	for _, p := range changes {
		what := "changes"
		if p.Gone {
			what = "is dropped"
		}
		parts = append(parts, fmt.Sprintf("purpose %s %s, to which %s agreed", p.Key, what, app.People(p.Consents)))
	}
	return strings.Join(parts, "; ") + ". A consent covers what was said when it was given: another purpose needs a key of its own."
}

// withheld says which campaigns under way would ask fewer people.
func withheld(campaigns []app.Tightened) (text string) {
	for _, t := range campaigns {
		text += fmt.Sprintf(" Campaign %s would withhold %s of %d who wait, and never ask them.", t.Campaign, app.People(t.Withheld), t.Waiting)
	}
	return text
}

func (c *cli) config() *cobra.Command {
	return group("config", "Look at the configuration",
		&cobra.Command{Use: "check", Short: "Say what is wrong with the configuration", Args: cobra.NoArgs, Example: "  reoptin config check",
			RunE: func(*cobra.Command, []string) error {
				cfg, err := c.load()
				if err != nil {
					return err
				}
				problems := append([]config.Problem{}, cfg.Check()...)
				if err := c.print(map[string]any{"problems": problems}, func(w io.Writer) {
					for _, p := range problems {
						fmt.Fprintf(w, "%s\t%s\n", p.Key, p.Text)
						if p.Hint != "" {
							fmt.Fprintf(w, "\ttry: %s\n", p.Hint)
						}
					}
					if len(problems) == 0 {
						fmt.Fprintln(w, "the configuration is in order")
					}
				}); err != nil || len(problems) == 0 {
					return err
				}
				return errFindings
			}},
		&cobra.Command{Use: "dkim [RELAY]", Short: "Print the DNS record by which others check the signatures of messages", Args: cobra.MaximumNArgs(1), Example: "  reoptin config dkim\n  reoptin config dkim smtp2",
			RunE: func(_ *cobra.Command, args []string) error {
				cfg, err := c.load()
				if err != nil {
					return err
				}
				r, err := app.DKIMRecord(cfg, strings.Join(args, ""))
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) { fmt.Fprintf(w, "name\t%s\ntype\tTXT\ntext\t%s\n", r.Name, r.Text) })
			}},
		&cobra.Command{Use: "dump", Short: "Print the configuration in force, without its secrets", Args: cobra.NoArgs, Example: "  reoptin config dump",
			RunE: func(*cobra.Command, []string) error {
				cfg, err := c.load()
				if err != nil {
					return err
				}
				var b strings.Builder
				if err := cfg.Dump(&b); err != nil {
					return err
				}
				if c.json {
					values, from := cfg.Values()
					return c.print(map[string]any{"settings": values, "from": from, "text": b.String()}, nil)
				}
				return c.text(b.String())
			}})
}

func (c *cli) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, Example: "  reoptin version",
		RunE: func(*cobra.Command, []string) error { return c.printVersion() }}
}

func (c *cli) printVersion() error {
	return c.print(map[string]string{"version": app.Version()}, func(w io.Writer) { fmt.Fprintln(w, "reoptin "+app.Version()) })
}

func (c *cli) healthcheck() *cobra.Command {
	return &cobra.Command{Use: "healthcheck", Short: "Ask the running server whether it is well", Args: cobra.NoArgs, Example: "  reoptin healthcheck",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			if err := app.Healthcheck(cmd.Context(), cfg); err != nil {
				return err
			}
			return c.print(map[string]bool{"ok": true}, func(w io.Writer) { fmt.Fprintln(w, "the server is well") })
		}}
}

// logger writes what happens to standard error: everything with --verbose, else what went wrong. What a
// command that is told to say nothing would have said is logged as a warning.
func (c *cli) logger(cfg config.Config) *slog.Logger {
	level := slog.LevelError
	switch {
	case c.verbose:
		level = slog.LevelDebug
	case c.quiet || c.json:
		level = slog.LevelWarn
	}
	return c.logAt(cfg, level)
}

// logAt writes JSON or text, as configured; text on a terminal when nothing is said.
func (c *cli) logAt(cfg config.Config, level slog.Level) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" || cfg.Log.Format == "auto" && !c.terminal() {
		return slog.New(slog.NewJSONHandler(c.errs, opts))
	}
	return slog.New(slog.NewTextHandler(c.errs, opts))
}

// levelOf reads log.level.
func levelOf(s string) slog.Level {
	switch strings.ToLower(s) {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}
