package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/reoptin/reoptin/internal/fault"
)

// Cost is what one hash costs: argon2id (RFC 9106) with so much memory, so many passes and lanes.
type Cost struct {
	Memory uint32 // KiB
	Time   uint32
	Lanes  uint8
}

// DefaultCost is the house's own.
func DefaultCost() Cost { return Cost{Memory: 19 << 10, Time: 2, Lanes: 1} }

// mostCost bounds what a stored hash may ask for, so that a row cannot exhaust the machine.
func mostCost() Cost { return Cost{Memory: 256 << 10, Time: 16, Lanes: 16} }

const (
	saltSize   = 16
	digestSize = 32
	// atOnce is how many hashes are computed at the same time: each holds its memory for as long.
	atOnce = 2
)

// Hasher makes and checks password hashes, a few at a time. Make one with NewHasher.
type Hasher struct {
	cost  Cost
	rand  io.Reader
	slots chan struct{}
}

// NewHasher makes a hasher that draws salts from rand.
func NewHasher(c Cost, rand io.Reader) *Hasher {
	return &Hasher{cost: c, rand: rand, slots: make(chan struct{}, atOnce)}
}

// Hash makes the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return "", fault.Wrap("account.Hash", err)
	}
	digest, err := h.digest(ctx, h.cost, salt, password)
	if err != nil {
		return "", err
	}
	return phc(h.cost, salt, digest), nil
}

// Check reports whether a password has a hash. An empty hash takes as long as a real one and never fits.
func (h *Hasher) Check(ctx context.Context, hash, password string) (bool, error) {
	known := hash != ""
	if !known {
		hash = phc(h.cost, make([]byte, saltSize), make([]byte, digestSize))
	}
	cost, salt, want, err := readPHC(hash)
	if err != nil {
		return false, err
	}
	got, err := h.digest(ctx, cost, salt, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// digest waits for a free slot, then computes.
func (h *Hasher) digest(ctx context.Context, c Cost, salt []byte, password string) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "account.busy", "too many people are logging in at once").At("account.digest").Because(ctx.Err())
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Lanes, digestSize), nil
}

// phc writes a hash the way the password hashing competition laid down.
func phc(c Cost, salt, digest []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Lanes, b64(salt), b64(digest))
}

func readPHC(s string) (c Cost, salt, digest []byte, err error) {
	damaged := fault.New(fault.Internal, "account.hash", "a stored password hash cannot be read").At("account.readPHC")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, damaged
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Lanes); err != nil {
		return c, nil, nil, damaged.Because(err)
	}
	most := mostCost()
	if c.Memory == 0 || c.Memory > most.Memory || c.Time == 0 || c.Time > most.Time || c.Lanes == 0 || c.Lanes > most.Lanes {
		return c, nil, nil, damaged
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return c, nil, nil, damaged.Because(err)
	}
	if digest, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(digest) != digestSize {
		return c, nil, nil, damaged.Because(err)
	}
	return c, salt, digest, nil
}
