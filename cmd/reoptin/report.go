package main

import (
	"io"

	"github.com/reoptin/reoptin/ledger"
)

// report prints what a verification found; anything but a whole proof ends with 8.
func (c *cli) report(r ledger.Report) error {
	show := r.Print
	if c.json {
		show = func(io.Writer) error { return c.print(r, nil) }
	}
	if err := show(c.out); err != nil {
		return err
	}
	if !r.OK {
		return errUnverified
	}
	return nil
}
