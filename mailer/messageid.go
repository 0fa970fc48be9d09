package mailer

import (
	"encoding/hex"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// MessageIDs are those, without brackets, that the last try of an invitation may have that is sent from an address: the
// first is what it has when it is composed today, the others under older keys, and as messages were named before they
// could be found by their names. They can be told before and after the message itself: where an older database was put
// back, nothing else names it.
func MessageIDs(keys *link.Keys, i campaign.Invitation, sender string) (ids []string) {
	at := "@" + campaign.Address(sender).Domain()
	for _, local := range keys.MintMessages(int64(i.ID), i.Link, i.Attempt) {
		ids = append(ids, local+at)
	}
	return append(ids, digest("message-id", i)+at)
}

// IsMessageID reports whether a Message-ID looks like one of those that are sent from an address.
func IsMessageID(keys *link.Keys, id, sender string) bool {
	name, domain, ok := strings.Cut(id, "@")
	if !ok || domain != campaign.Address(sender).Domain() {
		return false
	}
	if len(keys.ParseMessage(name)) > 0 {
		return true
	}
	raw, err := hex.DecodeString(name)
	return err == nil && len(raw) == digestSize
}

// Named are the invitations that a Message-ID of ours may name, whichever try of them; an old one names none.
func Named(keys *link.Keys, id string) (out []campaign.Name) {
	name, _, _ := strings.Cut(id, "@")
	for _, m := range keys.ParseMessage(name) {
		out = append(out, campaign.Name{Invitation: campaign.InvitationID(m.Number), Half: m.Half})
	}
	return out
}
