package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// metricsOf is what the house shows to somebody.
func (h *house) metricsOf(remote string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Host, r.RemoteAddr = "10.1.2.3:8080", remote
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.web.Echo.ServeHTTP(w, r)
	return w
}

// What a house did is counted, and nothing that is shown tells who anybody is.
func TestMetricsOfAHouse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: []string{"ann.marker@gmail.com", "bob.marker@marker-domain.example", "cat.marker@orange.fr"}, senders: 1}).start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Rcpt && strings.HasPrefix(e.To, "cat") {
			return smtptest.Step{Reply: "550 5.1.1 no such user"}
		}
		return smtptest.Step{}
	})
	h.send()
	link := h.invitation("ann.marker@gmail.com").Link
	_, err := h.app.Desk.Object(t.Context(), link, campaign.Answer{Kind: campaign.ByOneClick})
	h.must(err)
	h.app.Desk.CountView(1)
	h.web.Echo.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://"+host+"/c/marker-token", nil))
	w := h.metricsOf("127.0.0.1:40000")
	text := w.Body.String()
	for _, line := range []string{
		`reoptin_deliveries_total{outcome="sent"} 2`, `reoptin_deliveries_total{outcome="refused"} 1`, "reoptin_commits_total 2", "reoptin_claims_total 3",
		`reoptin_provider_deliveries_total{group="orange",outcome="no_mailbox"} 1`, `reoptin_provider_deliveries_total{group="other",outcome="sent"} 1`,
		"reoptin_deliveries_under_way 0", "reoptin_relay_connections 1", `reoptin_answers_total{decision="no",kind="one_click"} 1`, "reoptin_forms_served_total 1",
		`reoptin_invitations{state="sent"} 2`, `reoptin_campaigns{status="running"} 1`, `reoptin_http_requests_total{code="404",method="GET",route="/c/:token"} 1`,
		"reoptin_unknown_messages_total 0", "reoptin_clock_jumps_total 0",
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("%s is not shown", line)
		}
	}
	for _, secret := range []string{"marker", spring, "Iris", "@"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	if w.Code != 200 || strings.Contains(text, "reoptin_journal_bytes 0\n") || strings.Contains(text, "reoptin_ledger_entries 0\n") {
		t.Errorf("%d\n%s", w.Code, text)
	}
}

// Only operators read metrics: nobody from elsewhere, and nobody through a proxy on this machine.
func TestMetricsAreForOperators(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	if w := h.metricsOf("[::1]:40000"); w.Code != 200 {
		t.Errorf("this machine gets %d", w.Code)
	}
	for _, w := range []*httptest.ResponseRecorder{
		h.metricsOf("192.0.2.1:40000"), h.metricsOf("nonsense"), h.metricsOf("127.0.0.1:40000", "X-Forwarded-For", "127.0.0.1"),
		h.metricsOf("127.0.0.1:40000", "Forwarded", "for=127.0.0.1"), h.metricsOf("127.0.0.1:40000", "Via", "1.1 proxy"),
	} {
		if w.Code != 404 || strings.Contains(w.Body.String(), "reoptin_") {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
}
