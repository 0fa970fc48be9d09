package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/internal/fault"
)

// Exit codes, as documented in docs/cli.md.
const (
	exitDone        = 0
	exitInternal    = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitNotFound    = 4
	exitConflict    = 5
	exitDenied      = 6
	exitUnavailable = 7
	exitUnverified  = 8
)

// exitMeanings is what the codes mean, in the words of the manual.
var exitMeanings = []struct {
	code  int
	means string
}{
	{exitDone, "done"},
	{exitInternal, "internal"},
	{exitUsage, "usage"},
	{exitInvalid, "invalid input, or findings"},
	{exitNotFound, "not found"},
	{exitConflict, "conflict with the present state"},
	{exitDenied, "denied"},
	{exitUnavailable, "unavailable: try later or mend it"},
	{exitUnverified, "a proof does not verify"},
}

// exitCodes is the one table from kinds of fault to exit codes.
var exitCodes = map[fault.Kind]int{
	fault.Internal:        exitInternal,
	fault.Invalid:         exitInvalid,
	fault.Unauthenticated: exitDenied,
	fault.Denied:          exitDenied,
	fault.NotFound:        exitNotFound,
	fault.Gone:            exitNotFound,
	fault.Conflict:        exitConflict,
	fault.TooMany:         exitUnavailable,
	fault.Unavailable:     exitUnavailable,
}

// usageError is a command line that cannot be understood.
type usageError struct {
	error
	command string // whose help says more; "" for the program's
	hint    string // the command line that would do; "" is that help
}

// misused is a usageError of a command.
func misused(cmd *cobra.Command, format string, args ...any) error {
	_, command, _ := strings.Cut(cmd.CommandPath(), " ")
	err := fmt.Errorf(format, args...)
	if n, ok := errors.AsType[*strconv.NumError](err); ok { // "strconv.ParseInt: parsing …" is no word for people
		err = errors.New(strings.Replace(err.Error(), n.Error(), "that is no whole number", 1))
	}
	if command != "" {
		err = fmt.Errorf("%s: %w", command, err)
	}
	return usageError{error: err, command: command}
}

// errFindings and errUnverified end a command whose output already said everything.
var (
	errFindings   = errors.New("findings block the launch")
	errUnverified = errors.New("the proof does not verify")
)

// end prints what went wrong, with the command that helps, and gives the exit code.
func (c *cli) end(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFindings):
		return exitInvalid
	case errors.Is(err, errUnverified):
		return exitUnverified
	case errors.As(err, &usage):
		c.say("%v; try: %s", usage.error, cmp.Or(usage.hint, strings.TrimSpace("reoptin help "+usage.command)))
		return exitUsage
	case errors.Is(err, context.Canceled):
		c.say("interrupted")
		return exitUnavailable
	case isOutput(err):
		c.say("standard output cannot be written: the disk behind it is full, or it was closed; try: make room, or write to another place with --out")
		return exitUnavailable
	}
	switch hint := fault.HintOf(err); {
	case hint == "":
		c.say("%v", err)
	case strings.HasSuffix(hint, "?"):
		c.say("%v; %s", err, hint)
	default:
		c.say("%v; try: %s", err, hint)
	}
	return exitCodes[fault.KindOf(err)]
}

// isOutput reports whether it was our own standard output that failed.
func isOutput(err error) bool {
	e, ok := errors.AsType[*fs.PathError](err)
	return ok && e.Path == os.Stdout.Name()
}

// say writes one message for people on standard error: one line, whatever it quotes.
func (c *cli) say(format string, args ...any) {
	fmt.Fprintf(c.errs, "reoptin: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// oneLine keeps what a message quotes, a relay's words or a cell of a file, from breaking the line or
// speaking to the terminal.
func oneLine(s string) string {
	return flat(strings.ReplaceAll(strings.TrimSpace(s), "\n", "; "))
}
