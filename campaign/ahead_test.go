package campaign

import "testing"

func TestWhoseRulesAreKnown(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]Terms{
		"email-smtp.eu-west-3.amazonaws.com": TermsConsent, "smtp.sendgrid.net": TermsConsent, "smtp-relay.brevo.com": TermsConsent, "SMTP.EU.MAILGUN.ORG.": TermsConsent,
		"smtp.mandrillapp.com": TermsTransactional, "smtp.tem.scw.cloud": TermsTransactional, "smtp.postmarkapp.com": TermsConsent,
		"mail.lumen.example": "", "localhost": "", "notsendgrid.net": "", "sendgrid.net.evil.example": "", "": "", ".": "", "127.0.0.1": "",
	} {
		got, known := termsOf(host)
		if got.Terms != want || known != (want != "") || known && (got.Text == "" || got.Provider == "" || got.Source == "") {
			t.Errorf("%s: %+v", host, got)
		}
	}
}

func TestAForecastStatesARange(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][4]int{0: {0, 0, 0, 0}, 1: {0, 1, 0, 1}, 10: {0, 2, 8, 10}, 600: {12, 120, 480, 588}, 1000001: {20000, 200001, 800000, 980001}} {
		f := Forecast{ToAsk: n, Groups: map[string]int{"refresh": n / 2}}
		f.answered()
		if got := [4]int{f.Answers.From, f.Answers.To, f.Silence.From, f.Silence.To}; got != want || f.Silence.Lost+f.Silence.Stays != n || f.Answers.Basis == "" {
			t.Errorf("%d: %v, want %v; %+v", n, got, want, f.Silence)
		}
	}
}

func TestTheLargestProvidersAreNamed(t *testing.T) {
	t.Parallel()
	by := map[string]int{"a": 1, "b": 9, "c": 9}
	for n := range 12 {
		by[string(rune('m'+n))] = 2
	}
	named, rest := shares(by)
	if len(named) != 10 || named[0] != (Share{"b", 9}) || named[1] != (Share{"c", 9}) || rest.Providers != 5 || rest.People != 9 {
		t.Errorf("%v %+v", named, rest)
	}
}

func TestWhatChangedIsNamedByItsKeys(t *testing.T) {
	t.Parallel()
	o := Organisation{Name: "a", Purposes: []Purpose{{Key: "news", Title: map[string]string{"fr": "x"}}}, Policies: map[string]Policy{"FR": {Mode: P1}}}
	n := o
	n.Name, n.Purposes = "b", []Purpose{{Key: "news", Title: map[string]string{"fr": "y", "de": "z"}}}
	n.Policies = nil
	got := changed(o, n)
	want := []string{"name", "policies.FR.mode", "purposes.news.title.de", "purposes.news.title.fr"}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v", got)
		}
	}
	if len(changed(o, o)) != 0 {
		t.Error("the same differs")
	}
}
