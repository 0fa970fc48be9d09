package dashboard

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// LetterDesk is what the page of letters asks of the house.
type LetterDesk interface {
	Batches(ctx context.Context, name string) ([]campaign.Batch, error)
	LettersLeft(ctx context.Context, name string) (int, error)
	ClaimLetters(context.Context, campaign.Actor, campaign.LetterOrder) (campaign.Printing, error)
	// Printable says why no new letter of a campaign is printed now, Answerable why none is printed again: nobody could say yes to it.
	Printable(campaign.Campaign) error
	Answerable(campaign.Campaign) error
	PrintAgain(ctx context.Context, actor campaign.Actor, name string, id campaign.BatchID) (campaign.Printing, error)
	MarkBatch(context.Context, campaign.Actor, campaign.BatchID, campaign.Marking) (campaign.Marked, error)
	// WriteLetters writes a batch as PDF, or as a list for a mailing house.
	WriteLetters(ctx context.Context, w io.Writer, p campaign.Printing, list bool) error
	// ReturnCodes takes in letters that came back, by what was typed or scanned: one code a line, or a CSV.
	ReturnCodes(ctx context.Context, actor campaign.Actor, text, because string) (LettersBack, error)
}

// LettersBack is what came of some codes.
type LettersBack struct {
	Suppressed, Known int
	Wrong             []WrongCode
}

// WrongCode is a line that opens no letter: mistyped or unknown.
type WrongCode struct {
	Line int
	Why  string
}

// mostOnPage is how many letters one batch has that is printed from the page: it is made in memory. More are printed on the
// command line.
const mostOnPage = 500

// showLetters shows the batches of a campaign.
func (d *Dashboard) showLetters(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	return v.lettersPage(http.StatusOK, c, nil)
}

// printLetters claims the next batch and hands out its file.
func (d *Dashboard) printLetters(v *visit) error {
	return v.printing(func(c campaign.Campaign) (campaign.Printing, error) {
		return d.desk.ClaimLetters(v.ctx(), v.actor(), campaign.LetterOrder{Campaign: c.Name, Window: campaign.Window(v.FormValue("window")), Most: mostOnPage, Skip: true})
	})
}

// printAgain hands out the file of a batch once more.
func (d *Dashboard) printAgain(v *visit) error {
	return v.printing(func(c campaign.Campaign) (campaign.Printing, error) {
		id := campaign.BatchID(number(v.FormValue("batch")))
		bs, err := d.desk.Batches(v.ctx(), c.Name)
		if err != nil {
			return campaign.Printing{}, err
		}
		switch at := slices.IndexFunc(bs, func(b campaign.Batch) bool { return b.ID == id }); {
		case at < 0:
			return campaign.Printing{}, fault.New(fault.NotFound, "letters.no_batch", "there is no batch {id}", "id", int64(id)).At("dashboard.printAgain")
		case bs[at].Letters > mostOnPage:
			return campaign.Printing{}, fault.New(fault.Conflict, "board.letters.large", "batch {id} has more than {most} letters", "id", int64(id), "most", mostOnPage).
				At("dashboard.printAgain").Hint("reoptin campaign letters " + c.Name)
		}
		return d.desk.PrintAgain(v.ctx(), v.actor(), c.Name, id)
	})
}

func (v *visit) printing(claim func(campaign.Campaign) (campaign.Printing, error)) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	p, err := claim(c)
	if mendable(err) || fault.Is(err, fault.NotFound) {
		return v.lettersPage(http.StatusUnprocessableEntity, c, err)
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	list := v.FormValue("form_of") == "csv"
	if err := v.d.desk.WriteLetters(v.ctx(), &b, p, list); err != nil {
		return err
	}
	name := "letters-" + strconv.FormatInt(int64(p.Batch.ID), 10)
	if list {
		return v.download(name+".csv", "text/csv; charset=utf-8", b.Bytes())
	}
	return v.download(name+".pdf", "application/pdf", b.Bytes())
}

// markLetters records what became of a batch.
func (d *Dashboard) markLetters(v *visit) error {
	m := campaign.Marking{To: campaign.BatchState(v.FormValue("as")), Because: v.word("because")}
	if m.To == "unposted" {
		m.To, m.NotPosted = campaign.BatchLost, true
	}
	return v.act(ending{v.lettersPage, lettersPath, "letters_marked"}, func(campaign.Campaign) error {
		_, err := d.desk.MarkBatch(v.ctx(), v.actor(), campaign.BatchID(number(v.FormValue("batch"))), m)
		return err
	})
}

func lettersPath(c campaign.Campaign) string { return campaignPath(c.Name, "letters") }

