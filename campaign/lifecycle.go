package campaign

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

// notFound is the fault for a campaign that does not exist.
func notFound(name string) error {
	return fault.New(fault.NotFound, "campaign.not_found", "there is no campaign {name}", "name", name).Hint("reoptin campaign list")
}

// Writing is what storing a campaign did.
type Writing struct {
	Replaced bool     // there was one of the name
	Voided   []string // the keys of the file whose change took an approval back
	Approved bool     // nothing changed, and the approval stands
}

// Create stores a campaign as a draft, and replaces a draft or an approved campaign of the same
// name: any change voids an approval.
func (d *Desk) Create(ctx context.Context, actor Actor, f File) (Writing, error) {
	return d.write(ctx, actor, f, func(*Campaign) error { return nil })
}

// Mark tells a content from every other one.
func (f File) Mark() string { return digest(f) }

// Change is Create for somebody who looked at the content of a mark, or, with none, found the name free. What others wrote since
// is not replaced: that is fault.Conflict.
func (d *Desk) Change(ctx context.Context, actor Actor, f File, seen string) (Writing, error) {
	return d.write(ctx, actor, f, func(c *Campaign) error {
		switch {
		case c == nil && seen != "":
			return notFound(f.Name)
		case c != nil && c.File.Mark() != seen:
			return fault.New(fault.Conflict, "campaign.rewritten", "{writer} changed campaign {name} meanwhile; save it once more to put yours in its place, or open it anew",
				"name", f.Name, "writer", c.WrittenBy)
		}
		return nil
	})
}

// write stores a campaign, provided that what is there by its name, or nil, may be replaced.
func (d *Desk) write(ctx context.Context, actor Actor, f File, replaces func(*Campaign) error) (w Writing, err error) {
	err = d.store.Update(ctx, func(tx Tx) error {
		o, err := organisation(tx)
		if err != nil {
			return err
		}
		if err := f.validate(o); err != nil {
			return err
		}
		if _, err := d.bounds(f, o); err != nil { // a window, rate or time zone that cannot be read
			return err
		}
		c, err := tx.Campaign(f.Name)
		if fault.Is(err, fault.NotFound) {
			if err := replaces(nil); err != nil {
				return err
			}
			_, err = tx.CreateCampaign(Campaign{Name: f.Name, Status: Draft, File: f, CreatedAt: tx.Now(), WrittenBy: actor.Name})
			return err
		}
		if err != nil {
			return err
		}
		if c.Status != Draft && c.Status != Approved {
			return fault.New(fault.Conflict, "campaign.frozen", "campaign {name} is {status}; its content can no longer change", "name", f.Name, "status", c.Status).
				Hint("give the new campaign another name")
		}
		if err := replaces(&c); err != nil {
			return err
		}
		w.Replaced = true
		w.Voided, err = rewrite(tx, actor, c, f)
		w.Approved = c.Status == Approved && len(w.Voided) == 0
		return err
	})
	return w, err
}

// Campaign is one campaign by name.
func (d *Desk) Campaign(ctx context.Context, name string) (c Campaign, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		c, err = r.Campaign(name)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = notFound(name)
	}
	return c, err
}

// Campaigns are all campaigns by creation.
func (d *Desk) Campaigns(ctx context.Context) (cs []Campaign, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		cs, err = r.CampaignList()
		return err
	})
	return cs, err
}

// Delete removes a draft. Nothing else can be deleted.
func (d *Desk) Delete(ctx context.Context, actor Actor, name string) error {
	return d.onCampaign(ctx, name, func(tx Tx, c Campaign) error {
		if c.Status != Draft {
			return fault.New(fault.Conflict, "campaign.not_draft", "campaign {name} is {status}; only a draft can be deleted", "name", name, "status", c.Status).
				Hint("reoptin campaign close " + name + " ends a campaign that was started")
		}
		if err := tx.DeleteDraft(c.ID); err != nil {
			return err
		}
		// The number of a draft may be given to another: the name says which it was.
		_, err := tx.Append(Entry{Kind: EntryDeleted, Payload: map[string]any{"actor": actor, "campaign": c.Name, "written_by": c.WrittenBy}})
		return err
	})
}

