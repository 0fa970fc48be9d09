package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
)

func said(t *testing.T, err error) (string, int) {
	t.Helper()
	var errs bytes.Buffer
	c := &cli{errs: &errs}
	code := c.end(err)
	return errs.String(), code
}

// What a message quotes can neither break its line nor speak to the terminal.
func TestAMessageIsOneLine(t *testing.T) {
	t.Parallel()
	err := errors.Join(fault.New(fault.NotFound, "x", "there is no {name}", "name", "\x1b[31mx\r\ny").Hint("reoptin list"), errors.New("closing failed"))
	text, code := said(t, err)
	if code != exitNotFound || strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x1b\r") || !strings.HasSuffix(text, "; try: reoptin list\n") {
		t.Errorf("%d %q", code, text)
	}
}

// The system's own words come without its calls and temporary names.
func TestCausesAreInWords(t *testing.T) {
	t.Parallel()
	text, _ := said(t, fault.New(fault.Invalid, "x", "base.csv cannot be read").Because(&fs.PathError{Op: "open", Path: "base.csv", Err: syscall.EACCES}))
	if text != "reoptin: base.csv cannot be read: permission denied\n" {
		t.Errorf("%q", text)
	}
}

func TestFullStandardOutputIsUnavailable(t *testing.T) {
	t.Parallel()
	text, code := said(t, &fs.PathError{Op: "write", Path: os.Stdout.Name(), Err: syscall.ENOSPC})
	if code != exitUnavailable || !strings.Contains(text, "standard output cannot be written") {
		t.Errorf("%d %q", code, text)
	}
}

// log.format is auto by default, which is JSON for whoever is no terminal.
func TestLogIsJSONForMachines(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	c := &cli{errs: &errs}
	c.logger(config.Default()).Error("odd")
	if !strings.HasPrefix(errs.String(), "{") {
		t.Errorf("%q", errs.String())
	}
}

// TestTheCommandLineThatWouldDo is what a shell reads as the same words with one more.
func TestTheCommandLineThatWouldDo(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"reoptin campaign close spring --yes":            {"campaign", "close", "spring"},
		"reoptin campaign close 'it'\\''s spring' --yes": {"campaign", "close", "it's spring"},
		"reoptin campaign close '' --yes":                {"campaign", "close", ""},
		"reoptin campaign delete --yes -- -draft":        {"campaign", "delete", "--", "-draft"},
	} {
		c := &cli{args: args}
		if got := c.again("--yes"); got != want {
			t.Errorf("%q is said as %s, want %s", args, got, want)
		}
	}
}
