package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/mailer/maillog"
)

// Reconciliation is what the relay's log says of the uncertain invitations of a campaign.
type Reconciliation struct {
	Campaign    string           `json:"campaign"`
	Log         ReconciledLog    `json:"log"`
	Invitations []ReconciledLine `json:"invitations"`
	Next        string           `json:"next"`
}

// ReconciledLog is which log was read.
type ReconciledLog struct {
	Lines int    `json:"lines"` // of Postfix
	First string `json:"first"`
	Last  string `json:"last"`
	Ours  int    `json:"ours"` // messages in it that look like ours
}

// ReconciledLine is what is proposed for one uncertain invitation, and the lines it rests on.
type ReconciledLine struct {
	ID         int64    `json:"id"`
	Contact    int64    `json:"contact"`
	Attempt    int      `json:"attempt"`
	Since      string   `json:"since"`
	MessageID  string   `json:"message_id"`
	MessageIDs []string `json:"message_ids"` // several where only the send journal knows of the message: it was one of them
	Found      string   `json:"found"`
	Queue      string   `json:"queue"`
	At         string   `json:"at"`
	Proposal   string   `json:"proposal"` // sent, not-sent, or empty
	Why        string   `json:"why"`
	Command    string   `json:"command"` // that settles it so; empty without a proposal
	Evidence   []string `json:"evidence"`
}

// Reconcile reads the relay's log and proposes what the uncertain invitations of a campaign may be settled as. It changes
// nothing. in is read for -. zone is that of times in the log which name none; "" is this machine's.
func (a *App) Reconcile(ctx context.Context, name, path, zone string, in io.Reader, p Page) (Reconciliation, error) {
	r := Reconciliation{Campaign: name, Invitations: []ReconciledLine{}}
	where, err := time.LoadLocation(zone)
	if err != nil {
		return r, fault.New(fault.Invalid, "maillog.zone", "{zone} is no time zone", "zone", strconv.Quote(zone)).Hint("write it like --timezone Europe/Paris")
	}
	if zone == "" {
		where = time.Local
	}
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return r, err
	}
	doubts, err := a.Desk.Doubts(ctx, name)
	if err != nil {
		return r, err
	}
	part, next, err := page(p, doubts, func(d campaign.Doubt) int64 { return int64(d.ID) })
	if r.Next = next; err != nil {
		return r, err
	}
	log, err := a.readLog(ctx, path, in, c, part, where)
	if err != nil {
		return r, err
	}
	r.Log = ReconciledLog{Lines: log.Lines, First: stamp(log.First), Last: stamp(log.Last), Ours: log.Ours}
	strange, seen, err := a.strange(ctx, log)
	if err != nil {
		return r, err
	}
	for n, d := range part {
		why := strange
		if why == "" || d.Route == campaign.RouteLetter {
			why = a.Desk.NotItsLog(d, seen)
		}
		r.Invitations = append(r.Invitations, a.reconciled(c, d, log, log.Found[n], why))
	}
	return r, nil
}

// readLog reads a log and looks for some messages in it.
func (a *App) readLog(ctx context.Context, path string, in io.Reader, c campaign.Campaign, doubts []campaign.Doubt, zone *time.Location) (maillog.Log, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return maillog.Log{}, unreadableLog(path, err)
		}
		defer f.Close()
		in = f
	}
	var watches []maillog.Watch
	ours := func(string) bool { return false }
	if c.Frozen != nil {
		sender := c.Frozen.File.Sender.Address
		ours = func(id string) bool { return mailer.IsMessageID(a.links, id, sender) }
		for _, d := range doubts {
			w := maillog.Watch{MessageIDs: a.messageIDs(c, d.Invitation), To: string(d.Email), At: d.HandedOver}
			if d.MessageID != "" && !slices.Contains(w.MessageIDs, d.MessageID) {
				w.MessageIDs = append(w.MessageIDs, d.MessageID)
			}
			var err error
			if d.Route == campaign.RouteLetter {
				w = maillog.Watch{At: d.HandedOver} // which nothing is
			} else if w.Sender, w.Signed, err = a.returnPath(d, c.Frozen.File); err != nil {
				return maillog.Log{}, err
			}
			watches = append(watches, w)
		}
	}
	log, err := maillog.Read(ctx, in, watches, maillog.Options{Zone: zone, Now: a.clock(), Ours: ours})
	switch {
	case ctx.Err() != nil:
		return log, ctx.Err()
	case err != nil:
		return log, unreadableLog(path, err)
	case log.Lines == 0:
		return log, fault.New(fault.Invalid, "maillog.none", "{file} holds no line of a Postfix", "file", path).Hint("give the log of the relay in smtp.url, like /var/log/mail.log")
	}
	return log, nil
}

