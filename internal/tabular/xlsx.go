package tabular

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// A workbook is read here and not by a library, so that nothing of it is ever held whole but its texts,
// and so that formulas and number formats are seen while rows stream by (docs/adr/0013).

const (
	maxParts   = 1000      // files in a workbook
	maxListing = 4 << 20   // octets of the archive's list of files
	maxFormats = 64 << 10  // cell formats
	maxTexts   = 4 << 20   // shared texts
	maxText    = 128 << 20 // octets of the shared texts
	maxToken   = 1 << 20   // octets between two marks of XML: no cell is larger
)

// sized is a file that can be read at any place, as a zip archive must.
type sized interface {
	io.ReaderAt
	Size() int64
}

// workbook is one XLSX file, and the sheet of it that is read.
type workbook struct {
	opts   Options
	parts  map[string]*zip.File
	left   int64 // octets that may still be unpacked
	epoch  int   // day zero of the serial numbers, in days since 1899-12-30
	texts  texts
	styles []numberFormat
	sheet  sheetRef
	passed []string // hidden sheets with content that are not read
}

// sheetRef is a sheet as the workbook lists it.
type sheetRef struct {
	name, part string
	hidden     bool
}

func openWorkbook(r sized, o Options) (*workbook, error) {
	if err := checkListing(r); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, r.Size())
	switch {
	case err != nil:
		return nil, damagedBook(err)
	case len(z.File) > maxParts:
		return nil, fault.New(fault.Invalid, "tabular.parts", "the archive holds more than {limit} files", "limit", maxParts)
	}
	w := &workbook{opts: o, parts: make(map[string]*zip.File, len(z.File)), left: o.MaxUnzipped}
	for _, f := range z.File {
		w.parts[strings.ToLower(f.Name)] = f
	}
	main, err := w.mainPart()
	if err != nil {
		return nil, err
	}
	sheets, other, err := w.readBook(main)
	if err != nil {
		return nil, err
	}
	if w.sheet, err = w.choose(sheets); err != nil {
		return nil, err
	}
	for _, s := range sheets {
		has, err := s.hidden && s.part != w.sheet.part, error(nil)
		if has {
			has, err = w.hasContent(s.part)
		}
		if err != nil {
			return nil, err
		}
		if has {
			w.passed = append(w.passed, s.name)
		}
	}
	if err := w.readStyles(cmp.Or(other["styles"], path.Join(path.Dir(main), "styles.xml"))); err != nil {
		return nil, err
	}
	return w, w.readTexts(cmp.Or(other["sharedStrings"], path.Join(path.Dir(main), "sharedstrings.xml")))
}

// checkListing looks at the end of the archive before its list of files is read into memory.
func checkListing(r sized) error {
	const record = 22
	tail := make([]byte, min(r.Size(), record+1<<16))
	if _, err := r.ReadAt(tail, r.Size()-int64(len(tail))); err != nil && err != io.EOF {
		return cannotRead(err)
	}
	for i := len(tail) - record; i >= 0; i-- {
		if binary.LittleEndian.Uint32(tail[i:]) != 0x06054b50 {
			continue
		}
		if n := binary.LittleEndian.Uint16(tail[i+10:]); n > maxParts {
			return fault.New(fault.Invalid, "tabular.parts", "the archive holds more than {limit} files", "limit", maxParts)
		}
		start := r.Size() - int64(len(tail)-i) - int64(binary.LittleEndian.Uint32(tail[i+12:]))
		if start < 0 || r.Size()-start > maxListing {
			return damagedBook(errors.New("the list of files has an impossible size"))
		}
		return nil
	}
	return damagedBook(errors.New("the list of files is missing"))
}

func damagedBook(cause error) error {
	var f *fault.Fault
	if errors.As(cause, &f) {
		return cause
	}
	return fault.New(fault.Invalid, "tabular.workbook", "the spreadsheet is damaged or cut off").Because(cause).
		Hint("save it again as XLSX or CSV in the spreadsheet program")
}

