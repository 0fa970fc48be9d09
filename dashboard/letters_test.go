package dashboard_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// post is a desk with letters.
type post struct {
	batches []campaign.Batch
	left    int
	order   campaign.LetterOrder
	marked  campaign.Marking
	again   []campaign.BatchID
	over    error // nobody could say yes any more
	codes   string
	why     string
	refuse  error // what is said of codes and batches
	right   bool  // every code opens a letter
}

func (d *desk) Batches(context.Context, string) ([]campaign.Batch, error) {
	return d.post.batches, d.fail
}
func (d *desk) LettersLeft(context.Context, string) (int, error) { return d.post.left, d.fail }
func (d *desk) ClaimLetters(_ context.Context, actor campaign.Actor, o campaign.LetterOrder) (campaign.Printing, error) {
	d.actor, d.post.order = actor, o
	if d.post.left == 0 {
		return campaign.Printing{}, fault.New(fault.NotFound, "letters.none", "campaign {name} has no letter to print", "name", o.Campaign)
	}
	return campaign.Printing{Batch: campaign.Batch{ID: 7}, Campaign: d.campaigns[0]}, nil
}

func (d *desk) Printable(c campaign.Campaign) error {
	if c.Status != campaign.Running {
		return fault.New(fault.Conflict, "letters.status", "campaign {name} is {status}", "name", c.Name, "status", c.Status)
	}
	return d.post.over
}

func (d *desk) Answerable(c campaign.Campaign) error {
	if c.Status == campaign.Closed {
		return fault.New(fault.Invalid, "letters.past", "the last day is over")
	}
	return d.post.over
}

func (d *desk) PrintAgain(_ context.Context, _ campaign.Actor, _ string, id campaign.BatchID) (campaign.Printing, error) {
	d.post.again = append(d.post.again, id)
	return campaign.Printing{Batch: campaign.Batch{ID: id}, Campaign: d.campaigns[0]}, nil
}

func (d *desk) MarkBatch(_ context.Context, actor campaign.Actor, id campaign.BatchID, m campaign.Marking) (campaign.Marked, error) {
	d.actor, d.post.marked = actor, m
	if m.To == campaign.BatchLost && m.Because == "" {
		return campaign.Marked{}, fault.New(fault.Invalid, "letters.because", "say what happened to a lost batch")
	}
	return campaign.Marked{}, d.post.refuse
}

func (d *desk) WriteLetters(_ context.Context, w io.Writer, p campaign.Printing, list bool) error {
	_, err := fmt.Fprintf(w, "batch %d list %t", p.Batch.ID, list)
	return err
}

func (d *desk) ReturnCodes(_ context.Context, actor campaign.Actor, text, because string) (dashboard.LettersBack, error) {
	d.actor, d.post.codes, d.post.why = actor, text, because
	if d.post.right || d.post.refuse != nil {
		return dashboard.LettersBack{Suppressed: 2}, d.post.refuse
	}
	return dashboard.LettersBack{Suppressed: 2, Known: 1, Wrong: []dashboard.WrongCode{{Line: 3, Why: "mistyped"}, {Line: 4, Why: "unknown"}}}, nil
}

// postHouse is a house with a running campaign that asks by post.
func postHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	o := campaign.Organisation{Name: "Maison Lumen", Country: "FR"}
	f := campaign.File{Name: "spring", Audience: campaign.Audience{Routes: []campaign.Route{campaign.RouteEmail, campaign.RouteLetter}}}
	h.desk.campaigns = []campaign.Campaign{{ID: 1, Name: "spring", Status: campaign.Running, File: f, Frozen: &campaign.Frozen{File: f, Organisation: o}}}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	h.desk.post = post{left: 3, batches: []campaign.Batch{{ID: 1, State: campaign.BatchPosted, Window: campaign.WindowNF, Letters: 2, MovedAt: at},
		{ID: 2, State: campaign.BatchClaimed, Window: campaign.WindowNF, Letters: 1, MovedAt: at}}}
	return h
}

