package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

// TestNobodyIsAskedTwice drives the single-send machine at random: two campaigns, two senders, a few
// people with aliases, opt-outs, pauses, crashes and restores. Whatever happens, a person gets past
// the point of no return once, unless a complete refusal or a named operator opened it again; never
// after a no; and the ledger verifies.
func TestNobodyIsAskedTwice(t *testing.T) {
	t.Parallel()
	unwatched(t)
	dir := t.TempDir()
	template := filepath.Join(dir, "template.db")
	empty, err := store.Create(t.Context(), store.Options{Path: template})
	if err == nil {
		err = empty.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n, ".db"))
		text, err := os.ReadFile(template)
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			rt.Fatal(err)
		}
		db, err := store.Open(context.Background(), store.Options{Path: path})
		if err != nil {
			rt.Fatal(err)
		}
		defer db.Close()
		store.Pragma(t, db, "PRAGMA synchronous = OFF") // no power cut in this test
		raw, err := sql.Open("sqlite", store.DSN(db))
		if err != nil {
			rt.Fatal(err)
		}
		defer raw.Close()
		m := &machine{T: rt, db: db, raw: raw, dots: map[int]int{}, no: map[int]bool{}, person: map[campaign.InvitationID]int{}}
		m.begin()
		rt.Repeat(map[string]func(*rapid.T){
			"claim": m.claim, "commit": m.commit, "settle": m.settle, "suppress": m.suppress, "pause": m.pause,
			"recover": m.recover, "resolve": m.resolve, "restore": m.restore, "withhold": m.withhold, "": m.holds,
		})
		m.verifies()
	})
}

const people = 4

type machine struct {
	*rapid.T
	db        *store.DB
	raw       *sql.DB // another way into the same file
	steps     int
	campaigns []campaign.CampaignID
	claimed   []campaign.Invitation
	past      []campaign.Invitation // committed by a sender that lives
	dots      map[int]int           // messages that may have reached a person
	no        map[int]bool
	person    map[campaign.InvitationID]int
}

func (m *machine) update(fn func(campaign.Tx) error) {
	if err := m.db.Update(context.Background(), fn); err != nil {
		m.Fatal(err)
	}
}

func personKey(p int) campaign.PersonKey {
	return campaign.NewKeyer([]byte("machine")).Key(campaign.KeyMailbox, fmt.Sprint(p))
}

func (m *machine) begin() {
	for c := range 2 {
		m.update(func(tx campaign.Tx) error {
			id, err := tx.CreateCampaign(campaign.Campaign{Name: fmt.Sprint("campaign ", c)})
			if err != nil {
				return err
			}
			if err := tx.Freeze(id, campaign.Frozen{Hash: "x"}, "anna"); err != nil {
				return err
			}
			if err := move(tx, id, campaign.Approved, campaign.Running); err != nil {
				return err
			}
			m.campaigns = append(m.campaigns, id)
			var is []campaign.Invitation
			for n := range 2 * people { // everyone twice: under two spellings
				alias := campaign.NewKeyer([]byte("machine")).Key(campaign.KeyStrict, fmt.Sprint(c, n))
				is = append(is, campaign.Invitation{Campaign: id, Contact: campaign.ContactID(n + 1), Link: campaign.LinkID{byte(c + 1), byte(n + 1)},
					Route: campaign.RouteEmail, Email: "x@lumen.example", Keys: []campaign.PersonKey{alias, personKey(n % people)}})
			}
			if err := tx.Plan(is); err != nil {
				return err
			}
			stored, err := tx.InvitationPage(id, "", 0, 100)
			for _, i := range stored {
				m.person[i.ID] = int(i.Contact-1) % people
			}
			return err
		})
	}
}

func move(tx campaign.Tx, id campaign.CampaignID, from, to campaign.Status) error {
	kind := map[campaign.Status]campaign.EntryKind{campaign.Running: campaign.EntryStarted, campaign.Paused: campaign.EntryPaused}[to]
	if _, err := tx.Append(campaign.Entry{Kind: kind, Campaign: id, Payload: map[string]any{}}); err != nil {
		return err
	}
	return tx.MoveCampaign(id, from, to)
}

func (m *machine) claim(t *rapid.T) {
	c := rapid.SampledFrom(m.campaigns).Draw(t, "campaign")
	owner := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "owner")
	m.update(func(tx campaign.Tx) error {
		is, _, err := tx.Claim(c, rapid.IntRange(1, 3).Draw(t, "n"), owner, nil)
		m.claimed = append(m.claimed, is...)
		return err
	})
}

