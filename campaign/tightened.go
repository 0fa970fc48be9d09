package campaign

import (
	"context"

	"github.com/reoptin/reoptin/internal/fault"
)

// Tightened is a campaign under way that would ask fewer people by another organisation.
type Tightened struct {
	Campaign string `json:"campaign"`
	Waiting  int    `json:"waiting"`  // who would be asked as it is
	Withheld int    `json:"withheld"` // of them those who would not be any more; it never asks them
}

// Tightened says which campaigns under way would withhold people if an organisation were applied, as an unsigned policy does: each
// person is judged once more when their turn comes. Nothing brings them back into the campaign.
func (d *Desk) Tightened(ctx context.Context, o Organisation) (out []Tightened, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		out = nil
		was, err := organisation(r)
		if fault.Is(err, fault.NotFound) || err == nil && alike(was, o) {
			return nil
		}
		if err != nil {
			return err
		}
		cs, err := r.CampaignList()
		if err != nil {
			return err
		}
		for _, c := range cs {
			if c.Status != Running && c.Status != Paused {
				continue
			}
			t, err := tightened(ctx, r, c, was, o)
			if err != nil {
				return err
			}
			if t.Withheld > 0 {
				out = append(out, t)
			}
		}
		return nil
	})
	return out, err
}

// tightened judges who waits in a campaign by the organisation that stands and by another.
func tightened(ctx context.Context, r Reader, c Campaign, was, is Organisation) (Tightened, error) {
	t := Tightened{Campaign: c.Name}
	for after := InvitationID(0); ; {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		page, err := r.InvitationPage(c.ID, Planned, after, auditPage)
		if err != nil || len(page) == 0 {
			return t, err
		}
		after = page[len(page)-1].ID
		good, _, err := partBy(r, c, was, page)
		if err != nil {
			return t, err
		}
		_, others, err := partBy(r, c, is, good)
		if err != nil {
			return t, err
		}
		t.Waiting, t.Withheld = t.Waiting+len(good), t.Withheld+len(others)
	}
}
