package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// messageIDs are the Message-IDs that the mail server took, by recipient.
func (h *house) messageIDs() map[string]string {
	ids := map[string]string{}
	for _, m := range h.relay.Messages() {
		_, id, _ := strings.Cut(string(m.Data), "Message-ID: <")
		ids[m.To], _, _ = strings.Cut(id, ">")
	}
	return ids
}

// The database that was put back knows neither the Message-ID of what it has forgotten nor when it was sent. Who looks
// for it in the relay's log needs both.
func TestRestoredUncertainHasItsMessageID(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, senders: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Rcpt, 1, smtptest.Step{Reply: "451 4.3.0 later"}))
	h.send() // so that what was sent is a second try
	h.wait(time.Hour)
	restore := h.backup()
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true, Store: true}))
	sent := h.clock()
	h.send()
	h.wait(48 * time.Hour)
	restore()
	h.recover()
	h.expect(map[campaign.State]int{campaign.Uncertain: 3})
	list, err := h.app.Uncertain(t.Context(), spring, Page{Limit: 10})
	h.must(err)
	ids := h.messageIDs()
	for _, u := range list.Invitations {
		found := false
		for _, id := range ids {
			found = found || id == u.MessageID
		}
		if !found || u.Attempt != 2 {
			t.Errorf("invitation %d, attempt %d, is listed as <%s>; sent were %v", u.ID, u.Attempt, u.MessageID, ids)
		}
	}
	doubts, err := h.app.Desk.Doubts(t.Context(), spring)
	h.must(err)
	for _, d := range doubts {
		if d.HandedOver.Sub(sent).Abs() > time.Minute {
			t.Errorf("handed over at %s, want %s", d.HandedOver, sent)
		}
	}
	var log strings.Builder
	for n, id := range []string{ids[person(0)], ids[person(1)]} {
		fmt.Fprintf(&log, "%s mail postfix/cleanup[1]: 4Aa11%d: message-id=<%s>\n", sent.Format(time.RFC3339), n, id)
	}
	fmt.Fprintf(&log, "%s mail postfix/smtp[1]: 4Aa110: to=<x@y.example>, relay=z, dsn=2.0.0, status=sent (ok)\n", sent.Format(time.RFC3339))
	r, err := h.app.Reconcile(t.Context(), spring, "-", "", strings.NewReader(log.String()), Page{Limit: 10})
	h.must(err)
	if found := []string{r.Invitations[0].Found, r.Invitations[1].Found, r.Invitations[2].Found}; strings.Join(found, " ") != "sent begun absent" || r.Log.Ours != 2 {
		t.Errorf("%v, %+v", found, r.Log)
	}
	if p := r.Invitations[1].Proposal + r.Invitations[2].Proposal; p != "" {
		t.Errorf("a log of one second proposes %s", p)
	}
	h.expect(map[campaign.State]int{campaign.Uncertain: 3})
}

// What a log says of an earlier try is no answer to the last one, which may have gone to another relay.
func TestAnEarlierRefusalSaysNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1, senders: 1}).start(spring)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Reply: "451 4.3.0 later"}))
	first := h.clock()
	h.send()
	h.wait(time.Hour)
	h.relays(smtptest.At(smtptest.Dot, 1, smtptest.Step{Drop: true}))
	h.send()
	h.expect(map[campaign.State]int{campaign.Uncertain: 1})
	doubts, err := h.app.Desk.Doubts(t.Context(), spring)
	h.must(err)
	id := doubts[0].MessageID
	for at, want := range map[time.Time]string{first: "absent", doubts[0].HandedOver.Add(-time.Minute): "absent", doubts[0].HandedOver: "refused"} {
		log := fmt.Sprintf("%[1]s mail postfix/cleanup[1]: 4Aa110: message-id=<%[2]s>\n%[1]s mail postfix/cleanup[1]: 4Aa110: milter-reject: END-OF-MESSAGE from x: 4.7.1 later\n", at.Format(time.RFC3339), id)
		r, err := h.app.Reconcile(t.Context(), spring, "-", "", strings.NewReader(log), Page{Limit: 10})
		h.must(err)
		if got := r.Invitations[0]; got.Attempt != 2 || got.Found != want || (got.Proposal == "") != (want != "refused") {
			t.Errorf("refused %s before: %+v, want %s", doubts[0].HandedOver.Sub(at), got, want)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	const id = "0123456789abcdef0123456789abcdef@shop.example"
	token := strings.Repeat("a2", 30)
	for line, want := range map[string]string{
		"message-id=<" + id + ">":                                    "message-id=<" + id + ">",
		"message-id=<other@place.example>":                           "message-id=<o•••@p•••.example>",
		"from=<b+" + token + "@bounce.shop.example>, size=1":         "from=<b•••@b•••.example>, size=1",
		`to=<"jeanne d'arc"@place.example>, orig_to=<a@b>`:           `to=<"•••@p•••.example>, orig_to=<a•••@b•••>`,
		"said: 550 jeanne@place.example: b+" + token + " not <here>": "said: 550 j•••@p•••.example: b+••• not <here>",
		"status=bounced (jörg@bücher.example,x@y.example)":           "status=bounced (j•••@b•••.example,x•••@y•••.example)",
	} {
		if got := masked(line, id, ""); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// A letter is in no log of a relay: that it is not there says nothing, and nobody is proposed to be asked a second time.
func TestNoLogSpeaksOfALetter(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 2, 1)
	h.send()
	run, _ := h.prints(0, 1)
	m, err := h.app.MarkLetters(t.Context(), run.Batch, "lost", "the van burnt", false)
	if err != nil || m.Uncertain != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	at := h.clock()
	var log strings.Builder
	line := func(after time.Duration, text string) {
		fmt.Fprintf(&log, "%s mail postfix/%s\n", at.Add(after).Format(time.RFC3339), text)
	}
	line(-10*time.Minute, "qmgr[1]: 4Aa000: removed")
	for n, id := range []string{h.messageIDs()[person(0)], h.messageIDs()[person(1)]} {
		line(0, fmt.Sprintf("cleanup[1]: 4Aa11%d: message-id=<%s>", n, id))
	}
	line(30*time.Minute, "qmgr[1]: 4Aa110: removed")
	r, err := h.app.Reconcile(t.Context(), spring, "-", "", strings.NewReader(log.String()), Page{Limit: 10})
	h.must(err)
	if len(r.Invitations) != 1 || r.Log.Ours != 2 {
		t.Fatalf("%+v", r)
	}
	if i := r.Invitations[0]; i.Proposal != "" || i.Command != "" || i.MessageID != "" || len(i.MessageIDs) != 0 || !strings.Contains(i.Why, "letter") {
		t.Errorf("%+v", i)
	}
	list, err := h.app.Uncertain(t.Context(), spring, Page{Limit: 10})
	h.must(err)
	if u := list.Invitations[0]; u.MessageID != "" || len(u.MessageIDs) != 0 {
		t.Errorf("a letter is said to have the Message-ID %s", u.MessageID)
	}
}
