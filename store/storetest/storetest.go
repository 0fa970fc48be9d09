// Package storetest says what a store must do. Each engine's own test builds a Harness and calls Run.
package storetest

import (
	"context"
	"database/sql"
	"encoding/hex"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// Harness is what the suite needs from an engine.
type Harness struct {
	// New makes an empty store. Clock and Rand of the options are set.
	New func(testing.TB, store.Options) *store.DB
	// Bare opens another way into the database of a store: without triggers, foreign keys and checks,
	// as somebody with the file and an editor has it.
	Bare func(testing.TB, *store.DB) *sql.DB
	// Triggered is another way in that leaves triggers and constraints as they are.
	Triggered func(testing.TB, *store.DB) *sql.DB
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"transactions": transactions, "contacts": contacts, "campaigns": campaigns, "documents": documents,
		"edges": edges, "claim": claim, "commit": commit, "settle": settle, "recover": recoverSent, "restore": restore, "owners": owners,
		"responses": responses, "last entries": lastEntries, "sums": sums, "suppressions": suppressions, "weighs": weighs, "silence": silence, "lists": lists, "dead domains": deadDomains, "bounces": bounces, "spent tokens": spentTokens,
		"unended":            unended,
		"imports taken back": importsUndone, "sweeps": sweeps, "sweeps of what is large": sweepsOfWhatIsLarge, "verdict counts": verdictCounts, "verdict blocks": verdictBlocks, "damaged verdict blocks": damagedBlocks, "rulings emptied": rulingsEmptied, "too many rulings": tooManyRulings, "unasked": unaskedListed, "silent and refused": askedListed, "only lower": onlyLower, "counts": counts, "late ends": lateEnds, "resumed": resumed, "gated": gated, "looked past": lookedPast, "recalled": recalled, "warmths": warmths, "relays": relays,
		"people added": peopleAdded, "contacts as they are packed": packedOf, "holders of keys": holdersOfKeys, "halves of a long never-write list": silencedHalvesOfMany, "beginnings of the never-write list": suppressedBegins, "halves of the never-write list": silencedHalves, "halves of one entry": silencedHalvesOfOneEntry, "what was empty": whatWasEmpty,
		"entries": entries, "append-only": appendOnly, "checkpoints": checkpoints, "tampering": tampering, "projections": projections, "bundles": bundles,
		"key rows": keyRows, "late silence": lateSilence, "a bundle signs nothing": bundleSignsNothing,
		"cases": cases, "cases against the ledger": casesProven, "cases that take longer": casesExtended, "cases by hand": casesByHand, "codes of letters": letterCodes, "letters": letters, "receipts by mail": receiptMails,
		"erasures": erasures, "answers by hand": unasked,
		"accounts": accounts, "sessions": sessions, "second factors": factors, "attempts and trail": attempts, "accounts against the ledger": accountsProven,
		"tokens": tokens, "tokens against the ledger": tokensProven,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, h)
		})
	}
}

// origin names the ledgers of the suite.
const origin = "consent.lumen.example/ledger"

// world is a store with a clock that stands still until moved, and a signing key.
type world struct {
	testing.TB
	*store.DB
	mu       sync.Mutex
	now      time.Time
	signer   ledger.Signer
	verifier ledger.Verifier
	vkey     string
	links    byte
}

func newWorld(t testing.TB, h Harness) *world {
	t.Helper()
	w := &world{TB: t, now: time.Date(2026, 3, 2, 9, 0, 0, 123_456_789, time.UTC)}
	random := rand.NewChaCha8([32]byte{7})
	skey, vkey, err := ledger.GenerateKey(random, origin)
	w.must(err)
	w.vkey = vkey
	w.signer, err = ledger.NewSigner(skey)
	w.must(err)
	w.verifier, err = ledger.NewVerifier(vkey)
	w.must(err)
	w.DB = h.New(t, store.Options{Clock: w.clock, Rand: random})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// update runs fn and fails the test when it fails.
func (w *world) update(fn func(campaign.Tx) error) {
	w.Helper()
	w.must(w.Update(context.Background(), fn))
}

func (w *world) view(fn func(campaign.Reader) error) {
	w.Helper()
	w.must(w.View(context.Background(), fn))
}

// refused runs fn in an Update that must end in a fault of the kind.
func (w *world) refused(k fault.Kind, fn func(campaign.Tx) error) {
	w.Helper()
	if err := w.Update(context.Background(), fn); !fault.Is(err, k) {
		w.Errorf("got %v, want a fault that is %s", err, k)
	}
}

// whole verifies the ledger and fails on any fault.
func (w *world) whole() ledger.Report {
	w.Helper()
	rep, err := w.VerifyLedger(context.Background(), []ledger.Verifier{w.verifier}, nil)
	w.must(err)
	if !rep.OK {
		w.Fatalf("the ledger does not verify: %+v", rep.Faults)
	}
	return rep
}

// same compares what was stored with what is read back.
func same(t testing.TB, want, got any) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("read back otherwise:\n got %+v\nwant %+v", got, want)
	}
}

