package dashboard

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// bring takes a base file from the browser and hands it on as it comes.
func (d *Dashboard) bring(v *visit) error {
	v.path = "/base"
	if v.Request().ContentLength > UploadBytes+fileBytes {
		return v.tooLarge()
	}
	p, name, err := v.filePart()
	switch {
	case err != nil:
		return err
	case name == "":
		return v.basePage(http.StatusUnprocessableEntity, v.P.T("board.import.no_file"), nil)
	}
	id, err := d.bases.Bring(v.actor(), name, http.MaxBytesReader(nil, io.NopCloser(p), UploadBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return v.tooLarge()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return cutShort(err)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		return v.basePage(http.StatusUnprocessableEntity, v.sentence(err), nil)
	case err != nil:
		return err
	}
	return v.done("/base/import/"+id, "")
}

// filePart is the file of a form, and what it is called; no name: the form brought none.
func (v *visit) filePart() (*multipart.Part, string, error) {
	if v.parts == nil {
		return nil, "", nil
	}
	for {
		p, err := v.parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, "", nil
		}
		if err != nil {
			return nil, "", cutShort(err)
		}
		if p.FormName() == "file" {
			return p, fileName(p.FileName()), nil
		}
	}
}

// cutShort is a form that ended early: the browser went away, or the line broke.
func cutShort(err error) error {
	return fault.New(fault.Invalid, "board.import.broken", "the file did not arrive whole").At("dashboard.bring").Because(err)
}

// fileName is a name as it can stand in a ledger: one line of printable text, not too long.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != '/' && r != '\\' && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, strings.ToValidUTF8(name, ""))
	if r := []rune(name); len(r) > 120 {
		name = string(r[:60]) + "…" + string(r[len(r)-59:])
	}
	return strings.TrimSpace(name)
}

// tooLarge says so. What is still on its way is let in and dropped, since most browsers show no answer
// while they are sending.
func (v *visit) tooLarge() error {
	_, _ = io.Copy(io.Discard, io.LimitReader(v.Request().Body, 2*UploadBytes))
	return v.basePage(http.StatusRequestEntityTooLarge, v.P.T("board.import.too_large", "size", v.P.Number(UploadBytes>>20)), nil)
}

// showImport shows a file as it is understood, and what taking it over does or did.
func (d *Dashboard) showImport(v *visit) error {
	b, err := d.bases.Brought(v.actor(), v.Param("upload"))
	if err != nil {
		return err
	}
	return v.importPage(http.StatusOK, b, nil)
}

// reread looks at the file again, as the person says that it is to be read.
func (d *Dashboard) reread(v *visit) error {
	id := v.Param("upload")
	b, err := d.bases.Brought(v.actor(), id)
	if err != nil {
		return err
	}
	r := Reading{Delimiter: v.FormValue("delimiter"), Encoding: v.FormValue("encoding"), Dates: v.FormValue("dates"), Preset: v.FormValue("preset"), Stated: v.statement()}
	// Another delimiter, encoding or program makes other columns: what was chosen for these means nothing then.
	if r.Delimiter == b.Said.Delimiter && r.Encoding == b.Said.Encoding && r.Preset == b.Said.Preset && v.FormValue("columns") == strconv.Itoa(len(b.Columns)) {
		for i := range b.Columns {
			r.Columns = append(r.Columns, v.FormValue("c"+strconv.Itoa(i)))
		}
	}
	if err := d.bases.Reread(v.actor(), id, r); err != nil {
		return v.importRefused(b, err)
	}
	return v.done("/base/import/"+id, "")
}

// takeOver begins the import.
func (d *Dashboard) takeOver(v *visit) error {
	id := v.Param("upload")
	b, err := d.bases.Brought(v.actor(), id)
	if err != nil {
		return err
	}
	if err := d.bases.TakeOver(v.actor(), id); err != nil {
		return v.importRefused(b, err)
	}
	return v.done("/base/import/"+id, "")
}

func (v *visit) importRefused(b Brought, err error) error {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return err
	}
	return v.importPage(http.StatusUnprocessableEntity, b, err)
}

// forgetImport removes the file.
func (d *Dashboard) forgetImport(v *visit) error {
	if err := d.bases.Forget(v.actor(), v.Param("upload")); err != nil {
		return err
	}
	return v.done("/base", "import_forgotten")
}

