package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/mailer/zonetest"
)

// looks is what doctor looks through in a script: a DNS of the lines in the file SCRIPT_ZONE, which without one
// does not answer, and a kernel whose clock follows another when SCRIPT_SYNCED is yes, and does not when it is no.
func looks() app.DoctorDeps {
	zone, err := zonetest.Parse("* * FAIL")
	if path := os.Getenv("SCRIPT_ZONE"); path != "" && err == nil {
		zone, err = zonetest.Read(path)
	}
	if err != nil {
		panic(err)
	}
	synced := os.Getenv("SCRIPT_SYNCED")
	return app.DoctorDeps{Resolver: zone, Transport: alone{}, Synced: func() (bool, bool) { return synced == "yes", synced != "" }}
}

// alone asks web servers of this machine only: no script may depend on another.
type alone struct{}

func (alone) RoundTrip(r *http.Request) (*http.Response, error) {
	if a, err := netip.ParseAddr(r.URL.Hostname()); err != nil || !a.IsLoopback() {
		return nil, errors.New("no other machine is asked")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// diagnosed CHECK STATUS PATTERN looks for a line in the diagnosis that the last command printed as JSON: its
// text, what mends it and its records, one after the other, must match the pattern. With ! no such line is there.
func diagnosed(ts *testscript.TestScript, neg bool, args []string) {
	var d app.Diagnosis
	printed := ts.ReadFile("stdout")
	ts.Check(json.Unmarshal([]byte(printed), &d))
	pattern := regexp.MustCompile("")
	if len(args) > 2 {
		pattern = regexp.MustCompile(args[2])
	}
	found := slices.ContainsFunc(d.Lines, func(l app.DoctorLine) bool {
		all := l.About + ": " + l.Text + "; " + l.Mend
		for _, r := range l.Records {
			all += "; " + r.Name + " " + r.Type + " " + r.Text
		}
		return l.Check == args[0] && l.Status == args[1] && pattern.MatchString(all)
	})
	if found == neg {
		ts.Fatalf("%s %s %s: found %v in\n%s", args[0], args[1], pattern, found, printed)
	}
}
