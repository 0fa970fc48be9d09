//go:build failpoint

package crash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// An installation is killed so often while it writes to so many.
const (
	killsOfOne  = 125
	peopleOfOne = 600
)

// regressions are seeds that once found something, be it a mistake of these tests. They run first. The second
// puts back a database from before the start, of whose invitations only the journal knows; the third kills between
// the store and the journal as somebody has been put off at the dot.
var regressions = []uint64{1, 1795631962204067316, 1795648566014570644}

// TestKills kills the sender at every mark, against a mail server that fails in every way of the matrix,
// in several installations side by side.
func TestKills(t *testing.T) {
	p := program(t)
	started, sum := time.Now(), newTotal()
	if s := os.Getenv("REOPTIN_KILL_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		trial(t, p, sum, seed)
		t.Log(sum)
		return
	}
	kills := 1000
	if raced || testing.Short() {
		kills = killsOfOne
	}
	if s := os.Getenv("REOPTIN_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seeds := append([]uint64(nil), regressions...)
	first := uint64(1) // what nobody has seen yet is looked for where more kills are asked for
	if kills > 1000 {
		first = uint64(time.Now().UnixNano())
	}
	for ; len(seeds)*killsOfOne < kills; first++ {
		seeds = append(seeds, first)
	}
	t.Logf("seeds %v", seeds)
	var all sync.WaitGroup
	places := make(chan struct{}, 4*runtime.GOMAXPROCS(0))
	for _, seed := range seeds {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			trial(t, p, sum, seed)
		})
	}
	all.Wait()
	took := time.Since(started)
	t.Logf("%d kills in %.1f s, %.1f a second\n%s", sum.deaths, took.Seconds(), float64(sum.deaths)/took.Seconds(), sum)
	// Which kinds of mail server the seeds give is chance: in a thousand kills a cell that only one kind has may
	// stay empty. The long run leaves none out.
	if kills >= 10000 {
		sum.complete(t)
	}
}

// trial is one installation, named by its seed.
func trial(t *testing.T, program string, sum *total, seed uint64) {
	dir, err := os.MkdirTemp(parent(), "reoptin-kill")
	if err == nil {
		err = torment(program, dir, sum, seed)
	}
	if err != nil { // the instant of a kill from outside does not repeat: what is left may have to explain it
		t.Errorf("%v\nthe installation is kept in %s\nrepeat it with REOPTIN_KILL_SEED=%d go test -tags failpoint -run TestKills ./cmd/crash", err, dir, seed)
		return
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// total is what happened in all installations.
type total struct {
	sync.Mutex
	deaths, outside int // killed, of those from outside
	at              map[string]int
	cells           map[cell]int
	states          map[string]int
	marks           map[string]int
	silenced        int
	restored        int
	paused, resumed int // campaigns found paused, and commands to go on that were killed
	stopped         int
}

func newTotal() *total {
	return &total{at: map[string]int{}, cells: map[cell]int{}, states: map[string]int{}, marks: map[string]int{}}
}

func (s *total) count(do func()) {
	s.Lock()
	defer s.Unlock()
	do()
}

func (s *total) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "killed from outside: %d\nat marks: %v\nat the end: %v\nsilenced %d, restored %d, paused %d, killed while resuming %d, stopped before the dot %d\n", s.outside, s.marks, s.states, s.silenced, s.restored, s.paused, s.resumed, s.stopped)
	for n, m := range misdeeds {
		fmt.Fprintf(&b, "%s: first %d, later %d\n", m.name, s.cells[cell{n, false}], s.cells[cell{n, true}])
	}
	return b.String()
}

// complete says that nothing was left out.
func (s *total) complete(t *testing.T) {
	for _, m := range sendingMarks {
		if s.marks[m] == 0 {
			t.Errorf("nobody was killed at %s", m)
		}
	}
	for n, m := range misdeeds {
		for _, reused := range []bool{false, true} {
			if s.cells[cell{n, reused}] == 0 {
				t.Errorf("the mail server never failed by %s with reused %v", m.name, reused)
			}
		}
	}
	if s.silenced == 0 || s.restored == 0 || s.resumed == 0 || s.stopped == 0 {
		t.Errorf("something never happened:\n%s", s)
	}
}

