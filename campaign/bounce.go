package campaign

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// Meaning is what a message that came back says of its recipient (COMPLIANCE E.4, C.6).
type Meaning string

// The meanings.
const (
	MeansHard      Meaning = "hard"
	MeansSoft      Meaning = "soft"
	MeansDelayed   Meaning = "delayed"
	MeansDelivered Meaning = "delivered"
	MeansComplaint Meaning = "complaint"
	MeansOptOut    Meaning = "optout"
	MeansReport    Meaning = "report"
	MeansAuto      Meaning = "auto"
	MeansLeft      Meaning = "left"
)

// Notice is what one message that came back says of one of ours. Strangers write such messages: only the
// signed address proves that the writer has, or had, the message that it speaks of. A mail provider reports
// too; it has proved who it is, and so needs no more than to name the message.
type Notice struct {
	Link      LinkID // of a signed address in it; zero when it has none
	MessageID string // of the message it returns or answers, when it has no signed address
	Reporter  string // the mail provider that says so, and was checked to be it; "" for a message that came back
	Meaning   Meaning
	Genuine   bool    // it came the way bounces come: from the null sender or a server's own mailbox
	Address   Address // whom it names; "" when nobody
	Class     string  // by COMPLIANCE E.4
	Status    string
	Words     string // of the server, bounded
	Mark      string // of the message itself: the same one, read again, is one
}

// Effect is what a notice changes.
type Effect string

// The effects.
const (
	EffectNone       Effect = "none"
	EffectKnown      Effect = "known"      // it was read before, or says what is known
	EffectSettled    Effect = "settled"    // an uncertain message was sent
	EffectCounted    Effect = "counted"    // a soft bounce
	EffectSuppressed Effect = "suppressed" // a hard bounce: the mailbox is unusable
	EffectOptedOut   Effect = "opted_out"  // an objection or a complaint
	EffectReview     Effect = "review"     // the person is said to have left: the mailbox is not used until somebody has looked
)

// Noted is whom a notice concerns, and what it changes.
type Noted struct {
	Invitation InvitationID // 0: none of ours
	Effect     Effect
}

// Bounce is one message that came back not delivered. It is never changed.
type Bounce struct {
	Entry      EntryNo
	Invitation InvitationID
	Meaning    Meaning // hard, soft or left
	Class      string
	Status     string
	Words      string
	Mark       string
	At         time.Time
}

// Why an invitation of unknown outcome is known to have been sent.
const (
	cameBack   = "something came back to its signed return path"
	reportedOn = "the mail provider reported on it"
)

// Foresee says what Note would do. It changes nothing.
func (d *Desk) Foresee(ctx context.Context, n Notice) (noted Noted, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		i, err := d.noticed(r, n)
		if err != nil || i.ID == 0 {
			return err
		}
		noted.Invitation = i.ID
		noted.Effect, err = d.effect(r, i, n)
		return err
	})
	if noted.Effect == "" {
		noted.Effect = EffectNone
	}
	return noted, err
}

// Note takes in what came back: effect, ledger entry and what it settles in one Update, a no in the send
// journal too. When it returns without an error the message is dealt with and may be thrown away; the same
// message again changes nothing more. A hard bounce makes the mailbox unusable, and so does a machine that says that the person
// has left, until somebody has looked; a complaint and a written
// stop are a no to everything, a soft bounce is counted. Whatever carries a signed address, and
// whatever its mail provider reports, proves that the message left.
func (d *Desk) Note(ctx context.Context, n Notice) (Noted, error) {
	noted, err := d.Foresee(ctx, n)
	if err != nil || noted.Invitation == 0 {
		return noted, err
	}
	if n.objects() && noted.Effect != EffectNone {
		return d.noteObjection(ctx, n, noted)
	}
	var no []PersonKey
	var at time.Time
	err = d.store.Update(ctx, func(tx Tx) error {
		i, err := tx.Invitation(noted.Invitation)
		if err != nil {
			return err
		}
		if noted.Effect, err = d.effect(tx, i, n); err != nil {
			return err
		}
		no, at = nil, tx.Now()
		if n.silences(d, i) && noted.Effect != EffectNone {
			no = mailboxKeys(i.Keys)
		}
		return d.putNotice(tx, i, n, noted.Effect)
	})
	if err != nil {
		return Noted{}, err
	}
	d.points.At("bounce.after-update")
	if err := d.record(ctx, suppressRecords(no, at, SuppressBounce)...); err != nil {
		return Noted{}, fault.New(fault.Unavailable, "bounce.unsaved", "what came back could not be kept in full").Because(err).At("campaign.Note")
	}
	d.meter.CameBack(noted.Effect)
	return noted, nil
}

