package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// edges compares what the database lets through with campaign.CanMove, for all pairs of states.
func edges(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	// A path of legal steps to each state.
	paths := map[campaign.State][]campaign.State{
		campaign.Planned: {}, campaign.Claimed: {campaign.Claimed}, campaign.Withheld: {campaign.Withheld}, campaign.Uncertain: {campaign.Uncertain},
		campaign.Sending: {campaign.Claimed, campaign.Sending}, campaign.Refused: {campaign.Claimed, campaign.Refused},
		campaign.Sent: {campaign.Uncertain, campaign.Sent},
	}
	bare := h.Triggered(t, w.DB)
	n := 0
	for _, from := range campaign.States {
		for _, to := range campaign.States {
			n++
			name := fmt.Sprint("person", n)
			i := w.invitation(w.plan(c, w.contact(name), keys(name, name)...))
			for _, k := range i.Keys {
				mustExec(t, bare, "INSERT INTO person_key (key, kind, invitation) VALUES ($1, $2, $3)", k.Digest[:], string(k.Kind), int64(i.ID))
			}
			for _, step := range paths[from] {
				mustExec(t, bare, "UPDATE invitation SET state = $1 WHERE id = $2", string(step), int64(i.ID))
			}
			_, err := bare.Exec("UPDATE invitation SET state = $1 WHERE id = $2", string(to), int64(i.ID))
			if _, may := campaign.CanMove(from, to); may != (err == nil) {
				t.Errorf("%s → %s: CanMove says %v, the database %v", from, to, may, err)
			}
		}
	}
	for _, refused := range []string{
		"DELETE FROM invitation", "DELETE FROM invitation_key", "UPDATE invitation_key SET kind = 'person'", "UPDATE person_key SET invitation = NULL",
		"UPDATE invitation SET contact = contact + 1", "DELETE FROM person_key WHERE invitation IN (SELECT id FROM invitation WHERE state = 'sent')",
		"DELETE FROM campaign", "UPDATE campaign SET status = 'draft'",
	} {
		if _, err := bare.Exec(refused); err == nil {
			t.Errorf("the database let through: %s", refused)
		}
	}
}

func claim(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	ada := w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	alias := w.plan(c, w.contact("ada+shop"), keys("ada+shop", "ada")...)
	no := w.plan(c, w.contact("bob"), keys("bob", "bob")...)
	eve := w.plan(c, w.contact("eve"), keys("eve", "eve")...)
	w.suppress(false, key(campaign.KeyMailbox, "bob"))
	got := w.claim(c, 2, "one")
	if len(got) != 2 || got[0].Link != ada || got[1].Link != eve || got[0].Attempt != 1 || got[0].State != campaign.Claimed || got[0].Owner != "one" {
		t.Fatalf("claimed %+v", got)
	}
	for link, reason := range map[campaign.LinkID]string{alias: campaign.WithheldAsked, no: campaign.WithheldSuppressed} {
		if i := w.invitation(link); i.State != campaign.Withheld || i.Reason != reason {
			t.Errorf("%s, %s; want withheld, %s", i.State, i.Reason, reason)
		}
	}
	if i := w.invitation(ada); i.Values["first_name"] != "Ada" || i.Verdict.Code != "T-50" || len(i.Keys) != 2 || i.Attempt != 1 {
		t.Errorf("read back: %+v", i)
	}
	if again := w.claim(c, 5, "two"); len(again) != 0 {
		t.Errorf("claimed twice: %+v", again)
	}
	acrossCampaigns(t, w, c)
	between(newWorld(t, h))
}

// between shows that whoever is withheld in the midst of a claim keeps nobody from being asked.
func between(w *world) {
	c := w.running("printemps")
	first := w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	both := w.plan(c, w.contact("bob"), append(keys("bob", "ada"), key(campaign.KeyMailbox, "eve"))...)
	last := w.plan(c, w.contact("eve"), keys("eve", "eve")...)
	got := w.claim(c, 3, "one")
	if len(got) != 2 || got[0].Link != first || got[1].Link != last {
		w.Errorf("claimed %+v", got)
	}
	if i := w.invitation(both); i.State != campaign.Withheld || i.Reason != campaign.WithheldAsked {
		w.Errorf("between the two: %s, %s", i.State, i.Reason)
	}
}

