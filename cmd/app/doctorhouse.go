package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/keyring"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/store"
)

// house looks at what is on this machine.
func (d *doctor) house(ctx context.Context) []DoctorLine {
	lines := d.settings()
	database, journal := d.database(ctx)
	lines = append(lines, *database)
	if d.heads != nil {
		lines = append(lines, *d.heads)
	}
	if journal != nil {
		lines = append(lines, *journal)
	}
	return append(slices.Concat(append(lines, *d.keys()), d.dkimKeys()), *d.disk())
}

func (d *doctor) settings() (lines []DoctorLine) {
	for _, p := range slices.Concat(d.config.Check(), d.config.Missing()) {
		l := line("configuration", p.Key)
		l.bad(p.Hint, "%s", p.Text)
		lines = append(lines, *l)
	}
	if len(lines) > 0 {
		return lines
	}
	l := line("configuration", d.config.File)
	l.ok("in order, and complete for sending")
	if d.config.File == "" {
		l.ok("no file was read, only the environment")
	}
	return append([]DoctorLine{*l}, d.proxy()...)
}

// proxy says when everybody who comes looks like one machine: nothing here speaks https itself, so something else does before it.
func (d *doctor) proxy() (lines []DoctorLine) {
	l := line("proxy", d.config.BaseURL)
	switch mend := unproxied(d.config); {
	case d.config.AdminHost != "" && portOnly(d.config.BaseURL):
		l.warn("leave admin_host out: then the dashboard is under /admin", "the dashboard is at http://%s/, on the port that browsers take by themselves: without a proxy there nobody reaches it", d.config.AdminHost)
	case !strings.HasPrefix(d.config.BaseURL, "https://"):
		return nil
	case mend != "":
		l.warn(mend, "no proxy is trusted, and pages with https come by one: attempts with wrong links and codes cannot be counted for each network, and no answer says that it came encrypted")
	default:
		l.ok("what these say of whom they ask for is believed: %s", listed(d.config.TrustedProxies))
	}
	return []DoctorLine{*l}
}

// portOnly reports whether pages come without https, and by a port that has to be named.
func portOnly(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Scheme == "http" && u.Port() != "" && u.Port() != "80"
}

