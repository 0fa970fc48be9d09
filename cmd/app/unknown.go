package app

import (
	"context"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer"
)

// UncertainLine is an invitation of unknown outcome.
type UncertainLine struct {
	ID         int64    `json:"id"`
	Contact    int64    `json:"contact"`
	Attempt    int      `json:"attempt"`
	Since      string   `json:"since"`
	MessageID  string   `json:"message_id"`
	MessageIDs []string `json:"message_ids"`     // several where only the send journal knows of the message: it was one of them
	Relay      string   `json:"relay,omitempty"` // in whose log to look, of several
	Reply      string   `json:"reply"`
}

// UncertainList is a page of invitations of unknown outcome.
type UncertainList struct {
	Invitations []UncertainLine `json:"invitations"`
	Next        string          `json:"next"`
}

// Uncertain lists what nobody knows the outcome of.
func (a *App) Uncertain(ctx context.Context, name string, p Page) (UncertainList, error) {
	l := UncertainList{Invitations: []UncertainLine{}}
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return l, err
	}
	all, err := a.Desk.Uncertain(ctx, name)
	if err != nil {
		return l, err
	}
	part, next, err := page(p, all, func(i campaign.Invitation) int64 { return int64(i.ID) })
	l.Next = next
	for _, i := range part {
		ids := a.messageIDs(c, i)
		l.Invitations = append(l.Invitations, UncertainLine{ID: int64(i.ID), Contact: int64(i.Contact), Attempt: i.Attempt, Since: stamp(i.SentAt), MessageID: likeliest(ids), MessageIDs: ids, Relay: i.Relay, Reply: i.Reply})
	}
	return l, err
}

// likeliest is the first of some Message-IDs, "" of a letter, which has none.
func likeliest(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// messageIDs are those that the last try may have had, the likeliest first. A letter has none. Of one that only the send journal knows, the
// database has none, or that of an earlier try: then it is one of several, by the keys that there have been.
func (a *App) messageIDs(c campaign.Campaign, i campaign.Invitation) []string {
	if i.Route == campaign.RouteLetter {
		return []string{}
	}
	if c.Frozen == nil {
		return []string{i.MessageID}
	}
	ids := mailer.MessageIDs(a.links, i, c.Frozen.File.Sender.Address)
	if slices.Contains(ids, i.MessageID) {
		return []string{i.MessageID}
	}
	return ids
}

// SettleUncertain says what became of an uncertain invitation.
func (a *App) SettleUncertain(ctx context.Context, name string, id int64, sent bool, because string) (campaign.State, error) {
	if _, err := a.Desk.Campaign(ctx, name); err != nil {
		return "", err
	}
	to, err := a.Desk.Settle(ctx, Operator(), name, campaign.InvitationID(id), sent, because)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "invitation.not_found", "there is no invitation {id}", "id", id).Hint("reoptin campaign uncertain " + name + " list")
	}
	return to, err
}
