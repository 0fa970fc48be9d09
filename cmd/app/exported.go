package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"path/filepath"

	"github.com/reoptin/reoptin/campaign"
)

// leaving is a file on its way out: how long it is, and its SHA-256.
type leaving struct {
	out   io.Writer
	sum   hash.Hash
	bytes int64
}

func (l *leaving) Write(p []byte) (int, error) {
	n, err := l.out.Write(p)
	l.sum.Write(p[:n])
	l.bytes += int64(n)
	return n, err
}

// takeOut writes a file with data of people and puts down in the ledger that somebody took it, also where it broke off after
// something was written: that may have left. A file that cannot be put down does not count as written. write says in e what it wrote.
func (a *App) takeOut(ctx context.Context, w io.Writer, actor campaign.Actor, e campaign.Export, write func(w io.Writer, e *campaign.Export) error) error {
	out := &leaving{out: w, sum: sha256.New()}
	err := write(out, &e)
	if err != nil && out.bytes == 0 {
		return err
	}
	if a.replaced() {
		return err
	}
	maps.DeleteFunc(e.Only, func(_, word string) bool { return word == "" })
	e.Bytes, e.SHA256, e.Broken = out.bytes, hex.EncodeToString(out.sum.Sum(nil)), err != nil
	if put := a.Desk.Exported(context.WithoutCancel(ctx), actor, e); err == nil {
		err = put
	} else if put != nil {
		a.log.Warn("that a file was taken out is not in the ledger", "what", e.What, "cause", put)
	}
	return err
}

// replaced holds for a database that restore has put aside. What is taken out of it adds nothing to it: it is kept as it was, and a head
// that was signed in it afterwards would stand in the send journal against the database that is in use.
func (a *App) replaced() bool {
	aside, _ := filepath.Match("*.replaced-*Z", filepath.Base(a.config.DatabaseFile()))
	return aside
}

// textFormat is how a list is written.
func textFormat(asJSON bool) string {
	if asJSON {
		return "json"
	}
	return "csv"
}
