package mailer

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

func returningComposer(t *testing.T, domain string) (*Composer, *link.Keys) {
	t.Helper()
	keys, err := link.NewKeys(map[byte][]byte{1: bytes.Repeat([]byte{7}, link.MasterSize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewComposer(Composition{BaseURL: "https://choix.lumiere.example", Links: keys, Clock: func() time.Time { return now }, Returns: true, Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	return c, keys
}

// TestReturnPathIsSigned: it carries the invitation, fits into an envelope, and ends some time after the
// campaign; the unsubscribe address never does. A stencil writes the same as a message composed in full.
func TestReturnPathIsSigned(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{"": "lumiere.example", "bounce.lumiere.example": "bounce.lumiere.example"} {
		c, keys := returningComposer(t, domain)
		content := contentOf(t, c, kept())
		i := invitation("fr", campaign.Values{"first_name": "Jeanne"})
		m, err := c.Compose(i, content, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := c.stencil("fr", content); s == nil || err != nil {
			t.Errorf("no stencil: %v", err)
		}
		for range 20 { // the library writes some fields in no order
			if again, _, err := c.compose(i, content, now); err != nil || !bytes.Equal(again.Bytes, m.Bytes) {
				t.Fatalf("the same message differs from one time to the next: %v", err)
			}
		}
		full, _, err := c.compose(i, content, now)
		if err != nil || !bytes.Equal(full.Bytes, m.Bytes) || full.EnvelopeFrom != m.EnvelopeFrom {
			t.Errorf("a stencil differs: %v %s %s", err, full.EnvelopeFrom, m.EnvelopeFrom)
		}
		local, at, _ := strings.Cut(m.EnvelopeFrom, "@")
		if len(local) > 64 || at != want || !strings.HasSuffix(m.MessageID, "@lumiere.example") {
			t.Errorf("%s, message id %s", m.EnvelopeFrom, m.MessageID)
		}
		token, err := keys.Parse(link.Bounce, strings.TrimPrefix(local, "b+"), now)
		if err != nil || token.ID != i.Link {
			t.Errorf("%s: %v", local, err)
		}
		if _, err := keys.Parse(link.Bounce, strings.TrimPrefix(local, "b+"), time.Date(2026, time.June, 3, 0, 0, 0, 0, time.UTC)); !fault.Is(err, fault.NotFound) {
			t.Errorf("60 days after the last day a bounce still counts: %v", err)
		}
		h := open(t, m.Bytes).header
		if got := h.Get("CFBL-Address"); got != m.EnvelopeFrom+"; report=arf" {
			t.Errorf("CFBL-Address %q", got)
		}
		_, mailto, _ := strings.Cut(h.Get("List-Unsubscribe"), ", <mailto:u+")
		stop, _, _ := strings.Cut(mailto, "@"+want+"?subject=unsubscribe>")
		if token, err := keys.Parse(link.MailtoUnsubscribe, stop, now.AddDate(30, 0, 0)); err != nil || token.ID != i.Link {
			t.Errorf("List-Unsubscribe %q: %v", h.Get("List-Unsubscribe"), err)
		}
	}
}

// TestNothingReturnsToATest: a test message stands in no record, so what comes back is for its sender.
func TestNothingReturnsToATest(t *testing.T) {
	t.Parallel()
	c, _ := returningComposer(t, "bounce.lumiere.example")
	content := contentOf(t, c, kept())
	content.Test = true
	m, err := c.Compose(invitation("fr", nil), content, nil)
	if err != nil || m.EnvelopeFrom != "bonjour@lumiere.example" || bytes.Contains(m.Bytes, []byte("mailto:u+")) || bytes.Contains(m.Bytes, []byte("CFBL-Address")) {
		t.Errorf("%s %v", m.EnvelopeFrom, err)
	}
}

func TestReturnPathNeedsADomain(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{"a b", "münchen.example", "x>", strings.Repeat("abcdefghi.", 19) + "ab"} {
		if _, err := NewComposer(Composition{BaseURL: "https://choix.lumiere.example", Returns: true, Domain: domain}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", domain, err)
		}
	}
}
