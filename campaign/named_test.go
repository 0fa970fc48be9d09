package campaign

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// walker counts how invitations are looked for.
type walker struct {
	Reader
	walks int
}

func (w *walker) Invitation(id InvitationID) (Invitation, error) {
	if id != 7 {
		return Invitation{}, fault.New(fault.NotFound, "test", "none")
	}
	return Invitation{ID: id, Link: LinkID{1, 2, 3, 4, 5, 6, 7, 8, 9}}, nil
}

func (w *walker) InvitationByMessageID(id string) (Invitation, error) {
	w.walks++
	return Invitation{MessageID: id}, nil
}

// Strangers name any Message-ID: only one that had no other way to be found is looked for through all invitations.
func TestOnlyOldMessageIDsAreWalkedFor(t *testing.T) {
	t.Parallel()
	half := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	names := map[string][]Name{"ours@shop.example": {{8, half}, {7, half}}, "another's@shop.example": {{7, [8]byte{1, 2, 3, 4, 5, 6, 7, 9}}}, "gone@shop.example": {{8, half}}}
	d := &Desk{named: func(id string) []Name { return names[id] }}
	old := strings.Repeat("0123456789abcdef", 2) + "@shop.example"
	w := &walker{}
	if i, err := d.InvitationNamed(w, "ours@shop.example"); err != nil || i.ID != 7 || w.walks != 0 {
		t.Errorf("%+v, %v, %d walks", i, err, w.walks)
	}
	if i, err := d.InvitationNamed(w, old); err != nil || i.MessageID != old || w.walks != 1 {
		t.Errorf("%+v, %v, %d walks", i, err, w.walks)
	}
	for _, id := range []string{"", "another's@shop.example", "gone@shop.example", "20261102.1@newsletter.example", strings.ToUpper(old), old + " x", "x" + old, strings.Repeat("a", 56) + "@shop.example"} {
		if _, err := d.InvitationNamed(w, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if w.walks != 1 {
		t.Errorf("%d walks", w.walks)
	}
	if _, err := (&Desk{}).InvitationNamed(w, "ours@shop.example"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a desk without names: %v", err)
	}
}
