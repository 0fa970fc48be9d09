package account

import (
	"crypto/sha256"
	"time"
)

// Attempt counts the failed logins of one key: a name from one network, or a network alone.
type Attempt struct {
	Key    Key
	Failed int
	At     time.Time // of the last one
}

// A throttle bounds how often something may fail: a few times freely, then after a pause that doubles.
type throttle struct {
	free        int
	first, most time.Duration
}

// perName bounds guessing one person's password, perNetwork guessing everybody's from one place.
func perName() throttle    { return throttle{free: 5, first: time.Minute, most: time.Hour} }
func perNetwork() throttle { return throttle{free: 30, first: time.Minute, most: time.Hour} }

// forget is when failed attempts no longer count.
const forget = 24 * time.Hour

// wait is how long after the last failure the next attempt may be made.
func (t throttle) wait(failed int) time.Duration {
	if failed < t.free {
		return 0
	}
	d := t.first
	for i := t.free; i < failed && d < t.most; i++ {
		d *= 2
	}
	return min(d, t.most)
}

// blocked reports whether an attempt comes too early.
func (t throttle) blocked(a Attempt, now time.Time) bool {
	return now.Before(a.At.Add(t.wait(a.Failed)))
}

// attemptKey names what is counted without naming it: a mistyped name may be a password.
func attemptKey(parts ...string) Key {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte{byte(len(p) >> 8), byte(len(p))})
		h.Write([]byte(p))
	}
	return Key(h.Sum(nil))
}
