package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
)

// observe asks outside about one campaign: all that doctor asks, for its sender alone, and whether the pages that its
// links lead to answer.
func (a *App) observe(ctx context.Context, f campaign.File, o campaign.Organisation, deps DoctorDeps) (out []lint.Observation) {
	d := newDoctor(a.config, a.clock, deps)
	d.addSender(campaign.Address(f.Sender.Address), campaign.Address(f.Sender.ReplyTo), f.Name)
	lines := d.outside(ctx)
	if !f.Mails() {
		lines = forLetters(lines)
	}
	severities := map[string]lint.Severity{StatusWarning: lint.Warning, StatusError: lint.Error, StatusUnknown: lint.Info, StatusInfo: lint.Info}
	for _, l := range lines {
		if severity, bad := severities[l.Status]; bad && l.Rule != "" {
			text := strings.Join(strings.FieldsFunc(l.Text+". "+l.Mend, func(r rune) bool { return r == '\n' }), " ")
			out = append(out, lint.Observation{Rule: l.Rule, Severity: severity, About: l.About, Message: strings.TrimSuffix(strings.TrimSpace(text), ".") + "."})
		}
	}
	out = append(out, d.reach(ctx, "INFO-001", o.PrivacyURL, func(status int) bool { return status == http.StatusOK }, "The privacy notice")...)
	if d.config.BaseURL != "" {
		dead := strings.TrimSuffix(d.config.BaseURL, "/") + "/c/nobody"
		out = append(out, d.reach(ctx, "LINK-006", dead, func(status int) bool { return status == http.StatusNotFound }, "The page for links that open nothing")...)
	}
	return append(out, a.anchored()...)
}

// reach asks for a page that links lead to.
func (d *doctor) reach(ctx context.Context, rule, address string, good func(status int) bool, what string) []lint.Observation {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil // its own rule says so
	}
	said := func(severity lint.Severity, format string, args ...any) []lint.Observation {
		return []lint.Observation{{Rule: rule, Severity: severity, About: u.Hostname(), Message: fmt.Sprintf(format, args...)}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return said(lint.Error, "%s has an address that cannot be asked for.", what)
	}
	client, leave := d.client()
	defer leave()
	res, err := client.Do(req)
	if err != nil {
		return said(lint.Error, "%s does not answer: %v.", what, plainly(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // what it says does not matter
	if !good(res.StatusCode) {
		return said(lint.Error, "%s answers with %s.", what, res.Status)
	}
	return nil
}

// anchored says whether the head of the ledger is kept elsewhere, from within a day.
func (a *App) anchored() []lint.Observation {
	said := func(message string) []lint.Observation {
		return []lint.Observation{{Rule: "EVID-002", Severity: lint.Warning, About: a.config.Anchor, Message: message}}
	}
	if a.config.Anchor == "" {
		return said("No head of the ledger is kept elsewhere. Set anchor to a file on another machine.")
	}
	info, err := os.Stat(a.config.Anchor)
	switch {
	case err != nil:
		return said("The head of the ledger that is kept elsewhere cannot be read.")
	case a.clock().Sub(info.ModTime()) > 24*time.Hour:
		return said("The head of the ledger that is kept elsewhere is over a day old.")
	}
	return nil
}
