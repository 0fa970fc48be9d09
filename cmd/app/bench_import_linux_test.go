package app

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/store"
)

// TestAct does one act on the installation of $REOPTIN_BENCH_DIR, in a process of its own: what
// BenchmarkImportAlone measures.
func TestAct(t *testing.T) {
	dir := os.Getenv("REOPTIN_BENCH_DIR")
	if dir == "" {
		t.Skip("it is part of BenchmarkImportAlone")
	}
	inHouse(t, dir, func(a *App) (err error) {
		began := time.Now()
		defer func() { fmt.Printf("%s%d\n", actTook, time.Since(began).Nanoseconds()) }()
		if base := os.Getenv("REOPTIN_BENCH_BASE"); base != "" {
			_, err = a.Import(t.Context(), base, ImportOptions{})
		} else {
			_, err = a.Audit(t.Context(), AuditOptions{})
		}
		return err
	})
}

// inHouse opens an installation for one act.
func inHouse(t testing.TB, dir string, do func(*App) error) {
	t.Helper()
	c, err := config.Load(config.Options{File: filepath.Join(dir, "reoptin.toml")})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), c, Surroundings{Log: slog.New(slog.DiscardHandler), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(a), a.Close()); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkImportAlone takes in bases of several sizes, each in a process of its own, from its start to its end:
// into an empty installation, then again, then the audit. It reports rows a second, the seconds of first import and
// audit together, and the most memory that each took. Five million rows are taken only when REOPTIN_BENCH_LARGE is
// set: they need two minutes and 3 GiB of disk.
func BenchmarkImportAlone(b *testing.B) {
	wide := func(w *bufio.Writer, rows int) error {
		return writeDemoBase(w, rows, 1, campaign.DateOf(time.Now()))
	}
	plain := func(w *bufio.Writer, rows int) error { return writePlainBase(w, rows) }
	for _, f := range []struct {
		name  string
		rows  int
		write func(*bufio.Writer, int) error
		large bool
	}{{"wide/100k", 100_000, wide, false}, {"wide/1M", 1_000_000, wide, false}, {"plain/100k", 100_000, plain, false}, {"plain/1M", 1_000_000, plain, false},
		{"plain/5M", 5_000_000, plain, true}} {
		if f.large && os.Getenv("REOPTIN_BENCH_LARGE") == "" {
			continue
		}
		b.Run(f.name, func(b *testing.B) {
			for range b.N {
				importAlone(b, f.rows, f.write)
			}
		})
	}
}

func importAlone(b *testing.B, rows int, write func(*bufio.Writer, int) error) {
	dir := filepath.Join(b.TempDir(), "shop")
	if _, err := initialise(b.Context(), dir, "", time.Now, rand.Reader, func(*store.DB) error { return nil }); err != nil {
		b.Fatal(err)
	}
	inHouse(b, dir, func(a *App) error {
		return a.Desk.ApplyOrganisation(b.Context(), campaign.Machine, demoOrganisation(campaign.DateOf(time.Now())))
	})
	base := filepath.Join(filepath.Dir(dir), "base.csv")
	f, err := os.Create(base)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	if err := write(w, rows); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil { // or it is written to the disk beside the import
		b.Fatal(err)
	}
	first := act(b, rows, dir, base, "first")
	perSecond(b, rows, first, "rows")
	perSecond(b, rows, act(b, rows, dir, base, "again"), "rows-again")
	audit := act(b, rows, dir, "", "audit")
	perSecond(b, rows, audit, "audited")
	b.ReportMetric((first + audit).Seconds(), "s-import+audit")
}

// actTook precedes what an act took without the start and the end of its process, in ns.
const actTook = "the act took "

// act runs TestAct, and reports the most memory that it took, the processor's time for each row, and the time for each row without
// the start and the end of the process, which are the same for a small file and a large one.
func act(b *testing.B, rows int, dir, base, name string) time.Duration {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestAct$", "-test.timeout", "30m")
	cmd.Env = append(os.Environ(), "REOPTIN_BENCH_DIR="+dir, "REOPTIN_BENCH_BASE="+base)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	_, alone, _ := strings.Cut(string(out), actTook)
	var ns float64
	if _, err := fmt.Sscan(alone, &ns); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.ReportMetric(ns/1e3/float64(rows), "µs-"+name)
	if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		b.ReportMetric(float64(use.Maxrss)/1024, "MiB-"+name) // of Linux
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	b.ReportMetric(float64(cpu.Microseconds())/float64(rows), "µs-cpu-"+name)
	return took
}
