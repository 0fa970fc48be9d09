package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

var errNoAnswer = errors.New("SERVFAIL")

// zone answers from a map; a domain that is not in it gives no answer. It counts.
type zone struct {
	mu    sync.Mutex
	says  map[string]DomainFault
	asked map[string]int
}

func newZone(says map[string]DomainFault) *zone { return &zone{says: says, asked: map[string]int{}} }

func (z *zone) look(_ context.Context, name string) (DomainFault, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked[name]++
	if why, ok := z.says[name]; ok {
		return why, nil
	}
	return "", errNoAnswer
}

// TestADeadDomainIsAFactUntilItIsAlive: what one look finds counts in audits that ask nobody, whoever gives no answer stays
// what they were, and a later look takes it back.
func TestADeadDomainIsAFactUntilItIsAlive(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	s.add(at(someone(), "a@dead.example"), at(someone(), "b@dead.example"), at(someone(), "c@alive.example"), at(someone(), "d@silent.example"), at(someone(), ""))
	s.dead["former.example"] = &DeadDomain{Name: "former.example", Why: DomainAbsent, Since: day, At: day}
	code := func(id ContactID) string { t.Helper(); return s.contacts[id].Verdict.Code }
	look := func(says map[string]DomainFault) LookedUp {
		t.Helper()
		z, told := newZone(says), 0
		out, err := d.LookUpDomains(ctx, tester, z.look, func(done, of int) {
			if told++; done != told || of != 3 {
				t.Errorf("told %d of %d", done, of)
			}
		})
		if err != nil || told != 3 || z.asked["dead.example"] != 1 {
			t.Fatal(err, told, z.asked)
		}
		if _, err := d.Audit(ctx, Machine, day, true); err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := look(map[string]DomainFault{"dead.example": DomainRefuses, "alive.example": ""})
	if got != (LookedUp{Domains: 3, Dead: 1, Found: 1, Unanswered: 1}) || s.entries[0].Kind != EntryLookedUp {
		t.Errorf("%+v, %+v", got, s.entries)
	}
	if code(1) != "T-15" || code(2) != "T-15" || code(3) == "T-15" || code(4) == "T-15" || len(s.dead) != 1 {
		t.Error(code(1), code(2), code(3), code(4), s.dead)
	}
	if r := s.contacts[1].Verdict.Reasons[0]; r != "The domain of the address does not accept mail ("+day.String()+")." {
		t.Error(r)
	}
	first := s.now
	s.now = s.now.AddDate(0, 1, 0)
	if got := look(map[string]DomainFault{"alive.example": ""}); got != (LookedUp{Domains: 3, Dead: 1, Unanswered: 2}) || code(1) != "T-15" {
		t.Errorf("no answer changed something: %+v, %s", got, code(1))
	}
	if got := look(map[string]DomainFault{"dead.example": DomainAbsent, "alive.example": ""}); got.Found != 0 || *s.dead["dead.example"] != (DeadDomain{Name: "dead.example", Why: DomainAbsent, Since: DateOf(first), At: DateOf(s.now)}) {
		t.Errorf("%+v, %+v", got, s.dead["dead.example"])
	}
	if got := look(map[string]DomainFault{"dead.example": "", "alive.example": "", "silent.example": ""}); got != (LookedUp{Domains: 3, Revived: 1}) || code(1) == "T-15" || len(s.dead) != 0 {
		t.Errorf("%+v, %s, %v", got, code(1), s.dead)
	}
}

// TestADeadDomainStopsAClaim: a claim judges anew, whatever the last audit said.
func TestADeadDomainStopsAClaim(t *testing.T) {
	t.Parallel()
	s := newShelf()
	s.add(at(someone(), "a@dead.example"), at(someone(), "b@alive.example"))
	s.dead["dead.example"] = &DeadDomain{Name: "dead.example", Why: DomainAbsent, Since: day, At: day}
	c := Campaign{ID: 1, Status: Running, File: File{Audience: Audience{Ask: []string{"doubtful"}, Routes: []Route{RouteEmail}}}}
	var claimed []Invitation
	for id := range ContactID(2) {
		claimed = append(claimed, Invitation{ID: InvitationID(id + 1), Contact: id + 1, Campaign: 1, Route: RouteEmail, Email: s.contacts[id+1].Email})
	}
	good, others, err := part(shelfTx{shelf: s}, c, claimed)
	if err != nil || len(good) != 1 || good[0].Contact != 2 || len(others) != 1 || others[0].Contact != 1 {
		t.Errorf("%+v, %+v, %v", good, others, err)
	}
}

// TestNameServersThatKnowNobodyAreNotBelieved: neither those that give no answer nor those that say of everybody that they do not exist
// change anything; the first are not asked for ever.
func TestNameServersThatKnowNobodyAreNotBelieved(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	says := map[string]DomainFault{}
	for n := range 2 * hopeless {
		name := fmt.Sprintf("d%03d.example", n)
		s.add(at(someone(), Address("a@"+name)))
		says[name] = DomainAbsent
	}
	z := newZone(nil)
	got, err := d.LookUpDomains(t.Context(), tester, z.look, nil)
	if err != nil || len(z.asked) < hopeless || len(z.asked) > hopeless+LookupsAtOnce || got != (LookedUp{Domains: 2 * hopeless, Unanswered: 2 * hopeless}) {
		t.Errorf("%+v, %d asked, %v", got, len(z.asked), err)
	}
	got, err = d.LookUpDomains(t.Context(), tester, newZone(says).look, nil)
	if err != nil || got != (LookedUp{Domains: 2 * hopeless, Unanswered: 2 * hopeless, Disbelieved: true}) || len(s.dead) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	says["d000.example"] = "" // the one name of their own house
	got, err = d.LookUpDomains(t.Context(), tester, newZone(says).look, nil)
	if err != nil || !got.Disbelieved || len(s.dead) != 0 {
		t.Errorf("one is alive: %+v, %v", got, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := d.LookUpDomains(ended, tester, newZone(says).look, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("not stopped: %v", err)
	}
}

// TestFewDomainsMayAllBeDead, but not five of five.
func TestFewDomainsMayAllBeDead(t *testing.T) {
	t.Parallel()
	for people, believed := range map[int]bool{1: true, 4: true, 5: false} {
		s := newShelf()
		says := map[string]DomainFault{}
		for n := range people {
			name := fmt.Sprintf("d%03d.example", n)
			s.add(at(someone(), Address("a@"+name)))
			says[name] = DomainAbsent
		}
		got, err := s.desk(t).LookUpDomains(t.Context(), tester, newZone(says).look, nil)
		if err != nil || got.Disbelieved == believed || (len(s.dead) == people) != believed {
			t.Errorf("of %d: %+v, %v", people, got, err)
		}
	}
}

// TestWhoeverLeftDuringALookLeavesNoDomain: the answers may come after somebody was erased.
func TestWhoeverLeftDuringALookLeavesNoDomain(t *testing.T) {
	t.Parallel()
	s := newShelf()
	s.add(at(someone(), "a@stays.example"))
	s.add(at(someone(), "b@gone.example"))
	gone := ContactID(2)
	look := func(_ context.Context, name string) (DomainFault, error) {
		if name == "gone.example" {
			delete(s.contacts, gone)
			return DomainAbsent, nil
		}
		return "", nil
	}
	got, err := s.desk(t).LookUpDomains(t.Context(), tester, look, nil)
	if err != nil || len(s.dead) != 0 || got != (LookedUp{Domains: 1}) {
		t.Errorf("%+v, %v, %v", got, s.dead, err)
	}
}
