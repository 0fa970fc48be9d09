package ledger

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	_ "crypto/sha512" // authorities sign with its hashes too
)

// Object identifiers of RFC 3161, RFC 5652, RFC 5035 and of what they rest on.
var (
	oidSignedData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCert2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256       = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// hashes are those that an authority may sign with. What is older is refused.
var hashes = map[string]crypto.Hash{
	oidSHA256.String(): crypto.SHA256, "2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// keyAlgorithms tell from the identifier of a signature which hash it goes with; those that name only the key are
// completed by the hash of the signer.
var keyAlgorithms = map[string]map[crypto.Hash]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.1":  {crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA},
	"1.2.840.113549.1.1.11": {crypto.SHA256: x509.SHA256WithRSA},
	"1.2.840.113549.1.1.12": {crypto.SHA384: x509.SHA384WithRSA},
	"1.2.840.113549.1.1.13": {crypto.SHA512: x509.SHA512WithRSA},
	"1.2.840.10045.2.1":     {crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512},
	"1.2.840.10045.4.3.2":   {crypto.SHA256: x509.ECDSAWithSHA256},
	"1.2.840.10045.4.3.3":   {crypto.SHA384: x509.ECDSAWithSHA384},
	"1.2.840.10045.4.3.4":   {crypto.SHA512: x509.ECDSAWithSHA512},
}

// maxToken bounds a time stamp, and what an authority answers.
const maxToken = 64 << 10

// Timestamp is what a time-stamping authority has signed: that something existed at a time.
type Timestamp struct {
	At          time.Time
	Authority   string // subject of its certificate; who that is, nobody has checked
	Certificate string // SHA-256 of it, in hex
	Serial      string
}

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Hash      []byte
}

type stampRequest struct {
	Version int
	Imprint imprint
	Nonce   *big.Int
	CertReq bool
}

// TimestampRequest asks for a time stamp of a message (RFC 3161 section 2.4.1).
func TimestampRequest(message []byte, nonce *big.Int) ([]byte, error) {
	sum := sha256.Sum256(message)
	return asn1.Marshal(stampRequest{Version: 1, Nonce: nonce, CertReq: true,
		Imprint: imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, sum[:]}})
}

type stampStatus struct {
	Status int
	Text   []asn1.RawValue `asn1:"optional"`
	Fail   asn1.BitString  `asn1:"optional"`
}

type stampResponse struct {
	Status stampStatus
	Token  asn1.RawValue `asn1:"optional"`
}

