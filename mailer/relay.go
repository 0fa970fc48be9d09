package mailer

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// Relay is where messages are handed over: smtp.url taken apart.
type Relay struct {
	Scheme   string // smtp (STARTTLS required), smtps, smtp+insecure (no encryption, near hosts only)
	Host     string
	Port     int
	User     string // "" without authentication
	Password string
	Setting  string // where it is set, for hints: "" is smtp
}

const (
	schemeStartTLS = "smtp"
	schemeTLS      = "smtps"
	schemePlain    = "smtp+insecure"
)

var ports = map[string]int{schemeStartTLS: 587, schemeTLS: 465, schemePlain: 25}

// Address is host:port.
func (r Relay) Address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }

// Near reports whether the relay is this machine or one of its network, by its address or name.
func (r Relay) Near() bool { return nearName(r.Host) }

// ParseRelay takes smtp.url apart and adds smtp.password. The error is fault.Invalid and never holds
// the URL, which may hold the password.
func ParseRelay(raw, password string) (Relay, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return Relay{}, badRelay("it is no address of a relay")
	}
	port, ok := ports[u.Scheme]
	if !ok {
		return Relay{}, badRelay("{scheme} is none of smtp, smtps, smtp+insecure", "scheme", strconv.Quote(u.Scheme))
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return Relay{}, badRelay("nothing may follow host and port")
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return Relay{}, badRelay("{port} is no port", "port", u.Port())
		}
	}
	r := Relay{Scheme: u.Scheme, Host: u.Hostname(), Port: port, User: u.User.Username(), Password: password}
	if inURL, ok := u.User.Password(); ok {
		if password != "" {
			return Relay{}, badRelay("the password stands there and in smtp.password")
		}
		r.Password = inURL
	}
	return r, r.check()
}

func (r Relay) check() error {
	switch {
	case (r.User == "") != (r.Password == ""):
		return badRelay("user and password belong together, and one is missing")
	case r.Scheme == schemePlain && r.User != "":
		return badRelay("a password is not sent without encryption: use smtp or smtps")
	case r.Scheme == schemePlain && !nearName(r.Host):
		return badRelay("smtp+insecure is for loopback and private hosts, and {host} is neither", "host", r.Host)
	}
	return nil
}

func badRelay(text string, args ...any) error {
	return fault.New(fault.Invalid, "mailer.relay", "smtp.url: "+text, args...).At("mailer.ParseRelay").
		Hint("write smtp://user@mail.example.com:587, smtps://user@mail.example.com:465 or smtp+insecure://127.0.0.1:25")
}

// nearName reports whether a host may be near. A name that could be public is refused; what the others
// resolve to is checked when dialling.
func nearName(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return near(a)
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	for _, end := range []string{".localhost", ".internal", ".local", ".home.arpa"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return !strings.Contains(name, ".")
}

func near(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}