// torture is one installation under kills.
type torture struct {
	*shop
	oracle
	sum      *total
	random   *rand.Rand // what the test does
	possible []int      // misdeeds of this mail server
	backup   string     // an older database, when there is one
	kills    int
	past     []string // each cycle in a line, to explain the last by

	mu     sync.Mutex
	dice   *rand.Rand // what the mail server does
	cell   cell
	stage  smtptest.Stage
	armed  bool
	always bool          // else every other event of the cell goes wrong
	sour   bool          // the server wants nothing of us: the campaign is to be paused
	before [2]int        // connections to each relay when the process began
	over   chan struct{} // closed when the process is dead
	left   int           // events until the process is killed from outside, if it has not come to its mark
	enough chan struct{} // closed when none is left
	body   chan string   // to whom a first body began to arrive
	heard  atomic.Int64  // when the mail server last heard something
}

func torment(program, dir string, sum *total, seed uint64) (err error) {
	k := &torture{sum: sum, random: rand.New(rand.NewPCG(seed, 1)), dice: rand.New(rand.NewPCG(seed, 2)), body: make(chan string, 1)}
	k.oracle.silenced = map[string]bool{}
	kind := relayKinds[seed%uint64(len(relayKinds))]
	k.possible = possible(kind)
	plan := shopPlan{people: peopleOfOne, connections: []int{1, 2, 4, 4}[k.random.IntN(4)], kind: kind, script: k.misbehave}
	if twoRelays(seed) {
		plan.other = k.misbehave2
	}
	if k.shop, err = openShop(program, dir, plan); err != nil {
		return err
	}
	defer k.shop.close()
	k.oracle.shop = k.shop
	over := make(chan struct{})
	defer close(over)
	go k.pulse(over)
	restoring := seed%3 == 0
	for n := 0; k.kills < killsOfOne; n++ {
		if n > 4*killsOfOne {
			return fmt.Errorf("only %d of %d processes were killed", k.kills, n)
		}
		if err := k.cycle(restoring); err != nil {
			return fmt.Errorf("cycle %d, %s: %w\nthe last cycles:\n%s", n, kind.name, err, strings.Join(k.past[max(0, len(k.past)-5):], "\n"))
		}
	}
	return k.lastRun()
}

// twoRelays says whether an installation has two relays: two of five do, and among seeds in a row always some.
func twoRelays(seed uint64) bool { return seed%5 == 2 || seed%5 == 3 }

// cycle is one process from its birth to its death, with what an operator does before.
func (k *torture) cycle(restoring bool) error {
	if err := k.resume(); err != nil {
		return err
	}
	if err := k.meddle(restoring); err != nil {
		return err
	}
	k.draw()
	mark := sendingMarks[k.random.IntN(len(sendingMarks))]
	nth := 1 + k.random.IntN(5)
	switch {
	case k.sour:
		nth += 50
	case strings.HasSuffix(mark, "-dial"): // each connection is dialled once
		nth = 1 + k.random.IntN(k.connections)
	case k.cell.reused:
		nth += k.connections
	}
	order := fmt.Sprintf("%s=%d:kill", mark, nth)
	stops := k.random.IntN(12) == 0
	if stops {
		order = "mail.after-body=1:stop," + order
	}
	l, err := k.send(order)
	if err != nil {
		return err
	}
	byHand, err := k.watch(l, stops)
	k.mu.Lock()
	k.armed = false
	close(k.over)
	k.mu.Unlock()
	if err != nil {
		l.kill()
	}
	k.past = append(k.past, fmt.Sprintf("%s; %s at %s, reused %v, always %v, sour %v; killed %v, from outside %v, ended with %d: %s", order,
		misdeeds[k.cell.misdeed].name, k.stage, k.cell.reused, k.always, k.sour, l.killed(), byHand, l.code(), l.said()))
	if err != nil {
		return err
	}
	if c := l.code(); c > 0 && c != unavailable {
		return fmt.Errorf("the sender ended with %d:\n%s", c, l.said())
	}
	if l.killed() {
		k.deaths++
		k.kills++
		k.sum.count(func() {
			k.sum.deaths++
			if byHand {
				k.sum.outside++
			} else {
				k.sum.marks[mark]++
			}
		})
	}
	if k.opened() > k.before[0]+k.before[1] || l.code() >= 0 {
		k.lenient = false // whoever sends, or ends in order, has recovered first
	}
	return k.check()
}

