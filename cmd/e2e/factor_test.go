package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
)

// app is an authenticator app: RFC 6238 with what every one takes for granted.
func app(t testing.TB, seed string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(seed, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	m := hmac.New(sha1.New, key)
	_ = binary.Write(m, binary.BigEndian, at.Unix()/30)
	sum := m.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// setsUp gives the person at a tab a second factor; look is called on each page of the way.
func (v *tab) setsUp(look func(page string)) (seed string, codes []string) {
	v.t.Helper()
	v.open("/admin/account")
	v.press(`form[action$="/account/factor"] button`)
	look("factor")
	seed = v.text("main p code")
	v.fill("#code", app(v.t, seed, time.Now()))
	v.press(".narrow button")
	look("recovery")
	codes = ask[[]string](v, `[...document.querySelectorAll(".codes code")].map(c => c.innerText)`)
	v.press(".narrow a.button")
	look("account with a factor")
	return seed, codes
}

// TestSecondFactor sets one up in the browser and logs in with it, with the app and without.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	h := newHouse(t, nil)
	h.serve()
	v := h.enter(t, approver)
	look := func(page string) {
		for _, l := range []struct {
			width int64
			theme string
		}{{1280, "light"}, {390, "dark"}} {
			v.look(l.width, l.theme)
			for _, wrong := range append(v.violations(checker), v.quiet()...) {
				t.Errorf("%s, %d, %s: %s", page, l.width, l.theme, wrong)
			}
			if wide := ask[string](v, overflow); wide != "" {
				t.Errorf("%s, %d: is wider than its window: %s", page, l.width, wide)
			}
		}
	}
	seed, codes := v.setsUp(look)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	v = h.enter(t, approver)
	look("code")
	v.fill("#code", app(t, seed, time.Now().Add(30*time.Second))) // the next: the present one may have been used
	v.press(".narrow button")
	v.until(`document.querySelector("nav")`)
	v = h.enter(t, approver)
	v.fill("#code", codes[0])
	v.press(".narrow button")
	v.until(`document.querySelector("nav")`)
	v.open("/admin/prove?to=/campaigns")
	look("prove")
	v.fill("#password", password)
	v.fill("#code", codes[1])
	v.press(".narrow button")
	if at := ask[string](v, "location.pathname"); at != "/admin/campaigns" {
		t.Errorf("proving leads to %s", at)
	}
}