func key(kind campaign.KeyKind, name string) campaign.PersonKey {
	return campaign.NewKeyer([]byte("suite")).Key(kind, name)
}

// keys are those of a mailbox that delivers to the given one.
func keys(strict, mailbox string) []campaign.PersonKey {
	return []campaign.PersonKey{key(campaign.KeyStrict, strict), key(campaign.KeyMailbox, mailbox)}
}

// contact adds one contact whose mailbox is name@lumen.example.
func (w *world) contact(name string) campaign.ContactID {
	w.Helper()
	var id campaign.ContactID
	w.update(func(tx campaign.Tx) error {
		ids, err := tx.PutContacts([]campaign.Contact{{ExternalID: name, Email: campaign.Address(name + "@lumen.example"), Keys: keys(name, name)}})
		if err == nil {
			id = ids[0]
		}
		return err
	})
	return id
}

func file(name string) campaign.File {
	return campaign.File{
		Name: name, Purposes: []string{"newsletter", "offers"}, Channels: []string{"email"}, Languages: []string{"fr", "de"},
		Message: map[string]campaign.MessageText{"fr": {Subject: "Votre accord", Body: "Bonjour {{first_name}}"}},
	}
}

func frozen(name string) campaign.Frozen {
	return campaign.Frozen{File: file(name), Organisation: organisation(), Documents: map[string]string{"form.fr.html": form.SHA256},
		Hash: "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"}
}

func organisation() campaign.Organisation {
	return campaign.Organisation{Name: "Lumen", LegalName: "Lumen SA", Country: "FR", Email: "bonjour@lumen.example",
		Purposes: []campaign.Purpose{{Key: "newsletter", Title: map[string]string{"fr": "La lettre"}}}}
}

// form is a document as it is kept.
var form = campaign.Document{SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	Name: "form.fr.html", Language: "fr", Media: "text/html; charset=utf-8", Content: []byte("test")}

// running is a campaign that was approved and started, each step with its entry.
func (w *world) running(name string) campaign.CampaignID {
	w.Helper()
	var id campaign.CampaignID
	w.update(func(tx campaign.Tx) (err error) {
		if id, err = tx.CreateCampaign(campaign.Campaign{Name: name, File: file(name)}); err != nil {
			return err
		}
		f := frozen(name)
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryApproved, Campaign: id, Payload: map[string]any{"content_sha256": f.Hash, "documents": f.Documents}})
		if err != nil {
			return err
		}
		if err := tx.PutDocument(no, form); err != nil {
			return err
		}
		return tx.Freeze(id, f, "anna")
	})
	w.move(id, campaign.Approved, campaign.Running, campaign.EntryStarted)
	return id
}

func (w *world) move(id campaign.CampaignID, from, to campaign.Status, kind campaign.EntryKind) {
	w.Helper()
	w.update(func(tx campaign.Tx) error {
		if _, err := tx.Append(campaign.Entry{Kind: kind, Campaign: id, Payload: map[string]any{"from": from}}); err != nil {
			return err
		}
		return tx.MoveCampaign(id, from, to)
	})
}

