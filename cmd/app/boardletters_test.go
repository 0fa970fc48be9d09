package app

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
)

// The letter on the pages is the one that the command writes, and no page of a campaign of letters leads to a message.
func TestThePagesShowTheLetterThatTheCommandWrites(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{})
	h.neighbour(0, "nadia@iris.example", map[string]string{"consent_method": "unticked_box"})
	h.neighbour(1, "", nil)
	h.approve("post", func(f *campaign.File) { f.Audience.Routes = []campaign.Route{campaign.RouteLetter} })
	c, err := h.app.Desk.Campaign(t.Context(), "post")
	h.must(err)
	files, err := h.app.Preview(t.Context(), "post", "fr", "nadia@iris.example", h.at("preview"))
	h.must(err)
	wrote, err := os.ReadFile(files[0])
	h.must(err)
	who, err := h.app.Desk.SampleOf(t.Context(), "nadia@iris.example")
	h.must(err)
	who.Language = "fr"
	var shown bytes.Buffer
	h.must(h.app.Desk.PreviewLetter(t.Context(), &shown, c.File, who))
	if !strings.HasSuffix(files[0], "letter.fr.pdf") || !bytes.Equal(wrote, shown.Bytes()) {
		t.Errorf("%s has %d bytes, and %d are shown", files[0], len(wrote), shown.Len())
	}

	mila := h.person("mila", account.Marketer)
	_, w := h.board(mila, "/admin/campaigns/post/check")
	if page := w.Body.String(); !strings.Contains(page, "/admin/campaigns/post/frame/letter.fr") || strings.Contains(page, "frame/message.") || strings.Contains(page, `action="/admin/campaigns/post/test"`) {
		t.Errorf("the check is %d and shows a message, or no letter", w.Code)
	}
	if _, w := h.board(mila, "/admin/campaigns/post/frame/letter.fr"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Errorf("the letter to somebody made up is %d: %.40s", w.Code, w.Body)
	}
	if _, w := h.board(mila, "/admin/campaigns/"+spring+"/frame/letter.fr"); w.Code != http.StatusNotFound {
		t.Errorf("a campaign of messages has a letter: %d", w.Code)
	}

	h.start("post")
	run, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: "post", Out: h.at("letters.pdf")})
	h.must(err)
	_, err = h.app.MarkLetters(t.Context(), run.Batch, "posted", "", false)
	h.must(err)
	adam := h.person("adam", account.Administrator)
	var reader int64
	h.view(func(r campaign.Reader) error {
		c, err := h.app.find(r, "Vb")
		reader = int64(c.ID)
		return err
	})
	if _, w := h.board(adam, fmt.Sprint("/admin/base/contacts/", reader)); !strings.Contains(w.Body.String(), "/admin/campaigns/post/frame/letter.") || strings.Contains(w.Body.String(), "frame/message.") {
		t.Errorf("the page of somebody who got a letter leads to a message, or to nothing: %d", w.Code)
	}
}