// standstill is a pause after which a sender may have waited in vain for an answer that was there.
const standstill = 2 * time.Second

// pulse notes when this test stands still, as the whole machine does then, and the sender too.
func (k *torture) pulse(over <-chan struct{}) {
	beat := time.NewTicker(standstill / 8)
	defer beat.Stop()
	for last := time.Now(); ; last = time.Now() {
		select {
		case <-over:
			return
		case <-beat.C:
		}
		if time.Since(last) > standstill {
			k.witness.stood()
		}
	}
}

// watch waits for the end of a process. One that does not come to its mark, or does nothing any more, is
// killed from outside: at an instant that no mark names. A stop that nobody ordered only makes it miss answers.
func (k *torture) watch(l *life, stops bool) (byHand bool, err error) {
	patience := 400 * time.Millisecond
	if k.random.IntN(6) == 0 {
		patience = 2500 * time.Millisecond
		if misdeeds[k.cell.misdeed].name == afterTheDeadline {
			patience = replyWait + time.Second
		}
	}
	look := time.NewTicker(25 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-l.done:
			return false, nil
		case turn := <-l.stopped:
			k.witness.stood()
			if !stops {
				continue
			}
			if err := k.sayNo(l, turn); err != nil {
				return false, err
			}
		case <-k.enough:
			l.kill()
			return l.killed(), nil
		case <-look.C:
			if idle := time.Since(time.Unix(0, k.heard.Load())); idle > patience && k.opened() > k.before[0]+k.before[1] || idle > max(patience, 4*time.Second) {
				l.kill()
				return l.killed(), nil
			}
		}
	}
}

// draw arms the mail server with a field of the matrix.
func (k *torture) draw() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cell = cell{k.possible[k.random.IntN(len(k.possible))], k.random.IntN(3) > 0}
	k.always, k.sour = k.random.IntN(8) == 0, k.random.IntN(30) == 0
	stages := misdeeds[k.cell.misdeed].at
	k.stage = stages[k.random.IntN(len(stages))]
	if !k.cell.reused && opening(k.stage) { // there is but one such event in a process
		k.always = true
	}
	k.armed, k.over = true, make(chan struct{})
	for n, r := range k.relays() {
		k.before[n] = r.Connections()
	}
	k.left, k.enough = 30+k.random.IntN(50), make(chan struct{})
	select {
	case <-k.body:
	default:
	}
	k.heard.Store(time.Now().UnixNano())
}

// misbehave is the mail server; where there are two, one is like the other.
func (k *torture) misbehave(e smtptest.Event) smtptest.Step  { return k.misdo(e, 0) }
func (k *torture) misbehave2(e smtptest.Event) smtptest.Step { return k.misdo(e, 1) }

func (k *torture) misdo(e smtptest.Event, which int) smtptest.Step {
	k.heard.Store(time.Now().UnixNano())
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left--; k.left == 0 {
		close(k.enough)
	}
	if e.Stage == smtptest.Body {
		select {
		case k.body <- e.To:
		default:
		}
	}
	if k.armed && k.sour && e.Stage == smtptest.Mail {
		return smtptest.Step{Reply: never}
	}
	if !k.armed || !k.cell.matches(e, k.stage, k.before[which]) || !k.always && k.dice.IntN(2) == 0 {
		return smtptest.Step{}
	}
	s := misdeeds[k.cell.misdeed].do(k.dice, k.over)
	if e.Stage == smtptest.StartTLS && s.Alert {
		s.Reply = "220 2.0.0 go ahead"
	}
	k.sum.count(func() { k.sum.cells[k.cell]++ })
	return s
}

