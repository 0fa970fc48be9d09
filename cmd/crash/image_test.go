//go:build failpoint

package crash

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
	"github.com/reoptin/reoptin/store"
)

// promise is what a process has told someone at a line of its trace, and must be on the disk from there on.
type promise struct {
	line    int
	to      string // address
	asked   bool   // the end of a message was written; else the person was thanked for an answer
	removed bool   // the answer was a no to everything
}

var (
	recipient = regexp.MustCompile(`RCPT TO:<([^>]+)>`)
	posted    = regexp.MustCompile(`(?m)^POST (/\S+) `)
)

// asked are the promises of a sender: whoever's final dot was written.
func asked(trace []call) (out []promise) {
	to := map[string]string{}
	for _, c := range trace {
		if !strings.HasPrefix(c.path, "socket:") || c.name != "write" {
			continue
		}
		if m := recipient.FindSubmatch(c.data); m != nil {
			to[c.path] = string(m[1])
		}
		if string(c.data) == ".\r\n" {
			out = append(out, promise{line: c.begin, to: to[c.path], asked: true})
		}
	}
	return out
}

// thanked are the promises of a server: to whom it said that an answer is kept.
func thanked(trace []call, paths map[string]promise) (out []promise) {
	asks := map[string][]byte{} // a request may come in pieces
	for _, c := range trace {
		switch {
		case !strings.HasPrefix(c.path, "socket:"):
		case c.name == "read":
			asks[c.path] = append(asks[c.path], c.data...)
		case c.name == "write" && (bytes.HasPrefix(c.data, []byte("HTTP/1.1 303")) || bytes.HasPrefix(c.data, []byte("HTTP/1.1 200"))):
			if m := posted.FindSubmatch(asks[c.path]); m != nil {
				p := paths[string(m[1])]
				p.line = c.begin
				out = append(out, p)
			}
			delete(asks, c.path)
		}
	}
	return out
}

