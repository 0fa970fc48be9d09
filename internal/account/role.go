package account

import (
	"slices"

	"github.com/reoptin/reoptin/internal/fault"
)

// Right is something that an account may do. The zero value is no right at all: a route that forgot to
// name one is found.
type Right uint8

// The rights. Anyone and Member are what a page asks for that needs no role.
const (
	Anyone   Right = iota + 1 // whoever comes, logged in or not
	Member                    // whoever is logged in
	See                       // base, campaigns and figures
	Import                    // take a base over, audit it
	Edit                      // write campaigns
	Test                      // preview, lint and test messages
	Approve                   // freeze a campaign's content
	Start                     // start, pause, resume and close campaigns
	Settle                    // say what became of an uncertain invitation
	Suppress                  // put an address on the never-write list
	Proofs                    // see and export proofs, verify the ledger
	Sign                      // sign a contact policy
	Erase                     // access, rectification and erasure for a person
	Users                     // manage accounts
	Settings                  // organisation, purposes and settings
)

// Role is what an account is for.
type Role string

// The roles.
const (
	Viewer         Role = "viewer"
	Marketer       Role = "marketer"
	Approver       Role = "approver"
	PrivacyOfficer Role = "privacy-officer"
	Administrator  Role = "administrator"
)

// Roles are all roles, in the order they are offered.
func Roles() []Role { return []Role{Viewer, Marketer, Approver, PrivacyOfficer, Administrator} }

// rights is the one table of who may do what. Signing a policy and erasing a person stay with the
// privacy officer: an administrator who needs them makes such an account, which the ledger shows.
func rights(r Role) []Right {
	switch r {
	case Viewer:
		return []Right{See}
	case Marketer:
		return []Right{See, Import, Edit, Test, Suppress}
	case Approver:
		return []Right{See, Test, Approve, Start, Settle, Suppress, Proofs}
	case PrivacyOfficer:
		return []Right{See, Test, Suppress, Proofs, Sign, Erase}
	case Administrator:
		return []Right{See, Import, Edit, Test, Approve, Start, Settle, Suppress, Proofs, Users, Settings}
	}
	return nil
}

// May reports whether a role has a right.
func (r Role) May(right Right) bool {
	switch right {
	case Anyone:
		return true
	case Member:
		return r.Known()
	}
	return slices.Contains(rights(r), right)
}

// Known reports whether there is such a role.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if r := Role(s); r.Known() {
		return r, nil
	}
	return "", fault.New(fault.Invalid, "account.role", "there is no role of that name").At("account.ParseRole").
		Hint("the roles are viewer, marketer, approver, privacy-officer and administrator")
}
