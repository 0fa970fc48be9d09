package check_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/reoptin/reoptin/mailer/check"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// nameServer answers on loopback: two texts of which one is in two pieces, two mail hosts, addresses, a name;
// ill.test fails, dead.test is never answered, and there is nothing else.
func nameServer(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = c.Close(); done.Wait() })
	done.Go(func() {
		b := make([]byte, 4096)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 || strings.HasPrefix(m.Questions[0].Name.String(), "dead.") {
				continue
			}
			if out, err := reply(m); err == nil {
				_, _ = c.WriteTo(out, from)
			}
		}
	})
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", c.LocalAddr().String())
	}
}

func reply(m dnsmessage.Message) ([]byte, error) {
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	host := func(s string) dnsmessage.Name { return dnsmessage.MustNewName(s) }
	add := func(body dnsmessage.ResourceBody) {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}, Body: body})
	}
	switch name := q.Name.String(); {
	case name == "ill.test.":
		m.RCode = dnsmessage.RCodeServerFailure
	case name == "1.2.0.192.in-addr.arpa." && q.Type == dnsmessage.TypePTR:
		add(&dnsmessage.PTRResource{PTR: host("Mail.shop.test.")})
	case name == "1.0.0.127.in-addr.arpa." && q.Type == dnsmessage.TypePTR:
		add(&dnsmessage.PTRResource{PTR: host("somebody.test.")})
	case strings.HasSuffix(name, ".8.b.d.0.1.0.0.2.ip6.arpa."):
		add(&dnsmessage.PTRResource{PTR: host("six.test.")})
	case name == "1."+strings.Repeat("0.", 31)+"ip6.arpa.":
		add(&dnsmessage.PTRResource{PTR: host("one.test.")})
	case name == "localhost." && q.Type == dnsmessage.TypeA:
		add(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 7}})
	case name == "null.test." && q.Type == dnsmessage.TypeMX:
		add(&dnsmessage.MXResource{Pref: 0, MX: host(".")})
	case name != "shop.test.":
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeTXT:
		add(&dnsmessage.TXTResource{TXT: []string{"v=spf1 ip4:192.0", ".2.1 -all"}})
		add(&dnsmessage.TXTResource{TXT: []string{"other"}})
	case q.Type == dnsmessage.TypeMX:
		add(&dnsmessage.MXResource{Pref: 20, MX: host("two.test.")})
		add(&dnsmessage.MXResource{Pref: 10, MX: host("One.test.")})
	case q.Type == dnsmessage.TypeA:
		add(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}})
	}
	return m.Pack()
}

func TestSystem(t *testing.T) {
	t.Parallel()
	r := check.System(nameServer(t))
	ctx := t.Context()
	if got, err := r.TXT(ctx, "shop.test"); err != nil || !slices.Equal(got, []string{"v=spf1 ip4:192.0.2.1 -all", "other"}) {
		t.Errorf("texts: %q, %v", got, err)
	}
	if got, err := r.MX(ctx, "shop.test."); err != nil || !slices.Equal(got, []string{"one.test", "two.test"}) {
		t.Errorf("mail hosts: %q, %v", got, err)
	}
	if got, err := r.MX(ctx, "null.test"); err != nil || !slices.Equal(got, []string{"."}) {
		t.Errorf("nobody: %q, %v", got, err)
	}
	if got, err := r.Addresses(ctx, "shop.test"); err != nil || !slices.Equal(got, []netip.Addr{addr("192.0.2.1")}) {
		t.Errorf("addresses: %v, %v", got, err)
	}
	if got, err := r.Names(ctx, addr("192.0.2.1")); err != nil || !slices.Equal(got, []string{"mail.shop.test"}) {
		t.Errorf("names: %q, %v", got, err)
	}
	for what, look := range map[string]func(string) (int, error){
		"texts":      func(name string) (int, error) { got, err := r.TXT(ctx, name); return len(got), err },
		"mail hosts": func(name string) (int, error) { got, err := r.MX(ctx, name); return len(got), err },
		"addresses":  func(name string) (int, error) { got, err := r.Addresses(ctx, name); return len(got), err },
	} {
		if n, err := look("nothing.test"); n != 0 || err != nil {
			t.Errorf("%s of a name that is not there: %d, %v", what, n, err)
		}
		if _, err := look("ill.test"); err == nil {
			t.Errorf("%s: a failing name server was taken for an answer", what)
		}
	}
	if got, err := r.Names(ctx, addr("192.0.2.9")); len(got) != 0 || err != nil {
		t.Errorf("an address without a name: %q, %v", got, err)
	}
	if got := check.CheckSPF(ctx, r, addr("192.0.2.1"), "a@shop.test", "h"); got.Result != check.Pass {
		t.Errorf("%+v", got)
	}
}

