package campaign

import "slices"

// refuses reports whether a line of the never-write list is the person's own no. A dead mailbox says
// nothing of what they want, and of an erased person nothing is shown.
func (s Suppression) refuses() bool {
	return !s.Lifts && s.Reason != SuppressBounce && s.Reason != SuppressErasure
}

// StandingConsents gives rows as they stand against the never-write list: a yes is withdrawn by a no that came
// by another way than the form, such as a telephone call, an import or the send journal. Its proof is
// the entry of that no.
func StandingConsents(r Reader, rows []ConsentRow) ([]ConsentRow, error) {
	keys := map[ContactID][]PersonKey{}
	var all []PersonKey
	for _, row := range rows {
		if _, known := keys[row.Contact]; known || row.State != Granted {
			continue
		}
		own, err := keysOf(r, row.Contact)
		if err != nil {
			return nil, err
		}
		keys[row.Contact] = own
		all = append(all, own...)
	}
	listed, err := r.SuppressedKeys(all)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(rows)
	for n, row := range out {
		for _, k := range keys[row.Contact] {
			if s, ok := listed[k]; ok && row.State == Granted && s.refuses() && (out[n].State == Granted || s.Entry > out[n].Proof) {
				out[n].State, out[n].At, out[n].Response, out[n].Kind, out[n].Proof = Withdrawn, s.At, "", "", s.Entry
			}
		}
	}
	return out, nil
}

// EachStanding goes through all consents as they stand.
func EachStanding(r Reader, do func(ConsentRow) error) error {
	for after := ContactID(0); ; {
		rows, err := r.ConsentPage(after, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		standing, err := StandingConsents(r, rows)
		if err != nil {
			return err
		}
		for _, row := range standing {
			if err := do(row); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].Contact
	}
}

// keysOf are the mailbox keys of a contact now, and of every invitation that it got.
func keysOf(r Reader, id ContactID) ([]PersonKey, error) {
	is, err := r.InvitationsOfContact(id)
	if err != nil {
		return nil, err
	}
	var keys []PersonKey
	for _, i := range is {
		keys = mergeKeys(keys, i.silencing())
	}
	return keys, nil
}
