package smtptest

import (
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// Ports gives addresses of loopback to serve on later, each once, from span ports that begin at first. Below 32768 they are none
// that the system gives to whoever asks for any: one of those could be somebody else's by the time that a server starts on it.
// Packages whose tests run side by side have spans of their own.
func Ports(first, span int) func() (addr string, err error) {
	var last atomic.Int64
	last.Store(int64(first + os.Getpid()*137%span))
	return func() (addr string, err error) {
		for range 500 {
			addr = net.JoinHostPort("127.0.0.1", strconv.FormatInt(last.Add(1), 10))
			var l net.Listener
			if l, err = net.Listen("tcp", addr); err == nil {
				return addr, l.Close()
			}
		}
		return "", err
	}
}
