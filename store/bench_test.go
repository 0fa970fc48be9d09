package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// BenchmarkSend is what the store does for one message: claim, commit and settle with its entry, in
// beats of 32. One operation is one message.
func BenchmarkSend(b *testing.B) {
	ctx := context.Background()
	db, err := store.Create(ctx, store.Options{Path: filepath.Join(b.TempDir(), "a.db"), Rand: rand.NewChaCha8([32]byte{})})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c := armed(b, db, b.N)
	const beat = 32
	b.ReportAllocs()
	b.ResetTimer()
	var last []campaign.Invitation
	for {
		var is []campaign.Invitation
		err := db.Update(ctx, func(tx campaign.Tx) (err error) {
			is, _, err = tx.Claim(c, beat, "one", nil)
			return err
		})
		if err == nil {
			err = db.Update(ctx, func(tx campaign.Tx) error { return settleAndCommit(tx, last, is) })
		}
		if err != nil {
			b.Fatal(err)
		}
		if last = is; len(is) == 0 {
			return
		}
	}
}

func settleAndCommit(tx campaign.Tx, last, is []campaign.Invitation) error {
	for _, i := range last {
		m := messageTo(i)
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryAsked, Campaign: i.Campaign, Contact: i.Contact, Payload: told{Pinned: campaign.PinnedOf(i),
			Invitation: i.ID, Campaign: "printemps", Content: sampleHash, Subject: fmt.Sprintf("%032x", i.Contact), Address: string(i.Email), HMAC: hex.EncodeToString(i.Keys[0].Digest[:]),
			Language: i.Language, Documents: map[string]string{"form.fr.html": sampleForm.SHA256, "message.fr.html": sampleForm.SHA256}, From: "bonjour@lumen.example",
			MessageID: m.MessageID, SHA256: m.SHA256, Values: i.Values, Attempt: i.Attempt, Outcome: campaign.OutcomeSent, Reply: sampleReply, At: tx.Now(), Triage: i.Verdict, Program: "reoptin bench"}})
		if err != nil {
			return err
		}
		if err := tx.Settle([]campaign.Settled{{Invitation: i.ID, Owner: "one", To: campaign.Sent, Reply: sampleReply, MessageID: m.MessageID, SHA256: m.SHA256, Entry: no}}); err != nil {
			return err
		}
	}
	var ms []campaign.Message
	for _, i := range is {
		ms = append(ms, messageTo(i))
	}
	_, err := tx.Commit("one", ms)
	return err
}

// told is what the desk says of a delivery, field by field.
type told struct {
	campaign.Pinned
	Invitation campaign.InvitationID `json:"invitation"`
	Campaign   string                `json:"campaign"`
	Content    string                `json:"content_sha256"`
	Subject    string                `json:"subject_ref"`
	Address    string                `json:"address_clear"`
	HMAC       string                `json:"address_hmac"`
	Language   string                `json:"language"`
	Documents  map[string]string     `json:"documents"`
	From       string                `json:"from"`
	MessageID  string                `json:"message_id"`
	SHA256     string                `json:"message_sha256"`
	Values     campaign.Values       `json:"values,omitempty"`
	Attempt    int                   `json:"attempt"`
	Outcome    campaign.OutcomeKind  `json:"outcome"`
	Reply      string                `json:"reply"`
	At         time.Time             `json:"event_time"`
	Triage     campaign.Verdict      `json:"triage"`
	Program    string                `json:"software"`
}

const sampleReply = "250 2.0.0 queued as 4F3A"

var (
	sampleHash = strings.Repeat("5e", 32)
	sampleText = "<p>Voulez-vous encore de nos nouvelles ?</p>"
	sampleForm = campaign.Document{SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(sampleText))), Name: "form.fr.html", Language: "fr", Media: "text/html", Content: []byte(sampleText)}
)

func messageTo(i campaign.Invitation) campaign.Message {
	return campaign.Message{Invitation: i.ID, Attempt: i.Attempt, MessageID: fmt.Sprintf("%x@lumen.example", i.Link[:]), SHA256: sampleHash}
}

