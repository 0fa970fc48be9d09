package mailer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	b, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b})
}

// keys are drawn once: an RSA key takes a while.
var signingKeys = sync.OnceValues(func() (map[string]any, error) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	return map[string]any{"rsa": long, "ed25519": edwards}, err
})

func testSigner(t testing.TB, kind string) *Signer {
	t.Helper()
	keys, err := signingKeys()
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner("lumiere.example", "spring", pkcs8(t, keys[kind]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signedMessage is a message as it would be sent, composed in the quick way, with its signer.
func signedMessage(t testing.TB, kind string) (campaign.Message, *Signer) {
	t.Helper()
	c := testComposer(t, "https://choice.lumiere.example")
	c.signer = testSigner(t, kind)
	m, err := c.Compose(invitation("fr", campaign.Values{"first_name": "Zoë"}), contentOf(t, c, frozen()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m, c.signer
}

// checked verifies the one signature of a message with the published record.
func checked(t testing.TB, s *Signer, message []byte) error {
	t.Helper()
	name, text, err := s.Record()
	if err != nil {
		t.Fatal(err)
	}
	vs, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
		if domain != name {
			return nil, fmt.Errorf("asked for %s, published %s", domain, name)
		}
		return []string{text}, nil
	}})
	if err != nil {
		return err
	}
	if len(vs) != 1 || vs[0].Domain != "lumiere.example" {
		t.Fatalf("%+v", vs)
	}
	return vs[0].Err
}

func TestSignedMessages(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"rsa", "ed25519"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m, s := signedMessage(t, kind)
			if err := checked(t, s, m.Bytes); err != nil {
				t.Errorf("%v\n%s", err, m.Bytes)
			}
			if sum := sha256.Sum256(m.Bytes); m.SHA256 != hex.EncodeToString(sum[:]) {
				t.Error("the hash is not that of the bytes that are sent")
			}
			for _, forged := range [][2]string{
				{"List-Unsubscribe: <https://", "List-Unsubscribe: <https://evil.example/"},
				{"List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Unsubscribe-Post: none"},
				{"\r\nFrom: ", "\r\nFrom: <someone@evil.example>\r\nFrom: "},
				{"\r\nSubject: ", "\r\nSubject: Won!\r\nSubject: "},
				{"\r\nTo: ", "\r\nTo: <all@evil.example>\r\nTo: "},
				{"\r\n\r\n--", "\r\n\r\n\r\nmore\r\n--"},
			} {
				changed := bytes.Replace(m.Bytes, []byte(forged[0]), []byte(forged[1]), 1)
				if bytes.Equal(changed, m.Bytes) {
					t.Fatalf("%q is not in the message\n%s", forged[0], m.Bytes)
				}
				if checked(t, s, changed) == nil {
					t.Errorf("%q instead of %q went unnoticed", forged[1], forged[0])
				}
			}
		})
	}
}

// A preview is signed as the message will be, so that what is looked at is what is sent.
func TestPreviewIsSigned(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.lumiere.example")
	c.signer = testSigner(t, "ed25519")
	m, parts, err := c.Preview(frozen(), campaign.Sample{Language: "fr"})
	if err != nil || len(parts.Header["Dkim-Signature"]) != 1 {
		t.Fatalf("%v %v", parts.Header, err)
	}
	if err := checked(t, c.signer, m.Bytes); err != nil {
		t.Error(err)
	}
}

func TestSignerRefusesKeys(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{
		"nothing":     nil,
		"no PEM":      []byte("secret words"),
		"a cut one":   []byte("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"),
		"a public":    []byte("-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----\n"),
		"a curve":     pkcs8(t, curve),
		"a short RSA": []byte(shortRSA),
	} {
		if _, err := NewSigner("lumiere.example", "spring", key); !fault.Is(err, fault.Invalid) || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shortRSA is a key of 512 bits.
const shortRSA = `-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAzhLSxGPzzhEQaydg
cB20mJIgRDtCFn3oRnODmipi2QjCfp/moSCGOriT0Oyt8vwUB7HKBlheOrKFnTWr
05qk4wIDAQABAkEAljEH5lUG+5haRA617eDooA5YcAJUf3oSkU5diz37PzwglG1P
XKUGyCJBEglfFG4ukhMrzcs2aLblucBVBT9I4QIhAPYJLRjvf/JQWKPXvqSrTN6I
iEMdT85TftILVOTyBpBTAiEA1mtUheWy46CqE0UbRZInfm2s4UtYEJ/XzGnQnnYm
RzECIGbQoNrpwuME9nXJg66WszHPhnnddus28yldeOWPynRnAiBByosTzqg2Oh0V
bpXwoejmXSa3tlOePj2L5kfx51TVcQIgCbtZGe0+aNCBfHtEJz4unee67L/J2f62
e74qU/vsWjE=
-----END PRIVATE KEY-----
`

func TestAlignment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sender, signer string
		want           bool
	}{
		{"lumiere.example", "lumiere.example", true},
		{"Lumiere.example", "lumiere.example", true},
		{"news.lumiere.example", "lumiere.example", true},
		{"lumiere.example", "mail.lumiere.example", true},
		{"a.lumiere.co.uk", "b.lumiere.co.uk", true},
		{"lumiere.co.uk", "other.co.uk", false},
		{"lumiere.example", "relay.example", false},
		{"lumiere.example", "example", false},
		{"co.uk", "co.uk.", false},
	} {
		if got := campaign.SameOrganisation(tt.sender, tt.signer); got != tt.want {
			t.Errorf("%s signed by %s: %v", tt.sender, tt.signer, got)
		}
	}
}

// Nothing is composed that receivers would refuse for the domain of its signature.
func TestUnalignedSenderIsRefused(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.lumiere.example")
	s := testSigner(t, "ed25519")
	c.signer = &Signer{domain: "relay.example", selector: "spring", key: s.key}
	if _, _, err := c.Preview(frozen(), campaign.Sample{Language: "fr"}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "relay.example") {
		t.Error(err)
	}
}

// OpenDKIM is another implementation than the one that signs.
func TestOpenDKIMAgrees(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("opendkim")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("opendkim is missing: install it (on Debian: apt-get install opendkim)")
		}
		t.Skip("opendkim is not installed")
	}
	m, s := signedMessage(t, "rsa") // it knows no Ed25519
	name, text, err := s.Record()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(file, content string) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keys := write("keys", name+" "+text+"\n")
	settings := write("opendkim.conf", "Mode v\nTestPublicKeys "+keys+"\n")
	for _, tt := range []struct {
		bytes []byte
		says  string
	}{{m.Bytes, "succeeded"}, {bytes.Replace(m.Bytes, []byte("\r\nSubject: "), []byte("\r\nSubject: not "), 1), "failed"}} {
		out, _ := exec.CommandContext(t.Context(), program, "-x", settings, "-t", write("message", string(tt.bytes))).CombinedOutput()
		if !strings.Contains(string(out), tt.says) {
			t.Errorf("want %q: %s", tt.says, out)
		}
	}
}