// returnPath is that of the relay where a message stood; without any relay, that of drafts.
func (a *App) returnPath(d campaign.Doubt, f campaign.File) (path string, signed bool, err error) {
	if a.carrier == nil {
		return a.sheets.mail.ReturnPath(d.Link, f)
	}
	return a.carrier.ReturnPath(d.Relay, d.Link, f)
}

func unreadableLog(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "maillog.missing", "there is no file {file}", "file", path).At("app.Reconcile")
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Denied, "maillog.denied", "{file} may not be read by this user", "file", path).At("app.Reconcile")
	}
	return fault.New(fault.Invalid, "maillog.unreadable", "{file} cannot be read", "file", path).At("app.Reconcile").Because(err).Hint("give the log as text, or as one whole .gz")
}

// furthest is how far the clock of a log may be from ours.
const furthest = 5 * time.Minute

// blur is how far a line may be dated before what it tells of: a log counts in seconds.
const blur = 2 * time.Second

// strange says why a log that does not show a message says nothing about it: no message that we know to have handed over
// is in it, or the times at which they stand in it are not those at which we did. "" when it is of a relay of ours; seen are those whose
// messages are in it.
func (a *App) strange(ctx context.Context, log maillog.Log) (why string, seen map[string]bool, err error) {
	var apart []time.Duration
	var certain []campaign.InvitationID
	seen = map[string]bool{}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		for _, s := range log.Seen {
			i, err := a.Desk.InvitationNamed(r, s.MessageID)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if i.State == campaign.Sent && !i.SentAt.IsZero() {
				apart, certain = append(apart, s.At.Sub(i.SentAt)), append(certain, i.ID)
			}
		}
		relays, err := r.RelaysOf(certain)
		for _, id := range certain {
			seen[relays[id]] = true
		}
		return err
	})
	if err != nil {
		return "", seen, err
	}
	if len(apart) == 0 {
		return "no message that was certainly sent is in this log; is it that of the relay in smtp.url, and of that time?", seen, nil
	}
	slices.Sort(apart)
	if far := apart[len(apart)/2]; far.Abs() > furthest {
		return "the times in the log are " + far.Round(time.Minute).String() + " from ours; say its zone with --timezone", seen, nil
	}
	return "", seen, nil
}

func (a *App) reconciled(c campaign.Campaign, d campaign.Doubt, log maillog.Log, f maillog.Found, strange string) ReconciledLine {
	t := campaign.LogTrace{Fate: campaign.LogFate(f.Fate), Queue: f.Queue, At: f.At, Silent: strange}
	if ok, why := log.Covers(d.HandedOver); !ok && strange == "" {
		t.Silent = why
	}
	t.Missing = log.Missing(d.HandedOver)
	answered := t.Fate == campaign.LogCut || t.Fate == campaign.LogRefused
	// What broke off or was refused before this try, perhaps at another relay, shows nothing of it. A refusal that names no
	// message is known by its time alone.
	if answered && (f.At.Before(d.HandedOver.Add(-blur)) || f.Queue == maillog.NoQueue && t.Silent+t.Missing != "") {
		t.Fate, t.Queue, t.At, f.Lines = campaign.LogAbsent, "", time.Time{}, nil
	}
	p, ids := t.Propose(), a.messageIDs(c, d.Invitation)
	l := ReconciledLine{ID: int64(d.ID), Contact: int64(d.Contact), Attempt: d.Attempt, Since: stamp(d.HandedOver), MessageID: likeliest(ids), MessageIDs: ids,
		Found: string(t.Fate), Queue: t.Queue, At: stamp(t.At), Proposal: p.As, Why: p.Why, Evidence: []string{}}
	if p.As != "" {
		l.Command = "reoptin campaign uncertain " + c.Name + " settle " + strconv.FormatInt(l.ID, 10) + " --as " + p.As + " --because '" + p.Because + "'"
	}
	for _, line := range f.Lines {
		l.Evidence = append(l.Evidence, masked(line, append(ids, d.MessageID)...))
	}
	return l
}

var (
	bracketed = expression.Of(`<[^<>]*@[^<>]*>`)
	token     = expression.Of(`[a-zA-Z2-7]{60}`)
	addressed = expression.Of(`[^\s<>()\[\]",;:=]+@[^\s<>()\[\]",;:=]+`)
)

// masked is a line of a log without anybody's address; a Message-ID of ours stays. A return path is a key to the answer
// of a person, and hides as well.
func masked(line string, ids ...string) string {
	hide := func(address string) string {
		if slices.Contains(ids, address) || strings.Contains(address, "•••") {
			return address
		}
		return campaign.Address(address).Redacted()
	}
	line = bracketed.ReplaceAllStringFunc(line, func(s string) string { return "<" + hide(s[1:len(s)-1]) + ">" })
	return token.ReplaceAllString(addressed.ReplaceAllStringFunc(line, hide), "•••")
}
