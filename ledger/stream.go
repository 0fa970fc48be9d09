package ledger

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
)

// streamPiece is how much of a text is read at once, at least.
const streamPiece = 64 << 10

// stream is a JSON text that is read from its beginning to its end, of which no more is kept than the value at hand and what
// was read ahead. What is to come is text from at on, then what in still holds: whoever reads on from in, and may ask for
// more than it uses, puts the rest back into text. Whatever is read is paid from the budget of the value at hand, also
// where it is of the next one; value gives that one what is left after what it has already.
type stream struct {
	in   *bounded
	text []byte // what was read and not let go
	at   int    // of it the place that was reached
	over bool   // nothing more will come
	buf  []byte // of plainReader, to be used again
}

// value says that another value begins. What was read of it already counts as read.
func (s *stream) value() { s.in.budget = maxValue - int64(len(s.text)-s.at) }

// more reads on, and reports whether it could. What lies before the place that was reached is let go.
func (s *stream) more() bool {
	if s.over {
		return false
	}
	s.text = s.text[:copy(s.text, s.text[s.at:])]
	s.at = 0
	if cap(s.text)-len(s.text) < streamPiece/2 {
		s.text = slices.Grow(s.text, max(streamPiece, len(s.text)))
	}
	n, err := s.in.Read(s.text[len(s.text):cap(s.text)])
	s.text = s.text[:len(s.text)+n]
	s.over = err != nil
	return true
}

// next moves past white space and gives what comes next; at the end of all it is 0, which no JSON begins with.
func (s *stream) next() byte {
	for {
		for ; s.at < len(s.text); s.at++ {
			if !isSpace(s.text[s.at]) {
				return s.text[s.at]
			}
		}
		if !s.more() {
			return 0
		}
	}
}

// take moves past c if it comes next, and past the white space before it in any case.
func (s *stream) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// ended reports whether all that came was taken.
func (s *stream) ended() bool { return s.at == len(s.text) }

// closes reports whether a list or an object ends here, or everything.
func (s *stream) closes() bool {
	c := s.next()
	return c == ']' || c == '}' || s.ended()
}

// plainly reads the value that comes next if it is written plainly, and else stays where it is. Of a value that is cut off
// twice as much is read before it is tried again, however little comes at once, or as much as a value may have.
func (s *stream) plainly(read func(*plainReader) bool) bool {
	for {
		r := plainReader{text: s.text, at: s.at, buf: s.buf}
		ok := read(&r)
		s.buf = r.buf
		if ok {
			s.at = r.at
			return true
		}
		enough := 2 * (len(s.text) - s.at)
		if !r.cut || !s.more() {
			return false
		}
		for len(s.text)-s.at < enough && s.in.budget > 0 && s.more() {
		}
	}
}

// decode reads the value that comes next by encoding/json, however it is written. The decoder reads ahead, and what it did not
// use is put back. After an error what is to come is not known.
func (s *stream) decode(into any) error {
	rest := bytes.NewReader(s.text[s.at:])
	dec := json.NewDecoder(io.MultiReader(rest, s.in))
	err := dec.Decode(into)
	if rest.Len() > 0 { // nothing was read but what was there, of which most may be left: it is not copied
		s.at += int(dec.InputOffset())
		return err
	}
	left, _ := io.ReadAll(dec.Buffered()) // out of memory, which does not fail
	s.text, s.at = left, 0
	return err
}

// token is decode for whoever asks only whether something is there, and reads nothing after it: what was read ahead is lost.
func (s *stream) token() error {
	_, err := json.NewDecoder(io.MultiReader(bytes.NewReader(s.text[s.at:]), s.in)).Token()
	return err
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