// TestTheNameOfAnAddressIsTheOneThatReceiversSee: a name in the hosts file of this machine, where its own address often stands,
// passed for the reverse name, and that there is none was not seen.
func TestTheNameOfAnAddressIsTheOneThatReceiversSee(t *testing.T) {
	t.Parallel()
	r := check.System(nameServer(t))
	for address, want := range map[string]string{"127.0.0.1": "somebody.test", "::1": "one.test", "2001:db8::7": "six.test"} {
		if got, err := r.Names(t.Context(), addr(address)); err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
	if got, err := r.Addresses(t.Context(), "localhost"); err != nil || !slices.Equal(got, []netip.Addr{addr("192.0.2.7")}) {
		t.Errorf("addresses: %v, %v", got, err)
	}
}

// TestALostQuestionIsAskedAgain: one datagram that gets lost is no name server that does not answer.
func TestALostQuestionIsAskedAgain(t *testing.T) {
	t.Parallel()
	answering := nameServer(t)
	var asked atomic.Int32
	r := check.System(func(ctx context.Context, network, address string) (net.Conn, error) {
		if asked.Add(1) == 1 {
			return nil, errors.New("lost")
		}
		return answering(ctx, network, address)
	})
	if got, err := r.Names(t.Context(), addr("192.0.2.1")); err != nil || !slices.Equal(got, []string{"mail.shop.test"}) {
		t.Errorf("names: %q, %v", got, err)
	}
}

// A dead resolver costs the time of one question, and the same question is asked once.
func TestPatience(t *testing.T) {
	t.Parallel()
	for name, dead := range map[string]check.Resolver{"dead": check.System(nameServer(t)), "hanging": zone(t, "* * HANG")} {
		r := check.Patient(dead, 20*time.Millisecond)
		for range 2 {
			if _, err := r.TXT(t.Context(), "dead.test"); err == nil {
				t.Errorf("%s: an answer came from nobody", name)
			}
			if _, err := r.MX(t.Context(), "dead.test"); err == nil {
				t.Errorf("%s: mail hosts came from nobody", name)
			}
			if _, err := r.Addresses(t.Context(), "dead.test"); err == nil {
				t.Errorf("%s: addresses came from nobody", name)
			}
		}
	}
	z := zone(t, "shop.test TXT hello\n192.0.2.1 PTR shop.test\nshop.test MX mx.test\nshop.test A 192.0.2.1")
	r := check.Patient(z, time.Minute)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			texts, err := r.TXT(t.Context(), "Shop.test.")
			_, mx := r.MX(t.Context(), "shop.test")
			_, a := r.Addresses(t.Context(), "shop.test")
			_, ptr := r.Names(t.Context(), addr("192.0.2.1"))
			if errors.Join(err, mx, a, ptr) != nil || !slices.Equal(texts, []string{"hello"}) {
				t.Errorf("%q, %v", texts, errors.Join(err, mx, a, ptr))
			}
		})
	}
	all.Wait()
	for _, what := range []string{"TXT shop.test", "MX shop.test", "A shop.test", "PTR 192.0.2.1"} {
		if n := z.Asked(what); n != 1 {
			t.Errorf("%s was asked %d times", what, n)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.Patient(zone(t, "* * HANG"), time.Minute).TXT(ended, "x.test"); err == nil {
		t.Error("who has ended waits on")
	}
}
