package account

import (
	"context"
	"time"
)

// Store is where accounts are kept. View sees one snapshot; Update commits on nil and rolls back on an
// error. A missing row is fault.NotFound, a name that is taken fault.Conflict.
type Store interface {
	View(context.Context, func(Reader) error) error
	Update(context.Context, func(Tx) error) error
}

// Reader reads.
type Reader interface {
	Now() time.Time
	Account(name string) (Account, error)
	AccountByID(ID) (Account, error)
	AccountOf(Identity) (Account, error)
	Accounts() ([]Account, error) // by number
	Session(Key) (Session, error)
	Sessions(ID) ([]Session, error) // the newest first
	Factor(ID) (Factor, error)
	Passkeys(ID) ([]Passkey, error) // the oldest first
	Recovery(ID) (int, error)       // codes that were not used yet
	Attempt(Key) (Attempt, error)   // zero counts where there is none
	Trail(limit int) ([]Event, error)
	Token(digest Key) (Token, error)
	Tokens() ([]Token, error) // by number
}

// Tx reads and writes.
type Tx interface {
	Reader
	// AddAccount and DisableAccount write the ledger entry of the act with it.
	AddAccount(Account, Actor) (ID, error)
	DisableAccount(ID, Actor) error // fault.Conflict when it is disabled already
	// AddToken and RevokeToken likewise; a name or digest that is taken, and a token that is revoked, is fault.Conflict.
	AddToken(Token, Actor) (TokenID, error)
	RevokeToken(TokenID, Actor) error
	UseToken(TokenID) error // keeps the day
	SetPassword(id ID, hash string) error
	AddIdentity(ID, Identity) error // fault.Conflict when the account has one, or the identity another account
	SetLastLogin(ID) error
	AddSession(Session) error
	TouchSession(Key) error
	// ProveSession keeps that the person proved who they are, now.
	ProveSession(Key) error
	EndSession(Key) error
	EndSessions(ID) error
	PutAttempt(Attempt) error
	// SetChallenge keeps what a passkey is asked in a session, TakeChallenge gives it once; none is empty.
	SetChallenge(Key, []byte) error
	TakeChallenge(Key) ([]byte, error)
	AddPasskey(Passkey) error // fault.Conflict when it is somebody's already
	UsePasskey(id []byte, counter uint32) error
	RemovePasskey(of ID, id []byte) error // fault.Conflict when it is none of theirs
	// PutFactor keeps the second factor of an account, in the place of one that it has; RemoveFactor takes it
	// away with the account's passkeys and recovery codes. PutRecovery keeps other recovery codes, SpendRecovery uses one up.
	PutFactor(Factor) error
	RemoveFactor(ID) error
	PutRecovery(ID, []Key) error
	SpendRecovery(ID, Key) error
	// Forget removes attempts last made before one instant, sessions that began before another, and
	// lines of the audit trail older than a third.
	Forget(attempts, sessions, trail time.Time) error
	Record(Event) error
}

// Event is one line of the audit trail: who logged in or tried to, and who changed what proves it.
type Event struct {
	Kind    EventKind
	Account ID     // 0: nobody of that name
	By      string // who did it, where it was somebody else
	At      time.Time
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	LoggedIn        EventKind = "login"
	LoginFailed     EventKind = "login.failed"
	LoggedOut       EventKind = "logout"
	PasswordChanged EventKind = "password.changed"
	FactorAdded     EventKind = "factor.added"
	FactorRemoved   EventKind = "factor.removed"
	RecoveryUsed    EventKind = "recovery.used"
)

// trailKept is how long the audit trail goes back.
const trailKept = 400 * 24 * time.Hour
