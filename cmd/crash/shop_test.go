//go:build failpoint

package crash

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the oracle reads the database with its own eyes

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// relayKind is how a mail server wants to be spoken to.
type relayKind struct {
	name    string
	scheme  string
	options smtptest.Options
}

const user, password = "shop", "open-sesame"

var relayKinds = []relayKind{
	{"plain, pipelining", "smtp+insecure", smtptest.Options{Pipelining: true, EightBit: true}},
	{"plain", "smtp+insecure", smtptest.Options{}},
	{"STARTTLS and AUTH", "smtp", smtptest.Options{Pipelining: true, StartTLS: true, User: user, Password: password}},
	{"TLS and AUTH", "smtps", smtptest.Options{TLS: true, User: user, Password: password}},
}

// shop is an installation with a mail server that outlives every process of it.
type shop struct {
	program     string
	dir         string
	env         []string
	people      int
	connections int
	relay       *smtptest.Server
	other       *smtptest.Server // the second relay; nil: there is none
	witness     witness
	listen      string // where it serves
	lives       int
	scratch     string // where processes write what they say
}

// shopPlan says what a shop is like.
type shopPlan struct {
	people, connections int
	kind                relayKind
	script              smtptest.Script
	other               smtptest.Script // of a second relay; nil: there is none
	serves              bool            // it has an address to serve on
	mould               string          // the program that makes the installation; the shop's own when ""
}

// newShop makes an installation with an approved campaign, spring, and its mail server.
func newShop(t testing.TB, program string, p shopPlan) *shop {
	t.Helper()
	s, err := openShop(program, folder(t), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// parent is where installations stand: in memory where there is such a place, since a kill loses nothing
// that the kernel has. "" is the usual place.
func parent() string {
	const memory = "/dev/shm"
	if dir, err := os.MkdirTemp(memory, "reoptin-crash"); err == nil && os.Remove(dir) == nil {
		return memory
	}
	return ""
}

func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent(), "reoptin-crash")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func openShop(program, dir string, p shopPlan) (*shop, error) {
	s := &shop{program: program, dir: filepath.Join(dir, "shop"), scratch: dir, people: p.people, connections: max(p.connections, 1), listen: "127.0.0.1:1"}
	by := p.mould
	if by == "" {
		by = program
	}
	made, err := mould(by, p.people)
	if err != nil {
		return nil, err
	}
	if err := copied(made, s.dir); err != nil {
		return nil, err
	}
	if p.kind.scheme == "" {
		p.kind = relayKinds[0]
	}
	o := p.kind.options
	s.witness.since()
	o.Script = s.witness.beside(p.script, 0)
	if s.relay, err = smtptest.Start(o); err != nil {
		return nil, err
	}
	if p.other != nil {
		o.Script = s.witness.beside(p.other, besides)
		if s.other, err = smtptest.Start(o); err != nil {
			return nil, err
		}
	}
	if p.serves {
		if s.listen, err = freePort(); err != nil {
			return nil, err
		}
	}
	return s, s.configure(p.kind)
}

// copied copies a folder, for its owner's eyes only.
func copied(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := to + strings.TrimPrefix(path, from)
		if e.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o600)
	})
}

// configure writes the settings, and has the program trust the mail server.
func (s *shop) configure(k relayKind) error {
	who := ""
	if k.options.User != "" {
		who = user + "@"
		s.env = append(s.env, "REOPTIN_SMTP_PASSWORD="+password)
		if s.other != nil {
			s.env = append(s.env, "REOPTIN_SMTP2_PASSWORD="+password)
		}
	}
	further := ""
	if s.other != nil {
		further = fmt.Sprintf("[smtp2]\nurl = \"%s://%s%s\"\nconnections = %d\n", k.scheme, who, s.other.Addr(), s.connections)
	}
	text := fmt.Sprintf("base_url = \"http://%s\"\nlisten = \"%s\"\n[smtp]\nurl = \"%s://%s%s\"\nconnections = %d\n%s[sending]\nrate = \"100000/s\"\nper_domain = 8\nwindow = \"Mon-Sun 00:00-24:00\"\n",
		s.listen, s.listen, k.scheme, who, s.relay.Addr(), s.connections, further)
	if err := os.WriteFile(s.at("reoptin.toml"), []byte(text), 0o600); err != nil {
		return err
	}
	if pem := s.relay.Certificate(); pem != nil {
		trusted := filepath.Join(s.scratch, "relay.pem")
		s.env = append(s.env, "SSL_CERT_FILE="+trusted, "SSL_CERT_DIR="+s.scratch)
		if s.other != nil {
			pem = append(pem, s.other.Certificate()...)
		}
		return os.WriteFile(trusted, pem, 0o600)
	}
	return nil
}

