package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/internal/fault"
)

func (c *cli) campaignStart() *cobra.Command {
	var wait, yes, dry bool
	cmd := &cobra.Command{Use: "start NAME", Short: "Arm a campaign: nothing is sent without this",
		Long: `start plans one message per person and lets the campaign run. The messages leave
from the running server, or from this process with --wait when no server runs.`,
		Example: "  reoptin campaign start spring --wait", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error { return c.start(cmd.Context(), a, args[0], wait, yes, dry) })
		}}
	cmd.Flags().BoolVar(&wait, "wait", false, "send in the foreground, or watch a running server, until all is settled")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would happen")
	return cmd
}

func (c *cli) start(ctx context.Context, a *app.App, name string, wait, yes, dry bool) error {
	plan, err := a.Plan(ctx, name)
	if err != nil {
		return err
	}
	if dry && !(wait && plan.Running) { // with --wait one that runs already is waited for
		if err := a.Startable(ctx, name); err != nil {
			return err
		}
		if err := a.Desk.WouldHold(ctx, name, plan.ToAsk); err != nil {
			return err
		}
	}
	if dry {
		return c.print(plan, func(w io.Writer) { fmt.Fprintln(w, plan.Sentence) })
	}
	if !plan.Running || !wait {
		if err := a.Startable(ctx, name); err != nil {
			return err
		}
	}
	if plan.ToAsk > 0 { // else Start says what is wrong
		c.note("%s", plan.Sentence)
		for _, r := range plan.Relays {
			c.note("%s is %s: %s (%s)", r.Relay, r.Provider, r.Text, r.Source)
		}
	}
	if err := c.confirm(yes, "start campaign "+name+"?"); err != nil {
		return err
	}
	if err := a.Start(ctx, name); err != nil && !(wait && plan.Running && fault.Is(err, fault.Conflict)) {
		return err
	}
	if !wait {
		plan.Running = true
		err := c.print(plan, func(w io.Writer) {
			fmt.Fprintf(w, "campaign %s is running\n", name)
			if plan.Letters > 0 {
				fmt.Fprintf(w, "%s prints the letters\n", app.PrintCommand(name))
			}
		})
		return cmp.Or(err, c.noteUnattended(ctx, a, name))
	}
	progress := c.progress(name, plan.ToAsk)
	r, err := a.Wait(ctx, name, progress.show)
	progress.end()
	if err != nil {
		return err
	}
	if r.Status == "paused" {
		return fault.New(fault.Unavailable, "campaign.paused_while", "campaign {name} was paused: {reason}", "name", name, "reason", r.Reason).
			Hint("mend it, then reoptin campaign resume " + name)
	}
	return c.print(r, func(w io.Writer) { printStatus(w, r) })
}

// unattended says what to do so that a started campaign sends.
func unattended(name string) string {
	return "no reoptin process is sending: nothing leaves until reoptin serve runs, or reoptin campaign start " + name + " --wait"
}

// noteUnattended says so where a running campaign has messages to send and nobody is there who does.
func (c *cli) noteUnattended(ctx context.Context, a *app.App, name string) error {
	r, err := a.Desk.Status(ctx, name)
	if err == nil && a.Unattended(r) {
		c.note("%s", unattended(name))
	}
	return err
}

// progress is a bar on a terminal, and nothing elsewhere.
type progress struct {
	bars *mpb.Progress
	bar  *mpb.Bar
	note func(string, ...any)
	last string
}

func (c *cli) progress(name string, total int) *progress {
	p := &progress{note: c.note}
	if !c.terminal() {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(c.errs), mpb.WithWidth(40))
	p.bar = p.bars.AddBar(int64(total), mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("%d / %d")), mpb.AppendDecorators(decor.Percentage()))
	return p
}

func (p *progress) show(r app.Status) {
	done := app.Through(r)
	if p.bar != nil {
		p.bar.SetCurrent(int64(done))
	}
	if w := r.Waiting + r.NextAt; r.Waiting != "" && r.Waiting != "rate" && w != p.last {
		p.last = w
		words := waitingWords(r)
		if r.Waiting == "relay" {
			words += "; Ctrl-C ends the wait, and nobody is lost"
		}
		p.note("%s", words)
	}
}

// waitingWords say what a campaign waits for.
func waitingWords(r app.Status) string {
	s := "waiting for the " + r.Waiting
	if r.Waiting == "paused" {
		s = "paused"
	}
	if r.NextAt != "" {
		s += " until " + r.NextAt
	}
	if r.Reason != "" {
		s += ": " + r.Reason
	}
	return s
}

func (p *progress) end() {
	if p.bar != nil {
		p.bar.Abort(false)
		p.bars.Wait()
	}
}

func (c *cli) campaignPause() *cobra.Command {
	return &cobra.Command{Use: "pause NAME", Short: "Stop sending; what is on its way is waited for", Example: "  reoptin campaign pause spring", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if err := a.Desk.Pause(cmd.Context(), app.Operator(), args[0], "paused by "+app.Operator().Name); err != nil {
					return err
				}
				return c.done(args[0], "paused", true)
			})
		}}
}

func (c *cli) campaignResume() *cobra.Command {
	return &cobra.Command{Use: "resume NAME", Short: "Go on sending after a pause", Example: "  reoptin campaign resume spring", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if err := a.Desk.Resume(cmd.Context(), app.Operator(), args[0]); err != nil {
					return err
				}
				return cmp.Or(c.done(args[0], "running", true), c.noteUnattended(cmd.Context(), a, args[0]))
			})
		}}
}

