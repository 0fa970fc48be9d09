// Package zonetest answers questions of mailer/check from lines of text, so that no test asks a real name
// server. Only tests import it.
//
//	example.com       TXT  v=spf1 mx -all
//	example.com       MX   mail.example.com
//	mail.example.com  A    192.0.2.25
//	192.0.2.25        PTR  mail.example.com
//	example.com       CAA  0 issue "ca.example.net"
//	ill.example.com   TXT  FAIL                the name server fails
//	dead.example.com  TXT  HANG                it never answers
//	*                 *    FAIL                so does every other
//
// An empty line and one that begins with # say nothing. Several lines of one name and kind are several records,
// in their order.
package zonetest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/mailer/check"
)

// Zone is what the lines say.
type Zone struct {
	records map[string][]string

	mu    sync.Mutex
	asked map[string]int
}

// Parse reads the lines.
func Parse(text string) (*Zone, error) {
	z := &Zone{records: map[string][]string{}, asked: map[string]int{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		kind, value, ok := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok {
			return nil, fmt.Errorf("%q is no record", line)
		}
		key := kind + " " + strings.ToLower(name)
		z.records[key] = append(z.records[key], strings.TrimSpace(value))
	}
	return z, nil
}

// Read reads a file of lines.
func Read(path string) (*Zone, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(string(text))
}

// Asked counts how often something was asked: "TXT example.com".
func (z *Zone) Asked(what string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.asked[what]
}

var errFails = errors.New("the name server fails")

func (z *Zone) look(ctx context.Context, kind, name string) ([]string, error) {
	key := kind + " " + strings.ToLower(strings.TrimSuffix(name, "."))
	z.mu.Lock()
	z.asked[key]++
	z.mu.Unlock()
	found, ok := z.records[key]
	if !ok {
		found = z.records["* *"]
	}
	if len(found) == 1 && found[0] == "FAIL" {
		return nil, errFails
	}
	if len(found) == 1 && found[0] == "HANG" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return found, nil
}

// TXT gives the texts of a name.
func (z *Zone) TXT(ctx context.Context, name string) ([]string, error) {
	return z.look(ctx, "TXT", name)
}

// MX gives the hosts of a name.
func (z *Zone) MX(ctx context.Context, name string) ([]string, error) { return z.look(ctx, "MX", name) }

// Addresses gives the addresses of a name, of both kinds.
func (z *Zone) Addresses(ctx context.Context, name string) (out []netip.Addr, err error) {
	found, err := z.look(ctx, "A", name)
	for _, text := range found {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, err
}

// Names gives the names of an address.
func (z *Zone) Names(ctx context.Context, addr netip.Addr) ([]string, error) {
	return z.look(ctx, "PTR", addr.String())
}

// CAA gives who may issue certificates for a name.
func (z *Zone) CAA(ctx context.Context, name string) (out []check.Authority, err error) {
	found, err := z.look(ctx, "CAA", name)
	for _, text := range found {
		flags, rest, _ := strings.Cut(text, " ")
		tag, value, ok := strings.Cut(rest, " ")
		if !ok {
			return nil, fmt.Errorf("%q is no CAA record", text)
		}
		out = append(out, check.Authority{Critical: flags == "128", Tag: tag, Value: strings.Trim(value, `"`)})
	}
	return out, err
}