func (s *shop) at(name string) string { return filepath.Join(s.dir, name) }

func (s *shop) close() {
	for _, r := range s.relays() {
		_ = r.Close()
	}
}

func (s *shop) relays() []*smtptest.Server {
	if s.other != nil {
		return []*smtptest.Server{s.relay, s.other}
	}
	return []*smtptest.Server{s.relay}
}

// accepted counts what all relays took, by recipient.
func (s *shop) accepted() map[string]int {
	all := map[string]int{}
	for _, r := range s.relays() {
		for who, n := range r.Accepted() {
			all[who] += n
		}
	}
	return all
}

// opened counts the connections to all relays.
func (s *shop) opened() (n int) {
	for _, r := range s.relays() {
		n += r.Connections()
	}
	return n
}

// begin starts a command of the program on this installation.
func (s *shop) begin(points string, args ...string) (*life, error) {
	s.lives++
	return begin(s.program, filepath.Join(s.scratch, fmt.Sprintf("said%d", s.lives%8)), s.env, points, append([]string{"--config", s.at("reoptin.toml")}, args...)...)
}

// send starts the sender.
func (s *shop) send(points string) (*life, error) {
	return s.begin(points, "campaign", "start", "spring", "--wait")
}

// do runs a command to its end, which must be one of the exit codes given.
func (s *shop) do(args []string, codes ...int) (said string, err error) {
	l, err := s.begin("", args...)
	if err != nil {
		return "", err
	}
	if err := l.wait(); err != nil {
		return "", err
	}
	for _, c := range codes {
		if l.code() == c {
			return l.said(), nil
		}
	}
	return "", fmt.Errorf("reoptin %s ended with %d:\n%s", strings.Join(args, " "), l.code(), l.said())
}

// quiet waits until the mail server has taken, or lost, all that dead processes said to it.
func (s *shop) quiet() error {
	for _, r := range s.relays() {
		done := make(chan bool, 1)
		go func() { done <- r.Wait(func() bool { return r.Open() == 0 }) }()
		select {
		case ok := <-done:
			if !ok {
				return errors.New("the mail server was closed")
			}
		case <-time.After(longest):
			return errors.New("connections of a dead process stay open")
		}
	}
	return nil
}

// Exit codes of the program (docs/cli.md).
const (
	done        = 0
	conflict    = 5
	unavailable = 7
	unverified  = 8
)

// person is the n-th made-up address.
func person(n int) string { return fmt.Sprintf("person%d@place%d.example", n, n%7) }

// moulds are installations for copying, one per program and number of people.
var moulds struct {
	sync.Mutex
	made map[string]func() (string, error)
}

func mould(program string, people int) (string, error) {
	key := fmt.Sprint(program, " ", people)
	moulds.Lock()
	if moulds.made == nil {
		moulds.made = map[string]func() (string, error){}
	}
	one, known := moulds.made[key]
	if !known {
		dir := filepath.Join(filepath.Dir(program), fmt.Sprint("mould", people))
		one = sync.OnceValues(func() (string, error) { return dir, cast(program, dir, people) })
		moulds.made[key] = one
	}
	moulds.Unlock()
	return one()
}

