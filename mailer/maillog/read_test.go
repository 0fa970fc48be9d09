package maillog

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const (
	ourID  = "0123456789abcdef0123456789abcdef@shop.example"
	sender = "b+aeaaeaabaibqibiga4eascqlbqgq4d7776gosb62bh2spyovfjmdkofnkmna@bounce.shop.example"
	jeanne = "jeanne@place.example"
)

var (
	now  = time.Date(2026, time.November, 2, 18, 0, 0, 0, time.UTC)
	then = time.Date(2026, time.November, 2, 10, 0, 0, 0, time.UTC)
)

func watched() []Watch {
	return []Watch{{MessageIDs: []string{ourID}, Sender: sender, Signed: true, To: jeanne, At: then}}
}

func options() Options {
	return Options{Zone: time.UTC, Now: now, Ours: func(id string) bool { return strings.HasSuffix(id, "@shop.example") }}
}

// syslog writes lines as a syslog does, a second apart, from ten o'clock on.
func syslog(says ...string) string {
	var b strings.Builder
	for n, s := range says {
		fmt.Fprintf(&b, "%s mail postfix/%s\n", then.Add(time.Duration(n)*time.Second).Format(time.Stamp), s)
	}
	return b.String()
}

func find(t *testing.T, log string) Found {
	t.Helper()
	l, err := Read(t.Context(), strings.NewReader(log), watched(), options())
	if err != nil {
		t.Fatal(err)
	}
	return l.Found[0]
}

const (
	client   = "smtpd[1]: 4AbC12: client=shop.example[192.0.2.1]"
	named    = "cleanup[2]: 4AbC12: message-id=<" + ourID + ">"
	active   = "qmgr[3]: 4AbC12: from=<" + sender + ">, size=4711, nrcpt=1 (queue active)"
	prefix   = "4AbC12: to=<" + jeanne + ">, relay=mx.place.example[192.0.2.9]:25, delay=0.2, delays=0.1/0/0/0.1, dsn="
	sent     = "smtp[4]: " + prefix + "2.0.0, status=sent (250 2.0.0 Ok: queued as X)"
	put      = "smtp[4]: " + prefix + "4.2.0, status=deferred (host mx.place.example[192.0.2.9] said: 450 4.2.0 later)"
	bounced  = "smtp[4]: " + prefix + "5.1.1, status=bounced (host mx.place.example[192.0.2.9] said: 550 5.1.1 <jeanne@place.example>: status=sent (250 ok))"
	expired  = "qmgr[3]: 4AbC12: from=<" + sender + ">, status=expired, returned to sender"
	removed  = "qmgr[3]: 4AbC12: removed"
	brokeOff = "smtpd[1]: lost connection after DATA (4000 bytes) from shop.example[192.0.2.1]"
	ended    = "; from=<" + sender + "> to=<" + jeanne + "> proto=ESMTP helo=<shop.example>"
)

