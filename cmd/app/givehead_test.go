package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/mailer/smtptest"
	"github.com/reoptin/reoptin/store"
)

const officer = "dpo@iris.example"

// heads are the heads that the officer has in the mailbox, as they were attached.
func (h *house) heads() (notes []string) {
	h.t.Helper()
	for _, m := range h.relay.Messages() {
		if m.To != officer {
			continue
		}
		msg, err := netmail.ReadMessage(bytes.NewReader(m.Data))
		h.must(err)
		_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
		h.must(err)
		if msg.Header.Get("List-Unsubscribe") != "" || msg.Header.Get("Auto-Submitted") != "auto-generated" {
			h.t.Error("the mail to the officer looks like an invitation, or asks for an answer")
		}
		parts := multipart.NewReader(msg.Body, params["boundary"])
		for {
			p, err := parts.NextPart()
			if err == io.EOF {
				break
			}
			h.must(err)
			if p.FileName() == "" {
				continue
			}
			note, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
			h.must(err)
			notes = append(notes, string(note))
		}
	}
	return notes
}

func (h *house) gives(mails int) {
	h.t.Helper()
	_, err := h.app.Checkpoint(h.t.Context())
	h.must(err)
	h.must(h.app.giveHead(h.t.Context()))
	if got := h.heads(); len(got) != mails {
		h.t.Errorf("the officer has %d heads, want %d", len(got), mails)
	}
}

// The officer gets the head once a day while there is something new, and when a campaign is closed. What they keep
// finds a history that was written anew by whoever has everything else.
func TestHeadIsMailedToTheOfficer(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	h.gives(1)
	h.gives(1) // nothing is new
	h.says(person(0), "newsletter.email")
	h.wait(time.Hour)
	h.gives(1) // not yet
	h.wait(23 * time.Hour)
	h.gives(2)
	_, err := h.app.Desk.Close(t.Context(), Operator(), spring)
	h.must(err)
	h.gives(3)
	heads := h.heads()
	for _, head := range heads {
		path := h.at("checkpoint.txt")
		h.must(os.WriteFile(path, []byte(head), 0o600))
		if r, err := h.app.VerifyLedger(t.Context(), path); err != nil || !r.OK {
			t.Error(r.Faults, err)
		}
		var proof bytes.Buffer
		h.must(h.app.ExportConsistency(t.Context(), &proof, path))
		if r := h.verified(proof.Bytes()); !r.OK {
			t.Error(r.Faults)
		}
	}
}

func TestHeadIsMailedAgainWhenTheRelayIsBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.relays(func(e smtptest.Event) smtptest.Step { return smtptest.Step{Reply: "451 4.3.0 later"} })
	if h.app.giveHead(t.Context()) == nil {
		t.Error("a refusal is no failure")
	}
	h.relays(nil)
	h.gives(0) // not at once
	h.wait(giveAgain)
	h.gives(1)
}

// A relay that takes the mail and is silent until the time is up, or the server stops: the officer may have it, and
// does not get it once more every quarter of an hour.
func TestHeadIsNotMailedTwiceWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	ctx, stop := context.WithCancel(t.Context())
	before := len(h.relay.Messages())
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot {
			go func() { // the server keeps it after this was said
				h.relay.Wait(func() bool { return len(h.relay.Messages()) > before })
				stop()
			}()
			return smtptest.Step{Mute: true, Store: true}
		}
		return smtptest.Step{}
	})
	h.must(h.app.giveHead(ctx))
	h.relays(nil)
	h.wait(giveAgain)
	h.gives(1)
}

// A relay that answers nothing keeps the authority from nothing.
func TestHeadIsTimeStampedWhileTheRelayIsSilent(t *testing.T) {
	t.Parallel()
	unwatched(t)
	url, _ := authority(t)
	h := newHouse(t, plan{people: 1, ledger: func(l *config.Ledger) { l.TSA = url }}).start(spring).send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	ctx, stop := context.WithCancel(t.Context())
	h.relays(func(e smtptest.Event) smtptest.Step {
		stop()
		return smtptest.Step{Mute: true}
	})
	if h.app.giveHead(ctx) == nil {
		t.Error("a relay that says nothing is no failure")
	}
	if list, err := h.app.store.Anchors(t.Context(), store.AnchorTimestamp, 0, 9); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
}

// A head that was given while the clock was a year ahead keeps nobody waiting for that year.
func TestHeadIsGivenAfterTheClockWasAhead(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.sets(365 * 24 * time.Hour)
	h.gives(1)
	h.sets(-365 * 24 * time.Hour)
	h.says(person(0), "newsletter.email")
	h.gives(2)
	h.says(person(1), "newsletter.email")
	h.gives(2)
}

// Without a mailbox of an officer nobody gets anything, and doctor says so.
func TestHeadIsMailedToNobodyElse(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for dpo, says := range map[string]string{"": "names no data-protection officer", "the works council, 3rd floor": "is no mailbox"} {
		h := newHouse(t, plan{people: 1})
		o := organisation(1)
		o.DPO = dpo
		h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
		_, err := h.app.Checkpoint(t.Context())
		h.must(err)
		h.must(h.app.giveHead(t.Context()))
		h.took(0)
		h.close()
		d, err := Doctor(t.Context(), h.config(), Surroundings{Clock: h.clock, Log: h.logger()}, DoctorDeps{Offline: true})
		h.must(err)
		lineOf(t, d.Lines, "anchor").is(t, StatusWarning, says, "nobody else has a head")
		h.open()
	}
}

