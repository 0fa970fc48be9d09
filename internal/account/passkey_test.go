package account_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// device plays a person's device and the browser before it.
type device struct {
	t       *testing.T
	key     crypto.Signer
	id      []byte
	counter uint32

	what, origin, site string
	challenge          []byte
	flags              byte
	foreign            bool
}

const address = "https://desk.lumen.example"

var challenge = bytes.Repeat([]byte{7}, 32)

func newDevice(t *testing.T, key crypto.Signer) *device {
	t.Helper()
	return &device{t: t, key: key, id: []byte("key-1"), origin: address, site: "desk.lumen.example", challenge: challenge, flags: 0x05}
}

func (d *device) client() []byte {
	b, err := json.Marshal(map[string]any{"type": d.what, "challenge": base64.RawURLEncoding.EncodeToString(d.challenge), "origin": d.origin, "crossOrigin": d.foreign})
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *device) data() []byte {
	site := sha256.Sum256([]byte(d.site))
	return binary.BigEndian.AppendUint32(append(site[:], d.flags), d.counter)
}

func (d *device) makes() account.Proof {
	d.what, d.flags = "webauthn.create", d.flags|0x40
	public, err := x509.MarshalPKIXPublicKey(d.key.Public())
	if err != nil {
		d.t.Fatal(err)
	}
	data := append(d.data(), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	return account.Proof{ID: d.id, ClientData: d.client(), Authenticator: append(data, "a key in CBOR"...), Public: public}
}

func (d *device) answers() account.Proof {
	if d.what == "" || d.what == "webauthn.create" {
		d.what, d.flags = "webauthn.get", d.flags&^0x40
	}
	client, data := d.client(), d.data()
	sum := sha256.Sum256(client)
	signed := append(bytes.Clone(data), sum[:]...)
	digest, how := sha256.Sum256(signed), crypto.SignerOpts(crypto.SHA256)
	given := digest[:]
	if _, edwards := d.key.(ed25519.PrivateKey); edwards {
		given, how = signed, crypto.Hash(0)
	}
	signature, err := d.key.Sign(rand.Reader, given, how)
	if err != nil {
		d.t.Fatal(err)
	}
	return account.Proof{ID: d.id, ClientData: client, Authenticator: data, Signature: signature}
}

func elliptic256(t *testing.T) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestPasskeysOfEachKind(t *testing.T) {
	t.Parallel()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"ES256": elliptic256(t), "EdDSA": edwards, "RS256": old} {
		d := newDevice(t, key)
		k, err := account.Adds(d.makes(), address, challenge)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := account.Proves(d.answers(), k, address, challenge); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		other := newDevice(t, elliptic256(t))
		if _, err := account.Proves(other.answers(), k, address, challenge); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: another key proves it: %v", name, err)
		}
	}
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := account.Adds(newDevice(t, small).makes(), address, challenge); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a key of a kind that was not asked for: %v", err)
	}
}

func TestWhatProvesNothing(t *testing.T) {
	t.Parallel()
	key := elliptic256(t)
	for name, change := range map[string]func(*device){
		"another page":        func(d *device) { d.origin = "https://desk.lumen.example.evil.example" },
		"without https":       func(d *device) { d.origin = "http://desk.lumen.example" },
		"another site":        func(d *device) { d.site = "lumen.example" },
		"another challenge":   func(d *device) { d.challenge = bytes.Repeat([]byte{8}, 32) },
		"in a foreign frame":  func(d *device) { d.foreign = true },
		"nobody was there":    func(d *device) { d.flags = 0x04 },
		"another act":         func(d *device) { d.what = "webauthn.create2" },
		"a counter that fell": func(d *device) { d.counter = 4 },
		"a counter that rest": func(d *device) { d.counter = 5 },
	} {
		d := newDevice(t, key)
		d.counter = 5
		k, err := account.Adds(d.makes(), address, challenge)
		if err != nil {
			t.Fatal(err)
		}
		d.what, d.flags, d.counter = "webauthn.get", 0x05, 6
		change(d)
		if _, err := account.Proves(d.answers(), k, address, challenge); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := newDevice(t, key)
	good := d.makes()
	for name, change := range map[string]func(*account.Proof){
		"no key":           func(p *account.Proof) { p.Authenticator[32] &^= 0x40 },
		"another id":       func(p *account.Proof) { p.ID = []byte("key-2") },
		"cut":              func(p *account.Proof) { p.Authenticator = p.Authenticator[:50] },
		"no public key":    func(p *account.Proof) { p.Public = []byte("none") },
		"no data":          func(p *account.Proof) { p.Authenticator = nil },
		"no client":        func(p *account.Proof) { p.ClientData = []byte("{") },
		"a proof, no make": func(p *account.Proof) { *p = d.answers() },
	} {
		p := good
		p.Authenticator = bytes.Clone(good.Authenticator)
		change(&p)
		if _, err := account.Adds(p, address, challenge); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := account.Adds(good, address, nil); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("without a challenge: %v", err)
	}
}

func FuzzProof(f *testing.F) {
	f.Add(`{"id":"a2V5","client":"e30","authenticator":"AA"}`)
	f.Add(`{}`)
	f.Add(strings.Repeat("x", 10_000))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := account.ParseProof(text)
		if err != nil {
			return
		}
		if k, err := account.Adds(p, address, challenge); err == nil {
			t.Errorf("%+v was made of %q", k, text)
		}
		if _, err := account.Proves(p, account.Passkey{ID: p.ID}, address, challenge); err == nil {
			t.Errorf("%q proves something", text)
		}
	})
}
