package dashboard

import (
	"time"

	"github.com/reoptin/reoptin/internal/account"
)

// Route is one line of the table, for tests that walk it.
type Route struct {
	Method, Path string
	Right        account.Right
	Binds        bool
}

// Routes is the table.
func Routes(d *Dashboard) (rs []Route) {
	for _, r := range d.table {
		rs = append(rs, Route{r.method, r.path, r.right, r.binds()})
	}
	return rs
}

// Sections are the paths of the bar.
func Sections() (paths []string) {
	for _, s := range sections() {
		paths = append(paths, s.path)
	}
	return paths
}

// Own is the page to go on to for what a request asks for.
func Own(d *Dashboard, path string) string { return d.own(path) }

// Told are the words for what became of an act.
func Told() []string { return told }

// Hurry lets streams look and say something at every turn of a short tick, and lists wait no longer.
func Hurry(d *Dashboard, tick time.Duration) { d.rhythm = rhythm{tick: tick, beat: tick, judge: tick} }

// StreamsMost is how many streams one session may have.
const StreamsMost = streamMost
