package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

// ingest reads one message as it came back.
func (h *house) ingest(message string) IngestedRecipient {
	h.t.Helper()
	done, err := h.app.IngestBounces(h.t.Context(), []string{"-"}, strings.NewReader(strings.ReplaceAll(message, "\n", "\r\n")), false)
	h.must(err)
	if len(done.Messages) != 1 || len(done.Messages[0].Recipients) > 1 {
		h.t.Fatalf("%+v", done)
	}
	if len(done.Messages[0].Recipients) == 0 {
		return IngestedRecipient{}
	}
	return done.Messages[0].Recipients[0]
}

// Some mail providers give each message an id of their own, and an answer names that one. Whoever quotes a link of ours
// below a stop has the message all the same.
func TestAStopIsKnownByTheLinkThatItQuotes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 5}).start(spring).send()
	answer := func(own, quoted string) string {
		return fmt.Sprintf("From: somebody@elsewhere.example\nTo: bonjour@iris.example\nSubject: Re: hello\nMessage-ID: <%s@elsewhere.example>\nIn-Reply-To: <0102018f-5a@eu-west-1.mail.example>\n\n%s\n\n"+
			"On Tue, 10 Mar 2026, Maison Iris wrote:\n> Do you still want our news?\n> %s\n", strings.ToLower(strings.Join(strings.Fields(own+" "+quoted[len(quoted)-9:]), ".")), own, quoted)
	}
	for n, quoted := range []string{h.form(person(0)), h.unsubscribe(person(1)), "https://safe.example/?url=" + strings.ReplaceAll(strings.ReplaceAll(h.form(person(2)), ":", "%3A"), "/", "%2F")} {
		who := person(n)
		if got := h.ingest(answer("STOP", quoted)); got.Effect != string(campaign.EffectOptedOut) || got.Unplaced() || !h.suppressed(who) {
			t.Errorf("%s: %+v", quoted, got)
		}
		if got := h.ingest(answer("STOP", quoted)); got.Effect != string(campaign.EffectKnown) {
			t.Errorf("once more: %+v", got)
		}
	}
	// Nobody's no is known by less than a link that opens their page.
	form := h.form(person(3))
	forged := strings.Map(func(r rune) rune {
		if r == 'e' {
			return 'f'
		}
		return r
	}, form)
	for _, quoted := range []string{forged, "https://iris.example/c/" + h.app.links.Mint(link.Test, h.invitation(person(3)).Link, h.clock()), "https://iris.example/u/" + form[strings.LastIndex(form, "/")+1:]} {
		if got := h.ingest(answer("STOP", quoted)); got.Effect != string(campaign.EffectNone) || !got.Unplaced() || h.suppressed(person(3)) {
			t.Errorf("%s: %+v", quoted, got)
		}
	}
	if got := h.ingest(answer("What is this about?", h.form(person(4)))); got != (IngestedRecipient{}) || h.suppressed(person(4)) {
		t.Errorf("a question: %+v", got)
	}
	h.verifies()
}
