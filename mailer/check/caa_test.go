package check_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/reoptin/reoptin/mailer/check"
)

func TestCAA(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, zone string
		want       check.Authorities
		nobody     bool
	}{
		{"none", "", check.Authorities{}, false},
		{"of the name itself", "a.shop.test CAA 0 issue \"one.test\"\nshop.test CAA 0 issue \"two.test\"", check.Authorities{Found: "a.shop.test", Issue: []string{"one.test"}, Bound: true}, false},
		{"of a name above", "shop.test CAA 0 issue \"Two.test; validationmethods=dns-01\"\nshop.test CAA 0 ISSUE \"one.test\"", check.Authorities{Found: "shop.test", Issue: []string{"two.test", "one.test"}, Bound: true}, false},
		{"nobody", `shop.test CAA 0 issue ";"`, check.Authorities{Found: "shop.test", Bound: true}, true},
		{"wildcards alone", `shop.test CAA 0 issuewild ";"`, check.Authorities{Found: "shop.test"}, false},
		{"not readable", `shop.test CAA 0 issue "a b"`, check.Authorities{Found: "shop.test", Bound: true, Broken: []string{"a b"}}, true},
		{"critical and known", `shop.test CAA 128 iodef "mailto:a@shop.test"`, check.Authorities{Found: "shop.test"}, false},
		{"critical and unknown", `shop.test CAA 128 what "x"`, check.Authorities{Found: "shop.test", Strict: []string{"what"}}, true},
	} {
		got, err := check.LookCAA(t.Context(), zone(t, test.zone), "A.shop.test.")
		if err != nil || !reflect.DeepEqual(got, test.want) || got.Nobody() != test.nobody {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
	if _, err := check.LookCAA(t.Context(), zone(t, "shop.test CAA FAIL"), "a.shop.test"); err == nil {
		t.Error("a failing name server was taken for no record")
	}
	long := zone(t, "")
	if _, err := check.LookCAA(t.Context(), check.Patient(long, time.Minute), strings.Repeat("a.", 120)+"test"); err != nil {
		t.Error(err)
	}
}

// caaServer answers over both kinds of connection; what is long is cut short over the first.
func caaServer(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _, _ = udp.Close(), tcp.Close(); done.Wait() })
	done.Go(func() {
		for b := make([]byte, 4096); ; {
			n, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			for _, out := range caaReplies(b[:n], true) {
				_, _ = udp.WriteTo(out, from)
			}
		}
	})
	done.Go(func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			var size [2]byte
			_, _ = io.ReadFull(c, size[:])
			b := make([]byte, binary.BigEndian.Uint16(size[:]))
			_, _ = io.ReadFull(c, b)
			for _, out := range caaReplies(b, false) {
				_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
			}
			_ = c.Close()
		}
	})
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		to := udp.LocalAddr()
		if network == "tcp" {
			to = tcp.Addr()
		}
		return new(net.Dialer).DialContext(ctx, network, to.String())
	}
}

func caaReplies(asked []byte, short bool) (out [][]byte) {
	var m dnsmessage.Message
	if m.Unpack(asked) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable = true, true
	add := func(data string) {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: 257, Class: q.Class, TTL: 60}, Body: &dnsmessage.UnknownResource{Type: 257, Data: []byte(data)}})
	}
	switch q.Name.String() {
	case "shop.test.":
		add("\x00\x05issueca.test; a=b")
		add("\x80\x04whatx")
	case "long.test.":
		if m.Truncated = short; !short {
			add("\x00\x05issuelong.test")
		}
	case "broken.test.":
		add("\x00\x50issue")
	case "ill.test.":
		m.RCode = dnsmessage.RCodeServerFailure
	case "forged.test.": // somebody else's answer comes first, then one to another question
		for _, change := range []func(*dnsmessage.Message){func(m *dnsmessage.Message) { m.ID++ }, func(m *dnsmessage.Message) { m.Questions[0].Name = dnsmessage.MustNewName("forgeb.test.") }} {
			other := m
			other.Questions = []dnsmessage.Question{q}
			change(&other)
			other.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: 257, Class: q.Class}, Body: &dnsmessage.UnknownResource{Type: 257, Data: []byte("\x00\x05issueevil.test")}}}
			if b, err := other.Pack(); err == nil {
				out = append(out, b)
			}
		}
		add("\x00\x05issuegood.test")
	case "dead.test.":
		return nil
	default:
		m.RCode = dnsmessage.RCodeNameError
	}
	if b, err := m.Pack(); err == nil {
		out = append(out, b)
	}
	return out
}

func TestSystemAsksForCertificateAuthorities(t *testing.T) {
	t.Parallel()
	r := check.System(caaServer(t))
	for name, want := range map[string][]check.Authority{
		"shop.test":    {{Tag: "issue", Value: "ca.test; a=b"}, {Critical: true, Tag: "what", Value: "x"}},
		"long.test":    {{Tag: "issue", Value: "long.test"}},
		"forged.test":  {{Tag: "issue", Value: "good.test"}},
		"nothing.test": nil,
	} {
		if got, err := r.CAA(t.Context(), name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, name := range []string{"ill.test", "broken.test", strings.Repeat("a", 300)} {
		if got, err := r.CAA(t.Context(), name); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := check.Patient(r, 20*time.Millisecond).CAA(t.Context(), "dead.test"); err == nil {
		t.Error("an answer came from nobody")
	}
}
