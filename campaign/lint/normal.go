package lint

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normal is a text as the patterns see it (lower case, no accents, ASCII letters and punctuation)
// with the way back to the words its author wrote. RE2 knows word boundaries in ASCII only, so
// patterns would silently miss "été" without this.
type normal struct {
	text   string
	at     []int // for each byte of text, and one past it, the offset in origin
	origin string
	flat   string // letters and digits of text only, where many names are looked for; "" when it was not made
}

// flattened makes what names are compared with.
func (n normal) flattened() normal {
	n.flat = squash(n.text)
	return n
}

// normalise folds a text for the patterns; line feeds, which mark blocks, are kept.
func normalise(s string) normal {
	var b strings.Builder
	b.Grow(len(s))
	at := make([]int, 0, len(s)+1)
	put := func(r rune, origin int) {
		n := b.Len()
		writeFolded(&b, r)
		for range b.Len() - n {
			at = append(at, origin)
		}
	}
	for i, r := range s {
		if r < unicode.MaxASCII {
			put(r, i)
			continue
		}
		for _, d := range norm.NFKD.String(string(r)) {
			put(d, i)
		}
	}
	return normal{text: b.String(), at: append(at, len(s)), origin: s}
}

// writeFolded writes one decomposed rune: letters that do not decompose are spelled out, marks and
// invisible characters vanish, all spaces become one kind.
func writeFolded(b *strings.Builder, r rune) {
	r = unicode.ToLower(r)
	switch r {
	case '’', 'ʼ', '‘', '`', '´':
		b.WriteByte('\'')
	case 'œ':
		b.WriteString("oe")
	case 'æ':
		b.WriteString("ae")
	case 'ø':
		b.WriteByte('o')
	case 'ł':
		b.WriteByte('l')
	case 'ß':
		b.WriteString("ss")
	case 'ı':
		b.WriteByte('i')
	case '\n':
		b.WriteByte('\n')
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
	default:
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
}

// wordsOf gives the runs of letters and digits of a text, joined by apostrophes and hyphens.
func wordsOf(text string) (out []string) {
	start, joint := -1, -1
	end := func(at int) {
		if start >= 0 {
			if joint >= 0 {
				at = joint
			}
			out = append(out, text[start:at])
		}
		start, joint = -1, -1
	}
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r > 127 && (unicode.IsLetter(r) || unicode.IsNumber(r))
		switch {
		case letter && start < 0:
			start = i
		case letter:
			joint = -1
		case start >= 0 && joint < 0 && (r == '\'' || r == '-' || r == '’'):
			joint = i
		default:
			end(i)
		}
	}
	end(len(text))
	return out
}

// words gives back what the author wrote between two offsets of the folded text.
func (n normal) words(start, end int) string {
	if start < 0 || end > len(n.text) || start >= end {
		return ""
	}
	return strings.TrimSpace(strings.Join(strings.Fields(n.origin[n.at[start]:n.at[end]]), " "))
}

// span is a stretch of folded text.
type span struct{ start, end int }

// overlaps says whether two spans share a byte.
func (s span) overlaps(o span) bool { return s.start < o.end && o.start < s.end }

// moved is a span of a part, as one of the whole in which that part starts at a place.
func (s span) moved(by int) span { return span{s.start + by, s.end + by} }

// overlapsAny says whether a span shares a byte with one of a list.
func (s span) overlapsAny(list []span) bool {
	for _, o := range list {
		if s.overlaps(o) {
			return true
		}
	}
	return false
}

// mostSentence bounds what is judged at once, in bytes: no sentence that anybody reads is longer, and what is done for
// each of its words with all the others stays small.
const mostSentence = 2000

// sentences cuts folded text at full stops and blocks; a span holds no surrounding space.
func sentences(text string) []span {
	var out []span
	start := 0
	cut := func(end int) {
		piece := text[start:end]
		left := len(piece) - len(strings.TrimLeft(piece, " \n"))
		trimmed := strings.TrimSpace(piece)
		if trimmed != "" {
			out = append(out, span{start + left, start + left + len(trimmed)})
		}
		start = end
	}
	for i := 0; i < len(text); i++ {
		if i-start >= mostSentence && text[i] == ' ' {
			cut(i + 1)
			continue
		}
		switch text[i] {
		case '\n':
			cut(i + 1)
		case '.', '!', '?', ';':
			if i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n' {
				cut(i + 1)
			}
		}
	}
	cut(len(text))
	return out
}

// unfold joins the lines of a plain text that were broken only for their width, so that a sentence
// over two lines is read as one.
func unfold(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var b strings.Builder
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		if i > 0 {
			if wrapped(strings.TrimRight(lines[i-1], " \t\r"), line) {
				b.WriteByte(' ')
			} else {
				b.WriteByte('\n')
			}
		}
		b.WriteString(strings.TrimSpace(line))
	}
	return b.String()
}

// wrapped says whether a line was broken for width: the next word would not have fitted in 60
// columns, and the next line starts no list.
func wrapped(before, line string) bool {
	line = strings.TrimSpace(line)
	if before == "" || line == "" || strings.ContainsAny(line[:1], "-*•#>|+=_") {
		return false
	}
	first, _, _ := strings.Cut(line, " ")
	return len([]rune(before))+1+len([]rune(first)) > 60
}
