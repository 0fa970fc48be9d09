package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// visitors are browsers that talk to a running server over the network.
type visitors struct {
	*house
	base   string
	client *http.Client
}

// serving runs the house's server on a port of its own until the test ends.
func (h *house) serving() *visitors {
	h.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- h.app.serveOn(ctx, l, nil, func(string) { close(ready) }) }()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	h.t.Cleanup(func() { // before the house is closed
		client.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			h.t.Errorf("the server ended with %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		h.t.Fatal(err)
	}
	return &visitors{house: h, base: "http://" + l.Addr().String(), client: client}
}

// reply is what a visitor got.
type reply struct {
	status   int
	location string
	body     string
}

func (v *visitors) ask(method, target string, body url.Values) (reply, error) {
	r, err := http.NewRequest(method, v.base+target, strings.NewReader(body.Encode()))
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := v.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header.Get("Location"), string(text)}, err
}

// atOnce lets n visitors act in the same moment.
func (v *visitors) atOnce(n int, act func(n int) (reply, error)) []reply {
	v.t.Helper()
	out := make([]reply, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			var err error
			if out[i], err = act(i); err != nil {
				v.t.Errorf("visitor %d: %v", i, err)
			}
		})
	}
	close(start)
	group.Wait()
	return out
}

// pages opens n pages and gives their nonces, old enough to be answered.
func (v *visitors) pages(n int, target func(n int) string) []string {
	v.t.Helper()
	out := make([]string, n)
	for i, r := range v.atOnce(n, func(i int) (reply, error) { return v.ask(http.MethodGet, target(i), nil) }) {
		found := nonceField.FindStringSubmatch(r.body)
		if found == nil {
			v.t.Fatalf("page %d: %d without a form", i, r.status)
		}
		out[i] = found[1]
	}
	v.wait(5 * time.Second)
	return out
}

func yes(nonce string) url.Values {
	return fields("form", nonce, "action", "save", "decision.newsletter.email", "yes")
}

func no(nonce string) url.Values { return fields("form", nonce, "action", "refuse-all") }

// One page, its button pressed 256 times in one moment: one answer, and 256 times the same receipt.
func TestCrowdOfIdenticalAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(string) url.Values{"yes": yes, "no": no} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			v := newHouse(t, plan{people: 1}).start(spring).send().serving()
			target := v.form(who)
			nonce, entries := v.pages(1, func(int) string { return target })[0], v.entries()
			replies := v.atOnce(crowd, func(int) (reply, error) { return v.ask(http.MethodPost, target, answer(nonce)) })
			for _, r := range replies {
				if r.status != http.StatusSeeOther || r.location != replies[0].location {
					t.Fatalf("%d to %q, the first to %q", r.status, r.location, replies[0].location)
				}
			}
			receipts := v.atOnce(crowd, func(n int) (reply, error) { return v.ask(http.MethodGet, replies[n].location, nil) })
			rs := v.responses(who)
			if len(rs) != 1 || v.entries() != entries+2 { // the answer, and its request
				t.Fatalf("%d answers, %d new entries", len(rs), v.entries()-entries)
			}
			for _, r := range receipts {
				same := nonceField.ReplaceAllString(r.body, "") == nonceField.ReplaceAllString(receipts[0].body, "") // each look has a nonce of its own
				if r.status != http.StatusOK || !same || !strings.Contains(r.body, rs[0].ID) {
					t.Fatalf("a receipt differs from the first, or is of another answer than %s: %d", rs[0].ID, r.status)
				}
			}
			if v.suppressed(who) != (name == "no") {
				t.Errorf("suppressed %v after a %s", v.suppressed(who), name)
			}
		})
	}
}

