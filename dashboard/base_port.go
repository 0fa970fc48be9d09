package dashboard

import (
	"context"
	"io"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// Bases takes over the base files that people bring. A file belongs to who brought it: to everybody else
// it is fault.NotFound. One person has one file at a time, and it is gone when it was taken over, when
// they say so, or after Kept.
type Bases interface {
	// Bring keeps a file and begins to look at it; an earlier one of the same person gives way. The error
	// is fault.Conflict while that one is being taken over.
	Bring(by campaign.Actor, name string, file io.Reader) (id string, err error)
	Brought(by campaign.Actor, id string) (Brought, error)
	// Latest is the file of a person, if there is one.
	Latest(by campaign.Actor) (id string, ok bool)
	// Reread begins to look at a file in another way.
	Reread(by campaign.Actor, id string, r Reading) error
	// TakeOver begins to import a file as it was last looked at. It may be called once.
	TakeOver(by campaign.Actor, id string) error
	// Rejects writes the rows that were not taken over, as CSV.
	Rejects(by campaign.Actor, id string, w io.Writer) error
	Forget(by campaign.Actor, id string) error
}

// Kept is how long a file stays that somebody brought, and how long the result of its import.
const Kept = time.Hour

// Reading is what a person says of a file that looking does not find out. Empty: looking decides.
type Reading struct {
	Delimiter, Encoding, Dates string
	Preset                     string   // none: by the headings alone
	Columns                    []string // field of each column, "" for an attribute
	Stated                     campaign.Statement
}

// Stage is how far a file has come.
type Stage string

// The stages.
const (
	Looking    Stage = "looking"
	Looked     Stage = "looked" // a person may have it taken over, unless there is a fault
	TakingOver Stage = "taking_over"
	TakenOver  Stage = "taken_over" // or the attempt failed, which the fault says
)

// Brought is a file that somebody brought, as far as it has been looked at.
type Brought struct {
	ID, Name string
	Bytes    int64
	Until    time.Time // then it is gone
	Stage    Stage
	Rows     int64 // read so far
	Writing  bool  // all rows are read, and the base is being written
	Said     Reading

	Encoding, Delimiter string
	Hidden              []string // sheets of a workbook with content that nobody sees, and that are not read
	Preset              string   // title of the known export that it is, "" for none
	Columns             []Column
	Statable            []string              // fields of a statement that can fill a row of it
	First               []campaign.Understood // the first rows, as understood
	Result              campaign.ImportResult // what an import would do, or did; only the first rejects and conflicts
	Fault               error                 // why it cannot be taken over as it is, or could not
}

// Column is one column of a file.
type Column struct {
	Heading string
	Field   string // what it is taken for; "" an attribute
	Example string // its first filled cell
	Dates   string // how its dates are read: plain, day_first, month_first; "" holds no dates
	Noes    bool   // of what it is taken for only a no is heard, and it is an attribute besides

	Presumed bool // to be what it is taken for, by its cells: no heading says who a person is
}

// Organisations reads and writes organisation files.
type Organisations interface {
	ReadOrganisation(text string) (campaign.Organisation, error)
	// WriteOrganisation gives a file that reads back as o.
	WriteOrganisation(o campaign.Organisation) string
	// StarterOrganisation is a file to begin with.
	StarterOrganisation() string
}

// BaseDesk is what the pages of base, organisation and never-write list ask of the desk.
type BaseDesk interface {
	Audit(ctx context.Context, actor campaign.Actor, asOf campaign.Date, save bool) (campaign.AuditSummary, error)
	Imports(context.Context) ([]campaign.Import, error)
	UndoImport(ctx context.Context, by campaign.Actor, id campaign.ImportID, dry bool) (campaign.UndoResult, error)
	Contacts(ctx context.Context, f campaign.ContactFilter, after campaign.ContactID, limit int) (cs []campaign.Contact, next campaign.ContactID, err error)
	FindContact(ctx context.Context, who string) (campaign.ContactID, error)
	Card(context.Context, campaign.ContactID) (campaign.Card, error)
	// PurposeChanges says to which purposes that would be others people have agreed.
	PurposeChanges(context.Context, campaign.Organisation) ([]campaign.PurposeChange, error)
	// Tightened says which campaigns under way would ask fewer people.
	Tightened(context.Context, campaign.Organisation) ([]campaign.Tightened, error)
	ChangeOrganisation(context.Context, campaign.Actor, campaign.Organisation, campaign.Mandate) error
	SuppressionActs(ctx context.Context, before campaign.EntryNo, limit int) (as []campaign.SuppressionAct, more bool, err error)
	Suppressed(context.Context, campaign.Address) (*campaign.Suppression, error)
	SuppressAddress(ctx context.Context, by campaign.Actor, a campaign.Address, because string) (added bool, err error)
}
