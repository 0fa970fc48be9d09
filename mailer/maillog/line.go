package maillog

import (
	"strings"
)

// line is one line of Postfix.
type line struct {
	host    string
	service string // the last part of its name: smtpd, cleanup, qmgr, smtp …
	process string // its number
	postfix string // its host and what its name begins with: several may run on one host
	queue   string // the queue id, NOQUEUE, or "" when the line is about no message
	says    string // what follows
}

// NoQueue stands in the place of a queue id where there is none yet.
const NoQueue = "NOQUEUE"

// key is the queue id with its host: the logs of several may stand in one file.
func (l line) key() string { return l.host + " " + l.queue }

// parse takes apart what follows the time: host, service[process]: and the text.
func parse(text string) (l line, ok bool) {
	l.host, text, ok = strings.Cut(text, " ")
	if !ok {
		return l, false
	}
	tag, says, ok := strings.Cut(text, ": ")
	name, process, open := strings.Cut(tag, "[")
	slash := strings.LastIndexByte(name, '/')
	if !ok || !open || slash < 1 || len(l.host) > 255 || len(tag) > 100 || !strings.HasSuffix(process, "]") || strings.ContainsAny(tag, " \t<>=") {
		return l, false
	}
	l.service, l.process, l.says = name[slash+1:], strings.TrimSuffix(process, "]"), says
	instance, _, _ := strings.Cut(name, "/")
	l.postfix = l.host + " " + instance
	if id, rest, ok := strings.Cut(says, ": "); ok && isQueueID(id) {
		l.queue, l.says = id, rest
	}
	return l, true
}

// isQueueID reports whether a word is a queue id, short or long, or stands in the place of one.
func isQueueID(s string) bool {
	if len(s) < 5 || len(s) > 25 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return false
		}
	}
	return s == NoQueue || strings.ContainsAny(s, "0123456789")
}

// session is the process, of which an smtpd receives messages one at a time.
func (l line) session() string { return l.host + " " + l.process }

// comes reports whether a process begins to receive a message.
func (l line) comes() bool { return l.service == "smtpd" && strings.HasPrefix(l.says, "client=") }

// breaks reports whether the sender of a message went away before its end had come. After its end another word
// stands there, END-OF-MESSAGE.
func (l line) breaks() bool {
	return l.service == "smtpd" && (strings.HasPrefix(l.says, "lost connection after DATA (") || strings.HasPrefix(l.says, "timeout after DATA ("))
}

// connects reports whether a process has somebody else before it.
func (l line) connects() bool {
	return l.service == "smtpd" && l.queue == "" && strings.HasPrefix(l.says, "connect from ")
}

// starts and ends report whether a Postfix says that it is there, or is not any more.
func (l line) starts() bool {
	return l.service == "master" && strings.HasPrefix(l.says, "daemon started") || l.service == "postfix-script" && strings.HasPrefix(l.says, "starting the Postfix")
}

func (l line) ends() bool {
	return l.service == "master" && strings.HasPrefix(l.says, "terminating on signal") ||
		l.service == "postfix-script" && (strings.HasPrefix(l.says, "stopping the Postfix") || strings.HasPrefix(l.says, "aborting the Postfix"))
}

// works reports whether a line is of a Postfix that is there. Commands write too while it is not.
func (l line) works() bool {
	switch l.service {
	case "smtpd", "cleanup", "qmgr", "smtp", "lmtp", "local", "virtual", "pipe", "error", "retry", "discard", "bounce", "trivial-rewrite", "anvil", "tlsmgr", "scache", "pickup", "postscreen", "proxymap", "verify":
		return true
	}
	return false
}

// heldBack reports whether the relay took a message and laid it aside: it lies in its queue.
func (l line) heldBack() bool {
	return strings.HasPrefix(l.says, "hold: ") || strings.HasPrefix(l.says, "milter-hold: ")
}

// lost reports whether whoever keeps the log says that lines were not written down: rsyslog or journald, of a
// service that writes too much.
func lost(text string) bool {
	_, text, _ = strings.Cut(text, " ")
	for _, keeper := range []string{"rsyslogd", "systemd-journal", "journal"} {
		if strings.HasPrefix(text, keeper) {
			return strings.Contains(text, "due to rate-limiting") || strings.Contains(text, ": Suppressed ")
		}
	}
	return false
}

// within is what stands between brackets behind a name at the start of a text: "from=<a@b>, …".
func within(says, name string) (value string, ok bool) {
	says, ok = strings.CutPrefix(says, name+"=<")
	if !ok {
		return "", false
	}
	value, _, ok = strings.Cut(says, ">")
	return value, ok
}

// messageID is the Message-ID that a line of cleanup reports.
func (l line) messageID() (id string, ok bool) {
	if l.service != "cleanup" {
		return "", false
	}
	if id, ok = within(l.says, "message-id"); ok {
		return id, true
	}
	return "", strings.HasPrefix(l.says, "message-id=") // none, or one that is not ours
}

// status is the outcome that a line of a delivery agent reports: "to=<a@b>, relay=…, dsn=2.0.0, status=sent (…)".
// What follows the bracket was written by another server.
func (l line) status() string {
	if !strings.HasPrefix(l.says, "to=<") {
		return ""
	}
	// The recipient is ours to know and may hold anything between quotes: the outcome is looked for behind it.
	_, rest, ok := strings.Cut(l.says, ">, ")
	if !ok {
		return ""
	}
	_, rest, ok = strings.Cut(rest, "dsn=")
	if !ok {
		return ""
	}
	_, rest, ok = strings.Cut(rest, ", status=")
	word, _, open := strings.Cut(rest, " (")
	if !ok || !open || len(word) > 20 {
		return ""
	}
	return word
}

// turnedDown reports whether the whole message was refused after it had come, with a complete answer.
func (l line) turnedDown() bool {
	for _, begin := range []string{"reject: ", "milter-reject: ", "proxy-reject: "} {
		if rest, ok := strings.CutPrefix(l.says, begin); ok {
			return l.service == "cleanup" || strings.HasPrefix(rest, "END-OF-MESSAGE")
		}
	}
	return false
}

// thrownAway reports whether the message was taken with a yes and then dropped by a rule of the relay.
func (l line) thrownAway() bool {
	return l.service == "discard" || strings.HasPrefix(l.says, "discard: ") || strings.HasPrefix(l.says, "milter-discard: ")
}

// envelope is whom a refusal of smtpd names: "…; from=<a@b> to=<c@d> proto=ESMTP helo=<…>".
func (l line) envelope() (from, to string) {
	at := strings.LastIndex(l.says, "; from=<")
	if at < 0 {
		return "", ""
	}
	from, ok := within(l.says[at+2:], "from")
	if !ok {
		return "", ""
	}
	to, _ = within(strings.TrimPrefix(l.says[at+2:], "from=<"+from+"> "), "to")
	return from, to
}
