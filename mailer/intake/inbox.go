package intake

import (
	"slices"
	"strings"
	"sync"
)

// Inbox holds the newest messages in memory. It is safe for concurrent use.
type Inbox struct {
	bound int

	mu      sync.Mutex
	mails   []Mail // oldest first
	next    int
	changed chan struct{}
}

// NewInbox holds at most bound messages; below 1 counts as 1. The oldest give way.
func NewInbox(bound int) *Inbox {
	return &Inbox{bound: max(bound, 1), next: 1, changed: make(chan struct{})}
}

// Receive adds a message. It never fails: what cannot be read is held as it came.
func (b *Inbox) Receive(e Envelope) error {
	m := read(e)
	b.mu.Lock()
	defer b.mu.Unlock()
	m.ID = b.next
	b.next++
	if len(b.mails) >= b.bound {
		b.mails = slices.Delete(b.mails, 0, len(b.mails)-b.bound+1)
	}
	b.mails = append(b.mails, m)
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

// List gives messages, newest first, from the offset-th on and at most limit. filter is a part of
// recipient or subject in any case; "" is every message.
func (b *Inbox) List(offset, limit int, filter string) []Mail {
	filter = strings.ToLower(filter)
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Mail
	for _, m := range slices.Backward(b.mails) {
		if filter != "" && !strings.Contains(strings.ToLower(m.To+"\n"+m.Subject), filter) {
			continue
		}
		if offset > 0 {
			offset--
			continue
		}
		if len(out) >= limit {
			break
		}
		out = append(out, m)
	}
	return out
}

// Get gives a message by its id; ok is false when it was never there or has given way.
func (b *Inbox) Get(id int) (m Mail, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, ok := slices.BinarySearchFunc(b.mails, id, func(m Mail, id int) int { return m.ID - id })
	if !ok {
		return Mail{}, false
	}
	return b.mails[i], true
}

// Count is how many messages are held.
func (b *Inbox) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.mails)
}

// Changed gives a channel that is closed when the next message comes.
func (b *Inbox) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}
