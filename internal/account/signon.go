package account

import (
	"context"

	"github.com/reoptin/reoptin/internal/fault"
)

// Identity is who somebody is at an identity provider.
type Identity struct {
	Issuer, Subject string
	Mail            string // verified by the provider; empty: it vouches for none
}

// SignOn lets somebody in whom an identity provider vouches for. The first time the account is found by its name,
// which is the mail address; from then on by the provider's own number of the person alone, so that nobody comes
// into an account by being given an address that somebody else had.
func (r *Roster) SignOn(ctx context.Context, i Identity, before Secret) (Secret, error) {
	secret, err := NewSecret(r.rand)
	if err != nil {
		return secret, err
	}
	return secret, r.store.Update(ctx, func(tx Tx) error {
		a, err := tx.AccountOf(i)
		if fault.Is(err, fault.NotFound) {
			a, err = meet(tx, i)
		}
		if err != nil {
			return err
		}
		if a.Disabled() {
			return stranger()
		}
		if err := begin(tx, a, Session{Key: secret.Key(), ProvedAt: tx.Now(), SignedOn: true}, before); err != nil {
			return err
		}
		if err := tx.SetLastLogin(a.ID); err != nil {
			return err
		}
		return tx.Record(Event{Kind: LoggedIn, Account: a.ID, At: tx.Now()})
	})
}

// meet ties an identity to the account of its mail address.
func meet(tx Tx, i Identity) (Account, error) {
	if i.Mail == "" {
		return Account{}, stranger()
	}
	a, err := tx.Account(i.Mail)
	if fault.Is(err, fault.NotFound) {
		return a, stranger()
	}
	if err != nil {
		return a, err
	}
	err = tx.AddIdentity(a.ID, i)
	if fault.Is(err, fault.Conflict) { // somebody else came under this address before
		return a, stranger()
	}
	return a, err
}

func stranger() error {
	return fault.New(fault.Unauthenticated, "account.stranger", "there is no account here for who you are there").At("account.SignOn").
		Hint("reoptin user add MAIL-ADDRESS --role ROLE; the account is named like the verified mail address")
}
