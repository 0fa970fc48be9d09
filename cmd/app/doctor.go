package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/check"
)

// How a line of a diagnosis stands, the gravest last.
const (
	StatusOK      = "ok"
	StatusInfo    = "info"    // it is of e-mail alone, and nobody is asked by e-mail
	StatusUnknown = "unknown" // it could not be asked
	StatusWarning = "warning" // it works, and is better mended
	StatusError   = "error"   // it must be mended before anything is sent
)

var gravity = []string{StatusOK, StatusInfo, StatusUnknown, StatusWarning, StatusError}

// DoctorLine is one thing that was looked at.
type DoctorLine struct {
	Check   string       `json:"check"`
	About   string       `json:"about"` // the file, domain or address
	Status  string       `json:"status"`
	Text    string       `json:"text"`
	Mend    string       `json:"mend"`    // what to do; "" when nothing is to be done
	Rule    string       `json:"rule"`    // of the rules for messages, such as DNS-001; ""
	Records []ZoneRecord `json:"records"` // to publish in the DNS
}

// ZoneRecord is a record of the DNS as it should be.
type ZoneRecord struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Text string `json:"text"`
}

// Diagnosis is all that was looked at.
type Diagnosis struct {
	Lines    []DoctorLine `json:"lines"`
	Errors   int          `json:"errors"`
	Warnings int          `json:"warnings"`
	Unknown  int          `json:"unknown"`
	Info     int          `json:"info"` // not needed for letters
	Offline  bool         `json:"offline"`
}

func diagnosis(offline bool, lines []DoctorLine) Diagnosis {
	d := Diagnosis{Lines: lines, Offline: offline}
	for _, l := range lines {
		switch l.Status {
		case StatusError:
			d.Errors++
		case StatusWarning:
			d.Warnings++
		case StatusUnknown:
			d.Unknown++
		case StatusInfo:
			d.Info++
		}
	}
	return d
}

func line(check, about string) *DoctorLine {
	return &DoctorLine{Check: check, About: about, Status: StatusOK, Records: []ZoneRecord{}}
}

// say adds to what was found; mend may be empty.
func (l *DoctorLine) say(status, mend, format string, args ...any) {
	if slices.Index(gravity, status) > slices.Index(gravity, l.Status) {
		l.Status = status
	}
	join := func(to *string, what string) {
		if *to != "" && what != "" {
			*to += "; "
		}
		*to += what
	}
	join(&l.Text, fmt.Sprintf(format, args...))
	join(&l.Mend, mend)
}

func (l *DoctorLine) ok(format string, args ...any) { l.say(StatusOK, "", format, args...) }
func (l *DoctorLine) warn(mend, format string, args ...any) {
	l.say(StatusWarning, mend, format, args...)
}
func (l *DoctorLine) bad(mend, format string, args ...any) { l.say(StatusError, mend, format, args...) }
func (l *DoctorLine) fault(err error)                      { l.bad(fault.HintOf(err), "%v", err) }

// unanswered is for what the DNS did not answer.
func (l *DoctorLine) unanswered(err error) {
	l.say(StatusUnknown, "check the name servers of this machine, then run reoptin doctor again", "the DNS does not answer: %v", err)
}

func (l *DoctorLine) publish(name, kind, text string) {
	l.Records = append(l.Records, ZoneRecord{name, kind, text})
}

// DoctorDeps are what a diagnosis looks through; the zero value is what a real one needs.
type DoctorDeps struct {
	Offline   bool                          // ask nobody outside of this machine
	Resolver  check.Resolver                // nil: the name servers of this machine
	Patience  time.Duration                 // for one question; 0: three seconds
	Transport http.RoundTripper             // nil: straight to the web server
	TLS       *tls.Config                   // nil: whom this machine trusts
	Synced    func() (synced, known bool)   // whether the clock follows another; nil: the kernel says it
	Room      func() (campaign.Room, error) // nil: that of the disk of the database
}

// How long a diagnosis may take: for one question of the DNS, for one wait for relay or web server, in all.
const (
	askPatience  = 3 * time.Second
	talkPatience = 10 * time.Second
	allPatience  = 30 * time.Second
)

// doctor is one diagnosis under way.
type doctor struct {
	config   config.Config
	clock    func() time.Time
	deps     DoctorDeps
	resolver check.Resolver
	senders  []sender
	byPost   bool          // campaigns are not over, and none of them asks by e-mail
	sealed   time.Time     // when the newest signed entry was made, by the clock of then
	drift    time.Duration // of this clock behind the web server's
	compared bool          // drift is known
	heads    *DoctorLine   // who has heads of the ledger; nil: the database could not be asked
}

// sender is a domain that campaigns write from.
type sender struct {
	domain string
	reply  string   // domain to which answers go
	names  []string // of the campaigns
	from   campaign.Address
}

// Unreadable is the diagnosis of a configuration that cannot be read: nothing else can be looked at.
func Unreadable(err error) Diagnosis {
	l := line("configuration", "")
	l.fault(err)
	return diagnosis(true, []DoctorLine{*l})
}

// Doctor looks at everything that sending depends on, and changes nothing: no message is begun, the database
// is opened for reading. The error is that of a context that ended.
func Doctor(ctx context.Context, c config.Config, s Surroundings, deps DoctorDeps) (Diagnosis, error) {
	d := newDoctor(c, s.Clock, deps)
	lines := d.house(ctx)
	var outside []DoctorLine
	if !deps.Offline {
		outside = d.outside(ctx)
	}
	lines = slices.Concat(lines, []DoctorLine{d.time()}, d.alignments(), d.unread(), outside)
	if d.byPost && len(c.Ways()) == 0 {
		lines = forLetters(lines)
	}
	return diagnosis(deps.Offline, lines), ctx.Err()
}

func newDoctor(c config.Config, clock func() time.Time, deps DoctorDeps) *doctor {
	d := &doctor{config: c, clock: clock, deps: deps}
	resolver, patience := deps.Resolver, deps.Patience
	if resolver == nil {
		resolver = check.System(nil)
	}
	if patience == 0 {
		patience = askPatience
	}
	d.resolver = check.Patient(resolver, patience)
	return d
}

// outside asks everybody side by side, and gives what they say in one order.
func (d *doctor) outside(ctx context.Context) []DoctorLine {
	ctx, cancel := context.WithTimeout(ctx, allPatience)
	defer cancel()
	tasks := []func(context.Context) []DoctorLine{d.website, d.authorities, d.talk, d.mailbox, d.mailHosts, d.spf, d.dkim, d.dmarc, d.reverse, d.reports}
	found := make([][]DoctorLine, len(tasks))
	var all sync.WaitGroup
	for i, task := range tasks {
		all.Go(func() { found[i] = task(ctx) })
	}
	all.Wait()
	return slices.Concat(found...)
}

// each looks at several things side by side.
func each[T any](ctx context.Context, of []T, look func(context.Context, T) *DoctorLine) []DoctorLine {
	out := make([]DoctorLine, len(of))
	var all sync.WaitGroup
	for i, one := range of {
		all.Go(func() { out[i] = *look(ctx, one) })
	}
	all.Wait()
	return out
}

// listed are things for a sentence.
func listed[T any](all []T) string {
	var out []string
	for _, one := range all {
		out = append(out, fmt.Sprint(one))
	}
	return strings.Join(out, ", ")
}
