package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
)

// Review is what an approval would freeze, and what speaks against it.
type Review struct {
	Hash      string // of the content as it stands
	Findings  []lint.Finding
	Documents map[string]string // name → SHA-256 of what would be kept
	Blocked   int               // findings that no approval can pass
	Reasons   int               // findings that need the approver's written reason
	Changed   []string          // since the last approval, by the keys of the files; none where nothing was approved
	Grown     bool              // people came into the base since the last approval: the same content may be approved anew
	Denied    error             // why this person may not approve it, or nil
}

// Review says what approving a campaign as it stands would freeze. It changes nothing.
func (d *Desk) Review(ctx context.Context, actor Actor, name string) (Review, error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return Review{}, err
	}
	o, err := d.Organisation(ctx)
	if err != nil {
		return Review{}, err
	}
	r := Review{Changed: c.outdated(o), Denied: c.secondPerson(o, actor, actor.Name)}
	if c.Voided != nil {
		r.Changed = c.Voided.Changed
	}
	if r.Grown, err = d.grown(ctx, c); err != nil {
		return r, err
	}
	if r.Findings, err = d.LintFile(c.File, o); err != nil {
		return r, err
	}
	for _, f := range r.Findings {
		switch f.Severity {
		case lint.Error:
			r.Blocked++
		case lint.Approval:
			r.Reasons++
		}
	}
	frozen, _, err := d.freeze(c.File, o)
	r.Hash, r.Documents = frozen.Hash, frozen.Documents
	return r, err
}

// Result is how one question of a campaign was answered: people by their latest word.
type Result struct {
	Question
	Granted, Refused, Withdrawn int
}

// Results counts the answers of a campaign question by question.
func (d *Desk) Results(ctx context.Context, name string) ([]Result, error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return nil, err
	}
	var out []Result
	err = d.store.View(ctx, func(r Reader) error {
		out, err = resultsOf(r, c)
		return err
	})
	return out, err
}

func resultsOf(r Reader, c Campaign) ([]Result, error) {
	latest := map[Question]map[ContactID]Choice{}
	for after := NoEntry; ; {
		rs, err := r.ResponsePage(c.ID, after, page)
		if err != nil {
			return nil, err
		}
		if len(rs) == 0 {
			break
		}
		for _, a := range rs {
			for _, dec := range a.Decisions {
				q := Question{dec.Purpose, dec.Channel}
				if latest[q] == nil {
					latest[q] = map[ContactID]Choice{}
				}
				latest[q][a.Contact] = dec.State
			}
		}
		after = rs[len(rs)-1].Entry
	}
	var out []Result
	for _, q := range c.File.Questions() {
		res := Result{Question: q}
		for _, state := range latest[q] {
			switch state {
			case Granted:
				res.Granted++
			case Declined:
				res.Refused++
			case Withdrawn:
				res.Withdrawn++
			}
		}
		out = append(out, res)
	}
	return out, nil
}

// courseFor is how long the course of a campaign is remembered: all of its messages and answers are read for it.
const courseFor = time.Minute

// courseAt is the course of a campaign as of some time.
type courseAt struct {
	at   time.Time
	days []CourseDay
}

// Course says what happened on each day of a campaign, as of a minute ago at most.
func (d *Desk) Course(ctx context.Context, name string) (days []CourseDay, err error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	was, now := d.courses[c.ID], d.now()
	d.mu.Unlock()
	if !was.at.IsZero() && now.Sub(was.at) < courseFor {
		return slices.Clone(was.days), nil
	}
	if err = d.store.View(ctx, func(r Reader) error {
		days, err = r.Course(c.ID)
		return err
	}); err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.courses[c.ID] = courseAt{now, slices.Clone(days)}
	d.mu.Unlock()
	return days, nil
}

// Retention is how long what is held of people is kept.
func (d *Desk) Retention() Retention { return d.retention }

// WouldClose is what closing a campaign now would do.
func (r Report) WouldClose() Closing {
	n := r.Invitations
	return Closing{Silent: r.Silent(), Withheld: n[Planned] + n[Claimed]}
}
