package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/bounce"
)

// event is what a provider reports of one message to one address.
type event struct {
	id         string // the provider's own name of it
	about      bounce.Recipient
	references []string // texts in which the reference that we gave the message may stand
	messageIDs []string // that the message had when we gave it away, with or without brackets
}

// batch is one request.
type batch struct {
	events  []event
	ignored int // of kinds that say nothing of ours
	broken  int // cannot be read
}

// Bounds of one event.
const (
	longestAddress = 254
	longestID      = 512
)

// gatherAll reads the events of a body that is a list of them, or one.
func gatherAll(body []byte, understand func(json.RawMessage) ([]event, error)) (batch, error) {
	raws, err := list(body)
	if err != nil {
		return batch{}, err
	}
	return gather(raws, understand), nil
}

// gather reads events one by one: a broken one takes none of the others with it. understand gives none for a
// kind that is ignored.
func gather(raws []json.RawMessage, understand func(json.RawMessage) ([]event, error)) (b batch) {
	for _, raw := range raws {
		events, err := understand(raw)
		switch {
		case err != nil:
			b.broken++
		case len(events) == 0:
			b.ignored++
		}
		for _, e := range events {
			if a := e.about.Address; a == "" || len(a) > longestAddress || len(e.id) > longestID {
				b.broken++
				continue
			}
			if e.id == "" {
				sum := sha256.Sum256(raw)
				e.id = hex.EncodeToString(sum[:])
			}
			b.events = append(b.events, e)
		}
	}
	return b
}

// refused is an event of a message that could not be delivered.
func refused(f bounce.Refusal) bounce.Recipient { return bounce.Reported(f) }

// means is an event in which no server spoke.
func means(address string, m bounce.Meaning) bounce.Recipient {
	return bounce.Recipient{Address: address, Meaning: m}
}

// mark is the same for an event however often it is sent.
func (e event) mark(provider string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{provider, e.id, strings.ToLower(e.about.Address), string(e.about.Meaning)}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// ours are the forms of the Message-IDs that this program gives (internal/link). Looking up one of the older form costs
// a walk through all invitations.
var (
	ours  = expression.Of(`^(r\.[a-z2-7]{26}|[0-9a-f]{32})@[^\s<>@]{1,253}$`)
	older = expression.Of(`^[0-9a-f]{32}@`)
)

// mostIDs bounds how many message ids are looked up for one event.
const mostIDs = 2

// notices are what an event says to the desk: under the reference of the message, or else under each message
// id that may be ours. None: it is of no message of ours.
func (w *Webhooks) notices(provider string, e event) (out []campaign.Notice) {
	n := campaign.Notice{Reporter: provider, Meaning: campaign.Meaning(e.about.Meaning), Genuine: true, Address: campaign.Address(e.about.Address),
		Class: string(e.about.Class), Status: e.about.Status, Words: e.about.Text, Mark: e.mark(provider)}
	var signed []bounce.Signed
	for _, text := range e.references {
		signed = append(signed, bounce.Addresses(text+"@")...) // a reference is a return path without its domain
	}
	if id, genuine := w.deps.Genuine(signed); genuine {
		n.Link = id
		return []campaign.Notice{n}
	}
	many := e.about.Meaning == bounce.MeansDelivered || e.about.Meaning == bounce.MeansDelayed // too many for a walk each
	for _, id := range e.messageIDs {
		if id = strings.Trim(strings.TrimSpace(id), "<>"); ours.MatchString(id) && len(out) < mostIDs && !(many && older.MatchString(id)) {
			n.MessageID = id
			out = append(out, n)
		}
	}
	return out
}

// atOnce is how many events are told to the desk at once: those that wait are stored together.
const atOnce = 8

// tell gives all events to the desk, and says how many had which effect. One that could not be stored
// keeps none of the others from it; the error is the first.
func (w *Webhooks) tell(ctx context.Context, provider string, events []event) (map[campaign.Effect]int, error) {
	effects := map[campaign.Effect]int{}
	var first error
	var mu sync.Mutex
	var working sync.WaitGroup
	queue := make(chan event)
	for range min(atOnce, len(events)) {
		working.Go(func() {
			for e := range queue {
				effect, err := w.note(ctx, w.notices(provider, e))
				mu.Lock()
				if err == nil {
					effects[effect]++
				} else if first == nil {
					first = err
				}
				mu.Unlock()
			}
		})
	}
	for _, e := range events {
		queue <- e
	}
	close(queue)
	working.Wait()
	return effects, first
}

// note tells the desk of the first notice that is of a message of ours.
func (w *Webhooks) note(ctx context.Context, notices []campaign.Notice) (campaign.Effect, error) {
	for _, n := range notices {
		noted, err := w.deps.Desk.Note(ctx, n)
		if fault.Is(err, fault.Conflict) { // the same event is being told in another request
			noted, err = w.deps.Desk.Note(ctx, n)
		}
		if err != nil || noted.Invitation != 0 {
			return noted.Effect, err
		}
	}
	return campaign.EffectNone, nil
}