// returnLetters takes in codes of letters that came back.
func (d *Dashboard) returnLetters(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	codes := v.FormValue("codes")
	back, err := d.desk.ReturnCodes(v.ctx(), v.actor(), codes, v.word("because"))
	if mendable(err) {
		return v.lettersPage(http.StatusUnprocessableEntity, c, err)
	}
	if err != nil {
		return err
	}
	page, err := v.letters(c, nil)
	if err != nil {
		return err
	}
	if len(back.Wrong) == 0 {
		page.Back.Codes = ""
	}
	page.Back.Result = v.P.T("board.letters.back_result", "new", v.P.Number(back.Suppressed), "known", v.P.Number(back.Known), "wrong", v.P.Number(len(back.Wrong)))
	for _, w := range back.Wrong {
		page.Back.Wrong = append(page.Back.Wrong, v.P.T("board.letters.wrong."+w.Why, "line", strconv.Itoa(w.Line)))
	}
	body, err := board.LettersHTML(page)
	return v.show(http.StatusOK, body, err)
}

func (v *visit) lettersPage(status int, c campaign.Campaign, wrong error) error {
	page, err := v.letters(c, wrong)
	if err != nil {
		return err
	}
	body, err := board.LettersHTML(page)
	return v.show(status, body, err)
}

func (v *visit) letters(c campaign.Campaign, wrong error) (board.Letters, error) {
	v.path = lettersPath(c)
	page := board.Letters{CampaignHead: v.head(c, ""), Problem: v.sentence(wrong)}
	if wrong != nil {
		page.Hint = v.hint(wrong)
	}
	bs, err := v.d.desk.Batches(v.ctx(), c.Name)
	if err != nil {
		return page, err
	}
	left, err := v.d.desk.LettersLeft(v.ctx(), c.Name)
	if err != nil {
		return page, err
	}
	page.Left = v.P.N("board.letters.left", left)
	if left > 0 && v.may(account.Start) && v.d.desk.Printable(c) == nil {
		page.Print = &board.LettersPrint{Action: v.d.href(campaignPath(c.Name, "letters")), Window: v.windowField(c)}
	}
	for n := len(bs) - 1; n >= 0; n-- { // the newest first
		page.Batches = append(page.Batches, v.letterBatch(c, bs[n]))
	}
	if len(bs) == 0 {
		page.None = &board.Empty{Title: v.P.T("board.letters.none"), Text: v.P.T("board.letters.none_text")}
	}
	if v.may(account.Suppress) {
		page.Back = &board.LettersBack{Action: v.d.href(campaignPath(c.Name, "letters/return")),
			Because: board.Field{Name: "because", Label: v.P.T("board.letters.because_back"), Value: v.P.T("board.letters.undeliverable"), Required: true}}
		if v.Request().Method == post && v.Request().PostForm.Has("codes") { // what was typed stays until every line of it is taken in
			page.Back.Codes, page.Back.Because.Value = v.FormValue("codes"), v.word("because")
		}
	}
	return page, nil
}

func (v *visit) windowField(c campaign.Campaign) board.Field {
	f := board.Field{Name: "window", Label: v.P.T("board.letters.envelope")}
	chosen := campaign.Window(v.FormValue("window"))
	if chosen == "" && c.Frozen != nil {
		chosen = campaign.WindowFor(c.Frozen.Organisation.Country)
	}
	for _, w := range campaign.Windows() {
		f.Options = append(f.Options, board.Option{Value: string(w), Label: v.P.T("board.letters.window." + string(w)),
			Current: w == chosen})
	}
	return f
}

func (v *visit) letterBatch(c campaign.Campaign, b campaign.Batch) board.LetterBatch {
	id := strconv.FormatInt(int64(b.ID), 10)
	kinds := map[campaign.BatchState]string{campaign.BatchClaimed: "wait", campaign.BatchPrinted: "wait", campaign.BatchPosted: "good", campaign.BatchLost: "bad"}
	l := board.LetterBatch{ID: id, Title: v.P.T("board.letters.batch", "id", id), State: board.Badge{Kind: kinds[b.State], Text: v.P.T("board.letters.state." + string(b.State))},
		Facts: strings.Join([]string{v.P.N("board.letters.letters", b.Letters), v.P.T("board.letters.window." + string(b.Window)), v.P.DateTime(b.MovedAt)}, " · ")}
	if (b.State == campaign.BatchClaimed || b.State == campaign.BatchPrinted) && v.may(account.Start) {
		l.Mark = v.d.href(campaignPath(c.Name, "letters/mark"))
		switch {
		case v.d.desk.Answerable(c) != nil: // it would be refused
		case b.Letters > mostOnPage:
			l.Large = v.P.T("board.letters.too_large", "command", "reoptin campaign letters "+c.Name+" --batch "+id+" --out letters-"+id+".pdf")
		default:
			l.Again = v.d.href(campaignPath(c.Name, "letters/again"))
		}
		l.Because = board.Field{Name: "because", Label: v.P.T("board.letters.because"), Hint: v.P.T("board.letters.because_hint")}
		if v.FormValue("batch") == id {
			l.Because.Value = v.word("because")
		}
	}
	return l
}

// whom is whom an invitation asks: the mailbox, or of a letter the place it goes to.
func (v *visit) whom(i campaign.Invitation) string {
	if i.Route == campaign.RouteLetter {
		return i.Shown()
	}
	return string(i.Email)
}
