package bounce

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// upper are the letters that Windows-1252 has in the place of control characters; zero where it has none.
var upper = [32]rune{'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0, 0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ'}

// readable is text whose charset is not trusted: UTF-8 where it is valid, and each octet that is none of it a letter of
// Windows-1252, whose apostrophes and accents are those of the words that matter. So one foreign octet, or a text that is cut
// within a letter, leaves the rest as it is.
func readable(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			if r = rune(b[0]); r < 0xA0 && upper[r-0x80] != 0 {
				r = upper[r-0x80]
			}
		}
		out = utf8.AppendRune(out, r)
		b = b[size:]
	}
	return string(out)
}

// decode undoes a transfer encoding as far as it can be undone: what is none of it stands for itself in the one, and is passed
// over in the other (RFC 2045 sections 6.7 and 6.8).
func decode(encoding string, body []byte) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return unquoted(body)
	case "base64":
		return unbased(body)
	}
	return body
}

// unquoted undoes quoted-printable.
func unquoted(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for n := 0; n < len(body); n++ {
		if body[n] != '=' {
			out = append(out, body[n])
			continue
		}
		end := n + 1
		for end < len(body) && (body[end] == ' ' || body[end] == '\t') {
			end++
		}
		var octet [1]byte
		switch {
		case end == len(body) || body[end] == '\n': // the line goes on
			n = end
		case n+2 < len(body) && decoded(octet[:], body[n+1:n+3]):
			out = append(out, octet[0])
			n += 2
		default:
			out = append(out, '=')
		}
	}
	return out
}

func decoded(octet, digits []byte) bool {
	_, err := hex.Decode(octet, digits)
	return err == nil
}

// unbased undoes base64, up to its padding: what stands behind that somebody else has added.
func unbased(body []byte) []byte {
	body, _, _ = bytes.Cut(body, []byte("="))
	letters := make([]byte, 0, len(body))
	for _, c := range body {
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' {
			letters = append(letters, c)
		}
	}
	plain := make([]byte, base64.RawStdEncoding.DecodedLen(len(letters)))
	n, _ := base64.RawStdEncoding.Decode(plain, letters) // what could be decoded is better than nothing
	return plain[:n]
}
