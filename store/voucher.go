package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// AddVoucher keeps what shows an answer that was entered by hand.
func (t *tx) AddVoucher(no campaign.EntryNo, v campaign.Voucher) error {
	return translate("store.AddVoucher", t.add(voucherRows, no, v.Author, v.Given.Day(), v.Name, v.Media, v.SHA256, v.Content))
}

// Voucher is what shows the answer of an entry.
func (t *tx) Voucher(no campaign.EntryNo) (v campaign.Voucher, err error) {
	var given int64
	err = t.row([]any{&v.Author, &given, &v.Name, &v.Media, &v.SHA256, &v.Content}, "SELECT author, given, name, media, sha256, content FROM voucher WHERE entry = $1", int64(no))
	v.Given = campaign.DayOf(given)
	return v, translate("store.Voucher", err)
}

// checkVouchers holds every voucher against its hash, which its entry covers.
func (t *tx) checkVouchers(faults *[]ledger.Fault) error {
	return t.each(func(scan func(...any) error) error {
		var seq int64
		var hash string
		var content []byte
		if err := scan(&seq, &hash, &content); err != nil {
			return err
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != hash {
			*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("voucher of entry %d: its content does not match its hash", seq)})
		}
		return nil
	}, "SELECT entry, sha256, content FROM voucher ORDER BY entry")
}