// One person, 256 tabs, half of them yes and half of them no in one moment: the no stands, and is one
// event however many pages say it (COMPLIANCE F.5); only a yes that came first is another.
func TestCrowdOfOneMind(t *testing.T) {
	t.Parallel()
	who := person(0)
	v := newHouse(t, plan{people: 1, channels: both}).start(spring).send().serving()
	target := v.form(who)
	nonces := v.pages(crowd, func(int) string { return target })
	thanked := 0
	for n, r := range v.atOnce(crowd, func(n int) (reply, error) {
		if n%2 == 0 {
			return v.ask(http.MethodPost, target, yes(nonces[n]))
		}
		return v.ask(http.MethodPost, target, no(nonces[n]))
	}) {
		switch {
		case r.status == http.StatusSeeOther && strings.HasPrefix(r.location, "/r/"):
			thanked++
		case n%2 != 0 || r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/p/"):
			t.Errorf("visitor %d: %d", n, r.status)
		}
	}
	if rs := v.responses(who); len(rs) == 0 || len(rs) > 2 || thanked < crowd/2 {
		t.Errorf("%d answers, %d were thanked", len(rs), thanked)
	}
	for q, s := range v.consents(who) {
		if s == campaign.Granted {
			t.Errorf("%s is granted in the end", q)
		}
	}
	if !v.suppressed(who) {
		t.Error("the no does not stand")
	}
	v.expectProven(who)
}

// expectProven expects a dossier of a person to hold each answer.
func (h *house) expectProven(who string) {
	h.t.Helper()
	var b bytes.Buffer
	h.must(h.app.ExportProof(h.t.Context(), &b, ProofQuery{Contact: who}))
	for _, r := range h.responses(who) {
		if !strings.Contains(b.String(), r.ID) {
			h.t.Errorf("answer %s is not in the dossier", r.ID)
		}
	}
}

// 256 people in one moment: 256 answers, each the own one.
func TestCrowdOfDifferentPeople(t *testing.T) {
	t.Parallel()
	v := newHouse(t, plan{people: crowd}).start(spring).send().serving()
	targets := make([]string, crowd)
	for n := range targets {
		targets[n] = v.form(person(n))
	}
	nonces, entries := v.pages(crowd, func(n int) string { return targets[n] }), v.entries()
	for n, r := range v.atOnce(crowd, func(n int) (reply, error) {
		if n%3 == 0 {
			return v.ask(http.MethodPost, targets[n], no(nonces[n]))
		}
		return v.ask(http.MethodPost, targets[n], yes(nonces[n]))
	}) {
		if r.status != http.StatusSeeOther {
			t.Errorf("visitor %d: %d", n, r.status)
		}
	}
	if got := v.entries() - entries; got != 2*crowd { // the answers, and their requests
		t.Errorf("%d new entries", got)
	}
	for n := range crowd {
		want := campaign.Granted
		if n%3 == 0 {
			want = campaign.Declined
		}
		v.expectConsents(person(n), map[string]campaign.Choice{"newsletter.email": want})
		if v.suppressed(person(n)) != (n%3 == 0) {
			t.Errorf("suppressed %v: %d", v.suppressed(person(n)), n)
		}
	}
}

// Sixteen people change their minds at the same time, from fresh pages: each ends as last said, and all
// that was said can be proven.
func TestCrowdThatChangesItsMind(t *testing.T) {
	t.Parallel()
	const people, rounds = 16, 5
	v := newHouse(t, plan{people: people}).start(spring).send().serving()
	page := func(n int) string { return v.page(person(n % people)) }
	targets := make([]string, people)
	for n := range targets {
		targets[n] = page(n)
	}
	last := func(n, round int) string { return []string{"yes", "no"}[(n+round)%2] }
	for round := range rounds {
		nonces := v.pages(people, func(n int) string { return targets[n] })
		for n, r := range v.atOnce(people, func(n int) (reply, error) {
			return v.ask(http.MethodPost, targets[n], fields("form", nonces[n], "change", "newsletter.email", "to", last(n, round), "confirmed", "yes"))
		}) {
			if r.status != http.StatusSeeOther {
				t.Errorf("visitor %d in round %d: %d", n, round, r.status)
			}
		}
		v.wait(time.Minute)
	}
	for n := range people {
		who := person(n)
		if len(v.responses(who)) != rounds {
			t.Errorf("%d answers of %s", len(v.responses(who)), who)
		}
		if got, want := fmt.Sprint(v.suppressed(who)), fmt.Sprint(last(n, rounds-1) == "no"); got != want {
			t.Errorf("%s: suppressed %s, want %s", who, got, want)
		}
		v.expectProven(who)
	}
}
