package account_test

import (
	"slices"
	"testing"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// TestWhoMayDoWhat is the table of roles and rights once more, read the other way round.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	const v, m, a, p, d = account.Viewer, account.Marketer, account.Approver, account.PrivacyOfficer, account.Administrator
	want := map[account.Right][]account.Role{
		account.Anyone: {v, m, a, p, d}, account.Member: {v, m, a, p, d}, account.See: {v, m, a, p, d},
		account.Import: {m, d}, account.Edit: {m, d}, account.Test: {m, a, p, d},
		account.Approve: {a, d}, account.Start: {a, d}, account.Settle: {a, d},
		account.Suppress: {m, a, p, d}, account.Proofs: {a, p, d}, account.Sign: {p}, account.Erase: {p},
		account.Users: {d}, account.Settings: {d},
	}
	for right := account.Right(0); right <= account.Settings+1; right++ {
		for _, role := range account.Roles() {
			if got := role.May(right); got != slices.Contains(want[right], role) {
				t.Errorf("%s may do %d: %v", role, right, got)
			}
		}
		if role := account.Role("root"); role.May(right) != (right == account.Anyone) {
			t.Errorf("an unknown role may do %d", right)
		}
	}
}

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, r := range account.Roles() {
		if got, err := account.ParseRole(string(r)); got != r || err != nil {
			t.Errorf("%s: %s, %v", r, got, err)
		}
	}
	for _, s := range []string{"", "Viewer", "admin", "viewer "} {
		if _, err := account.ParseRole(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
