package lint

import (
	"math"
	"testing"

	"golang.org/x/net/html"
)

func TestContrast(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		ink, ground string
		want        float64
	}{{"#000", "#fff", 21}, {"#767676", "#ffffff", 4.54}, {"rgb(255, 0, 0)", "white", 4}, {"#0d5a63", "#fffefb", 7.83}} {
		a, ok := colourOf(one.ink)
		b, also := colourOf(one.ground)
		if got := contrast(a, b); !ok || !also || math.Abs(got-one.want) > 0.05 {
			t.Errorf("%s on %s: %.2f, want %.2f", one.ink, one.ground, got, one.want)
		}
	}
	for _, text := range []string{"", "none", "transparent", "rgba(0,0,0,.5)", "#12", "#xyzxyz", "rgb(1)", "inherit", "linear-gradient(#fff, #000)"} {
		if _, ok := colourOf(text); ok {
			t.Errorf("%q is read as a colour", text)
		}
	}
}

func TestPixels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"1rem": 16, "12px": 12, "0.5em": 10, "150%": 30, "9pt": 12, "0": 0, "clamp(1.75rem, 1.45rem + 1.5vw, 2.375rem)": 28, "small": 13} {
		if got, ok := pixels(text, 20); !ok || math.Abs(got-want) > 0.01 {
			t.Errorf("%s: %.2f, want %.2f", text, got, want)
		}
	}
	for _, text := range []string{"calc(1px + 1vw)", "auto", "3vw", ""} {
		if _, ok := pixels(text, 16); ok {
			t.Errorf("%q is read as a size", text)
		}
	}
}

// TestCascade: the later and the more special rule wins, variables and inheritance are followed, states and what is
// not known count for nothing.
func TestCascade(t *testing.T) {
	t.Parallel()
	p := parsePage(`<html><head><style>.b{color:#222}</style></head><body><main class="m"><p id="x" class="a b">Ja</p><p class="a" style="color:#333">Nein</p></main></body></html>`)
	const sheet = `/* a { color: red } */ :root { --ink: #111; --two: var(--ink) } body { font: 600 20px/1.5 serif; color: var(--two) }
		.a { color: #444; font-size: .5em } .m > .a { background: #eee } .a:hover { color: #fff } p::before { color: #fff } .a + .a { color: #fff }
		@media (prefers-color-scheme: dark) { .a { color: #999 } } @media (min-width: 40rem) { .a { color: #fff } } #x { font-weight: 700 } broken`
	find := func(text string) *html.Node {
		for _, n := range p.elements {
			if n.Data == "p" && textOf(n) == text {
				return n
			}
		}
		t.Fatal("no " + text)
		return nil
	}
	light, dark := p.styling(sheet, false), p.styling(sheet, true)
	yes, no := find("Ja"), find("Nein")
	for _, one := range []struct {
		s    *styling
		n    *html.Node
		name string
		want string
	}{{light, yes, "color", "#222"}, {dark, yes, "color", "#222"}, {light, no, "color", "#333"}, {light, yes, "background-color", "#eee"}, {light, yes, "font-weight", "700"},
		{light, yes.Parent, "color", "#111"}, {light, no, "font-weight", "600"}} {
		if got := one.s.inherited(one.n, one.name); got != one.want {
			t.Errorf("%s of %q: %q, want %q", one.name, textOf(one.n), got, one.want)
		}
	}
	if got := light.size(yes); got != 10 {
		t.Errorf("size %v, want 10", got)
	}
	if light.differ(yes, no) == "" || light.differ(no, no) != "" {
		t.Error("two that differ are alike")
	}
}

func FuzzStyle(f *testing.F) {
	f.Add("a{b:c}", `<p style="color:#fff">x`)
	f.Add(":root{--a:var(--a)} p{color:var(--a,var(--b))} @media{", "<button class=a>x</button>")
	f.Add("a > > b{}}}{{ @import url(x); c{font:1px/2 x}", "<style>p{}</style><p>x")
	f.Fuzz(func(t *testing.T, sheet, markup string) {
		p := parsePage(markup)
		for _, dark := range []bool{false, true} {
			s := p.styling(sheet, dark)
			for _, n := range p.elements {
				s.ink(n)
				s.ground(n)
				s.size(n)
				s.differ(n, p.elements[0])
			}
		}
	})
}