// mainPart finds the workbook inside the archive, or says what the archive is instead.
func (w *workbook) mainPart() (string, error) {
	target := "xl/workbook.xml"
	err := w.walk("_rels/.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if strings.HasSuffix(attr(e, "Type"), "/officeDocument") {
			target = strings.TrimPrefix(attr(e, "Target"), "/")
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if _, ok := w.parts[strings.ToLower(target)]; ok && strings.HasSuffix(target, ".xml") {
		return strings.ToLower(target), nil
	}
	text := "this is a zip archive, not a spreadsheet; unpack it and import each file of it"
	switch {
	case w.parts["content.xml"] != nil:
		text = "this is an OpenDocument file; save it as XLSX or CSV"
	case w.parts["xl/workbook.bin"] != nil:
		text = "this is a binary workbook; save it as XLSX or CSV"
	case w.parts["word/document.xml"] != nil, w.parts["[content_types].xml"] != nil:
		text = "this is an office document, but no spreadsheet"
	}
	return "", fault.New(fault.Invalid, "tabular.spreadsheet", text)
}

// readBook reads which sheets there are, where they and the other parts, by their kind, are kept, and how days are counted.
func (w *workbook) readBook(main string) (sheets []sheetRef, other map[string]string, err error) {
	dir, targets := path.Dir(main), map[string]string{}
	other = map[string]string{}
	err = w.walk(path.Join(dir, "_rels", path.Base(main)+".rels"), func(_ *xml.Decoder, e xml.StartElement) error {
		if t := attr(e, "Target"); e.Name.Local == "Relationship" && attr(e, "TargetMode") != "External" {
			if t = strings.ToLower(t); strings.HasPrefix(t, "/") {
				t = t[1:]
			} else {
				t = path.Join(dir, t)
			}
			targets[attr(e, "Id")], other[path.Base(attr(e, "Type"))] = t, t
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	err = w.walk(main, func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if on := attr(e, "date1904"); on == "1" || on == "true" {
				w.epoch = 1462
			}
		case "sheet":
			part := targets[attr(e, "id")]
			if w.parts[part] == nil {
				break // a chart or a macro sheet, or nothing
			}
			if sheets = append(sheets, sheetRef{attr(e, "name"), part, attr(e, "state") == "hidden" || attr(e, "state") == "veryHidden"}); len(sheets) > maxParts {
				return damagedBook(errors.New("too many sheets"))
			}
		}
		return nil
	})
	return sheets, other, err
}

// choose finds the sheet that is meant. Of several with content none is guessed: the others may hold
// those who said no.
func (w *workbook) choose(sheets []sheetRef) (sheetRef, error) {
	var names []string
	for _, s := range sheets {
		names = append(names, s.name)
	}
	said := strings.TrimSpace(w.opts.Sheet)
	if said != "" {
		for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
			if i := slices.IndexFunc(sheets, func(s sheetRef) bool { return same(strings.TrimSpace(s.name), said) }); i >= 0 {
				return sheets[i], nil
			}
		}
		return sheetRef{}, fault.New(fault.Invalid, "tabular.no_sheet", "the workbook has no sheet {sheet}", "sheet", said).Hint("its sheets are " + shorten(names))
	}
	shown := slices.DeleteFunc(slices.Clone(sheets), func(s sheetRef) bool { return s.hidden })
	if len(shown) == 1 {
		return shown[0], nil
	}
	var filled []sheetRef
	names = nil
	for _, s := range shown {
		has, err := w.hasContent(s.part)
		if err != nil {
			return sheetRef{}, err
		}
		if has {
			filled, names = append(filled, s), append(names, s.name)
		}
	}
	switch len(filled) {
	case 0:
		return sheetRef{}, fault.New(fault.Invalid, "tabular.empty", "the file is empty")
	case 1:
		return filled[0], nil
	}
	return sheetRef{}, fault.New(fault.Invalid, "tabular.sheets", "the workbook has several sheets: {sheets}", "sheets", shorten(names)).
		Hint("--sheet NAME says which is the base; in the browser, save that sheet alone")
}

// shorten lists names as far as a person reads them.
func shorten(names []string) string {
	const most = 12
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "and "+strconv.Itoa(len(names)-most)+" more")
	}
	return strings.Join(names, ", ")
}

// hasContent reports whether a sheet has a cell that is not empty.
func (w *workbook) hasContent(part string) (has bool, err error) {
	found := errors.New("found")
	err = w.walk(part, func(_ *xml.Decoder, e xml.StartElement) error {
		if n := e.Name.Local; n == "v" || n == "t" || n == "f" {
			return found
		}
		return nil
	})
	if errors.Is(err, found) {
		return true, nil
	}
	return false, err
}
