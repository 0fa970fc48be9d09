package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/keyring"
	"github.com/reoptin/reoptin/ledger"
)

// The names under which the key ring holds the ledger's keys: the first pair, and each that followed it with
// the handover that both signed. A key counts once its handover is there, which is written last.
const (
	secretLedger = "ledger"
	publicLedger = "ledger-public"
)

// secretName, publicName and handoverName are those of the n-th key, from 1.
func secretName(n int) string {
	if n == 1 {
		return secretLedger
	}
	return fmt.Sprintf("%s-%d", secretLedger, n)
}

func publicName(n int) string {
	if n == 1 {
		return publicLedger
	}
	return fmt.Sprintf("%s-%d-public", secretLedger, n)
}

func handoverName(n int) string { return fmt.Sprintf("%s-%d-handover", secretLedger, n) }

// ledgerKeys are all public keys of the ledger, the first one first, and how each followed the one before.
type ledgerKeys struct {
	keys      []string
	handovers []string
}

func (k ledgerKeys) now() string { return k.keys[len(k.keys)-1] }

func (a *App) ledgerKeys() (ledgerKeys, error) { return readLedgerKeys(a.ring) }

// readLedgerKeys reads the public keys and checks that each was handed over to.
func readLedgerKeys(ring *keyring.Ring) (k ledgerKeys, err error) {
	for n := 2; ring.Has(handoverName(n)); n++ {
		text, err := ring.Secret(handoverName(n))
		if err != nil {
			return k, err
		}
		k.handovers = append(k.handovers, string(text))
	}
	key, err := ring.Secret(publicName(len(k.handovers) + 1))
	if err != nil {
		return k, err
	}
	if k.keys, err = ledger.Keys(k.handovers, strings.TrimSpace(string(key))); err != nil {
		return k, badKey(err)
	}
	return k, nil
}

// LedgerKey is the public key that checks every new checkpoint.
func (a *App) LedgerKey() (string, error) {
	k, err := a.ledgerKeys()
	if err != nil {
		return "", err
	}
	return k.now(), nil
}

// verifiers check what the ledger's keys have signed, the first one first.
func (a *App) verifiers() ([]ledger.Verifier, error) {
	k, err := a.ledgerKeys()
	if err != nil {
		return nil, err
	}
	list, err := ledger.Verifiers(k.keys)
	if err != nil {
		return nil, badKey(err)
	}
	return list, nil
}

// signers are the signing key of now and those before it, of which the one that signed the newest checkpoint signs
// once more when another follows it. After a restore that may be any of them.
func (a *App) signers() (now ledger.Signer, before []ledger.Signer, err error) {
	k, err := a.ledgerKeys()
	if err != nil {
		return nil, nil, err
	}
	for n := 1; n < len(k.keys); n++ {
		if !a.ring.Has(secretName(n)) {
			continue // taken away by somebody, once it had handed over
		}
		old, err := readSigner(a.ring, n)
		if err != nil {
			return nil, nil, err
		}
		before = append(before, old)
	}
	now, err = readSigner(a.ring, len(k.keys))
	return now, before, err
}

// readSigner is the n-th signing key.
func readSigner(ring *keyring.Ring, n int) (ledger.Signer, error) {
	secret, err := ring.Secret(secretName(n))
	if err != nil {
		return nil, err
	}
	s, err := ledger.NewSigner(strings.TrimSpace(string(secret)))
	if err != nil {
		return nil, badKey(err)
	}
	return s, nil
}

func badKey(err error) error {
	return fault.New(fault.Invalid, "ledger.key", "the ledger key cannot be read").Because(err).Hint("restore the key folder from its backup")
}

// KeyRotated is what the ledger keeps of a new key.
type KeyRotated struct {
	Old      string         `json:"old"`
	Key      string         `json:"key"`
	Handover string         `json:"handover"`
	Actor    campaign.Actor `json:"actor"`
}

// RotateLedgerKey replaces the ledger's signing key: the old one signs that it hands over, an entry says so, and
// the next checkpoint is signed by both. Whoever trusts the old key follows the handover. What an interrupted
// rotation began is finished, and no second key is made. A key that cannot sign after the newest checkpoint was replaced
// already, and hands over to none: the key folder is older than the ledger, and a second successor would be another chain.
func (a *App) RotateLedgerKey(ctx context.Context) (r KeyRotated, err error) {
	if _, err := a.Checkpoint(ctx); err != nil {
		return r, err
	}
	k, err := a.ledgerKeys()
	if err != nil {
		return r, err
	}
	said, err := a.store.CountEntries(ctx, campaign.EntryKeyRotated)
	if err != nil {
		return r, err
	}
	if said >= len(k.handovers) {
		if k, err = a.handOver(k); err != nil {
			return r, err
		}
	}
	n := len(k.keys)
	r = KeyRotated{Old: k.keys[n-2], Key: k.keys[n-1], Handover: k.handovers[n-2], Actor: Operator()}
	err = a.store.Update(ctx, func(tx campaign.Tx) error {
		_, err := tx.Append(campaign.Entry{Kind: campaign.EntryKeyRotated, Payload: r})
		return err
	})
	if err != nil {
		return r, err
	}
	_, err = a.Checkpoint(ctx)
	return r, err
}

// handOver makes the next key of the ledger and has the one of now hand over to it.
func (a *App) handOver(k ledgerKeys) (ledgerKeys, error) {
	n := len(k.keys) + 1
	old, err := readSigner(a.ring, n-1)
	if err != nil {
		return k, err
	}
	if !a.ring.Has(publicName(n)) { // else it was begun before
		secret, public, err := ledger.GenerateKey(a.rand, old.Name())
		if err != nil {
			return k, fault.Wrap("app.handOver", err)
		}
		// The public half is written last: with it there the pair is whole.
		if err := a.ring.Replace(secretName(n), []byte(secret)); err != nil {
			return k, err
		}
		if err := a.ring.WriteSecret(publicName(n), []byte(public)); err != nil {
			return k, err
		}
	}
	next, err := readSigner(a.ring, n)
	if err != nil {
		return k, err
	}
	public, err := a.ring.Secret(publicName(n))
	if err != nil {
		return k, err
	}
	text, err := ledger.SignHandover(old, next, k.now(), strings.TrimSpace(string(public)))
	if err != nil {
		return k, badKey(err)
	}
	if err := a.ring.WriteSecret(handoverName(n), []byte(text)); err != nil {
		return k, err
	}
	return a.ledgerKeys()
}

// RotateLinkKey adds a link key, or with dry only says which number it would have. A running server would not know it, so there must be none.
func (a *App) RotateLinkKey(_ context.Context, dry bool) (id int, err error) {
	release, err := a.journal.Lock()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	var kid byte
	if dry {
		kid, err = a.ring.Next()
	} else {
		kid, err = a.ring.Rotate(a.rand)
	}
	return int(kid), err
}
