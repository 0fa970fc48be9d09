package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// ask TOKEN METHOD PATH STATUS [BODY] sends a request to the API, with the token of a file that token add printed as
// JSON. What is answered is in the file answer.
func ask(ts *testscript.TestScript, _ bool, args []string) {
	var made struct{ Token string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &made))
	body := ""
	if len(args) > 4 {
		body = args[4]
	}
	r, err := http.NewRequest(args[1], ts.Getenv("REOPTIN_BASE_URL")+"/api/v1"+args[2], strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+made.Token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), answer, 0o600))
	if strconv.Itoa(res.StatusCode) != args[3] {
		ts.Fatalf("the API answers %s, want %s: %s", res.Status, args[3], answer)
	}
}
