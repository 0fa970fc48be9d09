package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/reoptin/reoptin/api"
	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/intake"
)

// IngestedMessage is one message that came back, and what it says of whom.
type IngestedMessage struct {
	File       string              `json:"file"`
	Kind       string              `json:"kind"` // delivery, feedback, plain, auto, stop or other
	Recipients []IngestedRecipient `json:"recipients"`
	More       bool                `json:"more"` // a person wrote more than stop: for people to read
}

// IngestedRecipient is what a message says of one address, and what that changes.
type IngestedRecipient struct {
	Address    string `json:"address"`
	Class      string `json:"class"` // hard, soft, delayed, delivered, complaint, optout, report, left or auto
	Status     string `json:"status"`
	Reason     string `json:"reason"`     // the server's words
	Invitation *int64 `json:"invitation"` // null: none of ours
	Signed     bool   `json:"signed"`     // it carries a genuine address of ours
	Effect     string `json:"effect"`     // none, known, settled, counted, suppressed, review or opted_out
}

// Unplaced reports whether somebody says no, and the message does not say of which of ours.
func (r IngestedRecipient) Unplaced() bool {
	return r.Invitation == nil && (r.Class == string(campaign.MeansOptOut) || r.Class == string(campaign.MeansComplaint))
}

// Unplaced counts those.
func (i Ingested) Unplaced() (n int) {
	for _, m := range i.Messages {
		for _, r := range m.Recipients {
			if r.Unplaced() {
				n++
			}
		}
	}
	return n
}

// Ingested is what reading some files came to.
type Ingested struct {
	Messages []IngestedMessage `json:"messages"`
	Read     int               `json:"read"`
	Effects  map[string]int    `json:"effects"` // how many recipients, by effect
}

// intake reads what comes back with the keys of this installation.
func (a *App) intake() *intake.Intake { return intake.New(a.Desk, a.links, a.clock) }

// webhooks is the door for the mail providers that are set; it has no route for any other.
func (a *App) webhooks() (*api.Webhooks, error) {
	return api.NewWebhooks(api.WebhookDeps{Desk: a.Desk, Tokens: a.store, Genuine: a.intake().Genuine, Secrets: a.config.Bounces.Webhooks, Clock: a.clock, Log: a.log})
}

// receive listens for what comes back and watches its mailbox, where that is set, and gives what ends it.
func (a *App) receive(ctx context.Context) (end func() error, err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var watching sync.WaitGroup
	var server *intake.Server
	if a.config.Bounces.IMAP != "" {
		box, err := intake.ParseMailbox(a.config.Bounces.IMAP)
		if err != nil {
			cancel()
			return nil, err
		}
		box.Read = a.metrics.MailboxRead
		a.metrics.ReadsMailbox(box.Folder)
		watching.Go(func() { a.intake().Watch(ctx, box, a.log) })
	}
	end = func() error {
		cancel()
		watching.Wait()
		if server == nil {
			return nil
		}
		return server.Close()
	}
	if a.config.Bounces.Listen == "" {
		return end, nil
	}
	if server, err = a.intake().Receive(a.config.Bounces.Listen, a.config.SMTP.EnvelopeDomain, a.log); err != nil {
		return nil, errors.Join(fault.New(fault.Unavailable, "bounces.listen", "what comes back cannot be received on {address}", "address", a.config.Bounces.Listen).Because(err).
			Hint("set bounces.listen in reoptin.toml to an address that no other program holds, with a port from 1024 on"), end())
	}
	a.log.Info("receiving what comes back", "address", server.Addr().String())
	return end, nil
}

// IngestBounces reads what came back from files, mboxes, folders and, for -, from in. dry changes nothing.
// Of what was read before an error everything is kept: reading it again changes nothing more. A message that cannot be dealt with
// is an error once all others are read.
func (a *App) IngestBounces(ctx context.Context, paths []string, in io.Reader, dry bool) (Ingested, error) {
	out := Ingested{Messages: []IngestedMessage{}, Effects: map[string]int{}}
	taker := a.intake()
	var first error
	for _, path := range paths {
		each := func(do func(string, []byte) error) error { return intake.EachFile(path, do) }
		if path == "-" {
			each = func(do func(string, []byte) error) error { return intake.Each(in, path, do) }
		}
		stuck, err := taker.Ingest(ctx, dry, each, out.add)
		if err != nil {
			return out, err
		}
		first = cmp.Or(first, stuck)
	}
	return out, first
}

func (i *Ingested) add(name string, taken intake.Taken) {
	m := IngestedMessage{File: name, Kind: string(taken.Kind), Recipients: []IngestedRecipient{}, More: taken.More}
	for _, r := range taken.Recipients {
		line := IngestedRecipient{Address: r.Address, Class: string(r.Meaning), Status: r.Status, Reason: r.Text, Signed: r.Signed, Effect: string(r.Effect)}
		if r.Invitation != 0 {
			id := int64(r.Invitation)
			line.Invitation = &id
		}
		m.Recipients = append(m.Recipients, line)
		i.Effects[line.Effect]++
	}
	i.Read++
	i.Messages = append(i.Messages, m)
}
