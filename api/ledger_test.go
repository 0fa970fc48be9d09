package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/api"
	"github.com/reoptin/reoptin/ledger"
)

// anyTile is a ledger that has every tile.
type anyTile struct{ api.Ledger }

func (anyTile) Tile(context.Context, ledger.Tile) ([]byte, bool, error) {
	return []byte("hashes"), true, nil
}

// A restore puts other entries where the last ones were: what caches keep of the edge must not outlive that.
func TestTilesOfTheEdgeAreNotKeptForAYear(t *testing.T) {
	e := echo.New()
	api.NewPublication(anyTile{}).Register(e)
	for path, want := range map[string]string{
		"0/000": "public, max-age=31536000, immutable", "entries/000": "public, max-age=31536000, immutable",
		"0/000.p/255": "public, max-age=10", "1/000.p/1": "public, max-age=10", "entries/x001/000.p/9": "public, max-age=10",
	} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, api.LedgerPath+"ledger/tile/"+path, nil))
		if got := w.Header().Get(echo.HeaderCacheControl); w.Code != http.StatusOK || got != want {
			t.Errorf("%s: %d %q, want %q", path, w.Code, got, want)
		}
	}
}
