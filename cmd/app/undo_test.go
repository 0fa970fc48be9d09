package app

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// TestUndoKeepsWhoAnsweredByHandOrWaits: an import that is taken back takes nobody along who agreed on paper since, or who
// waits for what they asked for by right.
func TestUndoKeepsWhoAnsweredByHandOrWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	path := filepath.Join(t.TempDir(), "fair.csv")
	h.must(os.WriteFile(path, []byte("id,email\nS1,zoe@iris.example\nS2,mia@iris.example\nS3,lea@iris.example\n"), 0o600))
	r, err := h.app.Import(t.Context(), path, ImportOptions{})
	h.must(err)
	scan := filepath.Join(t.TempDir(), "scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	_, err = h.app.RecordByHand(t.Context(), ByHand{Contact: "zoe@iris.example", By: "paper", Decisions: []string{"newsletter.email=yes"}, On: campaign.DateOf(h.clock()).String(), Proof: scan})
	h.must(err)
	zoe, mia := h.contact("zoe@iris.example").ID, h.contact("mia@iris.example").ID
	h.must(h.app.store.Update(t.Context(), func(tx campaign.Tx) error {
		c := campaign.Case{Contact: mia, Kind: campaign.CaseAccess, State: campaign.CaseOpen, OpenedAt: tx.Now(), DueAt: tx.Now().Add(30 * 24 * time.Hour), Closed: campaign.NoEntry}
		var err error
		if c.ID, err = tx.NextCase(); err == nil {
			c.Entry, err = tx.Append(campaign.Entry{Kind: campaign.EntryCaseOpened, Contact: mia, Payload: map[string]any{"case": c.ID, "number": hex.EncodeToString(c.Number[:]), "asked": c.Kind, "due": c.DueAt}})
		}
		if err != nil {
			return err
		}
		return tx.OpenCase(c)
	}))
	for _, dry := range []bool{true, false} {
		got, err := h.app.Desk.UndoImport(t.Context(), Operator(), r.Import, dry)
		if err != nil || got.Removed != 1 || !slices.Equal(got.Kept, []campaign.ContactID{zoe, mia}) {
			t.Fatalf("%+v %v", got, err)
		}
	}
	h.view(func(rd campaign.Reader) error {
		rows, err := rd.ConsentsOf(zoe)
		if len(rows) != 1 || rows[0].State != campaign.Granted {
			t.Errorf("of the consent on paper is left %+v", rows)
		}
		cs, cerr := rd.ContactsOf([]campaign.ContactID{zoe, mia})
		h.must(cerr)
		if len(cs) != 2 {
			t.Errorf("left are %d", len(cs))
		}
		return err
	})
}
