package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
)

// session is one connection.
type session struct {
	server *Server
	raw    net.Conn // the TCP connection, for resets
	conn   net.Conn
	text   *textproto.Reader
	number int
	count  int // transactions begun

	from, to, params string
	known            bool // authenticated, or need not be
	secure           bool
	mute             bool // says nothing more
}

func newSession(s *Server, c net.Conn, number int) *session {
	e := &session{server: s, raw: c, number: number, known: s.options.User == ""}
	e.use(c)
	return e
}

func (e *session) use(c net.Conn) {
	e.conn = c
	e.text = textproto.NewReader(bufio.NewReader(c))
}

// serve runs until the client leaves or a step ends the session.
func (e *session) serve() {
	if e.server.options.TLS && !e.encrypt() {
		return
	}
	if _, ok := e.answer(Banner, "220 smtptest ESMTP"); !ok {
		return
	}
	for {
		line, err := e.text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !e.command(strings.ToUpper(verb), rest) {
			return
		}
	}
}

func (e *session) encrypt() bool {
	c := tls.Server(e.raw, e.server.config)
	e.use(c)
	e.secure = true
	return c.Handshake() == nil
}

// command answers one command; false ends the session.
func (e *session) command(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		_, ok := e.answer(EHLO, e.greeting())
		return ok
	case "STARTTLS":
		if reply, ok := e.answer(StartTLS, "220 2.0.0 go ahead"); !ok || reply == "" || reply[0] != '2' {
			return ok
		}
		return e.encrypt()
	case "AUTH":
		return e.authenticate(rest)
	case "MAIL":
		return e.mail(rest)
	case "RCPT":
		return e.rcpt(rest)
	case "DATA":
		return e.data()
	case "RSET":
		e.from, e.to = "", ""
		_, ok := e.answer(Reset, "250 2.0.0 reset")
		return ok
	case "NOOP":
		return e.say("250 2.0.0 ok", false)
	case "QUIT":
		_ = e.say("221 2.0.0 bye", false)
		return false
	}
	return e.say("500 5.5.1 what", false)
}

func (e *session) greeting() string {
	o := e.server.options
	lines := []string{"250-smtptest"}
	for name, on := range map[string]bool{"PIPELINING": o.Pipelining, "8BITMIME": o.EightBit, "SMTPUTF8": o.UTF8,
		"STARTTLS": o.StartTLS && !e.secure, "AUTH PLAIN LOGIN": o.User != ""} {
		if on {
			lines = append(lines, "250-"+name)
		}
	}
	if o.Size > 0 {
		lines = append(lines, "250-SIZE "+strconv.Itoa(o.Size))
	}
	return strings.Join(append(lines, "250 ENHANCEDSTATUSCODES"), "\n")
}

