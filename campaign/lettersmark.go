package campaign

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// Marking is what a person says of a batch.
type Marking struct {
	To        BatchState // printed, posted or lost
	Because   string     // needed for a lost one
	NotPosted bool       // of a lost one: no letter of it can have reached the post, so that all may be printed anew
}

// Marked is what a marking changed.
type Marked struct {
	Batch    Batch
	Sent     int     // letters that count as sent from now on
	Released int     // planned again
	Unknown  int     // uncertain: never printed again by the machine
	Silent   []Place // of a printed batch: whose letters are to be taken out, since they have said no
}

// letterChunk is how many letters end in one transaction.
const letterChunk = 500

// MarkBatch records what became of a batch. Posted: each of its letters is sent. Lost: each is uncertain, and planned again
// only where a named person says that none can have been posted. It may be said again after a death: what is done stays.
func (d *Desk) MarkBatch(ctx context.Context, actor Actor, id BatchID, m Marking) (Marked, error) {
	var done Marked
	var c Campaign
	var letters []Invitation
	m.Because = strings.TrimSpace(m.Because)
	err := d.store.View(ctx, func(r Reader) (err error) {
		if done.Batch, c, err = batchNumber(r, id); err == nil {
			letters, err = r.LettersOf(id)
		}
		if err == nil {
			done.Silent, err = silentOf(r, id, letters)
		}
		return err
	})
	if err != nil {
		return done, err
	}
	if err := m.fits(done.Batch); err != nil {
		return done, err
	}
	letters = slices.DeleteFunc(letters, func(i Invitation) bool { return i.State != Sending })
	switch m.To {
	case BatchPosted:
		done.Sent, err = len(letters), d.endLetters(ctx, c, done.Batch, letters, OutcomeSent, "posted")
	case BatchLost:
		err = d.loseLetters(ctx, actor, c, &done, letters, m)
	}
	if err != nil {
		return done, err
	}
	if m.To == BatchPosted || m.To == BatchLost {
		done.Silent = nil
	}
	was := done.Batch.State
	done.Batch.State = m.To
	return done, d.store.Update(ctx, func(tx Tx) error {
		if _, err := tx.Append(Entry{Kind: EntryLettersMarked, Campaign: c.ID, Payload: map[string]any{"actor": actor, "campaign": c.Name, "batch": id,
			"from": was, "to": m.To, "because": m.Because, "sent": done.Sent, "released": done.Released, "uncertain": done.Unknown}}); err != nil {
			return err
		}
		return tx.MoveBatch(id, was, m.To)
	})
}

func (m Marking) fits(b Batch) error {
	switch {
	case m.To != BatchPrinted && m.To != BatchPosted && m.To != BatchLost:
		return fault.New(fault.Invalid, "letters.mark", "a batch is marked printed, posted or lost, not {state}", "state", string(m.To))
	case m.To == BatchLost && m.Because == "":
		return fault.New(fault.Invalid, "letters.because", "say what happened to a lost batch").Hint("--because TEXT")
	case m.To == BatchPrinted && b.State != BatchClaimed, b.State != BatchClaimed && b.State != BatchPrinted:
		return closedBatch(b)
	}
	return nil
}

// silentOf are the places of those who said no, or were erased, since their letter was claimed.
func silentOf(r Reader, id BatchID, letters []Invitation) (out []Place, err error) {
	for n, i := range letters {
		erased := i.State == Uncertain && i.Erased()
		if i.State != Sending && !erased {
			continue
		}
		_, no, err := r.Suppressed(i.Keys)
		if err != nil {
			return nil, err
		}
		if no || erased {
			out = append(out, Place{id, n + 1})
		}
	}
	return out, nil
}

// endLetters ends some letters of a batch, a number of them at a time. Those that are no longer past their claim are left alone.
func (d *Desk) endLetters(ctx context.Context, c Campaign, b Batch, letters []Invitation, kind OutcomeKind, words string) error {
	for some := range slices.Chunk(letters, letterChunk) {
		ends := make([]settling, len(some))
		for n, i := range some {
			ends[n] = letterEnd(i, b.ID, kind, words)
		}
		if err := d.store.Update(ctx, func(tx Tx) error { return d.putEnds(tx, ends) }); err != nil {
			return err
		}
		var rs []Record
		for _, s := range ends {
			rs = append(rs, s.records(d.clock())...)
		}
		if err := d.record(ctx, rs...); err != nil {
			return err
		}
	}
	return nil
}

// letterEnd is how a letter ended.
func letterEnd(i Invitation, b BatchID, kind OutcomeKind, words string) settling {
	return settling{invitation: i, owner: letterOwner, message: Message{SHA256: i.MessageSHA256},
		outcome: Outcome{Kind: kind, Committed: true, Stage: "post", Reply: fmt.Sprintf("batch %d: %s", b, words)}}
}

// loseLetters ends the letters of a batch that is gone. Whoever answered has got one.
func (d *Desk) loseLetters(ctx context.Context, actor Actor, c Campaign, done *Marked, letters []Invitation, m Marking) error {
	var got, gone []Invitation
	err := d.store.View(ctx, func(r Reader) error {
		for _, i := range letters {
			rs, err := r.ResponsesOf(i.ID)
			if err != nil {
				return err
			}
			if len(rs) > 0 {
				got = append(got, i)
			} else {
				gone = append(gone, i)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := d.endLetters(ctx, c, done.Batch, got, OutcomeSent, "answered"); err != nil {
		return err
	}
	if err := d.endLetters(ctx, c, done.Batch, gone, OutcomeUncertain, "lost: "+m.Because); err != nil {
		return err
	}
	done.Sent, done.Unknown = len(got), len(gone)
	if !m.NotPosted {
		return nil
	}
	return d.releaseLetters(ctx, actor, done, m.Because)
}

// releaseLetters lets the letters of a lost batch be printed anew: a named person says that none can have been posted. It is
// the way on which any uncertain invitation is planned again.
func (d *Desk) releaseLetters(ctx context.Context, actor Actor, done *Marked, because string) error {
	var all []Invitation
	err := d.store.View(ctx, func(r Reader) (err error) {
		all, err = r.LettersOf(done.Batch.ID)
		return err
	})
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(i Invitation) bool { return i.State != Uncertain })
	for some := range slices.Chunk(all, letterChunk) {
		var rs []Record
		err := d.store.Update(ctx, func(tx Tx) error {
			rs = rs[:0]
			c, err := tx.CampaignByID(done.Batch.Campaign)
			if err != nil {
				return err
			}
			for _, i := range some {
				_, no, err := tx.Suppressed(i.Keys)
				if err != nil {
					return err
				}
				to := Planned
				if no || c.Status == Closed {
					to = Refused
				} else {
					rs = append(rs, Record{Kind: RecordReleased, Attempt: i.Attempt, Link: i.Link, At: tx.Now()})
				}
				if err := resolve(tx, actor, c, i, to, because); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done.Released, done.Unknown = done.Released+len(rs), done.Unknown-len(some)
		if err := d.record(ctx, rs...); err != nil {
			return err
		}
	}
	return nil
}
