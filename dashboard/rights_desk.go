package dashboard

import (
	"context"
	"io"

	"github.com/reoptin/reoptin/campaign"
)

// RightsDesk is what the pages of people's rights ask of the house. Who is a contact's number, or an address.
type RightsDesk interface {
	CaseCards(ctx context.Context, s campaign.CaseState, from campaign.CaseID, limit int) (cards []campaign.CaseCard, more bool, err error)
	CaseCard(context.Context, campaign.CaseID) (campaign.CaseCard, error)
	CasesOf(context.Context, campaign.ContactID) ([]campaign.Case, error)
	// OpenCase opens a case for a request that did not come by the person's own link.
	OpenCase(ctx context.Context, by campaign.Actor, who string, a campaign.Arrived) (campaign.Case, error)
	// ExtendCase gives a case more time, for a reason that the person must be told; a dry run only says what would be.
	ExtendCase(ctx context.Context, by campaign.Actor, id campaign.CaseID, until campaign.Date, because string, dry bool) (campaign.Case, error)
	CloseCase(ctx context.Context, by campaign.Actor, id campaign.CaseID, note string) (campaign.Case, error)
	// WriteAccess writes everything that is held of a person, as json or pdf, and puts down that it was given.
	WriteAccess(ctx context.Context, by campaign.Actor, who, format string, w io.Writer) error
	Rectify(ctx context.Context, by campaign.Actor, who string, set map[string]string, dry bool) (campaign.Rectified, error)
	// EraseSubject takes away what is held of a person; a dry run only says what would be.
	EraseSubject(ctx context.Context, by campaign.Actor, who, because string, dry bool) (Erasure, error)
	// Retain erases what was kept long enough; a dry run only counts.
	Retain(ctx context.Context, by campaign.Actor, dry bool) ([]campaign.RetentionLine, error)
}

// Erasure is what erasing a person did, or would do.
type Erasure struct {
	campaign.EraseResult
	Copies []string // older databases beside ours that keep the person
}
