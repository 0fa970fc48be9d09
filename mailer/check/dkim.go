package check

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
)

// DKIM is what stands under the name of a key. A record is not found when Record is empty.
type DKIM struct {
	Name   string
	Record string // as published
	Many   int    // records under the name; with more than one, which counts is anybody's guess
	Wrong  string // why no verifier can use it; empty: they can
	Kind   string // rsa, ed25519
	Bits   int    // of an RSA key
	Test   bool   // t=y: verifiers need not mind a failure
	key    string // the public key alone
}

// leastKeys are the shortest keys: below the first none is accepted, below the second some are not (RFC 8301).
const (
	LeastBits = 1024
	GoodBits  = 2048
)

// LookDKIM reads the record of a key: name is SELECTOR._domainkey.DOMAIN.
func LookDKIM(ctx context.Context, r Resolver, name string) (DKIM, error) {
	d := DKIM{Name: name}
	texts, err := r.TXT(ctx, name)
	if err != nil || len(texts) == 0 {
		return d, err
	}
	d.Many = len(texts)
	d.read(texts[0])
	return d, nil
}

func (d *DKIM) read(record string) {
	t := readTags(record)
	d.Record, d.Kind, d.key = record, "rsa", squeezed(t.values["p"])
	if k := strings.ToLower(t.values["k"]); k != "" {
		d.Kind = k
	}
	d.Test = slices.Contains(t.list("t"), "y")
	hashes, services := t.list("h"), t.list("s")
	switch {
	case t.has("v") && !t.version("DKIM1"):
		d.Wrong = "it does not begin with v=DKIM1"
	case t.twice != "":
		d.Wrong = "the tag " + t.twice + " stands there twice"
	case !t.has("p"):
		d.Wrong = "it holds no key (p=)"
	case d.key == "":
		d.Wrong = "the key is revoked (p= is empty)"
	case len(hashes) > 0 && !slices.Contains(hashes, "sha256"):
		d.Wrong = "it allows no SHA-256 (h=" + t.values["h"] + ")"
	case len(services) > 0 && !slices.Contains(services, "*") && !slices.Contains(services, "email"):
		d.Wrong = "it is not for e-mail (s=" + t.values["s"] + ")"
	default:
		d.readKey()
	}
}

func (d *DKIM) readKey() {
	raw, err := base64.StdEncoding.DecodeString(d.key)
	if err != nil {
		d.Wrong = "its key is no base64: it was cut or broken on the way into the DNS"
		return
	}
	switch d.Kind {
	case "ed25519":
		if len(raw) != 32 {
			d.Wrong = "its key is none of Ed25519"
		}
	case "rsa":
		key, err := x509.ParsePKIXPublicKey(raw)
		public, ok := key.(*rsa.PublicKey)
		if err != nil { // RFC 6376 shows one form and names the other
			public, err = x509.ParsePKCS1PublicKey(raw)
			ok = err == nil
		}
		if !ok {
			d.Wrong = "its key is none of RSA: it was cut or broken on the way into the DNS"
			return
		}
		if d.Bits = public.N.BitLen(); d.Bits < LeastBits {
			d.Wrong = "its RSA key is too short"
		}
	default:
		d.Wrong = "its kind of key is not known (k=" + d.Kind + ")"
	}
}

// Holds reports whether the published key is the one of another record.
func (d DKIM) Holds(record string) bool {
	other := DKIM{}
	other.read(record)
	return d.key != "" && d.key == other.key && d.Kind == other.Kind
}

// squeezed is a value without the white space that it may hold anywhere.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }
