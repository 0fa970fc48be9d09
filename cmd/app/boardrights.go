package app

import (
	"context"
	"io"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
)

// WriteAccess writes everything that is held of a person, as the command does.
func (d desk) WriteAccess(ctx context.Context, by campaign.Actor, who, format string, w io.Writer) error {
	x, err := d.app.access(ctx, by, who)
	if err != nil {
		return err
	}
	return d.app.WriteAccess(w, x, format)
}

// EraseSubject takes away what is held of a person, as the command does.
func (d desk) EraseSubject(ctx context.Context, by campaign.Actor, who, because string, dry bool) (dashboard.Erasure, error) {
	e, err := d.app.eraseSubject(ctx, by, who, because, dry)
	return dashboard.Erasure{EraseResult: e.EraseResult, Copies: e.Copies}, err
}

// Retain erases what was kept long enough, as the command does.
func (d desk) Retain(ctx context.Context, by campaign.Actor, dry bool) ([]campaign.RetentionLine, error) {
	if dry {
		r, err := d.app.retain(ctx, by, true)
		return r.Rules, err
	}
	r, err := d.app.applyRetention(ctx, by)
	return r.Rules, err
}
