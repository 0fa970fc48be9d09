package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Letters go through the same machine as messages. What for a message is the moment before its dot is for letters the
// moment before the file of a batch exists: planned people are claimed with all their keys and go to sending, and the send
// journal knows of it; then the file is written. Whether it was, and what became of it, no machine can see: the batch is
// printed again under its number as often as need be, until a person says that it was posted (each letter is sent) or lost.
// No sender touches a letter, also not when it starts: only the acts in this file do.

// BatchID numbers a batch of letters; it is printed on each.
type BatchID int64

// BatchState is what is known of a batch.
type BatchState string

// The states of a batch: claimed → printed → posted, and lost from either of the first two.
const (
	BatchClaimed BatchState = "claimed" // whether a file was written is not known
	BatchPrinted BatchState = "printed" // a person has it on paper
	BatchPosted  BatchState = "posted"
	BatchLost    BatchState = "lost"
)

// Window is where the address stands on the paper.
type Window string

// The windows: DIN 5008 form B on the left, NF Z 10-011 on the right, and US Letter in a number 10 envelope.
const (
	WindowDIN Window = "din"
	WindowNF  Window = "nf"
	WindowUS  Window = "us"
)

// Windows are all windows.
func Windows() []Window { return []Window{WindowDIN, WindowNF, WindowUS} }

// WindowFor is the one that envelopes have where somebody posts.
func WindowFor(country string) Window {
	switch country {
	case "FR", "MC":
		return WindowNF
	case "US", "CA", "MX", "PR":
		return WindowUS
	}
	return WindowDIN
}

// Batch is a number of letters that are printed and posted together.
type Batch struct {
	ID       BatchID
	Campaign CampaignID
	State    BatchState
	Window   Window
	Letters  int
	At       time.Time // when it was claimed: the date on the letters
	MovedAt  time.Time // to its state
}

// LetterReader reads what stands in letters.
type LetterReader interface {
	// LettersDue gives planned letters of a campaign whose time has come, those heard from last first, behind one of
	// them; nil: from the first.
	LettersDue(c CampaignID, behind *Invitation, n int) ([]Invitation, error)
	LetterStates(CampaignID) (map[State]int, error) // how many letters stand where
	Batch(BatchID) (Batch, error)
	Batches(CampaignID) ([]Batch, error)                       // by number
	LastBatch() (BatchID, error)                               // the highest number; 0: there is none
	LettersOf(BatchID) ([]Invitation, error)                   // in the order in which they are printed
	BatchesOf(...InvitationID) (map[InvitationID]Place, error) // where letters were printed last
}

// Place is where a letter stands in a batch, from 1.
type Place struct {
	Batch BatchID
	N     int
}

// LetterWriter claims letters.
type LetterWriter interface {
	// ClaimLetters is Claim for some letters by number: those still planned, with all their keys.
	ClaimLetters(ids []InvitationID, owner string) ([]Invitation, error)
	// AddBatch gives a batch the number after the last one, and after its own: that of a later one which the store has forgotten.
	AddBatch(b Batch, letters []InvitationID) (BatchID, error)
	MoveBatch(id BatchID, from, to BatchState) error // compare-and-set
}

// letterOwner holds every letter past its claim. Batches keep apart who prints them.
const letterOwner = "letters"

// Typesetter makes letters.
type Typesetter interface {
	// Proof composes a letter in full, so that nothing can fail later, and gives the SHA-256 (hex) of what it says and
	// the digest of its typed code. What keeps a letter from being printed, such as a missing line of its address, is fault.Invalid.
	Proof(Invitation, Content, Window) (sha256 string, code CodeDigest, err error)
	// Codes are those that letters with this link may have carried: of each key for links that there is.
	Codes(LinkID) []CodeDigest
}

// Unprintable is somebody whose letter cannot be printed, and why.
type Unprintable struct {
	Invitation InvitationID
	Contact    ContactID
	Err        error
}

// LetterOrder is what somebody wants printed.
type LetterOrder struct {
	Campaign string
	Window   Window // "": that of the organisation's country
	Most     int    // letters; 0: as many as a batch may have
	Skip     bool   // leave out whose letter cannot be printed; else nothing is claimed
}

// mostLetters bounds a batch.
const mostLetters = 20000

// Printing is a batch with all that is printed of it.
type Printing struct {
	Batch    Batch
	Campaign Campaign
	Content  Content
	Letters  []Invitation
	Places   map[InvitationID]int
	Bad      []Unprintable // left out of a new batch
	Silent   []Invitation  // left out of one that is printed again: they said no meanwhile
}

