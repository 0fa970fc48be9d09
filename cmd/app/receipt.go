package app

import (
	"context"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/forms"
	"github.com/reoptin/reoptin/mailer"
)

// receiptDrawer joins the words of forms with the envelope of mailer.
type receiptDrawer struct {
	words    forms.Receipts
	composer *mailer.Composer
}

// DrawReceipt makes the message of a receipt.
func (d receiptDrawer) DrawReceipt(v campaign.ReceiptView) (campaign.Message, error) {
	l, err := d.words.Letter(v)
	if err != nil {
		return campaign.Message{}, err
	}
	return d.composer.Receipt(mailer.Receipt{From: v.Frozen.File.Sender, To: v.Email, Response: v.Response.ID, Language: l.Language,
		Subject: l.Subject, Text: l.Text, File: l.File, PDF: l.PDF})
}

// sendReceipts is the job that sends what people asked to have by mail.
func (a *App) sendReceipts(ctx context.Context) error {
	if err := a.sendable(ctx); err != nil {
		return nil // the log and status say why; the wishes wait
	}
	drawn, err := a.sheets.forms()
	if err != nil {
		return err
	}
	return a.Desk.SendReceipts(ctx, receiptDrawer{composer: a.sheets.mail,
		words: forms.Receipts{Sheets: drawn, Links: a.links, Base: strings.TrimSuffix(a.baseURL(), "/")}})
}

// checkReceipt is the check of a receipt for whoever has it.
func (a *App) checkReceipt(ctx context.Context, response string) ([]forms.Step, error) {
	steps, err := desk{a.Desk, a}.VerifyResponse(ctx, response)
	out := make([]forms.Step, 0, len(steps))
	for _, s := range steps {
		out = append(out, forms.Step{Name: s.Name, OK: s.OK})
	}
	return out, err
}
