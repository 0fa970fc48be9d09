package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"github.com/reoptin/reoptin/static"
)

// colour has its parts from 0 to 1.
type colour [3]float64

// The grounds of both themes, as consent.css has them, and what is written on a button.
var (
	lightPaper, lightSheet = colour{0xf6 / 255., 0xf4 / 255., 0xef / 255.}, colour{1, 0xfe / 255., 0xfb / 255.}
	darkPaper, darkSheet   = colour{0x12 / 255., 0x18 / 255., 0x1a / 255.}, colour{0x1a / 255., 0x22 / 255., 0x24 / 255.}
	lightLabel, darkLabel  = colour{1, 1, 1}, colour{0x0c / 255., 0x1b / 255., 0x1d / 255.}
	black, white           = colour{}, colour{1, 1, 1}
)

// leastContrast is what text needs (WCAG 2.2, 1.4.3).
const leastContrast = 4.5

// Sheetfile is the style sheet with an organisation's colour, "#0d5a63", to be kept beside the pages that are shown
// with it. Without one it is the house's own. A colour that could not be read on one of the grounds is made darker
// on light and lighter on dark, as little as is needed.
func Sheetfile(accent string) (static.File, bool) {
	f, ok := static.Open(Stylesheet)
	c, coloured := parseColour(accent)
	if !ok || !coloured {
		return f, ok
	}
	light, lightWash := c.readable(black, lightPaper, lightSheet, lightLabel)
	dark, darkWash := c.readable(white, darkPaper, darkSheet, darkLabel)
	more := fmt.Sprintf("\n/* The organisation's colour: %s. */\n:root { --accent: %s; --accent-deep: %s; --accent-wash: %s; }\n@media (prefers-color-scheme: dark) { :root { --accent: %s; --accent-deep: %s; --accent-wash: %s; } }\n",
		c, light, light.mix(black, 0.3), lightWash, dark, dark.mix(white, 0.3), darkWash)
	f.Content = append(append([]byte{}, f.Content...), more...)
	sum := sha256.Sum256(f.Content)
	f.SHA256 = hex.EncodeToString(sum[:])
	return f, true
}

func parseColour(text string) (c colour, ok bool) {
	if len(text) != 7 || text[0] != '#' {
		return c, false
	}
	n, err := strconv.ParseUint(text[1:], 16, 24)
	for i := range c {
		c[i] = float64(n>>(16-8*i)&0xff) / 255
	}
	return c, err == nil
}

// readable is the colour, moved towards another until it can be read on all grounds and a label on it, with
// the wash of it that stands behind notices.
func (c colour) readable(towards, paper, sheet, label colour) (is, wash colour) {
	for n := 0; ; n++ {
		is = c.mix(towards, float64(n)/50).rounded()
		wash = sheet.mix(is, 0.1).rounded()
		if n == 50 || contrast(is, paper) >= leastContrast && contrast(is, sheet) >= leastContrast && contrast(is, wash) >= leastContrast && contrast(is, label) >= leastContrast {
			return is, wash
		}
	}
}

func (c colour) mix(with colour, share float64) (out colour) {
	for i := range c {
		out[i] = c[i]*(1-share) + with[i]*share
	}
	return out
}

func (c colour) rounded() (out colour) {
	for i := range c {
		out[i] = math.Round(c[i]*255) / 255
	}
	return out
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0]*255)), int(math.Round(c[1]*255)), int(math.Round(c[2]*255)))
}

// contrast of two colours, from 1 to 21 (WCAG 2.2).
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
