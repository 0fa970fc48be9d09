package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/mailer/check"
)

// How long before its end a certificate is to be renewed.
const (
	relayCertificate = 14 * 24 * time.Hour
	webCertificate   = 30 * 24 * time.Hour
)

// spaceNeeded is the size of message that a relay should take; ours are smaller.
const spaceNeeded = 1 << 20

// talk meets each relay as a delivery would, up to the login, and leaves.
func (d *doctor) talk(ctx context.Context) []DoctorLine {
	all := d.usable()
	found := make([][]DoctorLine, len(all))
	var met sync.WaitGroup
	for i, w := range all {
		met.Go(func() { found[i] = d.meet(ctx, w) })
	}
	met.Wait()
	return slices.Concat(found...)
}

func (d *doctor) meet(ctx context.Context, w way) []DoctorLine {
	reached := line("relay", w.name())
	p, err := mailer.Probe(ctx, mailer.Probing{Relay: *w.relay, TLS: d.deps.TLS, Timeout: talkPatience})
	if err != nil {
		reached.fault(err)
		return []DoctorLine{*reached}
	}
	name, _, _ := strings.Cut(p.Name, " ")
	reached.ok("it answers as %s", name)
	return []DoctorLine{*reached, *d.encryption(w, p), *login(w, p), *extensions(w, p)}
}

func (d *doctor) encryption(w way, p mailer.Probed) *DoctorLine {
	l := line("tls", w.name())
	if p.TLS == nil {
		l.ok("not encrypted, which is for this machine and its network alone")
		return l
	}
	l.ok("%s", tls.VersionName(p.TLS.Version))
	d.certificate(l, p.TLS, relayCertificate, "renew it at the relay")
	return l
}

func (d *doctor) certificate(l *DoctorLine, s *tls.ConnectionState, soon time.Duration, mend string) {
	if len(s.PeerCertificates) == 0 {
		return
	}
	leaf := s.PeerCertificates[0]
	end := leaf.NotAfter.UTC().Format(time.DateOnly)
	if left := leaf.NotAfter.Sub(d.clock()); left < soon {
		l.warn(mend, "its certificate ends on %s, in %d days", end, int(left.Hours()/24))
		return
	}
	l.ok("its certificate is valid until %s", end)
}

func login(w way, p mailer.Probed) *DoctorLine {
	l := line("login", w.name())
	switch {
	case p.Login:
		l.ok("user and password are accepted")
	case p.Offers:
		l.warn(fmt.Sprintf("name the user in %s and set %s, unless the relay knows this machine by its address", w.setting("url"), w.setting("password")), "the relay offers a login, and %s names no user", w.setting("url"))
	default:
		l.ok("none is set, and the relay asks for none")
	}
	return l
}

func extensions(w way, p mailer.Probed) *DoctorLine {
	l := line("extensions", w.name())
	for _, e := range []struct {
		name  string
		there bool
		lacks string
	}{
		{"PIPELINING", p.Pipelining, "each message waits for the relay more often"},
		{"8BITMIME", p.EightBit, "messages are encoded to seven bits"},
		{"SMTPUTF8", p.UTF8, "mailboxes with other letters than ASCII before the @ cannot be written to"},
	} {
		if e.there {
			l.ok("%s", e.name)
		} else {
			l.ok("no %s: %s", e.name, e.lacks)
		}
	}
	switch {
	case p.Size == 0:
		l.ok("no limit is said for the size of a message")
	case p.Size < spaceNeeded:
		l.warn("raise the limit at the relay to a megabyte", "it takes messages up to %d bytes only", p.Size)
	default:
		l.ok("messages up to %d bytes", p.Size)
	}
	return l
}

// website asks for what every recipient's link leads to, and what time it is there.
func (d *doctor) website(ctx context.Context) []DoctorLine {
	base, err := url.Parse(d.config.BaseURL)
	if d.config.BaseURL == "" || err != nil || base.Hostname() == "" {
		return nil
	}
	l := line("website", d.config.BaseURL)
	l.Rule = "DNS-006"
	client, leave := d.client()
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(d.config.BaseURL, "/")+"/healthz", nil)
	if err != nil {
		l.fault(err)
		return []DoctorLine{*l}
	}
	before := d.clock()
	res, err := client.Do(req)
	if err != nil {
		l.warn("start reoptin serve; if it runs, check that the name of base_url leads to it, and its certificate", "nothing answers there: %v", plainly(err))
		return []DoctorLine{*l}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // what it says does not matter
	near := config.Near(base.Hostname())
	d.compare(before, res, near)
	d.page(l, res, near)
	return []DoctorLine{*l}
}

