//go:build failpoint

package crash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// roundsOfFour is how often four senders stand in each other's way.
const roundsOfFour = 3

// peopleOfFour are so many that a round does not write to all of them.
const peopleOfFour = 100

// TestFourSenders has four senders at once on one installation, which only the lock on the journal forbids. Each is
// stopped with something in its hands, is taken for dead by the next, which claims the same people, and then all go
// on, are stopped and continued in any order, and are killed; nobody is written to twice all the same.
// REOPTIN_ROUNDS sets how often.
func TestFourSenders(t *testing.T) {
	t.Parallel()
	rounds := roundsOfFour
	if raced || testing.Short() {
		rounds = 2
	}
	if s := os.Getenv("REOPTIN_ROUNDS"); s != "" {
		var err error
		rounds, err = strconv.Atoi(s)
		must(t, err)
	}
	p := program(t, unlocked)
	seed := uint64(1)
	if os.Getenv("REOPTIN_ROUNDS") != "" { // then what nobody has seen yet is looked for
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	for done := 0; done < rounds; seed++ {
		n, err := fourSend(t, p, "", seed, rounds-done)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		done += n
	}
}

// fourSend is one installation, and gives how many rounds there were before everybody was written to.
func fourSend(t testing.TB, program, mould string, seed uint64, most int) (rounds int, err error) {
	s := newShop(t, program, shopPlan{people: peopleOfFour, connections: 2, mould: mould})
	// Who is past the point of no return in one process is made uncertain by the recovery of each other one.
	o := &oracle{shop: s, silenced: map[string]bool{}, deaths: 16 * most}
	dice := rand.New(rand.NewPCG(seed, 4))
	for more := true; more && rounds < most; rounds++ {
		if more, err = fourAtOnce(s, dice); err != nil {
			return rounds, err
		}
		if err := s.quiet(); err != nil {
			return rounds, err
		}
		if err := o.broken(); err != nil {
			return rounds, err
		}
	}
	return rounds, sentAll(s, o, false)
}

// withAClaim are the marks at which a sender has somebody in its hands.
var withAClaim = []string{"claim.after", "mail.after-rcpt", "mail.mid-body", "mail.after-body", "mail.after-body", "mail.after-body", "beat.before-update", "mail.after-commit", "mail.after-dot"}

// fourAtOnce is one round; more is false when there was nobody left for some of the four.
func fourAtOnce(s *shop, dice *rand.Rand) (more bool, err error) {
	var four []*life
	defer func() {
		for _, l := range four {
			l.kill()
		}
	}()
	more = true
	for range 4 {
		l, err := s.send(fmt.Sprintf("%s=1:stop", withAClaim[dice.IntN(len(withAClaim))]))
		if err != nil {
			return false, err
		}
		stopped, err := l.stands()
		if err != nil {
			return false, err
		}
		four, more = append(four, l), more && stopped
	}
	for _, i := range dice.Perm(len(four)) {
		four[i].goOn()
		<-time.After(time.Duration(dice.IntN(10)) * time.Millisecond)
	}
	for range 12 {
		l := four[dice.IntN(len(four))]
		l.signal([]syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT, syscall.SIGCONT}[dice.IntN(3)])
		<-time.After(time.Duration(dice.IntN(20)) * time.Millisecond)
	}
	return more, nil
}
