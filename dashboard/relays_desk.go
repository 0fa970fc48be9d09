package dashboard

import (
	"context"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// RelayDesk is what the page of relays asks of the house.
type RelayDesk interface {
	// Relays are those that are set, the preferred one first. Nobody outside is asked.
	Relays(context.Context) ([]Relay, error)
	// Diagnosis is the last one that was asked for here; zero: none since the program began.
	Diagnosis() Diagnosis
	// Diagnose looks at everything that sending depends on, for a bounded time. fault.Conflict while another does.
	Diagnose(context.Context) error
}

// Relay is a relay as it is set, without its secret, and how it does.
type Relay struct {
	campaign.RelayState
	Section  string // of the settings
	Security string // smtp, smtps, smtp+insecure
	Login    string // ""; none
	Signs    string // domain that we sign for; "": the relay does, or nobody
}

// Diagnosis is what looking at everything came to.
type Diagnosis struct {
	At    time.Time
	Lines []Finding
}

// Finding is one thing that was looked at.
type Finding struct {
	Check, About string
	Status       string // ok, info, unknown, warning, error
	Text, Mend   string // in English, as the command line says it
	Records      []ZoneRecord
}

// ZoneRecord is a record of the DNS as it should be.
type ZoneRecord struct{ Name, Type, Text string }
