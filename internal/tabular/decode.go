package tabular

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/fault"
)

// window is how much of a file is looked at to know it, in octets.
const window = 256 << 10

// Names of the encodings.
const (
	utf8Name    = "utf-8"
	utf16LEName = "utf-16le"
	utf16BEName = "utf-16be"
	ansiName    = "windows-1252"
	latin9Name  = "iso-8859-15"
)

// spellings of encodings that people give; ISO-8859-1 is read as what it always is in practice.
var spellings = map[string]string{
	"utf-8": utf8Name, "utf8": utf8Name, "ascii": utf8Name, "us-ascii": utf8Name,
	"utf-16": "utf-16", "utf16": "utf-16", "utf-16le": utf16LEName, "utf16le": utf16LEName, "utf-16be": utf16BEName, "utf16be": utf16BEName,
	"windows-1252": ansiName, "cp1252": ansiName, "1252": ansiName, "ansi": ansiName, "latin1": ansiName, "latin-1": ansiName, "iso-8859-1": ansiName,
	"iso-8859-15": latin9Name, "latin9": latin9Name, "latin-9": latin9Name,
}

// notText is what stands for octets that the encoding does not know. It is invalid UTF-8 on purpose:
// the row that holds it is rejected, and a genuine U+FFFD in the file is not mistaken for it.
const notText = 0xff

// decoder turns a file into UTF-8. While only ASCII was seen it has not decided: the first octet
// beyond decides, with the window behind it.
type decoder struct {
	r       *bufio.Reader
	mode    string // "" while undecided
	pending rune   // high surrogate that waits for the low one, or 0
}

func newDecoder(r *bufio.Reader, name string) (*decoder, error) {
	mode := ""
	if name != "" {
		var ok bool
		if mode, ok = spellings[strings.ToLower(strings.TrimSpace(name))]; !ok {
			return nil, fault.New(fault.Invalid, "tabular.encoding", "{encoding} is not an encoding that can be read", "encoding", name).
				Hint("use one of utf-8, utf-16, windows-1252, iso-8859-15")
		}
	}
	d := &decoder{r: r, mode: mode}
	head, err := peek(r, 512)
	if err != nil {
		return nil, err
	}
	mark, length := byteOrderMark(head)
	if length > 0 && (mode == "" || mode == mark || mode == "utf-16" && mark != utf8Name) {
		d.mode = mark
		_, err := r.Discard(length)
		return d, err
	}
	if mode == "" || mode == "utf-16" {
		if wide := zeroPattern(head); wide != "" {
			d.mode = wide
		} else if mode == "utf-16" {
			d.mode = utf16LEName
		}
	}
	if d.mode == "" && bytes.IndexByte(head, 0) >= 0 {
		return nil, fault.New(fault.Invalid, "tabular.binary", "this file is not text")
	}
	return d, nil
}

func (d *decoder) name() string {
	if d.mode == "" {
		return utf8Name
	}
	return d.mode
}

// more appends some decoded text to dst, and io.EOF at the end.
func (d *decoder) more(dst []byte) ([]byte, error) {
	if _, err := d.r.Peek(1); err != nil {
		if err != io.EOF {
			return dst, cannotRead(err)
		}
		if d.pending != 0 {
			d.pending = 0
			dst = append(dst, notText)
		}
		return dst, io.EOF
	}
	b, _ := d.r.Peek(d.r.Buffered())
	if d.mode == "" {
		if n := asciiPrefix(b); n > 0 {
			dst = append(dst, b[:n]...)
			_, err := d.r.Discard(n)
			return dst, err
		}
		sample, err := peek(d.r, window)
		if err != nil {
			return dst, err
		}
		d.mode, b = guess(sample), sample
	}
	dst, n := d.decode(dst, b)
	_, err := d.r.Discard(n)
	return dst, err
}

// decode appends b as UTF-8 and gives how much of b it used, at least one octet.
func (d *decoder) decode(dst, b []byte) ([]byte, int) {
	switch d.mode {
	case utf16LEName, utf16BEName:
		return d.decodeWide(dst, b)
	case ansiName, latin9Name:
		table := &ansi
		if d.mode == latin9Name {
			table = &latin9
		}
		for _, c := range b {
			switch r := table[c]; {
			case r == 0 && c != 0:
				dst = append(dst, notText)
			default:
				dst = utf8.AppendRune(dst, r)
			}
		}
		return dst, len(b)
	}
	return append(dst, b...), len(b)
}

func (d *decoder) decodeWide(dst, b []byte) ([]byte, int) {
	var order binary.ByteOrder = binary.LittleEndian
	if d.mode == utf16BEName {
		order = binary.BigEndian
	}
	if len(b) == 1 {
		if more, err := d.r.Peek(2); err != nil {
			return append(dst, notText), 1 // half a character at the end of the file
		} else {
			b = more
		}
	}
	n := len(b) &^ 1
	for i := 0; i < n; i += 2 {
		r := rune(order.Uint16(b[i:]))
		if d.pending != 0 {
			pair := utf16.DecodeRune(d.pending, r)
			d.pending = 0
			if pair != utf8.RuneError {
				dst = utf8.AppendRune(dst, pair)
				continue
			}
			dst = append(dst, notText)
		}
		switch {
		case 0xd800 <= r && r < 0xdc00:
			d.pending = r
		case utf16.IsSurrogate(r):
			dst = append(dst, notText)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst, n
}

func byteOrderMark(b []byte) (mode string, length int) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return utf8Name, 3
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return utf16LEName, 2
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return utf16BEName, 2
	}
	return "", 0
}

// zeroPattern knows UTF-16 without a mark: column names are nearly all Latin letters, so every other
// octet is zero.
func zeroPattern(b []byte) string {
	if len(b) < 8 {
		return ""
	}
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch most := len(b) * 4 / 10; {
	case zeros[1] >= most && zeros[0] == 0:
		return utf16LEName
	case zeros[0] >= most && zeros[1] == 0:
		return utf16BEName
	}
	return ""
}

func asciiPrefix(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// guess tells UTF-8 from the single-octet encodings. A few broken characters in much sound UTF-8 cost
// those rows only: reading the whole file otherwise would spoil every name in it.
func guess(b []byte) string {
	sound, broken := 0, 0
	for i := asciiPrefix(b); i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(b[i:]):
			i = len(b) // cut by the window
			continue
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			sound++
		}
		i += n
	}
	switch {
	case sound >= 20*broken && sound > 0:
		return utf8Name
	case latin9Likely(b):
		return latin9Name
	}
	return ansiName
}

// latin9Likely holds when no octet is used that only Windows-1252 knows, and one stands where only
// ISO-8859-15 makes sense of it: a euro sign, or œ Œ Ÿ Š š beside a letter.
func latin9Likely(b []byte) bool {
	likely := false
	for i, c := range b {
		switch {
		case 0x80 <= c && c < 0xa0:
			return false
		case c == 0xa4:
			likely = true
		case c == 0xbc || c == 0xbd || c == 0xbe || c == 0xa6 || c == 0xa8:
			before, after := i > 0 && digit(b[i-1]), i+1 < len(b) && letter(b[i+1])
			likely = likely || after && !before
		}
	}
	return likely
}

func digit(c byte) bool  { return '0' <= c && c <= '9' }
func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
