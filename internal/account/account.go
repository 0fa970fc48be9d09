package account

import (
	"time"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// ID numbers an account.
type ID int64

// Account is one person who works with the house. A name is never given to another person: the ledger
// says who did what by it.
type Account struct {
	ID         ID
	Name       string
	Role       Role
	Hash       string // of the password, as PHC string
	CreatedAt  time.Time
	DisabledAt time.Time // zero: not disabled
	LastLogin  time.Time // zero: never
}

// Disabled reports whether the account may no longer log in.
func (a Account) Disabled() bool { return !a.DisabledAt.IsZero() }

// Actor is who acts, as the ledger writes it. Its fields are those of the desk's actor.
type Actor struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	Role string `json:"role,omitempty"`
}

// Actor is the account as someone who acts.
func (a Account) Actor() Actor { return Actor{Kind: "operator", Name: a.Name, Role: string(a.Role)} }

// names are short, lower case and plain, so that two of them never look alike.
var names = expression.Of(`^[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?$`)

func checkName(name string) error {
	if names.MatchString(name) {
		return nil
	}
	return fault.New(fault.Invalid, "account.name", "a name has 1 to 64 lower-case letters, digits and . _ @ -, and begins and ends with a letter or digit").
		At("account.checkName").Hint("reoptin user add anna --role marketer")
}
