package campaign

import "time"

// asked is what the ledger keeps of one delivery (COMPLIANCE B.2 rows 2 to 5, 11, 13, 35, 36, 40).
type asked struct {
	Pinned
	Invitation InvitationID      `json:"invitation"`
	Campaign   string            `json:"campaign"`
	Content    string            `json:"content_sha256"`
	Subject    string            `json:"subject_ref"`
	Address    string            `json:"address_clear"`
	HMAC       string            `json:"address_hmac"`
	Language   string            `json:"language"`
	Documents  map[string]string `json:"documents"`
	From       string            `json:"from"`
	MessageID  string            `json:"message_id"`
	SHA256     string            `json:"message_sha256"`
	Values     Values            `json:"values,omitempty"`
	Attempt    int               `json:"attempt"`
	Outcome    OutcomeKind       `json:"outcome"`
	Stage      string            `json:"stage,omitempty"`
	Relay      string            `json:"relay,omitempty"` // of several
	Reply      string            `json:"reply,omitempty"`
	At         Instant           `json:"event_time"`
	Triage     Verdict           `json:"triage"`
	Program    string            `json:"software"`
}

// entryKind is the entry a delivery's end deserves, or "".
func (o Outcome) entryKind() EntryKind {
	switch o.Kind {
	case OutcomeSent:
		return EntryAsked
	case OutcomeRefused:
		return EntryRefused
	case OutcomeUncertain:
		return EntryUncertain
	}
	return ""
}

// ending stores how deliveries ended, inside one transaction.
type ending struct {
	desk      *Desk
	tx        Tx
	held      map[InvitationID]Held
	campaigns map[CampaignID]Campaign
	settled   []Settled
	silent    map[CampaignID]EntryNo // closed campaigns that something was still under way for
	figures   tally
}

// putEnds stores how deliveries ended, their ledger entries with them. A claim that is no longer ours
// (withheld by a close or an opt-out meanwhile, or stored by a beat that reported an error) is left
// as it is; that the mailbox does not exist is kept all the same.
func (d *Desk) putEnds(tx Tx, ends []settling) error {
	if len(ends) == 0 {
		return nil
	}
	ids := make([]InvitationID, len(ends))
	for n, s := range ends {
		ids[n] = s.invitation.ID
	}
	held, err := tx.Claims(ids)
	if err != nil {
		return err
	}
	e := ending{desk: d, tx: tx, held: held, campaigns: map[CampaignID]Campaign{}, silent: map[CampaignID]EntryNo{}, figures: tally{}}
	for _, s := range ends {
		if err := e.put(s); err != nil {
			return err
		}
	}
	if err := tx.Settle(e.settled); err != nil {
		return err
	}
	for c, no := range e.silent {
		if _, err := tx.Silence(no, c); err != nil {
			return err
		}
	}
	return d.heed(tx, e.figures)
}

func (e *ending) put(s settling) error {
	i, o := s.invitation, s.outcome
	now := e.held[i.ID]
	if ours := (now.State == Claimed || now.State == Sending) && now.Owner == s.owner && now.Attempt == i.Attempt; !ours {
		if !o.Hard {
			return nil
		}
		_, err := e.desk.putBounce(e.tx, i, EntrySuppressed, map[string]any{"actor": Machine, "reason": SuppressBounce, "invitation": i.ID, "reply": o.Reply})
		return err
	}
	to, notBefore := e.desk.destination(e.tx.Now(), s)
	settled := Settled{Invitation: i.ID, Owner: s.owner, To: to, Reason: o.Stage, Reply: o.Reply, MessageID: s.message.MessageID, SHA256: s.message.SHA256,
		NotBefore: notBefore, Entry: NoEntry}
	if o.Kind == OutcomeLost && now.State == Claimed {
		return e.lost(i, settled)
	}
	if o.Kind == OutcomeLost { // its commit was reported as lost and is stored all the same
		o.Kind, settled.To = OutcomeUncertain, Uncertain
		s.outcome, s.payload = o, nil
	}
	if kind := o.entryKind(); kind != "" {
		c, err := e.campaign(i.Campaign)
		if err != nil {
			return err
		}
		if settled.Entry, err = e.desk.putBounceOr(e.tx, s, kind, e.payload(c, s)); err != nil {
			return err
		}
		if c.Status == Closed { // it was under way when the campaign closed
			e.silent[c.ID] = settled.Entry
		}
	}
	e.settled = append(e.settled, settled)
	if i.Route != RouteLetter { // which no relay answers for
		e.figures.add(i.Campaign, i.Email.Provider(), o.figures())
	}
	return nil
}

