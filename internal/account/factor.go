package account

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Factor is what a person proves themselves with beside the password: an app that shows codes. The seed is sealed
// under a key that is not in the database, so that a stolen database makes nobody's codes.
type Factor struct {
	Account ID
	Sealed  []byte
	Step    int64 // of the last code that was used: none is good twice
	AddedAt time.Time
}

const (
	// recoveryCodes is how many codes a person gets for the day on which the phone is gone.
	recoveryCodes = 10
	// halfTime is how long a login may wait for its second half.
	halfTime = 5 * time.Minute
	// Fresh is how long somebody who proved who they are need not do it once more, not even for an act that binds.
	Fresh = 10 * time.Minute
)

// Sealer keeps seeds.
type Sealer struct{ aead cipher.AEAD }

// NewSealer makes a sealer from a key of the key folder.
func NewSealer(master []byte) (*Sealer, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "reoptin second factor", 32)
	if err != nil {
		return nil, fault.Wrap("account.NewSealer", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap("account.NewSealer", err)
	}
	aead, err := cipher.NewGCM(block)
	return &Sealer{aead}, fault.Wrap("account.NewSealer", err)
}

// whose binds what is sealed to its account.
func whose(id ID) []byte { return binary.BigEndian.AppendUint64([]byte("account"), uint64(id)) }

func (s *Sealer) seal(id ID, seed Seed, random io.Reader) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fault.Wrap("account.seal", err)
	}
	return s.aead.Seal(nonce, nonce, seed, whose(id)), nil
}

func (s *Sealer) open(id ID, sealed []byte) (Seed, error) {
	if n := s.aead.NonceSize(); len(sealed) > n {
		if seed, err := s.aead.Open(nil, sealed[:n], sealed[n:], whose(id)); err == nil {
			return seed, nil
		}
	}
	return nil, fault.New(fault.Unavailable, "account.sealed", "the second factor cannot be read with the keys of this installation").At("account.open").
		Hint("restore the key folder that belongs to this database, or reoptin user second-factor NAME --remove")
}

// wrongCode is the one answer to a code that is wrong, old or was used before.
func wrongCode() error {
	return fault.New(fault.Unauthenticated, "account.code", "the code is wrong, or was used already").At("account.checkCode").
		Hint("wait for the next code of the app; a wrong clock of the phone makes wrong codes")
}

func hasFactor(r Reader, id ID) (bool, error) {
	if has, err := hasApp(r, id); has || err != nil {
		return has, err
	}
	keys, err := r.Passkeys(id)
	return len(keys) > 0, err
}

