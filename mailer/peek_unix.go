//go:build unix

package mailer

import (
	"errors"
	"net"
	"syscall"
)

// pending looks, without waiting and without taking anything, whether the peer has sent bytes that
// nobody read yet or has closed the connection.
func pending(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return true
	}
	waiting := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		waiting = !errors.Is(err, syscall.EAGAIN) // bytes, the end, or an error
		return true
	})
	return waiting || err != nil
}