// noteObjection records a no like one that was given on a page.
func (d *Desk) noteObjection(ctx context.Context, n Notice, noted Noted) (Noted, error) {
	var i Invitation
	err := d.store.View(ctx, func(r Reader) (err error) {
		i, err = r.Invitation(noted.Invitation)
		return err
	})
	if err != nil {
		return Noted{}, err
	}
	kind := ByMail
	if n.Meaning == MeansComplaint {
		kind = ByComplaint
	}
	receipt, err := d.Object(ctx, i.Link, Answer{Kind: kind, Nonce: n.Mark, Reporter: n.Reporter})
	if err != nil {
		return Noted{}, err
	}
	if noted.Effect = EffectOptedOut; receipt.Repeat {
		noted.Effect = EffectKnown
	}
	d.meter.CameBack(noted.Effect)
	return noted, nil
}

func (n Notice) objects() bool { return n.Meaning == MeansComplaint || n.Meaning == MeansOptOut }

// proven reports whether a notice comes from somebody who can know.
func (n Notice) proven() bool { return n.Link != LinkID{} || n.Reporter != "" }

// noticed finds the invitation that a notice is about. Of somebody who was erased there is none.
func (d *Desk) noticed(r Reader, n Notice) (i Invitation, err error) {
	switch {
	case n.Link != LinkID{}:
		i, err = r.InvitationByLink(n.Link)
	case n.MessageID != "":
		i, err = d.InvitationNamed(r, n.MessageID)
	}
	if fault.Is(err, fault.NotFound) || i.Route == RouteLetter || i.Erased() {
		return Invitation{}, ignoring(err)
	}
	return i, err
}

// Name is what a Message-ID says that was written under one of the keys. It is the name of its invitation only if that
// has the half of its link id: an older database that was put back may give a number to somebody else.
type Name struct {
	Invitation InvitationID
	Half       [8]byte
}

func (d *Desk) namesOf(messageID string) []Name {
	if d.named == nil {
		return nil
	}
	return d.named(messageID)
}

// oldMessageID is the form of Message-IDs from which the invitation cannot be told. Such a one costs a walk through all of
// them, so it is made for no other: strangers name any.
var oldMessageID = expression.Of(`^[0-9a-f]{32}@[^\s<>@]{1,253}$`)

// InvitationNamed finds the invitation of which some message has an id; an old id must be that of the last message.
func (d *Desk) InvitationNamed(r Reader, messageID string) (Invitation, error) {
	for _, n := range d.namesOf(messageID) {
		i, err := r.Invitation(n.Invitation)
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil || [8]byte(i.Link[:8]) == n.Half:
			return i, err
		}
	}
	if !oldMessageID.MatchString(messageID) {
		return Invitation{}, fault.New(fault.NotFound, "campaign.no_message", "no message has this id").At("campaign.InvitationNamed")
	}
	return r.InvitationByMessageID(messageID)
}

