// Package intake takes in mail: what comes back about messages that were sent, from files, an IMAP
// mailbox and a server of its own, and for the demo everything that is sent.
//
//	intake.go  reads one message with mailer/bounce, checks its signed address, and tells the desk
//	file.go    messages from files, mboxes, Maildirs and streams
//	receive.go messages from the built-in server
//	mailbox.go messages from an IMAP mailbox
//	server.go  an SMTP and LMTP server that takes every message that fits its limits and relays nothing
//	limit.go   how many connections it has, from whom, and how long a command may be
//	inbox.go   the demo's inbox: the newest messages in memory
package intake
