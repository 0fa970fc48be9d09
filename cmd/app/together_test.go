package app

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// gate is a store that lets nobody write until it is opened, and whose transactions fail for one person.
type gate struct {
	campaign.Store
	open    chan struct{}
	updates atomic.Int32
	hurts   campaign.ContactID
	how     func() error
}

func (g *gate) Update(ctx context.Context, do func(campaign.Tx) error) error {
	g.updates.Add(1)
	select {
	case <-g.open:
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "store.ended", "the time for this ran out").Because(ctx.Err())
	}
	return g.Store.Update(ctx, func(tx campaign.Tx) error { return do(hurtTx{tx, g}) })
}

type hurtTx struct {
	campaign.Tx
	*gate
}

func (x hurtTx) AddResponses(rs []campaign.Response) error {
	if slices.ContainsFunc(rs, func(r campaign.Response) bool { return r.Contact == x.hurts }) {
		return x.how()
	}
	return x.Tx.AddResponses(rs)
}

// said is one answer given directly to the desk, and what came of it.
type said struct {
	link campaign.LinkID
	yes  bool
	gone bool // leaves at once
	err  error
}

// answerAll lets everybody answer in their order before the first of them can write, then lets them.
func (h *house) answerAll(g *gate, all ...*said) {
	h.t.Helper()
	h.rewire(func(d *campaign.Deps) { g.Store, d.Store = d.Store, g })
	synctest.Test(h.t, func(t *testing.T) {
		var answering sync.WaitGroup
		g.open = make(chan struct{})
		for _, s := range all {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			if s.gone {
				leave()
			}
			answering.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						s.err = fmt.Errorf("panic: %v", p)
					}
				}()
				a := campaign.Answer{Kind: campaign.ByForm, Language: "fr", Lines: []campaign.AnswerLine{{Question: campaign.Question{Purpose: "newsletter", Channel: "email"}, Yes: s.yes}}}
				_, s.err = h.app.Desk.Respond(ctx, s.link, a)
			})
			synctest.Wait()
		}
		close(g.open)
		answering.Wait()
	})
	h.rewire(func(d *campaign.Deps) { d.Store = g.Store })
}

func (h *house) say(who string, yes bool) *said {
	return &said{link: h.invitation(who).Link, yes: yes}
}

func (h *house) expectAnswers(who string, want ...campaign.Choice) {
	h.t.Helper()
	rs := h.responses(who)
	var got []campaign.Choice
	for _, r := range rs {
		got = append(got, r.Decisions[0].State)
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("%s answered %v, want %v", who, got, want)
	}
	h.expectProven(who)
}

// While something else writes for long, whoever waits is told so before the server would cut them off, and what they were
// told was not saved is not saved later.
func TestWhoWaitsTooLongIsToldAndNotStored(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 6}).start(spring).send()
	g := &gate{}
	h.rewire(func(d *campaign.Deps) { g.Store, d.Store = d.Store, g })
	var links []campaign.LinkID
	for n := range 6 {
		links = append(links, h.invitation(person(n)).Link)
	}
	synctest.Test(t, func(t *testing.T) {
		var answering sync.WaitGroup
		g.open = make(chan struct{})
		begun := time.Now()
		for n, link := range links {
			answering.Go(func() {
				_, err := h.app.Desk.Object(t.Context(), link, campaign.Answer{Kind: campaign.ByOneClick})
				if waited := time.Since(begun); !fault.Is(err, fault.Unavailable) || waited > 20*time.Second {
					t.Errorf("%d waited %s: %v", n, waited, err)
				}
			})
			synctest.Wait()
		}
		answering.Go(func() {
			if _, err := h.app.Desk.Request(t.Context(), links[0], campaign.CaseErase); !fault.Is(err, fault.Unavailable) || time.Since(begun) > 20*time.Second {
				t.Errorf("a request waited %s: %v", time.Since(begun), err)
			}
		})
		answering.Go(func() {
			if err := h.app.Desk.AskReceipt(t.Context(), links[0]); !fault.Is(err, fault.Unavailable) || time.Since(begun) > 20*time.Second {
				t.Errorf("a wish for the receipt waited %s: %v", time.Since(begun), err)
			}
		})
		time.Sleep(45 * time.Second)
		close(g.open)
		answering.Wait()
	})
	h.rewire(func(d *campaign.Deps) { d.Store = g.Store })
	for n := range links {
		h.expectAnswers(person(n))
	}
}

