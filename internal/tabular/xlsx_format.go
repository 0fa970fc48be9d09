package tabular

import (
	"encoding/xml"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is what matters of how a cell shows its number.
type numberFormat struct {
	date   bool
	digits int // at least so many, with zeros before: postal codes
}

// readStyles learns which cell formats show days.
func (w *workbook) readStyles(name string) error {
	custom, inCells := map[string]string{}, false
	return w.walk(name, func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if custom[attr(e, "numFmtId")] = attr(e, "formatCode"); len(custom) > maxFormats {
				return damagedBook(errors.New("too many number formats"))
			}
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if !inCells {
				break
			}
			id := attr(e, "numFmtId")
			code, own := custom[id]
			if !own {
				code = builtinFormat(id)
			}
			if w.styles = append(w.styles, formatOf(code)); len(w.styles) > maxFormats {
				return damagedBook(errors.New("too many cell formats"))
			}
		}
		return nil
	})
}

// builtinFormat gives a day for the numbers that every spreadsheet program shows as one, in some
// language or other.
func builtinFormat(id string) string {
	switch n, _ := strconv.Atoi(id); {
	case 14 <= n && n <= 22, 27 <= n && n <= 36, 45 <= n && n <= 47, 50 <= n && n <= 58, 71 <= n && n <= 81:
		return "yyyy-mm-dd"
	}
	return ""
}

func formatOf(code string) numberFormat {
	if code != "" && strings.Trim(code, "0") == "" {
		return numberFormat{digits: len(code)}
	}
	return numberFormat{date: showsDay(code)}
}

// showsDay looks for a letter of day, month, year or clock outside of quotes, brackets and escapes.
func showsDay(code string) bool {
	if strings.EqualFold(code, "general") {
		return false
	}
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"', '[':
			end := strings.IndexByte(code[i+1:], map[byte]byte{'"': '"', '[': ']'}[c])
			if end < 0 {
				return false
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
			return true
		case ';':
			return false // what follows shows other values
		}
	}
	return false
}

// mostFigures is how many figures of a number spreadsheet programs keep, and from mostExact a number has more.
const (
	mostFigures = 15
	mostExact   = 1e15
)

// number writes a numeric cell as a person sees it: a day as ISO 8601, anything else without exponent, but for what is left of a longer
// number, which must not pass for it.
func (w *workbook) number(raw, style string) string {
	raw = strings.TrimSpace(raw)
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return raw
	}
	var f numberFormat
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.styles) {
		f = w.styles[i]
	}
	const last = 2958466 // the day after 9999-12-31
	if f.date && n >= 0 && n < last {
		return w.day(n)
	}
	text := raw
	switch figures := strings.Trim(raw, "0123456789"); {
	case math.Abs(n) >= mostExact && (figures != "" || len(strings.TrimRight(raw, "0")) <= mostFigures):
		text = strconv.FormatFloat(n, 'E', -1, 64)
	case figures != "": // 1001.0 is how Java writes 1001
		text = strconv.FormatFloat(n, 'f', -1, 64)
	}
	if pad := f.digits - len(text); pad > 0 && number(text) >= 0 {
		text = strings.Repeat("0", pad) + text
	}
	return text
}

// day turns a serial number into a date, with a time of day when it has one.
func (w *workbook) day(n float64) string {
	whole := math.Floor(n)
	seconds := time.Duration(math.Round((n-whole)*86400)) * time.Second
	t := time.Date(1899, 12, 30+w.epoch+int(whole), 0, 0, 0, 0, time.UTC).Add(seconds)
	switch {
	case whole == 0 && w.epoch == 0:
		return t.Format("15:04:05")
	case t.Hour()+t.Minute()+t.Second() == 0:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02T15:04:05")
}