// authority is a time-stamping authority that "openssl ts" plays; needed where CI is set.
func authority(t *testing.T) (url string, certificate string) {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing: install it (on Debian: apt-get install openssl)")
		}
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	for name, text := range map[string]string{"serial": "01\n", "tsa.cnf": tsaConfig} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "tsa.key")
	run("req", "-x509", "-config", "tsa.cnf", "-key", "tsa.key", "-out", "tsa.pem", "-days", "3650", "-subj", "/O=Lumen/CN=Time", "-extensions", "v3")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := io.ReadAll(r.Body)
		if err == nil && r.Header.Get("Content-Type") == "application/timestamp-query" {
			err = os.WriteFile(filepath.Join(dir, "q.tsq"), q, 0o600)
		}
		if err != nil {
			t.Error(err)
			return
		}
		run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "a.tsr")
		answer, err := os.ReadFile(filepath.Join(dir, "a.tsr"))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, filepath.Join(dir, "tsa.pem")
}

const tsaConfig = `[req]
distinguished_name=dn
[dn]
[v3]
extendedKeyUsage=critical,timeStamping
[tsa]
default_tsa=t
[t]
serial=./serial
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256
ess_cert_id_alg=sha256
`

func TestHeadIsTimeStamped(t *testing.T) {
	t.Parallel()
	unwatched(t)
	url, certificate := authority(t)
	h := newHouse(t, plan{people: 2, ledger: func(l *config.Ledger) { l.TSA = url }}).start(spring).send()
	give := func(stamps int) {
		t.Helper()
		_, err := h.app.Checkpoint(t.Context())
		h.must(err)
		h.must(h.app.giveHead(t.Context()))
		list, err := h.app.store.Anchors(t.Context(), store.AnchorTimestamp, 0, 100)
		h.must(err)
		if len(list) != stamps {
			t.Errorf("%d time stamps, want %d", len(list), stamps)
		}
	}
	give(1)
	h.says(person(0), "newsletter.email")
	give(1) // within the hour
	h.wait(time.Hour)
	give(2)
	h.says(person(1))
	file := h.dossier(ProofQuery{}, "en")
	r := h.verified(file)
	if !r.OK || len(r.Stamps) != 2 || r.Stamps[0].Size >= r.Stamps[1].Size || !strings.Contains(r.Stamps[0].Authority, "CN=Time") {
		t.Fatalf("%+v", r)
	}
	files := unzipped(t, file)
	// Another program finds the same.
	dir := t.TempDir()
	first := ledger.StampName(r.Stamps[0].Size)
	for from, to := range map[string]string{first + ".checkpoint": "c", first + ".tsr": "t"} {
		h.must(os.WriteFile(filepath.Join(dir, to), []byte(files[from]), 0o600))
	}
	cmd := exec.CommandContext(context.Background(), "openssl", "ts", "-verify", "-data", "c", "-in", "t", "-CAfile", certificate)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("%v\n%s", err, out)
	}
	second := ledger.StampName(r.Stamps[1].Size)
	for name, tt := range map[string]struct {
		change func(map[string]string)
		says   string
	}{
		"another answer":      {func(f map[string]string) { f[first+".tsr"] = f[second+".tsr"] }, "is of something else"},
		"another head":        {func(f map[string]string) { f[first+".checkpoint"] = f[second+".checkpoint"] }, "is of something else"},
		"another consistency": {func(f map[string]string) { f[first+".json"] = f[second+".json"] }, "of other checkpoints"},
		"another number": {func(f map[string]string) {
			for _, ending := range []string{".checkpoint", ".tsr", ".json"} {
				f[first+"9"+ending] = f[first+ending]
			}
		}, "it is of the first"},
		"consistency is lost": {func(f map[string]string) { delete(f, first+".json") }, "is missing"},
	} {
		changed := unzipped(t, file)
		tt.change(changed)
		if r := h.verified(zipped(t, changed)); r.OK || !strings.Contains(r.Faults[0].What, tt.says) {
			t.Errorf("%s: %+v", name, r.Faults)
		}
	}
	// What is kept of it is looked at with the ledger.
	h.close()
	f := forger{t, forge(t, h.at("reoptin.db"))}
	f.run("UPDATE anchor SET checkpoint = checkpoint + 1 WHERE n = (SELECT min(n) FROM anchor WHERE kind = 'timestamp')")
	h.open()
	got, err := h.app.VerifyLedger(t.Context(), "")
	h.must(err)
	if got.OK || !strings.Contains(got.Faults[0].What, "its time stamp does not verify") {
		t.Errorf("%+v", got.Faults)
	}
	f.run("UPDATE anchor SET checkpoint = checkpoint - 1 WHERE n = (SELECT min(n) FROM anchor WHERE kind = 'timestamp')")
	h.must(f.db.Close())
}

// An authority that is not there, or gives something else, leaves nothing behind.
func TestHeadIsNotTimeStampedByAnybody(t *testing.T) {
	t.Parallel()
	unwatched(t)
	answer := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if answer == "elsewhere" {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(http.StatusFound)
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	old, err := os.ReadFile("../../ledger/testdata/timestamp/rsa.tsr")
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, plan{people: 1, ledger: func(l *config.Ledger) { l.TSA = server.URL }}).start(spring).send()
	_, err = h.app.Checkpoint(t.Context())
	h.must(err)
	for _, answer = range []string{"", "no", string(old), "elsewhere"} {
		h.wait(giveAgain)
		if err := h.app.giveHead(t.Context()); err == nil || !strings.Contains(err.Error(), "gave no time stamp") {
			t.Errorf("%.9q: %v", answer, err)
		}
	}
	if list, err := h.app.store.Anchors(t.Context(), store.AnchorTimestamp, 0, 9); err != nil || len(list) > 0 {
		t.Error(list, err)
	}
}
