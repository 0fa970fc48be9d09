package campaign

import "testing"

// baseReader is a store of which only the never-write list has anything.
type baseReader struct {
	Reader
	silenced *Halves[uint8]
	reasons  []SuppressionReason
}

func (r baseReader) SilencedHalves(int) (*Halves[uint8], []SuppressionReason, error) {
	return r.silenced, r.reasons, nil
}
func (baseReader) TakenHalves(int) (*Halves[struct{}], error)   { return NewHalves[struct{}](0), nil }
func (baseReader) ListedHalves(int) (*Halves[struct{}], error)  { return NewHalves[struct{}](0), nil }
func (baseReader) ListedKinds() ([]KeyKind, error)              { return nil, nil }
func (baseReader) DeadDomains() (map[string]*DeadDomain, error) { return nil, nil }
func (baseReader) InvitedContacts(ContactID, ContactID) (map[ContactID]Asked, error) {
	return nil, nil
}
func (baseReader) ConsentsBetween(ContactID, ContactID) ([]ConsentRow, error) { return nil, nil }

// TestWhoeverStandsIsSilencedInAnAudit: for the gravest of what stands against a person's keys, and where a damaged file gives a reason that
// is none, for the gravest of all.
func TestWhoeverStandsIsSilencedInAnAudit(t *testing.T) {
	t.Parallel()
	reasons := []SuppressionReason{SuppressBounce, "", "of a later version", SuppressComplaint}
	key := func(n byte) PersonKey { return PersonKey{Kind: KeyStrict, Digest: [32]byte{n, 1, n, 2, 0, 0, 0, 0, n}} }
	silenced := NewHalves[uint8](len(reasons) + 1)
	for n := range reasons {
		k := key(byte(n))
		silenced.Put(k.Half(), uint8(n))
	}
	lifted := key(9)
	silenced.Put(lifted.Half(), 0)
	silenced.Drop(lifted.Half())
	for _, c := range []struct {
		keys []byte
		want SuppressionReason
	}{
		{nil, ""}, {[]byte{7}, ""}, {[]byte{9}, ""}, {[]byte{0}, SuppressBounce}, {[]byte{1}, SuppressObjection}, {[]byte{2}, SuppressObjection},
		{[]byte{0, 3}, SuppressComplaint}, {[]byte{3, 0, 9, 7}, SuppressComplaint}, {[]byte{3, 1}, SuppressObjection},
	} {
		page := []Contact{{ID: 1, Keys: []PersonKey{key(8)}}, {ID: 2}, {ID: 3, Keys: []PersonKey{key(8)}}}
		for _, n := range c.keys {
			page[1].Keys = append(page[1].Keys, key(n))
		}
		r := baseReader{silenced: silenced, reasons: reasons}
		b, err := recordOfBase(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.standings(nil, r, page)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Suppressed != "" || got[1].Suppressed != c.want || got[2].Suppressed != "" {
			t.Errorf("keys %v are silenced for %q; want %q; the neighbours for %q and %q", c.keys, got[1].Suppressed, c.want, got[0].Suppressed, got[2].Suppressed)
		}
	}
}
