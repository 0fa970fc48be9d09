package campaign

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reoptin/reoptin/internal/failpoint"
	"github.com/reoptin/reoptin/internal/fault"
)

// Deps are what the desk works with. Carrier, Pace and Journal are needed only by the acts that
// send or that record a no; Sheets by lint, preview and approval.
type Deps struct {
	Store       Store
	Journal     Journal
	Carrier     Carrier
	Pace        Pace
	Sheets      Sheets
	Letters     Typesetter // needed only where letters are claimed
	Keys        Keyer
	Log         *slog.Logger
	Clock       func() time.Time
	Rand        io.Reader
	Bounds      Bounds
	Senders     int    // messages under way at once: the relay connections
	Retry       Retry  // back-off after a temporary refusal or an unreachable relay
	BaseURL     string // what links start with; the lint judges it
	Program     string // name and version, kept with every proof
	Points      failpoint.Points
	Room        func() (Room, error) // of the disk of the database; nil: nobody asks
	Stops       []StopRule
	Canary      Canary
	Relays      []Relay                       // preferred ones first; none: one that nothing is known of
	StartWithin time.Duration                 // after its start a campaign may still begin by itself; 0: whenever
	Apart       time.Duration                 // two messages to one mailbox provider; 0: no time
	Zone        func(country string) string   // in which most people there live, or ""; nil: nobody knows
	Named       func(messageID string) []Name // which invitations a Message-ID of ours may be of; nil: nobody can tell
	Alignments  []Alignment                   // of what is sent, by each relay; no campaign starts that one of them speaks against
	Meter       Meter                         // nil: nobody counts
	Steady      func() time.Duration          // a clock that nobody sets, since whenever; nil: Clock, as far as it is one
	Retention   Retention
}

// Bounds gives the limits that bind a campaign: the tighter of its own schedule and the
// configuration's upper bounds.
type Bounds func(File, Organisation) (Limits, error)

// Limits bound when and how fast a campaign sends.
type Limits struct {
	Location *time.Location
	Open     func(time.Time) bool      // whether every window that binds is open
	Next     func(time.Time) time.Time // the next instant at which they all are; zero: never
	N        int                       // N messages per Per
	Per      time.Duration
	RateBy   string // the setting that bounds the rate, in the reader's words: "sending.rate 60/min"
	Window   string // as shown: "Mon-Fri 09:00-19:00, Europe/Paris"

	// Local are the hours of somebody in a time zone, "" being the campaign's; nil when all live by one clock.
	// Open and Next then are of what does not hang on the recipient's clock.
	Local func(zone string) Hours
}

// Hours are when messages may leave for somebody.
type Hours interface {
	Open(time.Time) bool
	Next(time.Time) time.Time // the next instant at which they are open; zero: never
}

// Retry is the back-off: First after the first failure, doubling up to Most.
type Retry struct{ First, Most time.Duration }

// After is the pause after the n-th failure, n from 1.
func (r Retry) After(n int) time.Duration {
	d := r.First
	for i := 1; i < n && d < r.Most; i++ {
		d *= 2
	}
	return min(d, r.Most)
}

// Desk is where every act happens. It is safe for use by many goroutines.
type Desk struct {
	store       Store
	journal     Journal
	carrier     Carrier
	pace        Pace
	sheets      Sheets
	letters     Typesetter
	keys        Keyer
	log         *slog.Logger
	clock       func() time.Time
	rand        io.Reader
	bounds      Bounds
	senders     int
	retry       Retry
	baseURL     string
	program     string
	points      failpoint.Points
	room        func() (Room, error)
	stops       []StopRule
	canary      Canary
	relays      *outlets
	zone        func(country string) string
	startWithin time.Duration
	alignments  []Alignment
	named       func(messageID string) []Name
	apart       time.Duration
	spacing     spacing // of the one run that there is at a time
	slowly      slowly
	meter       Meter
	retention   Retention

	mix       mix
	watched   *watched
	answers   answers
	stopped   atomic.Int64 // the campaign that a stop rule has just paused: its run ends
	mu        sync.Mutex
	leftovers []settling // ends of deliveries that could not be stored; kept until they are
	dirty     bool       // a beat failed: claims and sendings of ours may be left over
	halted    error      // the journal failed: nothing more is sent before that is made up for
	lapse     lapse
	views     map[CampaignID]int64 // form views not stored yet
	heard     map[CampaignID]EntryNo
	courses   map[CampaignID]courseAt
	unstirred EntryNo // up to here nothing calls for going through the base anew
	tookStock time.Duration
}