// showRejects gives the rows that were not taken over, as a file.
func (d *Dashboard) showRejects(v *visit) error {
	b, err := d.bases.Brought(v.actor(), v.Param("upload"))
	if err != nil {
		return err
	}
	if b.Stage != TakenOver || b.Result.Rejected == 0 {
		return fault.New(fault.NotFound, "import.no_rejects", "no row was rejected").At("dashboard.showRejects")
	}
	h := v.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="rejects.csv"`)
	h.Set("Content-Type", "text/csv; charset=utf-8")
	if v.Request().Method == http.MethodHead {
		return v.NoContent(http.StatusOK)
	}
	v.patience(uploadTime)
	return d.bases.Rejects(v.actor(), b.ID, v.Response())
}

func (v *visit) importPage(status int, b Brought, wrong error) error {
	at := v.d.href("/base/import/" + b.ID)
	v.path = "/base/import/" + b.ID
	p := board.Import{Frame: v.frame(v.P.T("board.import.title")), Back: board.Link{Label: v.P.T("board.base.title"), Href: v.d.href("/base")}, Self: at,
		Problem: v.sentence(wrong), Name: b.Name, Until: v.P.T("board.import.until", "time", v.P.DateTime(b.Until)), Forget: at + "/forget"}
	if len(b.Hidden) > 0 {
		p.Hidden = v.P.T("board.import.hidden", "sheets", strings.Join(b.Hidden, ", "))
	}
	switch b.Stage {
	case Looking:
		p.Busy = &board.Busy{Title: v.P.T("board.import.looking"), Text: v.P.T("board.import.looking_text"), Count: v.read(b)}
		p.Forget = ""
	case TakingOver:
		p.Busy = &board.Busy{Title: v.P.T("board.import.running"), Text: v.P.T("board.import.running_text"), Count: v.read(b)}
		p.Forget = ""
	case Looked:
		if err := v.importLook(&p, b, at); err != nil {
			return err
		}
	case TakenOver:
		v.importDone(&p, b, at)
	}
	body, err := board.ImportHTML(p)
	return v.show(status, body, err)
}

// read says how far a file has been read.
func (v *visit) read(b Brought) string {
	switch {
	case b.Writing:
		return v.P.N("board.import.rows_writing", int(b.Rows))
	case b.Rows > 0:
		return v.P.N("board.import.rows_read", int(b.Rows))
	}
	return v.P.T("board.import.rows_none")
}

// sayFault is why a file cannot be taken over, in words.
func (v *visit) sayFault(err error) string {
	if err == nil {
		return ""
	}
	if text := v.sentence(err); text != "" {
		return text
	}
	return v.P.T("board.import.failed")
}

func (v *visit) importLook(p *board.Import, b Brought, at string) (err error) {
	p.Fault = v.sayFault(b.Fault)
	p.Reading = &board.Reading{Action: at + "/read", Fields: v.readingFields(b), Columns: v.importColumns(b), Count: len(b.Columns)}
	if p.Reading.Questions, err = v.questions(b); err != nil {
		return err
	}
	for n, u := range b.First {
		row := board.FirstRow{Title: v.P.T("board.import.row", "n", n+1)}
		if u.Reject != nil {
			row.Reject = v.P.T("board.import.row_rejected", "why", v.because(u.Reject.Reason, u.Reject.Column))
		}
		row.Pairs = append(append(v.person(u.Contact), v.facts(u.Contact.Facts)...), slices.Concat(v.claims(u.Contact.Facts)...)...)
		for name, text := range u.Contact.Attributes {
			row.Attributes = append(row.Attributes, board.Pair{Term: name, Text: text})
		}
		slices.SortFunc(row.Attributes, func(a, b board.Pair) int { return strings.Compare(a.Term, b.Term) })
		p.First = append(p.First, row)
	}
	if b.Result.Rows > 0 {
		p.Figures, p.Rejects, p.Conflicts, p.Notes, p.Changes = v.importFigures(b.Result), v.rejects(b.Result), v.notes(b.Result.ConflictLines), v.notes(b.Result.Notes), v.changes(b.Result.Changes)
		p.FiguresTitle = v.P.T("board.import.would")
	}
	if b.Fault == nil {
		p.Run = at + "/run"
		p.RunText = v.P.N("board.import.run_text", b.Result.Rows-b.Result.Rejected)
		p.RunText += v.filled(b, "home.stated.run")
	}
	return nil
}

func (v *visit) importDone(p *board.Import, b Brought, at string) {
	if b.Fault != nil {
		p.Fault = v.P.T("board.import.nothing_taken") + " " + v.sayFault(b.Fault)
	} else {
		p.Done = v.P.T("board.import.done")
		p.Done += v.filled(b, "home.stated.done")
		p.Next = &board.Link{Label: v.P.T("board.import.to_base"), Href: v.d.href("/base")}
	}
	if b.Result.Rows > 0 {
		p.Figures, p.Rejects, p.Conflicts, p.Notes, p.Changes = v.importFigures(b.Result), v.rejects(b.Result), v.notes(b.Result.ConflictLines), v.notes(b.Result.Notes), v.changes(b.Result.Changes)
		p.FiguresTitle = v.P.T("board.import.did")
	}
	if b.Result.Rejected > 0 {
		p.RejectFile = &board.Link{Label: v.P.T("board.import.rejects_file"), Href: at + "/rejects"}
	}
}

func (v *visit) importFigures(r campaign.ImportResult) (out []board.Figure) {
	for _, f := range []struct {
		key string
		n   int
	}{{"rows", r.Rows}, {"created", r.Created}, {"updated", r.Updated}, {"unchanged", r.Unchanged}, {"duplicates", r.Duplicates}, {"conflicts", r.Conflicts}, {"rejected", r.Rejected}} {
		out = append(out, board.Figure{Label: v.P.T("board.import.n." + f.key), N: v.P.Number(f.n), Bad: f.n > 0 && (f.key == "conflicts" || f.key == "rejected")})
	}
	return out
}

// because is what is wrong with a row, in the reader's language.
func (v *visit) because(reason, column string) string {
	text := v.said(reason)
	if column == "" || strings.HasPrefix(reason, "a yes") { // a conflict is about the person, not about a cell
		return text
	}
	if label := "board.field." + column; reason == campaign.CorrectedStays {
		return v.P.T("board.import.in_column", "what", text, "column", v.P.Or(label, column))
	}
	return v.P.T("board.import.in_column", "what", text, "column", column)
}

// rejects and notes tell what is alike once, with the lines that it is about.
func (v *visit) rejects(r campaign.ImportResult) (out []board.RowNote) {
	for _, x := range r.Rejects {
		out = v.alike(out, x.Line, v.because(x.Reason, x.Column))
	}
	return out
}

func (v *visit) notes(ns []campaign.Note) (out []board.RowNote) {
	for _, n := range ns {
		out = v.alike(out, n.Line, v.because(n.Reason, n.Column))
	}
	return out
}

func (v *visit) alike(ns []board.RowNote, line int, text string) []board.RowNote {
	n := v.P.Number(line)
	for i := range ns {
		if ns[i].Text == text {
			ns[i].Lines += ", " + n
			return ns
		}
	}
	return append(ns, board.RowNote{Lines: n, Text: text})
}

func (v *visit) readingFields(b Brought) []board.Field {
	choose := func(name, said string, values ...string) board.Field {
		f := board.Field{Name: name, Label: v.P.T("board.import." + name)}
		for _, value := range values {
			f.Options = append(f.Options, board.Option{Value: value, Label: v.P.T("board.import." + name + "_" + orAuto(value)), Current: value == said})
		}
		return f
	}
	d := choose("delimiter", b.Said.Delimiter, "", ";", ",", "\\t", "|")
	e := choose("encoding", b.Said.Encoding, "", "utf-8", "windows-1252", "iso-8859-15", "utf-16")
	if b.Delimiter != "" {
		d.Hint = v.P.T("board.import.found", "what", v.P.T("board.import.delimiter_"+orAuto(strings.ReplaceAll(b.Delimiter, "\t", "\\t"))))
	}
	if b.Encoding != "" {
		e.Hint = v.P.T("board.import.found", "what", b.Encoding)
	}
	p := choose("preset", b.Said.Preset, "", "none")
	if b.Preset != "" {
		p.Hint = v.P.T("board.import.found", "what", b.Preset)
	}
	return []board.Field{p, choose("dates", b.Said.Dates, "", "dd/mm/yyyy", "mm/dd/yyyy"), d, e}
}

// orAuto is the name of a choice in a key of the catalogue.
func orAuto(value string) string {
	names := map[string]string{"": "auto", ";": "semicolon", ",": "comma", "\\t": "tab", "|": "bar", "dd/mm/yyyy": "day", "mm/dd/yyyy": "month",
		"utf-8": "utf8", "utf-16": "utf16", "windows-1252": "windows", "iso-8859-15": "latin", "none": "none"}
	if n, ok := names[value]; ok {
		return n
	}
	return "other"
}

func (v *visit) importColumns(b Brought) (out []board.ImportColumn) {
	fields := campaign.Fields()
	labels := make(map[string]string, len(fields))
	for _, f := range fields {
		labels[f] = v.field(f)
	}
	slices.SortFunc(fields, func(a, b string) int { return strings.Compare(strings.ToLower(labels[a]), strings.ToLower(labels[b])) })
	for i, c := range b.Columns {
		line := board.ImportColumn{Heading: c.Heading, Example: clip(c.Example, 60), Mapped: c.Field != ""}
		if line.Heading == "" {
			line.Heading = v.P.T("board.import.no_heading", "n", i+1)
		}
		line.Choice = board.Field{Name: "c" + strconv.Itoa(i), Label: v.P.T("board.import.take_as", "column", line.Heading),
			Options: []board.Option{{Label: v.P.T("board.import.attribute"), Current: c.Field == ""}}}
		for _, f := range fields {
			line.Choice.Options = append(line.Choice.Options, board.Option{Value: f, Label: labels[f], Current: f == c.Field})
		}
		if c.Noes {
			line.Note = v.P.T("board.import.only_noes")
		}
		if c.Presumed {
			line.Note = v.P.T("board.import.presumed")
		}
		if c.Dates != "" {
			line.Dates = v.P.T("board.import.read." + c.Dates)
		}
		out = append(out, line)
	}
	return out
}
