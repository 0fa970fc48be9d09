package app

import (
	"context"

	"github.com/reoptin/reoptin/ledger"
)

// publication is the ledger as anybody may see it.
type publication struct{ app *App }

// Head is the newest signed checkpoint.
func (p publication) Head(ctx context.Context) (note string, there bool, err error) {
	c, err := p.app.store.Sealed(ctx)
	return c.Note, c.N > 0, err
}

// Keys are the public key of now and how it followed the first one.
func (p publication) Keys() (string, []string, error) {
	k, err := p.app.ledgerKeys()
	if err != nil {
		return "", nil, err
	}
	return k.now(), k.handovers, nil
}

// Tile is a piece of what the newest checkpoint covers.
func (p publication) Tile(ctx context.Context, t ledger.Tile) ([]byte, bool, error) {
	return p.app.store.Tile(ctx, t)
}
