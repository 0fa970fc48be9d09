package web

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// Policy is the content security policy of public pages: nothing but our own style sheet and
// images, forms that post only here, no frame around us (COMPLIANCE F.5). A door with scripts of
// its own sets another one on its group.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions are the features a page could ask a browser for; ours ask for none.
var permissions = [...]string{
	"accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "clipboard-write", "display-capture",
	"encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone",
	"midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
	"xr-spatial-tracking",
}

// Headers are the headers of every answer, whatever its status. HSTS is there only when base_url
// is https, and speaks for this host alone: the names beside it are not ours.
func Headers(https bool) map[string][]string {
	h := map[string][]string{
		"Cache-Control":                {"no-store"},
		"Content-Security-Policy":      {Policy},
		"Cross-Origin-Embedder-Policy": {"require-corp"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {strings.Join(permissions[:], "=(), ") + "=()"},
		// Not no-referrer: that would make browsers send Origin: null with our own forms.
		"Referrer-Policy":        {"same-origin"},
		"X-Content-Type-Options": {"nosniff"},
		"X-Frame-Options":        {"DENY"},
		"X-Robots-Tag":           {"noindex, nofollow, noarchive"},
	}
	if https {
		h["Strict-Transport-Security"] = []string{"max-age=63072000"}
	}
	return h
}

// secure sets the headers before anything else can answer, so that errors carry them too.
func secure(https bool) echo.MiddlewareFunc {
	headers := Headers(https)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			for name, values := range headers {
				h[name] = append([]string(nil), values...)
			}
			return next(c)
		}
	}
}

// IsPrefetch reports whether a browser or proxy only fetches ahead, without a person looking.
func IsPrefetch(c echo.Context) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		if strings.Contains(strings.ToLower(c.Request().Header.Get(name)), "prefetch") {
			return true
		}
	}
	return false
}
