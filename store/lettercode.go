package store

import (
	"github.com/reoptin/reoptin/campaign"
)

// InvitationByCode finds the invitation whose letter has a code.
func (t *tx) InvitationByCode(d campaign.CodeDigest) (campaign.Invitation, error) {
	return t.oneInvitation("store.InvitationByCode", "WHERE i.id = (SELECT c.invitation FROM letter_code c WHERE c.digest = $1)", d[:])
}

// UnknownCodes are those of some digests that open nothing.
func (t *tx) UnknownCodes(ds []campaign.CodeDigest) (unknown []campaign.CodeDigest, err error) {
	err = chunks(ds, mostParameters, func(piece []campaign.CodeDigest) error {
		args := make([]any, len(piece))
		for n := range piece {
			args[n] = piece[n][:]
		}
		known := make(map[campaign.CodeDigest]bool, len(piece))
		err := t.each(func(scan func(...any) error) error {
			var d []byte
			if err := scan(&d); err != nil {
				return err
			}
			known[campaign.CodeDigest(d)] = true
			return nil
		}, "SELECT digest FROM letter_code WHERE digest IN ("+places(1, len(piece))+")", args...)
		for _, d := range piece {
			if !known[d] {
				unknown = append(unknown, d)
			}
		}
		return err
	})
	return unknown, translate("store.UnknownCodes", err)
}

// PutCode keeps the digest of a code of an invitation, beside those from before.
func (t *tx) PutCode(id campaign.InvitationID, d campaign.CodeDigest) error {
	_, err := t.exec("INSERT INTO letter_code (digest, invitation) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM letter_code WHERE digest = $1 AND invitation = $2)", d[:], int64(id))
	return translate("store.PutCode", err)
}
