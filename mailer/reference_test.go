package mailer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// TestReference: each provider is given what it reports back, in its own field, whether or not the return
// path is signed; it is a genuine token, no signature of ours covers a field that a provider takes out, and
// a stencil writes the same as a message composed in full.
func TestReference(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"X-Mailin-Custom": "REF", "X-Mailgun-Variables": `{"reoptin":"REF"}`, "X-Pm-Metadata-Reoptin": "REF", "X-Reoptin": "REF", "X-Smtpapi": `{"unique_args":{"reoptin":"REF"}}`,
	}
	for _, returns := range []bool{true, false} {
		c, keys := returningComposer(t, "bounce.lumiere.example")
		c.returns, c.reports = returns, []string{"brevo", "mailgun", "postmark", "sendgrid", "ses"}
		content := contentOf(t, c, kept())
		i := invitation("fr", campaign.Values{"first_name": "Jeanne"})
		m, err := c.Compose(i, content, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := c.stencil("fr", content); s == nil || err != nil {
			t.Errorf("no stencil: %v", err)
		}
		full, _, err := c.compose(i, content, now)
		if err != nil || !bytes.Equal(full.Bytes, m.Bytes) {
			t.Errorf("a stencil differs: %v", err)
		}
		h := open(t, m.Bytes).header
		reference := h.Get("X-Reoptin")
		if token, err := keys.Parse(link.Bounce, strings.TrimPrefix(reference, "b+"), now); err != nil || token.ID != i.Link {
			t.Errorf("%s: %v", reference, err)
		}
		for field, value := range want {
			if got := h.Get(field); got != strings.ReplaceAll(value, "REF", reference) {
				t.Errorf("%s: %q", field, got)
			}
			for _, signed := range signedFields {
				if strings.EqualFold(signed, field) {
					t.Errorf("%s is signed", field)
				}
			}
		}
		if returns != strings.HasPrefix(m.EnvelopeFrom, reference+"@") || returns != strings.Contains(h.Get("List-Unsubscribe"), "mailto:") {
			t.Errorf("the return path is %s", m.EnvelopeFrom)
		}
		content.Test = true
		if m, err = c.Compose(i, content, nil); err != nil || strings.Contains(string(m.Bytes), "X-Reoptin") {
			t.Errorf("a test message has a reference: %v", err)
		}
	}
}
