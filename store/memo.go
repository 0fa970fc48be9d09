package store

import "sync"

// mostMemos bounds what a memo keeps.
const mostMemos = 256

// memo remembers what stored JSON texts mean: the few that belong to running campaigns are read for
// every message and every visitor. What it gives out is shared and must not be changed.
type memo[T any] struct {
	mu    sync.Mutex
	known map[string]T
}

func (m *memo[T]) of(text string) (T, error) {
	return m.under(text, func() (string, error) { return text, nil })
}

// under is the meaning of a text that is named by a key, and read only when its meaning is not known.
func (m *memo[T]) under(key string, read func() (string, error)) (T, error) {
	m.mu.Lock()
	v, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return v, nil
	}
	var fresh T
	text, err := read()
	if err == nil {
		err = decode(text, &fresh)
	}
	if err != nil {
		return fresh, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostMemos {
		m.known = map[string]T{}
	}
	m.known[key] = fresh
	return fresh, nil
}
