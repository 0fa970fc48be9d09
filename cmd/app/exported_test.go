package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// putDown are the payloads of a kind of entry, oldest first, as text.
func (h *house) putDown(kind campaign.EntryKind) (out []string) {
	h.t.Helper()
	var nos []campaign.EntryNo
	h.view(func(r campaign.Reader) (err error) {
		nos, err = r.OldEntries(kind, h.clock().AddDate(1, 0, 0), campaign.NoEntry, 100)
		return err
	})
	for _, no := range nos {
		e, err := h.app.store.Entry(h.t.Context(), int64(no))
		h.must(err)
		out = append(out, string(e.Payload))
	}
	return out
}

// TestWhoTakesDataOutIsInTheLedger: each file with data of people has one entry, which says who took it, what is in it, how much,
// and which file it was, and names nobody in it.
func TestWhoTakesDataOutIsInTheLedger(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	h.says(person(0), "newsletter.email")
	ctx, who := t.Context(), Operator()
	board := desk{Desk: h.app.Desk, app: h.app}
	officer := campaign.Actor{Kind: "operator", Name: "officer", Role: "dpo"}
	answer := h.responses(person(0))[0].ID
	take := func(by campaign.Actor, want string, write func(io.Writer) error) {
		t.Helper()
		var file bytes.Buffer
		h.must(write(&file))
		sum := sha256.Sum256(file.Bytes())
		entries := h.putDown(campaign.EntryExported)
		var got struct {
			Actor  campaign.Actor
			SHA256 string
			Bytes  int
			Broken bool `json:"broken_off"`
		}
		last := entries[len(entries)-1]
		h.must(json.Unmarshal([]byte(last), &got))
		if got.Actor != by || got.SHA256 != hex.EncodeToString(sum[:]) || got.Bytes != file.Len() || got.Broken || !strings.Contains(last, want) || strings.Contains(last, "@") {
			t.Errorf("want %s: %s", want, last)
		}
	}
	take(who, `"count":1,"format":"csv"`, func(w io.Writer) error { return h.app.ExportConsents(ctx, w, "csv") })
	take(who, `"count":1,"format":"json"`, func(w io.Writer) error { return h.app.ExportConsents(ctx, w, "json") })
	take(who, `"count":1,"format":"27560"`, func(w io.Writer) error { return h.app.ExportRecords(ctx, w, "27560") })
	take(who, `"count":1,"format":"kantara"`, func(w io.Writer) error { return h.app.ExportRecords(ctx, w, "kantara") })
	take(who, `"only":{"purpose":"newsletter"}`, func(w io.Writer) error {
		_, err := h.app.ExportConsentsAs(ctx, w, "brevo", "newsletter")
		return err
	})
	take(who, `"only":{"class":"doubtful"}`, func(w io.Writer) error { return h.app.ExportContacts(ctx, w, ContactQuery{Class: "doubtful"}, false) })
	take(who, `"what":"contacts"`, func(w io.Writer) error { return h.app.ExportContacts(ctx, w, ContactQuery{}, true) })
	take(who, `"what":"contacts"`, func(w io.Writer) error { _, err := h.app.ExportContactsAs(ctx, w, ContactQuery{}, "brevo"); return err })
	take(who, `"what":"suppressions"`, func(w io.Writer) error { return h.app.ExportSuppressions(ctx, w, false) })
	take(officer, `"what":"consents"`, func(w io.Writer) error { return board.ExportConsents(ctx, officer, w) })
	take(officer, `"response":"`+answer, func(w io.Writer) error { return board.ExportProof(ctx, officer, w, answer) })
	take(officer, `"subject_ref":"s_`, func(w io.Writer) error { return board.ExportDossier(ctx, officer, w, "", person(0), "fr") })
	take(who, `"only":{"campaign":"`+spring, func(w io.Writer) error { return h.app.ExportProof(ctx, w, ProofQuery{Campaign: spring}) })

	before := len(h.putDown(campaign.EntryExported))
	if _, err := board.VerifyResponse(ctx, answer); err != nil {
		t.Error(err)
	}
	if err := h.app.ExportProof(ctx, io.Discard, ProofQuery{Contact: "nobody@example.net"}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if now := len(h.putDown(campaign.EntryExported)); now != before {
		t.Errorf("%d entries of what left nobody's hands", now-before)
	}
	hung, hangUp := context.WithCancel(ctx)
	if err := h.app.ExportProof(hung, breaking{hangUp}, ProofQuery{}); err == nil {
		t.Error("a file that broke off was written")
	}
	if all := h.putDown(campaign.EntryExported); len(all) != before+1 || !strings.Contains(all[before], `"broken_off":true`) {
		t.Error("a file that broke off left nothing: ", all[before:])
	}

	h.erase(person(0))
	for _, said := range h.putDown(campaign.EntryExported) {
		if strings.Contains(said, answer) || strings.Contains(said, "subject_ref") {
			t.Error("an entry still names somebody who was erased: ", said)
		}
	}
}

// breaking is a reader that takes the beginning and hangs up.
type breaking struct{ hangUp func() }

func (b breaking) Write(p []byte) (int, error) {
	b.hangUp()
	return len(p) / 2, errors.New("gone")
}

// TestWhoPrintsAgainDeletesAndAuditsIsInTheLedger: letters that are printed once more, a draft that is deleted, and an audit that
// somebody wished for.
func TestWhoPrintsAgainDeletesAndAuditsIsInTheLedger(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	h.prints(0, 2)
	_, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: spring, Batch: 1, Out: h.at("again.pdf")})
	h.must(err)
	me := `"name":"` + Operator().Name + `"`
	if said := h.putDown(campaign.EntryLettersAgain); len(said) != 1 || !strings.Contains(said[0], me) || !strings.Contains(said[0], `"batch":1`) || !strings.Contains(said[0], `"letters":2`) {
		t.Error(said)
	}
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if said := h.putDown(campaign.EntryClassified); !strings.Contains(said[len(said)-1], me) {
		t.Error(said)
	}
	h.approve("autumn", nil)
	c, err := h.app.Desk.Campaign(t.Context(), "autumn")
	h.must(err)
	c.File.Schedule.Rate = "7/min"
	_, err = h.app.Desk.Create(t.Context(), Operator(), c.File)
	h.must(err)
	h.must(h.app.Desk.Delete(t.Context(), Operator(), "autumn"))
	if said := h.putDown(campaign.EntryDeleted); len(said) != 1 || !strings.Contains(said[0], me) || !strings.Contains(said[0], `"campaign":"autumn"`) {
		t.Error(said)
	}
	r, err := h.app.VerifyLedger(t.Context(), "")
	if err != nil || !r.OK {
		t.Error(r.Faults, err)
	}
}

// TestADatabaseThatWasReplacedIsLeftAsItWas: what restore says to take out of it adds no entry, of which a head would be signed and
// stand in the send journal against the database that is in use.
func TestADatabaseThatWasReplacedIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.says(person(0), "newsletter.email")
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.close()
	raw, err := os.ReadFile(h.at("reoptin.db"))
	h.must(err)
	c := h.config()
	c.Database = h.at("reoptin.db.replaced-20260311T090000.000Z")
	h.must(os.WriteFile(c.DatabaseFile(), raw, 0o600))
	aside, err := Open(t.Context(), c, Surroundings{Log: h.logger(), Clock: h.clock})
	h.must(err)
	before, _, err := aside.store.Head(t.Context())
	h.must(err)
	for range 2 {
		h.must(aside.ExportConsents(t.Context(), io.Discard, "csv"))
		h.must(aside.ExportProof(t.Context(), io.Discard, ProofQuery{}))
	}
	if now, _, err := aside.store.Head(t.Context()); err != nil || now != before {
		t.Errorf("%d entries, before %d: %v", now.Size, before.Size, err)
	}
	h.must(aside.Close())
	h.open()
	h.verifies()
}