// Those who wait are stored in one Update, and each has the own answer: whoever says two things is heard
// twice and in order, whoever has left is not heard, an unknown link is unknown.
func TestAnswersAreStoredTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 5}).start(spring).send()
	entries := h.entries()
	leader, left, stranger := h.say(person(4), true), h.say(person(2), true), &said{link: campaign.LinkID{1}}
	leader.gone, left.gone = true, true
	first, second, both, again := h.say(person(0), true), h.say(person(1), false), h.say(person(3), true), h.say(person(3), false)
	g := &gate{}
	h.answerAll(g, leader, first, left, second, both, stranger, again)
	for _, s := range []*said{first, second, both, again} {
		h.must(s.err)
	}
	if !fault.Is(leader.err, fault.Unavailable) || !fault.Is(left.err, fault.Unavailable) || !fault.Is(stranger.err, fault.NotFound) {
		t.Errorf("who left: %v, %v; a stranger: %v", leader.err, left.err, stranger.err)
	}
	if n := g.updates.Load(); n != 1 || h.entries() != entries+4 {
		t.Errorf("%d transactions, %d new entries", n, h.entries()-entries)
	}
	h.expectAnswers(person(0), campaign.Granted)
	h.expectAnswers(person(1), campaign.Declined)
	h.expectAnswers(person(2))
	h.expectAnswers(person(3), campaign.Granted, campaign.Withdrawn)
	h.expectAnswers(person(4))
	for n, class := range []string{"OPTED_IN_VALID", "OPTED_OUT", "", "OPTED_OUT"} {
		if v := h.contact(person(n)).Verdict; class != "" && v.Fine != class { // without another audit
			t.Errorf("person %d is %s (%s), want %s", n, v.Fine, v.Code, class)
		}
		if h.suppressed(person(n)) != (class == "OPTED_OUT") {
			t.Errorf("person %d is suppressed: %v", n, h.suppressed(person(n)))
		}
	}
}

// An answer that cannot be stored takes no other with it.
func TestABrokenAnswerAmongOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 3}).start(spring).send()
	all := []*said{h.say(person(0), true), h.say(person(1), true), h.say(person(2), false)}
	g := &gate{hurts: h.contact(person(1)).ID, how: func() error { return fault.New(fault.Conflict, "test.hurt", "not this one") }}
	h.answerAll(g, all...)
	if all[0].err != nil || !fault.Is(all[1].err, fault.Conflict) || all[2].err != nil || g.updates.Load() != 4 {
		t.Errorf("%v, %v, %v after %d transactions", all[0].err, all[1].err, all[2].err, g.updates.Load())
	}
	h.expectAnswers(person(0), campaign.Granted)
	h.expectAnswers(person(1))
	h.expectAnswers(person(2), campaign.Declined)
}

// Nobody waits for ever, or is thanked, when storing fails or panics; and all can answer again.
func TestAnswersThatFailTogether(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func() error{
		"fails":  func() error { return fault.New(fault.Unavailable, "test.full", "the disk is full") },
		"panics": func() error { panic("a mistake") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 3}).start(spring).send()
			all := []*said{h.say(person(0), true), h.say(person(1), true), h.say(person(2), false)}
			h.answerAll(&gate{hurts: h.contact(person(1)).ID, how: how}, all...)
			for n, s := range all {
				if s.err == nil {
					t.Errorf("person %d is thanked", n)
				}
				h.expectAnswers(person(n))
			}
			h.answerAll(&gate{}, all...)
			for n, s := range all {
				h.must(s.err)
				h.expectAnswers(person(n), []campaign.Choice{campaign.Granted, campaign.Granted, campaign.Declined}[n])
			}
		})
	}
}