func (c *cli) campaignClose() *cobra.Command {
	var yes, dry bool
	cmd := &cobra.Command{Use: "close NAME", Short: "End a campaign: silence becomes a no", Example: "  reoptin campaign close spring --yes", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				would, err := a.WouldClose(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if dry {
					return c.print(map[string]int{"silent": would.Silent, "withheld": would.Withheld}, func(w io.Writer) {
						fmt.Fprintf(w, "would close: %d have not answered, %d were not asked yet\n", would.Silent, would.Withheld)
					})
				}
				if err := c.confirmLoss(yes, fmt.Sprintf("close %s? The silence of %s becomes a no for good.", args[0], app.People(would.Silent))); err != nil {
					return err
				}
				done, err := a.CloseCampaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(map[string]int{"silent": done.Silent, "withheld": done.Withheld}, func(w io.Writer) {
					fmt.Fprintf(w, "closed: %d did not answer, %d were never asked\n", done.Silent, done.Withheld)
				})
			})
		}}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would happen")
	return cmd
}

func (c *cli) campaignStatus() *cobra.Command {
	var watch bool
	cmd := &cobra.Command{Use: "status NAME", Short: "Say how a campaign stands and what it waits for", Example: "  reoptin campaign status spring --watch", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if watch {
					if err := c.noteUnattended(cmd.Context(), a, args[0]); err != nil {
						return err
					}
					return c.watch(cmd.Context(), a, args[0])
				}
				r, err := a.Desk.Status(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				unmarked, err := a.Unmarked(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) {
					printStatus(w, r)
					printUnmarked(w, unmarked)
					if a.Unattended(r) {
						fmt.Fprintf(w, "\n%s\n", unattended(args[0]))
					}
				})
			})
		}}
	cmd.Flags().BoolVar(&watch, "watch", false, "go on until all is settled: on a terminal in place, elsewhere a line for each change")
	return cmd
}

func printStatus(w io.Writer, r app.Status) {
	fmt.Fprintf(w, "campaign\t%s\nstatus\t%s\n", r.Campaign, r.Status)
	if r.Waiting != "" {
		fmt.Fprintf(w, "now\t%s\n", waitingWords(r))
	} else if r.Reason != "" {
		fmt.Fprintf(w, "because\t%s\n", r.Reason)
	}
	if r.EndsAt != "" {
		fmt.Fprintf(w, "sent about\t%s\n", r.EndsAt)
	}
	if r.Late > 0 {
		fmt.Fprintf(w, "too late\tabout %s: the deadline comes first\n", app.People(r.Late))
	}
	fmt.Fprintf(w, "to ask\t%d\n", r.ToAsk)
	for _, s := range app.States() {
		if n := r.Invitations[s]; n > 0 {
			fmt.Fprintf(w, "  %s\t%d\n", s, n)
		}
	}
	printCounted(w, r)
	printWarmUp(w, r)
	fmt.Fprintf(w, "answered\t%d\n  granted\t%d\n  refused\t%d\n  withdrawn\t%d\nform views\t%d\nhard bounces\t%d\nsoft bounces\t%d\ncomplaints\t%d\n",
		r.Responses.People, r.Responses.Granted, r.Responses.Refused, r.Responses.Withdrawn, r.FormViews, r.Bounces.Hard, r.Bounces.Soft, r.Complaints)
	if n := r.Letters["planned"]; n > 0 && r.Status == "running" {
		fmt.Fprintf(w, "\n%s to be printed: %s\n", app.Count(n, "letter waits", "letters wait"), app.PrintCommand(r.Campaign))
	}
	if r.Invitations["uncertain"] > 0 {
		fmt.Fprintf(w, "\nreoptin campaign uncertain %s list shows the messages whose outcome nobody knows\n", r.Campaign)
	}
}

// printUnmarked says what to do next about batches of letters.
func printUnmarked(w io.Writer, batches []app.BatchLine) {
	for n, b := range batches {
		if n == 0 {
			fmt.Fprintln(w)
		}
		what := "printed and not marked"
		if b.State == "printed" {
			what = "printed and not posted"
		}
		fmt.Fprintf(w, "batch %d is %s: reoptin campaign letters mark %d posted, once it is\n", b.Batch, what, b.Batch)
	}
}

// printCounted shows what the stop rules have counted, and where something bad was: by mailbox provider.
func printCounted(w io.Writer, r app.Status) {
	if r.Counted.Ended == 0 && r.Counted.Complaints+r.Counted.Hard == 0 {
		return
	}
	fmt.Fprintf(w, "counted\t%d since the start or the last resume\n", r.Counted.Ended)
	for _, s := range r.StopRules {
		fmt.Fprintf(w, "  %s\t%d (%s: %s)\n", s.What, s.Counted, s.Setting, s.Threshold)
	}
	for _, p := range r.Providers {
		if p.Hard+p.Complaints+p.Refused+p.Uncertain > 0 {
			fmt.Fprintf(w, "  %s\t%d ended, %d hard, %d complaints, %d refused, %d uncertain\n", p.Provider, p.Ended, p.Hard, p.Complaints, p.Refused, p.Uncertain)
		}
	}
}

// printWarmUp shows what the warm-up of the relay let through today.
func printWarmUp(w io.Writer, r app.Status) {
	for n, p := range r.WarmUp {
		if n == 0 {
			fmt.Fprintf(w, "warm-up\t%s\n", p.Day)
		}
		limit := "no bound any more"
		if p.Limit > 0 {
			limit = fmt.Sprintf("of %d, step %d", p.Limit, p.Step+1)
		}
		fmt.Fprintf(w, "  %s\t%d %s\n", strings.TrimSpace(p.Provider+" "+p.Relay), p.Sent, limit)
	}
}
