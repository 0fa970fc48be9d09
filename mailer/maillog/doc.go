// Package maillog reads the log of a Postfix and finds in it what became of some messages. It judges
// nothing: what it finds is for a person to weigh.
//
//	stamp.go   the time at the beginning of a line, of syslog or by RFC 3339
//	line.go    a line taken apart: service, queue id, what it says
//	read.go    a whole log, in bounded memory, whatever stands in it
//	watch.go   what is kept of a message that is looked for
//	cover.go   whether a log would have shown a message: silences, restarts, lines that were lost
//
// Much in such a log was written by strangers: names they gave themselves, replies of their servers, subjects.
// So a line counts by what Postfix itself puts at its beginning, and only for a queue id that Postfix tied to
// one of our messages: by its Message-ID, which nobody can guess before it was delivered, or by its signed
// return path.
package maillog