// ClaimLetters makes the next batch of a campaign: audits each person again, composes each letter, then claims all of them
// and writes that to the send journal. When it returns a printing, the file may be written.
func (d *Desk) ClaimLetters(ctx context.Context, actor Actor, o LetterOrder) (Printing, error) {
	var p Printing
	c, err := d.Campaign(ctx, o.Campaign)
	if err != nil {
		return p, err
	}
	if err := d.Printable(c); err != nil {
		return p, err
	}
	if o.Window == "" {
		o.Window = WindowFor(c.Frozen.Organisation.Country)
	}
	if !slices.Contains(Windows(), o.Window) {
		return p, fault.New(fault.Invalid, "letters.window", "{window} is no window; there are din, nf and us", "window", string(o.Window))
	}
	if p.Content, err = d.content(ctx, c); err != nil {
		return p, err
	}
	chosen, err := d.chooseLetters(ctx, c, o, &p)
	if err != nil {
		return p, err
	}
	if len(p.Bad) > 0 && !o.Skip {
		return p, fault.New(fault.Invalid, "letters.unprintable", "{n} letters cannot be printed; nothing was claimed", "n", len(p.Bad)).
			Hint("correct them in the base and import it again, or leave them out with --skip")
	}
	if len(chosen) == 0 {
		return p, noLetter(c)
	}
	known, err := d.lettersJournalled(ctx)
	if err != nil {
		return p, err
	}
	p.Batch = Batch{ID: known.batch, Campaign: c.ID, State: BatchClaimed, Window: o.Window}
	if err := d.store.Update(ctx, func(tx Tx) error { return d.claimBatch(tx, actor, c, chosen, &p) }); err != nil {
		return p, err
	}
	if len(p.Letters) == 0 {
		return p, noLetter(c)
	}
	d.points.At("letters.after-claim")
	p.Campaign = c
	return p, d.journalLetters(ctx, known, p)
}

func noLetter(c Campaign) error {
	return fault.New(fault.NotFound, "letters.none", "campaign {name} has no letter to print", "name", c.Name).Hint("reoptin campaign letters " + c.Name + " --list shows the batches there are")
}

// Printable says why a campaign's letters cannot be printed now, if they cannot.
func (d *Desk) Printable(c Campaign) error {
	now := d.clock()
	switch {
	case !c.File.Letters():
		return fault.New(fault.Invalid, "letters.route", "campaign {name} asks nobody by post", "name", c.Name).Hint("audience.routes in its file names \"letter\" where it does")
	case c.Status != Running:
		return fault.New(fault.Conflict, "letters.status", "campaign {name} is {status}; letters are printed while it runs", "name", c.Name, "status", c.Status).
			Hint("reoptin campaign status " + c.Name)
	case now.Before(c.File.Schedule.Start):
		return fault.New(fault.Conflict, "letters.start", "campaign {name} starts at {start}; no letter is printed before", "name", c.Name, "start", c.File.Schedule.Start.Format(time.RFC3339))
	}
	return d.Answerable(c)
}

// Answerable is fault.Invalid when whoever got a letter now could not say yes any more.
func (d *Desk) Answerable(c Campaign) error {
	past, err := d.past(c.File, c.Frozen.Organisation)
	if err != nil || !past && c.Status != Closed {
		return err
	}
	return fault.New(fault.Invalid, "letters.past", "the last day to answer campaign {name}, {deadline}, is over; no letter of it is printed any more", "name", c.Name, "deadline", c.File.Schedule.Deadline).
		Hint("reoptin campaign letters " + c.Name + " --list shows the batches there are")
}

// proofed is a letter that can be printed.
type proofed struct {
	invitation Invitation
	sha256     string
	code       CodeDigest
}

