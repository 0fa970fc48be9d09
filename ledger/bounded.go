package ledger

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// bounded reads UTF-8 text up to a length, and no value in it that is longer than a value may be. What ended
// the reading stays in err: the JSON decoder above it would hide that.
type bounded struct {
	r      io.Reader
	limit  int64  // of the whole
	left   int64  // of it
	budget int64  // of the value at hand: what may still be read before it must have ended
	tail   []byte // the beginning of a character whose rest is still to come
	err    error
}

func newBounded(r io.Reader, limit int64) *bounded {
	return &bounded{r: r, limit: limit, left: limit, budget: maxValue}
}

// Read never reads ahead of a value by more than its budget: whoever asks for more than is left of the value must not make
// it too long by that. Only what is asked for when nothing is left of the budget does.
func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.budget > 0 {
		p = p[:min(int64(len(p)), b.budget)]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	b.budget -= int64(n)
	switch {
	case b.left < 0:
		b.err = fmt.Errorf("it is longer than %d bytes", b.limit)
	case b.budget < 0:
		b.err = fmt.Errorf("a value in it is longer than %d bytes", maxValue)
	case !b.text(p[:n], errors.Is(err, io.EOF)):
		b.err = errors.New("it is not UTF-8 text")
	case err != nil && !errors.Is(err, io.EOF):
		b.err = errUnread{err}
	default:
		return n, err
	}
	return 0, b.err
}

// text reports whether what was read so far is UTF-8; the last character may be cut off where more may follow.
func (b *bounded) text(p []byte, last bool) bool {
	for len(b.tail) > 0 && len(p) > 0 && !utf8.FullRune(b.tail) {
		b.tail, p = append(b.tail, p[0]), p[1:]
	}
	if len(b.tail) > 0 && utf8.FullRune(b.tail) {
		if !utf8.Valid(b.tail) {
			return false
		}
		b.tail = b.tail[:0]
	}
	if len(p) > 0 {
		end := len(p)
		for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
			if utf8.RuneStart(p[len(p)-i]) {
				if !utf8.FullRune(p[len(p)-i:]) {
					end -= i
				}
				break
			}
		}
		if !utf8.Valid(p[:end]) {
			return false
		}
		b.tail = append(b.tail, p[end:]...)
	}
	return !last || len(b.tail) == 0
}
