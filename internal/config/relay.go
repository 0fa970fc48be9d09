package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Security says how the connection to the relay is protected.
type Security string

// The three schemes of smtp.url.
const (
	StartTLS Security = "smtp"          // upgraded before anything is said; refused without
	TLS      Security = "smtps"         // from the first byte
	Plain    Security = "smtp+insecure" // loopback and private hosts only
)

// Relay is smtp.url taken apart.
type Relay struct {
	Security Security
	Host     string
	Port     int
	User     string // "" without authentication
	Password string
}

// Address is host:port to dial.
func (r Relay) Address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }

// Relay takes smtp.url apart and adds the password. The error says in words what is wrong with it.
// A plain connection is refused unless the host is loopback or private by its address or name; that
// a name also resolves to such an address only the dialler can know.
func (s SMTP) Relay() (Relay, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" {
		return Relay{}, fmt.Errorf("it is no address like smtp://user@mail.example.com:587")
	}
	r := Relay{Security: Security(u.Scheme), Host: u.Hostname(), Password: s.Password}
	port, ok := map[Security]int{StartTLS: 587, TLS: 465, Plain: 25}[r.Security]
	if !ok {
		return Relay{}, fmt.Errorf("%q is none of smtp, smtps, smtp+insecure", u.Scheme)
	}
	if r.Port = port; u.Port() != "" {
		if r.Port, err = strconv.Atoi(u.Port()); err != nil || r.Port < 1 || r.Port > 65535 {
			return Relay{}, fmt.Errorf("%q is no port", u.Port())
		}
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return Relay{}, fmt.Errorf("nothing may follow the host and port")
	}
	if r.Security == Plain && !Near(r.Host) {
		return Relay{}, fmt.Errorf("smtp+insecure is for loopback and private hosts, and %s is neither", r.Host)
	}
	return r.credentials(u)
}

func (r Relay) credentials(u *url.URL) (Relay, error) {
	r.User = u.User.Username()
	if inURL, ok := u.User.Password(); ok {
		if r.Password != "" {
			return Relay{}, fmt.Errorf("the password stands there and in smtp.password")
		}
		r.Password = inURL
	}
	if (r.User == "") != (r.Password == "") {
		return Relay{}, fmt.Errorf("user and password belong together: the one is missing")
	}
	if r.Security == Plain && r.User != "" {
		return Relay{}, fmt.Errorf("a password is not sent without encryption: use smtp or smtps")
	}
	return r, nil
}

// Near reports whether a host is loopback, link-local or private by its address, or by a name that
// cannot exist on the public internet.
func Near(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(name, ".") {
		return true
	}
	for _, end := range []string{".localhost", ".internal", ".local", ".home.arpa"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// loopback reports whether a host is this machine by its address or name.
func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	name := strings.ToLower(host)
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
