package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/store"
)

// Judge is what a check needs of a test, be it one of package testing or one that draws its steps.
type Judge interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

// Summed reports whether what a store keeps sums of is what is counted row by row. raw is another way into its
// database; with addUp the sums are carried on first.
func Summed(t Judge, s *store.DB, raw *sql.DB, addUp bool) {
	t.Helper()
	if addUp {
		if err := s.Update(context.Background(), func(tx campaign.Tx) error { return tx.AddUp() }); err != nil {
			t.Fatal(err)
		}
	}
	err := s.View(context.Background(), func(r campaign.Reader) error {
		cs, err := r.CampaignList()
		for n := 0; n < len(cs) && err == nil; n++ {
			err = summed(t, r, raw, cs[n].ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func summed(t Judge, r campaign.Reader, raw *sql.DB, id campaign.CampaignID) error {
	t.Helper()
	got, err := r.Tally(id)
	if err != nil {
		return err
	}
	letters, err := r.LetterStates(id)
	if err != nil {
		return err
	}
	want := campaign.Tally{Invitations: countStates(t, raw, id, "email")}
	byPost := countStates(t, raw, id, "letter")
	for s, n := range byPost {
		want.Invitations[s] += n
	}
	if !maps.Equal(letters, byPost) {
		t.Errorf("campaign %d keeps letters %v, and there are %v", id, letters, byPost)
	}
	for _, q := range []struct {
		text string
		into []any
	}{
		{`WITH latest AS (SELECT r.invitation, d.state, row_number() OVER (PARTITION BY r.invitation, d.purpose, d.channel ORDER BY r.entry DESC) AS age
  FROM response r JOIN decision d ON d.entry = r.entry WHERE r.campaign = ?),
person AS (SELECT invitation, max(age = 1 AND state = 'granted') AS yes, max(state IN ('granted', 'withdrawn')) AS once FROM latest GROUP BY invitation)
SELECT count(*), coalesce(sum(yes), 0), coalesce(sum(yes = 0 AND once), 0), coalesce(sum(yes = 0 AND NOT once), 0) FROM person`,
			[]any{&want.People, &want.Granted, &want.Withdrawn, &want.Refused}},
		{`SELECT count(DISTINCT i.id) FROM invitation i JOIN response r ON r.invitation = i.id WHERE i.campaign = ? AND i.state = 'refused'`, []any{&want.Astray}},
		{`SELECT count(DISTINCT s.entry) FROM suppression s JOIN entry e ON e.seq = s.entry WHERE e.campaign = ? AND s.reason = 'complaint'`, []any{&want.Complaints}},
		{`SELECT count(DISTINCT b.invitation) FROM bounce b JOIN invitation i ON i.id = b.invitation WHERE i.campaign = ? AND b.meaning = 'soft'`, []any{&want.Soft}},
		{`SELECT (SELECT count(DISTINCT b.invitation) FROM bounce b JOIN invitation i ON i.id = b.invitation WHERE i.campaign = ?1 AND b.meaning = 'hard')
+ (SELECT count(DISTINCT s.entry) FROM suppression s JOIN entry e ON e.seq = s.entry WHERE e.campaign = ?1 AND s.reason = 'bounce' AND e.kind <> 'bounced')`, []any{&want.Hard}},
	} {
		if err := raw.QueryRow(q.text, int64(id)).Scan(q.into...); err != nil {
			return err
		}
	}
	if a, b := fmt.Sprint(got), fmt.Sprint(want); a != b {
		t.Errorf("campaign %d keeps %s, and there is %s", id, a, b)
	}
	return nil
}

func countStates(t Judge, raw *sql.DB, id campaign.CampaignID, route string) map[campaign.State]int {
	t.Helper()
	rows, err := raw.Query("SELECT state, count(*) FROM invitation WHERE campaign = ? AND route = ? GROUP BY state", int64(id), route)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[campaign.State]int{}
	for rows.Next() {
		var s campaign.State
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			t.Fatal(err)
		}
		out[s] = n
	}
	return out
}

// complains records a complaint through the mailbox provider.
func (w *world) complains(i campaign.Invitation) {
	w.Helper()
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryObjected, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{"invitation": i.ID}})
		if err != nil {
			return err
		}
		_, err = tx.Suppress(no, []campaign.Suppression{{Key: i.Keys[0], Scope: "all", Reason: campaign.SuppressComplaint, Source: "a provider"}})
		return err
	})
}

// sums walks at random through what people do after they were asked, and adds up at random what they did.
func sums(t *testing.T, h Harness) {
	w := newWorld(t, h)
	raw := h.Triggered(t, w.DB)
	r := rand.New(rand.NewPCG(7, 22))
	var asked []campaign.Invitation
	for _, c := range []campaign.CampaignID{w.running("spring"), w.running("autumn")} {
		for n := range 5 {
			asked = append(asked, w.asked(c, fmt.Sprintf("someone%d-%d", c, n)))
		}
		w.plan(c, w.contact(fmt.Sprint("waiting", c)), keys(fmt.Sprint("waiting", c), fmt.Sprint("waiting", c))...)
	}
	choices := []campaign.Choice{campaign.Granted, campaign.Declined, campaign.Withdrawn}
	for step := range 60 {
		i := asked[r.IntN(len(asked))]
		switch r.IntN(6) {
		case 0:
			w.bounce(i, campaign.MeansSoft, fmt.Sprint(step))
		case 1:
			w.bounce(i, campaign.MeansHard, fmt.Sprint(step))
		case 2:
			w.complains(i)
		default:
			w.answer(i, fmt.Sprint("r", step), fmt.Sprint("n", step), choices[r.IntN(3)], choices[r.IntN(3)])
		}
		Summed(t, w.DB, raw, r.IntN(4) == 0)
	}
	w.update(func(tx campaign.Tx) error { // what is written in the same transaction counts
		if err := tx.AddUp(); err != nil {
			return err
		}
		before, err := tx.Tally(asked[0].Campaign)
		w.must(err)
		n, err := tx.WithholdPlanned(asked[0].Campaign, campaign.WithheldClosed)
		w.must(err)
		after, err := tx.Tally(asked[0].Campaign)
		if n != 1 || after.Invitations[campaign.Withheld] != before.Invitations[campaign.Withheld]+1 || after.Invitations[campaign.Planned] != before.Invitations[campaign.Planned]-1 {
			t.Errorf("%d withheld: %v, then %v", n, before.Invitations, after.Invitations)
		}
		return err
	})
	Summed(t, w.DB, raw, true)
}
