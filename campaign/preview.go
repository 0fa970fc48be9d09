package campaign

import (
	"context"

	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

// Preview is what one contact would see of a campaign that need not be stored.
func (d *Desk) Preview(ctx context.Context, f File, s Sample) (lint.Sheets, error) {
	o, err := d.Organisation(ctx)
	if err != nil {
		return lint.Sheets{}, err
	}
	if err := f.validate(o); err != nil {
		return lint.Sheets{}, err
	}
	return d.sheets.Render(Frozen{File: f, Organisation: o}, s)
}

// MadeUp is a complete made-up contact, for previews.
func MadeUp(language string) Sample { return samples(language)[0].Sample }

// SampleOf gives the values of a contact of the base, for a preview.
func (d *Desk) SampleOf(ctx context.Context, a Address) (s Sample, err error) {
	keys := d.keys.Mailbox(a)
	err = d.store.View(ctx, func(r Reader) error {
		found, err := r.ContactsByKey(keys)
		if err != nil {
			return err
		}
		for _, k := range keys { // the mailbox as written comes first
			id, ok := found[k]
			if !ok {
				continue
			}
			c, err := r.Contact(id)
			s = Sample{Language: c.Language, Email: c.Email, Values: ValuesOf(c)}
			return err
		}
		return fault.New(fault.NotFound, "contact.not_found", "there is no such contact").Hint("reoptin contacts list")
	})
	return s, err
}