// hasApp reports whether an account has an app that makes codes.
func hasApp(r Reader, id ID) (bool, error) {
	_, err := r.Factor(id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// spendCode takes a code of the app, or one of the codes for when it is lost. Either is good once.
func (r *Roster) spendCode(tx Tx, id ID, code string) error {
	has, err := hasFactor(tx, id)
	if err != nil || !has {
		return err // there is none to ask for
	}
	if len(code) > 64 {
		return wrongCode()
	}
	if good, err := r.spendApp(tx, id, code); good || err != nil {
		return err
	}
	err = tx.SpendRecovery(id, recoveryKey(id, code))
	if fault.Is(err, fault.NotFound) {
		return wrongCode()
	}
	if err != nil {
		return err
	}
	return tx.Record(Event{Kind: RecoveryUsed, Account: id, At: tx.Now()})
}

// spendApp takes a code of the app, where there is one.
func (r *Roster) spendApp(tx Tx, id ID, code string) (good bool, err error) {
	f, err := tx.Factor(id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	seed, err := r.sealer.open(id, f.Sealed)
	if err != nil {
		return false, err
	}
	step, ok := seed.Step(code, tx.Now())
	if !ok {
		return false, nil
	}
	if step <= f.Step {
		return false, wrongCode()
	}
	f.Step = step
	return true, tx.PutFactor(f)
}

// recoveryKey is what the database knows a recovery code by. It is drawn, long, and read without its hyphens.
func recoveryKey(id ID, code string) Key {
	plain := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	return sha256.Sum256(append(whose(id), plain...))
}

// NewFactor draws a seed for an account. Nothing is kept until AddFactor has seen a code of it.
func (r *Roster) NewFactor() (Seed, error) { return NewSeed(r.rand) }

// AddFactor gives an account a second factor, provided that the app shows the right code. Whatever other sessions
// the account has end, and this one begins anew. The recovery codes are told this once.
func (r *Roster) AddFactor(ctx context.Context, a Account, seed Seed, code string) (secret Secret, recovery []string, err error) {
	if len(seed) != seedSize {
		return secret, nil, wrongCode()
	}
	sealed, err := r.sealer.seal(a.ID, seed, r.rand)
	if err != nil {
		return secret, nil, err
	}
	recovery, keys, err := newRecoveries(a.ID, r.rand)
	if err != nil {
		return secret, nil, err
	}
	if secret, err = NewSecret(r.rand); err != nil {
		return secret, nil, err
	}
	return secret, recovery, r.store.Update(ctx, func(tx Tx) error {
		step, ok := seed.Step(code, tx.Now())
		if !ok {
			return wrongCode()
		}
		if err := tx.PutFactor(Factor{Account: a.ID, Sealed: sealed, Step: step, AddedAt: tx.Now()}); err != nil {
			return err
		}
		if err := tx.PutRecovery(a.ID, keys); err != nil {
			return err
		}
		return changedFactor(tx, a, secret)
	})
}

// changedFactor ends the sessions of an account that has a further factor, and lets the person go on in a new one.
func changedFactor(tx Tx, a Account, secret Secret) error {
	if err := tx.EndSessions(a.ID); err != nil {
		return err
	}
	if err := tx.Record(Event{Kind: FactorAdded, Account: a.ID, At: tx.Now()}); err != nil {
		return err
	}
	return enter(tx, a, secret, Secret{})
}

// newRecoveries draws the recovery codes of an account.
func newRecoveries(id ID, random io.Reader) (codes []string, keys []Key, err error) {
	for range recoveryCodes {
		c, err := newRecovery(random)
		if err != nil {
			return nil, nil, err
		}
		codes, keys = append(codes, c), append(keys, recoveryKey(id, c))
	}
	return codes, keys, nil
}

// newRecovery draws a recovery code: 80 bits, in groups.
func newRecovery(random io.Reader) (string, error) {
	b := make([]byte, 10)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fault.Wrap("account.newRecovery", err)
	}
	text := strings.ToLower(seedText.EncodeToString(b))
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:], nil
}

// RemoveFactor takes the second factor of an account away, and ends its sessions: the phone is lost, and so are the
// codes.
func (r *Roster) RemoveFactor(ctx context.Context, by Actor, name string) error {
	return r.onAccount(ctx, name, func(tx Tx, a Account) error {
		if err := withFactor(tx, a); err != nil {
			return err
		}
		if err := tx.RemoveFactor(a.ID); err != nil {
			return err
		}
		if err := tx.EndSessions(a.ID); err != nil {
			return err
		}
		return tx.Record(Event{Kind: FactorRemoved, Account: a.ID, By: by.Name, At: tx.Now()})
	})
}

// CanRemoveFactor says what stands against taking a second factor away, if anything does.
func (r *Roster) CanRemoveFactor(ctx context.Context, name string) error {
	return r.store.View(ctx, func(rd Reader) error {
		a, err := find(rd, name)
		if err != nil {
			return err
		}
		return withFactor(rd, a)
	})
}

func withFactor(rd Reader, a Account) error {
	has, err := hasFactor(rd, a.ID)
	if err == nil && !has {
		err = fault.New(fault.Conflict, "account.no_factor", "the account has no second factor").At("account.RemoveFactor").Hint("reoptin user list")
	}
	return err
}

// Second finishes a login that waits for its second half.
func (r *Roster) Second(ctx context.Context, half Secret, code, network string) (Secret, Account, error) {
	return r.second(ctx, half, network, func(tx Tx, a Account) error { return r.spendCode(tx, a.ID, code) })
}

// SecondByKey does so with a passkey.
func (r *Roster) SecondByKey(ctx context.Context, half Secret, origin string, p Proof, network string) (Secret, Account, error) {
	return r.second(ctx, half, network, func(tx Tx, a Account) error { return spendKey(tx, a.ID, half, origin, p) })
}

func (r *Roster) second(ctx context.Context, half Secret, network string, spend func(Tx, Account) error) (Secret, Account, error) {
	var a Account
	err := r.store.View(ctx, func(rd Reader) (err error) {
		a, err = halfway(rd, half)
		return err
	})
	if err != nil {
		return Secret{}, Account{}, err
	}
	if err := r.store.Update(ctx, func(tx Tx) error { return count(tx, a.Name, network) }); err != nil {
		return Secret{}, Account{}, err
	}
	secret, err := NewSecret(r.rand)
	if err != nil {
		return Secret{}, Account{}, err
	}
	err = r.store.Update(ctx, func(tx Tx) error {
		if _, err := halfway(tx, half); err != nil { // it may have been used meanwhile
			return err
		}
		if err := spend(tx, a); err != nil {
			return err
		}
		if err := uncount(tx, a.Name, network); err != nil {
			return err
		}
		return enter(tx, a, secret, half)
	})
	return secret, a, r.failed(ctx, a.ID, err)
}

// halfway finds whose login waits for its second half.
func halfway(r Reader, half Secret) (Account, error) {
	s, err := r.Session(half.Key())
	if fault.Is(err, fault.NotFound) || err == nil && (!s.Half || !s.Live(r.Now())) {
		return Account{}, over()
	}
	if err != nil {
		return Account{}, err
	}
	a, err := r.AccountByID(s.Account)
	if err == nil && a.Disabled() {
		err = over()
	}
	return a, err
}

// Halfway reports whose login waits for its second half.
func (r *Roster) Halfway(ctx context.Context, half Secret) (a Account, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		a, err = halfway(rd, half)
		return err
	})
	return a, err
}

