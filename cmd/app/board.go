package app

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
)

// desk is the desk with what only an installation knows: files as text, keys, the relay. It is what the
// dashboard asks of the program.
type desk struct {
	*campaign.Desk
	app *App
}

// Situations are what a campaign can be begun for.
func (d desk) Situations() (names []string) {
	for _, s := range Situations() {
		names = append(names, s.Name)
	}
	return names
}

// Starter is a campaign to begin with, in the organisation's languages.
func (d desk) Starter(ctx context.Context, name, situation string) (campaign.File, error) {
	text, err := d.app.StarterCampaign(ctx, name, StarterChoice{Situation: situation})
	if err != nil {
		return campaign.File{}, err
	}
	return d.ReadCampaign(text)
}

// ReadCampaign reads the text of a campaign file.
func (d desk) ReadCampaign(text string) (campaign.File, error) {
	return source{"campaign.toml", "campaign file", strings.ReplaceAll(text, "\r\n", "\n")}.campaign()
}

// CampaignText writes a campaign as the text that ReadCampaign reads.
func (d desk) CampaignText(f campaign.File) string { return campaignText(f) }

// Startable says why this installation could not send a campaign, if it could not.
func (d desk) Startable(ctx context.Context, name string) error { return d.app.Startable(ctx, name) }

// SendTest sends a test message, after checking that it may go there and that this installation can send at all.
func (d desk) SendTest(ctx context.Context, by campaign.Actor, name, language string, to campaign.Address) error {
	if err := d.Testable(ctx, name, language, to); err != nil {
		return err
	}
	if err := d.app.sendable(ctx); err != nil {
		return err
	}
	return d.Desk.SendTest(ctx, by, name, language, to)
}

// unsealed is for how long entries may stand without a signed checkpoint: one is signed every minute.
const unsealed = 15 * time.Minute

// Watch is how it stands about the ledger.
func (d desk) Watch(ctx context.Context) (w dashboard.Watch, err error) {
	h, sealed, err := d.app.store.Head(ctx)
	if err != nil {
		return w, err
	}
	w.Size, w.SignedAt = h.Size, sealed.At
	w.Unsigned = h.Size > sealed.Size && d.app.clock().Sub(sealed.At) > unsealed && d.app.clock().Sub(d.app.opened) > unsealed
	v, err := d.app.store.Verified(ctx)
	if err != nil {
		return w, err
	}
	w.VerifiedAt, w.Faults = v.At, v.Faults
	o, err := d.Organisation(ctx)
	if fault.Is(err, fault.NotFound) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	to, _ := keeper(o)
	w.Kept = d.app.config.Anchor != ""
	ways, err := d.givenTo(ctx, to, sealed)
	for _, a := range ways {
		w.Kept, w.Late = w.Kept || a.Whom != "", w.Late || a.Late
	}
	return w, err
}

// VerifyLedger recomputes the whole ledger from the rows.
func (d desk) VerifyLedger(ctx context.Context) (v dashboard.Verdict, err error) {
	r, err := d.app.VerifyLedger(ctx, "")
	if err != nil {
		return v, err
	}
	v = dashboard.Verdict{OK: r.OK, Entries: r.Size, Erased: len(r.Erased)}
	for _, f := range r.Faults {
		v.Faults = append(v.Faults, f.What)
	}
	v.More = r.More
	return v, nil
}

// ExportProof writes the dossier of one answer.
func (d desk) ExportProof(ctx context.Context, actor campaign.Actor, w io.Writer, response string) error {
	return d.app.exportProof(ctx, actor, w, ProofQuery{Response: response})
}

// ExportConsents writes who agreed to what, as CSV.
func (d desk) ExportConsents(ctx context.Context, actor campaign.Actor, w io.Writer) error {
	return d.app.exportConsents(ctx, actor, w, "csv")
}

// campaignText writes a campaign file. What it leaves out is empty.
func campaignText(f campaign.File) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			b.WriteString(key + " = " + value + "\n")
		}
	}
	text := func(key, value string) {
		if value != "" {
			line(key, tomlString(value))
		}
	}
	line("name", tomlString(f.Name))
	line("purposes", tomlList(f.Purposes))
	line("channels", tomlList(f.Channels))
	line("languages", tomlList(f.Languages))
	b.WriteString("\n[audience]\n")
	line("ask", tomlList(f.Audience.Ask))
	text("active_within", f.Audience.ActiveWithin)
	line("routes", tomlList(f.Audience.Routes))
	b.WriteString("\n[sender]\n")
	text("name", f.Sender.Name)
	text("address", f.Sender.Address)
	text("reply_to", f.Sender.ReplyTo)
	b.WriteString("\n[schedule]\n")
	if !f.Schedule.Start.IsZero() {
		line("start", f.Schedule.Start.Format("2006-01-02T15:04:05Z07:00"))
	}
	line("deadline", f.Schedule.Deadline.String())
	text("window", f.Schedule.Window)
	text("timezone", f.Schedule.Timezone)
	text("rate", f.Schedule.Rate)
	if len(f.Schedule.QuietDays) > 0 {
		line("quiet_days", tomlList(f.Schedule.QuietDays))
	}
	if f.Schedule.Connections > 0 {
		line("connections", strconv.Itoa(f.Schedule.Connections))
	}
	for _, l := range f.Languages {
		m, t := f.Message[l], f.Form[l]
		b.WriteString("\n[message." + tomlKey(l) + "]\nsubject = " + tomlString(m.Subject) + "\nbody = " + tomlBlock(m.Body) + "\n")
		b.WriteString("\n[form." + tomlKey(l) + "]\ntitle = " + tomlString(t.Title) + "\nintro = " + tomlBlock(t.Intro) + "\n")
	}
	return b.String()
}

func tomlKey(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == "" {
		return s
	}
	return tomlString(s)
}

func tomlList[T ~string](values []T) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = tomlString(string(v))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tomlString writes a string on one line.
func tomlString(s string) string { return `"` + tomlEscaped(s, false) + `"` }

// tomlBlock writes a string as people wrote it, over several lines.
func tomlBlock(s string) string {
	if !strings.Contains(s, "\n") {
		return tomlString(s)
	}
	return "\"\"\"\n" + tomlEscaped(s, true) + `"""`
}

func tomlEscaped(s string, lines bool) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n' && lines, r >= ' ' && r != 0x7F:
			b.WriteRune(r)
		default:
			code := strconv.FormatInt(int64(r), 16)
			b.WriteString(`\u` + strings.Repeat("0", 4-len(code)) + code)
		}
	}
	return b.String()
}
