package account

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/url"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// A passkey is a key that a phone, a computer or a security key holds, and that answers for one address alone: a page
// that looks like ours gets nothing out of it (Web Authentication, W3C, level 2). What is checked here are the steps of
// its sections 7.1 and 7.2 that are left when nobody asks who made the device: no attestation is wanted, and browsers
// give the public key and the authenticator's data as such.

// Passkey is one of an account's.
type Passkey struct {
	ID      []byte
	Account ID
	Name    string // by which the person knows it
	Public  []byte // SubjectPublicKeyInfo
	Counter uint32 // of the last proof, where the device counts
	AddedAt time.Time
	UsedAt  time.Time // zero: never
}

// Proof is what a browser says for a passkey.
type Proof struct {
	ID            octets `json:"id"`
	ClientData    octets `json:"client"`
	Authenticator octets `json:"authenticator"`
	Signature     octets `json:"signature"` // of a proof
	Public        octets `json:"public"`    // of a new key
}

// octets are base64url in JSON.
type octets []byte

func (o *octets) UnmarshalText(text []byte) error {
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	*o = b
	return err
}

// mostProof bounds what a browser may say.
const mostProof = 8 << 10

// ParseProof reads it.
func ParseProof(text string) (p Proof, err error) {
	if len(text) > mostProof || json.Unmarshal([]byte(text), &p) != nil || len(p.ID) == 0 || len(p.ID) > 1023 {
		return Proof{}, wrongKey()
	}
	return p, nil
}

func wrongKey() error {
	return fault.New(fault.Unauthenticated, "account.passkey", "the passkey did not prove who you are").At("account.passkey").
		Hint("try again, or use a code")
}

// The flags of the authenticator's data, and how long its fixed part is.
const (
	userPresent = 0x01
	hasKey      = 0x40
	fixedPart   = 37
)

// holds checks everything but the signature: what was asked, by which challenge, on which page, and that a person was
// there. It gives the device's counter.
func (p Proof) holds(what, origin string, challenge []byte) (counter uint32, err error) {
	var client struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
		Origin    string `json:"origin"`
		Foreign   bool   `json:"crossOrigin"`
	}
	if json.Unmarshal(p.ClientData, &client) != nil || client.Type != what || client.Foreign || client.Origin != origin || len(challenge) == 0 ||
		subtle.ConstantTimeCompare([]byte(client.Challenge), []byte(base64.RawURLEncoding.EncodeToString(challenge))) != 1 {
		return 0, wrongKey()
	}
	u, err := url.Parse(origin)
	if err != nil || len(p.Authenticator) < fixedPart {
		return 0, wrongKey()
	}
	site := sha256.Sum256([]byte(u.Hostname()))
	if !bytes.Equal(p.Authenticator[:32], site[:]) || p.Authenticator[32]&userPresent == 0 {
		return 0, wrongKey()
	}
	return binary.BigEndian.Uint32(p.Authenticator[33:fixedPart]), nil
}

// adds checks that a proof is of a new key, and gives it.
func (p Proof) adds(origin string, challenge []byte) (Passkey, error) {
	counter, err := p.holds("webauthn.create", origin, challenge)
	if err != nil {
		return Passkey{}, err
	}
	// Behind the fixed part: sixteen octets of the model, the length of the id, and the id.
	data := p.Authenticator
	if data[32]&hasKey == 0 || len(data) < fixedPart+18+len(p.ID) || int(binary.BigEndian.Uint16(data[fixedPart+16:])) != len(p.ID) ||
		!bytes.Equal(data[fixedPart+18:fixedPart+18+len(p.ID)], p.ID) {
		return Passkey{}, wrongKey()
	}
	if _, err := readPublic(p.Public); err != nil {
		return Passkey{}, err
	}
	return Passkey{ID: p.ID, Public: p.Public, Counter: counter}, nil
}

// readPublic reads a key of a kind that we ask for.
func readPublic(der []byte) (crypto.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, wrongKey()
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize == 256 {
			return k, nil
		}
	case ed25519.PublicKey:
		return k, nil
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return k, nil
		}
	}
	return nil, wrongKey()
}