// onCampaign runs an act on a named campaign in one transaction.
func (d *Desk) onCampaign(ctx context.Context, name string, act func(Tx, Campaign) error) error {
	return d.store.Update(ctx, func(tx Tx) error {
		c, err := tx.Campaign(name)
		if fault.Is(err, fault.NotFound) {
			return notFound(name)
		}
		if err != nil {
			return err
		}
		return act(tx, c)
	})
}

// approval is what the ledger keeps of an approval (COMPLIANCE B.2 rows 36 to 38).
type approval struct {
	Actor     Actor             `json:"actor"`
	Campaign  string            `json:"campaign"`
	By        string            `json:"by"`
	WrittenBy string            `json:"written_by,omitempty"`
	Because   string            `json:"because,omitempty"`
	Content   string            `json:"content_sha256"`
	Frozen    *Frozen           `json:"frozen"`
	Lint      lintRecord        `json:"lint"`
	Documents map[string]string `json:"documents"`
	Program   string            `json:"software"`
}

type lintRecord struct {
	Ruleset  string         `json:"ruleset_version"`
	Result   string         `json:"result_sha256"`
	Findings []lint.Finding `json:"findings,omitempty"`
}

// Approval is the outcome of Approve.
type Approval struct {
	Hash     string
	Findings []lint.Finding
	Already  bool // this very content was approved before
}

// Approve lints a draft and freezes it under its hash. Errors block; findings that need the
// approver's reason block without one.
func (d *Desk) Approve(ctx context.Context, actor Actor, name, by, because string) (Approval, error) {
	return d.approve(ctx, actor, name, by, because, func(string) error { return nil })
}

// ApproveSeen is Approve for somebody who looked at the content of a hash, as Review gives it. Another one, however short a while
// ago it was saved, is not approved: that is fault.Conflict.
func (d *Desk) ApproveSeen(ctx context.Context, actor Actor, name, by, because, seen string) (Approval, error) {
	return d.approve(ctx, actor, name, by, because, func(hash string) error {
		if hash == seen {
			return nil
		}
		return fault.New(fault.Conflict, "campaign.unseen", "the content changed after it was looked at; look at it again")
	})
}

func (d *Desk) approve(ctx context.Context, actor Actor, name, by, because string, seen func(hash string) error) (Approval, error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return Approval{}, err
	}
	o, err := d.Organisation(ctx)
	if err != nil {
		return Approval{}, err
	}
	if c.Status != Draft && c.Status != Approved {
		return Approval{}, fault.New(fault.Conflict, "campaign.started", "campaign {name} is {status}; it was approved before it started", "name", name, "status", c.Status)
	}
	if err := c.File.validate(o); err != nil {
		return Approval{}, err
	}
	if err := errors.Join(d.over(c, o), c.secondPerson(o, actor, by)); err != nil {
		return Approval{}, err
	}
	findings, err := d.LintFile(c.File, o)
	if err != nil {
		return Approval{}, err
	}
	if err := blocking(findings, name, because); err != nil {
		return Approval{Findings: findings}, err
	}
	frozen, docs, err := d.freeze(c.File, o)
	if err != nil {
		return Approval{}, err
	}
	if err := seen(frozen.Hash); err != nil {
		return Approval{}, err
	}
	grown, err := d.grown(ctx, c)
	if err != nil {
		return Approval{}, err
	}
	a := Approval{Hash: frozen.Hash, Findings: findings, Already: c.Status == Approved && c.Frozen != nil && c.Frozen.Hash == frozen.Hash && !grown}
	if a.Already {
		return a, nil
	}
	return a, d.store.Update(ctx, func(tx Tx) error { return d.putApproval(tx, actor, c, frozen, docs, by, because, findings) })
}

