package account

import (
	"context"
	"crypto/rand"
	"io"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Roster holds the acts around accounts. It is safe for use by many goroutines.
type Roster struct {
	store  Store
	hasher *Hasher
	sealer *Sealer
	rand   io.Reader
}

// NewRoster makes a roster. A nil rand is the system's.
func NewRoster(s Store, h *Hasher, k *Sealer, random io.Reader) *Roster {
	if random == nil {
		random = rand.Reader
	}
	return &Roster{store: s, hasher: h, sealer: k, rand: random}
}

// NewPassword draws a password that nobody has to invent: 120 bits in groups that can be read out.
func NewPassword(r io.Reader) (string, error) {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32 of them, none that looks like another
	var b [24]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fault.Wrap("account.NewPassword", err)
	}
	var out strings.Builder
	for i, v := range b {
		if i > 0 && i%6 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(letters[int(v)%len(letters)])
	}
	return out.String(), nil
}

// Add makes an account.
func (r *Roster) Add(ctx context.Context, by Actor, name string, role Role, password string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return err
	}
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	hash, err := r.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	err = r.store.Update(ctx, func(tx Tx) error {
		_, err := tx.AddAccount(Account{Name: name, Role: role, Hash: hash, CreatedAt: tx.Now()}, by)
		return err
	})
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "account.taken", "there is an account of that name already, or there was one").
			At("account.Add").Hint("a name is never given twice; choose another")
	}
	return err
}

// List gives all accounts, disabled ones too.
func (r *Roster) List(ctx context.Context) (as []Account, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		as, err = rd.Accounts()
		return err
	})
	return as, err
}

// Trail gives the newest lines of the audit trail.
func (r *Roster) Trail(ctx context.Context, limit int) (es []Event, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		es, err = rd.Trail(limit)
		return err
	})
	return es, err
}

// Disable ends an account for good, and its sessions. The last administrator stays.
func (r *Roster) Disable(ctx context.Context, by Actor, name string) error {
	return r.onAccount(ctx, name, func(tx Tx, a Account) error {
		if err := disabling(tx, a); err != nil {
			return err
		}
		if err := tx.DisableAccount(a.ID, by); err != nil {
			return err
		}
		return tx.EndSessions(a.ID)
	})
}

// CanDisable says what stands against disabling an account, if anything does.
func (r *Roster) CanDisable(ctx context.Context, name string) error {
	return r.store.View(ctx, func(rd Reader) error {
		a, err := find(rd, name)
		if err != nil {
			return err
		}
		return disabling(rd, a)
	})
}

func disabling(r Reader, a Account) error {
	if a.Disabled() {
		return fault.New(fault.Conflict, "account.disabled", "the account is disabled already").At("account.Disable").Hint("reoptin user list")
	}
	all, err := r.Accounts()
	if err != nil {
		return err
	}
	for _, other := range all {
		if a.Role != Administrator || other.ID != a.ID && other.Role == Administrator && !other.Disabled() {
			return nil
		}
	}
	return fault.New(fault.Conflict, "account.last", "this is the last administrator; nobody could manage accounts any more").
		At("account.Disable").Hint("reoptin user add NAME --role administrator")
}

// SetPassword gives an account another password and ends its sessions.
func (r *Roster) SetPassword(ctx context.Context, by Actor, name, password string) error {
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	hash, err := r.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return r.onAccount(ctx, name, func(tx Tx, a Account) error {
		if a.Disabled() {
			return fault.New(fault.Conflict, "account.disabled", "the account is disabled already").At("account.SetPassword").Hint("reoptin user list")
		}
		return setPassword(tx, a, hash, by.Name)
	})
}

func setPassword(tx Tx, a Account, hash, by string) error {
	if err := tx.SetPassword(a.ID, hash); err != nil {
		return err
	}
	if err := tx.EndSessions(a.ID); err != nil {
		return err
	}
	return tx.Record(Event{Kind: PasswordChanged, Account: a.ID, By: by, At: tx.Now()})
}

func (r *Roster) onAccount(ctx context.Context, name string, act func(Tx, Account) error) error {
	return r.store.Update(ctx, func(tx Tx) error {
		a, err := find(tx, name)
		if err != nil {
			return err
		}
		return act(tx, a)
	})
}

func find(r Reader, name string) (Account, error) {
	a, err := r.Account(name)
	if fault.Is(err, fault.NotFound) {
		return a, fault.New(fault.NotFound, "account.not_found", "there is no account of that name").At("account.find").Hint("reoptin user list")
	}
	return a, err
}

// forgetOld removes what is no longer needed: old attempts, dead sessions, the end of the audit trail.
func forgetOld(tx Tx, now time.Time) error {
	return tx.Forget(now.Add(-forget), now.Add(-Longest), now.Add(-trailKept))
}
