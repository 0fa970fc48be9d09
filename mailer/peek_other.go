//go:build !unix

package mailer

import "net"

// pending cannot be known here without waiting.
func pending(net.Conn) bool { return false }
