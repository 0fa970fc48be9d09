package campaign

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func TestLogo(t *testing.T) {
	t.Parallel()
	draw := func(encode func(*bytes.Buffer, image.Image) error, wide, tall int) []byte {
		var b bytes.Buffer
		if err := encode(&b, image.NewPaletted(image.Rect(0, 0, wide, tall), []color.Color{color.White})); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	asPNG := func(b *bytes.Buffer, i image.Image) error { return png.Encode(b, i) }
	asJPEG := func(b *bytes.Buffer, i image.Image) error { return jpeg.Encode(b, i, nil) }
	asGIF := func(b *bytes.Buffer, i image.Image) error { return gif.Encode(b, i, nil) }
	for name, content := range map[string][]byte{"logo.png": draw(asPNG, 300, 90), "logo.jpg": draw(asJPEG, 60, 20)} {
		data, err := LogoData(content)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Organisation{Logo: data}.Picture()
		if err != nil || p.Name != name || !bytes.Equal(p.Content, content) {
			t.Errorf("%s: %+v %v", name, p, err)
		}
	}
	for what, content := range map[string][]byte{
		"too wide": draw(asPNG, 1201, 10), "too tall": draw(asPNG, 10, 401), "a GIF": draw(asGIF, 10, 10), "text": []byte("<svg onload=alert(1)>"), "nothing": nil,
		"too large": append(draw(asPNG, 10, 10), make([]byte, MostLogo)...),
	} {
		if data, err := LogoData(content); err == nil {
			t.Errorf("%s is taken: %.40s", what, data)
		}
	}
	for _, data := range []string{"logo.png", "https://elsewhere.example/a.png", "data:text/html;base64,PGI+", "data:image/svg+xml;base64,PHN2Zz4=", "data:image/png;base64,%%%"} {
		if _, err := (Organisation{Logo: data}).Picture(); err == nil {
			t.Errorf("%s is taken", data)
		}
	}
	for accent, ok := range map[string]bool{"": true, "#0d5a63": true, "#FFD400": true, "red": false, "#fff": false, "#0d5a6g": false, "#0d5a63; } body { display: none": false} {
		if err := (Organisation{Accent: accent}).validateLook(); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "accent") {
			t.Errorf("%q: %v", accent, err)
		}
	}
}
