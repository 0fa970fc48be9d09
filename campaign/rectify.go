package campaign

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
)

// mostField bounds what one field of a contact may hold.
const mostField = 500

// rectifiable are the fields that a person may have corrected, by their names in an import. What was asked, said
// and decided is no field: it is what happened.
func rectifiable(c *Contact) map[string]*string {
	return map[string]*string{"phone": &c.Phone, "title": &c.Title, "first_name": &c.FirstName, "last_name": &c.LastName, "company": &c.Company, "job_title": &c.JobTitle,
		"language": &c.Language, "country": &c.Country, "timezone": &c.Timezone, "address_line1": &c.Address1, "address_line2": &c.Address2, "postal_code": &c.PostalCode, "city": &c.City}
}

// RectifiableFields are the names of the fields of a contact that can be corrected, with what they hold, in the order in
// which a page asks for them.
func RectifiableFields(c Contact) []FieldValue {
	out := []FieldValue{{"email", string(c.Email)}}
	if c.Email == "" {
		out[0].Value = c.BadEmail
	}
	fields := rectifiable(&c)
	for _, name := range []string{"title", "first_name", "last_name", "company", "job_title", "phone", "address_line1", "address_line2", "postal_code", "city", "country", "language", "timezone"} {
		out = append(out, FieldValue{name, *fields[name]})
	}
	return out
}

// FieldValue is a field of a contact and what it holds.
type FieldValue struct{ Name, Value string }

// Rectified is what correcting did, or would do.
type Rectified struct {
	Contact ContactID `json:"contact"`
	Fields  []string  `json:"fields"` // that differ
	Done    bool      `json:"done"`
	Cases   int       `json:"cases"` // open ones that were closed
	Proof   EntryNo   `json:"proof"` // -1 when nothing was done
}

// Rectify corrects fields of a contact for the person (GDPR art. 16). Whoever gets another mailbox keeps the keys of
// the old one: who was asked is not asked again, and a no stays one. The ledger keeps which fields were corrected, and so does the
// contact: no import changes them.
func (d *Desk) Rectify(ctx context.Context, actor Actor, who string, set map[string]string, dry bool) (res Rectified, err error) {
	do := func(r Reader) (now Contact, err error) {
		was, err := FindContact(r, d.keys, who)
		if err != nil {
			return was, err
		}
		now = was
		if err := correct(&now, set); err != nil {
			return was, err
		}
		if now.Email != was.Email {
			if err := d.free(r, now); err != nil {
				return was, err
			}
			now.Facts.AddressChanged = now.Facts.AddressChanged || was.Facts.saidYes()
		}
		now.Keys = sortedKeys(mergeKeys(d.keys.keys(now), was.Keys))
		res = Rectified{Contact: was.ID, Fields: differing(was, now), Proof: NoEntry}
		now.Corrected = correctedOn(was.Corrected, res.Fields, DateOf(r.Now()))
		return now, nil
	}
	if dry {
		return res, d.store.View(ctx, func(r Reader) error { _, err := do(r); return err })
	}
	err = d.store.Update(ctx, func(tx Tx) error {
		now, err := do(tx)
		if err != nil || len(res.Fields) == 0 {
			return err
		}
		if res.Proof, err = tx.Append(Entry{Kind: EntryRectified, Contact: now.ID, Payload: map[string]any{"actor": actor, "subject_ref": d.subject(now.ID), "fields": res.Fields}}); err != nil {
			return err
		}
		if _, err := tx.PutContacts([]Contact{now}); err != nil {
			return err
		}
		if res.Cases, err = closeCasesOf(tx, actor, now.ID, CaseRectify, "corrected"); err != nil {
			return err
		}
		res.Done = true
		if _, err := organisation(tx); fault.Is(err, fault.NotFound) {
			return nil // nobody was judged yet
		}
		return d.reclassify(tx, now.ID)
	})
	return res, fault.Wrap("campaign.Rectify", err)
}

// correct puts values into a contact.
func correct(c *Contact, set map[string]string) error {
	fields := rectifiable(c)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		value := strings.TrimSpace(set[name])
		if len(value) > mostField || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fault.New(fault.Invalid, "rectify.value", "{field}: this is too long, or holds signs that are no letters", "field", name)
		}
		switch into := fields[name]; {
		case name == "email":
			m, err := address.Parse(value)
			if err != nil {
				return fault.New(fault.Invalid, "rectify.email", "email: this is no usable mailbox").Because(err)
			}
			c.Email, c.BadEmail = Address(m.String()), ""
		case into == nil:
			return fault.New(fault.Invalid, "rectify.field", "{field} is nothing that can be corrected", "field", name).
				Hint("--set takes email, " + strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		default:
			*into = value
			c.Inferred = c.Inferred && name != "country"
		}
	}
	if zone, set := set["timezone"]; set && strings.TrimSpace(zone) != "" {
		if _, err := ZoneNamed(c.Timezone); err != nil {
			return err
		}
	}
	if _, said := set["country"]; said && c.Country != "" && !address.IsCountry(c.Country) {
		return fault.New(fault.Invalid, "rectify.country", "country: {value} is no ISO 3166 code of two capital letters", "value", c.Country)
	}
	return nil
}

// free refuses a mailbox that is somebody else's.
func (d *Desk) free(r Reader, c Contact) error {
	found, err := r.KeyHolders(d.keys.Mailbox(c.Email)[:1])
	for _, id := range distinct(found) {
		if err == nil && id != c.ID {
			return fault.New(fault.Conflict, "rectify.taken", "contact {contact} has this mailbox already", "contact", id).Hint("import the rows of both under one external_id, and they are one person")
		}
	}
	return err
}

// differing names the fields that are others now.
func differing(was, now Contact) []string {
	out := []string{}
	a, b := rectifiable(&was), rectifiable(&now)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if *a[name] != *b[name] {
			out = append(out, name)
		}
	}
	if was.Email != now.Email || was.BadEmail != now.BadEmail {
		out = append(out, "email")
	}
	return out
}
