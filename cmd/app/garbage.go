package app

import (
	"runtime/debug"
	"sync"
)

// roomyGC is how much garbage may lie beside what is in use, in percent of that, while much is read and little kept:
// messages are sent, a base is audited. To verify the ledger is none of these, since it keeps something of each invitation. Collecting half as often saves a twelfth of the time of the
// processor in sending and a twentieth in an audit; less often, nothing more.
const roomyGC = 200

// roomy counts the work that is under way with roomyGC. The setting is the process's, and a server does such work side
// by side: the last to end puts back what the first found.
var roomy struct {
	sync.Mutex
	users, before int
}

// collectLess has garbage collected less often until back is called.
func collectLess() (back func()) {
	roomy.Lock()
	defer roomy.Unlock()
	if roomy.users++; roomy.users == 1 {
		roomy.before = debug.SetGCPercent(roomyGC)
	}
	return func() {
		roomy.Lock()
		defer roomy.Unlock()
		if roomy.users--; roomy.users == 0 {
			debug.SetGCPercent(roomy.before)
		}
	}
}