// Prove lets somebody who is logged in show once more who they are, before an act that binds.
func (r *Roster) Prove(ctx context.Context, l Login, code string) error {
	if err := r.store.Update(ctx, func(tx Tx) error { return count(tx, l.Name, l.Network) }); err != nil {
		return err
	}
	a, err := r.check(ctx, l.Name, l.Password)
	if err != nil {
		return err
	}
	err = r.store.Update(ctx, func(tx Tx) error {
		if err := r.spendCode(tx, a.ID, code); err != nil {
			return err
		}
		if err := uncount(tx, l.Name, l.Network); err != nil {
			return err
		}
		return tx.ProveSession(l.Before.Key())
	})
	return r.failed(ctx, a.ID, err)
}

// ProveByKey does so with a passkey, which is more than a password.
func (r *Roster) ProveByKey(ctx context.Context, a Account, session Secret, origin string, p Proof, network string) error {
	if err := r.store.Update(ctx, func(tx Tx) error { return count(tx, a.Name, network) }); err != nil {
		return err
	}
	err := r.store.Update(ctx, func(tx Tx) error {
		if err := spendKey(tx, a.ID, session, origin, p); err != nil {
			return err
		}
		if err := uncount(tx, a.Name, network); err != nil {
			return err
		}
		return tx.ProveSession(session.Key())
	})
	return r.failed(ctx, a.ID, err)
}

// failed leaves a line in the audit trail when a code was wrong.
func (r *Roster) failed(ctx context.Context, id ID, err error) error {
	if fault.Is(err, fault.Unauthenticated) {
		if err := r.store.Update(ctx, func(tx Tx) error { return tx.Record(Event{Kind: LoginFailed, Account: id, At: tx.Now()}) }); err != nil {
			return err
		}
	}
	return err
}

// HasFactor reports whether an account has a second factor.
func (r *Roster) HasFactor(ctx context.Context, id ID) (has bool, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		has, err = hasFactor(rd, id)
		return err
	})
	return has, err
}

// Present is what a person sees of their own account beside its role.
type Present struct {
	Sessions []Session // the newest first
	Factor   bool      // an app, or a passkey
	App      bool
	Passkeys []Passkey
	Recovery int // codes that are left
}

// Present finds out how an account is used.
func (r *Roster) Present(ctx context.Context, id ID) (p Present, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		if p.Factor, err = hasFactor(rd, id); err != nil {
			return err
		}
		if p.App, err = hasApp(rd, id); err != nil {
			return err
		}
		if p.Passkeys, err = rd.Passkeys(id); err != nil {
			return err
		}
		if p.Recovery, err = rd.Recovery(id); err != nil {
			return err
		}
		all, err := rd.Sessions(id)
		for _, s := range all {
			if s.Live(rd.Now()) && !s.Half {
				p.Sessions = append(p.Sessions, s)
			}
		}
		return err
	})
	return p, err
}

// EndOthers ends every session of an account but one.
func (r *Roster) EndOthers(ctx context.Context, a Account, but Secret) error {
	return r.store.Update(ctx, func(tx Tx) error {
		all, err := tx.Sessions(a.ID)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.Key == but.Key() {
				continue
			}
			if err := tx.EndSession(s.Key); err != nil {
				return err
			}
		}
		return tx.Record(Event{Kind: LoggedOut, Account: a.ID, At: tx.Now()})
	})
}
