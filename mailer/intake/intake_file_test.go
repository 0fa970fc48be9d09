package intake

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// note is a desk that remembers what it was told.
type note struct {
	told []campaign.Notice
	err  error
}

func (d *note) Note(_ context.Context, n campaign.Notice) (campaign.Noted, error) {
	d.told = append(d.told, n)
	err := d.err
	d.err = nil
	return campaign.Noted{Invitation: 7, Effect: campaign.EffectCounted}, err
}

func (d *note) Foresee(context.Context, campaign.Notice) (campaign.Noted, error) {
	return campaign.Noted{Effect: campaign.EffectNone}, nil
}

var today = time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)

func intakeOf(t *testing.T, d Desk) (*Intake, *link.Keys) {
	t.Helper()
	keys, err := link.NewKeys(map[byte][]byte{1: bytes.Repeat([]byte{7}, link.MasterSize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return New(d, keys, func() time.Time { return today }), keys
}

func failure(to string) []byte {
	return []byte("Return-Path: <>\nFrom: mailer-daemon@x.example\nTo: " + to + "\nSubject: failure notice\nIn-Reply-To: <m@shop.example>\n\nwas rejected <a@x.example>: 550 5.1.1 user unknown\n")
}

// TestOnlyAGenuineAddressIsSigned: a token of another purpose, of an expired day, of another key or with a changed letter is
// none, and the notice goes by the message id, which proves nothing.
func TestOnlyAGenuineAddressIsSigned(t *testing.T) {
	t.Parallel()
	d := &note{}
	in, keys := intakeOf(t, d)
	id := campaign.LinkID{1, 2, 3}
	good := keys.Mint(link.Bounce, id, today)
	changed := []byte(good)
	changed[30] = 'a' + (changed[30]-'a'+1)%26
	foreign, err := link.NewKeys(map[byte][]byte{1: bytes.Repeat([]byte{8}, link.MasterSize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		to   string
		want bool
	}{
		"good": {"b+" + good, true}, "capitals": {"B+" + strings.ToUpper(good), true}, "changed": {"b+" + string(changed), false}, "another purpose": {"b+" + keys.Mint(link.OneClick, id, today), false},
		"expired": {"b+" + keys.Mint(link.Bounce, id, today.AddDate(0, 0, -1)), false}, "another key": {"b+" + foreign.Mint(link.Bounce, id, today), false}, "the unsubscribe address's": {"b+" + keys.Mint(link.MailtoUnsubscribe, id, today), false},
	} {
		d.told = nil
		taken, err := in.Take(t.Context(), failure(c.to+"@bounce.shop.example"), false)
		if err != nil || len(taken.Recipients) != 1 || len(d.told) != 1 {
			t.Fatalf("%s: %+v %v", name, taken, err)
		}
		if n := d.told[0]; taken.Recipients[0].Signed != c.want || (n.Link == id) != c.want || (n.MessageID == "m@shop.example") == c.want || n.Meaning != campaign.MeansHard || !n.Genuine || n.Mark == "" {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestUnsubscribeAddress(t *testing.T) {
	t.Parallel()
	d := &note{}
	in, keys := intakeOf(t, d)
	to := "u+" + keys.Mint(link.MailtoUnsubscribe, campaign.LinkID{9}, time.Time{}) + "@bounce.shop.example"
	if _, err := in.Take(t.Context(), []byte("From: a@x.example\nTo: "+to+"\nAuto-Submitted: auto-replied\n\n"), false); err != nil || d.told[0].Link != (campaign.LinkID{9}) || d.told[0].Meaning != campaign.MeansOptOut {
		t.Errorf("%+v %v", d.told, err)
	}
}

func TestTakeTriesAgainAfterAConflictAndKeepsOtherErrors(t *testing.T) {
	t.Parallel()
	d := &note{err: fault.New(fault.Conflict, "x", "y")}
	in, _ := intakeOf(t, d)
	if _, err := in.Take(t.Context(), failure("x@shop.example"), false); err != nil || len(d.told) != 2 {
		t.Errorf("%v, told %d times", err, len(d.told))
	}
	d.err = errors.New("disk")
	if _, err := in.Take(t.Context(), failure("x@shop.example"), false); err == nil {
		t.Error("an error is lost")
	}
	d.told = nil
	if _, err := in.Take(t.Context(), failure("x@shop.example"), true); err != nil || d.told != nil {
		t.Errorf("a dry run tells the desk: %v", err)
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"": nil, "\n\n": nil, "Subject: a\n\nx": {"Subject: a\n\nx"},
		"From a Mon Nov  2 10:00:00 2026\nSubject: a\n\nFrom b, inside\n\nFrom c@x.example Mon Nov  2 10:00:00 2026 +0100\r\nSubject: b\n": {"Subject: a\n\nFrom b, inside\n\n", "Subject: b\n"},
		"From a Mon Nov  2 10:00:00 2026\nSubject: a\n\n>From b\nx\nFrom c Mon Nov  2 10:00:00 2026\n":                                     {"Subject: a\n\n>From b\nx\nFrom c Mon Nov  2 10:00:00 2026\n"},
	} {
		var got []string
		err := Each(strings.NewReader(text), "-", func(_ string, raw []byte) error {
			got = append(got, string(raw))
			return nil
		})
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	longest := 0
	err := Each(strings.NewReader("Subject: a\n\n"+strings.Repeat("x", 5<<20)), "-", func(_ string, raw []byte) error {
		longest = len(raw)
		return nil
	})
	if err != nil || longest != kept {
		t.Errorf("%d octets of a message are held, %v", longest, err)
	}
}

func TestEachFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"plain/1.eml", "plain/.hidden", "box/cur/1", "box/new/2", "box/tmp/3", "box/dovecot.index"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("Subject: "+name+"\n\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]string{"plain": "1.eml", "box": "2 1", "plain/1.eml": "1.eml"} {
		var got []string
		if err := EachFile(filepath.Join(dir, folder), func(name string, _ []byte) error {
			got = append(got, filepath.Base(name))
			return nil
		}); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q %v", folder, got, err)
		}
	}
	if err := EachFile(filepath.Join(dir, "none"), nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

// TestAMaildirInUse: while it is read, mail programs move its messages and mark and delete them. The command ended at the first
// that was not there any more, and what moved behind its back was not read.
func TestAMaildirInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, name := range []string{"cur/1:2,", "cur/2:2,", "cur/3:2,S", "new/4", "new/5", "new/6", "tmp/7"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(at(name)), 0o700), os.WriteFile(at(name), []byte("Subject: "+name[4:5]+"\n\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	read := map[string]int{}
	if err := EachFile(dir, func(_ string, raw []byte) error {
		subject := string(raw[9:10])
		read[subject]++
		switch {
		case subject == "4":
			return errors.Join(os.Rename(at("new/4"), at("cur/4:2,S")), os.Rename(at("new/5"), at("cur/5:2,")), os.Remove(at("cur/1:2,")))
		case subject == "2":
			return os.Rename(at("cur/3:2,S"), at("cur/3:2,ST"))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"2", "3", "4", "5", "6"} {
		if read[subject] != 1 {
			t.Errorf("%s is read %d times", subject, read[subject])
		}
	}
	if len(read) != 5 {
		t.Errorf("%v", read)
	}
}

// TestAFolderInUse: of files that are no Maildir one that goes away meanwhile ends nothing either.
func TestAFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"1", "2", "3"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("Subject: a\n\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var read []string
	err := EachFile(dir, func(name string, _ []byte) error {
		if read = append(read, filepath.Base(name)); len(read) == 1 {
			return os.Remove(filepath.Join(dir, "2"))
		}
		return nil
	})
	if err != nil || strings.Join(read, " ") != "1 3" {
		t.Errorf("%q %v", read, err)
	}
}
