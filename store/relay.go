package store

import "github.com/reoptin/reoptin/campaign"

// RelaysOf says at which of several relays the dots of some invitations were written last.
func (t *tx) RelaysOf(ids []campaign.InvitationID) (map[campaign.InvitationID]string, error) {
	relays := map[campaign.InvitationID]string{}
	err := chunks(numbers(ids), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var id campaign.InvitationID
			var relay string
			err := scan(&id, &relay)
			relays[id] = relay
			return err
		}, "SELECT invitation, relay FROM invitation_relay WHERE invitation IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	return relays, translate("store.RelaysOf", err)
}

// PutRelays stores at which relays the dots of some invitations are about to be written.
func (t *tx) PutRelays(relays map[campaign.InvitationID]string) error {
	rows := make([][]any, 0, len(relays))
	for id, relay := range relays {
		rows = append(rows, []any{int64(id), relay})
	}
	return translate("store.PutRelays", t.insertMany("INSERT INTO invitation_relay (invitation, relay) VALUES", rows,
		"ON CONFLICT (invitation) DO UPDATE SET relay = excluded.relay"))
}
