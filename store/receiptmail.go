package store

import (
	"database/sql"

	"github.com/reoptin/reoptin/campaign"
)

const selectReceiptMail = "SELECT response, asked_at, tries, ended_at, outcome FROM receipt_mail "

func scanReceiptMail(scan func(...any) error) (m campaign.ReceiptMail, err error) {
	var asked, ended int64
	err = scan(&m.Response, &asked, &m.Tries, &ended, &m.Outcome)
	m.AskedAt, m.EndedAt = fromMillis(asked), fromMillis(ended)
	return m, err
}

// ReceiptMail is the wish to have one receipt by mail.
func (t *tx) ReceiptMail(response string) (campaign.ReceiptMail, error) {
	found, err := all(t, scanReceiptMail, selectReceiptMail+"WHERE response = $1", response)
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return campaign.ReceiptMail{}, translate("store.ReceiptMail", err)
	}
	return found[0], nil
}

// ReceiptsWaiting lists wishes that are still to be carried out, the oldest first.
func (t *tx) ReceiptsWaiting(limit int) ([]campaign.ReceiptMail, error) {
	found, err := all(t, scanReceiptMail, selectReceiptMail+"WHERE ended_at = 0 ORDER BY asked_at, response LIMIT $1", int64(limit))
	return found, translate("store.ReceiptsWaiting", err)
}

// AskReceipt keeps a wish, once.
func (t *tx) AskReceipt(response string) error {
	_, err := t.exec("INSERT INTO receipt_mail (response, asked_at) VALUES ($1, $2) ON CONFLICT (response) DO NOTHING", response, millis(t.now))
	return translate("store.AskReceipt", err)
}

// TryReceipt counts a try.
func (t *tx) TryReceipt(response string) error {
	return t.must("store.TryReceipt", "UPDATE receipt_mail SET tries = tries + 1 WHERE response = $1 AND ended_at = 0", response)
}

// EndReceipt ends a wish; without an outcome it waits again.
func (t *tx) EndReceipt(response string, o campaign.ReceiptOutcome) error {
	ended := millis(t.now)
	if o == "" {
		ended = 0
	}
	return t.must("store.EndReceipt", "UPDATE receipt_mail SET ended_at = $1, outcome = $2 WHERE response = $3", ended, string(o), response)
}
