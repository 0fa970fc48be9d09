package bounce

import (
	"bytes"
	"io"
	"mime"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// Bounds on what is read of a message. Whatever is beyond them is left out and never an error: what
// comes in is written by strangers.
const (
	maxSize   = 1 << 20 // octets of the message
	maxField  = 8 << 10 // octets of one field
	maxFields = 500
	maxParts  = 64
	maxDepth  = 8
	maxText   = 64 << 10 // octets of a text that is searched for words
)

// field is one line of a header: its name in small letters and its value in one line.
type field struct{ name, value string }

// header is the fields in their order.
type header []field

// get is the first field of a name, "" when there is none.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

func (h header) has(name string) bool {
	for _, f := range h {
		if f.name == name {
			return true
		}
	}
	return false
}

// decoded is a field with its encoded words (RFC 2047) read.
func (h header) decoded(name string) string {
	value := h.get(name)
	words := mime.WordDecoder{CharsetReader: func(_ string, r io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(r)
		return strings.NewReader(readable(b)), err
	}}
	if plain, err := words.DecodeHeader(value); err == nil {
		return plain
	}
	return value
}

// part is one leaf of the tree that a message is.
type part struct {
	media string // small letters
	head  header
	body  []byte // decoded
}

// text is the body as searchable words, bounded.
func (p part) text() string {
	body := p.body
	if len(body) > maxText {
		body = body[:maxText]
	}
	return readable(body)
}

// lines makes LF of every line end and drops what is beyond the bound.
func lines(raw []byte) []byte {
	if len(raw) > maxSize {
		raw = raw[:maxSize]
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
}

// split takes header and body apart. A line of the header that is none is passed over, as mail servers
// do: an mbox separator, a fold with nothing before it.
func split(b []byte) (h header, body []byte) {
	for len(b) > 0 && len(h) < maxFields {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			return h, rest
		}
		b = rest
		if line[0] == ' ' || line[0] == '\t' {
			if n := len(h); n > 0 && len(h[n-1].value) < maxField {
				h[n-1].value += " " + readable(bytes.TrimSpace(line))
			}
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && len(name) > 0 && bytes.IndexByte(bytes.TrimRight(name, " \t"), ' ') < 0 {
			value = bytes.TrimSpace(value)
			h = append(h, field{strings.ToLower(string(bytes.TrimSpace(name))), readable(value[:min(len(value), maxField)])})
		}
	}
	return h, b
}

// leaves walks a message and gives its parts, the outermost first. A returned message is a leaf: what
// stands in it was written by us.
func leaves(h header, body []byte) []part {
	var out []part
	walk(&out, h, body, maxDepth)
	return out
}

func walk(out *[]part, h header, body []byte, depth int) {
	if len(*out) >= maxParts {
		return
	}
	media, boundary := contentType(h.get("content-type"))
	if strings.HasPrefix(media, "multipart/") && boundary != "" && depth > 0 {
		for _, piece := range pieces(body, boundary) {
			inner, rest := split(piece)
			walk(out, inner, rest, depth-1)
		}
		return
	}
	*out = append(*out, part{media: media, head: h, body: decode(h.get("content-transfer-encoding"), body)})
}

// anyBoundary finds a boundary in a field that is not written as it should be: many programs quote nothing.
var anyBoundary = expression.Of(`(?i);\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s";]{1,200}))`)

// contentType is what a part is, and the boundary between its own parts. Text is what does not say what it is (RFC 2045
// section 5.2).
func contentType(value string) (media, boundary string) {
	media, params, err := mime.ParseMediaType(value)
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(value), ";")
	}
	if media = strings.TrimSpace(media); !strings.Contains(media, "/") {
		return "text/plain", ""
	}
	if err == nil {
		return media, params["boundary"]
	}
	if found := anyBoundary.FindStringSubmatch(value); found != nil {
		boundary = found[1] + found[2]
	}
	return media, boundary
}

// pieces cuts a multipart body at its boundary (RFC 2046 section 5.1.1). A missing last boundary ends with
// the text: cut messages are common among bounces.
func pieces(body []byte, boundary string) (out [][]byte) {
	mark := []byte("--" + boundary)
	begun := -1
	for at := 0; at < len(body) && len(out) < maxParts; {
		end := bytes.IndexByte(body[at:], '\n')
		next := len(body)
		if end >= 0 {
			next = at + end + 1
		}
		line := bytes.TrimRight(body[at:next], " \t\n")
		last := bytes.Equal(line, append(mark[:len(mark):len(mark)], '-', '-'))
		if last || bytes.Equal(line, mark) {
			if begun >= 0 {
				out = append(out, body[begun:at])
			}
			if begun = next; last {
				return out
			}
		}
		at = next
	}
	if begun >= 0 && begun < len(body) {
		out = append(out, body[begun:])
	}
	return out
}
