package api

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/bounce"
	"github.com/reoptin/reoptin/web"
)

// The path of a provider's webhook, before its name, and the most that it may post.
const (
	WebhookPath = "/webhooks/"
	mostBody    = 1 << 20
)

// Desk takes notice of what was reported.
type Desk interface {
	Note(context.Context, campaign.Notice) (campaign.Noted, error)
}

// Tokens remembers under which token which body came first, and refuses any other; see store.Spend.
type Tokens interface {
	Spend(ctx context.Context, token, body [32]byte, keep time.Duration) (bool, error)
}

// WebhookDeps is what webhooks need.
type WebhookDeps struct {
	Desk    Desk
	Tokens  Tokens
	Genuine func([]bounce.Signed) (campaign.LinkID, bool) // whose token is the first that this installation signed
	Secrets map[string]string                             // provider → what bounces.webhooks says of it
	Fetch   Fetch                                         // nil: Outbound
	Clock   func() time.Time
	Log     *slog.Logger
}

// provider proves that a request is of a mail provider, and reads it. Errors: fault.Unauthenticated for one
// that is not, fault.Invalid for one that cannot be read at all, fault.Unavailable when neither can be said now.
type provider interface {
	read(ctx context.Context, r *http.Request, body []byte) (batch, error)
}

// Webhooks is the door for mail providers.
type Webhooks struct {
	deps      WebhookDeps
	providers map[string]provider
}

// NewWebhooks makes the door for the providers that have a secret. The error is fault.Invalid for a provider
// that is not known, or a secret that cannot be one; it never shows it.
func NewWebhooks(d WebhookDeps) (*Webhooks, error) {
	if d.Fetch == nil {
		d.Fetch = Outbound()
	}
	w := &Webhooks{deps: d, providers: map[string]provider{}}
	makers := map[string]func(WebhookDeps, string) (provider, error){
		"brevo": newBrevo, "mailgun": newMailgun, "postmark": newPostmark, "scaleway": newScaleway, "sendgrid": newSendGrid, "ses": newSES,
	}
	for name, secret := range d.Secrets {
		maker, known := makers[name]
		if !known {
			return nil, fault.New(fault.Invalid, "webhook.provider", "bounces.webhooks: {provider} is no provider whose webhooks are understood", "provider", name).
				Hint("write one of brevo, mailgun, postmark, scaleway, sendgrid or ses").At("api.NewWebhooks")
		}
		p, err := maker(d, secret)
		if err != nil {
			return nil, fault.New(fault.Invalid, "webhook.secret", "bounces.webhooks: what is set for {provider} cannot be used", "provider", name).
				Because(err).Hint("docs/webhooks.md says what to set").At("api.NewWebhooks")
		}
		w.providers[name] = p
	}
	return w, nil
}

// Register adds the routes, one for each provider that is set.
func (w *Webhooks) Register(e *echo.Echo) {
	for name, p := range w.providers {
		e.POST(WebhookPath+name, func(c echo.Context) error { return w.take(c, name, p) }, web.LimitBody(mostBody))
	}
}

// take answers one request: 200 when all of it is dealt with.
func (w *Webhooks) take(c echo.Context, name string, p provider) error {
	r := c.Request()
	body, err := whole(r)
	var b batch
	if err == nil {
		b, err = p.read(r.Context(), r, body)
	}
	if err != nil {
		w.deps.Log.Warn("webhook refused", "provider", name, "request_id", web.RequestID(c), "status", web.Status(err), "cause", err)
		return err
	}
	effects, err := w.tell(r.Context(), name, b.events)
	w.log(c, name, b, effects)
	if err != nil {
		return fault.New(fault.Unavailable, "webhook.unstored", "what {provider} reported could not be stored", "provider", name).Because(err).At("api.Webhooks")
	}
	return c.NoContent(http.StatusOK)
}

// log says what was reported, without naming anybody.
func (w *Webhooks) log(c echo.Context, name string, b batch, effects map[campaign.Effect]int) {
	args := []any{"provider", name, "request_id", web.RequestID(c), "events", len(b.events)}
	if b.ignored > 0 {
		args = append(args, "ignored", b.ignored)
	}
	if b.broken > 0 {
		args = append(args, "broken", b.broken)
	}
	for _, e := range slices.Sorted(maps.Keys(effects)) {
		args = append(args, string(e), effects[e])
	}
	w.deps.Log.Info("webhook", args...)
}

// whole reads a body that is JSON as it came. None of the providers compresses: nothing is unpacked.
func whole(r *http.Request) ([]byte, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != "application/json" && media != "text/plain" { // the latter is what Amazon SNS calls it
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType, "no JSON")
	}
	if coding := r.Header.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType, "compressed")
	}
	return io.ReadAll(r.Body)
}
