package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/mailer"
	"github.com/reoptin/reoptin/store"
)

// A head of the ledger that somebody else keeps, or has signed, is what finds a history that was written anew by
// whoever has both the database and the key. The data-protection officer gets it by mail once a day and when a
// campaign is closed; a time-stamping authority signs it where one is set.

// How often the head is mailed, how long after a failure it is tried again, and how long what may take.
const (
	mailEvery  = 24 * time.Hour
	giveAgain  = 15 * time.Minute
	giveTime   = 15 * time.Minute // a relay may take long for the last reply (RFC 5321 section 4.5.3.2.6)
	tsaTime    = 20 * time.Second
	keepTime   = 10 * time.Second
	mostAnswer = 64 << 10
	stampDrift = 5 * time.Minute // of the authority's clock against ours, from which on it is worth a line in the log
)

// giveHead gives the newest head away wherever that is due.
func (a *App) giveHead(ctx context.Context) error {
	sealed, err := a.store.Sealed(ctx)
	if err != nil || sealed.N == 0 || a.clock().Before(a.giving) {
		return err
	}
	err = errors.Join(a.stampHead(ctx, sealed), a.mailHead(ctx, sealed)) // the authority has little time, a relay may take all
	if err != nil {
		a.giving = a.clock().Add(giveAgain)
	}
	return err
}

// due reports whether a head is to be given away once more: when there are new entries, and some time has passed
// since the last or a campaign was closed.
func (a *App) due(ctx context.Context, kind store.AnchorKind, sealed store.Checkpoint, every time.Duration) (bool, error) {
	last, err := a.store.LastAnchor(ctx, kind)
	if err != nil || sealed.Size <= last.Of.Size {
		return false, err
	}
	now := a.clock()
	if last.N == 0 || !now.Before(last.At.Add(every)) || now.Before(last.At) { // the clock was ahead of today when it was given
		return true, nil
	}
	return a.store.ClosedSince(ctx, last.Of.Size, sealed.Size)
}

// keeper is the mailbox of the data-protection officer; ok is false when the organisation names none.
func keeper(o campaign.Organisation) (to campaign.Address, ok bool) {
	m, err := address.Parse(o.DPO)
	if err != nil {
		return "", false
	}
	return campaign.Address(m.String()), true
}

func (a *App) mailHead(ctx context.Context, sealed store.Checkpoint) error {
	if a.carrier == nil {
		return nil
	}
	o, err := a.Desk.Organisation(ctx)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	to, ok := keeper(o)
	if !ok {
		return nil
	}
	due, err := a.due(ctx, store.AnchorMail, sealed, mailEvery)
	if err != nil || !due {
		return err
	}
	h, err := a.headMail(ctx, o, to, sealed)
	if err != nil {
		return err
	}
	m, err := a.sheets.mail.HeadMail(h)
	if err != nil {
		return err
	}
	outcome := a.carrier.Deliver(ctx, m, func(context.Context) error { return nil })
	a.log.Info("the head of the ledger was mailed to the data-protection officer", "size", sealed.Size, "outcome", outcome.Kind, "code", outcome.Code)
	if outcome.Kind != campaign.OutcomeSent && outcome.Kind != campaign.OutcomeUncertain {
		return fault.New(fault.Unavailable, "anchor.mail", "the relay did not take the mail with the head of the ledger").Because(outcome.Err).At("app.mailHead")
	}
	return a.gave(ctx, store.Anchor{Kind: store.AnchorMail, Of: sealed, Whom: string(to)})
}

// gave keeps that a head is with somebody else, also when the time of the job is up by then: what was given and is
// not known here would be given again.
func (a *App) gave(ctx context.Context, to store.Anchor) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	return a.store.PutAnchor(ctx, to)
}

// headMail writes to the officer in the language that the organisation asks in first.
func (a *App) headMail(ctx context.Context, o campaign.Organisation, to campaign.Address, sealed store.Checkpoint) (h mailer.HeadMail, err error) {
	from, language := campaign.Address(o.Email), ""
	all, err := a.Desk.Campaigns(ctx)
	if err != nil {
		return h, err
	}
	for _, c := range all { // the newest that was approved: relays know its sender
		if c.Status != campaign.Draft {
			from, language = campaign.Address(c.File.Sender.Address), c.File.Languages[0]
		}
	}
	erased, err := a.store.CountEntries(ctx, ledger.KindErased)
	if err != nil {
		return h, err
	}
	words, err := i18n.Shipped()
	if err != nil {
		return h, err
	}
	p := words.House().For(language)
	now := a.clock()
	return mailer.HeadMail{FromName: o.Name, From: from, To: to, Language: p.Language(), At: now, Note: sealed.Note,
		Subject: p.T("anchor.subject", "organisation", o.Name, "size", p.Number(int(sealed.Size)), "date", p.Date(now)),
		Text: p.T("anchor.text", "organisation", o.Name, "size", p.Number(int(sealed.Size)), "erased", p.Number(erased), "at", p.DateTime(sealed.At), "note", sealed.Note,
			"url", a.baseURL()+"/.well-known/reoptin/verify")}, nil
}

// stampHead has the authority of ledger.tsa sign that the head exists, and keeps what it says.
func (a *App) stampHead(ctx context.Context, sealed store.Checkpoint) error {
	if a.config.Ledger.TSA == "" {
		return nil
	}
	due, err := a.due(ctx, store.AnchorTimestamp, sealed, a.config.Ledger.TSAEvery)
	if err != nil || !due {
		return err
	}
	nonce, err := rand.Int(a.rand, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return fault.Wrap("app.stampHead", err)
	}
	question, err := ledger.TimestampRequest([]byte(sealed.Note), nonce)
	if err != nil {
		return fault.Wrap("app.stampHead", err)
	}
	answer, err := askAuthority(ctx, a.config.Ledger.TSA, question)
	if err != nil {
		return badStamp(a.config.Ledger.TSA, err)
	}
	token, err := ledger.TimestampToken(answer)
	if err != nil {
		return badStamp(a.config.Ledger.TSA, err)
	}
	at, err := ledger.CheckTimestamp(token, []byte(sealed.Note), nonce)
	if err != nil {
		return badStamp(a.config.Ledger.TSA, err)
	}
	if drift := a.clock().Sub(at.At).Abs(); drift > stampDrift {
		a.log.Warn("the clock of the time-stamping authority is another than ours", "apart", drift)
	}
	a.log.Info("the head of the ledger was time-stamped", "size", sealed.Size, "at", at.At)
	return a.gave(ctx, store.Anchor{Kind: store.AnchorTimestamp, Of: sealed, Whom: a.config.Ledger.TSA, Answer: answer})
}

func badStamp(url string, err error) error {
	return fault.New(fault.Unavailable, "anchor.stamp", "{url} gave no time stamp", "url", url).Because(err).At("app.stampHead").Hint("check ledger.tsa in reoptin.toml")
}

// askAuthority sends a request by RFC 3161 section 3.4.
func askAuthority(ctx context.Context, url string, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, tsaTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: tsaTime}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %d", res.StatusCode)
	}
	return io.ReadAll(io.LimitReader(res.Body, mostAnswer))
}
