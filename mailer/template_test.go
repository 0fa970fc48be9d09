package mailer

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/campaign"
)

// What is written through a stencil is, to the byte, what the mail library renders in full.
func TestStencilAndFullAreTheSame(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.example.com")
	f := frozen()
	f.Hash = "a hash, so that the stencil is kept"
	body := f.File.Message["fr"]
	body.Body = "{{greeting}}\n\n{{first_name}} {{last_name}} {{attribute.Ville}}\n\nétait *là* " + strings.Repeat("long ", 40) + "{{attribute.Ville}} =20 {{company}}.\n\n" + body.Body
	f.File.Message["fr"] = body
	content := contentOf(t, c, f)
	if s, err := c.stencil("fr", content); s == nil || err != nil {
		t.Fatalf("no stencil: %v", err)
	}
	text := rapid.OneOf(rapid.String(), rapid.StringN(0, 400, -1), rapid.SampledFrom([]string{"", "=", " ", "\t", "a\r\n.b", "é=é ", "{{choose}}", "<script>", "x@y.example", strings.Repeat("w", 199)}))
	rapid.Check(t, func(t *rapid.T) {
		i := campaign.Invitation{Language: rapid.SampledFrom([]string{"fr", "en"}).Draw(t, "language"), Attempt: rapid.IntRange(0, 12).Draw(t, "attempt"),
			Email:  campaign.Address(rapid.StringMatching(`[a-z0-9.+!#'/-]{1,60}@[a-z0-9-]{1,60}\.[a-z]{2,40}`).Draw(t, "email")),
			Values: campaign.Values{"first_name": text.Draw(t, "first"), "last_name": text.Draw(t, "last"), "attribute.Ville": text.Draw(t, "town"), "source": text.Draw(t, "source"), "company": text.Draw(t, "company")}}
		copy(i.Link[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "link"))
		quick, err := c.Compose(i, content, nil)
		full, _, wrong := c.compose(i, content, now)
		if (err == nil) != (wrong == nil) || !bytes.Equal(quick.Bytes, full.Bytes) || quick.SHA256 != full.SHA256 || quick.MessageID != full.MessageID || quick.To != full.To || quick.EnvelopeFrom != full.EnvelopeFrom {
			t.Fatalf("%v, %v\n%s\n----\n%s", err, wrong, quick.Bytes, full.Bytes)
		}
	})
}

// Regression: an address of 67 letters and more begins a line of its own.
func TestStencilOfLongAddresses(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.example.com")
	f := frozen()
	f.Hash = "long"
	content := contentOf(t, c, f)
	for n := 50; n < 120; n++ {
		i := invitation("fr", nil)
		i.Email = campaign.Address(strings.Repeat("a", n-len("@lumen.example")-20) + "@" + strings.Repeat("b", 19) + ".lumen.example")
		quick, err := c.Compose(i, content, nil)
		full, _, wrong := c.compose(i, content, now)
		if err != nil || wrong != nil || !bytes.Equal(quick.Bytes, full.Bytes) {
			t.Errorf("an address of %d letters: %v, %v", len(i.Email), err, wrong)
		}
	}
}

// A sender whose address is the mark of nobody would take on the recipient's: it is composed in full.
func TestStencilThatCannotBeCut(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.example.com")
	f := frozen()
	f.Hash = "another"
	f.File.Sender.Address = nobody
	content := contentOf(t, c, f)
	if s, err := c.stencil("fr", content); s != nil || err != nil {
		t.Fatalf("it was cut: %v", err)
	}
	m, err := c.Compose(invitation("fr", nil), content, nil)
	if err != nil || !bytes.Contains(m.Bytes, []byte("From: \"Maison Lumi")) && !bytes.Contains(m.Bytes, []byte("<"+nobody+">")) {
		t.Errorf("%v\n%s", err, m.Bytes)
	}
}
