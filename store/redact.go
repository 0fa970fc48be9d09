package store

import (
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Redact destroys what entries hold and appends the entry that says so. See campaign.Entries.
func (t *tx) Redact(e campaign.Erasure) (campaign.EntryNo, error) {
	h, err := t.readHead()
	if err != nil {
		return campaign.NoEntry, translate("store.Redact", err)
	}
	e.Entries = slices.Clone(e.Entries)
	slices.Sort(e.Entries)
	e.Entries = slices.Compact(e.Entries)
	seqs := make([]int64, len(e.Entries))
	for i, no := range e.Entries {
		if seqs[i] = int64(no); no < 0 || int64(no) >= h.Size {
			return campaign.NoEntry, fault.New(fault.Invalid, "ledger.no_entry", "there is no ledger entry {seq}", "seq", no).At("store.Redact")
		}
	}
	err = chunks(seqs, mostParameters, func(piece []int64) error {
		kept, err := t.numbers("SELECT seq FROM entry WHERE kind IN ('erased', 'key.rotated') AND seq IN ("+places(1, len(piece))+")", anys(piece)...)
		if err == nil && len(kept) > 0 {
			err = fault.New(fault.Invalid, "ledger.kept_entry", "ledger entry {seq} says what was erased or whose key is whose; it names nobody and stays", "seq", kept[0]).At("store.Redact")
		}
		if err != nil {
			return err
		}
		_, err = t.exec("DELETE FROM entry_payload WHERE seq IN ("+places(1, len(piece))+")", anys(piece)...)
		return err
	})
	if err != nil {
		return campaign.NoEntry, translate("store.Redact", err)
	}
	return t.Append(campaign.Entry{Kind: campaign.EntryErased, Payload: e})
}