func armed(b testing.TB, db *store.DB, n int) (c campaign.CampaignID) {
	k := campaign.NewKeyer([]byte("bench"))
	err := db.Update(context.Background(), func(tx campaign.Tx) (err error) {
		if c, err = tx.CreateCampaign(campaign.Campaign{Name: "printemps"}); err != nil {
			return err
		}
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryApproved, Campaign: c, Payload: map[string]any{"content_sha256": sampleHash, "documents": map[string]string{sampleForm.Name: sampleForm.SHA256}}})
		if err == nil {
			err = tx.PutDocument(no, sampleForm)
		}
		if err == nil {
			err = tx.Freeze(c, campaign.Frozen{Hash: sampleHash, Documents: map[string]string{sampleForm.Name: sampleForm.SHA256}}, "anna")
		}
		if err != nil {
			return err
		}
		is := make([]campaign.Invitation, n)
		for i := range is {
			name := fmt.Sprint(i)
			is[i] = campaign.Invitation{Campaign: c, Contact: campaign.ContactID(i + 1), Link: campaign.LinkID{byte(i), byte(i >> 8), byte(i >> 16), 1},
				Route: campaign.RouteEmail, Language: "fr", Email: campaign.Address(name + "@lumen.example"), Values: campaign.Values{"first_name": "Ada", "last_name": "Lovelace"},
				Verdict: campaign.Verdict{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50", Fine: "DOUBTFUL_ELIGIBLE", AsOf: campaign.NewDate(2026, 11, 20),
					Reasons: []string{"There is no record of when and how the person agreed.", "The person bought something in the last three years."}},
				Keys: []campaign.PersonKey{k.Key(campaign.KeyStrict, name), k.Key(campaign.KeyMailbox, name)}}
		}
		if err := tx.Plan(is); err != nil {
			return err
		}
		if _, err := tx.Append(campaign.Entry{Kind: campaign.EntryStarted, Campaign: c, Payload: map[string]any{"campaign": "printemps"}}); err != nil {
			return err
		}
		return tx.MoveCampaign(c, campaign.Approved, campaign.Running)
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkPutContacts is the import of one contact, 10,000 per transaction.
func BenchmarkPutContacts(b *testing.B) {
	db, err := store.Create(context.Background(), store.Options{Path: filepath.Join(b.TempDir(), "a.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	k := campaign.NewKeyer([]byte("bench"))
	b.ResetTimer()
	for from := 0; from < b.N; from += 10_000 {
		var cs []campaign.Contact
		for i := from; i < min(from+10_000, b.N); i++ {
			name := fmt.Sprint(i)
			cs = append(cs, campaign.Contact{ExternalID: name, Email: campaign.Address(name + "@lumen.example"), FirstName: "Ada", LastName: "Lovelace", Country: "FR",
				Facts: campaign.Facts{Market: "b2c", Origins: []string{"own"}}, Keys: []campaign.PersonKey{k.Key(campaign.KeyStrict, name), k.Key(campaign.KeyMailbox, name)}})
		}
		if err := db.Update(context.Background(), func(tx campaign.Tx) error { _, err := tx.PutContacts(cs); return err }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLedger is of a ledger of 100,000 messages that were sent, or as many as REOPTIN_BENCH_LEDGER says: recomputing
// all of it, which reoptin ledger verify does; writing the dossier of all of it; verifying that dossier. One
// operation is the whole ledger; memory is what was in use at most, above what was before.
func BenchmarkLedger(b *testing.B) {
	n := 100_000
	if text := os.Getenv("REOPTIN_BENCH_LEDGER"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	ctx := context.Background()
	db, err := store.Create(ctx, store.Options{Path: filepath.Join(b.TempDir(), "a.db"), Rand: rand.NewChaCha8([32]byte{})})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	sendAll(b, db, armed(b, db, n))
	skey, vkey, err := ledger.GenerateKey(rand.NewChaCha8([32]byte{1}), "bench.example/ledger")
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ledger.NewSigner(skey)
	if err == nil {
		_, _, err = db.Checkpoint(ctx, signer)
	}
	if err != nil {
		b.Fatal(err)
	}
	verifier, _ := ledger.NewVerifier(vkey)
	per := func(b *testing.B) { b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s") }
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			rep, err := db.VerifyLedger(ctx, []ledger.Verifier{verifier}, nil)
			if err != nil || !rep.OK || rep.Size < int64(n) {
				b.Fatal(rep.Size, rep.Faults, err)
			}
		}
		per(b)
	})
	path := filepath.Join(b.TempDir(), "proof.json")
	b.Run("dossier", func(b *testing.B) {
		most := watchMemory()
		for b.Loop() {
			f, err := os.Create(path)
			if err == nil {
				_, err = db.WriteBundle(ctx, f, store.Making{Key: vkey}, store.Selection{})
			}
			if err = errors.Join(err, f.Close()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(most(), "MiB")
		per(b)
	})
	b.Run("verify-dossier", func(b *testing.B) {
		most := watchMemory()
		for b.Loop() {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			rep, err := ledger.Verify(f, vkey)
			if err = errors.Join(err, f.Close()); err != nil || !rep.OK {
				b.Fatal(rep.Faults, err)
			}
		}
		b.ReportMetric(most(), "MiB")
		per(b)
	})
}

// sendAll sends everything that was planned.
func sendAll(b testing.TB, db *store.DB, c campaign.CampaignID) {
	ctx := context.Background()
	for last := []campaign.Invitation(nil); ; {
		var is []campaign.Invitation
		err := db.Update(ctx, func(tx campaign.Tx) (err error) {
			is, _, err = tx.Claim(c, 1000, "one", nil)
			return err
		})
		if err == nil {
			err = db.Update(ctx, func(tx campaign.Tx) error { return settleAndCommit(tx, last, is) })
		}
		if err != nil {
			b.Fatal(err)
		}
		if last = is; len(is) == 0 {
			return
		}
	}
}

// watchMemory looks at the heap until it is asked how much more was in use at most, in MiB.
func watchMemory() (most func() float64) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before, peak := heap(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				peak = max(peak, heap())
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-done
		return float64(max(peak, before)-before) / (1 << 20)
	}
}
