package main

import (
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

var (
	sentID = regexp.MustCompile(`(?m)^Message-ID: <(.+)>\r$`)
	mailto = regexp.MustCompile(`<mailto:([^?>]+)`)
)

// back TEMPLATE ADDRESS FILE writes what comes back about the message that an address got: RETURN, STOP, ID
// and TO in the template stand for its return path, unsubscribe address, message id and recipient.
func back(ts *testscript.TestScript, _ bool, args []string) {
	data := letter(ts, args[1])
	path, stop := "", ""
	for _, m := range server(ts).Messages() {
		if m.To == args[1] {
			path = m.From
		}
	}
	if found := mailto.FindStringSubmatch(data); found != nil {
		stop = found[1]
	}
	text := strings.NewReplacer("RETURN", path, "STOP", stop, "ID", sentID.FindStringSubmatch(data)[1], "TO", args[1]).Replace(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o600))
}