func (e *ending) payload(c Campaign, s settling) any {
	if s.payload != nil {
		return s.payload
	}
	return e.desk.askedPayload(c, s, e.tx.Now())
}

func (e *ending) campaign(id CampaignID) (Campaign, error) {
	if c, ok := e.campaigns[id]; ok {
		return c, nil
	}
	c, err := e.tx.CampaignByID(id)
	if err == nil {
		e.campaigns[id] = c
	}
	return c, err
}

// lost ends a claim that may no longer be sent, or was not begun: withheld when the person said no
// meanwhile, else planned again.
func (e *ending) lost(i Invitation, s Settled) error {
	_, no, err := e.tx.Suppressed(i.Keys)
	if err != nil {
		return err
	}
	if no {
		return e.tx.Withhold(i.ID, WithheldSuppressed)
	}
	e.settled = append(e.settled, s)
	return nil
}

// putBounceOr appends the entry of a delivery's end; a mailbox that does not exist is suppressed
// under it.
func (d *Desk) putBounceOr(tx Tx, s settling, kind EntryKind, payload any) (EntryNo, error) {
	if s.outcome.Hard {
		return d.putBounce(tx, s.invitation, kind, payload)
	}
	return tx.Append(Entry{Kind: kind, Campaign: s.invitation.Campaign, Contact: s.invitation.Contact, Payload: payload})
}

func (d *Desk) putBounce(tx Tx, i Invitation, kind EntryKind, payload any) (EntryNo, error) {
	no, err := tx.Append(Entry{Kind: kind, Campaign: i.Campaign, Contact: i.Contact, Payload: payload})
	if err != nil {
		return no, err
	}
	_, err = tx.Suppress(no, suppressions(mailboxKeys(i.Keys), SuppressBounce, "delivery", tx.Now()))
	return no, err
}

// destination is the state a delivery's end leads to, and when to try again if it was released.
func (d *Desk) destination(now time.Time, s settling) (State, time.Time) {
	switch s.outcome.Kind {
	case OutcomeSent:
		return Sent, time.Time{}
	case OutcomeRefused:
		return Refused, time.Time{}
	case OutcomeUncertain:
		return Uncertain, time.Time{}
	case OutcomeNoRelay, OutcomeLost:
		return Planned, latest(now, s.outcome.until)
	}
	return Planned, now.Add(d.retry.After(s.invitation.Attempt))
}

func (d *Desk) askedPayload(c Campaign, s settling, now time.Time) asked {
	i, o := s.invitation, s.outcome
	return asked{Pinned: PinnedOf(i), Invitation: i.ID, Campaign: c.Name, Content: c.Frozen.Hash, Subject: d.subject(i.Contact), Address: string(i.Email), HMAC: strictHex(i.Keys),
		Language: i.Language, Documents: documentsOf(c.Frozen, i.Language), From: c.File.Sender.Address, MessageID: s.message.MessageID, SHA256: s.message.SHA256,
		Values: i.Values, Attempt: i.Attempt, Outcome: o.Kind, Stage: o.Stage, Relay: s.message.Relay, Reply: o.Reply, At: Instant{now}, Triage: i.Verdict, Program: d.program}
}

// suppressions makes one line per key.
func suppressions(keys []PersonKey, why SuppressionReason, source string, at time.Time) []Suppression {
	out := make([]Suppression, 0, len(keys))
	for _, k := range keys {
		out = append(out, Suppression{Key: k, Scope: "all", Reason: why, Source: source, At: at})
	}
	return out
}
