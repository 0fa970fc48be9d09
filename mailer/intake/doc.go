// Package intake takes in mail: what comes back about messages that were sent, from files, and for the demo
// everything that is sent.
//
//	intake.go  reads one message with mailer/bounce, checks its signed address, and tells the desk
//	file.go    messages from files, mboxes, Maildirs and streams
//	server.go  an SMTP server that takes every message that fits its limits and relays nothing
//	inbox.go   the demo's inbox: the newest messages in memory
package intake
