package mailhouse

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// longest is how long anything may take before a test gives up; nothing waits that long when all is well.
const longest = 3 * time.Minute

// lacking skips a test at home and fails it where everything must be there.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// needs looks for programs, and for the rights that they need.
func needs(t testing.TB, programs ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacking(t, "a mail server is started by root only")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			lacking(t, p+" is missing: install it (on Debian: apt-get install postfix dovecot-imapd dovecot-lmtpd spamassassin)")
		}
	}
}

// folder is one that the users of the mail servers can enter.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "reoptin-mailhouse")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within waits for a condition that nothing tells of.
func within(t testing.TB, what string, holds func() bool) {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(longest); !holds(); <-again.C {
		if time.Now().After(end) {
			t.Fatalf("after %s still not: %s", longest, what)
		}
	}
}

// atEnd has a line of shell done at the end of the test, however this process ends.
func atEnd(t testing.TB, line string, args ...string) {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", "cat >/dev/null; " + line, "sh"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what ends us does not end it
	ending, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _, _ = ending.Close(), cmd.Wait() })
}

var ports = smtptest.Ports(16_500, 3_000)

func freePort(t testing.TB) string {
	t.Helper()
	addr, err := ports()
	must(t, err)
	return addr
}

func listening(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// returnDomain is the domain of return paths, and mailbox the one mailbox that stands for all of it.
const (
	returnDomain = "bounce.lumen.example"
	mailbox      = "b"
)

// A postfix hands everything to one next server, and what returns to the mailbox by LMTP.
type postfix struct {
	t     testing.TB
	dir   string
	addr  string
	marks int
}

const mainConfig = `compatibility_level = 3.6
queue_directory = DIR/spool
data_directory = DIR/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = DIR/etc
maillog_file = DIR/mail.log
maillog_file_prefixes = DIR
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.shop.example
myorigin = shop.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_dns_support_level = disabled
smtp_host_lookup = native
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:5.1.1 nobody is at home here
relayhost = [127.0.0.1]:SINK
transport_maps = inline:{{RETURN=lmtp:inet:127.0.0.1:LMTP}}
maximal_queue_lifetime = 1h
bounce_queue_lifetime = 1h
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
notify_classes =
biff = no
`

const masterConfig = `PORT inet  n       -       n       -       -       smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
`

// newPostfix starts a Postfix before two servers that are there.
func newPostfix(t testing.TB, dir, sink, lmtp string) *postfix {
	t.Helper()
	p := &postfix{t: t, dir: filepath.Join(dir, "postfix"), addr: freePort(t)}
	for _, d := range []string{"etc", "spool", "data"} {
		must(t, os.MkdirAll(filepath.Join(p.dir, d), 0o755))
	}
	for name, text := range map[string]string{"main.cf": mainConfig, "master.cf": masterConfig} {
		text = strings.NewReplacer("DIR", p.dir, "SINK", port(sink), "LMTP", port(lmtp), "RETURN", returnDomain, "PORT", p.addr).Replace(text)
		must(t, os.WriteFile(filepath.Join(p.dir, "etc", name), []byte(text), 0o644))
	}
	for _, name := range []string{"postfix-files", "dynamicmaps.cf"} {
		raw, err := os.ReadFile(filepath.Join("/etc/postfix", name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(p.dir, "etc", name), raw, 0o644))
	}
	// What tidies the queue before a start logs as the user postfix; where it cannot, no start succeeds any more.
	log := filepath.Join(p.dir, "mail.log")
	must(t, os.WriteFile(log, nil, 0o644))
	if out, err := exec.Command("chown", "postfix", filepath.Join(p.dir, "data"), log).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	atEnd(t, `postfix -c "$1" abort`, p.etc())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the queue:\n%s\nthe end of the log:\n%s", p.queue("-p"), tail(p.said(), 100))
		}
	})
	p.start()
	return p
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// etc is the folder of its settings.
func (p *postfix) etc() string { return filepath.Join(p.dir, "etc") }

func (p *postfix) command(verb string) error {
	out, err := exec.Command("postfix", "-c", p.etc(), verb).CombinedOutput()
	if err != nil {
		return fmt.Errorf("postfix %s: %w: %s", verb, err, out)
	}
	return nil
}

// start starts the Postfix as soon as the one before has gone.
func (p *postfix) start() {
	p.t.Helper()
	var last error
	within(p.t, "Postfix starts", func() bool { last = p.command("start"); return last == nil })
	within(p.t, "Postfix listens", func() bool { return listening(p.addr) })
}

