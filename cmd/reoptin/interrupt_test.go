package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/reoptin/reoptin/cmd/app"
)

// TestWaitingForInputCanBeEnded: whoever waits for what nobody gives is ended by Ctrl-C and by SIGTERM, and nothing is done. Such a
// process had to be killed.
func TestWaitingForInputCanBeEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out bytes.Buffer
	c := &cli{in: strings.NewReader(""), out: &out, errs: &out, clock: app.Now}
	if code := c.run(t.Context(), []string{"init", "--dir", dir}); code != exitDone {
		t.Fatalf("init ended with %d: %s", code, out.String())
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for line, sig := range map[string]os.Signal{
		"contacts import -":                os.Interrupt,
		"suppress import - --list robins":  syscall.SIGTERM,
		"bounce ingest":                    syscall.SIGTERM,
		"campaign lint -":                  os.Interrupt,
		"proof verify -":                   os.Interrupt,
		"campaign letters return --file -": syscall.SIGTERM,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Args = append([]string{"reoptin", "--config", filepath.Join(dir, "reoptin.toml")}, strings.Fields(line)...)
			cmd.Env, cmd.Stderr = []string{"PATH=" + os.Getenv("PATH")}, &said
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// More than a pipe holds: when it is written, the program has begun to read.
			if _, err := in.Write(bytes.Repeat([]byte(" "), 1<<17)); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			ended := cmd.Wait()
			if e, ok := errors.AsType[*exec.ExitError](ended); !ok || e.ExitCode() != exitUnavailable || said.String() != "reoptin: interrupted\n" {
				t.Errorf("it ended with %v: %s", ended, said.String())
			}
		})
	}
}
