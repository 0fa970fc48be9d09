package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard does the main things with the keyboard alone: no click, no focus by script. Wherever the
// focus goes, it can be seen, and it comes out again at the end of the page.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.run("organisation", "apply", h.file("organisation.toml", today(t, "organisation.toml")))
	h.run("contacts", "import", h.file("base-lumen.csv", today(t, "base-lumen.csv")))
	h.run("contacts", "audit")
	h.serve()
	v := h.visitor(t)
	v.open("/admin")
	v.until(focused)
	v.roundTrip("the login")
	v.types("#name", administrator)
	v.types("#password", password)
	v.enters(kb.Enter)
	v.open("/admin/campaigns")
	v.types("#name", "winter")
	v.enters(kb.Enter)
	v.reaches(`a[href$="/winter/edit"]`)
	v.enters(kb.Enter)
	v.roundTrip("the form of a campaign")
	v.reaches("#title_fr")
	v.do("forget the preview", forgetting)
	v.strikes("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	v.strikes("Souhaitez-vous nos nouvelles ?")
	v.until(drawnAnew)
	v.reaches(".sticky button:not(.second)")
	v.enters(" ")
	v.reaches(`a[href$="/winter/approve"]`)
	v.enters(kb.Enter)
	v.reaches(`form[action$="/approve"] button`)
	v.enters(kb.Enter)
	v.reaches(`a[href$="/winter/start"]`)
	v.enters(kb.Enter)
	v.types("main form input:not([type=hidden])", "winter")
	v.reaches(`form[action$="/start"] button`)
	v.enters(kb.Enter)
	v.roundTrip("the campaign's page")
	h.relay.Wait(func() bool { return len(h.relay.Messages()) > 0 })
	v.calm("the marketer's pages")
	r := h.visitor(t)
	r.open(h.letters()[0].form)
	r.roundTrip("the recipient's form")
	r.reaches("input[type=checkbox]")
	r.strikes(" ")
	if !ask[bool](r, `document.querySelector("input[type=checkbox]").checked`) {
		t.Error("the space bar does not tick the box")
	}
	r.until(readIt)
	r.reaches("button[value=save]")
	r.enters(kb.Enter)
	if !ask[bool](r, `location.pathname.startsWith("/r/")`) {
		t.Errorf("no receipt after the answer:\n%s", r.text("main"))
	}
	r.roundTrip("the receipt")
	r.calm("the recipient's pages")
}

// strikes presses keys one after another, wherever the focus is.
func (v *tab) strikes(keys string, options ...chromedp.KeyOption) {
	v.t.Helper()
	v.do("strike "+keys, chromedp.KeyEvent(keys, options...))
}

// enters strikes a key that leads to another page.
func (v *tab) enters(key string) {
	v.t.Helper()
	v.leads("strike "+quoted(key)+" at "+v.spot().Name, 200, chromedp.KeyEvent(key))
}

// spot is where the focus is, and whether that can be seen.
type spot struct {
	Name string
	Seen bool
	Home bool // on the page itself: before its first stop or behind its last
	Mark bool // on the element that was asked for
}

// where tells of the spot. An outline, a shadow or a frame of the browser's own must be drawn, and not outside
// of what is shown.
const where = `(mark => {
	const e = document.activeElement
	if (!e || e == document.body) return {Name: "the page", Home: true}
	const r = e.getBoundingClientRect()
	const ring = e => { const s = getComputedStyle(e); return s.outlineStyle != "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow != "none" }
	const drawn = e.tagName == "IFRAME" || ring(e) || e.closest("label") && ring(e.closest("label"))
	const shown = r.width > 0 && r.height > 0 && r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth
	return {Name: e.tagName + "#" + e.id + "." + e.className + " " + (e.innerText ?? "").slice(0, 30), Seen: drawn && shown, Mark: !!mark && e.matches(mark)}
})`

func (v *tab) spot() spot {
	v.t.Helper()
	return ask[spot](v, where+`("")`)
}

// mostStops is more than any page has.
const mostStops = 250

// tabs goes to the next stop, or to the one before.
func (v *tab) tabs(back bool, mark string) spot {
	v.t.Helper()
	var options []chromedp.KeyOption
	if back {
		options = append(options, chromedp.KeyModifiers(chromedp.ModifierShift))
	}
	v.strikes(kb.Tab, options...)
	s := ask[spot](v, where+`(`+quoted(mark)+`)`)
	if !s.Home && !s.Seen {
		v.t.Errorf("the focus cannot be seen on %s", s.Name)
	}
	return s
}

// reaches goes on with the tabulator until an element has the focus.
func (v *tab) reaches(selector string) {
	v.t.Helper()
	for range mostStops {
		if v.tabs(false, selector).Mark {
			return
		}
	}
	v.t.Fatalf("%s is never reached; the focus is on %s", selector, v.spot().Name)
}

// types reaches a field and types into it.
func (v *tab) types(selector, text string) {
	v.t.Helper()
	v.reaches(selector)
	v.strikes(text)
}

// roundTrip goes through all stops of a page forwards, and some backwards: the focus is never caught.
func (v *tab) roundTrip(page string) {
	v.t.Helper()
	start := v.spot()
	seen := map[string]int{}
	for n := 0; ; n++ {
		s := v.tabs(false, "")
		if s.Home || s.Name == start.Name && n > 0 {
			break
		}
		if seen[s.Name]++; n > mostStops {
			v.t.Fatalf("the focus does not leave %s: %v", page, seen)
		}
	}
	before := v.tabs(true, "")
	if after := v.tabs(true, ""); after.Name == before.Name && !after.Home {
		v.t.Errorf("on %s, the focus does not go back from %s", page, before.Name)
	}
}