// chooseLetters looks at who is due: withholds who is no longer to be asked, and composes the letters of the others.
func (d *Desk) chooseLetters(ctx context.Context, c Campaign, o LetterOrder, p *Printing) (chosen []proofed, err error) {
	most := min(max(o.Most, 0), mostLetters)
	if most == 0 {
		most = mostLetters
	}
	var behind *Invitation
	for len(chosen) < most {
		var due, good, others []Invitation
		err := d.store.View(ctx, func(r Reader) (err error) {
			if due, err = r.LettersDue(c.ID, behind, min(page, most-len(chosen))); err == nil && len(due) > 0 {
				good, others, err = part(r, c, due)
			}
			return err
		})
		if err != nil || len(due) == 0 {
			return chosen, err
		}
		behind = &due[len(due)-1]
		if err := d.withholdOthers(ctx, others); err != nil {
			return nil, err
		}
		for _, i := range good {
			sha, code, err := d.letters.Proof(i, p.Content, o.Window)
			switch {
			case fault.Is(err, fault.Invalid):
				p.Bad = append(p.Bad, Unprintable{i.ID, i.Contact, err})
			case err != nil:
				return nil, err
			default:
				chosen = append(chosen, proofed{i, sha, code})
			}
		}
	}
	return chosen, nil
}

