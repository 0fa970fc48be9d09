package lint

import (
	"math"
	"strconv"
	"strings"
)

// colour is red, green and blue from 0 to 1.
type colour [3]float64

// named are the names of colours that style sheets of forms and mails use.
var named = map[string]string{"white": "#fff", "black": "#000", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0", "lightgray": "#d3d3d3",
	"lightgrey": "#d3d3d3", "darkgray": "#a9a9a9", "darkgrey": "#a9a9a9", "red": "#f00", "green": "#008000", "lime": "#0f0", "blue": "#00f",
	"navy": "#000080", "yellow": "#ff0", "orange": "#ffa500", "whitesmoke": "#f5f5f5", "gainsboro": "#dcdcdc", "transparent": ""}

// colourOf reads a colour; ok is false for what is none, or lets through what lies behind.
func colourOf(text string) (c colour, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if hex, known := named[text]; known {
		text = hex
	}
	if digits, isHex := strings.CutPrefix(text, "#"); isHex {
		return hexColour(digits)
	}
	inside, isRGB := strings.CutPrefix(text, "rgb")
	if !isRGB {
		return c, false
	}
	parts := strings.FieldsFunc(strings.TrimPrefix(inside, "a"), func(r rune) bool { return strings.ContainsRune("(), /", r) })
	if len(parts) < 3 {
		return c, false
	}
	for i := range c {
		n, err := strconv.ParseFloat(parts[i], 64)
		if err != nil {
			return c, false
		}
		c[i] = min(max(n/255, 0), 1)
	}
	return c, len(parts) == 3 || parts[3] == "1" || parts[3] == "100%"
}

func hexColour(digits string) (c colour, ok bool) {
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		return c, false
	}
	return colour{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

// luminance is how bright a colour is to the eye (WCAG 2.2).
func (c colour) luminance() float64 {
	weights, sum := [3]float64{0.2126, 0.7152, 0.0722}, 0.0
	for i, v := range c {
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weights[i] * v
	}
	return sum
}

// contrast is how well one colour is read on another, from 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// pixels reads a length; of a size that grows with the window it is the least. ok is false for what cannot be told
// without a window.
func pixels(text string, parent float64) (float64, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if inside, ok := strings.CutPrefix(text, "clamp("); ok {
		least, _, _ := strings.Cut(inside, ",")
		return pixels(least, parent)
	}
	if text == "0" {
		return 0, true
	}
	for _, unit := range []struct {
		name string
		size float64
	}{{"rem", 16}, {"px", 1}, {"pt", 4.0 / 3}, {"em", parent}, {"%", parent / 100}} {
		if digits, ok := strings.CutSuffix(text, unit.name); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
			return n * unit.size, err == nil
		}
	}
	size, ok := map[string]float64{"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "smaller": parent / 1.2, "larger": parent * 1.2}[text]
	return size, ok
}
