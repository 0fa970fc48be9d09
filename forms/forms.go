package forms

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/web"
)

// Desk is what these pages ask of the house. An unknown or erased invitation is fault.NotFound.
type Desk interface {
	Show(context.Context, campaign.LinkID) (campaign.FormView, error)
	CountView(campaign.CampaignID)
	// Respond records an answer. Errors: Gone for a yes that comes too late, Conflict when the nonce
	// was used with another choice, Unavailable when it could not be saved.
	Respond(context.Context, campaign.LinkID, campaign.Answer) (campaign.Receipt, error)
	// Object records a no to everything; the answer has no lines.
	Object(context.Context, campaign.LinkID, campaign.Answer) (campaign.Receipt, error)
	Document(ctx context.Context, sha256 string) (campaign.Document, error)
	// Request opens a case for what the person asks for by right; Requests lists those there are.
	Request(context.Context, campaign.LinkID, campaign.CaseKind) (campaign.Case, error)
	Requests(context.Context, campaign.LinkID) ([]campaign.Case, error)
	// AskReceipt keeps the wish to have the latest receipt by mail; ReceiptAsked says since when.
	AskReceipt(context.Context, campaign.LinkID) error
	ReceiptAsked(ctx context.Context, response string) (time.Time, error)
	// OpenCode is whose form the code of a letter opens.
	OpenCode(context.Context, campaign.CodeDigest) (campaign.LinkID, error)
	// Organisation is who asks, as it stands now.
	Organisation(context.Context) (campaign.Organisation, error)
	// ShowTest is what the link of a test message shows; nobody is behind it.
	ShowTest(context.Context, campaign.LinkID) (campaign.TestView, error)
}

// Deps is what the pages need.
type Deps struct {
	Desk      Desk
	Links     *link.Keys
	Catalogue *i18n.Catalogue // nil: the embedded one
	Clock     func() time.Time
	Rand      io.Reader // nil: crypto/rand
	Log       *slog.Logger
	BaseURL   string
	Confirm   string // consent.confirm: "suspicion" (also ""), or "always"
	// Consent is the receipt of an answer for programs, with the keys of Kantara CR 1.1, as it is exported. Gone: what it
	// would repeat is no longer kept.
	Consent func(context.Context, campaign.Response) (map[string]any, error)
	// Verify checks the proof of an answer, step by step; nil: receipts cannot be checked here.
	Verify func(ctx context.Context, response string) ([]Step, error)
}

// Step is one thing that was checked of a proof: signature, inclusion, content, decisions, document, dossier.
type Step struct {
	Name string
	OK   bool
}

// Forms serves the pages.
type Forms struct {
	*Sheets

	desk   Desk
	links  *link.Keys
	clock  func() time.Time
	rand   io.Reader
	log    *slog.Logger
	always bool // ask once more before anything is recorded, yes and no alike
	pages  shelf
	served served
	verify func(context.Context, string) ([]Step, error)

	consent func(context.Context, campaign.Response) (map[string]any, error)

	attempts attempts // with links that open nothing
	guesses  attempts // with codes that open nothing
	tripped  tripped
}

// New makes the pages. It fails as fault.Invalid for an unknown value of consent.confirm.
func New(d Deps) (*Forms, error) {
	if d.Confirm != "" && d.Confirm != "suspicion" && d.Confirm != "always" {
		return nil, fault.New(fault.Invalid, "forms.confirm", "consent.confirm is {value}; it can be suspicion or always",
			"value", d.Confirm).At("forms.New").Hint("reoptin config check")
	}
	if d.Catalogue == nil {
		c, err := i18n.Shipped()
		if err != nil {
			return nil, fault.Wrap("forms.New", err)
		}
		d.Catalogue = c
	}
	if d.Rand == nil {
		d.Rand = rand.Reader
	}
	return &Forms{
		Sheets: NewSheets(d.Catalogue, d.BaseURL),
		desk:   d.Desk,
		links:  d.Links,
		clock:  d.Clock,
		rand:   d.Rand,
		log:    d.Log,
		always: d.Confirm == "always",
		verify: d.Verify,

		consent: d.Consent,

		attempts: attempts{burst: attemptBurst, every: time.Second},
		guesses:  attempts{burst: guessBurst, every: time.Hour / guessBurst},
	}, nil
}

// Register adds the routes. Every one that is only looked at answers HEAD too; all other methods
// are 405.
func (f *Forms) Register(e *echo.Echo) {
	limit := web.LimitBody(web.FormBytes)
	web.Look(e, "/c/:token", f.look(link.Form, f.showForm))
	e.POST("/c/:token", f.act(f.postForm), limit)
	web.Look(e, "/p/:token", f.look(link.Preferences, f.showPreferences))
	e.POST("/p/:token", f.ours(link.Preferences, f.postPreferences), limit)
	web.Look(e, "/u/:token", f.look(link.OneClick, f.showUnsubscribe))
	e.POST("/u/:token", f.postUnsubscribe, limit)
	web.Look(e, "/r/:token", f.look(link.Receipt, f.showReceipt))
	e.POST("/r/:token", f.ours(link.Receipt, f.postReceipt), limit)
	web.Look(e, "/l", f.showCode)
	e.POST("/l", f.postCode, limit)
	web.Look(e, "/t/:token", f.trial("notice.test"))
	e.POST("/t/:token", f.trial("notice.tested"), limit)
}

// Asset gives a style sheet or a logo that kept pages were shown with, by its name and SHA-256; those of the
// organisation as it stands now too, since a draft is looked at before anything of it is kept. No other kind of
// document leaves by this way.
func (f *Forms) Asset(ctx context.Context, name, sha256 string) (media string, content []byte, err error) {
	d, err := f.desk.Document(ctx, sha256)
	if fault.Is(err, fault.NotFound) {
		d, err = f.current(ctx, sha256)
	}
	if err != nil {
		return "", nil, fault.Wrap("forms.Asset", err)
	}
	if d.Name != name || d.Language != "" {
		return "", nil, fault.New(fault.NotFound, "forms.asset", "there is no such style sheet").At("forms.Asset")
	}
	return d.Media, d.Content, nil
}

func (f *Forms) current(ctx context.Context, sha256 string) (campaign.Document, error) {
	o, err := f.desk.Organisation(ctx)
	if err != nil {
		return campaign.Document{}, err
	}
	for _, d := range looks(o) {
		if d.SHA256 == sha256 {
			return d, nil
		}
	}
	return campaign.Document{}, fault.New(fault.NotFound, "forms.asset", "there is no such style sheet")
}
