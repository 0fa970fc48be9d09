package check

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// The library that asks all other questions knows no CAA records, so that this one is put by hand: to the name
// servers of this machine, one after the other.

const (
	typeCAA     dnsmessage.Type = 257
	resolvers                   = "/etc/resolv.conf"
	mostServers                 = 3
	mostAnswer                  = 1 << 16
	oneServer                   = 2 * time.Second // when there is another to ask
)

var errNoServer = errors.New("the name servers of this machine are not known")

// CAA gives the records of one name; a name that does not exist has none.
func (s *system) CAA(ctx context.Context, name string) ([]Authority, error) {
	n, err := dnsmessage.NewName(full(name))
	if err != nil {
		return nil, fmt.Errorf("%q is no name", name)
	}
	servers := nameServers()
	err = errNoServer
	for i, server := range servers {
		var got []Authority
		if got, err = s.askOne(ctx, server, n, i+1 < len(servers)); err == nil {
			return got, nil
		}
	}
	return nil, err
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

func (s *system) askOne(ctx context.Context, server string, name dnsmessage.Name, another bool) ([]Authority, error) {
	if another {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, oneServer)
		defer cancel()
	}
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	q := dnsmessage.Message{Header: dnsmessage.Header{ID: binary.BigEndian.Uint16(id[:]), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: typeCAA, Class: dnsmessage.ClassINET}}}
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
			return readCAA(m)
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

// readCAA takes an answer apart. Names that were followed on the way (CNAME) have led to the records that count.
func readCAA(m dnsmessage.Message) (out []Authority, err error) {
	switch m.RCode {
	case dnsmessage.RCodeSuccess:
	case dnsmessage.RCodeNameError:
		return nil, nil
	default:
		return nil, fmt.Errorf("the name server answers %s", strings.TrimPrefix(m.RCode.String(), "RCode"))
	}
	for _, r := range m.Answers {
		body, ok := r.Body.(*dnsmessage.UnknownResource)
		if r.Header.Type != typeCAA || !ok {
			continue
		}
		if len(body.Data) < 2 || int(body.Data[1]) > len(body.Data)-2 {
			return nil, errors.New("the name server sends a record that cannot be read")
		}
		tag := body.Data[2 : 2+int(body.Data[1])]
		out = append(out, Authority{Critical: body.Data[0]&0x80 != 0, Tag: string(tag), Value: string(body.Data[2+len(tag):])})
	}
	return out, nil
}