// restart ends the Postfix, in good order or not, and starts it again.
func (p *postfix) restart(verb string) {
	p.t.Helper()
	_ = p.command(verb) // it may have gone before it was killed; nothing starts while it has not
	p.start()
}

// tail is the end of a text, in lines.
func tail(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// said is all that it logged.
func (p *postfix) said() string {
	p.t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.dir, "mail.log"))
	must(p.t, err)
	return string(raw)
}

// queue asks the Postfix about its queue, or to try what is in it. It gives what it says, or why it says nothing.
func (p *postfix) queue(verb string) string {
	out, err := exec.Command("postqueue", "-c", p.etc(), verb).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, out)
	}
	return string(out)
}

// mark waits until all that was logged before is in the log.
func (p *postfix) mark(t testing.TB) {
	t.Helper()
	p.marks++
	mark := fmt.Sprintf("mark %d of the test", p.marks)
	within(t, "the log is written", func() bool {
		_ = exec.Command("postlog", "-c", p.etc(), "-t", "postfix/test", mark).Run()
		return strings.Contains(p.said(), mark)
	})
}

// A dovecot has one mailbox, which takes mail by LMTP and shows it by IMAP over TLS.
type dovecot struct {
	lmtp, imap string
	authority  string // file of the certificate that vouches for it
	dir        string
	stop       func()
}

const dovecotConfig = `base_dir = DIR/run
state_dir = DIR/run
log_path = DIR/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
mail_location = maildir:DIR/mail/%n
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
recipient_delimiter = +
auth_username_format = %Ln
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=DIR/mail/%n
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = IMAP
    ssl = yes
  }
  chroot =
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = LMTP
  }
}
service anvil {
  chroot =
}
`

// newDovecot starts a Dovecot, which ends with the test.
func newDovecot(t testing.TB, dir string) *dovecot {
	t.Helper()
	if out, err := exec.Command("dovecot", "--version").Output(); err != nil || !bytes.HasPrefix(out, []byte("2.3.")) {
		lacking(t, fmt.Sprintf("the configuration of these tests is for Dovecot 2.3, and this is %s (%v)", out, err))
	}
	d := &dovecot{dir: filepath.Join(dir, "dovecot"), lmtp: freePort(t), imap: freePort(t)}
	must(t, os.MkdirAll(filepath.Join(d.dir, "mail"), 0o755))
	if out, err := exec.Command("chown", "mail:mail", filepath.Join(d.dir, "mail")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.authority = filepath.Join(d.dir, "cert.pem")
	cert, key := certificate(t)
	must(t, os.WriteFile(d.authority, cert, 0o644))
	must(t, os.WriteFile(filepath.Join(d.dir, "key.pem"), key, 0o600))
	text := strings.NewReplacer("DIR", d.dir, "IMAP", port(d.imap), "LMTP", port(d.lmtp)).Replace(dovecotConfig)
	file := filepath.Join(d.dir, "dovecot.conf")
	must(t, os.WriteFile(file, []byte(text), 0o644))
	t.Cleanup(func() {
		if log, _ := os.ReadFile(filepath.Join(d.dir, "dovecot.log")); t.Failed() {
			t.Logf("the end of Dovecot's log:\n%s", tail(string(log), 40))
		}
	})
	d.start(t)
	return d
}

// start starts it, and waits until it listens.
func (d *dovecot) start(t testing.TB) {
	t.Helper()
	cmd := exec.Command("dovecot", "-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { <-ended })
	atEnd(t, `kill "$1"`, strconv.Itoa(cmd.Process.Pid))
	d.stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ended <- <-ended
	}
	within(t, "Dovecot listens", func() bool {
		select {
		case err := <-ended:
			ended <- err
			log, _ := os.ReadFile(filepath.Join(d.dir, "dovecot.log"))
			t.Fatalf("Dovecot ended with %v:\n%s%s", err, &said, log)
		default:
		}
		return listening(d.lmtp) && listening(d.imap)
	})
}

// left counts the messages in the mailbox.
func (d *dovecot) left(t testing.TB) (n int) {
	t.Helper()
	for _, part := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(d.dir, "mail", mailbox, part))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		n += len(entries)
	}
	return n
}

// certificate makes one for loopback, signed by itself.
func certificate(t testing.TB) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}
