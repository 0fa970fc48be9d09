package store

import (
	"github.com/reoptin/reoptin/campaign"
)

// InvitationByCode finds the invitation whose letter has a code.
func (t *tx) InvitationByCode(d campaign.CodeDigest) (campaign.Invitation, error) {
	return t.oneInvitation("store.InvitationByCode", "WHERE i.id = (SELECT c.invitation FROM letter_code c WHERE c.digest = $1)", d[:])
}

// PutCode keeps the digest of a code of an invitation, beside those from before.
func (t *tx) PutCode(id campaign.InvitationID, d campaign.CodeDigest) error {
	_, err := t.exec("INSERT INTO letter_code (digest, invitation) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM letter_code WHERE digest = $1 AND invitation = $2)", d[:], int64(id))
	return translate("store.PutCode", err)
}
