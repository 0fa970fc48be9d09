package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

func responses(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	ada, bob, eve := w.asked(c, "ada"), w.asked(c, "bob"), w.asked(c, "eve")
	w.answer(ada, "r1", "n1", campaign.Granted, campaign.Declined)
	w.answer(bob, "r2", "", campaign.Declined, campaign.Declined)
	w.answer(eve, "r3", "n1", campaign.Granted)
	w.answer(eve, "r4", "", campaign.Withdrawn)
	w.plan(c, w.contact("dan"), keys("dan", "dan")...)
	for _, i := range w.claim(c, 1, "one") {
		w.commit("one", i)
		w.settle(i, "one", campaign.Uncertain) // nobody knows whether it left: the course does not say so
	}
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return answerTx(tx, ada, "r5", "n1", campaign.Declined) })
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return answerTx(tx, ada, "r1", "n9", campaign.Declined) })
	w.refused(fault.Invalid, func(tx campaign.Tx) error { return answerTx(tx, ada, "r6", "n9") })
	w.view(func(r campaign.Reader) error {
		got, err := r.Response("r1")
		w.must(err)
		if len(got.Decisions) != 2 || got.Decisions[0] != (campaign.Decision{Purpose: "newsletter", Channel: "email", State: campaign.Granted}) || got.Document != form.SHA256 {
			t.Errorf("read back: %+v", got)
		}
		if _, err := r.Response("r9"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown answer: %v", err)
		}
		of, err := r.ResponsesOf(eve.ID)
		w.must(err)
		if len(of) != 2 || of[0].ID != "r3" || of[1].Entry <= of[0].Entry {
			t.Errorf("answers of one: %+v", of)
		}
		both, err := r.ResponsesOf(eve.ID, bob.ID)
		w.must(err)
		if len(both) != 3 || both[0].Nonce != "" || both[1].Nonce != "n1" || both[1].Invitation != eve.ID || len(both[0].Decisions) != 2 {
			t.Errorf("answers of two: %+v", both)
		}
		first, err := r.ResponsePage(c, campaign.NoEntry, 3)
		w.must(err)
		rest, err := r.ResponsePage(0, first[2].Entry, 3)
		w.must(err)
		if len(first) != 3 || len(rest) != 1 || rest[0].ID != "r4" {
			t.Errorf("pages: %v %v", first, rest)
		}
		newest, err := r.ResponsesBefore(c, rest[0].Entry+1, 3)
		w.must(err)
		oldest, err := r.ResponsesBefore(0, newest[2].Entry, 3)
		w.must(err)
		if len(newest) != 3 || newest[0].ID != "r4" || newest[1].Entry <= newest[2].Entry || len(newest[1].Decisions) != len(first[2].Decisions) || len(oldest) != 1 || oldest[0].ID != first[0].ID {
			t.Errorf("pages from the newest: %v %v", newest, oldest)
		}
		if none, err := r.ResponsesBefore(c+1, rest[0].Entry+1, 3); err != nil || len(none) > 0 {
			t.Errorf("of another campaign: %v %v", none, err)
		}
		course, err := r.Course(c)
		w.must(err)
		if len(course) != 1 || course[0].Day != campaign.DateOf(w.clock()) || course[0].Sent != 3 || course[0].Answers != 4 {
			t.Errorf("the course: %+v", course)
		}
		if none, err := r.Course(c + 1); err != nil || len(none) > 0 {
			t.Errorf("the course of another campaign: %+v %v", none, err)
		}
		tally, err := r.Tally(c)
		if tally.People != 3 || tally.Granted != 1 || tally.Refused != 1 || tally.Withdrawn != 1 {
			t.Errorf("tally: %+v", tally)
		}
		return err
	})
	consents(t, w, ada, eve)
	w.whole()
}

// lastEntries: what was made before a time is found by it.
func lastEntries(t *testing.T, h Harness) {
	w := newWorld(t, h)
	begin := w.clock()
	var made []campaign.EntryNo
	for _, who := range []campaign.ContactID{7, 8, 9} {
		w.update(func(tx campaign.Tx) error {
			c, err := asks(tx, who, campaign.CaseAccess)
			made = append(made, c.Entry)
			return err
		})
		w.pass(time.Hour)
	}
	w.view(func(r campaign.Reader) error {
		for at, want := range map[time.Duration]campaign.EntryNo{0: campaign.NoEntry, time.Minute: made[0], time.Hour + time.Minute: made[1], 100 * time.Hour: made[2]} {
			if got, err := r.LastEntryBefore(begin.Add(at)); err != nil || at > 0 && got != want || at == 0 && got >= made[0] {
				t.Errorf("the last entry before %v: %d, %v, want %d", at, got, err, want)
			}
		}
		return nil
	})
}

func consents(t *testing.T, w *world, ada, eve campaign.Invitation) {
	w.view(func(r campaign.Reader) error {
		of, err := r.ConsentsOf(eve.Contact)
		w.must(err)
		if len(of) != 1 || of[0].State != campaign.Withdrawn || of[0].Response != "r4" || of[0].Email != eve.Email {
			t.Errorf("consents: %+v", of)
		}
		purposes, err := r.AnsweredPurposes()
		w.must(err)
		if !slices.Equal(purposes, []string{"newsletter", "offers"}) {
			t.Errorf("purposes: %v", purposes)
		}
		first, err := r.ConsentPage(0, 2)
		w.must(err)
		rest, err := r.ConsentPage(first[len(first)-1].Contact, 2)
		if len(first) != 4 || len(rest) != 1 || first[0].Contact != ada.Contact {
			t.Errorf("pages: %v %v", first, rest)
		}
		return err
	})
}

