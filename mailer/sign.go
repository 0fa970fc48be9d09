package mailer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// signedFields are the header fields that a signature covers, RFC 6376 section 5.4. What stands here once more
// than in a message can be added by nobody on the way. The List-Unsubscribe fields must be covered for
// one-click to work (RFC 8058 section 4), CFBL-Address for complaints to be sent (RFC 9477).
var signedFields = []string{"From", "From", "To", "To", "Subject", "Subject", "Date", "Date", "Reply-To", "Message-ID", "MIME-Version", "Content-Type",
	"Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post", "CFBL-Address", "List-Id", "Feedback-ID", "Auto-Submitted"}

// leastBits is the shortest RSA key that verifiers accept (RFC 8301 section 3.2).
const leastBits = 1024

// Signer signs messages with DKIM: RSA (RFC 6376) or Ed25519 (RFC 8463).
type Signer struct {
	domain, selector string
	key              crypto.Signer
}

// NewSigner makes a signer from a private key in PEM: PKCS #8, or PKCS #1 for RSA. The error is
// fault.Invalid for a key that cannot sign, and never shows it.
func NewSigner(domain, selector string, key []byte) (*Signer, error) {
	refused := func(why error) error {
		return fault.New(fault.Invalid, "mailer.dkim_key", "dkim.key holds no key that can sign").Because(why).At("mailer.NewSigner").
			Hint("draw one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out keys/dkim.pem")
	}
	block, _ := pem.Decode(key)
	if block == nil {
		return nil, refused(errors.New("it is not PEM"))
	}
	var parsed any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		err = errors.New("it is not a private key without a passphrase")
	}
	if err != nil {
		return nil, refused(err)
	}
	s := &Signer{domain: strings.ToLower(domain), selector: selector}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < leastBits {
			return nil, refused(errors.New("an RSA key needs 1024 bits at least, better 2048"))
		}
		s.key = k
	case ed25519.PrivateKey:
		s.key = k
	default:
		return nil, refused(errors.New("it is neither RSA nor Ed25519"))
	}
	return s, nil
}

// Record is what is to be published in the DNS so that others can check the signatures: the name of a TXT
// record and its text (RFC 6376 section 3.6.1).
func (s *Signer) Record() (name, text string, err error) {
	kind, public := "ed25519", []byte(nil)
	switch k := s.key.Public().(type) {
	case ed25519.PublicKey:
		public = k
	default:
		kind = "rsa"
		if public, err = x509.MarshalPKIXPublicKey(k); err != nil {
			return "", "", fault.Wrap("mailer.Record", err)
		}
	}
	return s.selector + "._domainkey." + s.domain, "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public), nil
}

// sign puts a signature before a finished message.
func (s *Signer) sign(m campaign.Message) (campaign.Message, error) {
	options := &dkim.SignOptions{Domain: s.domain, Selector: s.selector, Signer: s.key, Hash: crypto.SHA256, HeaderKeys: signedFields,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed}
	out := bytes.NewBuffer(make([]byte, 0, len(m.Bytes)+1024))
	if err := dkim.Sign(out, bytes.NewReader(m.Bytes), options); err != nil {
		return campaign.Message{}, fault.Wrap("mailer.sign", err)
	}
	m.Bytes = out.Bytes()
	if err := sendable(m); err != nil {
		return campaign.Message{}, err
	}
	sum := sha256.Sum256(m.Bytes)
	m.SHA256 = hex.EncodeToString(sum[:])
	return m, nil
}
