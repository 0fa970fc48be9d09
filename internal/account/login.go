package account

import (
	"context"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Login is what a person gives to come in.
type Login struct {
	Name     string
	Password string
	Network  string // where the attempt comes from; only its digest is kept, for a day
	Before   Secret // the session that the browser had, which ends; zero: none
}

// unknown is the one answer to a wrong name, a wrong password and a disabled account.
func unknown() error {
	return fault.New(fault.Unauthenticated, "account.unknown", "name or password is wrong").At("account.Login")
}

// Login checks a password and begins a session under a new id; with half it waits for a code, which Second takes. It
// fails as Unauthenticated, and as TooMany when it comes too soon after failures.
func (r *Roster) Login(ctx context.Context, l Login) (secret Secret, a Account, half bool, err error) {
	if err := r.store.Update(ctx, func(tx Tx) error { return count(tx, l.Name, l.Network) }); err != nil {
		return Secret{}, Account{}, false, err
	}
	if a, err = r.check(ctx, l.Name, l.Password); err != nil {
		return Secret{}, Account{}, false, err
	}
	if secret, err = NewSecret(r.rand); err != nil {
		return Secret{}, Account{}, false, err
	}
	err = r.store.Update(ctx, func(tx Tx) error {
		if half, err = hasFactor(tx, a.ID); err != nil {
			return err
		}
		if half { // the attempt counts until the code is right: whoever has the password alone could guess for ever
			return begin(tx, a, Session{Key: secret.Key(), Half: true}, l.Before)
		}
		if err := uncount(tx, l.Name, l.Network); err != nil {
			return err
		}
		return enter(tx, a, secret, l.Before)
	})
	return secret, a, half, err
}

// begin begins a session, provided nothing changed since the password was checked.
func begin(tx Tx, a Account, s Session, before Secret) error {
	now, err := tx.AccountByID(a.ID)
	if err != nil {
		return err
	}
	if now.Disabled() || now.Hash != a.Hash {
		return unknown()
	}
	if before != (Secret{}) {
		if err := tx.EndSession(before.Key()); err != nil {
			return err
		}
	}
	s.Account, s.CreatedAt, s.SeenAt = a.ID, tx.Now(), tx.Now()
	return tx.AddSession(s)
}

// enter lets a person in who has just proved who they are.
func enter(tx Tx, a Account, secret, before Secret) error {
	return enterAs(tx, a, Session{Key: secret.Key(), ProvedAt: tx.Now()}, before)
}

func enterAs(tx Tx, a Account, s Session, before Secret) error {
	if err := begin(tx, a, s, before); err != nil {
		return err
	}
	if err := tx.SetLastLogin(a.ID); err != nil {
		return err
	}
	return tx.Record(Event{Kind: LoggedIn, Account: a.ID, At: tx.Now()})
}

// check looks at a password. Whoever is unknown or disabled takes as long as everybody else, and
// leaves a line in the audit trail like everybody else.
func (r *Roster) check(ctx context.Context, name, password string) (Account, error) {
	var a Account
	err := r.store.View(ctx, func(rd Reader) (err error) {
		if a, err = rd.Account(name); fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return a, err
	}
	hash := a.Hash
	if a.Disabled() {
		hash = ""
	}
	if len(password) > 4*LongestPassword { // no password of ours is that long
		hash, password = "", ""
	}
	ok, err := r.hasher.Check(ctx, hash, password)
	if err != nil || ok {
		return a, err
	}
	if err := r.store.Update(ctx, func(tx Tx) error { return tx.Record(Event{Kind: LoginFailed, Account: a.ID, At: tx.Now()}) }); err != nil {
		return a, err
	}
	return Account{}, unknown()
}

// counted are the keys that an attempt counts for, each with its bound.
func counted(name, network string) map[Key]throttle {
	return map[Key]throttle{attemptKey("name", name, network): perName(), attemptKey("network", network): perNetwork()}
}

// count refuses an attempt that comes too early, and else counts it as failed until it is known not to be.
func count(tx Tx, name, network string) error {
	if err := forgetOld(tx, tx.Now()); err != nil {
		return err
	}
	for key, t := range counted(name, network) {
		a, err := tx.Attempt(key)
		if err != nil {
			return err
		}
		if t.blocked(a, tx.Now()) {
			return fault.New(fault.TooMany, "account.too_many", "too many failed logins; wait before the next one").At("account.Login")
		}
		if err := tx.PutAttempt(Attempt{Key: key, Failed: a.Failed + 1, At: tx.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// uncount takes back what a good login had counted: all of the name's, its own of the network's.
func uncount(tx Tx, name, network string) error {
	if err := tx.PutAttempt(Attempt{Key: attemptKey("name", name, network)}); err != nil {
		return err
	}
	key := attemptKey("network", network)
	a, err := tx.Attempt(key)
	if err != nil {
		return err
	}
	a.Failed = max(a.Failed-1, 0)
	return tx.PutAttempt(a)
}

// Session finds who a secret belongs to. It fails as Unauthenticated when the session is unknown or
// over. With alive the sign of life is kept, at most once a minute.
func (r *Roster) Session(ctx context.Context, secret Secret, alive bool) (s Session, a Account, err error) {
	var stale bool
	err = r.store.View(ctx, func(rd Reader) error {
		s, err = rd.Session(secret.Key())
		if err == nil && (s.Half || !s.Live(rd.Now())) {
			return over()
		}
		if err != nil {
			return err
		}
		stale = !rd.Now().Before(s.SeenAt.Add(touch))
		a, err = rd.AccountByID(s.Account)
		if err == nil && a.Disabled() {
			return over()
		}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = over()
	}
	if err != nil {
		return Session{}, Account{}, err
	}
	if stale && alive {
		err = r.store.Update(ctx, func(tx Tx) error { return tx.TouchSession(secret.Key()) })
	}
	return s, a, err
}

func over() error {
	return fault.New(fault.Unauthenticated, "account.session", "the session is over").At("account.Session")
}

// Logout ends one session.
func (r *Roster) Logout(ctx context.Context, a Account, secret Secret) error {
	return r.store.Update(ctx, func(tx Tx) error {
		if err := tx.EndSession(secret.Key()); err != nil {
			return err
		}
		return tx.Record(Event{Kind: LoggedOut, Account: a.ID, At: tx.Now()})
	})
}

// ChangePassword lets a person choose another password, which takes the present one. All sessions end;
// the secret of a new one is returned, so that the person stays logged in. Where they have a second factor it is no
// fresher than the session before: the password alone does not prove who they are.
func (r *Roster) ChangePassword(ctx context.Context, l Login, password string) (Secret, error) {
	if err := CheckPassword(l.Name, password); err != nil {
		return Secret{}, err
	}
	if err := r.store.Update(ctx, func(tx Tx) error { return count(tx, l.Name, l.Network) }); err != nil {
		return Secret{}, err
	}
	a, err := r.check(ctx, l.Name, l.Password)
	if err != nil {
		return Secret{}, err
	}
	hash, err := r.hasher.Hash(ctx, password)
	if err != nil {
		return Secret{}, err
	}
	secret, err := NewSecret(r.rand)
	if err != nil {
		return Secret{}, err
	}
	return secret, r.store.Update(ctx, func(tx Tx) error {
		if err := uncount(tx, l.Name, l.Network); err != nil {
			return err
		}
		s := Session{Key: secret.Key(), ProvedAt: tx.Now()}
		if has, err := hasFactor(tx, a.ID); err != nil {
			return err
		} else if has {
			if s.ProvedAt, err = provedAt(tx, l.Before); err != nil {
				return err
			}
		}
		if err := setPassword(tx, a, hash, a.Name); err != nil {
			return err
		}
		a.Hash = hash
		return enterAs(tx, a, s, Secret{})
	})
}

// provedAt is when the person of a session last proved who they are; zero for no session.
func provedAt(r Reader, session Secret) (time.Time, error) {
	s, err := r.Session(session.Key())
	if fault.Is(err, fault.NotFound) {
		return time.Time{}, nil
	}
	return s.ProvedAt, err
}
