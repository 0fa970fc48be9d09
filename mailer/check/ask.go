package check

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Two questions are put by hand, to the name servers of this machine, one after the other: the library knows no CAA records,
// and it looks for the name of an address in the hosts file of this machine first, which nobody else has.

const (
	typeCAA     dnsmessage.Type = 257
	resolvers                   = "/etc/resolv.conf"
	mostServers                 = 3
	mostAnswer                  = 1 << 16
	oneTry                      = 2 * time.Second // when there is another one
	mostTries                   = 2               // of each server: a datagram may be lost
)

// CAA gives the records of one name; a name that does not exist has none.
func (s *system) CAA(ctx context.Context, name string) (out []Authority, err error) {
	all, err := s.askFor(ctx, name, typeCAA)
	for _, r := range all {
		a, err := readCAA(r)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, err
}

// Names gives the names of an address.
func (s *system) Names(ctx context.Context, addr netip.Addr) (out []string, err error) {
	all, err := s.askFor(ctx, reversed(addr.Unmap()), dnsmessage.TypePTR)
	for _, r := range all {
		if body, ok := r.Body.(*dnsmessage.PTRResource); ok {
			out = append(out, bare(body.PTR.String()))
		}
	}
	return out, err
}

// reversed is the name under which the names of an address stand (RFC 1035 section 3.5, RFC 3596 section 2.5).
func reversed(addr netip.Addr) string {
	name, zone := "", "ip6.arpa"
	if addr.Is4() {
		zone = "in-addr.arpa"
		for _, b := range addr.As4() {
			name = fmt.Sprintf("%d.", b) + name
		}
		return name + zone
	}
	for _, b := range addr.As16() {
		name = fmt.Sprintf("%x.%x.", b&15, b>>4) + name
	}
	return name + zone
}

// askFor gives the records of one kind that a name leads to; a name that does not exist has none.
func (s *system) askFor(ctx context.Context, name string, kind dnsmessage.Type) (out []dnsmessage.Resource, err error) {
	n, err := dnsmessage.NewName(full(name))
	if err != nil {
		return nil, fmt.Errorf("%q is no name", name)
	}
	servers := nameServers()
	tries := len(servers) * mostTries
	for try := range tries {
		if out, err = s.askOne(ctx, servers[try%len(servers)], n, kind, try+1 < tries); err == nil || ctx.Err() != nil {
			break
		}
	}
	return out, err
}

// nameServers are those of this machine.
func nameServers() (out []string) {
	text, err := os.ReadFile(resolvers)
	if err != nil {
		return []string{"127.0.0.1:53"} // what the library takes, too
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "nameserver" && len(out) < mostServers {
			out = append(out, net.JoinHostPort(f[1], "53"))
		}
	}
	if len(out) == 0 {
		return []string{"127.0.0.1:53"}
	}
	return out
}

func (s *system) askOne(ctx context.Context, server string, name dnsmessage.Name, kind dnsmessage.Type, another bool) ([]dnsmessage.Resource, error) {
	if another {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, oneTry)
		defer cancel()
	}
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	q := dnsmessage.Message{Header: dnsmessage.Header{ID: binary.BigEndian.Uint16(id[:]), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: kind, Class: dnsmessage.ClassINET}}}
	packed, err := q.Pack()
	if err != nil {
		return nil, err
	}
	for _, network := range []string{"udp", "tcp"} {
		var m dnsmessage.Message
		if m, err = s.exchange(ctx, network, server, packed); err != nil {
			return nil, err
		}
		if !m.Truncated || network == "tcp" {
			return found(m, kind)
		}
	}
	return nil, err
}

// exchange puts one question and waits for its answer; what answers another question is passed over.
func (s *system) exchange(ctx context.Context, network, server string, packed []byte) (m dnsmessage.Message, err error) {
	c, err := s.dial(ctx, network, server)
	if err != nil {
		return m, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	stream, written := network == "tcp", packed
	if stream {
		written = append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	}
	if _, err = c.Write(written); err != nil {
		return m, cause(ctx, err)
	}
	for b := make([]byte, mostAnswer); ; {
		n, err := receive(c, b, stream)
		if err != nil {
			return m, cause(ctx, err)
		}
		if answers(b[:n], packed) && m.Unpack(b[:n]) == nil {
			return m, nil
		}
		if stream {
			return m, errors.New("what answers is no name server")
		}
	}
}

func receive(c net.Conn, b []byte, stream bool) (int, error) {
	if !stream {
		return c.Read(b)
	}
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return 0, err
	}
	return io.ReadFull(c, b[:binary.BigEndian.Uint16(size[:])])
}

// answers reports whether a message is an answer to a question: same number, same words.
func answers(got, asked []byte) bool {
	const header = 12
	return len(got) >= len(asked) && got[0] == asked[0] && got[1] == asked[1] && got[2]&0x80 != 0 &&
		strings.EqualFold(string(got[header:len(asked)]), string(asked[header:]))
}

// cause is why a wait ended: the end of the context rather than what it did to the connection.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// found are the records of one kind in an answer. Names that were followed on the way (CNAME) have led to them.
func found(m dnsmessage.Message, kind dnsmessage.Type) (out []dnsmessage.Resource, err error) {
	switch m.RCode {
	case dnsmessage.RCodeSuccess:
	case dnsmessage.RCodeNameError:
		return nil, nil
	default:
		return nil, fmt.Errorf("the name server answers %s", strings.TrimPrefix(m.RCode.String(), "RCode"))
	}
	for _, r := range m.Answers {
		if r.Header.Type == kind {
			out = append(out, r)
		}
	}
	return out, nil
}

// readCAA takes a record apart.
func readCAA(r dnsmessage.Resource) (a Authority, err error) {
	body, ok := r.Body.(*dnsmessage.UnknownResource)
	if !ok || len(body.Data) < 2 || int(body.Data[1]) > len(body.Data)-2 {
		return a, errors.New("the name server sends a record that cannot be read")
	}
	tag := body.Data[2 : 2+int(body.Data[1])]
	return Authority{Critical: body.Data[0]&0x80 != 0, Tag: string(tag), Value: string(body.Data[2+len(tag):])}, nil
}