// TimestampToken takes the token out of an authority's answer.
func TimestampToken(answer []byte) ([]byte, error) {
	var r stampResponse
	if rest, err := asn1.Unmarshal(answer, &r); err != nil || len(rest) > 0 || len(answer) > maxToken {
		return nil, errors.New("the authority's answer is no time stamp")
	}
	if r.Status.Status > 1 || len(r.Token.FullBytes) == 0 { // 0: granted, 1: granted with changes
		return nil, fmt.Errorf("the authority did not grant a time stamp: status %d", r.Status.Status)
	}
	return r.Token.FullBytes, nil
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Encap        contentOctets
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type contentOctets struct {
	Type    asn1.ObjectIdentifier
	Content []byte `asn1:"explicit,tag:0"`
}

type signerInfo struct {
	Version   int
	Signer    asn1.RawValue
	Digest    pkix.AlgorithmIdentifier
	Signed    asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

type stampInfo struct {
	Version  int
	Policy   asn1.ObjectIdentifier
	Imprint  imprint
	Serial   *big.Int
	At       time.Time     `asn1:"generalized"`
	Accuracy accuracy      `asn1:"optional"`
	Ordering bool          `asn1:"optional"`
	Nonce    *big.Int      `asn1:"optional"`
	TSA      asn1.RawValue `asn1:"optional,tag:0"`
	More     asn1.RawValue `asn1:"optional,tag:1"`
}

// CheckTimestamp checks a token against what it stands for, offline: the signature of the certificate that it
// carries, that this certificate is for time stamping, and the hash. With a nonce it must be the one that was
// asked with. Whether the certificate is to be trusted is for the reader to say: it is named in the result.
func CheckTimestamp(token, message []byte, nonce *big.Int) (Timestamp, error) {
	data, err := readSigned(token)
	if err != nil {
		return Timestamp{}, err
	}
	cert, err := data.check()
	if err != nil {
		return Timestamp{}, err
	}
	var info stampInfo
	if rest, err := asn1.Unmarshal(data.Encap.Content, &info); err != nil || len(rest) > 0 || info.Version != 1 || info.Serial == nil {
		return Timestamp{}, errors.New("the time stamp's content is malformed")
	}
	sum := sha256.Sum256(message)
	if !info.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || !bytes.Equal(info.Imprint.Hash, sum[:]) {
		return Timestamp{}, errors.New("the time stamp is of something else")
	}
	if nonce != nil && (info.Nonce == nil || info.Nonce.Cmp(nonce) != 0) {
		return Timestamp{}, errors.New("the time stamp answers another question: its nonce differs")
	}
	if info.At.Before(cert.NotBefore) || info.At.After(cert.NotAfter) {
		return Timestamp{}, errors.New("the time stamp's certificate was not valid at that time")
	}
	return Timestamp{At: info.At.UTC(), Authority: plain(cert.Subject.String()), Certificate: fmt.Sprintf("%x", sha256.Sum256(cert.Raw)), Serial: info.Serial.String()}, nil
}

func readSigned(token []byte) (data signedData, err error) {
	malformed := errors.New("this is no time stamp")
	var outer contentInfo
	if len(token) > maxToken {
		return data, malformed
	}
	if rest, err := asn1.Unmarshal(token, &outer); err != nil || len(rest) > 0 || !outer.Type.Equal(oidSignedData) {
		return data, malformed
	}
	if rest, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil || len(rest) > 0 || !data.Encap.Type.Equal(oidTSTInfo) || len(data.Signers) != 1 {
		return data, malformed
	}
	return data, nil
}

// check checks the one signature and gives the certificate that made it.
func (d signedData) check() (*x509.Certificate, error) {
	s := d.Signers[0]
	cert, err := d.certificate(s.Signer)
	if err != nil {
		return nil, err
	}
	hash, known := hashes[s.Digest.Algorithm.String()]
	algorithm, fits := keyAlgorithms[s.Algorithm.Algorithm.String()][hash]
	if !known || !fits {
		return nil, errors.New("the time stamp is signed in a way that is not supported: RSA (PKCS 1) or ECDSA with SHA-2 is")
	}
	if len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping {
		return nil, errors.New("the time stamp's certificate is not for time stamping")
	}
	if key, isRSA := cert.PublicKey.(*rsa.PublicKey); isRSA && key.N.BitLen() < 2048 {
		return nil, errors.New("the time stamp's certificate has a key that is too short")
	}
	if err := s.checkAttributes(hash, d.Encap.Content, cert); err != nil {
		return nil, err
	}
	signed := bytes.Clone(s.Signed.FullBytes)
	signed[0] = asn1.TagSet | 0x20 // signed as a SET, carried under a tag of its own (RFC 5652 section 5.4)
	if err := cert.CheckSignature(algorithm, signed, s.Signature); err != nil {
		return nil, errors.New("the time stamp's signature does not fit")
	}
	return cert, nil
}

// certificate is the one that the signer names.
func (d signedData) certificate(signer asn1.RawValue) (*x509.Certificate, error) {
	certs, err := x509.ParseCertificates(d.Certificates.Bytes)
	if err != nil || len(certs) == 0 {
		return nil, errors.New("the time stamp carries no certificate that can be read")
	}
	var named issuerAndSerial
	_, wrong := asn1.Unmarshal(signer.FullBytes, &named)
	for _, c := range certs {
		bySerial := wrong == nil && bytes.Equal(c.RawIssuer, named.Issuer.FullBytes) && c.SerialNumber.Cmp(named.Serial) == 0
		byKey := signer.Class == asn1.ClassContextSpecific && signer.Tag == 0 && len(c.SubjectKeyId) > 0 && bytes.Equal(c.SubjectKeyId, signer.Bytes)
		if bySerial || byKey {
			return c, nil
		}
	}
	return nil, errors.New("the time stamp does not carry the certificate that signed it")
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

// checkAttributes checks what is signed beside the content: that it is of this content, and by this certificate.
func (s signerInfo) checkAttributes(hash crypto.Hash, content []byte, cert *x509.Certificate) error {
	if len(s.Signed.FullBytes) == 0 {
		return errors.New("the time stamp lacks its signed attributes")
	}
	h := hash.New()
	h.Write(content)
	var typed, digested, bound bool
	for rest := s.Signed.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return errors.New("the time stamp's signed attributes are malformed")
		}
		switch {
		case a.Type.Equal(oidContentType):
			var id asn1.ObjectIdentifier
			_, err := asn1.Unmarshal(a.Values.Bytes, &id)
			typed = err == nil && id.Equal(oidTSTInfo)
		case a.Type.Equal(oidDigest):
			var sum []byte
			_, err := asn1.Unmarshal(a.Values.Bytes, &sum)
			digested = err == nil && bytes.Equal(sum, h.Sum(nil))
		case a.Type.Equal(oidSigningCert), a.Type.Equal(oidSigningCert2):
			bound = names(a, cert)
		}
	}
	switch {
	case !typed || !digested:
		return errors.New("the time stamp's signature is of another content")
	case !bound:
		return errors.New("the time stamp's signature does not name its certificate")
	}
	return nil
}
