package intake

import (
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

const letter = "From: =?utf-8?q?Maison_Lumi=C3=A8re?= <bonjour@lumiere.example>\r\nTo: <jeanne@example.net>\r\nSubject: =?utf-8?q?Votre_choix_=C3=A9crit?=\r\n" +
	"Date: Mon, 02 Mar 2026 09:30:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=b1\r\n\r\n" +
	"--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nd=C3=A9j=C3=A0\r\n.\r\n" +
	"--b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+ZMOpasOgPC9wPg==\r\n--b1--\r\n"

func server(t *testing.T, receive func(Envelope) error) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", receive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestReceive(t *testing.T) {
	t.Parallel()
	inbox := NewInbox(10)
	s := server(t, inbox.Receive)
	changed := inbox.Changed()
	if err := smtp.SendMail(s.Addr().String(), nil, "b@lumiere.example", []string{"jeanne@example.net"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	<-changed
	m, ok := inbox.Get(1)
	if !ok || m.Subject != "Votre choix écrit" || m.From != "Maison Lumière <bonjour@lumiere.example>" || m.To != "jeanne@example.net" || m.Text != "déjà\n.\n" && m.Text != "déjà\n." || m.HTML != "<p>déjà</p>" {
		t.Errorf("%+v %v", m, ok)
	}
	if !m.At.Equal(time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)) || string(m.Raw) != letter || !strings.HasPrefix(m.Header, "From: =?utf-8") || strings.Contains(m.Header, "\r") {
		t.Errorf("%v %q %q", m.At, m.Raw, m.Header)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	inbox := NewInbox(50)
	s := server(t, inbox.Receive)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := range 25 {
				if err := smtp.SendMail(s.Addr().String(), nil, "b@x.example", []string{fmt.Sprintf("p%d.%d@example.net", w, n)}, []byte("Subject: hi\r\n\r\nx\r\n")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if inbox.Count() != 50 || len(inbox.List(0, 1000, "")) != 50 {
		t.Errorf("%d held", inbox.Count())
	}
	if _, ok := inbox.Get(50); ok {
		t.Error("the oldest did not give way")
	}
	if m, ok := inbox.Get(100); !ok || m.ID != 100 {
		t.Error("the newest is not there")
	}
	first := inbox.List(0, 20, "")
	second := inbox.List(20, 20, "")
	if len(first) != 20 || first[0].ID != 100 || len(second) != 20 || second[0].ID != 80 || len(inbox.List(60, 20, "")) != 0 {
		t.Errorf("pages %v %v", first[0].ID, second[0].ID)
	}
	if some := inbox.List(0, 100, strings.ToUpper(first[3].To)); len(some) == 0 || some[len(some)-1].To != first[3].To || len(inbox.List(0, 100, "nobody")) != 0 {
		t.Errorf("filter gives %d", len(some))
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	inbox := NewInbox(10)
	s := server(t, inbox.Receive)
	if err := smtp.SendMail(s.Addr().String(), nil, "b@x.example", []string{"a@example.net", "b@example.net"}, []byte("Subject: hi\r\n\r\nx\r\n")); err == nil {
		t.Error("two recipients were taken")
	}
	if err := smtp.SendMail(s.Addr().String(), nil, "b@x.example", []string{"a@example.net"}, []byte("Subject: hi\r\n\r\n"+strings.Repeat("xxxxxxxxxx\r\n", 100_000))); err == nil {
		t.Error("1.2 MB were taken")
	}
	if inbox.Count() != 0 {
		t.Error("something is held")
	}
}

func TestRefusalIsTemporary(t *testing.T) {
	t.Parallel()
	s := server(t, func(Envelope) error { return errors.New("full") })
	err := smtp.SendMail(s.Addr().String(), nil, "b@x.example", []string{"a@example.net"}, []byte("Subject: hi\r\n\r\nx\r\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "451") || strings.Contains(err.Error(), "full") {
		t.Errorf("%v", err)
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	s := server(t, NewInbox(1).Receive)
	if _, err := Listen(s.Addr().String(), nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestUnreadableMailIsHeldAsItCame(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"no header at all\r\n\r\nx": "x",
		"Subject: a\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!": "",
		"Subject: a\r\nContent-Type: ;;;\r\n\r\nplain\r\n":                                      "plain\n",
		"Subject: a\r\nContent-Type: multipart/mixed\r\n\r\nx":                                  "",
		"": "",
	} {
		b := NewInbox(1)
		if err := b.Receive(Envelope{To: "a@example.net", Data: []byte(raw)}); err != nil {
			t.Error(err)
		}
		if m, ok := b.Get(1); !ok || m.Text != want || string(m.Raw) != raw {
			t.Errorf("%q: %+v", raw, m)
		}
	}
}