// client asks web servers, and takes no redirection for an answer.
func (d *doctor) client() (client http.Client, leave func()) {
	transport, leave := d.deps.Transport, func() {}
	if transport == nil {
		own := &http.Transport{TLSClientConfig: d.deps.TLS}
		transport, leave = own, own.CloseIdleConnections
	}
	return http.Client{Transport: transport, Timeout: talkPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, leave
}

// plainly is the error of a request without its address, which stands beside it.
func plainly(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}

// compare takes the time of another machine; this one's own would always agree.
func (d *doctor) compare(before time.Time, res *http.Response, near bool) {
	there, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil || near {
		return
	}
	after := d.clock()
	d.drift, d.compared = there.Sub(before.Add(after.Sub(before)/2)), true
}

func (d *doctor) page(l *DoctorLine, res *http.Response, near bool) {
	if res.StatusCode != http.StatusOK {
		l.bad("correct base_url, or the proxy before reoptin serve", "what answers there is not reoptin: %s", res.Status)
	} else {
		l.ok("it answers")
	}
	if res.TLS == nil {
		if near {
			l.ok("its links open on this machine alone")
		}
		return
	}
	d.certificate(l, res.TLS, webCertificate, "renew it at the web server")
	if res.Header.Get("Strict-Transport-Security") == "" {
		l.warn("let the proxy hand on the header Strict-Transport-Security, which reoptin sets", "its answers lack Strict-Transport-Security")
	}
}

// authorities asks who may issue certificates for the name in every recipient's link (RFC 8659).
func (d *doctor) authorities(ctx context.Context) []DoctorLine {
	base, err := url.Parse(d.config.BaseURL)
	if err != nil || base.Scheme != "https" || config.Near(base.Hostname()) {
		return nil
	}
	if _, err := netip.ParseAddr(base.Hostname()); err == nil {
		return nil
	}
	l := line("caa", base.Hostname())
	a, err := check.LookCAA(ctx, d.resolver, base.Hostname())
	switch {
	case err != nil:
		l.unanswered(err)
	case a.Found == "":
		l.ok("any certificate authority may issue for it: there is no CAA record")
	case len(a.Strict) > 0:
		l.warn("take it out of the record, or its mark as critical", "the record of %s has the critical tag %s, for which no certificate authority issues", a.Found, listed(a.Strict))
	case len(a.Broken) > 0 && len(a.Issue) == 0:
		l.warn("name the certificate authority as it asks for it, such as ca.example.net", "the record of %s names nobody that can be read (%s), so that its certificate cannot be renewed", a.Found, listed(a.Broken))
	case a.Nobody():
		l.warn("publish a record for the certificate authority of the web server", "the record of %s lets nobody issue, so that its certificate cannot be renewed", a.Found)
	case !a.Bound:
		l.ok("the record of %s forbids nobody to issue", a.Found)
	default:
		l.ok("the record of %s lets %s issue", a.Found, listed(a.Issue))
	}
	return []DoctorLine{*l}
}

// origin is an address from which messages reach other servers.
type origin struct {
	addr netip.Addr
	sure bool // it is set, not guessed
}

// reverse asks what the sending addresses of all relays are called, and whether the names lead back.
func (d *doctor) reverse(ctx context.Context) (lines []DoctorLine) {
	var all []origin
	for _, w := range d.ways() {
		addrs, sure, err := d.outgoing(ctx, w)
		if err != nil || len(addrs) == 0 {
			lines = append(lines, *d.nowhere(w, err))
		}
		for _, a := range addrs {
			if n := slices.IndexFunc(all, func(o origin) bool { return o.addr == a }); n >= 0 {
				all[n].sure = all[n].sure || sure
			} else {
				all = append(all, origin{a, sure})
			}
		}
	}
	return append(each(ctx, all, func(ctx context.Context, o origin) *DoctorLine { return d.reverseOf(ctx, o.addr, o.sure) }), lines...)
}

// nowhere says of a relay that its addresses are not known.
func (d *doctor) nowhere(w way, err error) *DoctorLine {
	l := line("reverse", "")
	if w.relay != nil {
		l.About = w.name()
	}
	l.Rule = "DNS-004"
	if err != nil {
		l.unanswered(err)
	} else {
		l.unknownOrigin(w)
	}
	return l
}

func (l *DoctorLine) unknownOrigin(w way) {
	l.say(StatusUnknown, "set "+w.setting("outgoing")+" to the addresses from which the relay's messages leave", "from which address messages reach other servers is not known")
}

func (d *doctor) reverseOf(ctx context.Context, a netip.Addr, sure bool) *DoctorLine {
	l := line("reverse", a.String())
	l.Rule = "DNS-004"
	forward, astray, err := check.Confirmed(ctx, d.resolver, a)
	status := StatusError
	if !sure {
		status = StatusWarning
	}
	const owner = "ask whoever owns the address to give it a name that leads back to it"
	switch {
	case err != nil:
		l.unanswered(err)
	case len(forward) > 0:
		l.ok("its name is %s, which leads back to it", listed(forward))
	case len(astray) > 0:
		l.say(status, owner, "its name is %s, which does not lead back to it; many receivers refuse that", listed(astray))
		for _, name := range astray {
			l.publish(name, addressType(a), a.String())
		}
	default:
		l.say(status, owner, "it has no name; many receivers refuse that")
	}
	if l.Status != StatusOK && err == nil && !sure {
		l.ok("messages may leave from another address: smtp.outgoing says from which")
	}
	return l
}

func addressType(a netip.Addr) string {
	if a.Is4() {
		return "A"
	}
	return "AAAA"
}

// term is an address as SPF writes it.
func term(a netip.Addr) string {
	if a.Is4() {
		return fmt.Sprintf("ip4:%s", a)
	}
	return fmt.Sprintf("ip6:%s", a)
}
