package mailhouse

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// names answers what is asked of the DNS on a port of loopback: one record, and nothing else.
func names(t testing.TB, name, text string) (addr string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = c.Close()
		<-done
	})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if answer, err := answered(b[:n], name, text); err == nil {
				_, _ = c.WriteTo(answer, from)
			}
		}
	}()
	return c.LocalAddr().String()
}

func answered(question []byte, name, text string) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil, err
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals, m.RCode = true, true, nil, dnsmessage.RCodeNameError
	if strings.EqualFold(q.Name.String(), name+".") {
		m.RCode = dnsmessage.RCodeSuccess
		if q.Type == dnsmessage.TypeTXT {
			var parts []string
			for rest := text; rest != ""; {
				n := min(len(rest), 255)
				parts, rest = append(parts, rest[:n]), rest[n:]
			}
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}, Body: &dnsmessage.TXTResource{TXT: parts}}}
		}
	}
	return m.Pack()
}

// Rules that ask others are off; the signature is checked against the record that we would publish.
const spamConfig = `dns_server DNS
dns_available yes
skip_rbl_checks 1
skip_uribl_checks 1
use_bayes 0
use_razor2 0
use_pyzor 0
use_dcc 0
`

var (
	scored = regexp.MustCompile(`(?s)X-Spam-Status: \w+, score=(-?[0-9.]+) .*?tests=([A-Z0-9_,\s]*)`)
	most   = 1.0
)

// TestStarterIsNoSpam: the message as it is delivered with the program's own texts, signed, is none in SpamAssassin's eyes,
// in every language, and it finds the signature good and the sender's own.
func TestStarterIsNoSpam(t *testing.T) {
	t.Parallel()
	needs(t, "spamassassin")
	dir := folder(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	secret := filepath.Join(dir, "dkim.pem")
	must(t, os.WriteFile(secret, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	h := newHouse(t, dir, 1, "REOPTIN_BASE_URL=https://choice.lumen.example", "REOPTIN_SMTP_ENVELOPE_DOMAIN="+returnDomain, "REOPTIN_BOUNCES_LISTEN=127.0.0.1:1",
		"REOPTIN_DKIM_DOMAIN=lumen.example", "REOPTIN_DKIM_SELECTOR=spring", "REOPTIN_DKIM_KEY="+secret)
	var record struct{ Name, Text string }
	h.asked(&record, nil, "config", "dkim")
	var shown struct{ Files []string }
	must(t, json.Unmarshal([]byte(h.run("--json", "campaign", "preview", "spring", "--out", filepath.Join(dir, "shown"))), &shown))
	settings := filepath.Join(dir, "user_prefs")
	host, dnsPort, _ := net.SplitHostPort(names(t, record.Name, record.Text))
	must(t, os.WriteFile(settings, []byte(strings.Replace(spamConfig, "DNS", "["+host+"]:"+dnsPort, 1)), 0o600))
	looked := 0
	for _, file := range shown.Files {
		if !strings.HasSuffix(file, ".eml") {
			continue
		}
		looked++
		cmd := exec.Command("spamassassin", "-t", "-x", "--prefspath="+settings, file)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, &errs)
		}
		m := scored.FindSubmatch(bytes.ReplaceAll(out, []byte("\n\t"), []byte(" ")))
		if m == nil {
			t.Fatalf("no score in\n%s\n%s", out, &errs)
		}
		score, err := strconv.ParseFloat(string(m[1]), 64)
		t.Logf("%s: %s by %s", filepath.Base(file), m[1], m[2])
		if err != nil || score > most || !bytes.Contains(m[2], []byte("DKIM_VALID_AU")) {
			t.Errorf("%s: %s by %s\n%s", file, m[1], m[2], out)
		}
	}
	if looked < 2 {
		t.Errorf("only %d messages were looked at", looked)
	}
}
