package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/cmd/app"
)

// TestATableSaysNothingToTheTerminal: whatever a cell of a file holds, it moves no cursor, turns no text round, breaks no line
// and begins no other cell, also in what a person is asked about before somebody is erased.
func TestATableSaysNothingToTheTerminal(t *testing.T) {
	t.Parallel()
	const hostile = "A\x1b[2J\x1b]0;x\x07\r\nB\tC\u202eD\u2066E\u009bF\u0085G\x7fH\u2028I\x9bJ\vK\fL\x00M\bN"
	contact := app.ContactView{}
	contact.ExternalID, contact.Email, contact.MergedIDs, contact.Reasons = hostile, hostile, []string{hostile}, []string{hostile}
	contact.Facts.Claims = []campaign.Claim{{Status: "yes", Source: hostile}}
	for name, c := range map[string]struct {
		lines int
		table func(io.Writer)
	}{
		"before an erasure": {5, func(w io.Writer) {
			printErasing(w, app.Erased{EraseResult: campaign.EraseResult{Contact: 1, ErasePerson: campaign.ErasePerson{ExternalID: hostile, Name: hostile, Email: hostile, Postal: hostile}}})
		}},
		"a contact": {10, func(w io.Writer) { printContact(w, contact) }},
		"rows": {4, func(w io.Writer) {
			showFirst(w, []app.ReadRow{{Line: 2, Who: hostile, Consent: hostile, No: hostile, Rest: hostile}, {Line: 3, Rejected: hostile}})
		}},
		"columns": {6, func(w io.Writer) {
			showRead(w, app.Read{Encoding: "utf-8", Delimiter: ",", Columns: []app.ReadColumn{{Column: hostile}}})
		}},
		"kept": {3, func(w io.Writer) {
			showKept(w, app.Read{Columns: []app.ReadColumn{{Column: hostile, Proposed: "--map email=" + hostile}}}, 0)
		}},
		"anything": {1, func(w io.Writer) { fmt.Fprintf(w, "%s\n", strings.NewReplacer("\n", "", "\t", "").Replace(hostile)) }},
	} {
		for _, first := range []bool{true, false} {
			var out, errs bytes.Buffer
			cli := &cli{out: &out, errs: &errs, json: first}
			show := cli.showFirst
			if !first {
				show = func(table func(io.Writer)) error { return cli.print(nil, table) }
			}
			if err := show(c.table); err != nil {
				t.Fatal(err)
			}
			text := out.String() + errs.String()
			if bad := strings.IndexFunc(strings.ReplaceAll(text, "\n", ""), func(r rune) bool { return mute(r) != r }); bad >= 0 || strings.Contains(text, "\x9b") && !strings.Contains(text, "\u009b") {
				t.Errorf("%s: %q", name, text)
			}
			if got := strings.Count(text, "\n"); got != c.lines {
				t.Errorf("%s: %d lines, want %d\n%q", name, got, c.lines, text)
			}
		}
	}
}

// TestAMessageSaysNothingToTheTerminal, whatever it quotes of a file.
func TestAMessageSaysNothingToTheTerminal(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	(&cli{errs: &errs}).say("column %s", "\x1b[31mx\u202ey\r\nz\u009b")
	if text := errs.String(); strings.ContainsAny(text, "\x1b\r\u202e\u009b") || strings.Count(text, "\n") != 1 {
		t.Errorf("%q", text)
	}
}