// cast makes an installation by the program's own commands.
func cast(program, dir string, people int) error {
	s := &shop{program: program, dir: dir, scratch: dir + ".scratch"}
	if err := os.MkdirAll(s.scratch, 0o700); err != nil {
		return err
	}
	file, campaign := filepath.Join(s.scratch, fmt.Sprintf("base%d.csv", people)), filepath.Join(s.scratch, "spring.toml")
	if err := os.WriteFile(file, []byte(base(people)), 0o600); err != nil {
		return err
	}
	var text string
	for _, step := range []struct {
		args []string
		then func(said string) error
	}{
		{args: []string{"organisation", "apply", filepath.Join(root, "cmd/reoptin/testdata/lumen/organisation.toml")}},
		{args: []string{"contacts", "import", file}},
		{args: []string{"campaign", "new", "spring"}, then: func(said string) error { text = said; return os.WriteFile(campaign, []byte(text), 0o600) }},
		{args: []string{"campaign", "create", campaign}},
		{args: []string{"campaign", "approve", "spring"}},
	} {
		if s.lives == 0 {
			l, err := begin(program, filepath.Join(s.scratch, "said"), nil, "", "init", "--dir", dir)
			if err != nil {
				return err
			}
			if err := l.wait(); err != nil || l.code() != done {
				return fmt.Errorf("reoptin init: %d, %w: %s", l.code(), err, l.said())
			}
		}
		said, err := s.do(step.args, done)
		if err == nil && step.then != nil {
			err = step.then(said)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// base is a base of people who may all be asked.
func base(n int) string {
	var b strings.Builder
	b.WriteString("external_id,email,first_name,country,language,relationship,market,list_origin,collected_at,last_inbound_at,consent_status,consent_at,consent_method,consent_source,purpose_at_collection,controller_at_collection,consent_channels,bundled,incentive\n")
	year, month := time.Now().AddDate(-1, 0, 0).Format(time.DateOnly), time.Now().AddDate(0, -1, 0).Format(time.DateOnly)
	for i := range n {
		fmt.Fprintf(&b, "K%d,%s,Camille,FR,fr,prospect,b2c,own,%s,%s,yes,%s,unticked_box,site,newsletter,Maison Lumen,email,no,no\n", i, person(i), year, month, year)
	}
	return b.String()
}

// seen is the database as the oracle sees it.
type seen struct {
	status string            // of the campaign
	states map[string]string // of invitations, by address
	asked  map[string]bool   // withheld because the person was asked already, or about to be: the journal holds a key
}

// look reads the database beside whatever processes there are.
func (s *shop) look() (out seen, err error) {
	for range 3 { // the engine gives up after a hundred tries when somebody died in the middle of the log
		if out, err = s.lookOnce(); err == nil || !strings.Contains(err.Error(), "locking protocol") {
			break
		}
	}
	return out, err
}

func (s *shop) lookOnce() (out seen, err error) {
	db, err := sql.Open("sqlite", "file:"+s.at("reoptin.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	out.states, out.asked = map[string]string{}, map[string]bool{}
	if err := db.QueryRow("SELECT status FROM campaign WHERE name = 'spring'").Scan(&out.status); err != nil {
		return out, err
	}
	rows, err := db.Query(`SELECT email, state, state = 'withheld' AND reason = 'already_asked' OR state = 'planned' AND EXISTS (
SELECT 1 FROM invitation_key k JOIN person_key p ON p.key = k.key AND p.kind = k.kind WHERE k.invitation = i.id AND p.invitation IS NULL) FROM invitation i`)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for rows.Next() {
		var email, state string
		var asked bool
		if err := rows.Scan(&email, &state, &asked); err != nil {
			return out, err
		}
		out.states[email], out.asked[email] = state, asked
	}
	return out, rows.Err()
}

// tally counts states.
func (v seen) tally() map[string]int {
	n := map[string]int{}
	for _, s := range v.states {
		n[s]++
	}
	return n
}

// backup copies the database as it stands, the work of all that is committed in one file.
func (s *shop) backup(to string) error {
	db, err := sql.Open("sqlite", "file:"+s.at("reoptin.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, db.Close())
	}
	_, err = db.Exec("VACUUM INTO ?", to)
	return errors.Join(err, db.Close())
}

// restore puts a backup back. The journal stays.
func (s *shop) restore(from string) error {
	old, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	for _, rest := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(s.at("reoptin.db" + rest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.WriteFile(s.at("reoptin.db"), old, 0o600)
}