// grown reports whether people came into the base after a campaign was approved: then the same content may be
// approved anew, for whoever approves answers for whom it goes to.
func (d *Desk) grown(ctx context.Context, c Campaign) (grown bool, err error) {
	if c.Status != Approved {
		return false, nil
	}
	err = d.store.View(ctx, func(r Reader) error {
		first, err := r.FirstMadeAfter(c.ApprovedAt)
		grown = first != 0
		return err
	})
	return grown, err
}

func (d *Desk) putApproval(tx Tx, actor Actor, read Campaign, f Frozen, docs []Document, by, because string, findings []lint.Finding) error {
	now, err := tx.CampaignByID(read.ID)
	if err != nil {
		return err
	}
	if digest(now.File) != digest(read.File) || now.Status != read.Status {
		return fault.New(fault.Conflict, "campaign.changed", "campaign {name} was changed while it was being approved", "name", read.Name).
			Hint("reoptin campaign show " + read.Name)
	}
	if now.Status == Approved { // content of the organisation changed since: back to draft first
		if err := tx.PutDraft(now.ID, now.File, now.WrittenBy); err != nil {
			return err
		}
	}
	no, err := tx.Append(Entry{Kind: EntryApproved, Campaign: read.ID, Payload: approval{Actor: actor, Campaign: read.Name, By: by, WrittenBy: now.WrittenBy, Because: because,
		Content: f.Hash, Frozen: &f, Documents: f.Documents, Program: d.program,
		Lint: lintRecord{Ruleset: lint.RulesetVersion(), Result: digest(findings), Findings: findings}}})
	if err != nil {
		return err
	}
	for _, doc := range docs {
		if err := tx.PutDocument(no, doc); err != nil {
			return err
		}
	}
	return tx.Freeze(read.ID, f, by)
}

// freeze renders everything people will see and hashes the whole.
func (d *Desk) freeze(f File, o Organisation) (Frozen, []Document, error) {
	frozen := Frozen{File: f, Organisation: o}
	docs, err := d.sheets.Documents(frozen)
	if err != nil {
		return frozen, nil, err
	}
	frozen.Documents = map[string]string{}
	for _, doc := range docs {
		frozen.Documents[doc.Name] = doc.SHA256
	}
	frozen.Hash = digest(frozen)
	return frozen, docs, nil
}