func TestFates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want Fate
		says []string
	}{
		"nothing":                   {Absent, nil},
		"others":                    {Absent, []string{"cleanup[2]: 4AbC12: message-id=<other@shop.example>", active[:10] + "4AbC12: from=<x@y.example>, size=1, nrcpt=1 (queue active)", sent}},
		"begun":                     {Begun, []string{client, named}},
		"cut":                       {Cut, []string{client, named, brokeOff}},
		"cut in silence":            {Cut, []string{client, named, "smtpd[1]: timeout after DATA (0 bytes) from shop.example[192.0.2.1]"}},
		"cut after its end":         {Begun, []string{client, named, "smtpd[1]: lost connection after END-OF-MESSAGE from shop.example[192.0.2.1]"}},
		"another's was cut":         {Begun, []string{client, named, "smtpd[7]: lost connection after DATA (4000 bytes) from shop.example[192.0.2.1]"}},
		"the next one's was cut":    {Begun, []string{client, named, "smtpd[1]: 4OtHe1: client=shop.example[192.0.2.1]", brokeOff}},
		"cut, by its id":            {Cut, []string{named, "smtpd[8]: 4AbC12: lost connection after DATA (4000 bytes) from shop.example[192.0.2.1]"}}, // Postfix 3.10
		"held back":                 {Queued, []string{client, named, "cleanup[2]: 4AbC12: hold: header Received: from x from shop.example[192.0.2.1]" + ended}},
		"held back by a filter":     {Queued, []string{client, named, "cleanup[2]: 4AbC12: milter-hold: END-OF-MESSAGE from shop.example[192.0.2.1]: later" + ended}},
		"queued, then cut":          {Queued, []string{client, named, active, brokeOff}},
		"cut, then begun":           {Begun, []string{client, named, brokeOff, strings.ReplaceAll(client, "4AbC12", "5DeF34"), strings.ReplaceAll(named, "4AbC12", "5DeF34")}},
		"refused, then begun":       {Begun, []string{client, named, "cleanup[2]: 4AbC12: milter-reject: END-OF-MESSAGE from shop.example[192.0.2.1]: 4.7.1 later" + ended, strings.ReplaceAll(client, "4AbC12", "5DeF34"), strings.ReplaceAll(named, "4AbC12", "5DeF34")}},
		"queued":                    {Queued, []string{client, named, active}},
		"sent":                      {Sent, []string{client, named, active, sent, removed}},
		"deferred":                  {Deferred, []string{client, named, active, put, put, put}},
		"deferred, then sent":       {Sent, []string{client, named, active, put, active, sent, removed}},
		"bounced":                   {Bounced, []string{client, named, active, bounced, "bounce[5]: 4AbC12: sender non-delivery notification: 4ZzZ99", removed}},
		"expired":                   {Expired, []string{client, named, active, put, expired, removed}},
		"refused by a filter":       {Refused, []string{client, named, "cleanup[2]: 4AbC12: milter-reject: END-OF-MESSAGE from shop.example[192.0.2.1]: 5.7.1 no" + ended}},
		"refused by its header":     {Refused, []string{client, named, "cleanup[2]: 4AbC12: reject: header Subject: choose from shop.example[192.0.2.1]" + ended + ": 5.7.1 no"}},
		"refused at its end":        {Refused, []string{"smtpd[1]: NOQUEUE: reject: END-OF-MESSAGE from shop.example[192.0.2.1]: 554 5.7.1 no" + ended}},
		"refused at the recipient":  {Absent, []string{"smtpd[1]: NOQUEUE: reject: RCPT from shop.example[192.0.2.1]: 450 4.7.1 <" + jeanne + ">: greylisted" + ended}},
		"thrown away":               {Dropped, []string{client, named, "cleanup[2]: 4AbC12: discard: header Subject: choose from shop.example[192.0.2.1]" + ended}},
		"taken out by hand":         {Deleted, []string{client, named, active, put, "postsuper[9]: 4AbC12: removed"}},
		"through a filter":          {Bounced, []string{client, named, active, "cleanup[2]: 5DeF34: message-id=<" + ourID + ">", strings.ReplaceAll(bounced, "4AbC12", "5DeF34")}},
		"by its return path":        {Sent, []string{client, "cleanup[2]: 4AbC12: message-id=<rewritten@relay.example>", active, sent}},
		"the id is used again":      {Queued, []string{client, named, active, removed, strings.Replace(sent, "place", "other", 1)}},
		"used again by its start":   {Begun, []string{client, named, client, "cleanup[2]: 4AbC12: message-id=<other@x.example>", sent}},
		"long queue ids":            {Sent, []string{strings.ReplaceAll(named, "4AbC12", "4XrGYm0L5Bz1qk"), strings.ReplaceAll(sent, "4AbC12", "4XrGYm0L5Bz1qk")}},
		"lmtp":                      {Sent, []string{named, strings.Replace(sent, "smtp[", "relay/lmtp[", 1)}},
		"another's words":           {Absent, []string{"smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.7]: 550 helo=<" + named + ">", "smtp[4]: 9ZzZ11: to=<x@y.example>, relay=z, dsn=5.0.0, status=bounced (said: cleanup[2]: 4AbC12: message-id=<" + ourID + ">)", sent}},
		"words of the next server":  {Bounced, []string{named, active, bounced}},
		"a recipient that pretends": {Begun, []string{named, `smtp[4]: 4AbC12: to=<"x>, dsn=2.0.0, status=sent "@y.example>, relay=none, delay=1, dsn=4.4.1, status=odd (x)`}},
	} {
		if got := find(t, syslog(c.says...)); got.Fate != c.want || c.want != Absent && len(got.Lines) == 0 {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

// A refusal that names only the envelope may be that of an earlier try.
func TestEnvelopeCountsAboutItsTimeOnly(t *testing.T) {
	t.Parallel()
	no := "smtpd[1]: NOQUEUE: proxy-reject: END-OF-MESSAGE: 451 4.7.1 later" + ended
	for _, c := range []struct {
		at   time.Duration
		want Fate
	}{{0, Refused}, {Late - time.Second, Refused}, {Late + time.Second, Absent}, {-Early + time.Second, Refused}, {-time.Hour, Absent}} {
		if got := find(t, then.Add(c.at).Format(time.RFC3339)+" mail postfix/"+no); got.Fate != c.want {
			t.Errorf("%s away: %s, want %s", c.at, got.Fate, c.want)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	packed := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.WriteString(w, s)
		_ = w.Close()
		return b.String()
	}
	plain := syslog(client, named, active, sent)
	rfc := ""
	for line := range strings.Lines(plain) {
		rfc += "2026-11-02T11:00:00.123456+01:00 " + line[16:]
	}
	for name, text := range map[string]string{"plain": plain, "gzip": packed(plain), "two gzips": packed(plain[:200]) + packed(plain[200:]), "RFC 3339": rfc, "CR LF": strings.ReplaceAll(plain, "\n", "\r\n"),
		"journalctl": strings.ReplaceAll(rfc, ".123456+01:00", "+0100"), "journalctl in French": strings.ReplaceAll(plain, "Nov  2", "nov. 02"), "journalctl in Dutch, precise": strings.ReplaceAll(strings.ReplaceAll(plain, "Nov  2", "nov 02"), ":00 mail", ":00.123456 mail"),
		"Postfix's own": strings.ReplaceAll(plain, "Nov  2", "Nov 02"), "without an end": strings.TrimSpace(plain),
		"among others": "garbage\n\n\x00\nNov  2 10:00:00\nNov  2 10:00:00 mail kernel: x\n" + strings.Repeat("x", 100_000) + "\n" + plain} {
		got := find(t, text)
		if got.Fate != Sent || got.Queue != "4AbC12" || got.At.Sub(then).Abs() > 5*time.Second {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if l, err := Read(t.Context(), strings.NewReader("no log\nat all\n"), watched(), options()); err != nil || l.Lines != 0 {
		t.Errorf("%+v %v", l, err)
	}
	if _, err := Read(t.Context(), strings.NewReader(packed(plain)[:100]), watched(), options()); err == nil {
		t.Error("half a gzip is read without complaint")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, strings.NewReader(plain), watched(), options()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestYears(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ now, text, want string }{
		{"2026-11-02T18:00:00Z", "Nov  2 18:30:00 x", "2026-11-02T17:30:00Z"},
		{"2026-01-02T08:00:00Z", "Dec 31 23:59:00 x", "2025-12-31T22:59:00Z"},
		{"2025-12-31T23:30:00Z", "Jan  1 00:20:00 x", "2025-12-31T23:20:00Z"},
		{"2026-01-02T08:00:00Z", "déc. 31 23:59:00 x", "2025-12-31T22:59:00Z"},
		{"2026-01-02T08:00:00Z", "Dez 31 23:59:00.999 x", "2025-12-31T22:59:00Z"},
		{"2026-11-02T18:00:00Z", "août 02 10:00:00 x", "2026-08-02T08:00:00Z"},
		{"2026-11-02T18:00:00Z", "Mär 02 10:00:00 x", "2026-03-02T09:00:00Z"},
		{"2026-11-02T18:00:00Z", "Feb 29 10:00:00 x", "2024-02-29T09:00:00Z"},
		{"2026-11-02T18:00:00Z", "Nov  4 10:00:00 x", "2025-11-04T09:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got, rest, ok := stamps{zone: paris, now: at}.read(c.text)
		if !ok || rest != "x" || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s at %s: %s %q %t", c.text, c.now, got.UTC(), rest, ok)
		}
	}
	for _, text := range []string{"", "Nov", "Nov  2 25:00:00 x", "Nov 32 10:00:00 x", "Abc  2 10:00:00 x", "ovD  2 10:00:00 x", "Nov  0 10:00:00 x", "2026-13-02T10:00:00Z x", "2026-" + strings.Repeat("9", 50) + " x", "Nov  2 1a:00:00 x"} {
		if _, _, ok := (stamps{zone: time.UTC, now: now}).read(text); ok {
			t.Errorf("%q is read", text)
		}
	}
}

// told is a log of lines at some distance from ten o'clock.
func told(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		after, says, _ := strings.Cut(l, " ")
		d, err := time.ParseDuration(after)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s %s\n", then.Add(d).Format(time.RFC3339), says)
	}
	return b.String()
}

func read(t *testing.T, log string) Log {
	t.Helper()
	l, err := Read(t.Context(), strings.NewReader(log), watched(), options())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const another = "mail postfix/cleanup[2]: 4OtHe1: message-id=<other@shop.example>"

func TestCovers(t *testing.T) {
	t.Parallel()
	all := []string{"-1h " + another, "0h " + another, "2h " + another, "5h " + another, "6h " + another, "8h " + another}
	for at, want := range map[time.Duration]string{0: "", -time.Hour: "begins only", 8 * time.Hour: "ends already", 8*time.Hour - Late: "", 8*time.Hour - Late + time.Second: "ends already",
		3 * time.Hour: "holds nothing between 2026-11-02 12:00:00 and 2026-11-02 15:00:00", 2*time.Hour + 30*time.Second: "holds nothing", 2*time.Hour - Late: "", 5*time.Hour + Early: "", 6 * time.Hour: ""} {
		if ok, why := read(t, told(all...)).Covers(then.Add(at)); ok != (want == "") || !strings.Contains(why, want) {
			t.Errorf("%s: %t %s", at, ok, why)
		}
	}
	stranger := func(at string) string { return at + " other postfix/cleanup[2]: 4StRa1: message-id=<x@y.example>" }
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"another Postfix wrote on":  {[]string{"-1h " + another, stranger("-1h"), stranger("30m"), stranger("1h")}, "ends already"},
		"nothing of ours":           {[]string{stranger("-1h"), stranger("0h"), stranger("1h")}, "no message like ours"},
		"the newest file first":     {[]string{"30m " + another, "90m " + another, "-2h " + another, "-1h " + another}, "holds nothing between 2026-11-02 09:00:00 and 2026-11-02 10:30:00"},
		"the newest file first, it": {[]string{"-1h " + another, "0h " + another, "90m " + another, "-4h " + another, "-3h " + another}, ""},
		"one of two lacks it":       {[]string{"-1h " + another, "1h " + another, "-1h " + strings.Replace(another, "mail ", "two ", 1), "-50m " + strings.Replace(another, "mail ", "two ", 1)}, "ends already"},
	} {
		if ok, why := read(t, told(c.lines...)).Covers(then); ok != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("%s: %t %s", name, ok, why)
		}
	}
	var torn strings.Builder
	for n := range 2 * (mostSpans + 1) {
		torn.WriteString(told(fmt.Sprintf("%dm %s", -2*(n%2), another)))
	}
	if ok, why := read(t, torn.String()).Covers(then); ok || !strings.Contains(why, "too many") {
		t.Errorf("%t %s", ok, why)
	}
}

// A Postfix that is ended does not write down what it did last; nor does who keeps the log when it is too much.
func TestLinesThatAreMissing(t *testing.T) {
	t.Parallel()
	const started, ended = "postfix/master[9]: daemon started -- version 3.7.11, configuration /etc/postfix", "postfix/master[9]: terminating on signal 15"
	for name, c := range map[string]struct {
		lines []string
		want  bool
	}{
		"nothing":                         {[]string{"-1h " + another, "1h " + another}, false},
		"started anew soon after":         {[]string{"1s " + another, "3m mail " + started}, true},
		"started anew long after":         {[]string{"1s " + another, "50m mail " + started}, true},
		"it worked on":                    {[]string{"1s " + another, "20m " + another, "30m mail " + started}, false},
		"started anew just before":        {[]string{"-20m " + another, "-4m mail " + started}, true},
		"started anew long before":        {[]string{"-20m " + another, "-6m mail " + started}, false},
		"by its script":                   {[]string{"1s " + another, "3m mail postfix/postfix-script[7]: starting the Postfix mail system"}, true},
		"under another name":              {[]string{"1s " + another, "3m second " + started}, true},
		"ended and not started":           {[]string{"1s " + another, "2s mail " + ended}, true},
		"aborted":                         {[]string{"1s " + another, "2s mail postfix/postfix-script[7]: aborting the Postfix mail system"}, true},
		"what others do while it is down": {[]string{"1s " + another, "30m mail postfix/postdrop[7]: warning: unable to look up public/pickup", "40m mail " + started}, true},
		"another Postfix works on":        {[]string{"1s " + another, "30m mail postfix-out/qmgr[7]: 4StRa1: removed", "40m mail " + started}, true},
		"another one was started anew":    {[]string{"1s " + another, "-50m mail postfix-out/qmgr[7]: 4StRa1: removed", "-40m mail " + strings.Replace(started, "postfix/", "postfix-out/", 1)}, false},
		"after a loss of power":           {[]string{"1s " + another, "3m \x00mail " + started}, true},
		"rsyslog has lost some":           {[]string{"1s " + another, "30m " + another, "30m mail rsyslogd: imuxsock lost 42 messages from pid 7 due to rate-limiting"}, true},
		"journald has":                    {[]string{"1s " + another, "30m mail systemd-journald[1]: Suppressed 42 messages from postfix@-.service"}, true},
		"journald has, long ago":          {[]string{"-5h mail systemd-journald[1]: Suppressed 42 messages from postfix@-.service", "1s " + another}, false},
		"somebody says so":                {[]string{"1s mail app[1]: rsyslogd lost messages due to rate-limiting", "1s " + another}, false},
	} {
		if why := read(t, told(c.lines...)).Missing(then); (why != "") != c.want {
			t.Errorf("%s: %q", name, why)
		}
	}
	if l := read(t, "\x00\x00"+told("3m mail "+started)); l.Missing(then) == "" {
		t.Error("a start behind what a loss of power left is not read")
	}
}

// What a process had before it is forgotten when somebody else is before it, or another process has its number.
func TestWhoBreaksOff(t *testing.T) {
	t.Parallel()
	for name, says := range map[string][]string{
		"somebody else":    {client, named, "smtpd[1]: connect from x[192.0.2.7]", brokeOff},
		"before a filter":  {client, named, "smtpd[1]: NOQUEUE: client=x[192.0.2.7]", brokeOff},
		"another process":  {client, named, "master[9]: daemon started -- version 3.7.11", brokeOff},
		"another message":  {client, named, strings.Replace(client, "4AbC12", "4OtHe1", 1), brokeOff},
		"an earlier break": {brokeOff, client, named},
	} {
		if got := find(t, syslog(says...)); got.Fate != Begun {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Of the messages like ours the first and the last are kept, however many there are.
func TestSightings(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, mostSeen, mostSeen + 1, 2 * mostSeen, 2*mostSeen + 1, 5 * mostSeen} {
		var says []string
		for i := range n {
			says = append(says, fmt.Sprintf("cleanup[2]: 4A%05d: message-id=<%d@shop.example>", i, i), fmt.Sprintf("cleanup[2]: 4B%05d: message-id=<%d@x.example>", i, i))
		}
		l, err := Read(t.Context(), strings.NewReader(syslog(says...)), nil, options())
		if err != nil || l.Ours != n || len(l.Seen) != min(n, 2*mostSeen) {
			t.Fatalf("%d: %d seen of %d, %v", n, len(l.Seen), l.Ours, err)
		}
		for i, s := range l.Seen {
			want := i
			if n > 2*mostSeen && i >= mostSeen {
				want = n - 2*mostSeen + i
			}
			if s.MessageID != fmt.Sprintf("%d@shop.example", want) {
				t.Errorf("%d: the %d-th is %s", n, i, s.MessageID)
			}
		}
	}
}

// endless writes lines of strangers and of ours without an end.
type endless struct{ left int }

func (e *endless) Read(p []byte) (n int, err error) {
	for n+1000 < len(p) {
		if e.left--; e.left < 0 {
			return n, io.EOF
		}
		n += copy(p[n:], fmt.Sprintf("Nov  2 10:00:00 mail postfix/cleanup[2]: 4A%07d: message-id=<%s>\nNov  2 10:00:01 mail postfix/smtp[2]: 4A%07d: to=<%s>, relay=x, dsn=4.0.0, status=deferred (x)\n", e.left, ourID, e.left, jeanne))
	}
	return n, nil
}

// Whoever has seen our Message-ID may write it into as many messages as he likes.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	r := newReader(watched(), options())
	l, err := Read(t.Context(), &endless{left: 50_000}, watched(), options())
	if err != nil || l.Lines != 100_000 || len(l.Found[0].Lines) != mostLines || len(l.Seen) != 2*mostSeen {
		t.Errorf("%d lines, %d kept, %d seen, %v", l.Lines, len(l.Found[0].Lines), len(l.Seen), err)
	}
	for n := range 1000 {
		r.row(fmt.Sprintf("Nov  2 10:00:00 mail postfix/cleanup[2]: 4A%07d: message-id=<%s>", n, ourID))
	}
	for n := range 3 * mostOpen {
		r.row(fmt.Sprintf("Nov  2 10:00:00 host%d postfix/smtpd[%d]: 4A%07d: client=x[192.0.2.7]", n, n, n))
		r.row(fmt.Sprintf("Nov  2 10:00:00 host%d postfix/master[9]: daemon started", n))
		r.row("Nov  2 10:00:00 mail rsyslogd: imuxsock lost 42 messages from pid 7 due to rate-limiting")
		r.row(strings.Repeat("h", 300) + " postfix/smtpd[9]: 4A0000: client=x[192.0.2.7]")
	}
	if len(r.open) > mostOpen || len(r.log.writers) > mostPostfixes || len(r.log.lost) > mostSpans || !r.log.broken {
		t.Errorf("%d processes, %d writers, %d losses", len(r.open), len(r.log.writers), len(r.log.lost))
	}
	if len(r.queues) > mostQueues {
		t.Errorf("%d queue ids are held", len(r.queues))
	}
}

func TestLinesArePrintable(t *testing.T) {
	t.Parallel()
	got := find(t, syslog(named, active, strings.Replace(put, "later", "\x1b[2J\u202e\xff"+strings.Repeat("long word ", 300), 1)))
	for _, line := range got.Lines {
		if len(line) > longest+8 || strings.ContainsAny(line, "\x1b\u202e") || !utf8.ValidString(line) {
			t.Errorf("%q", line)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(syslog(client, named, active, put, bounced, removed)))
	f.Add([]byte("2026-11-02T11:00:00+01:00 mail postfix/" + sent))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := Read(t.Context(), bytes.NewReader(raw), watched(), options())
		if err != nil {
			return
		}
		if found := l.Found[0]; len(found.Lines) > mostLines || found.Fate != Absent && !bytes.Contains(raw, []byte("postfix")) && !bytes.Contains(raw, []byte("/")) {
			t.Errorf("%+v", found)
		}
		l.Covers(then)
		l.Missing(then)
	})
}
