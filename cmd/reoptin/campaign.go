package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) campaign() *cobra.Command {
	return group("campaign", "One round of asking: write, check, approve, start, watch, close",
		c.campaignNew(), c.campaignCreate(), c.campaignShow(), c.campaignList(), c.campaignDelete(), c.campaignLint(), c.campaignRules(), c.campaignPreview(), c.campaignAudience(), c.campaignForecast(), c.campaignTest(),
		c.campaignApprove(), c.campaignStart(), c.campaignPause(), c.campaignResume(), c.campaignClose(), c.campaignStatus(), c.campaignReport(), c.campaignUncertain(), c.campaignLetters())
}

func (c *cli) campaignNew() *cobra.Command {
	var choice app.StarterChoice
	long := "new prints a campaign file to begin with, complete for one situation and in every language that the\norganisation's purposes speak. The situations are:\n"
	for _, s := range app.Situations() {
		long += fmt.Sprintf("\n  %-18s%s", s.Name, s.Says)
	}
	cmd := &cobra.Command{Use: "new [NAME]", Short: "Print a starter file for a situation, in every shipped language", Long: long,
		Example: "  reoptin campaign new spring > spring.toml\n  reoptin campaign new brands --situation merged-brands --language fr,de > brands.toml", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "campaign"
			if len(args) == 1 {
				name = args[0]
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				text, err := a.StarterCampaign(cmd.Context(), name, choice)
				if err != nil {
					return err
				}
				return c.text(text)
			})
		}}
	cmd.Flags().StringVar(&choice.Situation, "situation", "", "why people are asked (default "+app.Situations()[0].Name+")")
	cmd.Flags().StringSliceVar(&choice.Languages, "language", nil, "languages, by commas; the first is the fallback (default all)")
	return cmd
}

func (c *cli) campaignCreate() *cobra.Command {
	return &cobra.Command{Use: "create FILE", Short: "Store a campaign as a draft; replaces a draft of the same name", Example: "  reoptin campaign create spring.toml", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				f, done, err := a.CreateCampaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if len(done.Voided) > 0 {
					c.note("the approval of %s is void: %s changed", f.Name, strings.Join(done.Voided, ", "))
				}
				return c.print(map[string]any{"campaign": f.Name, "replaced": done.Replaced, "voided": append([]string{}, done.Voided...)}, func(w io.Writer) {
					if done.Approved {
						fmt.Fprintf(w, "campaign %s is as it was approved; nothing changed\n", f.Name)
						return
					}
					fmt.Fprintf(w, "campaign %s is a draft; reoptin campaign lint %s says what speaks against it\n", f.Name, f.Name)
				})
			})
		}}
}

func (c *cli) campaignShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "Show a campaign's content and where it stands", Example: "  reoptin campaign show spring", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				v, err := a.Campaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(v, func(w io.Writer) {
					fmt.Fprintf(w, "name\t%s\nstatus\t%s\npurposes\t%s\nchannels\t%s\nlanguages\t%s\ndeadline\t%s\n", v.Name, v.Status, strings.Join(v.File.Purposes, ", "),
						strings.Join(v.File.Channels, ", "), strings.Join(v.File.Languages, ", "), v.File.Schedule.Deadline.String())
					if v.Hash != "" {
						fmt.Fprintf(w, "content\tsha256 %s\napproved\tby %s on %s\n", v.Hash, v.ApprovedBy, v.ApprovedAt)
					}
					if v.WrittenBy != "" {
						fmt.Fprintf(w, "written\tby %s\n", v.WrittenBy)
					}
					if v.Voided != nil {
						fmt.Fprintf(w, "voided\tby %s on %s: %s changed\n", v.Voided.By, v.Voided.At.Format("2006-01-02"), strings.Join(v.Voided.Changed, ", "))
					}
					for _, l := range v.File.Languages {
						fmt.Fprintf(w, "subject %s\t%s\n", l, v.File.Message[l].Subject)
					}
				})
			})
		}}
}

