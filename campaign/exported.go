package campaign

import "context"

// Export is a file with data of people that somebody took out of the house: by whom, of whom, how much, and which file exactly.
type Export struct {
	What   ExportKind
	Format string            // csv, json, zip, 27560, kantara, or the name of a preset
	Only   map[string]string // how it was narrowed, by words that name nobody
	Count  int
	Bytes  int64
	SHA256 string // of the file, in hex; of what was written of it when it broke off
	Broken bool

	// Whom a dossier is about, where it is about one campaign or person.
	Campaign CampaignID
	Contact  ContactID
	Response string
}

// ExportKind is what a file holds.
type ExportKind string

// What leaves as a file.
const (
	ExportConsents     ExportKind = "consents"
	ExportContacts     ExportKind = "contacts"
	ExportSuppressions ExportKind = "suppressions"
	ExportProof        ExportKind = "proof"
)

// exported is what the ledger keeps of it. It names nobody but who took it.
type exported struct {
	Actor   Actor             `json:"actor"`
	What    ExportKind        `json:"what"`
	Format  string            `json:"format"`
	Only    map[string]string `json:"only,omitempty"`
	Subject string            `json:"subject_ref,omitempty"`
	Count   int               `json:"count"`
	Bytes   int64             `json:"bytes"`
	SHA256  string            `json:"sha256"`
	Broken  bool              `json:"broken_off,omitempty"`
}

// Exported puts down that a file was taken.
func (d *Desk) Exported(ctx context.Context, actor Actor, e Export) error {
	return d.store.Update(ctx, func(tx Tx) error {
		if e.Response != "" {
			r, err := tx.Response(e.Response)
			if err != nil {
				return err
			}
			e.Contact = r.Contact
		}
		p := exported{Actor: actor, What: e.What, Format: e.Format, Only: e.Only, Count: e.Count, Bytes: e.Bytes, SHA256: e.SHA256, Broken: e.Broken}
		if e.Contact != 0 {
			p.Subject = d.subject(e.Contact)
		}
		_, err := tx.Append(Entry{Kind: EntryExported, Campaign: e.Campaign, Contact: e.Contact, Payload: p})
		return err
	})
}
