package api

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/web"
)

// LedgerPath is where anybody finds the head of the ledger, its key, its tiles and the page that verifies a dossier.
const LedgerPath = "/.well-known/reoptin/"

// How long caches may keep what is published. A whole tile stays what it is. One at the edge does too, as long as the
// ledger goes on: after a restore other entries are there, and a cache that had kept it would show two ledgers in one.
const (
	forAMoment = "public, max-age=10"
	forAnHour  = "public, max-age=3600"
	forEver    = "public, max-age=31536000, immutable"
)

// mostTiles is how many tiles are read at once; others wait.
const mostTiles = 4

// Ledger is what is published of the ledger: nothing in it is personal.
type Ledger interface {
	Head(context.Context) (note string, there bool, err error) // the newest signed checkpoint
	Keys() (key string, handovers []string, err error)
	Tile(context.Context, ledger.Tile) (data []byte, there bool, err error)
}

// Publication is the door for auditors: what it shows is the same for everybody, and nobody is asked who they are.
type Publication struct {
	ledger Ledger
	turns  chan struct{}
}

// NewPublication makes the door.
func NewPublication(l Ledger) *Publication {
	return &Publication{ledger: l, turns: make(chan struct{}, mostTiles)}
}

// Register adds the routes. The checkpoint is there twice: at its own path, and where C2SP tlog-tiles wants it
// beside the tiles.
func (p *Publication) Register(e *echo.Echo) {
	web.Look(e, LedgerPath+"checkpoint", p.checkpoint)
	web.Look(e, LedgerPath+"ledger/checkpoint", p.checkpoint)
	web.Look(e, LedgerPath+"key", p.key)
	web.Look(e, LedgerPath+"handovers", p.handovers)
	web.Look(e, LedgerPath+"ledger/tile/*", p.tile)
	web.Look(e, LedgerPath+"verify", p.verify)
}

func (p *Publication) checkpoint(c echo.Context) error {
	note, there, err := p.ledger.Head(c.Request().Context())
	if err != nil {
		return fault.Wrap("api.checkpoint", err)
	}
	if !there {
		return echo.ErrNotFound
	}
	return publish(c, forAMoment, plainText, []byte(note))
}

func (p *Publication) key(c echo.Context) error {
	key, _, err := p.ledger.Keys()
	if err != nil {
		return fault.Wrap("api.key", err)
	}
	return publish(c, forAMoment, plainText, []byte(key+"\n"))
}

// handovers shows how the key followed the first one; nothing when it is the first one.
func (p *Publication) handovers(c echo.Context) error {
	_, list, err := p.ledger.Keys()
	if err != nil {
		return fault.Wrap("api.handovers", err)
	}
	return publish(c, forAMoment, plainText, []byte(strings.Join(list, "\n")))
}

func (p *Publication) tile(c echo.Context) error {
	t, err := ledger.ParseTile(c.Param("*"))
	if err != nil {
		return echo.ErrNotFound
	}
	ctx := c.Request().Context()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	data, there, err := p.ledger.Tile(ctx, t)
	if err != nil {
		return fault.Wrap("api.tile", err)
	}
	if !there {
		return echo.ErrNotFound
	}
	keep := forEver
	if t.Width < ledger.TileWidth {
		keep = forAMoment
	}
	return publish(c, keep, echo.MIMEOctetStream, data)
}

//go:embed page/verify.html
var verifyPage []byte

// verify is the page that verifies a dossier in the browser. It may run its own script, known by its hash, and
// nothing else; it may speak to nobody, so that what is opened in it stays where it is.
func (p *Publication) verify(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, VerifyPolicy())
	return publish(c, forAnHour, echo.MIMETextHTMLCharsetUTF8, verifyPage)
}

// VerifyPolicy is the content security policy of that page.
func VerifyPolicy() string {
	return "default-src 'none'; script-src " + hashOf("script") + "; style-src " + hashOf("style") +
		"; connect-src 'none'; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; frame-ancestors 'none'"
}

// hashOf names the one element of a kind in the page by its content.
func hashOf(element string) string {
	text := string(verifyPage)
	_, text, _ = strings.Cut(text, "<"+element+">")
	text, _, _ = strings.Cut(text, "</"+element+">")
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

const plainText = "text/plain; charset=utf-8"

func publish(c echo.Context, cache, media string, body []byte) error {
	c.Response().Header().Set(echo.HeaderCacheControl, cache)
	return web.Blob(c, http.StatusOK, media, body)
}