// withholdOthers withholds who is no longer to be asked, unless that happened meanwhile.
func (d *Desk) withholdOthers(ctx context.Context, others []Invitation) error {
	if len(others) == 0 {
		return nil
	}
	return d.store.Update(ctx, func(tx Tx) error {
		for _, i := range others {
			if err := tx.Withhold(i.ID, WithheldAudience); err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
		return nil
	})
}

// claimBatch claims letters and brings them past the point of no return, with their batch and its entry.
func (d *Desk) claimBatch(tx Tx, actor Actor, c Campaign, chosen []proofed, p *Printing) error {
	ids, of := make([]InvitationID, len(chosen)), make(map[InvitationID]*proofed, len(chosen))
	for n := range chosen {
		ids[n], of[chosen[n].invitation.ID] = chosen[n].invitation.ID, &chosen[n]
	}
	claimed, err := tx.ClaimLetters(ids, letterOwner)
	if err != nil {
		return err
	}
	if len(claimed) == 0 { // all were withheld on the way, or claimed by somebody else
		p.Letters = nil
		return nil
	}
	ms := make([]Message, len(claimed))
	p.Letters, p.Places, ids = claimed, make(map[InvitationID]int, len(claimed)), ids[:0]
	for n, i := range claimed {
		ms[n] = Message{Invitation: i.ID, Attempt: i.Attempt, SHA256: of[i.ID].sha256}
		p.Places[i.ID], ids = n+1, append(ids, i.ID)
		if err := tx.PutCode(i.ID, of[i.ID].code); err != nil {
			return err
		}
	}
	won, err := tx.Commit(letterOwner, ms)
	if err == nil && len(won) != len(ms) {
		err = fault.New(fault.Conflict, "letters.taken", "somebody else has claimed these letters meanwhile")
	}
	if err != nil {
		return err
	}
	for n := range p.Letters {
		p.Letters[n].State, p.Letters[n].MessageSHA256 = Sending, ms[n].SHA256
	}
	p.Batch.Letters, p.Batch.At, p.Batch.MovedAt = len(ids), tx.Now(), tx.Now()
	if p.Batch.ID, err = tx.AddBatch(p.Batch, ids); err != nil {
		return err
	}
	_, err = tx.Append(Entry{Kind: EntryLettersClaimed, Campaign: c.ID, Payload: map[string]any{"actor": actor, "campaign": c.Name, "batch": p.Batch.ID,
		"letters": len(ids), "window": p.Batch.Window, "content_sha256": c.Frozen.Hash}})
	return err
}

// journalled is what the send journal knows of letters.
type journalled struct {
	attempts map[LinkID]int
	batch    BatchID // the last one
}

func (d *Desk) lettersJournalled(ctx context.Context) (journalled, error) {
	known := journalled{attempts: map[LinkID]int{}}
	if d.journal == nil {
		return known, d.record(ctx, Record{})
	}
	err := d.journal.Replay(func(r Record) error {
		switch r.Kind {
		case RecordIntent:
			known.attempts[r.Link] = max(known.attempts[r.Link], r.Attempt)
		case RecordBatch:
			known.batch = max(known.batch, r.batch())
		}
		return nil
	})
	return known, err
}

// journalLetters lets the send journal know who is being asked by post, and under which number, as far as it does not.
func (d *Desk) journalLetters(ctx context.Context, known journalled, p Printing) error {
	var rs []Record
	if p.Batch.ID > known.batch {
		rs = append(rs, batchRecord(p.Batch.ID, d.clock()))
	}
	for _, i := range p.Letters {
		if known.attempts[i.Link] < i.Attempt {
			rs = append(rs, spread(Record{Kind: RecordIntent, Attempt: i.Attempt, Link: i.Link, At: d.clock()}, i.Keys)...)
		}
	}
	return d.record(ctx, rs...)
}

// batchNumber is one batch with its campaign.
func batchNumber(r Reader, id BatchID) (Batch, Campaign, error) {
	b, err := r.Batch(id)
	if fault.Is(err, fault.NotFound) {
		return b, Campaign{}, fault.New(fault.NotFound, "letters.no_batch", "there is no batch {id}", "id", int64(id)).Hint("reoptin campaign letters NAME --list shows the batches there are")
	}
	if err != nil {
		return b, Campaign{}, err
	}
	c, err := r.CampaignByID(b.Campaign)
	return b, c, err
}

// PrintAgain gives a batch of a campaign to print once more under its number: the same letters with the same codes. Whoever said no
// meanwhile is left out, and becomes uncertain: an earlier print may have been posted.
func (d *Desk) PrintAgain(ctx context.Context, actor Actor, name string, id BatchID) (Printing, error) {
	var p Printing
	err := d.store.View(ctx, func(r Reader) (err error) {
		if p.Batch, p.Campaign, err = batchNumber(r, id); err != nil {
			return err
		}
		if p.Campaign.Name != name {
			return fault.New(fault.Invalid, "letters.foreign", "batch {id} is of campaign {name}", "id", int64(id), "name", p.Campaign.Name)
		}
		if p.Batch.State != BatchClaimed && p.Batch.State != BatchPrinted {
			return closedBatch(p.Batch)
		}
		if err := d.Answerable(p.Campaign); err != nil {
			return err
		}
		all, err := r.LettersOf(id)
		if err != nil {
			return err
		}
		p.Places = make(map[InvitationID]int, len(all))
		for n, i := range all {
			p.Places[i.ID] = n + 1
			_, no, err := r.Suppressed(i.Keys)
			switch {
			case err != nil:
				return err
			case i.State == Sending && no:
				p.Silent = append(p.Silent, i)
			case i.State == Sending:
				p.Letters = append(p.Letters, i)
			}
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	if err := d.endLetters(ctx, p.Campaign, p.Batch, p.Silent, OutcomeUncertain, "said no before it was posted"); err != nil {
		return p, err
	}
	if p.Content, err = d.content(ctx, p.Campaign); err != nil {
		return p, err
	}
	if err := d.keepCodes(ctx, actor, p); err != nil {
		return p, err
	}
	known, err := d.lettersJournalled(ctx)
	if err != nil {
		return p, err
	}
	return p, d.journalLetters(ctx, known, p)
}

// keepCodes lets the codes that are about to be printed open the forms: they are others where the key of links was changed.
func (d *Desk) keepCodes(ctx context.Context, actor Actor, p Printing) error {
	codes := make(map[InvitationID]CodeDigest, len(p.Letters))
	for _, i := range p.Letters {
		_, code, err := d.letters.Proof(i, p.Content, p.Batch.Window)
		if err != nil {
			return err
		}
		codes[i.ID] = code
	}
	return d.store.Update(ctx, func(tx Tx) error {
		for id, code := range codes {
			if err := tx.PutCode(id, code); err != nil {
				return err
			}
		}
		_, err := tx.Append(Entry{Kind: EntryLettersAgain, Campaign: p.Campaign.ID, Payload: map[string]any{"actor": actor, "campaign": p.Campaign.Name, "batch": p.Batch.ID,
			"letters": len(p.Letters), "left_out": len(p.Silent), "window": p.Batch.Window}})
		return err
	})
}

func closedBatch(b Batch) error {
	return fault.New(fault.Conflict, "letters.over", "batch {id} is {state}", "id", int64(b.ID), "state", string(b.State)).Hint("reoptin campaign letters NAME --list shows what can be done with which")
}

// Batches lists the batches of a campaign.
func (d *Desk) Batches(ctx context.Context, name string) (bs []Batch, err error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return nil, err
	}
	err = d.store.View(ctx, func(r Reader) error {
		bs, err = r.Batches(c.ID)
		return err
	})
	return bs, err
}

// LettersLeft is how many letters of a campaign were not claimed yet.
func (d *Desk) LettersLeft(ctx context.Context, name string) (n int, err error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return 0, err
	}
	err = d.store.View(ctx, func(r Reader) error {
		states, err := r.LetterStates(c.ID)
		n = states[Planned]
		return err
	})
	return n, err
}