// acrossCampaigns shows that a person is asked once over all campaigns, and that only a withheld
// invitation frees its keys.
func acrossCampaigns(t *testing.T, w *world, first campaign.CampaignID) {
	second := w.running("automne")
	ada := w.plan(second, w.contact("ada-again"), keys("ada", "ada")...)
	shop := w.plan(second, w.contact("shop"), keys("ada+shop", "ada+shop")...)
	got := w.claim(second, 5, "one")
	if len(got) != 1 || got[0].Link != shop {
		t.Errorf("claimed %+v", got)
	}
	if i := w.invitation(ada); i.State != campaign.Withheld || i.Reason != campaign.WithheldAsked {
		t.Errorf("the second invitation is %s, %s", i.State, i.Reason)
	}
	w.update(func(tx campaign.Tx) error {
		n, err := tx.WithholdPlanned(first, campaign.WithheldClosed)
		if n != 2 {
			t.Errorf("%d withheld, want 2", n)
		}
		return err
	})
	w.view(func(r campaign.Reader) error {
		taken, err := r.KeysTaken(keys("ada", "ada"))
		if len(taken) != 0 {
			t.Errorf("withheld, and still taken: %v", taken)
		}
		invited, err2 := r.InvitedContacts(0, 1<<62)
		if len(invited) != 1 || invited[got[0].Contact].State != campaign.Claimed {
			t.Errorf("invited: %v", invited)
		}
		is, err3 := r.InvitationPage(second, "", 0, 9)
		if len(is) != 2 {
			t.Errorf("page: %v", is)
		}
		var places []campaign.Invitation
		err4 := r.PlannedPlaces(second, func(i campaign.Invitation) { places = append(places, i) })
		for _, i := range places {
			full, err := r.Invitation(i.ID)
			w.must(err)
			if full.State != campaign.Planned || i.Contact != full.Contact || i.Route != full.Route || i.Email != full.Email {
				t.Errorf("%+v is where %+v goes", i, full)
			}
		}
		planned, err5 := r.InvitationPage(second, campaign.Planned, 0, 9)
		if len(places) != len(planned) {
			t.Errorf("%d places of %d planned", len(places), len(planned))
		}
		w.must(errors.Join(err2, err3, err4, err5))
		return err
	})
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return tx.Withhold(w.invitationTx(tx, ada).ID, "again") })
	if err := w.Update(context.Background(), func(tx campaign.Tx) error {
		return tx.Plan([]campaign.Invitation{{Campaign: first, Contact: 1, Link: campaign.LinkID{99}}})
	}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an invitation without keys: %v", err)
	}
}

func (w *world) invitationTx(r campaign.Reader, l campaign.LinkID) campaign.Invitation {
	w.Helper()
	i, err := r.InvitationByLink(l)
	w.must(err)
	if is, err := r.InvitationsByLink([]campaign.LinkID{l, {}, l}); err != nil || len(is) != 1 || !reflect.DeepEqual(is[l], i) {
		w.Errorf("by its link among others: %+v %v, alone: %+v", is, err, i)
	}
	return i
}

func commit(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	for _, name := range []string{"ada", "bob", "eve"} {
		w.plan(c, w.contact(name), keys(name, name)...)
	}
	is := w.claim(c, 3, "one")
	if won := w.commit("two", is...); len(won) != 0 {
		t.Errorf("another owner won %v", won)
	}
	w.suppress(false, key(campaign.KeyStrict, "bob"))
	stale := is[2]
	stale.Attempt--
	won := w.commit("one", is[0], is[1], stale)
	if !slices.Equal(won, []campaign.InvitationID{is[0].ID}) {
		t.Errorf("won %v, want only %d", won, is[0].ID)
	}
	if i := w.invitation(is[0].Link); i.State != campaign.Sending || i.MessageID != message(i).MessageID || i.MessageSHA256 != message(i).SHA256 || i.SentAt.IsZero() {
		t.Errorf("committed: %+v", i)
	}
	if again := w.commit("one", is[0]); len(again) != 0 {
		t.Error("committed twice")
	}
	w.move(c, campaign.Running, campaign.Paused, campaign.EntryPaused)
	if won := w.commit("one", is[2]); len(won) != 0 {
		t.Error("a paused campaign went on")
	}
	if got := w.claim(c, 5, "one"); len(got) != 0 {
		t.Error("a paused campaign claimed")
	}
	w.move(c, campaign.Paused, campaign.Running, campaign.EntryResumed)
	if won := w.commit("one", is[2]); len(won) != 1 {
		t.Error("a resumed campaign did not go on")
	}
}