// images cuts the power at lines of a trace and opens what is left. bad are what was wrong, each with its line.
func images(t testing.TB, s *shop, d *disk, promises []promise, last, count int, seed uint64) (bad []string) {
	t.Helper()
	var lines []int
	for _, p := range promises {
		lines = append(lines, p.line)
	}
	for _, name := range promising {
		for _, c := range slices.Concat(d.calls[name], d.syncs[name]) {
			lines = append(lines, c.begin, min(c.end, last))
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	var all sync.WaitGroup
	var mu sync.Mutex
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(seed, uint64(w)))
			dir := filepath.Join(s.scratch, fmt.Sprintf("image%d", w))
			for n := w; n < count; n += workers {
				line, how := lines[n*len(lines)/count], loss(n)%losses
				err := os.MkdirAll(dir, 0o700)
				if err == nil {
					if err = d.cut(line, how, dice, dir); err == nil {
						err = keeps(dir, line, promises)
					}
				}
				if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
					mu.Lock()
					bad = append(bad, fmt.Sprintf("line %d, loss %d: %v", line, how, err))
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return bad
}

// keeps opens an image with the store, as the next process would, and looks for every promise made by then.
func keeps(dir string, line int, promises []promise) error {
	db, err := store.Open(context.Background(), store.Options{Path: filepath.Join(dir, "reoptin.db"), Readers: 1})
	if err != nil {
		return err
	}
	defer db.Close()
	j, err := store.OpenJournal(filepath.Join(dir, "send.journal"), db)
	if err != nil {
		return err
	}
	defer j.Close()
	intents, noes := map[campaign.LinkID]bool{}, map[[32]byte]bool{}
	if err := j.Replay(func(r campaign.Record) error {
		switch r.Kind {
		case campaign.RecordIntent:
			intents[r.Link] = true
		case campaign.RecordSuppress:
			for _, k := range r.Keys {
				noes[k.Digest] = true
			}
		}
		return nil
	}); err != nil {
		return err
	}
	people, err := peopleOf(filepath.Join(dir, "reoptin.db"))
	if err != nil {
		return err
	}
	for _, p := range promises {
		if p.line <= line {
			if err := people[p.to].keeps(p, intents, noes); err != nil {
				return fmt.Errorf("%s: %w", p.to, err)
			}
		}
	}
	return nil
}

// onDisk is one person as an image has them.
type onDisk struct {
	state      string
	link       campaign.LinkID
	answered   bool
	suppressed [][32]byte
}

func (o onDisk) keeps(p promise, intents map[campaign.LinkID]bool, noes map[[32]byte]bool) error {
	switch {
	case p.asked && !slices.Contains([]string{"sending", "sent", "refused", "uncertain"}, o.state):
		return fmt.Errorf("the dot was written, and the database has %q", o.state)
	case p.asked && !intents[o.link]:
		return errors.New("the dot was written, and the journal has no intent")
	case !p.asked && !o.answered:
		return errors.New("the person was thanked, and there is no answer")
	case p.removed && len(o.suppressed) == 0:
		return errors.New("the person was told that nothing will come, and is not suppressed")
	case p.removed && !slices.ContainsFunc(o.suppressed, func(k [32]byte) bool { return noes[k] }):
		return errors.New("the person was told that nothing will come, and the journal has no no")
	}
	return nil
}

func peopleOf(path string) (out map[string]onDisk, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query(`SELECT i.email, i.state, i.link, EXISTS (SELECT 1 FROM response r WHERE r.invitation = i.id), coalesce(s.key, x'')
FROM invitation i LEFT JOIN invitation_key k ON k.invitation = i.id LEFT JOIN suppression s ON s.key = k.key AND s.kind = k.kind AND s.lifts = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out = map[string]onDisk{}
	for rows.Next() {
		var email string
		var o onDisk
		var link, key []byte
		if err := rows.Scan(&email, &o.state, &link, &o.answered, &key); err != nil {
			return nil, err
		}
		o.link, o.suppressed = campaign.LinkID(link), out[email].suppressed
		if len(key) == 32 {
			o.suppressed = append(o.suppressed, [32]byte(key))
		}
		out[email] = o
	}
	return out, rows.Err()
}

// cutSending traces a sender and gives the bad ones of count images.
func cutSending(t testing.TB, program string, count int) (bad []string) {
	t.Helper()
	strace := needStrace(t)
	s := newShop(t, program, shopPlan{people: 60, connections: 4})
	before := filepath.Join(s.scratch, "before")
	trace := filepath.Join(s.scratch, "trace")
	must(t, copied(s.dir, before))
	l, err := s.traced(strace, trace, "", "campaign", "start", "spring", "--wait")
	must(t, err)
	must(t, l.wait())
	if l.code() != done || len(s.relay.Messages()) != 60 {
		t.Fatalf("the sender ended with %d: %s", l.code(), l.said())
	}
	calls, err := readTrace(trace, l.process.Pid)
	must(t, err)
	promises := asked(calls)
	if len(promises) != 60 {
		t.Fatalf("the trace shows %d dots of 60", len(promises))
	}
	return inspect(t, s, before, calls, promises, count)
}

func inspect(t testing.TB, s *shop, before string, calls []call, promises []promise, count int) []string {
	t.Helper()
	d, err := newDisk(s.dir, before, calls)
	must(t, err)
	if raced { // opening one costs a second then
		count /= 40
	}
	if len(d.calls["reoptin.db-wal"]) == 0 || len(d.calls["send.journal"]) == 0 || len(d.syncs["reoptin.db-wal"]) == 0 {
		t.Fatalf("the trace shows no work on the files: %d writes to the WAL, %d to the journal", len(d.calls["reoptin.db-wal"]), len(d.calls["send.journal"]))
	}
	started := time.Now()
	bad := images(t, s, d, promises, calls[len(calls)-1].end, count, 1)
	t.Logf("%d images of %d promises in %.1f s, %d bad", count, len(promises), time.Since(started).Seconds(), len(bad))
	return bad
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// cutAnswering traces a server while people answer, and gives the bad ones of count images.
func cutAnswering(t testing.TB, program string, count int) (bad []string) {
	t.Helper()
	strace := needStrace(t)
	s := newShop(t, program, shopPlan{people: 40, connections: 4, serves: true})
	_, err := s.do([]string{"campaign", "start", "spring", "--wait"}, done)
	must(t, err)
	before, trace := filepath.Join(s.scratch, "before"), filepath.Join(s.scratch, "trace")
	must(t, copied(s.dir, before))
	l, err := s.traced(strace, trace, ",read", "serve")
	must(t, err)
	defer l.kill()
	must(t, l.serving())
	paths := map[string]promise{}
	for n, m := range s.relay.Messages() {
		path, p, err := answers(s, n, m.To, string(m.Data))
		must(t, err)
		paths[path] = p
	}
	l.signal(syscall.SIGTERM)
	must(t, l.wait())
	calls, err := readTrace(trace, l.process.Pid)
	must(t, err)
	promises := thanked(calls, paths)
	if len(promises) != 40 {
		t.Fatalf("the trace shows %d thanks of 40", len(promises))
	}
	return inspect(t, s, before, calls, promises, count)
}

var (
	oneClick = regexp.MustCompile(`(?s)List-Unsubscribe: .*?<(http://[^>]+)>`)
	formLink = regexp.MustCompile(`http://127\.0\.0\.1:\d+/c/[A-Za-z0-9_.~-]+`)
	nonce    = regexp.MustCompile(`name="form" value="([^"]+)"`)
)

// answers says no for a person: every other one by the one click of the mail program, else by the form.
func answers(s *shop, n int, who, message string) (path string, p promise, err error) {
	message = strings.ReplaceAll(strings.ReplaceAll(message, "=\r\n", ""), "=3D", "=")
	message = strings.ReplaceAll(message, "\r\n ", "")
	target, form := "", url.Values{"List-Unsubscribe": {"One-Click"}}
	if n%2 == 0 {
		m := oneClick.FindStringSubmatch(message)
		if m == nil {
			return "", p, errors.New("a message without List-Unsubscribe")
		}
		target = m[1]
	} else {
		target = formLink.FindString(message)
		r, err := http.Get(target)
		if err != nil {
			return "", p, err
		}
		page, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		m := nonce.FindSubmatch(page)
		if err != nil || m == nil {
			return "", p, fmt.Errorf("%s: %d without a form: %w", target, r.StatusCode, err)
		}
		form = url.Values{"form": {string(m[1])}, "action": {"refuse-all"}}
	}
	client := &http.Client{Timeout: longest, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(target, form)
	if err != nil {
		return "", p, err
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusSeeOther {
		return "", p, fmt.Errorf("%s answers %d", target, r.StatusCode)
	}
	u, err := url.Parse(target)
	return u.Path, promise{to: who, removed: true}, err
}

// freePort finds an address to serve on, which nobody else here is given.
var freePort = smtptest.Ports(10_000, 6_000)

// serving waits until a server has recovered and serves.
func (l *life) serving() error {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for since := time.Now(); time.Since(since) < longest; <-look.C {
		if strings.Contains(l.said(), "serving on") {
			return nil
		}
		select {
		case <-l.done:
			return fmt.Errorf("the server ended with %d: %s", l.code(), l.said())
		default:
		}
	}
	return fmt.Errorf("the server does not serve: %s", l.said())
}

// imagesOr is how many images are looked at: REOPTIN_IMAGES in the long run, else some.
func imagesOr(t *testing.T, some int) int {
	t.Helper()
	s := os.Getenv("REOPTIN_IMAGES")
	if s == "" {
		return some
	}
	n, err := strconv.Atoi(s)
	must(t, err)
	return n
}

// Whoever's final dot was written is known to the database and to the journal after a power cut at any
// instant, whatever it leaves of what was not synced.
func TestPowerCutWhileSending(t *testing.T) {
	t.Parallel()
	for _, b := range cutSending(t, program(t), imagesOr(t, 700)) {
		t.Error(b)
	}
}

// Whoever was thanked has answered, and whoever was told that nothing will come any more is suppressed.
func TestPowerCutWhileAnswering(t *testing.T) {
	t.Parallel()
	for _, b := range cutAnswering(t, program(t), imagesOr(t, 350)) {
		t.Error(b)
	}
}

// Programs that do not wait for the disk leave bad images. The database's setting has a second guard,
// which refuses to send without it: that one is taken out as well.
func TestPowerCutsFindWhoDoesNotWait(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("the detector watches the test, not the wrong programs: they are caught without it")
	}
	for name, wrong := range map[string]string{"synchronous=NORMAL": "not full", "journal not synced": "no sync"} {
		p := program(t, wrong)
		for what, bad := range map[string][]string{"sending": cutSending(t, p, 60), "answering": cutAnswering(t, p, 40)} {
			if len(bad) == 0 {
				t.Errorf("%s while %s: no image is bad", name, what)
			} else {
				t.Logf("%s while %s: %d bad images, such as %s", name, what, len(bad), bad[0])
			}
		}
	}
}
