package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// TestPasskey adds a passkey, logs in with it, and proves with it who it is, in a browser whose device is played by
// the browser itself.
func TestPasskey(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	h := newHouse(t, nil)
	h.url = strings.Replace(h.url, "127.0.0.1", "localhost", 1) // a passkey belongs to a name
	h.env = append(h.env, "REOPTIN_BASE_URL="+h.url)
	h.serve()
	v := h.enter(t, approver)
	v.do("plug in", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
	look := func(page string) {
		for _, wrong := range append(v.violations(checker), v.quiet()...) {
			t.Errorf("%s: %s", page, wrong)
		}
	}
	v.open("/admin/account")
	v.until(`!document.querySelector("form[data-make]").hidden`)
	look("account")
	v.fill("#name", "Laptop")
	v.press("form[data-make] button")
	v.until(`document.querySelectorAll(".codes code").length == 10`)
	v.press(".narrow a.button")
	v.until(`[...document.querySelectorAll("th")].some(h => h.innerText == "Laptop")`)
	look("account with a passkey")
	v.do("log out", chromedp.Evaluate[chromedp.Void](`fetch("/admin/logout", {method: "POST", redirect: "manual", body: new URLSearchParams({form: document.querySelector("[name=form]").value})})`, chromedp.EvalAwaitPromise))
	v.open("/admin")
	v.until(focused)
	v.fill("#name", approver)
	v.fill("#password", password)
	v.press(".narrow button")
	v.until(`!document.querySelector("form[data-passkey]").hidden`)
	look("code")
	v.press("form[data-passkey] button")
	v.until(`document.querySelector("nav")`)
	v.open("/admin/prove?to=/campaigns")
	v.until(`!document.querySelector("form[data-passkey]").hidden`)
	look("prove")
	v.press("form[data-passkey] button")
	if at := ask[string](v, "location.pathname"); at != "/admin/campaigns" {
		t.Errorf("proving leads to %s", at)
	}
	v.open("/admin/account")
	v.press(`form[action$="/passkey/remove"] button`)
	v.until(`![...document.querySelectorAll("th")].some(h => h.innerText == "Laptop")`)
}