func (c *cli) campaignList() *cobra.Command {
	var p app.Page
	cmd := &cobra.Command{Use: "list", Short: "List campaigns", Example: "  reoptin campaign list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Campaigns(cmd.Context(), p)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					fmt.Fprintf(w, "NAME\tSTATUS\tDEADLINE\n")
					for _, v := range l.Campaigns {
						fmt.Fprintf(w, "%s\t%s\t%s\n", v.Name, v.Status, v.Deadline)
					}
					more(w, l.Next)
				})
			})
		}}
	pageFlags(cmd, &p)
	return cmd
}

func (c *cli) campaignDelete() *cobra.Command {
	var yes, dry bool
	cmd := &cobra.Command{Use: "delete NAME", Short: "Delete a draft", Example: "  reoptin campaign delete spring --yes", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if err := a.Deletable(cmd.Context(), args[0]); err != nil {
					return err
				}
				if dry {
					return c.done(args[0], "deleted", false)
				}
				if err := c.confirmLoss(yes, "delete the draft "+args[0]+"?"); err != nil {
					return err
				}
				if err := a.Desk.Delete(cmd.Context(), app.Operator(), args[0]); err != nil {
					return err
				}
				return c.done(args[0], "deleted", true)
			})
		}}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only check that it could be deleted")
	return cmd
}

func (c *cli) campaignLint() *cobra.Command {
	var network bool
	cmd := &cobra.Command{Use: "lint FILE|NAME", Short: "Say what is wrong with a campaign as people would see it; ends with 3 when something blocks", Example: "  reoptin campaign lint spring --network", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				var outside *app.DoctorDeps
				if network {
					outside = &c.looks
				}
				l, err := a.Lint(cmd.Context(), args[0], outside)
				if err != nil {
					return err
				}
				if err := c.print(l, func(w io.Writer) { printFindings(w, l) }); err != nil {
					return err
				}
				if l.Errors > 0 {
					return errFindings
				}
				return nil
			})
		}}
	cmd.Flags().BoolVar(&network, "network", false, "also ask the DNS and the web servers that links lead to")
	return cmd
}

func (c *cli) campaignRules() *cobra.Command {
	return &cobra.Command{Use: "rules", Short: "Print the catalogue of rules by which campaigns are judged", Example: "  reoptin campaign rules --json", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r := app.LintRules()
			return c.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "RULE\tSEVERITY\tON\tKEPT BY\tLOOKS AT\tMEND\tSOURCE\n")
				for _, one := range r.Rules {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", one.ID, one.Severity, one.Target, one.Kept, one.Looks, one.Mend, one.Source)
				}
				fmt.Fprintf(w, "%d rules, version %s\n", len(r.Rules), r.Version)
			})
		}}
}

func printFindings(w io.Writer, l app.LintReport) {
	for _, f := range l.Findings {
		where := f.Where
		if f.Line > 0 {
			where += ":" + strconv.Itoa(f.Line)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s", f.Severity, f.Rule, where, f.Message)
		if f.Text != "" {
			fmt.Fprintf(w, " (“%s”)", f.Text)
		}
		if n := len(f.Places); n > 1 {
			fmt.Fprintf(w, " (in %d places: %s)", n, strings.Join(f.Places, ", "))
		}
		if f.Source != "" {
			fmt.Fprintf(w, " [%s]", f.Source)
		}
		fmt.Fprintln(w)
		if f.Proposed != "" {
			fmt.Fprintf(w, "\t\t\ttry: %s\n", f.Proposed)
		}
	}
	justify := ""
	if n := l.ToJustify(); n > 0 {
		justify = fmt.Sprintf("%d to be justified at the approval, ", n)
	}
	fmt.Fprintf(w, "%s, %s%s\n", app.Count(l.Errors, "error", "errors"), justify, app.Count(l.Warnings, "warning", "warnings"))
}

func (c *cli) campaignPreview() *cobra.Command {
	var language, contact, out string
	cmd := &cobra.Command{Use: "preview NAME", Short: "Write message, letter and form as a person would see them", Example: "  reoptin campaign preview spring --language fr --out preview", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return misused(cmd, "--out DIR is needed: it says where to write")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				files, err := a.Preview(cmd.Context(), args[0], language, contact, out)
				if err != nil {
					return err
				}
				return c.print(map[string]any{"files": files}, func(w io.Writer) {
					for _, f := range files {
						fmt.Fprintln(w, f)
					}
				})
			})
		}}
	cmd.Flags().StringVar(&language, "language", "", "one language (default all)")
	cmd.Flags().StringVar(&contact, "contact", "", "address of a contact whose values fill the message (default made-up ones)")
	cmd.Flags().StringVar(&out, "out", "", "folder to write to (needed)")
	return cmd
}

