package campaign

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Balance is what a campaign came to, for whoever did not see the base: counts, days and hashes, all as of one moment.
// It names nobody but who approved the content.
type Balance struct {
	At           time.Time
	Organisation Organisation // as it was approved
	Campaign     Campaign
	Opening      Funnel // of the base, when the campaign started
	Report       Report
	NotAsked     []End      // refused and withheld, by route and reason
	Doubts       []DoubtEnd // how invitations of unknown outcome were settled
	Results      []Result
	Days         []BalanceDay
	Usable       []Usable // who may be written to now, for what
	Base         Base     // as of the last audit
	Erased       Date     // from when on the server erases who did not answer; zero: it does not, or not yet
	Ledger       LedgerHead
}

// End counts invitations of which nobody was reached.
type End struct {
	Route  Route  `json:"route"`
	State  State  `json:"state"`
	Reason string `json:"reason"` // a short code
	People int    `json:"people"`
}

// DoubtEnd counts invitations of unknown outcome that were settled: as what, and by what.
type DoubtEnd struct {
	As          State      `json:"as"`
	By          DoubtEnder `json:"by"`
	Invitations int        `json:"invitations"`
}

// DoubtEnder is what ended a doubt.
type DoubtEnder string

// What ends a doubt.
const (
	EndedByPerson  DoubtEnder = "person"    // a named one, with a reason
	EndedByAnswer  DoubtEnder = "answer"    // the person it went to
	EndedByReturn  DoubtEnder = "came_back" // a bounce, or a report of the mail provider
	EndedByJournal DoubtEnder = "journal"   // it had the relay's answer
	EndedByTime    DoubtEnder = "time"      // thirty days without evidence
)

// BalanceDay is what happened on a day, and how many answers there were by its end.
type BalanceDay struct {
	CourseDay
	SentSoFar, AnswersSoFar int
}

// Usable is how many people a purpose and channel may be used for now, over all campaigns.
type Usable struct {
	Question
	People int
}

// LedgerHead is the ledger's size and root.
type LedgerHead struct {
	Size int64
	Root [32]byte
}

// Settlement is how some invitations of unknown outcome were settled, as the record has it.
type Settlement struct {
	To          State
	Entry       EntryKind
	Reason      string // a sentence; a person's own words where a person settled it
	Invitations int
}

// Balances reads what a balance needs beside the sums that are kept.
type Balances interface {
	Opening(CampaignID) (Funnel, error)           // whom the campaign was to ask, as the entry of its start says
	Ends(CampaignID) ([]End, error)               // refused and withheld, with the reason as it is kept
	Settlements(CampaignID) ([]Settlement, error) // of what was uncertain
	LedgerHead() (LedgerHead, error)
}

// Balance adds up what came of a campaign that was started.
func (d *Desk) Balance(ctx context.Context, name string) (b Balance, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		c, err := r.Campaign(name)
		if fault.Is(err, fault.NotFound) {
			return notFound(name)
		}
		if err != nil {
			return err
		}
		if err := c.Reportable(); err != nil {
			return err
		}
		b, err = d.balanceOf(r, c)
		return err
	})
	return b, err
}

// Reportable is fault.Conflict for a campaign of which there is nothing to report yet.
func (c Campaign) Reportable() error {
	if !c.StartedAt.IsZero() {
		return nil
	}
	return fault.New(fault.Conflict, "campaign.unstarted", "campaign {name} has not started: there is nothing to report yet", "name", c.Name).
		Hint("reoptin campaign forecast " + c.Name)
}

