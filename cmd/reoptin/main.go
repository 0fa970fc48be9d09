// Command reoptin takes a marketing base from doubt to proof: it audits every contact's consent,
// asks each eligible doubtful person once, ever, through a signed link to a hosted form, and keeps
// the proof of each answer so that an auditor can check it offline.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // sending windows need time zones, and the image has none

	"github.com/reoptin/reoptin/cmd/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &cli{env: os.Environ(), in: os.Stdin, out: os.Stdout, errs: os.Stderr, clock: app.Now}
	os.Exit(c.run(ctx, os.Args[1:]))
}

// run is the whole program within its surroundings; it returns the exit code.
func (c *cli) run(ctx context.Context, args []string) int {
	c.args = args
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.errs)
	return c.end(root.ExecuteContext(ctx))
}
