package app

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/store"
)

func (h *house) stock() campaign.Stock {
	h.t.Helper()
	h.must(h.app.Desk.TakeStock(h.t.Context()))
	o, err := h.app.Desk.Outline(h.t.Context())
	h.must(err)
	return o.Stock
}

// TestTakingStock: whom nobody has asked, whose consent ends soon and who is kept too long is found by going through the
// base, once for each day and act that may have changed it.
func TestTakingStock(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 6})
	first := h.stock()
	if first.Unasked != 6 || first.Ending != 0 || first.Over != 0 || first.At.IsZero() {
		t.Errorf("before anybody was asked: %+v", first)
	}
	h.wait(time.Minute)
	if again := h.stock(); again != first {
		t.Errorf("nothing has changed, and yet: %+v", again)
	}
	h.start(spring)
	h.wait(time.Minute)
	if s := h.stock(); s.Unasked != 0 || !s.At.After(first.At) {
		t.Errorf("all are planned to be asked, and yet: %+v", s)
	}
	h.send()
	if s := h.stock(); s.Unasked != 0 {
		t.Errorf("all were asked, and yet: %+v", s)
	}
	h.importPeople([]string{"new@d.example"})
	h.wait(time.Minute)
	if s := h.stock(); s.Unasked != 1 {
		t.Errorf("one is new, and yet: %+v", s)
	}
	h.importRows([]string{marked}, map[string]string{"minor": "yes", "last_name": mark})
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	h.wait(30*day + time.Hour)
	if s := h.stock(); s.Over != 0 { // the night takes whoever is due
		t.Errorf("an hour after they became due: %+v", s)
	}
	h.wait(2 * day)
	if s := h.stock(); s.Over != 1 {
		t.Errorf("two nights after they became due: %+v", s)
	}
}

// TestTheOutlineIsTheStatus: the first page shows of a campaign what its own page does.
func TestTheOutlineIsTheStatus(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 5}).start(spring).send()
	h.says(person(1), "newsletter.email")
	h.says(person(2))
	h.must(h.app.Desk.AddUp(t.Context()))
	h.says(person(3), "newsletter.email")
	o, err := h.app.Desk.Outline(t.Context())
	h.must(err)
	want, err := h.app.Desk.Status(t.Context(), spring)
	h.must(err)
	if len(o.Campaigns) != 1 {
		t.Fatalf("%+v", o.Campaigns)
	}
	got := o.Campaigns[0].Report
	if got.ToAsk != want.ToAsk || got.Responses != want.Responses || got.Invitations[campaign.Sent] != want.Invitations[campaign.Sent] || got.Waiting != want.Waiting || got.Responses.People != 3 || got.Responses.Granted != 2 {
		t.Errorf("%+v, and its status is %+v", got, want)
	}
}

// TestWhatIsKnownOfTheLedger: that it was verified and what was found is kept, and so is whether somebody else has its head.
func TestWhatIsKnownOfTheLedger(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	watch := func() (w struct {
		size, faults int
		verified     bool
	}) {
		t.Helper()
		got, err := desk{h.app.Desk, h.app}.Watch(t.Context())
		h.must(err)
		w.size, w.faults, w.verified = int(got.Size), got.Faults, !got.VerifiedAt.IsZero()
		return w
	}
	if w := watch(); w.size == 0 || w.verified {
		t.Errorf("before anybody looked: %+v", w)
	}
	_, err := h.app.VerifyLedger(t.Context(), "")
	h.must(err)
	if w := watch(); !w.verified || w.faults != 0 {
		t.Errorf("verified: %+v", w)
	}
	h.must(h.app.store.PutVerification(t.Context(), store.Verification{Size: 3, Faults: 2}))
	if w := watch(); w.faults != 2 {
		t.Errorf("with faults: %+v", w)
	}
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	sealed := store.Checkpoint{N: 3, Size: 9, At: now}
	for name, tt := range map[string]struct {
		last  store.Anchor
		after time.Duration
		late  bool
	}{
		"never, and not long":   {store.Anchor{}, day, false},
		"never, for two days":   {store.Anchor{}, 2 * day, true},
		"nothing is new":        {store.Anchor{N: 1, At: now, Of: store.Checkpoint{Size: 9}}, 9 * day, false},
		"yesterday":             {store.Anchor{N: 1, At: now, Of: store.Checkpoint{Size: 8}}, day, false},
		"two days ago, and new": {store.Anchor{N: 1, At: now, Of: store.Checkpoint{Size: 8}}, 2 * day, true},
	} {
		if got := overdue(tt.last, sealed, mailEvery, now.Add(tt.after)); got != tt.late {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestTheCourseIsReadOnceAMinute: whoever looks at the results of a large campaign does not have all of its messages and
// answers read each time.
func TestTheCourseIsReadOnceAMinute(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	answers := func() (n int) {
		days, err := h.app.Desk.Course(t.Context(), spring)
		h.must(err)
		for _, day := range days {
			n += day.Answers
		}
		return n
	}
	h.says(person(0), "newsletter.email")
	if n := answers(); n != 1 {
		t.Fatalf("%d answers", n)
	}
	h.says(person(1), "newsletter.email")
	if n := answers(); n != 1 {
		t.Errorf("read anew within a minute: %d answers", n)
	}
	h.wait(time.Minute)
	if n := answers(); n != 2 {
		t.Errorf("a minute later: %d answers", n)
	}
}
