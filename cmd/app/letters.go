package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// LetterJob says what to print, and where to.
type LetterJob struct {
	Campaign string
	Batch    int64  // one that is printed again; 0: a new one
	Out      string // PDF; may be empty with List
	List     string // CSV for a mailing house; may be empty
	Window   string // din, nf, us; "": as in the organisation's country
	Most     int
	Skip     bool
}

// LetterRun is what was printed.
type LetterRun struct {
	Campaign string        `json:"campaign"`
	Batch    int64         `json:"batch"`
	Letters  int           `json:"letters"`
	Window   string        `json:"window"`
	Files    []string      `json:"files"`
	Skipped  []BadLetter   `json:"skipped"`  // they stay planned
	LeftOut  []LetterPlace `json:"left_out"` // of a batch that is printed again: they said no meanwhile
}

// BadLetter is a letter that cannot be printed.
type BadLetter struct {
	Contact int64  `json:"contact"`
	Problem string `json:"problem"`
}

// LetterPlace names a letter without naming anybody.
type LetterPlace struct {
	Batch  int64 `json:"batch"`
	Letter int   `json:"letter"`
}

// PrintLetters claims a batch, or takes one that was claimed, and writes it. The files appear whole or not at all; when it fails
// after the claim, the batch is printed again under its number.
func (a *App) PrintLetters(ctx context.Context, j LetterJob) (LetterRun, error) {
	run := LetterRun{Campaign: j.Campaign, Files: []string{}, Skipped: []BadLetter{}, LeftOut: []LetterPlace{}}
	for _, path := range []string{j.Out, j.List} { // before anybody is claimed
		if err := writable(path); err != nil {
			return run, err
		}
	}
	p, err := a.printing(ctx, j)
	for _, b := range p.Bad {
		run.Skipped = append(run.Skipped, BadLetter{int64(b.Contact), b.Err.Error()})
	}
	if err != nil {
		return run, err
	}
	run.Batch, run.Letters, run.Window = int64(p.Batch.ID), len(p.Letters), string(p.Batch.Window)
	for _, i := range p.Silent {
		run.LeftOut = append(run.LeftOut, LetterPlace{run.Batch, p.Places[i.ID]})
	}
	if j.Out != "" {
		if err := a.writeLetters(ctx, j.Out, p, a.sheets.letters.Print); err != nil {
			return run, err
		}
		run.Files = append(run.Files, j.Out)
	}
	if j.List != "" {
		if err := a.writeLetters(ctx, j.List, p, a.sheets.letters.List); err != nil {
			return run, err
		}
		run.Files = append(run.Files, j.List)
	}
	return run, nil
}

func (a *App) printing(ctx context.Context, j LetterJob) (campaign.Printing, error) {
	if j.Batch == 0 {
		return a.Desk.ClaimLetters(ctx, Operator(), campaign.LetterOrder{Campaign: j.Campaign, Window: campaign.Window(j.Window), Most: j.Most, Skip: j.Skip})
	}
	return a.Desk.PrintAgain(ctx, Operator(), j.Campaign, campaign.BatchID(j.Batch))
}

// writeLetters writes one file of a batch. It says how to have it again when it cannot.
func (a *App) writeLetters(ctx context.Context, path string, p campaign.Printing, write func(context.Context, io.Writer, campaign.Printing) error) error {
	err := WriteFile(path, func(w io.Writer) error {
		a.points.At("letters.writing")
		b := bufio.NewWriterSize(w, 1<<18)
		return errors.Join(write(ctx, b, p), b.Flush())
	})
	if err == nil {
		return nil
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		kind = fault.Unavailable
	}
	return fault.New(kind, "letters.unwritten", "batch {id} is claimed, and its file {path} was not written", "id", int64(p.Batch.ID), "path", path).Because(err).At("app.PrintLetters").
		Hint("reoptin campaign letters " + p.Campaign.Name + " --batch " + strconv.FormatInt(int64(p.Batch.ID), 10) + " --out FILE prints it again")
}