// unproxied is what to set where pages come by a proxy and none is trusted; "" where nothing is to be set.
func unproxied(c config.Config) string {
	if !strings.HasPrefix(c.BaseURL, "https://") || len(c.TrustedProxies) > 0 {
		return ""
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if ip, bad := netip.ParseAddr(host); err == nil && (host == "localhost" || bad == nil && ip.IsLoopback()) {
		return `set trusted_proxies = ["127.0.0.1", "::1"] in reoptin.toml, and let the proxy send X-Forwarded-For and X-Forwarded-Proto`
	}
	return "set trusted_proxies in reoptin.toml to the address of the proxy, and let it send X-Forwarded-For and X-Forwarded-Proto"
}

// busyPatience is how long the lock of another process is waited for: a server holds none of them long.
const busyPatience = 2 * time.Second

// database also reads who writes, and looks at the journal, which only its database can judge.
func (d *doctor) database(ctx context.Context) (database, journal *DoctorLine) {
	database = line("database", d.config.DatabaseFile())
	db, err := store.Open(ctx, store.Options{Path: d.config.DatabaseFile(), Clock: d.clock, Log: slog.New(slog.DiscardHandler), ReadOnly: true, Busy: busyPatience, Readers: 1})
	var f *fault.Fault
	if errors.As(err, &f) && f.Key == "store.older" {
		database.warn(f.Help, "%v", err)
		return database, nil
	}
	if err != nil {
		database.fault(err)
		return database, nil
	}
	defer func() {
		if err := db.Close(); err != nil {
			database.fault(err)
		}
	}()
	head, checkpoint, err := db.Head(ctx)
	if err == nil {
		err = db.View(ctx, d.readSenders)
	}
	if err != nil {
		database.fault(err)
		return database, nil
	}
	d.sealed = checkpoint.At
	d.heads = d.anchors(ctx, db, checkpoint)
	database.ok("it opens, and its schema is this program's; ledger entries: %d (reoptin ledger verify recomputes them)", head.Size)
	return database, d.journal(db)
}

func (d *doctor) journal(db *store.DB) *DoctorLine {
	l := line("journal", d.config.Journal)
	j, err := store.OpenJournal(d.config.Journal, db)
	if err != nil {
		l.fault(err)
		return l
	}
	if err := j.Replay(nil); err != nil {
		l.fault(err)
	} else {
		l.ok("it belongs to the database, and is whole")
	}
	if j.Moved() {
		l.warn("make sure that no other copy is sending, then reoptin campaign resume NAME", "it is not the file that it was: it was copied, moved or restored, and campaigns will be paused")
	}
	if err := j.Close(); err != nil {
		l.fault(err)
	}
	return l
}

// readSenders collects the domains that campaigns write from which are not closed, and whether one of them asks by
// e-mail; before there is one, that of the organisation stands for it.
func (d *doctor) readSenders(r campaign.Reader) error {
	all, err := r.CampaignList()
	if err != nil {
		return err
	}
	letters, messages := false, false
	for _, c := range all {
		if c.Status != campaign.Closed {
			letters, messages = letters || !c.File.Mails(), messages || c.File.Mails()
			d.addSender(campaign.Address(c.File.Sender.Address), campaign.Address(c.File.Sender.ReplyTo), c.Name)
		}
	}
	d.byPost = letters && !messages
	if len(d.senders) > 0 {
		return nil
	}
	o, err := r.Organisation()
	if err == nil {
		d.addSender(campaign.Address(o.Email), "", "")
	}
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return err
}

func (d *doctor) addSender(from, reply campaign.Address, name string) {
	s := sender{domain: strings.ToLower(from.Domain()), reply: strings.ToLower(reply.Domain()), from: from}
	if s.domain == "" {
		return
	}
	i := slices.IndexFunc(d.senders, func(o sender) bool { return o.domain == s.domain && (o.reply == s.reply) })
	if i < 0 {
		i, d.senders = len(d.senders), append(d.senders, s)
	}
	if name != "" {
		d.senders[i].names = append(d.senders[i].names, name)
	}
}

func (d *doctor) keys() *DoctorLine {
	l := line("keys", d.config.Keys)
	ring, err := keyring.Open(d.config.Keys)
	if err != nil {
		l.fault(err)
		return l
	}
	if _, err := link.NewKeys(ring.LinkMasters()); err != nil {
		l.fault(err)
	}
	known, err := readLedgerKeys(ring)
	if err == nil {
		_, err = readSigner(ring, len(known.keys))
	}
	if err != nil {
		l.fault(err)
	}
	if l.Status == StatusOK {
		l.ok("all are there, and only their owner can read them; keep a copy apart from the database")
	}
	return l
}

// dkimKeys looks at the key of each relay, and at one that several share once.
func (d *doctor) dkimKeys() (lines []DoctorLine) {
	var seen []config.DKIM
	for _, w := range d.ways() {
		if slices.Contains(seen, w.DKIM) {
			continue
		}
		seen = append(seen, w.DKIM)
		l := line("dkim_key", w.DKIM.Key)
		switch s, err := signer(w.DKIM); {
		case err != nil:
			l.fault(err)
		case s == nil:
			l.ok("none: messages are not signed here")
		default:
			l.ok("messages are signed here for %s", w.DKIM.Domain)
		}
		lines = append(lines, *l)
	}
	return lines
}

func (d *doctor) disk() *DoctorLine {
	l := line("disk", d.config.DatabaseFile())
	look := d.deps.Room
	if look == nil {
		look = func() (campaign.Room, error) { return store.Room(d.config.DatabaseFile()) }
	}
	switch r, err := look(); {
	case err != nil || r.Total == 0:
		l.say(StatusUnknown, "", "how much room the disk has is not known here")
	case r.Short():
		l.bad(fmt.Sprintf("make room: below %d MB campaigns are paused", r.Needed()>>20), "only %d MB of %d MB are free", r.Free>>20, r.Total>>20)
	default:
		l.ok("%d MB of %d MB are free", r.Free>>20, r.Total>>20)
	}
	return l
}

// A clock that is off by the one is watched, by the other it is wrong: windows, deadlines and links hang on it.
const (
	driftNoted = 10 * time.Second
	driftMost  = 5 * time.Minute
)

// time holds this clock against what else there is: the kernel's word, another machine's, the ledger's.
func (d *doctor) time() DoctorLine {
	const mend = "let the clock of this machine follow another (timedatectl set-ntp true, or chrony)"
	l := line("clock", "")
	look := d.deps.Synced
	if look == nil {
		look = kernelSynced
	}
	synced, known := look()
	switch {
	case known && synced:
		l.ok("it follows another clock")
	case known:
		l.warn(mend, "the kernel does not know it to follow another clock")
	}
	switch off := d.drift.Abs().Round(time.Second); {
	case !d.compared:
	case off >= driftMost:
		l.bad(mend, "it differs from that of the web server at base_url by %v", off)
	case off >= driftNoted:
		l.warn(mend, "it differs from that of the web server at base_url by %v", off)
	default:
		l.ok("it agrees with that of the web server at base_url")
	}
	if behind := d.sealed.Sub(d.clock()); !d.sealed.IsZero() && behind >= driftMost {
		l.bad(mend, "it stands %v before the newest signed entry of the ledger", behind.Round(time.Second))
	}
	if l.Text == "" {
		l.say(StatusUnknown, "", "nothing was there to hold it against; it says %s", d.clock().UTC().Format(time.RFC3339))
	}
	return *l
}

// alignments says of each sender whether anything speaks for it, by the settings alone.
func (d *doctor) alignments() (lines []DoctorLine) {
	for _, s := range d.senders {
		l := line("alignment", s.domain)
		l.Rule = "DNS-003"
		bad := false
		for _, a := range alignments(d.config) {
			if err := a.Check(s.from); err != nil {
				bad = true
				l.fault(err)
			}
		}
		if !bad {
			l.ok("messages from it are signed for its organisation, or return to it")
		}
		if len(s.names) > 0 {
			l.ok("campaign %s", listed(s.names))
		}
		lines = append(lines, *l)
	}
	return lines
}

// unread says that return paths are signed for a mail that this program does not fetch by itself: a person who writes to the
// address of List-Unsubscribe is heard only when somebody brings what comes in there.
func (d *doctor) unread() []DoctorLine {
	b := d.config.Bounces
	if !d.config.Returns() || b.IMAP != "" || b.Listen != "" {
		return nil
	}
	l := line("bounces", listed(d.returns()))
	l.say(StatusUnknown, "let a timer or the mail server give what comes in there to reoptin bounce ingest, or set bounces.imap or bounces.listen; where nobody reads it, empty smtp.envelope_domain",
		"messages return there, and a no can be written to it; whether somebody reads that mail cannot be seen from here")
	return []DoctorLine{*l}
}
