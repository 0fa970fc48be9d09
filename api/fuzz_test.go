package api

import (
	"encoding/json"
	"testing"

	"github.com/reoptin/reoptin/mailer/bounce"
)

// decoders are those of all providers, without their proofs.
var decoders = map[string]func(json.RawMessage) ([]event, error){
	"brevo": brevoEvents, "mailgun": mailgunEvents, "postmark": postmarkEvents, "scaleway": scalewayEvents, "sendgrid": sendGridEvents, "ses": sesEvents,
}

// fuzz: whatever comes in, reading ends, keeps its bounds, and says the same of the same.
func fuzz(f *testing.F, provider string) {
	for _, r := range posts[provider].reports {
		f.Add([]byte(filled(r.report)))
	}
	for _, text := range []string{"", "{}", "[]", "null", `[{"event": {}}]`, `{"email": "\u0000"}`, `[[[[`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		raws, err := list(body)
		if err != nil {
			return
		}
		b := gather(raws, decoders[provider])
		again := gather(raws, decoders[provider])
		if len(b.events) != len(again.events) {
			t.Fatal("it is not the same twice")
		}
		for n, e := range b.events {
			if e.about.Address == "" || len(e.about.Address) > longestAddress || e.about.Meaning == "" || e.id == "" || e.mark(provider) != again.events[n].mark(provider) {
				t.Fatalf("%+v", e)
			}
			if e.about.Meaning == bounce.MeansHard && !e.about.Class.Gone() {
				t.Fatalf("%+v", e.about)
			}
		}
	})
}

func FuzzBrevo(f *testing.F)    { fuzz(f, "brevo") }
func FuzzMailgun(f *testing.F)  { fuzz(f, "mailgun") }
func FuzzPostmark(f *testing.F) { fuzz(f, "postmark") }
func FuzzScaleway(f *testing.F) { fuzz(f, "scaleway") }
func FuzzSendGrid(f *testing.F) { fuzz(f, "sendgrid") }
func FuzzSES(f *testing.F)      { fuzz(f, "ses") }

// FuzzRequest: no request without a proof is believed, and none makes the server fail.
func FuzzRequest(f *testing.F) {
	for name, p := range posts {
		header, body := p.send(f, filled(p.reports["hard"].report), today)
		f.Add(name, header.Get("Authorization"), body)
	}
	d := newDoor(f, nil)
	f.Fuzz(func(t *testing.T, provider, authorization, body string) {
		if _, known := posts[provider]; !known {
			return
		}
		header := asJSON()
		header.Set("Authorization", authorization)
		if status := d.post(provider, header, body); status != 200 && status/100 != 4 && status != 503 {
			t.Fatalf("%s: %d", provider, status)
		}
	})
}
