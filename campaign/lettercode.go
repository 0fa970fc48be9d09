package campaign

import (
	"context"
)

// CodeDigest is what is kept of the code that a letter prints.
type CodeDigest [32]byte

// Codes reads what the codes of letters open.
type Codes interface {
	InvitationByCode(CodeDigest) (Invitation, error)
	UnknownCodes([]CodeDigest) ([]CodeDigest, error) // those that open nothing
}

// CodeWriter keeps the codes of invitations. One that was given opens the form for ever: the letter may be with its person.
type CodeWriter interface {
	PutCode(InvitationID, CodeDigest) error
}

// KeepCode lets a code open the form of an invitation. It is kept before the letter is printed.
func (d *Desk) KeepCode(ctx context.Context, link LinkID, code CodeDigest) error {
	return d.store.Update(ctx, func(tx Tx) error {
		i, err := tx.InvitationByLink(link)
		if err != nil {
			return err
		}
		return tx.PutCode(i.ID, code)
	})
}

// OpenCode is whose form a typed code opens; fault.NotFound for a code that opens none, and for that of somebody
// who was erased. It changes nothing.
func (d *Desk) OpenCode(ctx context.Context, code CodeDigest) (link LinkID, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		i, err := r.InvitationByCode(code)
		if err == nil && i.Erased() {
			err = unknownLink()
		}
		link = i.Link
		return err
	})
	return link, err
}