func settle(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	var links []campaign.LinkID
	for _, name := range []string{"ada", "bob", "eve", "zoe"} {
		links = append(links, w.plan(c, w.contact(name), keys(name, name)...))
	}
	is := w.claim(c, 4, "one")
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return settleTx(tx, is[0], "one", campaign.Sent) })
	w.commit("one", is[0], is[1])
	w.refused(fault.Conflict, func(tx campaign.Tx) error { return settleTx(tx, is[0], "two", campaign.Sent) })
	w.refused(fault.Internal, func(tx campaign.Tx) error {
		return tx.Settle([]campaign.Settled{{Invitation: is[0].ID, Owner: "one", To: campaign.Sent, Entry: campaign.NoEntry}})
	})
	w.pass(time.Minute)
	w.settle(is[0], "one", campaign.Sent)
	w.settle(is[1], "one", campaign.Uncertain)
	w.settle(is[2], "one", campaign.Refused)
	w.settle(is[3], "one", campaign.Planned)
	want := []campaign.State{campaign.Sent, campaign.Uncertain, campaign.Refused, campaign.Planned}
	for n, l := range links {
		i := w.invitation(l)
		if i.State != want[n] || i.Reply != "250 ok" || i.SentAt.IsZero() != (n > 1) || i.Owner != "" {
			t.Errorf("settled as %s: %+v", want[n], i)
		}
	}
	resolve(t, w, is)
	w.view(func(r campaign.Reader) error {
		at, _, ok, err := r.NextDue(c)
		if !ok || at.IsZero() {
			t.Error("nothing is due")
		}
		tally, err2 := r.Tally(c)
		if tally.Invitations[campaign.Sent] != 2 || tally.Invitations[campaign.Planned] != 2 {
			t.Errorf("tally: %+v", tally)
		}
		w.must(err2)
		return err
	})
	w.whole()
	comesBackClosed(t, w, c)
}

// resolve ends the uncertain one and opens the refused one again; its key stays its own.
func resolve(t *testing.T, w *world, is []campaign.Invitation) {
	act := func(i campaign.Invitation, to campaign.State) error {
		return w.Update(context.Background(), func(tx campaign.Tx) error {
			no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySettled, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{"to": to}})
			if err != nil {
				return err
			}
			return tx.Resolve(i.ID, to, "postfix log", no)
		})
	}
	w.must(act(is[1], campaign.Sent))
	w.must(act(is[2], campaign.Planned))
	for _, err := range []error{act(is[0], campaign.Planned), act(is[3], campaign.Sent)} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a settled or planned invitation was resolved: %v", err)
		}
	}
	w.view(func(r campaign.Reader) error {
		taken, err := r.KeysTaken(is[2].Keys)
		if taken[is[2].Keys[0]] != is[2].ID {
			t.Error("opened again, and its keys were freed")
		}
		return err
	})
}

// comesBackClosed: what the relay turns away after the campaign was closed is withheld.
func comesBackClosed(t *testing.T, w *world, c campaign.CampaignID) {
	is := w.claim(c, 1, "one")
	w.commit("one", is...)
	w.move(c, campaign.Running, campaign.Closed, campaign.EntryClosed)
	w.settle(is[0], "one", campaign.Planned)
	if i := w.invitation(is[0].Link); i.State != campaign.Withheld || i.Reason != campaign.WithheldClosed {
		t.Errorf("came back to a closed campaign: %s, %s", i.State, i.Reason)
	}
	w.whole()
}