func ignoring(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// effect judges a notice. Of those that prove nothing only a written stop counts: nobody but whoever got
// the message can answer it, and a no needs no more. A no that is told twice is one, also when the person said
// yes in between.
func (d *Desk) effect(r Reader, i Invitation, n Notice) (Effect, error) {
	if !n.proven() && n.Meaning != MeansOptOut {
		return EffectNone, nil
	}
	switch n.Meaning {
	case MeansComplaint, MeansOptOut:
		vs, err := d.visits(r, i.Link)
		known := false
		if v := vs[i.Link]; err == nil && v != nil {
			known, err = v.told(r, n)
		}
		if known {
			return EffectKnown, err
		}
		return EffectOptedOut, err
	case MeansHard, MeansSoft, MeansLeft:
		known, err := r.BouncesOf(i.ID)
		effect, meaning := EffectCounted, MeansSoft
		switch {
		case n.left(d, i):
			effect, meaning = EffectReview, MeansLeft
		case n.hard(d, i):
			effect, meaning = EffectSuppressed, MeansHard
		case n.Meaning == MeansLeft:
			return EffectNone, err
		}
		if saidBefore(known[i.ID], meaning, n.Mark) {
			return EffectKnown, err
		}
		return effect, err
	}
	if i.State == Uncertain || unsent(i.State) {
		return EffectSettled, nil
	}
	return EffectNone, nil
}

// mostSoft bounds the soft bounces of one invitation that are kept: whoever has its signed address may write any number.
const mostSoft = 20

// saidBefore reports whether a bounce adds nothing: it was read before, the mailbox is gone already or was looked at, or there were many. One
// notification may say of one address that it is full and of another that it is gone.
func saidBefore(known []Bounce, meaning Meaning, mark string) bool {
	soft := 0
	for _, b := range known {
		if b.Meaning == meaning && (b.Mark == mark || meaning != MeansSoft) {
			return true
		}
		if b.Meaning == MeansSoft {
			soft++
		}
	}
	return meaning == MeansSoft && soft >= mostSoft
}

// left reports whether a machine says at our signed address that the person has left (ADR 0061).
func (n Notice) left(d *Desk, i Invitation) bool {
	return n.Meaning == MeansLeft && n.Link != LinkID{} && n.concerns(d, i)
}

// silences reports whether a notice puts its mailbox on the never-write list.
func (n Notice) silences(d *Desk, i Invitation) bool { return n.left(d, i) || n.hard(d, i) }

// hard reports whether a notice takes a mailbox away. One that anybody could have sent says nothing of it.
func (n Notice) hard(d *Desk, i Invitation) bool {
	return n.Meaning == MeansHard && n.proven() && n.Genuine && n.concerns(d, i)
}

// concerns reports whether a notice is about the mailbox that was written to. One that names another address speaks of where the
// mailbox forwards to.
func (n Notice) concerns(d *Desk, i Invitation) bool {
	return n.Address == "" || strings.EqualFold(string(n.Address), string(i.Email)) ||
		slices.ContainsFunc(d.keys.Mailbox(n.Address), func(k PersonKey) bool { return slices.Contains(i.Keys, k) })
}

// told reports whether a no is on record: the last answer says it, or it was read before. A complaint is told by none but a
// complaint.
func (v *visit) told(r Reader, n Notice) (bool, error) {
	if n.Mark != "" && slices.ContainsFunc(v.answers, func(a Response) bool { return a.Nonce == n.Mark }) {
		return true, nil
	}
	if n.Meaning == MeansComplaint && !v.complained() {
		return false, nil
	}
	rows, err := r.ConsentsOf(v.invitation.Contact)
	return err == nil && v.objected(rows), err
}

func unsent(s State) bool { return s == Planned || s == Claimed || s == Withheld }

// putNotice stores what a notice changes.
func (d *Desk) putNotice(tx Tx, i Invitation, n Notice, e Effect) (err error) {
	if e == EffectNone || e == EffectKnown {
		return nil
	}
	because := cameBack
	if n.Reporter != "" {
		because = reportedOn
	}
	if i, err = d.arrives(tx, i, because); err != nil {
		return err
	}
	c, err := tx.CampaignByID(i.Campaign)
	if err != nil {
		return err
	}
	if e == EffectSettled && i.State != Uncertain { // it was withheld: its keys are taken now, and that is all
		return nil
	}
	if e == EffectSettled {
		return resolve(tx, Machine, c, i, Sent, because)
	}
	meaning, source := MeansSoft, "campaign "+c.Name
	switch e {
	case EffectSuppressed:
		meaning = MeansHard
	case EffectReview:
		meaning, source = MeansLeft, source+": said to have left"
	}
	words := hidden(n.Words, i.Email)
	no, err := tx.Append(Entry{Kind: EntryBounced, Campaign: c.ID, Contact: i.Contact, Payload: bounced{Invitation: i.ID, Campaign: c.Name, Subject: d.subject(i.Contact),
		Address: string(i.Email), HMAC: strictHex(i.Keys), MessageID: i.MessageID, Meaning: meaning, Class: n.Class, Status: n.Status, Reply: words, Mark: n.Mark, Reporter: n.Reporter, At: Instant{tx.Now()}, Program: d.program}})
	if err != nil {
		return err
	}
	if err := tx.AddBounce(Bounce{Entry: no, Invitation: i.ID, Meaning: meaning, Class: n.Class, Status: n.Status, Words: words, Mark: n.Mark, At: tx.Now()}); err != nil {
		return err
	}
	if meaning != MeansSoft {
		if _, err := tx.Suppress(no, suppressions(mailboxKeys(i.Keys), SuppressBounce, source, tx.Now())); err != nil {
			return err
		}
	}
	if err := arrived(tx, i, "bounced", no); err != nil || meaning == MeansSoft {
		return err
	}
	return d.reclassify(tx, i.Contact)
}

// hidden takes addresses out of a server's words, which are kept when the person is erased: that of the person, and whatever
// else looks like one, such as where the mailbox forwards to.
func hidden(words string, a Address) string {
	words = regexp.MustCompile("(?i)"+regexp.QuoteMeta(string(a))).ReplaceAllLiteralString(words, a.Redacted())
	return anyAddress.ReplaceAllStringFunc(words, func(found string) string {
		if strings.Contains(found, "•••") {
			return found
		}
		return Address(found).Redacted()
	})
}

var anyAddress = expression.Of(`[^\s<>()\[\],;:"'=]+@[^\s<>()\[\],;:"'=]+`)

// bounced is what the ledger keeps of a bounce.
type bounced struct {
	Invitation InvitationID `json:"invitation"`
	Campaign   string       `json:"campaign"`
	Subject    string       `json:"subject_ref"`
	Address    string       `json:"address_clear"`
	HMAC       string       `json:"address_hmac"`
	MessageID  string       `json:"message_id"`
	Meaning    Meaning      `json:"meaning"`
	Class      string       `json:"class"`
	Status     string       `json:"status,omitempty"`
	Reply      string       `json:"reply,omitempty"`
	Mark       string       `json:"report_sha256"`
	Reporter   string       `json:"reporter,omitempty"`
	At         Instant      `json:"event_time"`
	Program    string       `json:"software"`
}
