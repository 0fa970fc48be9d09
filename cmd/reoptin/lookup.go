package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/reoptin/reoptin/cmd/app"
)

// lookupFlag lets a command ask the DNS.
func lookupFlag(cmd *cobra.Command, l *app.Lookup) {
	cmd.Flags().BoolVar(&l.DNS, "dns", false, "ask the DNS which domains of the base take no mail, and keep it; without it nobody is asked")
}

// lookupBar is a bar of the domains that were asked about, on a terminal.
type lookupBar struct {
	c    *cli
	bars *mpb.Progress
	bar  *mpb.Bar
}

func (b *lookupBar) show(done, of int) {
	if !b.c.terminal() {
		return
	}
	if b.bar == nil {
		b.bars = mpb.New(mpb.WithOutput(b.c.errs), mpb.WithWidth(40))
		b.bar = b.bars.AddBar(int64(of), mpb.PrependDecorators(decor.Name("domains "), decor.CountersNoUnit("%d / %d")), mpb.AppendDecorators(decor.Percentage()))
	}
	b.bar.SetCurrent(int64(done))
}

func (b *lookupBar) end() {
	if b.bar != nil {
		b.bar.Abort(false)
		b.bars.Wait()
	}
}

// showLookedUp says what asking the DNS found.
func showLookedUp(w io.Writer, l *app.LookedUp) {
	if l == nil {
		return
	}
	fmt.Fprintf(w, "\ndomains looked up\t%d\ntake no mail\t%d, %d of them found now\ntake mail again\t%d\nno answer\t%d\n", l.Domains, l.Dead, l.Found, l.Revived, l.Unanswered)
	switch {
	case l.Disbelieved:
		fmt.Fprintf(w, "\nhardly any domain takes mail, say the name servers of this machine: that is not believed, and nothing was changed; try: reoptin doctor\n")
	case l.Unanswered > 0:
		fmt.Fprintf(w, "\na domain without an answer stays what it was found to be before; try again later\n")
	}
}

// domainLine says of a domain that takes no mail why, and since when that is known.
func domainLine(d *app.DomainView) string {
	why := map[string]string{"null_mx": "it says so itself (null MX)", "absent": "it does not exist, or has neither MX nor address",
		"unreachable": "no server that it names has a public address"}[d.Why]
	return fmt.Sprintf("%s takes no mail: %s; found on %s, last looked up on %s", d.Name, why, d.Since, d.LookedUp)
}
