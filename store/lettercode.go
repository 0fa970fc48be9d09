package store

import (
	"github.com/reoptin/reoptin/campaign"
)

// InvitationByCode finds the invitation whose letter has a code.
func (t *tx) InvitationByCode(d campaign.CodeDigest) (campaign.Invitation, error) {
	return t.oneInvitation("store.InvitationByCode", "WHERE i.id = (SELECT c.invitation FROM letter_code c WHERE c.digest = $1)", d[:])
}

// PutCode keeps the digest of an invitation's code, in the place of an earlier one.
func (t *tx) PutCode(id campaign.InvitationID, d campaign.CodeDigest) error {
	_, err := t.exec("INSERT INTO letter_code (digest, invitation) VALUES ($1, $2) ON CONFLICT (invitation) DO UPDATE SET digest = excluded.digest", d[:], int64(id))
	return translate("store.PutCode", err)
}
