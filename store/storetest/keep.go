package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// unaskedListed: who may not be asked is listed by the verdict that counts, unless something else speaks for keeping them.
func unaskedListed(t *testing.T, h Harness) {
	b := judgedCrowd(t, h)
	day := campaign.NewDate(2026, 3, 1)
	b.all(day, func(id campaign.ContactID) int { return int(id) % 4 })
	b.alone(map[campaign.ContactID]campaign.Verdict{ // over what stands in the blocks, and where nothing stands any more
		2: as(0, day.AddDays(1)), 4: as(3, day.AddDays(1)), 6: as(2, day.AddDays(1)), 11: {}, 1298: as(1, day.AddDays(1))})
	c := b.running("printemps")
	for _, id := range []campaign.ContactID{700, 703, 704, 706} {
		b.plan(c, id, keys(fmt.Sprint(id), fmt.Sprint(id))...)
	}
	var want []campaign.ContactID
	for id := campaign.ContactID(1); id <= 1300; id++ {
		if b.want[id].Class == campaign.OptedOut && id != 703 && id != 706 {
			want = append(want, id)
		}
	}
	b.view(func(r campaign.Reader) error {
		got, err := unaskedOf(r)
		same(t, want, got)
		return err
	})
	b.check(day)
}

// askedListed: who was asked and is to be erased is listed by the verdict that counts, wherever it stands, page by page. A no counts as it
// stands now, whatever it took back, and by whichever way it came.
func askedListed(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	ids := map[string]campaign.ContactID{}
	yes, no, back := campaign.Granted, campaign.Declined, campaign.Withdrawn
	answers := map[string][][]campaign.Choice{"no": {{no}}, "no-own": {{no}}, "may": {{no}}, "withdrew": {{yes, no}, {back, no}}, "one-left": {{yes, yes}, {back}},
		"again": {{yes}, {back}, {yes}}, "told": {{yes}}, "just-told": {{yes}}, "agrees": {{yes}}, "some": {{yes, no}, {back}}}
	for _, name := range []string{"silent", "doubtful", "own", "freed", "never", "no", "no-own", "may", "withdrew", "one-left", "again", "told", "just-told", "agrees", "some"} {
		i := w.asked(c, name)
		ids[name] = i.Contact
		for n, states := range answers[name] {
			w.answer(i, fmt.Sprint(name, n), fmt.Sprint(name, n), states...)
		}
	}
	w.suppress(false, keys("told", "told")...)
	w.move(c, campaign.Running, campaign.Closed, campaign.EntryClosed)
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryClosed, Campaign: c, Payload: map[string]any{}})
		w.must(err)
		_, err = tx.Silence(no, c)
		return err
	})
	w.pass(time.Hour)
	w.suppress(false, keys("just-told", "just-told")...)
	which := map[campaign.ContactID]int{ids["silent"]: 2, ids["freed"]: 2, ids["some"]: 2}
	for _, name := range []string{"no", "may", "withdrew", "one-left", "again", "told", "just-told", "agrees"} {
		which[ids[name]] = 3
	}
	w.audit(campaign.NewDate(2026, 3, 1), func(id campaign.ContactID) int { return which[id] })
	w.update(func(tx campaign.Tx) error {
		day := campaign.NewDate(2026, 3, 2)
		return tx.PutVerdicts(map[campaign.ContactID]campaign.Verdict{ids["own"]: as(2, day), ids["freed"]: as(0, day), ids["never"]: {}, ids["no-own"]: as(3, day), ids["may"]: as(1, day)})
	})
	w.view(func(r campaign.Reader) error {
		for rule, list := range map[string]func(time.Time, campaign.ContactID, int) ([]campaign.ContactID, error){
			"silent own never": r.SilentBefore, "no no-own withdrew told some": r.RefusedBefore,
		} {
			var want []campaign.ContactID
			for _, name := range strings.Fields(rule) {
				want = append(want, ids[name])
			}
			for limit := 1; limit < 5; limit++ {
				var got []campaign.ContactID
				for some := []campaign.ContactID{0}; len(some) > 0; got = append(got, some...) {
					var err error
					some, err = list(r.Now(), some[len(some)-1], limit)
					w.must(err)
				}
				same(t, want, got)
			}
		}
		return nil
	})
}