// plan invites a contact under some keys and returns the link.
func (w *world) plan(c campaign.CampaignID, contact campaign.ContactID, ks ...campaign.PersonKey) campaign.LinkID {
	w.Helper()
	w.links++
	link := campaign.LinkID{w.links, 1}
	w.update(func(tx campaign.Tx) error {
		return tx.Plan([]campaign.Invitation{{Campaign: c, Contact: contact, Link: link, Route: campaign.RouteEmail, Language: "fr",
			NotBefore: tx.Now(), Priority: int64(200 - int(w.links)), Email: "someone@lumen.example", Keys: ks, Values: campaign.Values{"first_name": "Ada"},
			Verdict: campaign.Verdict{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50"}}})
	})
	return link
}

// invitation reads one by its link.
func (w *world) invitation(l campaign.LinkID) (i campaign.Invitation) {
	w.Helper()
	w.view(func(r campaign.Reader) (err error) {
		i, err = r.InvitationByLink(l)
		return err
	})
	return i
}

func (w *world) claim(c campaign.CampaignID, n int, owner string) (is []campaign.Invitation) {
	w.Helper()
	w.update(func(tx campaign.Tx) (err error) {
		is, _, err = tx.Claim(c, n, owner, nil)
		return err
	})
	return is
}

func message(i campaign.Invitation) campaign.Message {
	return campaign.Message{Invitation: i.ID, Link: i.Link, Attempt: i.Attempt, MessageID: i.Link.String()[:4] + "@lumen.example", SHA256: "ab" + i.Link.String()}
}

func (w *world) commit(owner string, is ...campaign.Invitation) (won []campaign.InvitationID) {
	w.Helper()
	var ms []campaign.Message
	for _, i := range is {
		ms = append(ms, message(i))
	}
	w.update(func(tx campaign.Tx) (err error) {
		won, err = tx.Commit(owner, ms)
		return err
	})
	return won
}

// settle ends a delivery with its entry.
func (w *world) settle(i campaign.Invitation, owner string, to campaign.State) {
	w.Helper()
	w.update(func(tx campaign.Tx) error { return settleTx(tx, i, owner, to) })
}

func settleTx(tx campaign.Tx, i campaign.Invitation, owner string, to campaign.State) error {
	no := campaign.NoEntry
	if to != campaign.Planned {
		var err error
		pins := campaign.PinnedOf(i)
		if no, err = tx.Append(campaign.Entry{Kind: campaign.EntryAsked, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{"invitation": i.ID, "outcome": to,
			"link_sha256": pins.Link, "keys_sha256": pins.Keys, "route": pins.Route, "address_clear": i.Email, "address_hmac": hex.EncodeToString(i.Keys[0].Digest[:]), "language": i.Language, "values": i.Values, "triage": i.Verdict}}); err != nil {
			return err
		}
	}
	m := message(i)
	return tx.Settle([]campaign.Settled{{Invitation: i.ID, Owner: owner, To: to, Reason: "dot", Reply: "250 ok", MessageID: m.MessageID, SHA256: m.SHA256, NotBefore: tx.Now(), Entry: no}})
}

// asked brings one person to the sent state.
func (w *world) asked(c campaign.CampaignID, name string) campaign.Invitation {
	w.Helper()
	link := w.plan(c, w.contact(name), keys(name, name)...)
	for _, i := range w.claim(c, 1, "one") {
		w.commit("one", i)
		w.settle(i, "one", campaign.Sent)
	}
	return w.invitation(link)
}

// answer records an answer of an invitation.
func (w *world) answer(i campaign.Invitation, id, nonce string, states ...campaign.Choice) {
	w.Helper()
	w.update(func(tx campaign.Tx) error { return answerTx(tx, i, id, nonce, states...) })
}

func answerTx(tx campaign.Tx, i campaign.Invitation, id, nonce string, states ...campaign.Choice) error {
	r := campaign.Response{ID: id, Invitation: i.ID, Contact: i.Contact, Campaign: i.Campaign, Kind: campaign.ByForm, Language: "fr",
		Document: form.SHA256, Nonce: nonce, At: tx.Now()}
	for n, s := range states {
		r.Decisions = append(r.Decisions, campaign.Decision{Purpose: []string{"newsletter", "offers"}[n], Channel: "email", State: s})
	}
	no, err := tx.Append(campaign.Entry{Kind: campaign.EntryAnswered, Campaign: i.Campaign, Contact: i.Contact, Payload: map[string]any{
		"receipt_id": id, "document": form.SHA256, "decisions": r.Decisions, "event_time": tx.Now().Format(ledger.TimeLayout)}})
	if err != nil {
		return err
	}
	r.Entry = no
	return tx.AddResponses([]campaign.Response{r})
}

// suppress puts keys on the never-write list, or takes them off.
func (w *world) suppress(lifts bool, ks ...campaign.PersonKey) (added int) {
	w.Helper()
	w.update(func(tx campaign.Tx) (err error) {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"lifts": lifts}})
		if err != nil {
			return err
		}
		var ss []campaign.Suppression
		for _, k := range ks {
			ss = append(ss, campaign.Suppression{Key: k, Lifts: lifts, Scope: "all", Reason: campaign.SuppressManual, Source: "anna"})
		}
		added, err = tx.Suppress(no, ss)
		return err
	})
	return added
}
