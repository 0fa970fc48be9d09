package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// Desk takes notice of what came back.
type Desk interface {
	Note(context.Context, campaign.Notice) (campaign.Noted, error)
	Foresee(context.Context, campaign.Notice) (campaign.Noted, error)
}

// Intake reads what came back and tells the desk. It is safe for concurrent use.
type Intake struct {
	desk  Desk
	links *link.Keys
	clock func() time.Time
}

// New makes an intake; links are the keys that sign return paths.
func New(desk Desk, links *link.Keys, clock func() time.Time) *Intake {
	return &Intake{desk: desk, links: links, clock: clock}
}

// Taken is one message as it was understood, and what it changed.
type Taken struct {
	Kind       bounce.Kind
	Recipients []Recipient
	More       bool // a person wrote more than stop
}

// Recipient is what a message says of one address.
type Recipient struct {
	bounce.Recipient
	campaign.Noted
	Signed bool // the message carries a genuine address of ours
}

// Take reads one message and, unless it is dry, tells the desk of everything in it. When it returns without
// an error the message is dealt with and may be thrown away; else nothing may be lost by trying again.
func (in *Intake) Take(ctx context.Context, raw []byte, dry bool) (_ Taken, err error) {
	defer func() { // a stranger's message does not end the process
		if r := recover(); r != nil {
			err = fault.New(fault.Internal, "intake.panic", "a message that came back cannot be read").At("intake.Take").Because(fmt.Errorf("%v\n%s", r, debug.Stack()))
		}
	}()
	r := bounce.Read(raw)
	taken := Taken{Kind: r.Kind, Recipients: []Recipient{}, More: r.More}
	id, signed := in.Genuine(r.Signed)
	for n, who := range r.Recipients {
		notices := in.notices(r, who, id, signed, mark(r, raw))
		noted := campaign.Noted{Effect: campaign.EffectNone}
		if n > 0 && !signed { // the same message ids, which were looked for with the first
			noted.Invitation, notices = taken.Recipients[0].Invitation, nil
		}
		for _, n := range notices {
			var err error
			if noted, err = in.tell(ctx, n, dry); err != nil {
				return Taken{}, err
			}
			if noted.Invitation != 0 {
				break
			}
		}
		taken.Recipients = append(taken.Recipients, Recipient{Recipient: who, Noted: noted, Signed: signed})
	}
	return taken, nil
}

// Ingest deals with every message that each gives, and has seen look at it. One that cannot be dealt with stands in nobody's way,
// unless nothing can be stored at all: stuck is why the first could not, err what ended it.
func (in *Intake) Ingest(ctx context.Context, dry bool, each func(func(name string, raw []byte) error) error, seen func(string, Taken)) (stuck, err error) {
	err = each(func(name string, raw []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		taken, err := in.Take(ctx, raw, dry)
		switch {
		case err == nil:
			seen(name, taken)
		case fault.Is(err, fault.Unavailable) || ctx.Err() != nil:
			return err
		case stuck == nil:
			stuck = fault.New(fault.KindOf(err), "intake.stuck", "a message in {file} cannot be dealt with; what else there is has been read", "file", name).At("intake.Ingest").Because(err)
		}
		return nil
	})
	return stuck, err
}

func (in *Intake) tell(ctx context.Context, n campaign.Notice, dry bool) (campaign.Noted, error) {
	if dry {
		return in.desk.Foresee(ctx, n)
	}
	noted, err := in.desk.Note(ctx, n)
	if fault.Is(err, fault.Conflict) { // the same message was read by another process in the same moment
		return in.desk.Note(ctx, n)
	}
	return noted, err
}

// Genuine is the link id of the first address that this installation signed.
func (in *Intake) Genuine(all []bounce.Signed) (campaign.LinkID, bool) {
	return in.genuine(all, map[byte]link.Purpose{link.ReturnMark[0]: link.Bounce, link.StopMark[0]: link.MailtoUnsubscribe})
}

// pages are those that a message leads to, by their names; each opens to whoever has its link, and says no.
var pages = map[byte]link.Purpose{'c': link.Form, 'u': link.OneClick}

func (in *Intake) genuine(all []bounce.Signed, purposes map[byte]link.Purpose) (campaign.LinkID, bool) {
	for _, s := range all {
		if token, err := in.links.Parse(purposes[s.Mark], s.Token, in.clock()); err == nil {
			return campaign.LinkID(token.ID), true
		}
	}
	return campaign.LinkID{}, false
}

// notices are what a report says of one recipient: under its signed address, or else under each message id
// that may be ours, the likeliest first. Some mail providers give a message another id than the one that we wrote: a person who says
// stop is also known by a link of ours in what they quote, by which anybody may say no.
func (in *Intake) notices(r bounce.Report, who bounce.Recipient, id campaign.LinkID, signed bool, mark string) (out []campaign.Notice) {
	n := campaign.Notice{Meaning: campaign.Meaning(who.Meaning), Genuine: r.Genuine(), Address: campaign.Address(who.Address), Class: string(who.Class),
		Status: who.Status, Words: who.Text, Mark: mark}
	if signed {
		n.Link = id
		return []campaign.Notice{n}
	}
	for _, message := range r.MessageIDs[:min(len(r.MessageIDs), mostIDs)] {
		n.MessageID = message
		out = append(out, n)
	}
	if id, quoted := in.genuine(r.Quoted, pages); quoted {
		n.MessageID, n.Link = "", id
		out = append(out, n)
	}
	return out
}

// mostIDs bounds how many message ids are looked up for one message.
const mostIDs = 4

// mark is the same for a message however it came: by its own id, else by all of it.
func mark(r bounce.Report, raw []byte) string {
	whole := []byte(r.ID)
	if r.ID == "" {
		whole = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	}
	sum := sha256.Sum256(whole)
	return hex.EncodeToString(sum[:])
}