func suppressions(t *testing.T, h Harness) {
	w := newWorld(t, h)
	a, b := key(campaign.KeyStrict, "a"), key(campaign.KeyMailbox, "b")
	for n, step := range []struct {
		lifts bool
		want  int
	}{{true, 0}, {false, 2}, {false, 0}, {true, 2}, {true, 0}, {false, 2}} {
		if got := w.suppress(step.lifts, a, b); got != step.want {
			t.Errorf("step %d added %d, want %d", n, got, step.want)
		}
		w.view(func(r campaign.Reader) error {
			s, standing, err := r.Suppressed([]campaign.PersonKey{key(campaign.KeyStrict, "x"), b, a})
			if standing != (n > 0 && n != 3 && n != 4) || standing && s.Key != b {
				t.Errorf("step %d: standing %v, %v", n, standing, s)
			}
			return err
		})
	}
	w.view(func(r campaign.Reader) error {
		known, err := r.SuppressedKeys([]campaign.PersonKey{a, key(campaign.KeyMailbox, "a")})
		w.must(err)
		if len(known) != 1 || known[a].Source != "anna" || !known[a].At.Equal(r.Now()) {
			t.Errorf("known: %v", known)
		}
		lines, err := r.SuppressionLines([]campaign.PersonKey{a, a, key(campaign.KeyMailbox, "a")})
		w.must(err)
		if of := lines[a]; len(lines) != 1 || len(of) != 3 || of[0].Lifts || !of[1].Lifts || of[2] != known[a] || of[1].By != 0 {
			t.Errorf("all lines: %+v", lines)
		}
		var all []campaign.Suppression
		after := campaign.SuppressionPlace{Entry: campaign.NoEntry}
		for {
			page, err := r.SuppressionPage(after, 1)
			w.must(err)
			if len(page) == 0 {
				break
			}
			if len(page) > 1 {
				t.Errorf("a page of one line has %d", len(page))
			}
			all, after = append(all, page...), page[len(page)-1].Place()
		}
		if whole, err := r.SuppressionPage(campaign.SuppressionPlace{Entry: campaign.NoEntry}, 100); err != nil || !slices.Equal(whole, all) {
			t.Errorf("in one page %v, one by one %v: %v", whole, all, err)
		}
		if len(all) != 6 || all[0].Lifts || !all[2].Lifts {
			t.Errorf("all lines: %v", all)
		}
		w.acts(r, all)
		return nil
	})
	w.whole()
}

// weighs: of two noes to one key the graver adds a line, and the lighter none.
func weighs(t *testing.T, h Harness) {
	w := newWorld(t, h)
	bounce, manual, complaint, erasure := campaign.SuppressBounce, campaign.SuppressManual, campaign.SuppressComplaint, campaign.SuppressErasure
	for n, c := range []struct {
		stands, comes campaign.SuppressionReason
		want          int
	}{{bounce, bounce, 0}, {bounce, manual, 1}, {bounce, complaint, 1}, {manual, bounce, 0}, {manual, manual, 0}, {manual, complaint, 1},
		{complaint, complaint, 0}, {complaint, manual, 0}, {complaint, bounce, 0}, {erasure, complaint, 0}} {
		k, added := key(campaign.KeyStrict, fmt.Sprint(n)), 0
		for _, why := range []campaign.SuppressionReason{c.stands, c.comes} {
			w.update(func(tx campaign.Tx) error {
				no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"reason": why}})
				w.must(err)
				added, err = tx.Suppress(no, []campaign.Suppression{{Key: k, Scope: "all", Reason: why}})
				return err
			})
		}
		if added != c.want {
			t.Errorf("%s over %s added %d, want %d", c.comes, c.stands, added, c.want)
		}
	}
}

// acts are the lines counted by entry, the newest first, and page backwards.
func (w *world) acts(r campaign.Reader, lines []campaign.Suppression) {
	var found []campaign.SuppressionAct
	before := campaign.EntryNo(0)
	for {
		page, err := r.SuppressionActs(before, 1)
		w.must(err)
		if len(page) == 0 {
			break
		}
		found, before = append(found, page...), page[len(page)-1].Entry
	}
	if len(found) != 3 || found[0].Entry != lines[5].Entry || found[2].Entry != lines[0].Entry || found[0].Keys != 2 || found[0].Lifts || !found[1].Lifts ||
		found[0].Source != "anna" || !found[0].At.Equal(lines[5].At) || found[0].Reason != lines[5].Reason {
		w.Errorf("acts: %+v", found)
	}
	all, err := r.SuppressionActs(0, 10)
	w.must(err)
	if !slices.Equal(all, found) {
		w.Errorf("in one page %+v, one by one %+v", all, found)
	}
}

func silence(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	ada := w.asked(c, "ada")
	w.asked(c, "bob")
	w.plan(c, w.contact("eve"), keys("eve", "eve")...)
	w.answer(ada, "r1", "n1", campaign.Granted)
	w.update(func(tx campaign.Tx) error {
		w.must(tx.MoveCampaign(c, campaign.Running, campaign.Closed))
		_, err := tx.WithholdPlanned(c, campaign.WithheldClosed)
		w.must(err)
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryClosed, Campaign: c, Payload: map[string]any{}})
		w.must(err)
		n, err := tx.Silence(no, c)
		if n != 1 {
			t.Errorf("%d silent, want 1", n)
		}
		return err
	})
	w.whole()
}