// digest is the SHA-256 (hex) of a value's JSON, whose keys encoding/json writes in a fixed order.
func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("campaign: a value of our own does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// blocking says whether findings stop a launch.
func blocking(fs []lint.Finding, name, because string) error {
	count := func(s lint.Severity) (n int) {
		for _, f := range fs {
			if f.Severity == s {
				n++
			}
		}
		return n
	}
	if n := count(lint.Error); n > 0 {
		text := "{n} findings block the launch"
		if n == 1 {
			text = "{n} finding blocks the launch"
		}
		return fault.New(fault.Invalid, "lint.errors", text, "n", n).Hint("reoptin campaign lint " + name + " shows each with what to do")
	}
	if n := count(lint.Approval); n > 0 && because == "" {
		text := "{n} findings need the approver's written reason"
		if n == 1 {
			text = "{n} finding needs the approver's written reason"
		}
		return fault.New(fault.Invalid, "lint.approval", text, "n", n).Hint("--because TEXT")
	}
	return nil
}

// Pause stops a running campaign from claiming and committing. What is past the dot is waited for.
func (d *Desk) Pause(ctx context.Context, actor Actor, name, reason string) error {
	return d.onCampaign(ctx, name, func(tx Tx, c Campaign) error {
		if err := c.in(Running); err != nil {
			return err
		}
		return pauseNow(tx, actor, c, reason)
	})
}

// Resume lets a paused campaign go on. Whoever resumes has seen how it stands: the stop rules count anew. When so much came back while it
// was paused that it would be stopped for that, it stays paused and says so; whoever resumes it once more knows.
func (d *Desk) Resume(ctx context.Context, actor Actor, name string) error {
	var stays error
	err := d.onCampaign(ctx, name, func(tx Tx, c Campaign) error {
		stays = nil
		if err := c.in(Paused); err != nil {
			return err
		}
		reason, err := d.overheard(tx, c)
		if err != nil {
			return err
		}
		if reason != "" {
			stays = fault.New(fault.Conflict, "campaign.stays_paused", "campaign {name} stays paused, for what came back meanwhile: {why}; resume it once more to go on all the same", "name", name, "why", reason).
				Hint("reoptin campaign status " + name)
			return nil
		}
		return moveNow(tx, actor, c, Running, EntryResumed, "")
	})
	if err != nil || stays != nil {
		return cmp.Or(err, stays)
	}
	d.relays.forget()
	return nil
}

// in is a fault unless a campaign has a status.
func (c Campaign) in(want Status) error {
	if c.Status == want {
		return nil
	}
	return fault.New(fault.Conflict, "campaign.status", "campaign {name} is {status}, not {from}", "name", c.Name, "status", c.Status, "from", want).
		Hint("reoptin campaign status " + c.Name)
}

// pauseNow pauses a campaign that runs.
func pauseNow(tx Tx, actor Actor, c Campaign, reason string) error {
	return moveNow(tx, actor, c, Paused, EntryPaused, reason)
}

func moveNow(tx Tx, actor Actor, c Campaign, to Status, kind EntryKind, reason string) error {
	if _, err := tx.Append(Entry{Kind: kind, Campaign: c.ID, Payload: pausing(actor, c, reason)}); err != nil {
		return err
	}
	if err := tx.MoveCampaign(c.ID, c.Status, to); err != nil {
		return err
	}
	w := Waiting{}
	if to == Paused {
		w = Waiting{For: "paused", Reason: reason}
	} else if err := errors.Join(tx.ForgetEnds(c.ID), endCanary(tx, c), begin(tx, c)); err != nil {
		return err
	}
	return tx.SetWaiting(c.ID, w)
}

// pausing is what the ledger keeps of a pause and of its end.
func pausing(actor Actor, c Campaign, reason string) map[string]any {
	return map[string]any{"actor": actor, "campaign": c.Name, "reason": reason}
}

// Closing is what closing a campaign did.
type Closing struct {
	Withheld int // never asked: nothing was sent to them
	Silent   int // asked and did not answer: silence is a no
}

// Close ends a campaign: whoever was not asked is withheld, and silence becomes a no.
func (d *Desk) Close(ctx context.Context, actor Actor, name string) (Closing, error) {
	var done Closing
	err := d.onCampaign(ctx, name, func(tx Tx, c Campaign) error {
		if c.Status != Running && c.Status != Paused {
			return fault.New(fault.Conflict, "campaign.not_running", "campaign {name} is {status}; only a started campaign can be closed", "name", name, "status", c.Status).
				Hint("reoptin campaign status " + name)
		}
		if err := tx.MoveCampaign(c.ID, c.Status, Closed); err != nil {
			return err
		}
		if err := tx.SetWaiting(c.ID, Waiting{}); err != nil {
			return err
		}
		var err error
		if done.Withheld, err = tx.WithholdPlanned(c.ID, WithheldClosed); err != nil {
			return err
		}
		tally, err := tx.Tally(c.ID)
		if err != nil {
			return err
		}
		no, err := tx.Append(Entry{Kind: EntryClosed, Campaign: c.ID, Payload: map[string]any{"actor": actor, "campaign": name,
			"deadline": c.File.Schedule.Deadline, "invitations": tally.Invitations, "answered": tally.People, "withheld": done.Withheld}})
		if err != nil {
			return err
		}
		if done.Silent, err = tx.Silence(no, c.ID); err != nil {
			return err
		}
		today := DateOf(tx.Now())
		return saveAudit(ctx, tx, Machine, today, newCount(today))
	})
	return done, err
}

// deadline is the last instant at which a yes counts: the end of the deadline day where the
// organisation is.
func deadline(f File, l Limits) time.Time {
	return f.Schedule.Deadline.AddDays(1).In(l.Location)
}