// proves checks that a proof is a key's, and gives the key as it is to be kept. A device whose counter went back was
// copied (section 6.1.1).
func (p Proof) proves(k Passkey, origin string, challenge []byte) (Passkey, error) {
	counter, err := p.holds("webauthn.get", origin, challenge)
	if err != nil {
		return k, err
	}
	if (counter != 0 || k.Counter != 0) && counter <= k.Counter {
		return k, wrongKey()
	}
	public, err := readPublic(k.Public)
	if err != nil {
		return k, err
	}
	client := sha256.Sum256(p.ClientData)
	signed := append(bytes.Clone(p.Authenticator), client[:]...)
	sum := sha256.Sum256(signed)
	ok := false
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(public, sum[:], p.Signature)
	case ed25519.PublicKey:
		ok = ed25519.Verify(public, signed, p.Signature)
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], p.Signature) == nil
	}
	if !ok {
		return k, wrongKey()
	}
	k.Counter = counter
	return k, nil
}

// Challenge draws what a passkey is asked, for a session that is whole or half, and tells the account's keys. It is
// good for one proof.
func (r *Roster) Challenge(ctx context.Context, secret Secret) (challenge []byte, a Account, keys []Passkey, err error) {
	challenge = make([]byte, 32)
	if _, err := io.ReadFull(r.rand, challenge); err != nil {
		return nil, a, nil, fault.Wrap("account.Challenge", err)
	}
	err = r.store.Update(ctx, func(tx Tx) error {
		s, err := tx.Session(secret.Key())
		if fault.Is(err, fault.NotFound) || err == nil && !s.Live(tx.Now()) {
			return over()
		}
		if err != nil {
			return err
		}
		if a, err = tx.AccountByID(s.Account); err != nil {
			return err
		}
		if keys, err = tx.Passkeys(s.Account); err != nil {
			return err
		}
		return tx.SetChallenge(secret.Key(), challenge)
	})
	return challenge, a, keys, err
}

// spendKey takes the proof of one of an account's keys.
func spendKey(tx Tx, id ID, secret Secret, origin string, p Proof) error {
	challenge, err := tx.TakeChallenge(secret.Key())
	if err != nil {
		return err
	}
	keys, err := tx.Passkeys(id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if bytes.Equal(k.ID, p.ID) {
			if k, err = p.proves(k, origin, challenge); err != nil {
				return err
			}
			return tx.UsePasskey(k.ID, k.Counter)
		}
	}
	return wrongKey()
}

// mostKeys bounds how many passkeys an account has.
const mostKeys = 20

// AddPasskey gives an account a passkey that was made by a challenge of the session. All other sessions end, and this
// one begins anew. Recovery codes are told with the first factor of an account.
func (r *Roster) AddPasskey(ctx context.Context, a Account, session Secret, origin, name string, p Proof) (secret Secret, recovery []string, err error) {
	if secret, err = NewSecret(r.rand); err != nil {
		return secret, nil, err
	}
	codes, digests, err := newRecoveries(a.ID, r.rand)
	if err != nil {
		return secret, nil, err
	}
	return secret, codes, r.store.Update(ctx, func(tx Tx) error {
		challenge, err := tx.TakeChallenge(session.Key())
		if err != nil {
			return err
		}
		k, err := p.adds(origin, challenge)
		if err != nil {
			return err
		}
		k.Account, k.Name, k.AddedAt = a.ID, name, tx.Now()
		there, err := tx.Passkeys(a.ID)
		if err != nil {
			return err
		}
		if len(there) >= mostKeys {
			return fault.New(fault.Conflict, "account.passkeys", "an account has at most {n} passkeys", "n", mostKeys).At("account.AddPasskey").Hint("remove one that is no longer used")
		}
		if err := tx.AddPasskey(k); err != nil {
			return err
		}
		if has, err := tx.Recovery(a.ID); err != nil || has > 0 {
			codes = nil
			if err != nil {
				return err
			}
		} else if err := tx.PutRecovery(a.ID, digests); err != nil {
			return err
		}
		return changedFactor(tx, a, secret)
	})
}

// RemovePasskey takes one of an account's own keys away.
func (r *Roster) RemovePasskey(ctx context.Context, a Account, id []byte) error {
	return r.store.Update(ctx, func(tx Tx) error {
		if err := tx.RemovePasskey(a.ID, id); err != nil {
			return err
		}
		return tx.Record(Event{Kind: FactorRemoved, Account: a.ID, By: a.Name, At: tx.Now()})
	})
}