func (e *session) authenticate(rest string) bool {
	mechanism, initial, _ := strings.Cut(rest, " ")
	ask := func(prompt string) string {
		if !e.say("334 "+base64.StdEncoding.EncodeToString([]byte(prompt)), false) {
			return ""
		}
		line, _ := e.text.ReadLine()
		raw, _ := base64.StdEncoding.DecodeString(line)
		return string(raw)
	}
	var user, password string
	if strings.EqualFold(mechanism, "LOGIN") {
		user, password = ask("Username:"), ask("Password:")
	} else {
		raw, _ := base64.StdEncoding.DecodeString(initial)
		if parts := strings.Split(string(raw), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	}
	usual := "535 5.7.8 no"
	if e.known = user == e.server.options.User && password == e.server.options.Password; e.known {
		usual = "235 2.7.0 welcome"
	}
	_, ok := e.answer(Auth, usual)
	return ok
}

func (e *session) mail(rest string) bool {
	e.count++
	address, params := path(rest)
	usual := "250 2.1.0 ok"
	if !e.known {
		usual = "530 5.7.0 authentication required"
	}
	e.from, e.params, e.to = address, params, ""
	reply, ok := e.answer(Mail, usual)
	if reply == "" || reply[0] != '2' {
		e.from = ""
	}
	return ok
}

func (e *session) rcpt(rest string) bool {
	if e.from == "" || e.to != "" {
		return e.say("503 5.5.1 bad sequence", false)
	}
	e.to, _ = path(rest)
	reply, ok := e.answer(Rcpt, "250 2.1.5 ok")
	if reply == "" || reply[0] != '2' {
		e.to = ""
	}
	return ok
}

// path takes "FROM:<a@b> X Y" apart.
func path(rest string) (address, params string) {
	_, rest, _ = strings.Cut(rest, "<")
	address, params, _ = strings.Cut(rest, ">")
	return address, strings.TrimSpace(params)
}

func (e *session) data() bool {
	if e.to == "" {
		return e.say("503 5.5.1 no recipient", false)
	}
	reply, ok := e.answer(Data, "354 go on")
	if !ok || reply == "" || reply[0] != '3' {
		return ok
	}
	body, ok := e.body()
	defer e.server.change(func() { e.server.partial = nil })
	if !ok {
		return false
	}
	return e.dot(body)
}

// body reads to the lone dot; false when the session ended before.
func (e *session) body() ([]byte, bool) {
	e.server.change(func() { e.server.partial = []byte{} })
	var body []byte
	for {
		line, err := e.text.R.ReadBytes('\n')
		if err != nil {
			return nil, false
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return body, true
		}
		first := len(body) == 0
		body = append(body, bytes.TrimPrefix(line, []byte("."))...)
		e.server.change(func() { e.server.partial = append(e.server.partial, bytes.TrimPrefix(line, []byte("."))...) })
		if !first {
			continue
		}
		if _, ok := e.answer(Body, ""); !ok {
			return nil, false
		}
	}
}

func (e *session) dot(body []byte) bool {
	s := e.step(Dot)
	reply := s.Reply
	if reply == "" && s.speaks() {
		reply = "250 2.0.0 queued"
	}
	if s.Store || strings.HasPrefix(reply, "2") {
		m := Message{Connection: e.number, From: e.from, To: e.to, Params: e.params, Data: body}
		if e.server.options.Forget {
			m.Data = nil
		}
		e.server.change(func() { e.server.messages = append(e.server.messages, m) })
	}
	e.from, e.to = "", ""
	_, ok := e.perform(Dot, s, reply)
	return ok
}

func (e *session) step(at Stage) Step {
	if e.server.options.Script == nil {
		return Step{}
	}
	return e.server.options.Script(Event{Stage: at, Connection: e.number, Message: e.count, From: e.from, To: e.to})
}

// answer asks the script and does its step; false ends the session.
func (e *session) answer(at Stage, usual string) (string, bool) {
	s := e.step(at)
	reply := s.Reply
	if reply == "" && s.speaks() {
		reply = usual
	}
	return e.perform(at, s, reply)
}

func (e *session) perform(at Stage, s Step, reply string) (string, bool) {
	if s.Wait != nil {
		select {
		case <-s.Wait:
		case <-e.server.done:
			return "", false
		}
	}
	e.mute = e.mute || s.Mute
	if reply != "" && !e.say(reply, s.Split) {
		return reply, false
	}
	if s.Abort {
		if tcp, ok := e.raw.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	if s.Alert {
		e.alert(at)
	}
	return reply, !s.ends()
}

// alert is the last word of TLS: the end, where the connection is secured, else the handshake's failure,
// said when the client has begun it.
func (e *session) alert(at Stage) {
	if c, ok := e.conn.(*tls.Conn); ok {
		_ = c.CloseWrite()
		return
	}
	if head := make([]byte, 5); at == StartTLS {
		if _, err := io.ReadFull(e.text.R, head); err != nil {
			return
		}
		_, _ = e.text.R.Discard(int(head[3])<<8 | int(head[4]))
	}
	_, _ = e.conn.Write([]byte{21, 3, 3, 0, 2, 2, 40})
}

func (e *session) say(reply string, split bool) bool {
	if e.mute {
		return true
	}
	raw := []byte(strings.ReplaceAll(reply, "\n", "\r\n") + "\r\n")
	if !split {
		_, err := e.conn.Write(raw)
		return err == nil
	}
	for i := range raw {
		if _, err := e.conn.Write(raw[i : i+1]); err != nil {
			return false
		}
	}
	return true
}
