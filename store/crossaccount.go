package store

import (
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/ledger"
)

// checkAccounts holds every account's name and role, and whether it is disabled, against the entries
// that say so: a role raised by hand in the database is found. Every such entry has its account.
func (t *tx) checkAccounts(acts []act, faults *[]ledger.Fault) error {
	found := func(seq int64, id account.ID, what string) {
		*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("account %d: %s", id, what)})
	}
	err := t.each(func(scan func(...any) error) error {
		var id account.ID
		var name, role, payload, disabledPayload string
		var kind, disabledKind campaign.EntryKind
		var disabled int64
		var seq int64
		if err := scan(&seq, &id, &name, &role, &disabled, &kind, &payload, &disabledKind, &disabledPayload); err != nil {
			return err
		}
		want := userEntry{Account: id, User: name, Role: account.Role(role)}
		if !says(payload, kind, campaign.EntryUserAdded, want) {
			found(seq, id, "its name or role is not what its entry says")
		}
		if (disabled != 0) != (disabledKind != "") || disabled != 0 && !says(disabledPayload, disabledKind, campaign.EntryUserDisabled, want) {
			found(seq, id, "whether it is disabled is not what its entry says")
		}
		return nil
	}, `SELECT a.entry, a.id, a.name, a.role, a.disabled_at, coalesce(e.kind, ''), coalesce(p.payload, ''), coalesce(d.kind, ''), coalesce(q.payload, '')
FROM account a LEFT JOIN entry e ON e.seq = a.entry LEFT JOIN entry_payload p ON p.seq = a.entry
LEFT JOIN entry d ON d.seq = a.disabled_entry LEFT JOIN entry_payload q ON q.seq = a.disabled_entry ORDER BY a.id`)
	if err != nil {
		return err
	}
	added, err := t.unshown(acts, campaign.EntryUserAdded, "SELECT entry FROM account")
	if err != nil {
		return err
	}
	disabled, err := t.unshown(acts, campaign.EntryUserDisabled, "SELECT disabled_entry FROM account WHERE disabled_entry IS NOT NULL")
	for _, a := range append(added, disabled...) {
		*faults = append(*faults, ledger.Fault{Seq: a.seq, What: "an entry " + string(a.kind) + " has no account that shows it"})
	}
	return err
}

// says reports whether an entry is of a kind and is about an account as it is.
func says(payload string, kind, wanted campaign.EntryKind, want userEntry) bool {
	var said userEntry
	return kind == wanted && decode(payload, &said) == nil && said.Account == want.Account && said.User == want.User && said.Role == want.Role
}
