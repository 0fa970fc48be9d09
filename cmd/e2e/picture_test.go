package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A shot is a way of taking a picture of a page.
type shot struct {
	suffix, theme string
	width, most   int64 // in pixels of the page; longer ones are cut
	scale         float64
}

var shots = []shot{{"", "light", 1280, 1900, 1}, {"-phone", "dark", 390, 1700, 1.25}}

// The upper part of one page is the picture of the README.
const covered = "base"

var cover = shot{"-cover", "light", 1280, 960, 1}

// gallery is the folder of the pictures of all pages, in docs.
const gallery = "img/pages"

// TestPictures puts a picture of every page into the folder that REOPTIN_PICTURES names.
func TestPictures(t *testing.T) {
	dir := os.Getenv("REOPTIN_PICTURES")
	if dir == "" {
		t.Skip("REOPTIN_PICTURES names no folder (make screenshots)")
	}
	f := furnish(t)
	for _, s := range f.sights(t) {
		v := f.seat(t, s.as)
		taken := shots
		if s.name == covered {
			taken = append(slices.Clone(shots), cover)
		}
		for _, one := range taken {
			if err := os.WriteFile(filepath.Join(dir, s.name+one.suffix+".webp"), v.picture(s, one), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		v.end()
	}
}

// picture shows a page in a window as high as the page, so that its frames are drawn too.
func (v *tab) picture(s sight, one shot) []byte {
	v.t.Helper()
	v.look(one.width, one.theme)
	v.shows(s)
	height := min(ask[int64](v, `document.documentElement.scrollHeight`), one.most)
	v.do("size the window", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: one.width, Height: height, DeviceScaleFactor: one.scale})
		return err
	}))
	quality := int64(60)
	ctx, end := context.WithTimeout(v.ctx, longest)
	defer end()
	res, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
	v.must(err, "take a picture of "+s.path)
	return res.Data
}

// pictured says what the pages' own page lacks: it shows every page, with a picture that is there.
func pictured(t testing.TB, all []sight) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/pages.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, one := range shots {
			name := gallery + "/" + s.name + one.suffix + ".webp"
			if _, err := os.Stat(filepath.Join(root, "docs", name)); err != nil || !strings.Contains(string(text), name) {
				t.Errorf("docs/pages.md does not show %s: make screenshots, then write what it shows", name)
			}
		}
	}
}