// New makes a desk. Store, Log, Clock and Rand are required.
func New(p Deps) (*Desk, error) {
	if p.Store == nil || p.Log == nil || p.Clock == nil || p.Rand == nil {
		return nil, fault.New(fault.Internal, "desk.deps", "the desk needs a store, a log, a clock and randomness").At("campaign.New")
	}
	if p.Room == nil {
		p.Room = func() (Room, error) { return Room{}, nil }
	}
	if p.Meter == nil {
		p.Meter = uncounted{}
	}
	if p.Steady == nil {
		p.Steady = SteadyBy(p.Clock)
	}
	if p.Zone == nil {
		p.Zone = func(string) string { return "" }
	}
	return &Desk{store: p.Store, journal: p.Journal, carrier: p.Carrier, pace: p.Pace, sheets: p.Sheets, letters: p.Letters, keys: p.Keys,
		log: p.Log, clock: p.Clock, rand: p.Rand, bounds: p.Bounds, senders: max(1, p.Senders), retry: p.Retry,
		baseURL: p.BaseURL, program: p.Program, points: p.Points, room: p.Room, stops: p.Stops, canary: p.Canary, relays: newOutlets(p.Relays, p.Clock, p.Retry), zone: p.Zone, startWithin: p.StartWithin, alignments: p.Alignments, named: p.Named, apart: p.Apart, spacing: newSpacing(p.Apart), meter: p.Meter, retention: p.Retention, watched: newWatched(p.Clock, p.Steady), mix: mix{of: map[CampaignID]counted{}}, views: map[CampaignID]int64{}, heard: map[CampaignID]EntryNo{}, courses: map[CampaignID]courseAt{}, unstirred: NoEntry}, nil
}

// now is the time as it is kept: UTC, in whole milliseconds.
func (d *Desk) now() time.Time { return d.clock().UTC().Truncate(time.Millisecond) }

// newLink draws the random id of an invitation.
func (d *Desk) newLink() (LinkID, error) {
	var l LinkID
	_, err := io.ReadFull(d.rand, l[:])
	return l, fault.Wrap("campaign.newLink", err)
}

