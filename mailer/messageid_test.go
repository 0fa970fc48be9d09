package mailer

import (
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// The Message-ID of a composed message names its invitation to the keys, and can be told without the message.
func TestMessageIDNamesItsInvitation(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.example.com")
	i := invitation("fr", nil)
	i.ID = 4711
	m, err := c.Compose(i, contentOf(t, c, frozen()), nil)
	if err != nil {
		t.Fatal(err)
	}
	const sender = "bonjour@lumiere.example"
	if got := Named(c.links, m.MessageID); len(got) != 1 || got[0] != (campaign.Name{Invitation: i.ID, Half: [8]byte(i.Link[:])}) {
		t.Errorf("%s names %v", m.MessageID, got)
	}
	ids := MessageIDs(c.links, i, sender)
	if ids[0] != m.MessageID || !slices.Contains(ids, digest("message-id", i)+"@lumiere.example") {
		t.Errorf("%s is none of %v", m.MessageID, ids)
	}
	for _, id := range ids {
		if !IsMessageID(c.links, id, sender) || IsMessageID(c.links, id, "a@elsewhere.example") {
			t.Error(id)
		}
	}
	old := ids[len(ids)-1]
	if len(Named(c.links, old)) > 0 {
		t.Errorf("the old %s names an invitation", old)
	}
	for _, other := range []string{"", "@", "@lumiere.example", strings.Repeat("a", 56) + "@lumiere.example", m.MessageID[1:], "r.x@lumiere.example"} {
		if len(Named(c.links, other)) > 0 || IsMessageID(c.links, other, sender) {
			t.Errorf("%q is taken for ours", other)
		}
	}
}
