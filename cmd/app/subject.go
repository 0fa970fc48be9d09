package app

import (
	"context"
	"path/filepath"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Erased is what erasing a person did, or would do.
type Erased struct {
	campaign.EraseResult
	Scrubbed bool     `json:"scrubbed"` // nothing of it can be read in the file any more
	Copies   []string `json:"copies"`   // older databases beside ours, in which it can
}

// Numbered is the text that means the contact that an erasure showed, and nobody else.
func (e Erased) Numbered() string { return campaign.Numbered(e.Contact) }

// EraseSubject takes away what is held of a person, and overwrites where it stood.
func (a *App) EraseSubject(ctx context.Context, who, because string, dry bool) (Erased, error) {
	return a.eraseSubject(ctx, Operator(), who, because, dry)
}

func (a *App) eraseSubject(ctx context.Context, by campaign.Actor, who, because string, dry bool) (e Erased, err error) {
	if e.EraseResult, err = a.Desk.Erase(ctx, by, who, because, dry); err != nil {
		return e, err
	}
	if e.Copies, err = a.copies(); err != nil || dry {
		return e, err
	}
	e.Scrubbed, err = a.scrubNow(ctx)
	return e, err
}

// copies are databases that a restore has set aside.
func (a *App) copies() ([]string, error) {
	found, err := filepath.Glob(quoteGlob(a.config.DatabaseFile()) + ".replaced-*Z")
	return append([]string{}, found...), fault.Wrap("app.copies", err)
}

// scrubNow overwrites what was erased, unless a server runs: that does it itself when nothing is sent.
func (a *App) scrubNow(ctx context.Context) (done bool, err error) {
	release, err := a.journal.Lock()
	if fault.Is(err, fault.Conflict) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = release() }()
	return a.overwrite(context.WithoutCancel(ctx))
}

// CaseLine is what one person asked for by right.
type CaseLine struct {
	ID      int64  `json:"id"`
	Contact int64  `json:"contact"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Opened  string `json:"opened_at"`
	Due     string `json:"due_at"`
	Overdue bool   `json:"overdue"`
	Closed  string `json:"closed_at"`
	Note    string `json:"note"`
	Because string `json:"because,omitempty"` // of one that was extended: why, the last time
	TellBy  string `json:"tell_by,omitempty"` // of one that was extended: the day by which the person must have been told so, and why
	Came    string `json:"came,omitempty"`    // of one that was entered by hand: how; only where cases are listed
	Proof   int64  `json:"proof"`
}

// CaseList is a page of cases.
type CaseList struct {
	Cases []CaseLine `json:"cases"`
	Next  string     `json:"next"`
}

func (a *App) caseLine(c campaign.Case) CaseLine {
	l := CaseLine{ID: int64(c.ID), Contact: int64(c.Contact), Kind: string(c.Kind), State: string(c.State), Opened: stamp(c.OpenedAt), Due: stamp(c.DueAt),
		Overdue: c.State == campaign.CaseOpen && a.clock().After(c.DueAt), Closed: stamp(c.ClosedAt), Note: c.Note, Because: c.Because, Proof: int64(c.Entry)}
	if c.Because != "" {
		l.TellBy = c.TellBy().String()
	}
	return l
}

// Cases lists what people asked for by right; all of it, or what is still to be done.
func (a *App) Cases(ctx context.Context, all bool, p Page) (CaseList, error) {
	l := CaseList{Cases: []CaseLine{}}
	after, err := p.after(0)
	if err != nil {
		return l, err
	}
	state := campaign.CaseOpen
	if all {
		state = ""
	}
	limit := p.limit()
	cs, err := a.Desk.CaseList(ctx, state, campaign.CaseID(after), limit+1)
	if err != nil {
		return l, err
	}
	if len(cs) > limit {
		cs = cs[:limit]
		l.Next = strconv.FormatInt(int64(cs[limit-1].ID), 10)
	}
	came, err := a.Desk.CameOf(ctx, cs)
	for _, c := range cs {
		line := a.caseLine(c)
		line.Came = came[c.ID]
		l.Cases = append(l.Cases, line)
	}
	return l, err
}

// OpenCase opens a case for a request that came by letter, by telephone or at the counter.
func (a *App) OpenCase(ctx context.Context, who, kind, received, note string) (CaseLine, error) {
	day, err := campaign.ParseDate(received)
	if err != nil {
		return CaseLine{}, fault.New(fault.Invalid, "case.received", "--received {day} is no day", "day", strconv.Quote(received)).Hint("write it as 2026-03-02")
	}
	c, err := a.Desk.OpenCase(ctx, Operator(), who, campaign.Arrived{Kind: campaign.CaseKind(kind), On: day, Note: note})
	return a.caseLine(c), err
}

// CloseCase says that what was asked for is done.
func (a *App) CloseCase(ctx context.Context, id, note string) (CaseLine, error) {
	n, err := caseID(id)
	if err != nil {
		return CaseLine{}, err
	}
	c, err := a.Desk.CloseCase(ctx, Operator(), n, note)
	return a.caseLine(c), err
}

func caseID(id string) (campaign.CaseID, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "case.id", "{id} is no number of a case", "id", strconv.Quote(id)).Hint("reoptin subject cases")
	}
	return campaign.CaseID(n), nil
}

// Extension is a case that was given more time, or would be.
type Extension struct {
	CaseLine
	Done bool `json:"done"` // false: it was a dry run
}

// ExtendCase says that what was asked for takes longer than a month, until when, and why.
func (a *App) ExtendCase(ctx context.Context, id, until, because string, dry bool) (x Extension, err error) {
	n, err := caseID(id)
	if err != nil {
		return x, err
	}
	day, err := campaign.ParseDate(until)
	if err != nil {
		return x, fault.New(fault.Invalid, "case.until", "--until {day} is no day", "day", strconv.Quote(until)).Hint("write it as 2026-03-02")
	}
	c, err := a.Desk.ExtendCase(ctx, Operator(), n, day, because, dry)
	return Extension{a.caseLine(c), err == nil && !dry}, err
}
