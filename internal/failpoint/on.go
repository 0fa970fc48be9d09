//go:build failpoint

package failpoint

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// Enabled says whether this build obeys its marks.
const Enabled = true

// Variable is the environment variable that gives orders.
const Variable = "REOPTIN_FAILPOINT"

// Points are the marks of one part of the program. The zero value obeys the environment alone.
type Points struct{ f func(name string) }

// Of gives marks that call f.
func Of(f func(name string)) Points { return Points{f} }

// At is a mark.
func (p Points) At(name string) {
	if p.f != nil {
		p.f(name)
	}
	for _, o := range orders() {
		if o.name == name && o.passed.Add(1) == o.at {
			o.act()
		}
	}
}

// order is one item of the environment.
type order struct {
	name   string
	at     int64
	action syscall.Signal
	passed atomic.Int64
}

// act signals the process itself. The signal is on its way when the call returns: nothing more may
// happen at the mark meanwhile.
func (o *order) act() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	_ = syscall.Kill(os.Getpid(), o.action)
	<-continued
}

var orders = sync.OnceValue(func() []*order {
	text := os.Getenv(Variable)
	if text == "" {
		return nil
	}
	var out []*order
	for item := range strings.SplitSeq(text, ",") {
		o, err := parse(item)
		if err != nil {
			panic(err) // a test that asks for nonsense must not pass
		}
		out = append(out, o)
	}
	return out
})

func parse(item string) (*order, error) {
	name, rest, _ := strings.Cut(item, "=")
	count, action, _ := strings.Cut(rest, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	signal, known := map[string]syscall.Signal{"kill": syscall.SIGKILL, "stop": syscall.SIGSTOP}[action]
	if err != nil || n < 1 || name == "" || !known {
		return nil, fmt.Errorf("%s: %q is not NAME=N:kill or NAME=N:stop", Variable, item)
	}
	return &order{name: name, at: n, action: signal}, nil
}
