package store

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// sweptRow is what the engine gives of some contacts.
func sweptRow(cs []campaign.Contact) []driver.Value {
	var ids, emails, bodies, keys []string
	for n := range cs {
		ids, emails = append(ids, fmt.Sprint(int64(cs[n].ID))), append(emails, string(cs[n].Email))
		bodies = append(bodies, string(appendBody(nil, &cs[n])))
		keys = append(keys, string(campaign.AppendKeys(nil, cs[n].Keys)))
	}
	return []driver.Value{int64(len(cs)), strings.Join(ids, ","), strings.Join(emails, sweptEnd), strings.Join(bodies, sweptEnd), strings.Join(keys, string(sweptKeyEnd))}
}

func sweptContacts() []campaign.Contact {
	key := func(kind campaign.KeyKind, b byte) (k campaign.PersonKey) {
		k.Kind = kind
		for n := range k.Digest {
			k.Digest[n] = b
		}
		return k
	}
	return []campaign.Contact{
		{ID: 3, Email: "a@b.example", FirstName: "A\x1bn\x1cn\x1fa", Keys: []campaign.PersonKey{key(campaign.KeyStrict, sweptKeyEnd), key(campaign.KeyMailbox, 's')}},
		{ID: 4, Phone: "+33 1"},
		{ID: 9, Email: "c@d.example", Keys: []campaign.PersonKey{key(campaign.KeyPerson, 'p')}},
	}
}

// What is read of several contacts at once comes apart into each, whatever their texts and keys hold.
func TestSweptContactsComeApart(t *testing.T) {
	t.Parallel()
	want := sweptContacts()
	var p sweptPage
	if err := p.add(sweptRow(want)); err != nil || len(p.contacts) != len(want) {
		t.Fatal(err, p.contacts)
	}
	for n := range want {
		if got := p.contacts[n]; got.ID != want[n].ID || got.Email != want[n].Email || got.FirstName != want[n].FirstName || got.Phone != want[n].Phone || !slices.Equal(got.Keys, want[n].Keys) {
			t.Errorf("%+v, and not %+v", got, want[n])
		}
	}
}

// Rows that a damaged file gives as something else than was written are an error, and no contact without keys or with those of
// somebody else.
func TestSweptRowsThatDoNotComeApartAreAnError(t *testing.T) {
	t.Parallel()
	for column := 1; column < 5; column++ {
		for what, damage := range map[string]func(string) driver.Value{
			"nothing":   func(string) driver.Value { return nil },
			"octets":    func(s string) driver.Value { return []byte(s) },
			"cut short": func(s string) driver.Value { return s[:len(s)/2] },
			"one too few": func(s string) driver.Value {
				return strings.Replace(s, []string{",", sweptEnd, sweptEnd, string(sweptKeyEnd) + "p"}[column-1], "", 1)
			},
			"one too many": func(s string) driver.Value {
				return s + []string{",9", sweptEnd, sweptEnd, string(sweptKeyEnd)}[column-1]
			},
			"one in between": func(s string) driver.Value {
				return []string{"2,", sweptEnd, sweptEnd, string(sweptKeyEnd)}[column-1] + s
			},
		} {
			row := sweptRow(sweptContacts())
			row[column] = damage(row[column].(string))
			var p sweptPage
			if err := p.add(row); err == nil {
				t.Errorf("column %d, %s: %+v", column, what, p.contacts)
			}
		}
	}
	var p sweptPage
	if err := p.add(sweptRow([]campaign.Contact{{ID: 4}, {ID: 3}})); err == nil {
		t.Error("contacts in another order")
	}
	for _, row := range [][]driver.Value{{int64(1), nil, int64(0)}, {int64(1), int64(2), "today"}} {
		if v, err := ownVerdictIn(row); err == nil || v != (ownVerdict{}) {
			t.Errorf("%v: %v, and %v", row, err, v)
		}
	}
	for _, row := range [][]driver.Value{{nil, []byte(emptyBlock)}, {int64(1), nil}, {int64(1), []byte(emptyBlock[1:])}, {int64(1), emptyBlock}} {
		if _, rulings, err := blockIn(row); err == nil || rulings != "" {
			t.Errorf("a %T and a %T: %v", row[0], row[1], err)
		}
	}
}

// Nobody is passed over where a damaged file gives keys or lines otherwise than they were written.
func TestLinesThatAreNotWhereTheyShouldBeAreAnError(t *testing.T) {
	t.Parallel()
	line := func(count int64, keys int) []driver.Value {
		return []driver.Value{count, strings.Repeat("k", 32*keys), strings.Repeat("0", keys), strings.Repeat("manual,", keys-1) + "manual"}
	}
	for name, c := range map[string]struct {
		row  []driver.Value
		to   lineAt
		fine bool
	}{
		"as many as were counted": {line(silencedRows, silencedRows), lineAt{9, 1}, true},
		"fewer":                   {line(silencedRows-1, silencedRows-1), lineAt{9, 1}, false},
		"none":                    {[]driver.Value{int64(0), nil, nil, nil}, lineAt{9, 1}, false},
		"fewer at the end":        {line(3, 3), listEnd, true},
		"none at the end":         {[]driver.Value{int64(0), nil, nil, nil}, listEnd, true},
		"a key too short":         {[]driver.Value{int64(1), "k", "0", "manual"}, listEnd, false},
		"a reason too many":       {[]driver.Value{int64(1), strings.Repeat("k", 32), "0", "manual,bounce"}, listEnd, false},
		"no text":                 {[]driver.Value{int64(1), nil, "0", "manual"}, listEnd, false},
	} {
		s := silences{most: 1 << 20, parts: make([][]silence, 1)}
		if err := s.add(0, c.to, c.row); (err == nil) != c.fine || c.fine && s.lines != len(s.parts[0]) {
			t.Errorf("%s: %v, %d lines", name, err, s.lines)
		}
	}
}