func recoverSent(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	for _, name := range []string{"ada", "bob"} {
		w.plan(c, w.contact(name), keys(name, name)...)
	}
	is := w.claim(c, 2, "dead")
	w.commit("dead", is[0])
	for n, want := range [][2]int{{1, 1}, {0, 0}} {
		w.update(func(tx campaign.Tx) error {
			released, uncertain, err := tx.Recover()
			if [2]int{released, uncertain} != want {
				t.Errorf("run %d: %d released, %d uncertain", n, released, uncertain)
			}
			return err
		})
	}
	if a, b := w.invitation(is[0].Link), w.invitation(is[1].Link); a.State != campaign.Uncertain || b.State != campaign.Planned {
		t.Errorf("recovered as %s and %s", a.State, b.State)
	}
	if rep := w.whole(); rep.Entries[string(campaign.EntryUncertain)] != 1 {
		t.Errorf("entries: %v", rep.Entries)
	}
}

func unended(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	links := map[string]campaign.LinkID{}
	for _, name := range []string{"ada", "bob", "eve", "dan"} {
		links[name] = w.plan(c, w.contact(name), keys(name, name)...)
	}
	is := w.claim(c, 3, "one")
	w.commit("one", is[0])
	w.commit("one", is[1])
	w.settle(is[1], "one", campaign.Sent)
	unknown := campaign.LinkID{0xee}
	var all []campaign.LinkAttempt
	for _, l := range []campaign.LinkID{unknown, links["ada"], links["ada"], links["bob"], links["eve"], links["dan"]} {
		all = append(all, campaign.LinkAttempt{Link: l, Attempt: 1})
	}
	w.view(func(r campaign.Reader) error {
		got, err := r.Unended(all)
		if want := []campaign.LinkID{unknown, is[0].Link, is[2].Link, links["dan"]}; !reflect.DeepEqual(got, want) {
			t.Errorf("%v have not ended, want %v", got, want)
		}
		return err
	})
}

func restore(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	l := w.plan(c, w.contact("ada"), keys("ada", "ada")...)
	unknown := campaign.LinkID{0xee}
	for n, want := range []bool{true, false} {
		w.update(func(tx campaign.Tx) error {
			known, err := tx.Restore(l, 3, keys("ada", "ada"), "the journal knows")
			w.must(err)
			other, err := tx.Restore(unknown, 1, keys("bob", "bob"), "the journal knows")
			if known != want || other != want {
				t.Errorf("run %d changed %v, %v", n, known, other)
			}
			return err
		})
	}
	if i := w.invitation(l); i.State != campaign.Uncertain || i.Attempt != 3 {
		t.Errorf("restored as %+v", i)
	}
	bob := w.plan(c, w.contact("bob"), keys("bob", "bob")...)
	if got := w.claim(c, 5, "one"); len(got) != 0 || w.invitation(bob).State != campaign.Withheld {
		t.Errorf("asked again: %v", got)
	}
	w.whole()
}

// owners lets two senders race for the same people.
func owners(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	const people = 30
	for n := range people {
		name := fmt.Sprint("p", n)
		w.plan(c, w.contact(name), keys(name, name)...)
	}
	var mu sync.Mutex
	claims, wins := map[campaign.InvitationID]int{}, map[campaign.InvitationID]int{}
	var wg sync.WaitGroup
	for _, owner := range []string{"one", "two"} {
		wg.Go(func() {
			for {
				var is []campaign.Invitation
				var won []campaign.InvitationID
				err := w.Update(context.Background(), func(tx campaign.Tx) (err error) {
					is, _, err = tx.Claim(c, 3, owner, nil)
					return err
				})
				if err == nil {
					var ms []campaign.Message
					for _, i := range is {
						ms = append(ms, message(i))
					}
					err = w.Update(context.Background(), func(tx campaign.Tx) (err error) {
						won, err = tx.Commit(owner, ms)
						return err
					})
				}
				if err != nil {
					t.Error(err)
				}
				if len(is) == 0 || err != nil {
					return
				}
				mu.Lock()
				for _, i := range is {
					claims[i.ID]++
				}
				for _, id := range won {
					wins[id]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, n := range wins {
		if n != 1 || claims[id] != 1 {
			t.Errorf("invitation %d: %d claims, %d commits", id, claims[id], n)
		}
	}
	if len(wins) != people {
		t.Errorf("%d of %d were committed", len(wins), people)
	}
}