func (d *Desk) balanceOf(r Reader, c Campaign) (b Balance, err error) {
	b = Balance{At: r.Now(), Organisation: c.Frozen.Organisation, Campaign: c}
	if b.Opening, err = r.Opening(c.ID); err != nil {
		return b, err
	}
	if b.Report, err = figuresOf(r, c); err != nil {
		return b, err
	}
	if b.Results, err = resultsOf(r, c); err != nil {
		return b, err
	}
	days, err := r.Course(c.ID)
	if err != nil {
		return b, err
	}
	b.Days = soFar(days)
	if b.NotAsked, b.Doubts, err = endsOf(r, c.ID); err != nil {
		return b, err
	}
	if b.Usable, err = usable(r, b.Organisation); err != nil {
		return b, err
	}
	if b.Base, err = baseOf(r); err != nil {
		return b, err
	}
	if c.Status == Closed && d.retention.Silent > 0 {
		b.Erased = DateOf(c.ClosedAt.Add(d.retention.Silent))
	}
	b.Ledger, err = r.LedgerHead()
	return b, err
}

// soFar adds up days.
func soFar(days []CourseDay) []BalanceDay {
	out := make([]BalanceDay, len(days))
	sent, answers := 0, 0
	for n, d := range days {
		sent, answers = sent+d.Sent, answers+d.Answers
		out[n] = BalanceDay{d, sent, answers}
	}
	return out
}

// endsOf says of whom nobody was reached why, and how doubts ended. What a person wrote as a reason is left out: it
// may name somebody.
func endsOf(r Reader, id CampaignID) (ends []End, doubts []DoubtEnd, err error) {
	kept, err := r.Ends(id)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range kept {
		e.Reason = endReason(e)
		at := slices.IndexFunc(ends, func(o End) bool { return o.Route == e.Route && o.State == e.State && o.Reason == e.Reason })
		if at < 0 {
			ends = append(ends, e)
			continue
		}
		ends[at].People += e.People
	}
	settled, err := r.Settlements(id)
	for _, s := range settled {
		d := DoubtEnd{As: s.To, By: s.endedBy(), Invitations: s.Invitations}
		at := slices.IndexFunc(doubts, func(o DoubtEnd) bool { return o.As == d.As && o.By == d.By })
		if at < 0 {
			doubts = append(doubts, d)
			continue
		}
		doubts[at].Invitations += d.Invitations
	}
	return ends, doubts, err
}

// Why a message was refused for good, as a report says it.
const (
	refusedMailbox = "no_mailbox" // the server knows nobody of the name
	refusedMessage = "message"    // the server refused what was sent
	refusedJournal = "journal"    // the server refused, and only the send journal knew
	refusedSettled = "settled"    // a named person says that it did not arrive
)

func endReason(e End) string {
	if e.State == Withheld {
		return e.Reason
	}
	switch e.Reason {
	case "rcpt":
		return refusedMailbox
	case "mail", "data", "body", "dot":
		return refusedMessage
	case journalKnows:
		return refusedJournal
	}
	return refusedSettled
}

func (s Settlement) endedBy() DoubtEnder {
	switch {
	case s.Entry == EntryAnswered || s.Entry == EntryObjected:
		return EndedByAnswer
	case s.Entry == EntryBounced || s.Reason == cameBack || s.Reason == reportedOn:
		return EndedByReturn
	case s.Reason == journalKnows:
		return EndedByJournal
	case s.Reason == nothingCame:
		return EndedByTime
	}
	return EndedByPerson
}

// usable counts the people whose yes stands and may be used, by purpose and channel in the organisation's order.
func usable(r Reader, o Organisation) (out []Usable, err error) {
	people := map[Question]int{}
	if err := eachUsable(r, func(row ConsentRow) { people[Question{row.Purpose, row.Channel}]++ }); err != nil {
		return nil, err
	}
	for q, n := range people {
		out = append(out, Usable{q, n})
	}
	place := func(u Usable) (int, int) {
		of := slices.IndexFunc(o.Purposes, func(p Purpose) bool { return p.Key == u.Purpose })
		if of < 0 { // it was dropped since
			of = len(o.Purposes)
		}
		return of, slices.Index(channels, u.Channel)
	}
	slices.SortFunc(out, func(a, b Usable) int {
		ofA, byA := place(a)
		ofB, byB := place(b)
		return cmp.Or(cmp.Compare(ofA, ofB), cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(byA, byB))
	})
	return out, nil
}
