package intake

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// Mail is a message as it is shown.
type Mail struct {
	ID      int
	From    string // as the message says
	To      string // as the envelope says
	Subject string
	At      time.Time // of the message's Date; zero when it has none
	Header  string    // as sent, LF lines
	Text    string    // the text part
	HTML    string    // the HTML part
	Raw     []byte
}

// read takes a message apart for display. It is lenient: what cannot be decoded is shown raw.
func read(e Envelope) Mail {
	m := Mail{To: e.To, From: e.From, Raw: e.Data}
	head, body, _ := bytes.Cut(e.Data, []byte("\r\n\r\n"))
	m.Header = strings.ReplaceAll(string(head), "\r\n", "\n")
	parsed, err := mail.ReadMessage(bytes.NewReader(e.Data))
	if err != nil {
		m.Text = string(body)
		return m
	}
	words := mime.WordDecoder{}
	decode := func(name string) string {
		raw := parsed.Header.Get(name)
		if plain, err := words.DecodeHeader(raw); err == nil {
			return plain
		}
		return raw
	}
	m.Subject = decode("Subject")
	if from := decode("From"); from != "" {
		m.From = from
	}
	if at, err := parsed.Header.Date(); err == nil {
		m.At = at
	}
	m.take(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body, maxDepth)
	return m
}

// maxDepth bounds parts within parts.
const maxDepth = 5

// take looks for the first text and the first HTML part.
func (m *Mail) take(contentType, encoding string, body io.Reader, depth int) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") && depth > 0 {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err != nil {
				return
			}
			m.take(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth-1)
		}
	}
	into := map[string]*string{"text/plain": &m.Text, "text/html": &m.HTML}[media]
	if into == nil || *into != "" {
		return
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	plain, _ := io.ReadAll(body) // what could be decoded is better than nothing
	*into = strings.ToValidUTF8(strings.ReplaceAll(string(plain), "\r\n", "\n"), "�")
}
