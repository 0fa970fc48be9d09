package mailhouse

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// people is how many are asked.
func people(t testing.TB) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("REOPTIN_POSTFIX"))
	if os.Getenv("REOPTIN_POSTFIX") == "" {
		return 300
	}
	if err != nil || n < 100 {
		t.Fatal("REOPTIN_POSTFIX is how many people are asked, 100 or more")
	}
	return n
}

// What the server behind the Postfix does with somebody: of a hundred, ten do not exist, five have a full mailbox, two
// are put off until their time has run out, five once.
type kind string

const (
	taken  kind = "taken"
	gone   kind = "gone"
	full   kind = "full"
	late   kind = "late"
	putOff kind = "put off"
)

var number = regexp.MustCompile(`^person(\d+)@`)

func numberOf(address string) int {
	m := number.FindStringSubmatch(address)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

func kindOf(address string) kind {
	switch n := numberOf(address) % 100; {
	case n%10 == 0:
		return gone
	case n%20 == 2:
		return full
	case n == 7 || n == 57:
		return late
	case n%20 == 4:
		return putOff
	}
	return taken
}

// cutOf says where the wire breaks for somebody; the eightieth does not exist.
func cutOf(address string) cut {
	switch numberOf(address) % 100 {
	case 5, 80:
		return noAnswer
	case 35:
		return noDot
	case 55:
		return noMessage
	}
	return whole
}

// next is the server behind the Postfix. It remembers whom it was asked about.
type next struct {
	*smtptest.Server

	mu  sync.Mutex
	met map[string]int // times that somebody was named to it
}

func newNext(t testing.TB) *next {
	t.Helper()
	n := &next{met: map[string]int{}}
	var err error
	n.Server, err = smtptest.Start(smtptest.Options{Pipelining: true, EightBit: true, Script: n.step})
	must(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func (n *next) step(e smtptest.Event) smtptest.Step {
	switch e.Stage {
	case smtptest.Rcpt:
		n.mu.Lock()
		n.met[e.To]++
		times := n.met[e.To]
		n.mu.Unlock()
		switch k := kindOf(e.To); {
		case k == gone:
			return smtptest.Step{Reply: "550 5.1.1 <" + e.To + ">: user unknown"}
		case k == late || k == putOff && times == 1:
			return smtptest.Step{Reply: "450 4.2.1 try again later"}
		}
	case smtptest.Dot:
		if kindOf(e.To) == full {
			return smtptest.Step{Reply: "552 5.2.2 mailbox full"}
		}
	}
	return smtptest.Step{}
}

func (n *next) knows(who string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.met[who] > 0
}

// reconciled is what the program proposes.
type reconciled struct {
	Log         struct{ Ours int }
	Invitations []struct {
		ID       int64
		Found    string
		Proposal string
		Why      string
		Command  string
		Evidence []string
	}
}

// run is one run of everything.
type run struct {
	*house
	t       *testing.T
	n       int
	next    *next
	postfix *postfix
	dovecot *dovecot
	wire    *wire
	flushed time.Time // when the Postfix was last urged
}

// TestRealBounces: everybody is asked once; each notification that Postfix writes meets its invitation; who does not exist
// is never written to again; and whatever is uncertain is settled by what the Postfix's log proposes, rightly.
func TestRealBounces(t *testing.T) {
	t.Parallel()
	needs(t, "postfix", "dovecot")
	dir := folder(t)
	r := &run{t: t, n: people(t)}
	r.next, r.dovecot = newNext(t), newDovecot(t, dir)
	r.postfix = newPostfix(t, dir, r.next.Addr(), r.dovecot.lmtp)
	r.wire = newWire(t, r.postfix.addr, cutOf)
	r.house = newHouse(t, dir, r.n, "REOPTIN_SMTP_URL=smtp+insecure://"+r.wire.listener.Addr().String(), "REOPTIN_SMTP_CONNECTIONS=3", "REOPTIN_SMTP_ENVELOPE_DOMAIN="+returnDomain,
		"REOPTIN_BOUNCES_IMAP=imaps://"+mailbox+":secret@"+r.dovecot.imap, "SSL_CERT_FILE="+r.dovecot.authority,
		"REOPTIN_SENDING_WINDOW=Mon-Sun 00:00-24:00", "REOPTIN_SENDING_RATE=1000/s", "REOPTIN_SENDING_PER_DOMAIN=8", "REOPTIN_SENDING_RETRY_AFTER=1s",
		"REOPTIN_SENDING_STOP_BOUNCES=off", "REOPTIN_SENDING_STOP_REFUSALS=off")
	began := time.Now()
	r.serve()
	r.run("campaign", "start", "spring", "--yes")
	restarts := r.restarts()
	r.settled()
	t.Logf("%d people in %s, the Postfix restarted %d times, the wire cut %d times", r.n, time.Since(began).Round(time.Second), restarts, len(r.wire.cuts()))
	doubts := 0
	for round := 0; ; round++ { // whose first try a restart ended is cut off in the second
		n := r.reconcile(round == 0)
		if n == 0 {
			break
		}
		doubts += n
		r.settled()
	}
	r.returned()
	r.once()
	t.Logf("%d uncertain ones settled by the log; %s in all", doubts, time.Since(began).Round(time.Second))
	r.run("ledger", "verify")
}

// restarts ends the Postfix again and again while it has work, in good order and abruptly in turn.
func (r *run) restarts() (n int) {
	every := r.n / 4
	if r.n >= 1000 {
		every = 125
	}
	for at := every; at < r.n*8/10; at += every { // of a hundred, eighty-three arrive
		within(r.t, fmt.Sprintf("%d have arrived", at*8/10), func() bool {
			r.urge()
			return len(r.next.Accepted()) >= at*8/10
		})
		r.postfix.restart([]string{"stop", "abort"}[n%2])
		n++
	}
	return n
}

// settled waits until nothing is on its way any more.
func (r *run) settled() {
	r.t.Helper()
	within(r.t, "nothing waits to be sent", func() bool {
		i := r.status().Invitations
		return i["planned"]+i["claimed"]+i["sending"] == 0
	})
}

// reconcile holds what the log proposes against what truly happened, and does it. A Postfix that is ended loses its last lines,
// so nothing is proposed for some of those whom it had no time to name or to put in its queue; these are settled as it truly was.
func (r *run) reconcile(first bool) int {
	r.t.Helper()
	// The relay has been there for longer than this test: what it wrote before and writes after.
	calm := func(d time.Duration) string {
		return time.Now().Add(d).Format(time.RFC3339) + " relay postfix/anvil[1]: statistics: max cache size 1\n"
	}
	var p reconciled
	// What returns settles by itself, and would do so between a proposal and its command.
	within(r.t, "the Postfix has handed on all that it has, and what returned is read", func() bool { return r.emptied() && r.dovecot.left(r.t) == 0 })
	r.postfix.mark(r.t)
	log := calm(-30*time.Minute) + r.postfix.said() + calm(30*time.Minute)
	r.asked(&p, strings.NewReader(log), "campaign", "uncertain", "spring", "reconcile", "--postfix-log", "-", "--limit", "10000")
	who := r.contacts()
	right, unknown := map[cut]int{}, 0
	for _, i := range p.Invitations {
		address := who[i.ID]
		broke := r.wire.cuts()[address]
		want := "not-sent"
		if r.next.knows(address) {
			want = "sent"
		}
		if i.Proposal == "" && (strings.Contains(i.Why, "started anew") || i.Found == "begun") {
			unknown++
			r.run("campaign", "uncertain", "spring", "settle", strconv.FormatInt(i.ID, 10), "--as", want, "--because", "the next server says so")
			continue
		}
		if i.Proposal != want || broke == noAnswer && want != "sent" || (broke == noDot || broke == noMessage) && want != "not-sent" {
			r.t.Errorf("%s, cut at %q, is proposed as %q (%s: %s), and is %s", address, broke, i.Proposal, i.Found, i.Why, want)
		}
		if slices.ContainsFunc(i.Evidence, func(s string) bool { return strings.Contains(s, address) || strings.Contains(s, mailbox+"+") }) {
			r.t.Errorf("an address or a return path is shown: %q", i.Evidence)
		}
		right[broke]++
	}
	if first && right[noAnswer] == 0 {
		r.t.Errorf("nobody is proposed whose wire was cut at %q", noAnswer)
	}
	for _, i := range p.Invitations {
		if i.Command != "" {
			r.sh(i.Command)
		}
	}
	r.t.Logf("%d uncertain, proposed by where the wire was cut (%q: by a restart): %v; for %d nothing, since the log may lack its last lines", len(p.Invitations), whole, right, unknown)
	if r.t.Failed() { // what came after it would only be waited for
		r.t.FailNow()
	}
	return len(p.Invitations)
}

// sh does what a person would type.
func (r *run) sh(line string) {
	r.t.Helper()
	cmd := exec.Command("sh", "-c", `reoptin() { "$PROGRAM" --config "$CONFIG" "$@"; }; `+line)
	cmd.Env = append(append([]string(nil), r.env...), "PROGRAM="+r.program, "CONFIG="+filepath.Join(r.house.dir, "reoptin.toml"))
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// contacts are the addresses of invitations.
func (r *run) contacts() map[int64]string {
	r.t.Helper()
	var l struct {
		Invitations []struct{ ID, Contact int64 }
	}
	r.asked(&l, nil, "campaign", "uncertain", "spring", "list", "--limit", "10000")
	var all struct {
		Contacts []struct {
			ID    int64
			Email string
		}
	}
	r.asked(&all, nil, "contacts", "list", "--limit", "10000")
	byID, out := map[int64]string{}, map[int64]string{}
	for _, c := range all.Contacts {
		byID[c.ID] = c.Email
	}
	for _, i := range l.Invitations {
		out[i.ID] = byID[i.Contact]
	}
	return out
}

// emptied reports whether the Postfix has nothing left in its queue, and urges it.
func (r *run) emptied() bool {
	if strings.Contains(r.postfix.queue("-p"), "Mail queue is empty") {
		return true
	}
	r.urge()
	return false
}

// urge has the Postfix try what is in its queue, at most each second: somebody whom a restart found being delivered is put off
// for a minute, and then lies until the next mail comes in. Who is put off until their time has run out are told now that
// it has.
func (r *run) urge() {
	if time.Since(r.flushed) < time.Second {
		return
	}
	r.flushed = time.Now()
	for line := range strings.Lines(r.postfix.queue("-j")) {
		var m struct {
			ID         string `json:"queue_id"`
			Recipients []struct{ Address string }
		}
		if json.Unmarshal([]byte(line), &m) == nil && len(m.Recipients) == 1 && kindOf(m.Recipients[0].Address) == late && r.next.knows(m.Recipients[0].Address) {
			_ = exec.Command("postsuper", "-c", r.postfix.etc(), "-e", m.ID).Run() // it may be gone
		}
	}
	r.postfix.queue("-f")
}

var notified = regexp.MustCompile(`(?m) postfix/bounce\[\d+\]: [0-9A-Z]+: sender non-delivery notification: `)

// returned: every notification that the Postfix wrote has met its invitation, and whoever does not exist is given up.
func (r *run) returned() {
	r.t.Helper()
	var hard []string
	soft := 0
	for n := range r.n {
		switch kindOf(person(n)) {
		case gone:
			hard = append(hard, person(n))
		case full, late:
			soft++
		}
	}
	slices.Sort(hard)
	within(r.t, "all that returns is read", func() bool {
		s := r.status()
		return s.Bounces.Hard >= len(hard) && s.Bounces.Soft >= soft && r.emptied() && r.dovecot.left(r.t) == 0
	})
	if s := r.status(); s.Bounces.Hard != len(hard) || s.Bounces.Soft != soft || s.Invitations["sent"] != r.n {
		r.t.Errorf("%+v, want %d hard and %d soft bounces of %d sent", s, len(hard), soft, r.n)
	}
	if got := r.unusable(); !slices.Equal(got, hard) {
		r.t.Errorf("%d are unusable, want %d: %v", len(got), len(hard), got)
	}
	var l struct {
		Suppressions []struct{ Reason string }
	}
	r.asked(&l, nil, "suppress", "list", "--limit", "10000")
	if len(l.Suppressions) < len(hard) {
		r.t.Errorf("%d lines on the never-write list for %d dead mailboxes", len(l.Suppressions), len(hard))
	}
	r.t.Logf("%d notifications by Postfix, for %d hard and %d soft bounces", len(notified.FindAllString(r.postfix.said(), -1)), len(hard), soft)
}

var received = regexp.MustCompile(`(?m)^\tby relay\.shop\.example \(Postfix\) with E?SMTPS? id ([0-9A-Za-z]+)`)

// once: nobody was handed to the Postfix twice. What it doubled itself, when it was ended between a dot and its answer, carries
// one queue id.
func (r *run) once() {
	r.t.Helper()
	ids, copies := map[string]map[string]int{}, 0
	for _, m := range r.next.Messages() {
		id := received.FindSubmatch(m.Data)
		if id == nil {
			r.t.Fatalf("no trace of the Postfix in %.600s", m.Data)
		}
		if ids[m.To] == nil {
			ids[m.To] = map[string]int{}
		}
		ids[m.To][string(id[1])]++
		if ids[m.To][string(id[1])] > 1 {
			copies++
		}
	}
	for n := range r.n {
		who := person(n)
		k := kindOf(who)
		if got := len(ids[who]); (k == taken || k == putOff) && got != 1 || (k == gone || k == full || k == late) && got != 0 {
			r.t.Errorf("%s (%s) was written to %d times", who, k, got)
		}
		delete(ids, who)
	}
	if len(ids) > 0 {
		r.t.Error(fmt.Sprint("strangers were written to: ", ids))
	}
	r.t.Logf("%d messages taken, %d of them doubled by the Postfix itself", len(r.next.Messages()), copies)
}
