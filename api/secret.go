package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// same compares two secrets in a time that says nothing of either.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// stranger is the answer to whoever does not prove to be the provider. why is for the log and holds nothing of
// what was sent.
func stranger(why string) error {
	return fault.New(fault.Unauthenticated, "webhook.stranger", "this is not proved to come from the mail provider").Because(errors.New(why)).At("api.Webhooks")
}

// ahead is how far the provider's clock may be before ours.
const ahead = 5 * time.Minute

// fresh reports whether a time that was signed is not too old, and not of the future.
func fresh(at, now time.Time, past time.Duration) bool {
	return !at.After(now.Add(ahead)) && !at.Before(now.Add(-past))
}

// basic reports whether a request carries a user and password (RFC 7617).
func basic(r *http.Request, user, password string) bool {
	u, p, ok := r.BasicAuth()
	return same(u, user) && same(p, password) && ok
}
