//go:build failpoint

package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/cmd/app"
)

// ending calls a function once something was written.
type ending struct {
	bytes.Buffer
	then func()
}

func (e *ending) Write(b []byte) (int, error) {
	defer e.then()
	return e.Buffer.Write(b)
}

// endWithZone is a line about a campaign under way: the times of a watch are of several clocks, and each says of which.
var endWithZone = regexp.MustCompile(`running, 0 of 1 through, done about \w+ \d+ \w+ \d\d:\d\d CES?T\b`)

// A settled campaign is shown once. One that is under way is watched until somebody ends it, who sees no error.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2)
	if out := f.run("campaign", "status", "spring", "--watch"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "2 of 2 through") {
		t.Errorf("of a settled campaign: %q", out)
	}
	f.must(os.WriteFile(f.at("more.csv"), []byte(strings.NewReplacer("K1", "L1", "p1@", "l1@").Replace(recent(people(1)))), 0o600))
	f.run("contacts", "import", f.at("more.csv"))
	f.must(os.WriteFile(f.at("summer.toml"), []byte(f.run("campaign", "new", "summer")), 0o600))
	f.run("campaign", "create", f.at("summer.toml"))
	f.run("campaign", "approve", "summer")
	f.run("campaign", "start", "summer")
	ctx, stop := context.WithCancel(t.Context())
	out, errs := &ending{then: stop}, &bytes.Buffer{}
	c := &cli{env: f.env, in: strings.NewReader(""), out: out, errs: errs, clock: app.Now}
	code := c.run(ctx, []string{"--config", f.at("reoptin.toml"), "campaign", "status", "summer", "--watch"})
	if code != 0 || errs.String() != "reoptin: "+unattended("summer")+"\n" || !endWithZone.MatchString(out.String()) {
		t.Errorf("it ends with %d, %q: %s", code, out.String(), errs)
	}
}
