package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// Database and send journal that are put back together, with the whole machine for one, cannot know by themselves
// what they have forgotten. A signed head of the ledger that is kept elsewhere knows: every message and every answer
// is an entry, so a ledger that is shorter than that head, or another one at its size, is older than what happened.

// mostAnchor bounds the file of the anchor: a signed head is some lines.
const mostAnchor = 64 << 10

// forgotten is why campaigns are paused when the ledger is older than the anchor.
const forgotten = "the ledger is older than its head that is kept in anchor: database and send journal were put back together, and have forgotten who was asked since; " +
	"put the newer ones back; if they are lost, close the campaign, or resume it knowing that people may be asked twice"

// anchorGone is why campaigns are paused when the anchor is not where it was written.
const anchorGone = "the head of the ledger that is kept in anchor is not there any more, so nobody can say whether database and send journal are older than what happened; " +
	"make the file reachable and start again, or resume knowing that they are the newest"

// anchor is the head that is kept elsewhere; the zero Checkpoint when there is none, or no place for one.
func (a *App) anchor() (ledger.Checkpoint, error) {
	if a.config.Anchor == "" {
		return ledger.Checkpoint{}, nil
	}
	raw, err := readBounded(a.config.Anchor, mostAnchor)
	if errors.Is(err, os.ErrNotExist) {
		return ledger.Checkpoint{}, nil
	}
	if err != nil {
		return ledger.Checkpoint{}, unreadable(a.config.Anchor, err)
	}
	v, err := a.verifiers()
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	c, err := ledger.OpenCheckpoint(string(raw), v...)
	if err != nil {
		return c, fault.New(fault.Unavailable, "anchor.bad", "{path} is no head that this installation has signed", "path", a.config.Anchor).Because(err).
			Hint("set anchor in reoptin.toml to a file of its own; if it was damaged, remove it once you know that the ledger is whole: reoptin ledger verify")
	}
	return c, nil
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, most))
	return raw, errors.Join(err, f.Close())
}

// rolledBack reports whether the ledger is not what the anchor knows it to have been.
func (a *App) rolledBack(ctx context.Context) (bool, error) {
	c, err := a.anchor()
	if err != nil || c.Size == 0 {
		return false, err
	}
	root, there, err := a.store.RootAt(ctx, c.Size)
	return err == nil && (!there || root != c.Root), err
}

// missingAnchor reports whether a head was written to a file that is not there: a disk that is not mounted, for one.
func missingAnchor(ctx context.Context, db *store.DB, path string) (bool, error) {
	if path == "" {
		return false, nil
	}
	kept, err := db.AnchorKept(ctx)
	if err != nil || kept != path {
		return false, err
	}
	_, err = os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, unreadable(path, err)
	}
	return false, nil
}

// compareAnchor pauses what runs when the ledger is older than the anchor, or another one, or nobody can say.
func (a *App) compareAnchor(ctx context.Context) error {
	missing, err := missingAnchor(ctx, a.store, a.config.Anchor)
	if err != nil {
		return err
	}
	if missing {
		a.log.Error("the anchor is not where it was written: running campaigns are paused", "anchor", a.config.Anchor)
		return a.pauseAll(ctx, anchorGone)
	}
	old, err := a.rolledBack(ctx)
	if err != nil || !old {
		return err
	}
	a.log.Error("the ledger is older than the anchor, or another one: running campaigns are paused", "anchor", a.config.Anchor)
	return a.pauseAll(ctx, forgotten)
}

// keepAnchor copies a new head to the place that is kept elsewhere. One that knows more is never overwritten: a
// person has to look first.
func (a *App) keepAnchor(ctx context.Context, p store.Checkpoint) {
	if a.config.Anchor == "" {
		return
	}
	old, err := a.rolledBack(ctx)
	if err == nil && !old {
		err = WriteFile(a.config.Anchor, func(w io.Writer) error {
			_, err := io.WriteString(w, p.Note)
			return err
		})
		if err == nil {
			err = a.store.NoteAnchorKept(ctx, a.config.Anchor)
		}
	}
	if err != nil || old {
		a.log.Warn("the head of the ledger was not copied to the anchor", "anchor", a.config.Anchor, "older", old, "error", err)
	}
}

// anchors are all heads that are known from elsewhere than the ledger.
func (a *App) anchors() ([]ledger.Anchor, error) {
	heads, err := a.journal.Heads()
	if err != nil {
		return nil, err
	}
	c, err := a.anchor()
	if err == nil && c.Size > 0 {
		heads = append(heads, ledger.Anchor{Size: c.Size, Root: c.Root, From: "the anchor", Signed: true})
	}
	return heads, err
}

// pauseAll pauses every campaign that runs.
func (a *App) pauseAll(ctx context.Context, reason string) error {
	all, err := a.Desk.Campaigns(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Status != campaign.Running {
			continue
		}
		if err := a.Desk.Pause(ctx, campaign.Machine, c.Name, reason); err != nil {
			return fmt.Errorf("pause %s: %w", c.Name, err)
		}
	}
	return nil
}
