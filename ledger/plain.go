package ledger

import (
	"strconv"
	"unicode/utf8"
)

// A dossier holds an object for each entry. This file reads one as a writer writes it, once and from its beginning to
// its end. What is written in any other way that is allowed, and all that is wrong, is left to decodeOne, which reads it
// several times over and says what is wrong: what is read here reads the same there.

// plainReader is a place in UTF-8 text.
type plainReader struct {
	text []byte
	at   int
	cut  bool   // the text ended where more may follow
	buf  []byte // the string at hand
}

// plainField is a field of an object: what it is called and where its value goes, an *int64, *string or *[]string. One that
// may be left out is not there when it is empty.
type plainField struct {
	name   string
	into   any
	option bool
}

func (e *BundleEntry) readPlain(r *plainReader) bool {
	return r.object([]plainField{{name: "seq", into: &e.Seq}, {name: "kind", into: &e.Kind}, {name: "at", into: &e.At}, {name: "leaf", into: &e.Leaf},
		{name: "salt", into: &e.Salt, option: true}, {name: "payload", into: &e.Payload, option: true}, {name: "proof", into: &e.Proof}})
}

func (d *BundleDocument) readPlain(r *plainReader) bool {
	return r.object([]plainField{{name: "sha256", into: &d.SHA256}, {name: "name", into: &d.Name}, {name: "language", into: &d.Language},
		{name: "media", into: &d.Media}, {name: "content", into: &d.Content}})
}

// object reads an object with exactly these fields, in any order.
func (r *plainReader) object(fields []plainField) bool {
	if !r.take('{') {
		return false
	}
	have := 0 // a bit for each
	for n := 0; ; n++ {
		name, ok := r.string()
		at := find(fields, n, name)
		if !ok || at < 0 || have&(1<<at) != 0 || !r.take(':') || !r.value(fields[at]) {
			return false
		}
		have |= 1 << at
		if r.take('}') {
			break
		}
		if !r.take(',') {
			return false
		}
	}
	for at, f := range fields {
		if !f.option && have&(1<<at) == 0 {
			return false
		}
	}
	return true
}

// find finds a field by its name. Most stand in their order.
func find(fields []plainField, n int, name []byte) int {
	if n < len(fields) && fields[n].name == string(name) {
		return n
	}
	for at := range fields {
		if fields[at].name == string(name) {
			return at
		}
	}
	return -1
}

func (r *plainReader) value(f plainField) (ok bool) {
	switch into := f.into.(type) {
	case *int64:
		*into, ok = r.integer()
	case *string:
		var text []byte
		text, ok = r.string()
		*into = string(text)
		ok = ok && !(f.option && *into == "")
	case *[]string:
		*into, ok = r.strings()
	}
	return ok
}

// take moves past white space and past c if it comes next.
func (r *plainReader) take(c byte) bool {
	for ; r.at < len(r.text); r.at++ {
		if b := r.text[r.at]; b == c {
			r.at++
			return true
		} else if !isSpace(b) {
			return false
		}
	}
	r.cut = true
	return false
}

// strings reads a list of no more strings than a proof has. An empty one is not nil, which stands for none.
func (r *plainReader) strings() ([]string, bool) {
	if !r.take('[') {
		return nil, false
	}
	list := []string{}
	if r.take(']') {
		return list, true
	}
	for {
		text, ok := r.string()
		if !ok {
			return nil, false
		}
		if list = append(list, string(text)); r.take(']') {
			return list, true
		}
		if len(list) == maxProof || !r.take(',') {
			return nil, false
		}
	}
}

// integer reads a number that is written as Canonical writes it.
func (r *plainReader) integer() (int64, bool) {
	minus := r.take('-')
	start := r.at
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
		r.at++
	}
	r.cut = r.cut || r.at == len(r.text) // more of it may follow
	digits := string(r.text[start:r.at])
	if digits == "" || digits[0] == '0' && (minus || len(digits) > 1) {
		return 0, false
	}
	if minus {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// string reads a string. What it gives may be looked at until the next one is read.
func (r *plainReader) string() ([]byte, bool) {
	if !r.take('"') {
		return nil, false
	}
	start := r.at
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.text[start : r.at-1], true
		case c == '\\':
			r.buf = append(r.buf[:0], r.text[start:r.at]...)
			return r.escaped()
		case c < 0x20:
			return nil, false
		}
	}
	r.cut = true
	return nil, false
}

// escaped reads on in a string from an escape on.
func (r *plainReader) escaped() ([]byte, bool) {
	start := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			r.buf = append(r.buf, r.text[start:r.at]...)
			r.at++
			return r.buf, true
		case c == '\\':
			r.buf = append(r.buf, r.text[start:r.at]...)
			if !r.escape() {
				return nil, false
			}
			start = r.at
		case c < 0x20:
			return nil, false
		default:
			r.at++
		}
	}
	r.cut = true
	return nil, false
}

// escape reads an escape. Of a character that takes two of them nothing is said here.
func (r *plainReader) escape() bool {
	rest := r.text[r.at+1:]
	if len(rest) == 0 || rest[0] == 'u' && len(rest) < 5 {
		r.cut = true
		return false
	}
	c := rest[0]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 't':
		c = '\t'
	case 'n':
		c = '\n'
	case 'f':
		c = '\f'
	case 'r':
		c = '\r'
	case 'u':
		n, err := strconv.ParseUint(string(rest[1:5]), 16, 16)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return false
		}
		r.buf = utf8.AppendRune(r.buf, rune(n))
		r.at += 6
		return true
	default:
		return false
	}
	r.buf = append(r.buf, c)
	r.at += 2
	return true
}
