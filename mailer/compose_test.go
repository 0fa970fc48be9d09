package mailer

import (
	"bytes"
	"context"
	"encoding/hex"
	"flag"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.FixedZone("CET", 3600))

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func testComposer(t testing.TB, base string) *Composer {
	t.Helper()
	keys, err := link.NewKeys(map[byte][]byte{1: bytes.Repeat([]byte{7}, link.MasterSize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewComposer(Composition{BaseURL: base, Links: keys, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// frozen is a campaign with texts like the starter's.
func frozen() campaign.Frozen {
	f := campaign.Frozen{
		Organisation: campaign.Organisation{Name: "Maison Lumière", Brands: []string{"Maison Lumière"}, LegalName: "Maison Lumière SAS", LegalForm: "SAS", Registration: "RCS Lyon 123 456 789",
			Address: "12 rue de la République, 69002 Lyon, France", Country: "FR", Email: "contact@lumiere.example", Phone: "+33 4 00 00 00 00",
			PrivacyURL: "https://lumiere.example/confidentialite", DPO: "dpo@lumiere.example", Authority: "CNIL",
			Purposes: []campaign.Purpose{{Key: "newsletter", Category: "marketing", Retention: "36mo",
				Title:       map[string]string{"fr": "Notre lettre d'information", "en": "Our newsletter"},
				Description: map[string]string{"fr": "Recevoir nos informations commerciales sur nos produits et nos boutiques.", "en": "Receive our marketing messages about our products and shops."}}}},
		File: campaign.File{Name: "printemps-2026", Purposes: []string{"newsletter"}, Channels: []string{"email", "sms"}, Languages: []string{"fr", "en"},
			Sender:   campaign.Sender{Name: "Maison Lumière", Address: "bonjour@lumiere.example", ReplyTo: "contact@lumiere.example"},
			Schedule: campaign.Schedule{Deadline: campaign.NewDate(2026, time.April, 2)},
			Message:  map[string]campaign.MessageText{}, Form: map[string]campaign.FormText{}},
	}
	f.File.Message["fr"] = campaign.MessageText{Subject: "{{organisation}} : votre choix sur nos messages", Body: "{{greeting}}\n\nNous mettons notre fichier à jour. Il ne nous permet pas de prouver que vous avez accepté nos messages.\n\n" +
		"Nous ne voulons écrire qu'aux personnes qui le souhaitent. Dites-nous oui ou non avant la fin du {{deadline}}.\n"}
	f.File.Message["en"] = campaign.MessageText{Subject: "{{organisation}}: your choice about our messages", Body: "{{greeting}}\n\nWe are putting our records in order. They do not let us prove that you agreed to our messages.\n\n" +
		"We want to write only to people who wish it. Please say yes or no by the end of {{deadline}}.\n"}
	return f
}

func contentOf(t testing.TB, c *Composer, f campaign.Frozen) campaign.Content {
	t.Helper()
	docs, err := c.Documents(f)
	if err != nil {
		t.Fatal(err)
	}
	content := campaign.Content{Campaign: 42, Name: f.File.Name, Frozen: &f, Documents: map[string]campaign.Document{}}
	for _, d := range docs {
		content.Documents[d.Name] = d
	}
	return content
}

func invitation(language string, v campaign.Values) campaign.Invitation {
	return campaign.Invitation{Link: campaign.LinkID{1, 2, 3}, Attempt: 1, Language: language, Email: "soren@example.net", Values: v}
}

// opened is a message as a mail program reads it.
type opened struct {
	header     netmail.Header
	text, html string
}

func open(t testing.TB, raw []byte) opened {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("%s %v", media, err)
	}
	o := opened{header: m.Header}
	r := multipart.NewReader(m.Body, params["boundary"])
	for n := range 3 {
		p, err := r.NextRawPart()
		if err == io.EOF {
			if n != 2 {
				t.Fatalf("%d parts", n)
			}
			return o
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Fatalf("part %d: %v", n, p.Header)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(string(b), "\r\n", "\n")
		switch kind := p.Header.Get("Content-Type"); {
		case n == 0 && strings.EqualFold(kind, "text/plain; charset=utf-8"):
			o.text = plain
		case n == 1 && strings.EqualFold(kind, "text/html; charset=utf-8"):
			o.html = plain
		default:
			t.Fatalf("part %d is %s", n, kind)
		}
	}
	t.Fatal("more than two parts")
	return o
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run go test ./mailer -update and look at the change", name)
	}
}

func TestComposeGolden(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	content := contentOf(t, c, frozen())
	for name, i := range map[string]campaign.Invitation{
		"fr-complete": invitation("fr", campaign.Values{"first_name": "Søren", "source": "formulaire boutique", "source_date": "2025-12-22", "relationship": "customer"}),
		"fr-unknown":  invitation("fr", nil),
		"en-complete": invitation("en", campaign.Values{"title": "Ms", "last_name": "O'Brien & sons", "source": "shop form", "source_date": "2025-12-22"}),
	} {
		m, err := c.Compose(i, content, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		again, err := c.Compose(i, content, nil)
		if err != nil || !bytes.Equal(m.Bytes, again.Bytes) || m.SHA256 != again.SHA256 {
			t.Errorf("%s: the same invitation gives other bytes", name)
		}
		o := open(t, m.Bytes)
		golden(t, name+".eml", bytes.ReplaceAll(m.Bytes, []byte("\r\n"), []byte("\n")))
		golden(t, name+".txt", []byte(o.text))
		golden(t, name+".html", []byte(o.html))
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	m, err := c.Compose(invitation("fr", nil), contentOf(t, c, frozen()), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, m.Bytes).header
	for name, want := range map[string]string{
		"To": "<soren@example.net>", "Reply-To": "<contact@lumiere.example>", "Date": "Mon, 02 Mar 2026 09:30:00 +0100", "Mime-Version": "1.0",
		"Content-Language": "fr", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Id": "<c42.reoptin.lumiere.example>",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply", "Feedback-Id": "c42:reoptin:lumiere.example",
		"Message-Id": "<" + m.MessageID + ">",
	} {
		if len(h[name]) != 1 || h[name][0] != want {
			t.Errorf("%s: %q, want %q", name, h[name], want)
		}
	}
	for _, name := range []string{"User-Agent", "X-Mailer", "Precedence", "X-Priority", "Importance", "Bcc", "Cc", "Disposition-Notification-To", "Return-Receipt-To"} {
		if h.Get(name) != "" {
			t.Errorf("%s is set", name)
		}
	}
	from, err := netmail.ParseAddress(h.Get("From"))
	if err != nil || from.Name != "Maison Lumière" || from.Address != "bonjour@lumiere.example" {
		t.Errorf("From %v %v", from, err)
	}
	word := mime.WordDecoder{}
	if s, err := word.DecodeHeader(h.Get("Subject")); err != nil || s != "Maison Lumière : votre choix sur nos messages" {
		t.Errorf("Subject %q %v", s, err)
	}
	if strings.Contains(m.MessageID, hex.EncodeToString([]byte{1, 2, 3})) || !strings.HasSuffix(m.MessageID, "@lumiere.example") {
		t.Errorf("Message-ID %q", m.MessageID)
	}
	retry := invitation("fr", nil)
	retry.Attempt = 2
	if other, err := c.Compose(retry, contentOf(t, c, frozen()), nil); err != nil || other.MessageID == m.MessageID {
		t.Errorf("a second attempt has the same Message-ID (%v)", err)
	}
	if m.EnvelopeFrom != "bonjour@lumiere.example" || m.To != "soren@example.net" {
		t.Errorf("envelope %s %s", m.EnvelopeFrom, string(m.To))
	}
}

// A folded or repeated List-Unsubscribe breaks one-click; the line must stay whole with long base URLs.
func TestListUnsubscribeIsOneLine(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://c.example", "https://" + strings.Repeat("a-long-label.", 15) + "example/" + strings.Repeat("path/", 20), "http://127.0.0.1:8080"} {
		c := testComposer(t, base)
		m, err := c.Compose(invitation("en", nil), contentOf(t, c, frozen()), nil)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for line := range bytes.SplitSeq(m.Bytes, []byte("\r\n")) {
			if bytes.HasPrefix(line, []byte("List-Unsubscribe:")) {
				found++
				if want := "List-Unsubscribe: <" + strings.TrimRight(base, "/") + "/u/"; !bytes.HasPrefix(line, []byte(want)) || line[len(line)-1] != '>' || len(line) >= 998 {
					t.Errorf("%d octets: %s", len(line), line)
				}
			}
			if len(line) > 998 {
				t.Errorf("line of %d octets", len(line))
			}
		}
		if found != 1 {
			t.Errorf("List-Unsubscribe stands %d times", found)
		}
		_, body, _ := bytes.Cut(m.Bytes, []byte("\r\n\r\n"))
		for line := range bytes.SplitSeq(body, []byte("\r\n")) {
			if len(line) > 76 {
				t.Errorf("body line of %d octets: %s", len(line), line)
			}
		}
	}
}

func TestInsecureLinksAreNotSent(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "http://choix.example")
	if _, err := c.Compose(invitation("fr", nil), contentOf(t, c, frozen()), nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if _, _, err := c.Preview(frozen(), campaign.Sample{Language: "fr"}); err != nil {
		t.Errorf("a preview works before the address is set: %v", err)
	}
	for _, base := range []string{"", "ftp://x.example", "https://", "https://a.example?x=1", "https://u:p@a.example", "choix.example"} {
		if _, err := NewComposer(Composition{BaseURL: base}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// Nothing that stands in the base may add a header, a link, markup or another placeholder.
func TestValuesAreOnlyText(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	f := frozen()
	f.File.Message["fr"] = campaign.MessageText{Subject: "{{organisation}} : votre choix", Body: "{{greeting}}\n\n{{first_name}} {{last_name}} {{title}} {{company}} {{source}} {{attribute.Carte de fidélité}}\n"}
	content := contentOf(t, c, f)
	plain, err := c.Compose(invitation("fr", nil), content, nil)
	if err != nil {
		t.Fatal(err)
	}
	names := len(open(t, plain.Bytes).header)
	vectors := []string{"a\r\nBcc: eve@example.org", "a\nX: y\n\nbody", "\r\n.\r\nMAIL FROM:<x>", "<script>alert(1)</script>", `"><a href="https://evil.example">`, "{{choose}}", "{{unsubscribe}}",
		"https://evil.example/x", "www.evil.example", "evil.example", "eve@evil.example", "\u202egnp.exe", "a\u2028b\u2029c", "\x00\x1b[31m", "=?utf-8?q?a=0D=0A?=", strings.Repeat("é", 5000), "\xff\xfe", "&amp;", "--boundary--", "."}
	check := func(value string) {
		v := campaign.Values{}
		for _, name := range []string{"first_name", "last_name", "title", "company", "source", "attribute.Carte de fidélité", "relationship", "source_date", "choose", "unsubscribe"} {
			v[name] = value
		}
		m, err := c.Compose(invitation("fr", v), content, nil)
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		if !wellFormed(m.Bytes) {
			t.Fatalf("%q: malformed", value)
		}
		o := open(t, m.Bytes)
		if len(o.header) != names {
			t.Errorf("%q: %d headers", value, len(o.header))
		}
		if n := strings.Count(o.html, "<a "); n != 3 {
			t.Errorf("%q: %d links", value, n)
		}
		for _, bad := range []string{"<script", "evil.example", "www.e", "\u202e", "\u2028", "\x1b"} {
			if strings.Contains(o.html, bad) || strings.Contains(o.text, bad) && bad != "<script" {
				t.Errorf("%q: %q got through", value, bad)
			}
		}
		if strings.Count(o.text, "/c/") != 1 || strings.Count(o.text, "/u/") != 1 {
			t.Errorf("%q: the links of the text part changed", value)
		}
		if len(o.text) > 20_000 {
			t.Errorf("a long value was not cut: %d", len(o.text))
		}
	}
	for _, value := range vectors {
		check(value)
	}
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.String().Draw(r, "value")
		m, err := c.Compose(invitation("fr", campaign.Values{"first_name": value, "source": value}), content, nil)
		if err != nil || !wellFormed(m.Bytes) {
			r.Fatalf("%q: %v", value, err)
		}
		if o := open(t, m.Bytes); len(o.header) != names || strings.Count(o.html, "<a ") != 3 {
			r.Fatalf("%q changes the message", value)
		}
	})
}

func TestValueSpelling(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	content := contentOf(t, c, frozen())
	for _, s := range []struct {
		language string
		values   campaign.Values
		want     []string
	}{
		{"fr", campaign.Values{"first_name": "Søren"}, []string{"Bonjour Søren,"}},
		{"fr", nil, []string{"Bonjour,", "une source que notre fichier ne précise pas."}},
		{"fr", campaign.Values{"title": "Mme", "last_name": "Martin"}, []string{"Bonjour Mme Martin,"}},
		{"fr", campaign.Values{"source": "formulaire boutique", "source_date": "2025-12-22"}, []string{"formulaire boutique, le 22 décembre 2025."}},
		{"fr", campaign.Values{"source": "salon", "source_date": "2025-05-01"}, []string{"salon, le 1er mai 2025."}},
		{"fr", campaign.Values{"relationship": "customer"}, []string{"fichier comme client."}},
		{"en", campaign.Values{"source": "shop form", "source_date": "2025-12-22"}, []string{"Hello,", "shop form, on 22 December 2025."}},
		{"en", campaign.Values{"source_date": "garbage"}, []string{"a source that our records do not name."}},
	} {
		m, err := c.Compose(invitation(s.language, s.values), content, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range s.want {
			if o := open(t, m.Bytes); !strings.Contains(o.text, want) || !strings.Contains(o.html, want) {
				t.Errorf("%v: no %q", s.values, want)
			}
		}
	}
}

func TestKeptDocumentMustMatchItsHash(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	content := contentOf(t, c, frozen())
	d := content.Documents["message.fr.txt"]
	d.Content = append(bytes.Clone(d.Content), '!')
	content.Documents["message.fr.txt"] = d
	if _, err := c.Compose(invitation("fr", nil), content, nil); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	delete(content.Documents, "message.fr.txt")
	if _, err := c.Compose(invitation("fr", nil), content, nil); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
}

func TestInternationalRecipient(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	i := invitation("fr", nil)
	i.Email = "jürgen@example.net"
	m, err := c.Compose(i, contentOf(t, c, frozen()), nil)
	if err != nil || !bytes.Contains(m.Bytes, []byte("To: <jürgen@example.net>\r\n")) {
		t.Errorf("%v", err)
	}
	i.Email = "x@example.net>\r\nBcc: <y@example.net"
	if _, err := c.Compose(i, contentOf(t, c, frozen()), nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

var background = context.Background()

func BenchmarkCompose(b *testing.B) {
	c := testComposer(b, "https://choix.lumiere.example")
	content := contentOf(b, c, kept())
	i := invitation("fr", campaign.Values{"first_name": "Søren", "source": "formulaire boutique", "source_date": "2025-12-22"})
	for b.Loop() {
		if _, err := c.Compose(i, content, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// kept is an approved campaign.
func kept() campaign.Frozen {
	f := frozen()
	f.Hash = "the hash of what was approved"
	return f
}