// newUUID draws a version 7 UUID (RFC 9562 section 5.7). It begins with its time, so that those of one
// moment lie side by side in an index: drawn at random alone, each wrote a page of the index of its own.
func (d *Desk) newUUID(at time.Time) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(d.rand, b[6:]); err != nil {
		return "", fault.Wrap("campaign.newUUID", err)
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// subject is the pseudonym of a contact in proofs: it means nothing without the suppression key.
func (d *Desk) subject(id ContactID) string {
	k := d.keys.Key("subject", fmt.Sprint(int64(id)))
	return "s_" + hex.EncodeToString(k.Digest[:12])
}

// record appends to the send journal what must outlive a restored database.
func (d *Desk) record(ctx context.Context, rs ...Record) error {
	if len(rs) == 0 {
		return nil
	}
	if d.journal == nil {
		return fault.New(fault.Unavailable, "journal.missing", "the send journal is not open").At("campaign.record")
	}
	// What is stored must reach the journal even when whoever asked has gone away meanwhile.
	return d.lapse.heard(d.journal.Append(context.WithoutCancel(ctx), rs...))
}

// suppressRecords are the journal's lines for keys that must never be written to again.
func suppressRecords(keys []PersonKey, at time.Time, why SuppressionReason) []Record {
	return spread(Record{Kind: RecordSuppress, Attempt: weightOf(why), At: at}, keys)
}

// spread writes one record for every four keys, which is what a line of the journal holds.
func spread(r Record, keys []PersonKey) []Record {
	var rs []Record
	for part := range slices.Chunk(keys, recordKeys) {
		r.Keys = part
		rs = append(rs, r)
	}
	return rs
}

// mailboxKeys are the keys by which an address is suppressed: the mailbox as written and as
// delivered. The person key is left out, so that one bad address does not silence another of the
// same person.
func mailboxKeys(keys []PersonKey) []PersonKey {
	var out []PersonKey
	for _, k := range keys {
		if k.Kind == KeyStrict || k.Kind == KeyMailbox {
			out = append(out, k)
		}
	}
	return out
}

// Organisation is who asks, as last applied.
func (d *Desk) Organisation(ctx context.Context) (o Organisation, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		o, err = organisation(r)
		return err
	})
	return o, err
}

// organisation reads who asks; before it was applied nothing can be judged or asked.
func organisation(r Reader) (Organisation, error) {
	o, err := r.Organisation()
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "organisation.missing", "no organisation was applied yet").
			Hint("reoptin organisation new prints a file to fill in; then reoptin organisation apply FILE")
	}
	return o.signedBy(r.Now()), err
}

// ApplyOrganisation stores who asks, with its ledger entry.
func (d *Desk) ApplyOrganisation(ctx context.Context, actor Actor, o Organisation) error {
	return d.ChangeOrganisation(ctx, actor, o, Mandate{Rest: true, Policy: true})
}

// Mandate says which part of an organisation somebody may change.
type Mandate struct {
	Rest   bool   // who asks, and for which purposes
	Policy bool   // the contact policies, which are signed
	Seen   string // mark of the organisation that they looked at; empty: whatever stands is replaced
}

// Mark tells an organisation from every other one.
func (o Organisation) Mark() string { return digest(o) }

// ChangeOrganisation is ApplyOrganisation for somebody who may not change all of it: a part that they may
// not change must stand in o as it stood before, else it is fault.Denied. What others changed since they looked is not replaced:
// that is fault.Conflict.
func (d *Desk) ChangeOrganisation(ctx context.Context, actor Actor, o Organisation, m Mandate) error {
	if err := o.validate(d.clock()); err != nil {
		return err
	}
	return d.store.Update(ctx, func(tx Tx) error {
		was, err := organisation(tx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if m.Seen != "" && was.Mark() != m.Seen {
			return fault.New(fault.Conflict, "organisation.rewritten", "somebody changed the organisation meanwhile; send yours once more to put it in the place of theirs, or begin with theirs")
		}
		if err := m.allows(was, o); err != nil {
			return err
		}
		_, err = tx.Append(Entry{Kind: EntryOrganisation, Payload: map[string]any{"actor": actor, "organisation": o}})
		if err != nil {
			return err
		}
		return tx.PutOrganisation(o)
	})
}

func (m Mandate) allows(was, is Organisation) error {
	if !m.Policy && len(was.Policies)+len(is.Policies) > 0 && !alike(was.Policies, is.Policies) {
		return fault.New(fault.Denied, "organisation.policy", "the contact policy differs, and only who may sign it can change it").
			Hint("leave the policy sections as they are; the privacy officer changes them")
	}
	was.Policies, is.Policies = nil, nil
	if !m.Rest && !alike(was, is) {
		return fault.New(fault.Denied, "organisation.rest", "something else than the contact policy differs, and only who manages settings can change it").
			Hint("leave all but the policy sections as it is; an administrator changes the rest")
	}
	return nil
}

// alike compares what would be stored: an empty list is like none.
func alike(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}
