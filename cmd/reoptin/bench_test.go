package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/mailer/smtptest"
)

// BenchmarkProgram measures the program as it is installed: how large it is, how soon it answers, and
// what memory it takes when idle and while it sends to 5,000 people, or as many as REOPTIN_BENCH_PEOPLE says. Run it with make
// bench.
func BenchmarkProgram(b *testing.B) {
	for range b.N {
		p := newProgram(b)
		b.ReportMetric(p.size, "MiB-binary")
		idle, first := p.serve()
		b.ReportMetric(float64(first.Milliseconds()), "ms-to-first-200")
		b.ReportMetric(idle, "MiB-idle")
		b.ReportMetric(p.send(), "MiB-sending")
		b.ReportMetric(0, "ns/op")
	}
}

// installed is the program, built as make build does, with an installation of made-up people.
type installed struct {
	*testing.B
	path, dir, address string
	people             int
	size               float64 // MiB
	relay              *smtptest.Server
}

func newProgram(b *testing.B) *installed {
	b.Helper()
	p := &installed{B: b, dir: b.TempDir(), people: 5000}
	if people := os.Getenv("REOPTIN_BENCH_PEOPLE"); people != "" {
		var err error
		p.people, err = strconv.Atoi(people)
		p.must(err)
	}
	p.path = filepath.Join(p.dir, "reoptin")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", p.path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(p.path)
	p.must(err)
	p.size = float64(info.Size()) / (1 << 20)
	p.relay, err = smtptest.Start(smtptest.Options{Pipelining: true, Forget: true})
	p.must(err)
	b.Cleanup(func() { _ = p.relay.Close() })
	p.address, err = freeAddress()
	p.must(err)
	p.prepare()
	return p
}

func (p *installed) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *installed) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.path, args...)
	cmd.Dir = filepath.Join(p.dir, "shop")
	own := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "REOPTIN_BENCH_") }) // no settings of the program
	cmd.Env = append(own, "REOPTIN_SMTP_URL=smtp+insecure://"+p.relay.Addr(), "REOPTIN_LISTEN="+p.address, "REOPTIN_BASE_URL=http://"+p.address,
		"REOPTIN_SENDING_WINDOW=Mon-Sun 00:00-24:00", "REOPTIN_SENDING_RATE=100000/s", "REOPTIN_SENDING_PER_DOMAIN=16", "REOPTIN_SMTP_CONNECTIONS=16")
	return cmd
}

func (p *installed) run(args ...string) {
	p.Helper()
	cmd := p.command(args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// prepare imports people who may be asked and approves a campaign.
func (p *installed) prepare() {
	var base bytes.Buffer
	base.WriteString("external_id,email,first_name,country,language,relationship,market,list_origin,collected_at,last_inbound_at,consent_status,consent_at,consent_method,consent_source,purpose_at_collection,controller_at_collection,consent_channels,bundled,incentive\n")
	day := func(months int) string { return time.Now().AddDate(0, -months, 0).Format(time.DateOnly) }
	for n := range p.people {
		fmt.Fprintf(&base, "B%07d,person%d@place%d.example,Camille,FR,fr,prospect,b2c,own,%s,%s,yes,%s,unticked_box,site,newsletter,Maison Lumen,email,no,no\n", n, n, n%7, day(12), day(1), day(12))
	}
	shop := filepath.Join(p.dir, "shop")
	p.must(os.MkdirAll(shop, 0o700))
	p.run("init", "--dir", ".")
	p.must(os.WriteFile(filepath.Join(shop, "base.csv"), base.Bytes(), 0o600))
	organisation, err := filepath.Abs("testdata/lumen/organisation.toml")
	p.must(err)
	p.run("organisation", "apply", organisation)
	p.run("contacts", "import", "base.csv")
	text, err := p.command("campaign", "new", "spring").Output()
	p.must(err)
	p.must(os.WriteFile(filepath.Join(shop, "spring.toml"), text, 0o600))
	p.run("campaign", "create", "spring.toml")
	p.run("campaign", "approve", "spring")
}

// serve gives the memory (MiB) of a server that does nothing, and how soon it answered.
func (p *installed) serve() (idle float64, first time.Duration) {
	cmd := p.command("serve")
	began := time.Now()
	p.must(cmd.Start())
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for range again.C {
		res, err := http.Get("http://" + p.address + "/healthz")
		if err == nil {
			_ = res.Body.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			p.Fatal("the server does not answer")
		}
	}
	first = time.Since(began)
	<-time.After(2 * time.Second) // its first jobs have run by then
	idle = memory(p.B, cmd.Process.Pid, "VmRSS")
	p.must(cmd.Process.Signal(syscall.SIGTERM))
	p.must(cmd.Wait())
	return idle, first
}

// send gives the most memory (MiB) that sending took.
func (p *installed) send() (most float64) {
	cmd := p.command("campaign", "start", "spring", "--wait")
	p.must(cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			p.must(err)
			if n := len(p.relay.Accepted()); n != p.people {
				p.Fatalf("%d people were written to", n)
			}
			return most
		case <-look.C:
			most = max(most, memory(p.B, cmd.Process.Pid, "VmHWM"))
		}
	}
}

// memory reads a figure of a process in MiB; 0 when the process has just ended.
func memory(b *testing.B, pid int, figure string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(text), figure+":")
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
