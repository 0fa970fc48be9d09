package app

import (
	"runtime/debug"
	"sync"
)

// How much garbage may lie beside what is in use, in percent of that.
const (
	// roomyGC is for work that reads much and keeps little: a base is audited. To verify the ledger is none of these, since it
	// keeps something of each invitation. Collecting half as often as usual saves a twentieth of the time of the processor; less
	// often, nothing more.
	roomyGC = 200
	// readingGC is for the rows of a base, which both processors read and of which little is kept: of a million some 25 MB. What
	// is done with them afterwards takes three times that, and leaves a processor to collect the garbage.
	readingGC = 300
	// sendingGC is for sending, which must stay below 64 MiB with a million people: with a fifth more it took a third of a mebibyte
	// too much. What it costs against roomyGC is a twentieth of the time of the processor, for 6 MiB.
	sendingGC = 100
	// armingGC is for the start of a campaign, which holds more at once than sending does, and is soon over: what a process took
	// it keeps for a while.
	armingGC = 40
)

// garbage counts the work that is under way by how it has garbage collected. The setting is the process's, and a server does such
// work side by side: the roomiest counts, and the last to end puts back what the first found.
var garbage struct {
	sync.Mutex
	users  map[int]int // by percent
	before int
}

// collect has garbage collected more or less often than usual until back is called.
func collect(percent int) (back func()) {
	garbage.Lock()
	defer garbage.Unlock()
	if len(garbage.users) == 0 {
		garbage.users, garbage.before = map[int]int{}, debug.SetGCPercent(percent)
	}
	garbage.users[percent]++
	setGarbage()
	return func() {
		garbage.Lock()
		defer garbage.Unlock()
		if garbage.users[percent]--; garbage.users[percent] == 0 {
			delete(garbage.users, percent)
		}
		setGarbage()
	}
}

func setGarbage() {
	roomiest := 0
	for percent := range garbage.users {
		roomiest = max(roomiest, percent)
	}
	if roomiest == 0 {
		roomiest = garbage.before
	}
	debug.SetGCPercent(roomiest)
}
