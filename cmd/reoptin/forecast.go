package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) campaignForecast() *cobra.Command {
	return &cobra.Command{Use: "forecast NAME", Short: "Say what starting a campaign would come to: how many, how long, how many answers, what silence costs",
		Example: "  reoptin campaign forecast spring", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				f, err := a.Desk.Forecast(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(f, func(w io.Writer) { printForecast(w, f) })
			})
		}}
}

func printForecast(w io.Writer, f app.Forecast) {
	fmt.Fprintf(w, "to ask\t%d\n", f.ToAsk)
	for _, route := range slices.Sorted(maps.Keys(f.Routes)) {
		fmt.Fprintf(w, "  by %s\t%d\n", route, f.Routes[route])
	}
	for _, group := range slices.Sorted(maps.Keys(f.Groups)) {
		fmt.Fprintf(w, "  %s\t%d\n", group, f.Groups[group])
	}
	for _, s := range f.Providers {
		fmt.Fprintf(w, "  at %s\t%d\n", s.Provider, s.People)
	}
	if f.Others.People > 0 {
		fmt.Fprintf(w, "  at %d others\t%d\n", f.Others.Providers, f.Others.People)
	}
	for _, found := range f.Findings {
		fmt.Fprintf(w, "%s\t%s: %s", found.Severity, found.Rule, found.Message)
		if found.Text != "" {
			fmt.Fprintf(w, " (%s)", found.Text)
		}
		fmt.Fprintln(w)
	}
	if f.ToAsk == 0 {
		fmt.Fprintf(w, "\nreoptin campaign audience %s says why\n", f.Campaign)
		return
	}
	if n := f.Plan.Letters; n > 0 {
		fmt.Fprintf(w, "letters\t%d, no relay needed: once it is started, %s prints them\n", n, app.PrintCommand(f.Campaign))
	}
	if f.Plan.Mails() > 0 {
		printCourse(w, f.Sending)
	}
	fmt.Fprintf(w, "answers\t%d to %d people: %s\n", f.Answers.From, f.Answers.To, f.Answers.Basis)
	for _, p := range f.Answers.Own {
		fmt.Fprintf(w, "  %s\tasked %d, answered %d\n", p.Campaign, p.Asked, p.Answered)
	}
	fmt.Fprintf(w, "silence\t%d to %d people; of those asked %d would be lost for good: silence is a no, and nobody is asked again\n", f.Silence.From, f.Silence.To, f.Silence.Lost)
	if f.Silence.Stays > 0 {
		fmt.Fprintf(w, "\tthe consent of %d stays as it was\n", f.Silence.Stays)
	}
	for _, r := range f.Relays {
		fmt.Fprintf(w, "relay\t%s is %s: %s (%s)\n", r.Relay, r.Provider, r.Text, r.Source)
	}
}

// printCourse says how long the messages take.
func printCourse(w io.Writer, s app.Course) {
	const clock = "Mon 2 Jan 2006 15:04 MST"
	fmt.Fprintf(w, "rate\t%d every %s, bounded by %s\nwindow\t%s\n", s.N, every(s.Seconds), s.RateBy, s.Window)
	if !s.OpensAt.IsZero() {
		fmt.Fprintf(w, "first message\t%s\n", s.OpensAt.Format(clock))
	}
	if !s.EndsAt.IsZero() {
		fmt.Fprintf(w, "last message\tabout %s\n", s.EndsAt.Format(clock))
	}
	if s.Late > 0 {
		fmt.Fprintf(w, "too late\tabout %s: the deadline, %s, comes first\n", app.People(s.Late), s.Deadline)
	}
}

// every is a period in words.
func every(seconds int) string {
	switch d := time.Duration(seconds) * time.Second; d {
	case time.Second:
		return "second"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	default:
		return d.String()
	}
}
