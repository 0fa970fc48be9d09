package campaign_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/campaign"
)

func day(t *testing.T, s string) campaign.Date {
	t.Helper()
	d, err := campaign.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheTimelineIsInOrder(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := campaign.Card{Contact: campaign.Contact{Facts: campaign.Facts{Collected: day(t, "2024-01-05"), LastPurchase: day(t, "2025-12-24"),
		Claims:     []campaign.Claim{{Status: "yes", At: day(t, "2024-01-06"), Method: "unticked_box", DoubleAt: day(t, "2024-01-07")}, {Status: "unknown", At: day(t, "2024-02-01")}},
		Objections: []campaign.Objection{{Kind: "optout", At: day(t, "2025-01-01")}, {Kind: "no"}}}},
		Invitations: []campaign.CardInvitation{{Campaign: "spring", Invitation: campaign.Invitation{State: campaign.Sent, PlannedAt: noon.Add(-time.Hour), SentAt: noon, Language: "fr"},
			Bounces:   []campaign.Bounce{{Meaning: "soft", At: noon.Add(time.Minute)}},
			Responses: []campaign.Response{{ID: "r-1", Kind: campaign.ByForm, At: noon.Add(time.Hour), Language: "en"}}}},
		Suppression: &campaign.Suppression{Reason: campaign.SuppressObjection, At: noon.Add(2 * time.Hour)}}
	c.Contact.Verdict = campaign.Verdict{Class: campaign.OptedOut, AsOf: day(t, "2026-03-03")}
	type line struct {
		Kind campaign.MomentKind
		What string
	}
	var got []line
	last := time.Time{}
	for _, m := range c.Timeline() {
		got = append(got, line{m.Kind, m.What})
		if m.At.Before(last) {
			t.Errorf("%s comes before what happened earlier", m.Kind)
		}
		last = m.At
	}
	want := []line{{campaign.MomentCollected, ""}, {campaign.MomentAgreed, "unticked_box"}, {campaign.MomentConfirmed, ""}, {campaign.MomentObjected, "all"},
		{campaign.MomentPurchase, ""}, {campaign.MomentPlanned, ""}, {campaign.MomentSent, "sent"}, {campaign.MomentBounced, "soft"},
		{campaign.MomentAnswered, "form"}, {campaign.MomentSuppressed, "objection"}, {campaign.MomentJudged, "opted_out"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHowSomebodyIsReached(t *testing.T) {
	t.Parallel()
	post := campaign.Contact{LastName: "Mace", Address1: "96 rue de l'Église", City: "Brest"}
	with := func(c campaign.Contact, change func(*campaign.Contact)) campaign.Contact { change(&c); return c }
	mail := with(post, func(c *campaign.Contact) { c.Email = "lea@boite.example" })
	for name, c := range map[string]struct {
		card campaign.Card
		want campaign.Reach
	}{
		"a mailbox":         {campaign.Card{Contact: mail}, campaign.ReachMailbox},
		"a no":              {campaign.Card{Contact: mail, Suppression: &campaign.Suppression{Reason: campaign.SuppressObjection}}, campaign.ReachNever},
		"a full stop":       {campaign.Card{Contact: mail, Suppression: &campaign.Suppression{Reason: campaign.SuppressBounce}}, campaign.ReachPost},
		"a bounce, claimed": {campaign.Card{Contact: with(mail, func(c *campaign.Contact) { c.Facts.Bounce = "hard" })}, campaign.ReachPost},
		"an address alone":  {campaign.Card{Contact: post}, campaign.ReachPost},
		"nothing":           {campaign.Card{Contact: campaign.Contact{LastName: "Mace"}}, campaign.ReachNowhere},
	} {
		if got := c.card.Reach(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