// writable says why nothing can be written to a path, if it cannot.
func writable(path string) error {
	if path == "" {
		return nil
	}
	at, direct, err := placeOf(path)
	if err != nil || direct {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(at), "."+filepath.Base(at)+".*")
	if err != nil {
		return unwritable(path, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// BatchLine is a batch for people and machines.
type BatchLine struct {
	Batch   int64  `json:"batch"`
	State   string `json:"state"`
	Window  string `json:"window"`
	Letters int    `json:"letters"`
	At      string `json:"at"`
	MovedAt string `json:"moved_at"`
}

// BatchList is a page of batches, and how many letters are in none yet.
type BatchList struct {
	Campaign string      `json:"campaign"`
	Left     int         `json:"left"`
	Batches  []BatchLine `json:"batches"`
	Next     string      `json:"next"`
}

// Batches lists the batches of a campaign.
func (a *App) Batches(ctx context.Context, name string, p Page) (BatchList, error) {
	l := BatchList{Campaign: name, Batches: []BatchLine{}}
	all, err := a.Desk.Batches(ctx, name)
	if err != nil {
		return l, err
	}
	if l.Left, err = a.Desk.LettersLeft(ctx, name); err != nil {
		return l, err
	}
	part, next, err := page(p, all, func(b campaign.Batch) int64 { return int64(b.ID) })
	l.Next = next
	for _, b := range part {
		l.Batches = append(l.Batches, batchLine(b))
	}
	return l, err
}

// Unmarked are the batches of a campaign of which nobody has said yet what became of them.
func (a *App) Unmarked(ctx context.Context, name string) (out []BatchLine, err error) {
	all, err := a.Desk.Batches(ctx, name)
	for _, b := range all {
		if b.State == campaign.BatchClaimed || b.State == campaign.BatchPrinted {
			out = append(out, batchLine(b))
		}
	}
	return out, err
}

func batchLine(b campaign.Batch) BatchLine {
	return BatchLine{int64(b.ID), string(b.State), string(b.Window), b.Letters, stamp(b.At), stamp(b.MovedAt)}
}

// LetterMark is what marking a batch changed.
type LetterMark struct {
	BatchLine
	Sent      int           `json:"sent"`
	Released  int           `json:"released"`
	Uncertain int           `json:"uncertain"`
	TakeOut   []LetterPlace `json:"take_out"` // letters of people who have said no
}

// MarkLetters records what became of a batch.
func (a *App) MarkLetters(ctx context.Context, batch int64, to, because string, notPosted bool) (LetterMark, error) {
	m, err := a.Desk.MarkBatch(ctx, Operator(), campaign.BatchID(batch), campaign.Marking{To: campaign.BatchState(to), Because: because, NotPosted: notPosted})
	out := LetterMark{BatchLine: batchLine(m.Batch), Sent: m.Sent, Released: m.Released, Uncertain: m.Unknown, TakeOut: []LetterPlace{}}
	for _, s := range m.Silent {
		out.TakeOut = append(out.TakeOut, LetterPlace{int64(s.Batch), s.N})
	}
	return out, err
}

// ReturnedLetter is what became of one code.
type ReturnedLetter struct {
	Line   int    `json:"line"`   // of what was given
	Effect string `json:"effect"` // suppressed, known, unknown or mistyped
	Batch  int64  `json:"batch"`
	Letter int    `json:"letter"`
}

// ReturnedLetters is what became of all.
type ReturnedLetters struct {
	Letters    []ReturnedLetter `json:"letters"`
	Suppressed int              `json:"suppressed"`
	Known      int              `json:"known"`
	Unknown    int              `json:"unknown"` // and mistyped
}

// mostReturns bounds how many letters come back at once.
const mostReturns = 10000

// LetterCode is what was typed or scanned from a letter, and on which line.
type LetterCode struct {
	Line int
	Text string
}

// TypedCodes are codes that were given one by one.
func TypedCodes(texts ...string) (codes []LetterCode) {
	for n, text := range texts {
		codes = append(codes, LetterCode{n + 1, text})
	}
	return codes
}

// ReturnLetters records letters that came back, by what is typed or scanned from them.
func (a *App) ReturnLetters(ctx context.Context, actor campaign.Actor, codes []LetterCode, because string) (ReturnedLetters, error) {
	out := ReturnedLetters{Letters: []ReturnedLetter{}}
	if len(codes) > mostReturns {
		return out, fault.New(fault.Invalid, "letters.most", "at most {n} codes are taken at once", "n", mostReturns)
	}
	for _, code := range codes {
		text := strings.TrimSpace(code.Text)
		if text == "" {
			continue
		}
		line, err := a.returnLetter(ctx, actor, text, because)
		if err != nil {
			return out, err
		}
		line.Line = code.Line
		switch line.Effect {
		case string(campaign.EffectSuppressed):
			out.Suppressed++
		case string(campaign.EffectKnown):
			out.Known++
		default:
			out.Unknown++
		}
		out.Letters = append(out.Letters, line)
	}
	return out, nil
}

func (a *App) returnLetter(ctx context.Context, actor campaign.Actor, text, because string) (ReturnedLetter, error) {
	id, ok, err := a.letterOf(ctx, text)
	switch {
	case fault.Is(err, fault.NotFound):
		return ReturnedLetter{Effect: "unknown"}, nil
	case err != nil:
		return ReturnedLetter{}, err
	case !ok:
		return ReturnedLetter{Effect: "mistyped"}, nil
	}
	back, err := a.Desk.ReturnLetter(ctx, actor, id, because)
	if fault.Is(err, fault.NotFound) {
		return ReturnedLetter{Effect: "unknown"}, nil
	}
	return ReturnedLetter{Effect: string(back.Effect), Batch: int64(back.Place.Batch), Letter: back.Place.N}, err
}

// letterOf reads a code as it was typed, or the link that a scanner gives.
func (a *App) letterOf(ctx context.Context, text string) (id campaign.LinkID, ok bool, err error) {
	if at := strings.LastIndex(text, "/c/"); at >= 0 {
		t, err := a.links.Parse(link.Form, text[at+len("/c/"):], a.clock())
		return t.ID, err == nil, nil
	}
	code, err := link.ReadCode(text)
	if err != nil {
		return id, false, nil
	}
	id, err = a.Desk.OpenCode(ctx, campaign.CodeDigest(code.Digest()))
	return id, err == nil, err
}

// whose names the contact whose letter has a code by our number; a text that is no code of a letter stays as it is.
func (a *App) whose(ctx context.Context, text string) (string, error) {
	code, err := link.ReadCode(text)
	if err != nil {
		return text, nil
	}
	id, err := a.Desk.OpenCode(ctx, campaign.CodeDigest(code.Digest()))
	if fault.Is(err, fault.NotFound) {
		return text, nil
	}
	if err != nil {
		return "", err
	}
	view, err := a.Desk.Show(ctx, id)
	return campaign.Numbered(view.Contact), err
}

// CodesIn reads the codes of letters that came back from a table as contacts import reads it: of the column named code or link, else of
// the one that begins with a code, else of the first. A row that cannot be read counts as mistyped, and is told like one.
func CodesIn(in io.Reader, path string) (codes []LetterCode, err error) {
	spool, _, err := spoolReader(in, path, maxReturns)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, discard(spool)) }()
	file := &baseFile{spool: spool, path: path, said: reading{most: mostReturns}}
	r, err := file.open()
	if err != nil {
		return nil, err
	}
	column := codeColumn(r.Header())
	if column < 0 {
		column = max(0, slices.IndexFunc(r.Header(), isCode))
		codes = append(codes, LetterCode{1, r.Header()[column]})
	}
	for row, err := range rows(r) {
		if err != nil {
			return nil, file.named(err)
		}
		code := LetterCode{Line: row.Line, Text: unreadableCode}
		if column < len(row.Cells) {
			code.Text = row.Cells[column]
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// maxReturns bounds the octets of a table of codes, and unreadableCode stands for a cell of it that is not there.
const (
	maxReturns     = 16 << 20
	unreadableCode = "?"
)

func codeColumn(row []string) int {
	for _, name := range []string{"code", "link"} {
		if n := slices.IndexFunc(row, func(cell string) bool { return strings.EqualFold(cell, name) }); n >= 0 {
			return n
		}
	}
	return -1
}

func isCode(text string) bool {
	_, err := link.ReadCode(text)
	return err == nil || strings.Contains(text, "/c/")
}

// WriteLetters writes a batch as PDF, or as a list for a mailing house.
func (d desk) WriteLetters(ctx context.Context, w io.Writer, p campaign.Printing, list bool) error {
	if list {
		return d.app.sheets.letters.List(ctx, w, p)
	}
	return d.app.sheets.letters.Print(ctx, w, p)
}

// ReturnCodes takes in letters that came back, by what was typed or scanned.
func (d desk) ReturnCodes(ctx context.Context, actor campaign.Actor, text, because string) (out dashboard.LettersBack, err error) {
	if strings.TrimSpace(text) == "" {
		return out, nil
	}
	codes, err := CodesIn(strings.NewReader(text), "-")
	if err != nil {
		return out, err
	}
	r, err := d.app.ReturnLetters(ctx, actor, codes, because)
	out.Suppressed, out.Known = r.Suppressed, r.Known
	for _, l := range r.Letters {
		if l.Effect != string(campaign.EffectSuppressed) && l.Effect != string(campaign.EffectKnown) {
			out.Wrong = append(out.Wrong, dashboard.WrongCode{Line: l.Line, Why: l.Effect})
		}
	}
	return out, err
}
