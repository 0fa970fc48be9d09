package campaign

import (
	"context"
	"io"
	"maps"

	"github.com/reoptin/reoptin/campaign/lint"
)

// Preview is what one contact would see of a campaign that need not be stored.
func (d *Desk) Preview(ctx context.Context, f File, s Sample) (lint.Sheets, error) {
	frozen, err := d.unfrozen(ctx, f)
	if err != nil {
		return lint.Sheets{}, err
	}
	return d.sheets.Render(frozen, s)
}

// PreviewLetter writes the letter that one contact would get of a campaign that need not be stored, as PDF.
func (d *Desk) PreviewLetter(ctx context.Context, w io.Writer, f File, s Sample) error {
	frozen, err := d.unfrozen(ctx, f)
	if err != nil {
		return err
	}
	return d.sheets.Letter(ctx, w, frozen, s, d.clock())
}

// unfrozen is a file that nobody approved as it would be frozen, if it can be read.
func (d *Desk) unfrozen(ctx context.Context, f File) (Frozen, error) {
	o, err := d.Organisation(ctx)
	if err != nil {
		return Frozen{}, err
	}
	return Frozen{File: f, Organisation: o}, f.validate(o)
}

// Posts reports whether a preview for a contact has a letter. Beside messages, who has no postal address gets none.
func (f File) Posts(s Sample) bool {
	return f.Letters() && (!f.Mails() || s.Values[ValueLine1] != "")
}

// MadeUp is a complete made-up contact, for previews.
func MadeUp(language string) Sample {
	s := samples(language)[0].Sample
	maps.Copy(s.Values, MadeUpPlace())
	return s
}

// MadeUpPlace is where a made-up contact lives.
func MadeUpPlace() Values {
	return Values{ValueLine1: "12 rue de l'Exemple", ValuePostcode: "75001", ValueCity: "Paris", ValueCountry: "FR"}
}

// SampleOf gives the values of a contact of the base, for a preview.
func (d *Desk) SampleOf(ctx context.Context, a Address) (s Sample, err error) {
	keys := d.keys.Mailbox(a)
	o, err := d.Organisation(ctx)
	if err != nil {
		return s, err
	}
	err = d.store.View(ctx, func(r Reader) error {
		found, err := r.KeyHolders(keys)
		if err != nil {
			return err
		}
		for _, k := range keys { // the mailbox as written comes first, and who has it now
			for _, former := range []bool{false, true} {
				for _, id := range found[k] {
					c, err := r.Contact(id)
					if err != nil {
						return err
					}
					if former || !moved(c.Email, a) {
						s = Sample{Language: c.Language, Email: c.Email, Values: PostalValuesOf(c, o.Country)}
						return nil
					}
				}
			}
		}
		return missingContact()
	})
	return s, err
}
