package main

import (
	"net/http"
	"net/smtp"
	"os"
	"regexp"
	"strconv"
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

// arrive FILE ADDRESS hands a file to the script's own server for what comes back, as its domain's mail server
// would: from the null sender to the return path of the message that an address got.
func arrive(ts *testscript.TestScript, not bool, args []string) {
	for _, m := range server(ts).Messages() {
		if m.To == args[1] {
			if err := smtp.SendMail(ts.Getenv("REOPTIN_BOUNCES_LISTEN"), nil, "", []string{m.From}, []byte(ts.ReadFile(args[0]))); (err != nil) != not {
				ts.Fatalf("handing over %s: %v", args[0], err)
			}
			return
		}
	}
	ts.Fatalf("%s got nothing", args[1])
}

var reference = regexp.MustCompile(`X-PM-Metadata-reoptin:\s+(\S+)`)

// hook FILE ADDRESS SECRET STATUS posts a report to Postmark's webhook of the server that runs, as user:password
// SECRET, and expects a status: REF and TO in the file stand for what the message that an address got has for
// reporting, and for the address.
func hook(ts *testscript.TestScript, _ bool, args []string) {
	found := reference.FindStringSubmatch(letter(ts, args[1]))
	if found == nil {
		ts.Fatalf("the message of %s has no reference", args[1])
	}
	body := strings.NewReplacer("REF", found[1], "TO", args[1]).Replace(ts.ReadFile(args[0]))
	r, err := http.NewRequest(http.MethodPost, ts.Getenv("REOPTIN_BASE_URL")+"/webhooks/postmark", strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	user, password, _ := strings.Cut(args[2], ":")
	r.SetBasicAuth(user, password)
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Check(res.Body.Close())
	if strconv.Itoa(res.StatusCode) != args[3] {
		ts.Fatalf("the webhook answers %s, want %s", res.Status, args[3])
	}
}

// free NAME sets a variable to an address that nobody listens on.
func free(ts *testscript.TestScript, _ bool, args []string) {
	address, err := freeAddress()
	ts.Check(err)
	ts.Setenv(args[0], address)
}