func TestThePageOfLettersShowsBatchesAndWhatCanBeDone(t *testing.T) {
	t.Parallel()
	h := postHouse(t)
	page := parse(t, h.as(account.Administrator).get("/admin/campaigns/spring/letters"))
	words := text(page)
	for _, want := range []string{"3 letters are in no batch yet.", "Batch 1 posted", "Batch 2 claimed", "right (NF Z 10-011)", "Letters that came back"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if strings.Index(words, "Batch 2") > strings.Index(words, "Batch 1") {
		t.Error("the newest batch is not the first")
	}
	if got := len(find(page, "form", "action", "/admin/campaigns/spring/letters/mark")); got != 1 {
		t.Errorf("%d batches can be marked, want the one that is under way", got)
	}
	page = parse(t, h.as(account.Viewer).get("/admin/campaigns/spring/letters"))
	if len(find(page, "button", "name", "form_of")) != 0 || len(find(page, "textarea", "id", "codes")) != 0 {
		t.Error("a viewer can print or take in")
	}
	if link := find(parse(t, h.as(account.Viewer).get("/admin/campaigns/spring/results")), "a", "href", "/admin/campaigns/spring/letters"); len(link) != 1 {
		t.Error("no way leads to the page")
	}
}

func TestLettersArePrintedFromThePage(t *testing.T) {
	t.Parallel()
	h := postHouse(t)
	b := h.as(account.Approver)
	w := b.post("/admin/campaigns/spring/letters", "window", "din", "form_of", "pdf")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || w.Header().Get("Content-Disposition") != `attachment; filename="letters-7.pdf"` || w.Body.String() != "batch 7 list false" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if o := h.desk.post.order; o.Campaign != "spring" || o.Window != campaign.WindowDIN || o.Most != 500 || !o.Skip || h.desk.actor.Name != "approver" {
		t.Errorf("%+v", o)
	}
	if w := b.post("/admin/campaigns/spring/letters/again", "batch", "2", "form_of", "csv"); w.Header().Get("Content-Disposition") != `attachment; filename="letters-2.csv"` {
		t.Errorf("%v", w.Header())
	}
	if w := b.post("/admin/campaigns/spring/letters/again", "batch", "9"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a batch of another campaign: %d", w.Code)
	}
	h.desk.post.left = 0
	if w := b.post("/admin/campaigns/spring/letters", "window", "din"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "no letter to print") {
		t.Errorf("%d", w.Code)
	}
}

// TestNothingIsOfferedThatIsNotPrinted: after the last day, after the close, and of a batch that is too large to be made for a page.
func TestNothingIsOfferedThatIsNotPrinted(t *testing.T) {
	t.Parallel()
	at := "/admin/campaigns/spring/letters"
	for name, c := range map[string]struct {
		change       func(*house)
		print, again bool
	}{
		"running": {func(*house) {}, true, true},
		"paused":  {func(h *house) { h.desk.campaigns[0].Status = campaign.Paused }, false, true},
		"over":    {func(h *house) { h.desk.post.over = fault.New(fault.Invalid, "letters.past", "the last day is over") }, false, false},
		"closed":  {func(h *house) { h.desk.campaigns[0].Status = campaign.Closed }, false, false},
		"large":   {func(h *house) { h.desk.post.batches[1].Letters = 501 }, true, false},
	} {
		h := postHouse(t)
		c.change(h)
		b := h.as(account.Approver)
		page := parse(t, b.get(at))
		if again, print := len(find(page, "form", "action", at+"/again")) > 0, len(find(page, "form", "action", at)) > 0; again != c.again || print != c.print {
			t.Errorf("%s: print %v, again %v", name, print, again)
		}
		if len(find(page, "form", "action", at+"/mark")) != 1 {
			t.Errorf("%s: what became of the batch cannot be said", name)
		}
		if said := strings.Contains(text(page), "reoptin campaign letters spring --batch 2 --out letters-2.pdf"); said != (name == "large") {
			t.Errorf("%s: says how else: %v", name, said)
		}
		if name != "large" {
			continue
		}
		if w := b.post(at+"/again", "batch", "2"); w.Code != http.StatusUnprocessableEntity || len(h.desk.post.again) != 0 || !strings.Contains(inRed(t, w), "more than 500 letters") {
			t.Errorf("%d, %v", w.Code, h.desk.post.again)
		}
	}
}

func TestABatchIsMarkedOnThePage(t *testing.T) {
	t.Parallel()
	h := postHouse(t)
	b := h.as(account.Approver)
	if w := b.post("/admin/campaigns/spring/letters/mark", "batch", "2", "as", "lost", "because", " "); w.Code != http.StatusUnprocessableEntity || !strings.Contains(inRed(t, w), "say what happened") {
		t.Errorf("%d", w.Code)
	}
	if w := b.post("/admin/campaigns/spring/letters/mark", "batch", "2", "as", "unposted", "because", "torn"); w.Header().Get("Location") != "/admin/campaigns/spring/letters?done=letters_marked" ||
		h.desk.post.marked != (campaign.Marking{To: campaign.BatchLost, Because: "torn", NotPosted: true}) {
		t.Errorf("%v %+v", w.Header(), h.desk.post.marked)
	}
}

func TestCodesOfReturnedLettersAreTakenIn(t *testing.T) {
	t.Parallel()
	h := postHouse(t)
	w := h.as(account.Marketer).post("/admin/campaigns/spring/letters/return", "codes", "A\nB", "because", "moved")
	words := text(parse(t, w))
	for _, want := range []string{"2 came back, 1 were known already, 2 open no letter.", "Line 3: there is a typing error", "Line 4: no letter has this code"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if h.desk.post.codes != "A\nB" || h.desk.post.why != "moved" || h.desk.actor.Name != "marketer" {
		t.Errorf("%+v %+v", h.desk.post, h.desk.actor)
	}
}

// TestCodesStayUntilTheyAreTakenIn: who typed three hundred of them and one wrong does not begin anew.
func TestCodesStayUntilTheyAreTakenIn(t *testing.T) {
	t.Parallel()
	const at = "/admin/campaigns/spring/letters/return"
	for name, c := range map[string]struct {
		change func(*house)
		stay   bool
	}{
		"one is wrong": {func(*house) {}, true},
		"refused":      {func(h *house) { h.desk.post.refuse = fault.New(fault.Invalid, "letters.no_codes", "there is no code") }, true},
		"taken in":     {func(h *house) { h.desk.post.right = true }, false},
	} {
		h := postHouse(t)
		c.change(h)
		page := parse(t, h.as(account.Marketer).post(at, "codes", "A\r\nB", "because", "moved away"))
		if typed := text(find(page, "textarea", "name", "codes")[0]); (typed == "A B") != c.stay {
			t.Errorf("%s: the codes are %q", name, typed)
		}
		for _, f := range find(page, "form", "action", at) {
			if why := attr(find(f, "input", "name", "because")[0], "value"); why != "moved away" {
				t.Errorf("%s: why is %q", name, why)
			}
		}
	}
}

func TestWhatWasSaidOfABatchStaysUntilItIsTakenIn(t *testing.T) {
	t.Parallel()
	h := postHouse(t)
	h.desk.post.refuse = fault.New(fault.Conflict, "letters.moved", "the batch is posted already")
	b := h.as(account.Approver)
	page := parse(t, b.post("/admin/campaigns/spring/letters/mark", "batch", "2", "as", "lost", "because", "the courier lost the van"))
	if f := find(page, "input", "value", "the courier lost the van"); len(f) != 1 {
		t.Errorf("it stands in %d fields:\n%s", len(f), text(page))
	}
}
