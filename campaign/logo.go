package campaign

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/jpeg" // a logo may be one
	_ "image/png"  // or the other
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// Logo is the picture of an organisation, as its pages show it.
type Logo struct {
	Name          string // logo.png, logo.jpg
	Media         string
	Content       []byte
	Width, Height int // in pixels
}

// What a logo may be. It travels within the organisation's own record, so it is small.
const (
	MostLogo     = 16 << 10 // octets
	mostLogoWide = 1200
	mostLogoTall = 400
)

var logoNames = map[string]string{"png": "logo.png", "jpeg": "logo.jpg"}

// accentColour is a colour as style sheets write it.
var accentColour = expression.Of(`^#[0-9A-Fa-f]{6}$`)

// LogoData writes a picture as the organisation keeps it. It fails as Organisation.Picture does.
func LogoData(content []byte) (string, error) {
	_, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		format = "png" // whatever it is, reading it back says so
	}
	data := "data:image/" + format + ";base64," + base64.StdEncoding.EncodeToString(content)
	_, err = Organisation{Logo: data}.Picture()
	return data, err
}

// Picture is the organisation's logo; nil when it has none.
func (o Organisation) Picture() (*Logo, error) {
	if o.Logo == "" {
		return nil, nil
	}
	head, data, ok := strings.Cut(o.Logo, ";base64,")
	if !ok || !strings.HasPrefix(head, "data:image/") {
		return nil, invalid("organisation.logo", "{where} must name a PNG or JPEG file that lies beside the organisation file; it is read when the file is applied on the command line")
	}
	content, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(content) > MostLogo {
		return nil, invalid("organisation.logo", "{where}: the picture is larger than {limit} KiB", "limit", MostLogo>>10)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || head != "data:image/"+format || logoNames[format] == "" {
		return nil, invalid("organisation.logo", "{where} is no picture in PNG or JPEG")
	}
	if c.Width < 1 || c.Height < 1 || c.Width > mostLogoWide || c.Height > mostLogoTall {
		return nil, invalid("organisation.logo", "{where}: the picture is {width} × {height} pixels, and may be {most}", "width", c.Width, "height", c.Height, "most", "1200 × 400")
	}
	return &Logo{Name: logoNames[format], Media: "image/" + format, Content: content, Width: c.Width, Height: c.Height}, nil
}

func (o Organisation) validateLook() error {
	if o.Accent != "" && !accentColour.MatchString(o.Accent) {
		return fault.New(fault.Invalid, "file.accent", "organisation.accent: {value} is no colour such as #0d5a63", "where", "organisation.accent", "value", o.Accent)
	}
	_, err := o.Picture()
	return err
}
