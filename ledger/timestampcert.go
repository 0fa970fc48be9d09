package ledger

import (
	"bytes"
	"crypto"
	"crypto/sha1" // only to find by its old name a certificate that the signature proves anyway
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// certName names a certificate by its hash; the first field is left out where it is SHA-256 (RFC 5035), and in the
// older form always, where it is SHA-1 (RFC 2634).
type certName struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
	Hash      []byte
	Issuer    asn1.RawValue `asn1:"optional"`
}

type signingCert struct {
	Certs    []certName
	Policies asn1.RawValue `asn1:"optional"`
}

// names reports whether an attribute names a certificate as the one that signs.
func names(a attribute, cert *x509.Certificate) bool {
	var v signingCert
	if _, err := asn1.Unmarshal(a.Values.Bytes, &v); err != nil || len(v.Certs) == 0 {
		return false
	}
	first := v.Certs[0]
	if a.Type.Equal(oidSigningCert) {
		sum := sha1.Sum(cert.Raw)
		return bytes.Equal(first.Hash, sum[:])
	}
	hash := crypto.SHA256
	if len(first.Algorithm.Algorithm) > 0 {
		var known bool
		if hash, known = hashes[first.Algorithm.Algorithm.String()]; !known {
			return false
		}
	}
	h := hash.New()
	h.Write(cert.Raw)
	return bytes.Equal(first.Hash, h.Sum(nil))
}
