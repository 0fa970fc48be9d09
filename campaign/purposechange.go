package campaign

import (
	"context"

	"github.com/reoptin/reoptin/internal/fault"
)

// PurposeChange is a purpose that would be another one, or gone, with what people agreed to under it. A consent covers
// what was said when it was given (GDPR art. 4(11)): a purpose that means something else needs a key of its own.
type PurposeChange struct {
	Key      string            `json:"key"`
	Title    map[string]string `json:"title"` // as it is
	Gone     bool              `json:"gone"`
	Consents int               `json:"consents"` // that stand
}

// PurposeChanges says what applying an organisation would do to consents that stand: nothing for a purpose whose words,
// category and retention stay as they are, or to which nobody agreed. One that could not be applied is fault.Invalid.
func (d *Desk) PurposeChanges(ctx context.Context, o Organisation) (out []PurposeChange, err error) {
	if err := o.validate(d.clock()); err != nil {
		return nil, err
	}
	err = d.store.View(ctx, func(r Reader) error {
		was, err := r.Organisation()
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		out = nil
		for _, p := range was.Purposes {
			is, there := o.Purpose(p.Key)
			if !there || !alike(p, is) {
				out = append(out, PurposeChange{Key: p.Key, Title: p.Title, Gone: !there})
			}
		}
		if len(out) > 0 {
			out, err = agreedTo(r, out)
		}
		return err
	})
	return out, err
}

// agreedTo counts the consents that stand for some purposes, and leaves out those without.
func agreedTo(r Reader, list []PurposeChange) (out []PurposeChange, err error) {
	err = EachStanding(r, func(row ConsentRow) error {
		for n := range list {
			if row.State == Granted && row.Purpose == list[n].Key {
				list[n].Consents++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.Consents > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}
