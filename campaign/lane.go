package campaign

import (
	"context"
	"math"
	"sync"
	"time"
)

// Only so many messages to one mailbox provider are on their way at once. A worker that waited for that with a
// message in its hand would keep those waiting who go elsewhere: two slow messages to one provider would bring all workers to
// a stop. So a message for which no place is free is laid aside, and whoever holds a place of that provider sends it
// next; the worker goes on with somebody else. No more are claimed for a provider while many are laid aside.

// lanes hold what a run has laid aside, by mailbox provider.
type lanes struct {
	pace Pace
	most int           // that are laid aside before claims look past their providers
	left chan struct{} // holds one when a message ended

	mu    sync.Mutex
	held  map[string]int // places that workers of this run hold
	aside map[string][]Invitation
	count int // of all that are laid aside
}

// asidePerSender bounds what is laid aside for each delivery that may be under way.
const asidePerSender = 8

func newLanes(p Pace, senders int) *lanes {
	return &lanes{pace: p, most: asidePerSender * senders, left: make(chan struct{}, 1), held: map[string]int{}, aside: map[string][]Invitation{}}
}

// enter takes a place for an invitation, or lays it aside for whoever holds one.
func (l *lanes) enter(i Invitation) (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := i.Email.Provider()
	if leave, ok = l.pace.Enter(p); !ok && l.held[p] > 0 {
		l.aside[p] = append(l.aside[p], i)
		l.count++
		return nil, false
	}
	if !ok { // nobody of this run would call for it
		leave = func() {}
	}
	l.held[p]++
	return leave, true
}

// next gives the one that goes by the same place, else gives the place back.
func (l *lanes) next(provider string, leave func()) (i Invitation, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if waiting := l.aside[provider]; len(waiting) > 0 {
		i, ok = waiting[0], true
		l.aside[provider] = waiting[1:]
		l.count--
		if len(waiting) == 1 {
			delete(l.aside, provider)
		}
	} else {
		if l.held[provider]--; l.held[provider] == 0 {
			delete(l.held, provider)
		}
		leave()
	}
	select {
	case l.left <- struct{}{}:
	default:
	}
	return i, ok
}

// full reports whether as many are laid aside as may be.
func (l *lanes) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count >= l.most
}

// crowded are the mailbox providers for which somebody is laid aside.
func (l *lanes) crowded() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]bool, len(l.aside))
	for p := range l.aside {
		all[p] = true
	}
	return all
}

// WhyCrowded is the reason of somebody whom a claim looks past, and leaves as they are.
const WhyCrowded = "crowded"

// past is a gate that looks past some mailbox providers first.
func past(crowded map[string]bool, g Gate) Gate {
	if len(crowded) == 0 {
		return g
	}
	return func(email Address, zone string) (until time.Time, why string) {
		switch {
		case crowded[email.Provider()]:
			return until, WhyCrowded
		case g != nil:
			return g(email, zone)
		}
		return until, ""
	}
}

// work delivers one claimed invitation after the other, and behind each those that were laid aside for its place.
func (r *run) work(claimed <-chan Invitation) {
	var room []byte // for the bytes of one message after the other
	for i := range claimed {
		leave, ok := r.lanes.enter(i)
		for ok {
			room = r.deliver(i, room)
			i, ok = r.lanes.next(i.Email.Provider(), leave)
		}
	}
}

// patient waits, while as many are laid aside as may be, until that changes. Where messages could leave at once but for
// that, it is not waited: somebody else may be there who goes elsewhere, and crowded says past whom to look. In a first
// wave people have their turn in their order.
func (r *run) patient() (crowded map[string]bool) {
	for r.lanes.full() && r.going.Err() == nil {
		if r.most == math.MaxInt && r.desk.pace.Ready() {
			return r.lanes.crowded()
		}
		r.lanes.wait(r.going)
	}
	return nil
}

// wait is over when a message of the run has ended, or the run has.
func (l *lanes) wait(ctx context.Context) {
	select {
	case <-l.left:
	case <-ctx.Done():
	}
}