// resume lets a paused campaign go on, by a command that may be killed too.
func (k *torture) resume() error {
	now, err := k.look()
	if err != nil || now.status != "paused" {
		return err
	}
	k.sum.count(func() { k.sum.paused++ })
	for _, order := range []string{[]string{"store.before-commit=1:kill", "store.after-commit=1:kill", "store.before-commit=2:kill", "store.after-commit=2:kill", ""}[k.random.IntN(5)], ""} {
		l, err := k.begin(order, "campaign", "resume", "spring")
		if err != nil {
			return err
		}
		if err := l.wait(); err != nil {
			return err
		}
		switch {
		case l.killed():
			k.sum.count(func() { k.sum.resumed++ })
		case l.code() != done && l.code() != conflict:
			return fmt.Errorf("resume ended with %d:\n%s", l.code(), l.said())
		}
	}
	return nil
}

// meddle is what happens to an installation between two processes: a no, a backup, a restored backup.
func (k *torture) meddle(restoring bool) error {
	switch n := k.random.IntN(40); {
	case n < 6 && !k.lenient:
		who := person(k.random.IntN(k.people))
		heard, err := k.silence(who)
		if heard {
			k.noted(who, false)
		}
		return err
	case n < 10 && restoring:
		k.backup = filepath.Join(k.scratch, "backup.db")
		return k.shop.backup(k.backup)
	case n < 14 && k.backup != "":
		k.putBack()
		k.sum.count(func() { k.sum.restored++ })
		return k.restore(k.backup)
	}
	return nil
}

// silence lets someone say no, if nothing that may have left is known of the person, and says whether that
// must be heard.
func (k *torture) silence(who string) (heard bool, err error) {
	now, err := k.look()
	if err != nil && strings.Contains(err.Error(), "locking protocol") {
		return false, nil // the one who stands still holds the log of the database: the no is not heard
	}
	if err != nil {
		return false, err
	}
	switch s := now.states[who]; {
	case k.accepted()[who] > 0, k.lenient, s != "" && s != "planned" && s != "claimed":
		return false, nil
	}
	// A process that stands still may hold the database or the journal: then the no was not heard.
	said, err := k.do([]string{"suppress", "add", who}, done, unavailable)
	return err == nil && strings.Contains(said, "suppressed"), err
}

// noted notes a no that must be heard.
func (k *torture) noted(who string, held bool) {
	k.silenced[who] = true
	k.sum.count(func() {
		k.sum.silenced++
		if held {
			k.sum.stopped++
		}
	})
}

// longestStop is how long the body of a message under way may be missing when its sender is stopped.
const longestStop = 5 * time.Second

// sayNo is the no of the person whose message stands between body and commit, while the sender is stopped.
// Whoever else stops processes, or lets them go on, proves nothing: then the mail server may have seen no body
// yet, or the message may have been quicker than the no.
func (k *torture) sayNo(l *life, turn int64) error {
	defer func() {
		k.heard.Store(time.Now().UnixNano())
		l.goOn()
	}()
	select {
	case who := <-k.body:
		heard, err := k.silence(who)
		if heard && l.turns.Load() == turn {
			k.noted(who, true)
		}
		return err
	case <-time.After(longestStop):
		return nil
	}
}

// lastRun is a good day: everything is brought to its end.
func (k *torture) lastRun() error {
	for range 20 {
		if err := k.resume(); err != nil {
			return err
		}
		l, err := k.send("")
		if err != nil {
			return err
		}
		if err := l.wait(); err != nil {
			return err
		}
		k.lenient = false
		if l.code() == done {
			states, err := k.settled(k.ever)
			k.sum.count(func() {
				for s, n := range states {
					k.sum.states[s] += n
				}
			})
			return err
		}
		if l.code() != unavailable {
			return fmt.Errorf("the last run ended with %d:\n%s", l.code(), l.said())
		}
	}
	return fmt.Errorf("the campaign never ends")
}
