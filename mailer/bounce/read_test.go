package bounce

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	sampleToken = "aeaaeaabaibqibiga4eascqlbqgq4d7776gosb62bh2spyovfjmdkofnkmna"
	sampleID    = "0123456789abcdef0123456789abcdef@shop.example"
	jeanne      = "jeanne@place.example"
)

// samples says what each file is. Those of data/dsn were written by a real Postfix; the others are made up
// after what the systems that they name really write.
var samples = map[string]struct {
	kind    Kind
	address string
	meaning Meaning
	class   Class
	code    int
	status  string
}{
	"dsn-postfix-global-failed-5.2.2":   {KindDelivery, "y@full.test", MeansSoft, SoftFinal, 552, "5.2.2"},
	"dsn-postfix-smtputf8-failed-5.1.1": {KindDelivery, "jörg@nouser.test", MeansHard, Hard, 550, "5.1.1"},
	"dsn-postfix-success-relayed":       {KindDelivery, "ok@good.test", MeansDelivered, Delivered, 250, "2.0.0"},
	"dsn-postfix":                       {KindDelivery, jeanne, MeansHard, Hard, 550, "5.1.1"},
	"dsn-postfix-delayed":               {KindDelivery, jeanne, MeansDelayed, Soft, 0, "4.4.1"},
	"dsn-postfix-expired":               {KindDelivery, jeanne, MeansSoft, Soft, 0, "4.4.1"},
	"dsn-exim":                          {KindDelivery, jeanne, MeansHard, Hard, 550, "5.1.1"},
	"dsn-sendmail":                      {KindDelivery, jeanne, MeansSoft, Recheck, 550, "5.1.2"},
	"dsn-exchange-online":               {KindDelivery, jeanne, MeansHard, Hard, 550, "5.1.10"},
	"dsn-exchange-dbeb":                 {KindDelivery, jeanne, MeansHard, Hard, 550, "5.4.1"},
	"dsn-gmail":                         {KindDelivery, jeanne, MeansSoft, Config, 550, "5.7.26"},
	"dsn-full":                          {KindDelivery, jeanne, MeansSoft, Soft, 452, "4.2.2"},
	"dsn-forwarded-address":             {KindDelivery, "someone@elsewhere.example", MeansHard, Hard, 550, "5.1.1"},
	"dsn-owner-changed":                 {KindDelivery, jeanne, MeansHard, OwnerChanged, 550, "5.7.17"},
	"plain-exim":                        {KindPlain, jeanne, MeansHard, Hard, 550, "5.1.1"},
	"plain-exim-warning":                {KindPlain, jeanne, MeansDelayed, Soft, 450, "4.2.1"},
	"plain-qmail":                       {KindPlain, jeanne, MeansHard, Hard, 0, "5.1.1"},
	"plain-qmail-policy":                {KindPlain, jeanne, MeansSoft, Policy, 554, "5.7.1"},
	"plain-yahoo":                       {KindPlain, jeanne, MeansHard, Hard, 554, ""},
	"plain-gmail":                       {KindPlain, jeanne, MeansHard, Hard, 550, "5.2.1"},
	"plain-gmx":                         {KindPlain, jeanne, MeansSoft, SoftFinal, 0, "5.2.2"},
	"plain-webde":                       {KindPlain, jeanne, MeansHard, Hard, 550, ""},
	"plain-orange":                      {KindPlain, jeanne, MeansHard, Hard, 550, "5.1.1"},
	"plain-laposte":                     {KindPlain, jeanne, MeansHard, Hard, 0, ""},
	"plain-exchange-2003":               {KindPlain, jeanne, MeansHard, Hard, 0, ""},
	"plain-domino":                      {KindPlain, jeanne, MeansHard, Hard, 0, ""},
	"plain-sendmail-old":                {KindPlain, jeanne, MeansHard, Hard, 550, "5.1.1"},
	"plain-unsaid":                      {KindPlain, jeanne, MeansSoft, Policy, 0, ""},
	"arf-abuse":                         {KindFeedback, jeanne, MeansComplaint, "", 0, ""},
	"arf-not-spam":                      {KindFeedback, jeanne, MeansReport, "", 0, ""},
	"arf-auth-failure":                  {KindFeedback, jeanne, MeansReport, "", 0, ""},
	"arf-hotmail":                       {KindFeedback, jeanne, MeansComplaint, "", 0, ""},
	"auto-outlook-en":                   {KindAuto, jeanne, MeansAuto, "", 0, ""},
	"auto-french":                       {KindAuto, jeanne, MeansAuto, "", 0, ""},
	"auto-german":                       {KindAuto, jeanne, MeansAuto, "", 0, ""},
	"auto-vacation":                     {KindAuto, jeanne, MeansAuto, "", 0, ""},
	"auto-challenge":                    {KindAuto, jeanne, MeansAuto, "", 0, ""},
	"stop-en":                           {KindStop, jeanne, MeansOptOut, "", 0, ""},
	"stop-fr":                           {KindStop, jeanne, MeansOptOut, "", 0, ""},
	"stop-html":                         {KindStop, jeanne, MeansOptOut, "", 0, ""},
	"stop-latin1":                       {KindStop, jeanne, MeansOptOut, "", 0, ""},
	"stop-mailto":                       {KindStop, jeanne, MeansOptOut, "", 0, ""},
	"stop-apple":                        {KindStop, jeanne, MeansOptOut, "", 0, ""},
	"other-yes":                         {kind: KindOther},
	"other-dont-stop":                   {kind: KindOther},
	"other-question":                    {kind: KindOther},
	"other-quoted":                      {kind: KindOther},
}

func TestRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) != len(samples) {
		t.Fatalf("%d files, %d expectations: %v", len(files), len(samples), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		want, ok := samples[name]
		raw, err := os.ReadFile(file)
		if err != nil || !ok {
			t.Fatalf("%s: no expectation, or %v", name, err)
		}
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		for _, form := range [][]byte{raw, bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))} {
			r := Read(form)
			if r.Kind != want.kind {
				t.Errorf("%s is %s, want %s", name, r.Kind, want.kind)
			}
			if want.meaning == "" {
				if len(r.Recipients) != 0 {
					t.Errorf("%s says %+v", name, r.Recipients)
				}
				continue
			}
			if len(r.Recipients) != 1 {
				t.Fatalf("%s has %d recipients: %+v", name, len(r.Recipients), r.Recipients)
			}
			if p := r.Recipients[0]; p.Address != want.address || p.Meaning != want.meaning || p.Class != want.class || p.Code != want.code || p.Status != want.status {
				t.Errorf("%s: %+v, want %+v", name, p, want)
			}
			ours(t, name, r)
		}
	}
}

// ours: whatever form it has, what returns one of our messages leads to it.
func ours(t *testing.T, name string, r Report) {
	t.Helper()
	if strings.HasPrefix(name, "dsn-postfix-global") || strings.HasPrefix(name, "dsn-postfix-smtputf8") || strings.HasPrefix(name, "dsn-postfix-success") {
		return // it returns a message that was not ours
	}
	signed := len(r.Signed) > 0 && r.Signed[0].Token == sampleToken
	known := len(r.MessageIDs) > 0 && r.MessageIDs[0] == sampleID
	if bounced := r.Kind == KindDelivery || r.Kind == KindPlain || r.Kind == KindFeedback; bounced && !signed {
		t.Errorf("%s: no signed address in %+v", name, r)
	}
	if !signed && !known {
		t.Errorf("%s leads to no message of ours: %+v", name, r)
	}
}

func TestReadNamesWhatItAnswers(t *testing.T) {
	t.Parallel()
	r := Read(sample(t, "stop-apple"))
	if len(r.Signed) != 1 || r.Signed[0] != (Signed{'u', sampleToken}) {
		t.Errorf("%+v", r.Signed)
	}
	r = Read(sample(t, "dsn-full"))
	if r.EnvelopeID != "QWERTY12345" || r.Sender == nil || *r.Sender != "" || !r.Genuine() || r.ID == "" || r.MessageIDs[0] != sampleID {
		t.Errorf("%+v", r)
	}
	if r = Read(sample(t, "arf-abuse")); r.Genuine() || *r.Sender != "fbl@place.example" {
		t.Errorf("%+v", r)
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestStopInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"STOP", "Stop.", "please unsubscribe", "Remove me from your list", "no more emails", "opt out", "I am not interested", "désabonnez-moi", "Désinscription",
		"Retirez-moi de votre liste", "je veux ne plus recevoir", "supprimez mes données", "Stopp", "Bitte abmelden", "keine Werbung", "Löschen Sie mich", "ich widerspreche", "baja", "no quiero recibir",
		"eliminar", "Cancellami", "non voglio più ricevere", "rimuovetemi", "afmelden", "uitschrijven aub", "geen mail", "cancelar", "não quero receber", "remover"} {
		if r := Read([]byte("From: a@b.example\nSubject: Re: x\n\n" + line + "\n")); r.Kind != KindStop {
			t.Errorf("%q is %s", line, r.Kind)
		}
	}
	for _, line := range []string{"oui", "yes please", "unstoppable!", "we stopped by your shop", "please don't stop", "nicht abmelden", "ja", "ok"} {
		if r := Read([]byte("From: a@b.example\nSubject: Re: x\n\n" + line + "\n")); r.Kind != KindOther {
			t.Errorf("%q is %s", line, r.Kind)
		}
	}
}

// Hostile messages cost little and say nothing.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for n := range 200 {
		deep += "--b" + string(rune('0'+n%10)) + "\nContent-Type: multipart/mixed; boundary=b" + string(rune('0'+(n+1)%10)) + "\n\n"
	}
	for name, raw := range map[string]string{
		"deep":    deep,
		"parts":   "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 50_000),
		"fields":  strings.Repeat("X: y\n", 100_000),
		"fold":    "Subject: a\n" + strings.Repeat(" b\n", 300_000),
		"blocks":  "Content-Type: message/delivery-status\n\n" + strings.Repeat("Final-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\n\n", 10_000),
		"long":    "Subject: " + strings.Repeat("a@", 2_000_000),
		"address": "From: mailer-daemon@x.example\nSubject: failure notice\n\nwas rejected " + strings.Repeat("a@b.example ", 100_000),
		"empty":   "",
	} {
		r := Read([]byte(raw))
		if len(r.Recipients) > most || len(r.To) > most || len(r.Signed) > most || len(r.MessageIDs) > 3*most {
			t.Errorf("%s: %d recipients, %d to, %d signed, %d ids", name, len(r.Recipients), len(r.To), len(r.Signed), len(r.MessageIDs))
		}
		for _, p := range r.Recipients {
			if len(p.Text) > maxWords {
				t.Errorf("%s keeps %d octets of words", name, len(p.Text))
			}
		}
	}
}
