package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

func (o *office) token(name string, role account.Role, expires time.Time) string {
	o.t.Helper()
	text, _, err := o.AddToken(o.t.Context(), root, name, role, expires)
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

func TestATokenProvesWhichProgramItIs(t *testing.T) {
	t.Parallel()
	o := open(t)
	text := o.token("crm", account.Marketer, o.clock().Add(72*time.Hour))
	if !strings.HasPrefix(text, "rpt_") || len(text) != 4+43 {
		t.Errorf("the token is %q", text)
	}
	got, err := o.Token(t.Context(), text, "192.0.2.1")
	if err != nil || got.Name != "crm" || got.Actor() != (account.Actor{Kind: "machine", Name: "token:crm", Role: "marketer"}) {
		t.Errorf("%+v, %v", got, err)
	}
	o.pass(24 * time.Hour)
	if _, err := o.Token(t.Context(), text, "192.0.2.1"); err != nil {
		t.Error(err)
	}
	ts, err := o.Tokens(t.Context())
	if err != nil || len(ts) != 1 || ts[0].MadeBy != "root" || !ts[0].UsedOn.Equal(o.clock().Truncate(24*time.Hour)) {
		t.Errorf("%+v, %v", ts, err)
	}
}

func TestNothingElseIsAToken(t *testing.T) {
	t.Parallel()
	o := open(t)
	good := o.token("crm", account.Marketer, o.clock().Add(time.Hour))
	revoked := o.token("old", account.Administrator, time.Time{})
	if _, err := o.RevokeToken(t.Context(), root, "old"); err != nil {
		t.Fatal(err)
	}
	o.pass(time.Hour)
	for n, text := range []string{"", "rpt_", good, revoked, strings.TrimPrefix(revoked, "rpt_"), "RPT_" + revoked[4:], revoked + "=", revoked[:46] + "!", "rpt_" + strings.Repeat("A", 43), "rpt_" + strings.Repeat("A", 9000), o.in("anna").String()} {
		if _, err := o.Token(t.Context(), text, "192.0.2."+string(rune('a'+n))); !fault.Is(err, fault.Unauthenticated) || fault.HintOf(err) == "" {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

func TestGuessingTokensIsSlowedAndGoodOnesAreNot(t *testing.T) {
	t.Parallel()
	o := open(t)
	text := o.token("crm", account.Viewer, time.Time{})
	try := func(text string) error {
		_, err := o.Token(context.Background(), text, "192.0.2.1")
		return err
	}
	for range 30 {
		if err := try("rpt_x"); !fault.Is(err, fault.Unauthenticated) {
			t.Fatal(err)
		}
	}
	if err := try("rpt_x"); !fault.Is(err, fault.TooMany) {
		t.Errorf("the 31st guess: %v", err)
	}
	if err := try(text); err != nil {
		t.Errorf("a good token behind the same network: %v", err)
	}
	if _, err := o.Token(t.Context(), "rpt_x", "192.0.2.2"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another network: %v", err)
	}
	o.pass(time.Minute)
	if err := try("rpt_x"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a minute later: %v", err)
	}
}

func TestTokensAreNamedOnceAndRevokedOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.token("crm", account.Viewer, time.Time{})
	for _, c := range []struct {
		name    string
		role    account.Role
		expires time.Time
		kind    fault.Kind
	}{
		{"crm", account.Viewer, time.Time{}, fault.Conflict}, {"17", account.Viewer, time.Time{}, fault.Invalid}, {"CRM", account.Viewer, time.Time{}, fault.Invalid},
		{"token:crm", account.Viewer, time.Time{}, fault.Invalid}, {"shop", "root", time.Time{}, fault.Invalid}, {"shop", account.Viewer, o.clock(), fault.Invalid},
	} {
		if text, _, err := o.AddToken(t.Context(), root, c.name, c.role, c.expires); !fault.Is(err, c.kind) || text != "" {
			t.Errorf("%q, %q: %v", c.name, c.role, err)
		}
	}
	if _, err := o.CanRevoke(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	if got, err := o.RevokeToken(t.Context(), root, "1"); err != nil || got.Name != "crm" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := o.RevokeToken(t.Context(), root, "crm"); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if _, err := o.RevokeToken(t.Context(), root, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody's: %v", err)
	}
	if _, _, err := o.AddToken(t.Context(), root, "crm", account.Viewer, time.Time{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the name of a revoked one: %v", err)
	}
}
