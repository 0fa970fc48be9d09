package campaign

import "sync"

// health counts what speaks against the relay or our setting of it, not against a person.
type health struct {
	mu        sync.Mutex
	refused   int // refusals in a row
	unreached int // runs in a row that ended without a connection, its security or its login
}

func (h *health) judge(o Outcome) (refused int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.Kind != OutcomeNoRelay && o.Kind != OutcomeLost {
		h.unreached = 0
	}
	switch {
	case o.Kind == OutcomeSent || o.Hard:
		h.refused = 0
	case o.Relay, o.Kind == OutcomeUncertain: // a relay that never answers the dot burns people too
		h.refused++
	}
	return h.refused
}

// unreachable counts one more run without a relay.
func (h *health) unreachable() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unreached++
	return h.unreached
}

func (h *health) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = 0
}
