package campaign

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func (s *shelf) add(cs ...Contact) {
	for _, c := range cs {
		c.ID = ContactID(len(s.contacts) + 1)
		c.Keys = testKeys.keys(c)
		s.contacts[c.ID] = c
	}
}

func TestAuditCountsAndSaves(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	s.add(someone(), at(someone(), "b@x.example"), sure(), at(buyer(), "c@x.example"))
	sum, err := d.Audit(ctx, Machine, day, false)
	if err != nil || s.contacts[1].Verdict.Code != "" || len(s.entries) != 0 {
		t.Fatal(err, s.contacts[1].Verdict, s.entries)
	}
	b, err := json.Marshal(sum)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"contacts":4`, `"classes":{"doubtful":3,"opted_in":1,"opted_out":0,"unusable":0}`, `"routes":{"email":3,"letter":0,"none":1,"onsite":0}`,
		`"reasons":[{"code":"T-50","class":"doubtful","route":"email","text":"Consent probable`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	if _, err := d.Audit(ctx, Machine, day, true); err != nil || s.contacts[1].Verdict.Code != "T-50" || len(s.entries) != 1 || s.entries[0].Kind != EntryClassified {
		t.Error(err, s.contacts[1].Verdict, s.entries)
	}
}

func TestAuditKnowsItsOwnRecord(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	names := []string{"sent", "claimed", "granted", "refused then suppressed", "other key", "bounced", "known to the journal only"}
	for range names {
		s.add(someone())
	}
	s.campaigns = map[CampaignID]Campaign{1: {ID: 1, Status: Running, File: File{Schedule: Schedule{Deadline: day.AddDays(5)}}}}
	s.invited = map[InvitationID]Invitation{11: {ID: 11, Contact: 1, Campaign: 1, State: Sent, SentAt: s.now}, 12: {ID: 12, Contact: 2, Campaign: 1, State: Claimed}, 99: {ID: 99, Contact: 77, State: Sent, SentAt: s.now}}
	s.asked = map[ContactID]Asked{1: {Invitation: 11, Campaign: 1, State: Sent, At: s.now}, 2: {Invitation: 12, Campaign: 1, State: Claimed}}
	s.consents = []ConsentRow{{Contact: 3, Channel: "sms", State: Declined, At: s.now}, {Contact: 3, Channel: "email", State: Granted, At: s.now}, {Contact: 4, Channel: "email", State: Withdrawn, At: s.now}}
	key := func(id ContactID) PersonKey { return testKeys.External(names[id-1]) }
	for id := range ContactID(7) {
		c := s.contacts[id+1]
		c.Keys = []PersonKey{key(id + 1)}
		s.contacts[id+1] = c
	}
	s.taken = map[PersonKey]InvitationID{key(1): 11, key(2): 12, key(5): 99, key(7): 0}
	s.suppressed[key(4)], s.suppressed[key(6)] = Suppression{Reason: SuppressObjection}, Suppression{Reason: SuppressBounce}
	if _, err := d.Audit(ctx, Machine, day, true); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[ContactID]string{1: "T-00 doubtful none", 2: "T-50 doubtful email", 3: "T-00 opted_in none", 4: "T-00 opted_out none", 5: "T-12 unusable none", 6: "T-15 doubtful letter", 7: "T-12 unusable none"} {
		v := s.contacts[id].Verdict
		if got := v.Code + " " + string(v.Class) + " " + string(v.Route); got != want {
			t.Errorf("%s: %s %v, want %s", names[id-1], got, v.Reasons, want)
		}
		now, err := VerdictsNow(shelfTx{shelf: s}, []Contact{s.contacts[id]})
		if err != nil || now[0].Code != v.Code || now[0].Route != v.Route {
			t.Errorf("%s alone: %+v %v", names[id-1], now, err)
		}
	}
}