func (c *cli) campaignAudience() *cobra.Command {
	return &cobra.Command{Use: "audience NAME", Short: "Show the funnel from the imported base to the people to ask", Example: "  reoptin campaign audience spring", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				f, err := a.Desk.Audience(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(f, func(w io.Writer) { printFunnel(w, f) })
			})
		}}
}

func printFunnel(w io.Writer, f app.Funnel) {
	fmt.Fprintf(w, "imported\t%d\t\n", f.Imported)
	for _, m := range f.Minus {
		fmt.Fprintf(w, "− %s\t%d\t%s%s\n", m.Code, m.Contacts, m.Reason, byLetter(m))
	}
	fmt.Fprintf(w, "to ask\t%d\t\n", f.ToAsk)
	for _, route := range slices.Sorted(maps.Keys(f.Routes)) {
		fmt.Fprintf(w, "  by %s\t%d\t\n", route, f.Routes[route])
	}
	if f.Unposted > 0 {
		fmt.Fprintf(w, "\n%s left out: routes in the campaign file has no \"letter\"\n", app.Count(f.Unposted, "person may be asked by letter only and is", "people may be asked by letter only and are"))
	}
	if f.ToAsk > 0 {
		return
	}
	fmt.Fprintf(w, "\nthe campaign asks nobody; %s\n", f.Advice())
	for n, m := range f.Minus {
		if n == 0 {
			fmt.Fprintf(w, "\nwhat to do about each reason:\n")
		}
		fmt.Fprintf(w, "  %s\t%d\t%s\n", m.Code, m.Contacts, m.Next())
	}
}

// byLetter says how many of a reason only a letter may ask, which adds up to who is left out for want of it.
func byLetter(m app.FunnelStep) string {
	switch m.Unposted {
	case 0:
		return ""
	case m.Contacts:
		return " (by letter: all)"
	}
	return fmt.Sprintf(" (by letter: %d)", m.Unposted)
}

func (c *cli) campaignApprove() *cobra.Command {
	var by, because string
	var yes bool
	cmd := &cobra.Command{Use: "approve NAME", Short: "Freeze the content under its hash; any later change voids it", Example: "  reoptin campaign approve spring --by dpo@example.org", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if err := c.confirm(yes, "approve "+args[0]+" as it stands, in the name of the organisation?"); err != nil {
					return err
				}
				r, err := a.Approve(cmd.Context(), args[0], by, because)
				if err != nil {
					return err
				}
				return c.print(map[string]any{"campaign": args[0], "content_sha256": r.Hash, "already": r.Already}, func(w io.Writer) {
					if r.Already {
						fmt.Fprintf(w, "this very content is approved already, and nothing new was recorded: content sha256 %s\n", r.Hash)
						return
					}
					fmt.Fprintf(w, "approved: content sha256 %s\n", r.Hash)
				})
			})
		}}
	cmd.Flags().StringVar(&by, "by", "", "who approves, as the approval names them; need not have an account (default the operating-system user)")
	cmd.Flags().StringVar(&because, "because", "", "reason, needed for findings that only the approver may accept")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
