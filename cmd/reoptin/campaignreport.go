package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
)

func (c *cli) campaignReport() *cobra.Command {
	var o app.ReportOptions
	cmd := &cobra.Command{
		Use: "report NAME", Short: "Say what a campaign came to, for whoever must not see the base",
		Long: `report says what was asked, whom, what was answered, and what the base may be used for
now, with the head of the ledger that proves it. It counts people and names none but
the approver. --html writes it as one page to be forwarded, printed and filed.`,
		Example: "  reoptin campaign report spring\n  reoptin campaign report spring --html spring.html --language fr\n  reoptin --json campaign report spring", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.CampaignReport(cmd.Context(), args[0], o)
				if err != nil {
					return err
				}
				if o.HTML != "" {
					c.note("wrote %s", o.HTML)
				}
				return c.print(r, func(w io.Writer) { printCampaignReport(w, r) })
			})
		}}
	cmd.Flags().StringVar(&o.HTML, "html", "", "file to write a page to")
	cmd.Flags().StringVar(&o.Language, "language", "", "language of the page: en, fr, de, es, it, nl or pt (default the organisation's)")
	return cmd
}

func printCampaignReport(w io.Writer, r app.CampaignReport) {
	fmt.Fprintf(w, "campaign\t%s\norganisation\t%s\nstatus\t%s\nas of\t%s\n", r.Campaign, r.Organisation, r.Status, r.At)
	for n, p := range r.Purposes {
		what := ""
		if n == 0 {
			what = "asked"
		}
		fmt.Fprintf(w, "%s\t%s: %s\n", what, p.Purpose, p.Title)
	}
	ways := make([]string, len(r.AskedBy))
	for n, way := range r.AskedBy {
		ways[n] = string(way)
	}
	fmt.Fprintf(w, "channels\t%s\nlanguages\t%s\nroutes\t%s\ncontent\tsha256 %s\napproved\tby %s on %s\nstarted\t%s\ndeadline\t%s\n", strings.Join(r.Channels, ", "), strings.Join(r.Languages, ", "),
		strings.Join(ways, ", "), r.Content, r.ApprovedBy, r.ApprovedAt, r.StartedAt, r.Deadline)
	if r.ClosedAt != "" {
		fmt.Fprintf(w, "closed\t%s\n", r.ClosedAt)
	}
	printWay(w, r)
	printAnswers(w, r)
	printUse(w, r)
	fmt.Fprintf(w, "\nledger size\t%d\nledger root\t%s\nkey\t%s\n", r.Ledger.Size, r.Ledger.Root, r.Ledger.Key)
	for _, command := range r.Verify {
		fmt.Fprintf(w, "check\t%s\n", command)
	}
}

// printWay prints the way from the base to the asked, with everyone who was lost on it.
func printWay(w io.Writer, r app.CampaignReport) {
	fmt.Fprintf(w, "\nimported\t%d\t\n", r.Funnel.Imported)
	for _, m := range r.Funnel.Minus {
		fmt.Fprintf(w, "− %s\t%d\t%s\n", m.Code, m.Contacts, m.Reason)
	}
	fmt.Fprintf(w, "to ask\t%d\t\n", r.Funnel.ToAsk)
	for _, s := range app.States() {
		n, letters := r.Invitations[s], r.Letters[s]
		if n == 0 {
			continue
		}
		fmt.Fprintf(w, "  %s\t%d\t%s\n", s, n, ofThemByLetter(letters))
		for _, e := range r.Ends(s) {
			fmt.Fprintf(w, "    %s\t%d\t%s\n", e.Reason, e.People, ofThemByLetter(e.Letters))
		}
	}
	for _, d := range r.Settled {
		fmt.Fprintf(w, "uncertain, settled as %s\t%d\tby %s\n", d.As, d.Invitations, d.By)
	}
	fmt.Fprintf(w, "hard bounces\t%d\t\nsoft bounces\t%d\t\ncomplaints\t%d\t\nform views\t%d\t\n", r.Bounces.Hard, r.Bounces.Soft, r.Complaints, r.FormViews)
}

func ofThemByLetter(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d by letter", n)
}

func printAnswers(w io.Writer, r app.CampaignReport) {
	a, silence := r.Answers, "silent, a no"
	if r.Status != "closed" {
		silence = "silent so far"
	}
	fmt.Fprintf(w, "\nasked\t%d\nanswered\t%d\t%.1f%%\n  granted\t%d\n  refused\t%d\n  withdrawn\t%d\n%s\t%d\n", a.Asked, a.People, a.Percent, a.Granted, a.Refused, a.Withdrawn, silence, a.Silent)
	if r.SilentErased != "" {
		fmt.Fprintf(w, "silent erased from\t%s\n", r.SilentErased)
	}
	fmt.Fprintf(w, "\nPURPOSE\tCHANNEL\tGRANTED\tREFUSED\tWITHDRAWN\tUNANSWERED\n")
	for _, q := range r.Questions {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\n", q.Purpose, q.Channel, q.Granted, q.Refused, q.Withdrawn, q.Unanswered)
	}
	if len(r.Days) > 0 {
		fmt.Fprintf(w, "\nDAY\tSENT\tANSWERS\tSO FAR\tOF THE ASKED\n")
	}
	for _, d := range r.Days {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.1f%%\n", d.Day, d.Sent, d.Answers, d.AnswersSoFar, d.Percent)
	}
}

// printUse prints what the base may be used for now.
func printUse(w io.Writer, r app.CampaignReport) {
	fmt.Fprintf(w, "\nMAY BE USED FOR\tCHANNEL\tPEOPLE\n")
	for _, u := range r.Usable {
		fmt.Fprintf(w, "%s\t%s\t%d\n", u.Purpose, u.Channel, u.People)
	}
	fmt.Fprintf(w, "\nbase\t%d\n", r.Base.Contacts)
	for _, k := range app.Classes() {
		fmt.Fprintf(w, "  %s\t%d\n", k, r.Base.Classes[k])
	}
	if r.Base.Unaudited > 0 {
		fmt.Fprintf(w, "  not audited\t%d\n", r.Base.Unaudited)
	}
}
