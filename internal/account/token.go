package account

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// tokenPrefix begins every token, so that one that got lost is recognised wherever it lies.
const tokenPrefix = "rpt_"

// TokenID numbers a token.
type TokenID int64

// Token is what one program proves itself with. Like an account it has one role, and its name is never given again.
type Token struct {
	ID        TokenID
	Name      string
	Role      Role
	Digest    Key // from it the token cannot be found
	MadeBy    string
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedOn    time.Time // the beginning of the last day on which it was used; zero: never
	RevokedAt time.Time // zero: not revoked
}

// Revoked reports whether the token was taken back.
func (t Token) Revoked() bool { return !t.RevokedAt.IsZero() }

// Expired reports whether its time is over.
func (t Token) Expired(now time.Time) bool { return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) }

// Actor is the token as something that acts. No person's name has a colon.
func (t Token) Actor() Actor {
	return Actor{Kind: "machine", Name: "token:" + t.Name, Role: string(t.Role)}
}

// checkTokenName wants a name like a person's that is no number, since a number names a token, too.
func checkTokenName(name string) error {
	if strings.Trim(name, "0123456789") != "" && names.MatchString(name) {
		return nil
	}
	return fault.New(fault.Invalid, "token.name", "a name has 1 to 64 lower-case letters, digits and . _ @ -, begins and ends with a letter or digit, and is no number").
		At("account.checkTokenName").Hint("reoptin token add crm --role marketer")
}

// AddToken makes a token and gives its text, the only time that anybody sees it. A zero end is none.
func (r *Roster) AddToken(ctx context.Context, by Actor, name string, role Role, expires time.Time) (text string, t Token, err error) {
	if err := checkTokenName(name); err != nil {
		return "", t, err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return "", t, err
	}
	secret, err := NewSecret(r.rand)
	if err != nil {
		return "", t, err
	}
	err = r.store.Update(ctx, func(tx Tx) error {
		if t = (Token{Name: name, Role: role, Digest: secret.Key(), MadeBy: by.Name, CreatedAt: tx.Now(), ExpiresAt: expires}); t.Expired(tx.Now()) {
			return fault.New(fault.Invalid, "token.past", "the token would have expired already").At("account.AddToken").Hint("--expires takes a day to come, such as 2027-12-31, or a time from now on, such as 90d")
		}
		t.ID, err = tx.AddToken(t, by)
		return err
	})
	if fault.Is(err, fault.Conflict) {
		err = fault.New(fault.Conflict, "token.taken", "there is a token of that name already, or there was one").
			At("account.AddToken").Hint("a name is never given twice; choose another")
	}
	if err != nil {
		return "", t, err
	}
	return tokenPrefix + secret.String(), t, nil
}

// Tokens gives all tokens, revoked and expired ones too.
func (r *Roster) Tokens(ctx context.Context) (ts []Token, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		ts, err = rd.Tokens()
		return err
	})
	return ts, err
}

// RevokeToken takes a token back for good, by its name or number.
func (r *Roster) RevokeToken(ctx context.Context, by Actor, which string) (t Token, err error) {
	err = r.store.Update(ctx, func(tx Tx) error {
		if t, err = revocable(tx, which); err != nil {
			return err
		}
		return tx.RevokeToken(t.ID, by)
	})
	return t, err
}

// CanRevoke gives the token that would be taken back, or says what stands against it.
func (r *Roster) CanRevoke(ctx context.Context, which string) (t Token, err error) {
	err = r.store.View(ctx, func(rd Reader) error {
		t, err = revocable(rd, which)
		return err
	})
	return t, err
}

func revocable(r Reader, which string) (Token, error) {
	ts, err := r.Tokens()
	if err != nil {
		return Token{}, err
	}
	for _, t := range ts {
		if t.Name != which && strconv.FormatInt(int64(t.ID), 10) != which {
			continue
		}
		if t.Revoked() {
			return t, fault.New(fault.Conflict, "token.revoked", "the token is revoked already").At("account.RevokeToken").Hint("reoptin token list")
		}
		return t, nil
	}
	return Token{}, fault.New(fault.NotFound, "token.not_found", "there is no token of that name or number").At("account.RevokeToken").Hint("reoptin token list")
}

// Token finds what a text proves. It fails as Unauthenticated, with one answer for whatever is no token, or is none any
// more; and as TooMany when that comes too often from one network. A good token is never made to wait.
//
// It is looked up by its SHA-256: whoever guesses cannot choose how that begins, so the time of the search tells nothing.
func (r *Roster) Token(ctx context.Context, text, network string) (t Token, err error) {
	bare, prefixed := strings.CutPrefix(text, tokenPrefix)
	secret, formed := ParseSecret(bare)
	var today time.Time
	err = r.store.View(ctx, func(rd Reader) error {
		today = rd.Now().UTC().Truncate(24 * time.Hour)
		if !prefixed || !formed {
			return refusedToken()
		}
		t, err = rd.Token(secret.Key())
		if fault.Is(err, fault.NotFound) || err == nil && (t.Revoked() || t.Expired(rd.Now())) {
			return refusedToken()
		}
		return err
	})
	if fault.Is(err, fault.Unauthenticated) {
		return Token{}, r.countToken(ctx, network, err)
	}
	if err == nil && t.UsedOn.Before(today) { // once a day, so that reading costs no commit
		err = r.store.Update(ctx, func(tx Tx) error { return tx.UseToken(t.ID) })
		if fault.Is(err, fault.Unavailable) {
			err = nil // the day is for people who tidy up, and no reason to keep somebody waiting
		}
	}
	return t, err
}

func refusedToken() error {
	return fault.New(fault.Unauthenticated, "token.refused", "the token is unknown, expired or revoked").At("account.Token").Hint("reoptin token list")
}

// countToken counts a bad token against its network, and gives the refusal. Who is made to wait costs no commit.
func (r *Roster) countToken(ctx context.Context, network string, refusal error) error {
	key := attemptKey("token", network)
	blocked := func(rd Reader) (Attempt, error) {
		a, err := rd.Attempt(key)
		if err == nil && perNetwork().blocked(a, rd.Now()) {
			err = fault.New(fault.TooMany, "token.too_many", "too many tokens that are none; wait before the next one").At("account.Token")
		}
		return a, err
	}
	if err := r.store.View(ctx, func(rd Reader) error { _, err := blocked(rd); return err }); err != nil {
		return err
	}
	err := r.store.Update(ctx, func(tx Tx) error {
		if err := forgetOld(tx, tx.Now()); err != nil {
			return err
		}
		a, err := blocked(tx)
		if err != nil {
			return err
		}
		return tx.PutAttempt(Attempt{Key: key, Failed: a.Failed + 1, At: tx.Now()})
	})
	if err != nil {
		return err
	}
	return refusal
}
