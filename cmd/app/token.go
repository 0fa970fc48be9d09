package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

// TokenLine is one token, as `token list` shows it.
type TokenLine struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	State     string `json:"state"` // active, expired or revoked
	MadeBy    string `json:"made_by"`
	CreatedAt string `json:"created_at"`
	ExpiresAt string `json:"expires_at"` // empty: never
	UsedOn    string `json:"used_on"`    // the last day on which it was used; empty: never
	RevokedAt string `json:"revoked_at"`
}

// TokenList is a page of tokens.
type TokenList struct {
	Tokens []TokenLine `json:"tokens"`
	Next   string      `json:"next"`
}

// NewToken is a token that was just made, with its text.
type NewToken struct {
	Token string `json:"token"` // shown this once
	TokenLine
}

func (a *App) tokenLine(t account.Token) TokenLine {
	l := TokenLine{ID: int64(t.ID), Name: t.Name, Role: string(t.Role), State: "active", MadeBy: t.MadeBy, CreatedAt: stamp(t.CreatedAt), ExpiresAt: stamp(t.ExpiresAt), RevokedAt: stamp(t.RevokedAt)}
	if !t.UsedOn.IsZero() {
		l.UsedOn = campaign.DateOf(t.UsedOn).String()
	}
	switch {
	case t.Revoked():
		l.State = "revoked"
	case t.Expired(a.clock()):
		l.State = "expired"
	}
	return l
}

// Tokens lists the tokens by number.
func (a *App) Tokens(ctx context.Context, p Page) (TokenList, error) {
	l := TokenList{Tokens: []TokenLine{}}
	all, err := a.Roster.Tokens(ctx)
	if err != nil {
		return l, err
	}
	part, next, err := page(p, all, func(t account.Token) int64 { return int64(t.ID) })
	l.Next = next
	for _, t := range part {
		l.Tokens = append(l.Tokens, a.tokenLine(t))
	}
	return l, err
}

// AddToken makes a token. expires is a day, a time from now on, or empty.
func (a *App) AddToken(ctx context.Context, name, role, expires string) (NewToken, error) {
	r, err := account.ParseRole(role)
	if err != nil {
		return NewToken{}, err
	}
	end, err := a.tokenEnd(expires)
	if err != nil {
		return NewToken{}, err
	}
	text, t, err := a.Roster.AddToken(ctx, account.Actor(Operator()), name, r, end)
	return NewToken{text, a.tokenLine(t)}, err
}

// RevokeToken takes a token back, or with dry says whether it could.
func (a *App) RevokeToken(ctx context.Context, which string, dry bool) (TokenLine, error) {
	revoke := func() (account.Token, error) { return a.Roster.RevokeToken(ctx, account.Actor(Operator()), which) }
	if dry {
		revoke = func() (account.Token, error) { return a.Roster.CanRevoke(ctx, which) }
	}
	t, err := revoke()
	return a.tokenLine(t), err
}

// tokenEnd reads when a token ends: with a day, or 90d, 12mo, 1y or 36h from now on.
func (a *App) tokenEnd(text string) (time.Time, error) {
	now := a.clock().UTC()
	if text == "" {
		return time.Time{}, nil
	}
	if months, err := campaign.Months(text); err == nil {
		return now.AddDate(0, months, 0), nil
	}
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") && 0 < days && days <= mostTokenDays {
		return now.AddDate(0, 0, days), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	day, err := campaign.ParseDate(text)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "token.expires", "--expires {text} is neither a day nor a time from now on", "text", strconv.Quote(text)).Hint("write it as 2027-12-31, or as 90d, 12mo or 1y")
	}
	return day.Time().AddDate(0, 0, 1), nil // it is good on that day
}

// mostTokenDays bounds a number of days, a hundred years.
const mostTokenDays = 36525
