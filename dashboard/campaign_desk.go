package dashboard

import (
	"context"
	"io"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
)

// CampaignDesk is what the pages of campaigns ask of the house.
type CampaignDesk interface {
	Campaign(ctx context.Context, name string) (campaign.Campaign, error)
	Change(ctx context.Context, actor campaign.Actor, f campaign.File, seen string) (campaign.Writing, error)
	Delete(ctx context.Context, actor campaign.Actor, name string) error
	Limits(campaign.File, campaign.Organisation) (campaign.Limits, error)

	LintFile(campaign.File, campaign.Organisation, ...lint.Observation) ([]lint.Finding, error)
	Preview(context.Context, campaign.File, campaign.Sample) (lint.Sheets, error)
	PreviewLetter(context.Context, io.Writer, campaign.File, campaign.Sample) error
	SampleOf(context.Context, campaign.Address) (campaign.Sample, error)
	Audience(ctx context.Context, name string) (campaign.Funnel, error)
	SendTest(ctx context.Context, actor campaign.Actor, name, language string, to campaign.Address) error

	Review(ctx context.Context, actor campaign.Actor, name string) (campaign.Review, error)
	ApproveSeen(ctx context.Context, actor campaign.Actor, name, by, because, seen string) (campaign.Approval, error)
	Forecast(ctx context.Context, name string) (campaign.Forecast, error)
	Start(ctx context.Context, actor campaign.Actor, name string) (campaign.Funnel, error)
	Pause(ctx context.Context, actor campaign.Actor, name, reason string) error
	Resume(ctx context.Context, actor campaign.Actor, name string) error
	Close(ctx context.Context, actor campaign.Actor, name string) (campaign.Closing, error)
	Uncertain(ctx context.Context, name string) ([]campaign.Invitation, error)
	Settle(ctx context.Context, actor campaign.Actor, name string, id campaign.InvitationID, sent bool, because string) (campaign.State, error)
	Results(ctx context.Context, name string) ([]campaign.Result, error)
	Course(ctx context.Context, name string) ([]campaign.CourseDay, error)
	Retention() campaign.Retention

	// Starter is a campaign to begin with for a situation, in the organisation's languages; "" is the first one.
	Starter(ctx context.Context, name, situation string) (campaign.File, error)
	// Situations are those that there are starter texts for, by their names.
	Situations() []string
	// ReadCampaign reads the text of a campaign file; CampaignText writes it.
	ReadCampaign(text string) (campaign.File, error)
	CampaignText(campaign.File) string
	// Startable says why this installation could not send a campaign, if it could not.
	Startable(ctx context.Context, name string) error
	// ExportConsents writes who agreed to what, as CSV.
	ExportConsents(context.Context, campaign.Actor, io.Writer) error
}

// ResponseDesk is what the pages of answers and proofs ask of the house.
type ResponseDesk interface {
	Responses(context.Context, campaign.ResponseFilter) (as []campaign.Answered, more bool, err error)
	Response(ctx context.Context, id string) (campaign.Answered, error)
	Document(ctx context.Context, sha256 string) (campaign.Document, error)
	Proof(context.Context) (Proof, error)
	VerifyLedger(context.Context) (Verdict, error)
	Watch(context.Context) (Watch, error)
	// VerifyResponse recomputes the proof of one answer, step by step.
	VerifyResponse(ctx context.Context, id string) ([]Step, error)
	// ExportProof writes the dossier of one answer.
	ExportProof(ctx context.Context, actor campaign.Actor, w io.Writer, response string) error
	// ExportDossier writes the dossier of a campaign or of a person, as a zip file that a language explains.
	ExportDossier(ctx context.Context, actor campaign.Actor, w io.Writer, name, who, language string) error
	// FindResponse gives the answer that a receipt or an entry of the ledger is of.
	FindResponse(ctx context.Context, number string) (id string, err error)
}

// Proof is where the ledger stands.
type Proof struct {
	Size     int64  // entries
	Root     string // base64
	Covered  int64  // entries that the newest checkpoint covers; 0: none was signed yet
	SignedAt time.Time
	Note     string // the newest checkpoint as signed
	Key      string // public, checks every new checkpoint
	Anchors  []Anchor
	Given    []Given // the newest first
	Keys     []LedgerKey
}

// GivenMost is how many heads that were given away the page lists.
const GivenMost = 12

// Anchor is a way by which somebody else gets heads of the ledger.
type Anchor struct {
	Way  string    // mail, timestamp, file
	Whom string    // address, authority or path; "": it is not set
	Size int64     // entries that the last head covered; 0: none was given
	At   time.Time // when; zero where that is not known
	Late bool      // it should have been given by now
}

// Given is a head that somebody else has.
type Given struct {
	Way, Whom string
	Size      int64
	At        time.Time
}

// LedgerKey is one key that signed the ledger's heads.
type LedgerKey struct {
	Key   string
	Since time.Time // zero: it has signed nothing yet
	By    string    // who made it follow the one before; "" of the first
	Entry string    // that says so
}

// Watch is how it stands about the ledger, as far as that can be told at a glance.
type Watch struct {
	Size       int64     // entries
	SignedAt   time.Time // of the newest checkpoint; zero: none was signed yet
	Unsigned   bool      // entries wait for a checkpoint that should have been signed long ago
	VerifiedAt time.Time // zero: nobody has verified it yet
	Faults     int       // that the last verification found
	Kept       bool      // somebody else is to have heads of it
	Late       bool      // and has not had one for too long
}

// Verdict is what recomputing the ledger came to.
type Verdict struct {
	OK      bool
	Entries int64
	Erased  int
	Faults  []string // in plain words
	More    int      // beyond those listed
}

// Step is one step of a proof: signature, inclusion, content, decisions, document, dossier.
type Step struct {
	Name   string
	OK     bool
	Detail string // what does not verify, in plain words; may be empty
}