func (m *machine) commit(t *rapid.T) {
	if len(m.claimed) == 0 {
		t.Skip("nothing is claimed")
	}
	n := rapid.IntRange(0, len(m.claimed)-1).Draw(t, "claim")
	i := m.claimed[n]
	m.claimed = append(m.claimed[:n:n], m.claimed[n+1:]...)
	m.update(func(tx campaign.Tx) error {
		won, err := tx.Commit(i.Owner, []campaign.Message{{Invitation: i.ID, Attempt: i.Attempt, MessageID: "m", SHA256: "s"}})
		if len(won) == 1 {
			p := m.person[i.ID]
			if m.no[p] {
				t.Errorf("person %d said no and is sent to", p)
			}
			m.dots[p]++
			m.past = append(m.past, i)
		}
		return err
	})
}

func (m *machine) settle(t *rapid.T) {
	if len(m.past) == 0 {
		t.Skip("nothing is under way")
	}
	n := rapid.IntRange(0, len(m.past)-1).Draw(t, "delivery")
	i := m.past[n]
	m.past = append(m.past[:n:n], m.past[n+1:]...)
	to := rapid.SampledFrom([]campaign.State{campaign.Sent, campaign.Planned, campaign.Refused, campaign.Uncertain}).Draw(t, "to")
	m.update(func(tx campaign.Tx) error {
		no := campaign.NoEntry
		if to != campaign.Planned {
			var err error
			if no, err = tx.Append(campaign.Entry{Kind: campaign.EntryAsked, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{}}); err != nil {
				return err
			}
		}
		err := tx.Settle([]campaign.Settled{{Invitation: i.ID, Owner: i.Owner, To: to, Entry: no}})
		if fault.Is(err, fault.Conflict) {
			t.Errorf("what we committed cannot be settled: %v", err)
		}
		return err
	})
	if to == campaign.Planned || to == campaign.Refused { // the relay said that it took nothing
		m.dots[m.person[i.ID]]--
	}
}

func (m *machine) suppress(t *rapid.T) {
	p := rapid.IntRange(0, people-1).Draw(t, "person")
	m.no[p] = true
	m.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{}})
		if err != nil {
			return err
		}
		_, err = tx.Suppress(no, []campaign.Suppression{{Key: personKey(p), Reason: campaign.SuppressObjection}})
		return err
	})
}

func (m *machine) pause(t *rapid.T) {
	c := rapid.SampledFrom(m.campaigns).Draw(t, "campaign")
	m.update(func(tx campaign.Tx) error {
		now, err := tx.CampaignByID(c)
		if err != nil {
			return err
		}
		if now.Status == campaign.Running {
			return move(tx, c, campaign.Running, campaign.Paused)
		}
		return move(tx, c, campaign.Paused, campaign.Running)
	})
}

// recover is the death of both senders.
func (m *machine) recover(*rapid.T) {
	m.past = nil
	m.update(func(tx campaign.Tx) error { _, _, err := tx.Recover(); return err })
}

// resolve is an operator who knows.
func (m *machine) resolve(t *rapid.T) {
	c := rapid.SampledFrom(m.campaigns).Draw(t, "campaign")
	m.update(func(tx campaign.Tx) error {
		is, err := tx.InvitationPage(c, campaign.Uncertain, 0, 1)
		if err != nil || len(is) == 0 {
			return err
		}
		to := rapid.SampledFrom([]campaign.State{campaign.Sent, campaign.Planned, campaign.Refused}).Draw(t, "to")
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySettled, Campaign: c, Contact: is[0].Contact, Payload: map[string]any{}})
		if err != nil {
			return err
		}
		if to != campaign.Sent {
			m.dots[m.person[is[0].ID]] = 0
		}
		return tx.Resolve(is[0].ID, to, "log", no)
	})
}

// restore is a journal that knows of an attempt.
func (m *machine) restore(t *rapid.T) {
	c := rapid.SampledFrom(m.campaigns).Draw(t, "campaign")
	m.update(func(tx campaign.Tx) error {
		is, err := tx.InvitationPage(c, campaign.Planned, 0, 1)
		if err != nil || len(is) == 0 {
			return err
		}
		_, err = tx.Restore(is[0].Link, is[0].Attempt+1, is[0].Keys, "the journal knows")
		return err
	})
}

func (m *machine) withhold(t *rapid.T) {
	if len(m.claimed) == 0 {
		t.Skip("nothing is claimed")
	}
	i := rapid.SampledFrom(m.claimed).Draw(t, "claim")
	if err := m.db.Update(context.Background(), func(tx campaign.Tx) error { return tx.Withhold(i.ID, "test") }); err != nil && !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
}

// holds is the promise.
func (m *machine) holds(t *rapid.T) {
	for p, n := range m.dots {
		if n > 1 {
			t.Fatalf("person %d may have %d messages", p, n)
		}
	}
	m.steps++
	storetest.Summed(t, m.db, m.raw, m.steps%7 == 0)
}

func (m *machine) verifies() {
	rep, err := m.db.VerifyLedger(context.Background(), []ledger.Verifier{}, nil)
	if err != nil || !rep.OK {
		m.Fatalf("%v %+v", err, rep.Faults)
	}
}
