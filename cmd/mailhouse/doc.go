// Package mailhouse holds no program: its tests let the real reoptin send over a real Postfix and read what
// comes back from a real Dovecot. Behind the Postfix stands a mail server of ours, which refuses some people,
// puts off others, and remembers whom it took; the notifications are Postfix's own. On the way to the Postfix
// a wire is cut at chosen dots, and the Postfix itself is stopped, restarted and aborted meanwhile.
//
// The tests need root and, on Debian, the packages postfix, dovecot-imapd, dovecot-lmtpd and spamassassin. All
// run in a folder of their own, on loopback ports of their own; nothing of the machine's own mail is touched.
//
//	go test ./cmd/mailhouse
//
// Without them they are skipped at home, and fail where CI is set. REOPTIN_POSTFIX sets how many people are
// asked, 300 where it is not; the Postfix is restarted three times, and from a thousand people on once in 125.
package mailhouse
