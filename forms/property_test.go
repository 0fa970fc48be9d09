package forms_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/link"
)

// Whatever is posted, a yes is recorded only for a box whose one value was yes, from a page that is
// old enough, with exactly one act; and what is not answered with 303 recorded nothing.
func TestNoPostMakesAYesThatNobodyGave(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		h := newHouse(t)
		target := h.path(rapid.SampledFrom([]link.Purpose{link.Form, link.Preferences, link.OneClick}).Draw(r, "page"))
		nonce := h.fresh(h.path(link.Form))
		age := time.Duration(rapid.IntRange(0, 4).Draw(r, "age")) * time.Second
		h.wait(age)
		body := url.Values{}
		names := []string{"form", "action", "change", "to", "remark", "confirmed", "decision.newsletter.email", "decision.offers.sms", "decision.x.y", "List-Unsubscribe"}
		values := []string{nonce, "", "yes", "no", "on", "save", "refuse-all", "unsubscribe", "newsletter.email", "One-Click"}
		if rapid.Bool().Draw(r, "likely") {
			body.Set("form", nonce)
			body.Set("action", "save")
		}
		for range rapid.IntRange(0, 5).Draw(r, "fields") {
			body.Add(rapid.SampledFrom(names).Draw(r, "name"), rapid.SampledFrom(values).Draw(r, "value"))
		}
		w := h.post(target, body)
		oneClick := target[:3] == "/u/" && w.Code == http.StatusOK && len(h.desk.objected) == 1
		if recorded := h.desk.acts(); recorded > 1 || recorded == 1 && w.Code != http.StatusSeeOther && !oneClick || recorded == 0 && w.Code == http.StatusSeeOther {
			r.Fatalf("%d with %d recorded", w.Code, recorded)
		}
		for _, a := range h.desk.answers {
			for _, l := range a.Lines {
				box := body["decision."+l.Purpose+"."+l.Channel]
				ticked := body.Get("action") == "save" && len(box) == 1 && box[0] == "yes"
				changed := body.Get("change") == l.Purpose+"."+l.Channel && body.Get("to") == "yes"
				if l.Yes && (!ticked && !changed || age < 2*time.Second || body.Get("form") != nonce || body.Get("remark") != "") {
					r.Fatalf("%v became %+v", body, a)
				}
			}
		}
	})
}
