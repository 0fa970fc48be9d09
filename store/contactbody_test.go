package store

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// fill gives every field that v has, in depth, a value of its own, so that a field that somebody adds to
// a contact and forgets in its body makes a test fail.
func fill(v reflect.Value, word func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(word())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), word)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			v.SetMapIndex(reflect.ValueOf(word()), reflect.ValueOf(word()))
		}
	case reflect.Struct:
		if day, ok := v.Addr().Interface().(*campaign.Date); ok {
			*day = campaign.NewDate(1900+len(word()), 2, 3)
			return
		}
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			*at = fromMillis(int64(1 + len(word())))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), word)
		}
	}
}

func filled(word func() string) campaign.Contact {
	var c campaign.Contact
	fill(reflect.ValueOf(&c).Elem(), word)
	for n := range c.Facts.Claims {
		c.Facts.Claims[n].Channels = []string{"email", "post"} // the desk's own words
		c.Facts.Claims[n].Stated = []string{"consent_method", "bundled"}
	}
	// What has a column of its own, and what is not of the base.
	c.ID, c.ExternalID, c.Email, c.Keys, c.Verdict = 0, "", "", nil, campaign.Verdict{}
	return c
}

// TestBodyKeepsEverything writes contacts with every field filled, also with the characters that separate
// them, and reads them back.
func TestBodyKeepsEverything(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("aé{[\"\\,;\n\t\x00\x1a\x1b\x1c\x1d\x1e\x1f [\\]^_\u2028")
	for range 2000 {
		n := 0
		c := filled(func() string {
			n++
			word := []rune{'a' + rune(n%26)}
			for range r.IntN(5) {
				word = append(word, letters[r.IntN(len(letters))])
			}
			r.Shuffle(len(word), func(i, j int) { word[i], word[j] = word[j], word[i] })
			return string(word)
		})
		var got campaign.Contact
		if err := bodyInto(string(appendBody(nil, &c)), &got); err != nil || !reflect.DeepEqual(c, got) {
			t.Fatalf("%v\nwritten %#v\nread    %#v", err, c, got)
		}
	}
	var none, got campaign.Contact
	if err := bodyInto(string(appendBody(nil, &none)), &got); err != nil || !reflect.DeepEqual(none, got) {
		t.Errorf("an empty contact: %v %#v", err, got)
	}
	early := campaign.Contact{Facts: campaign.Facts{Collected: campaign.NewDate(1969, 12, 31), LastInbound: campaign.NewDate(1, 1, 2), BounceAt: campaign.NewDate(1970, 1, 1)}}
	if err := bodyInto(string(appendBody(nil, &early)), &got); err != nil || !reflect.DeepEqual(early, got) {
		t.Errorf("early days: %v %#v", err, got)
	}
}

// TestBodyOfOldRows reads what migration 3 makes of the columns that were before.
func TestBodyOfOldRows(t *testing.T) {
	t.Parallel()
	old := strings.Join([]string{"ada(at)", "+33 1", "Mme", "Ada", "Lövelace", "Lumen", "CTO", "fr", "FR", "1", "Europe/Paris", "1 rue", "B", "75001", "Paris",
		`["18","19"]`, `{"tier":"<gold>"}`, `{"market":"b2c","last_purchase_at":"2025-04-03","claims":[{"status":"yes"}]}`}, string(partEnd))
	var c campaign.Contact
	if err := bodyInto(old, &c); err != nil {
		t.Fatal(err)
	}
	want := campaign.Contact{BadEmail: "ada(at)", Phone: "+33 1", Title: "Mme", FirstName: "Ada", LastName: "Lövelace", Company: "Lumen", JobTitle: "CTO", Language: "fr",
		Country: "FR", Inferred: true, Timezone: "Europe/Paris", Address1: "1 rue", Address2: "B", PostalCode: "75001", City: "Paris", MergedIDs: []string{"18", "19"},
		Attributes: map[string]string{"tier": "<gold>"},
		Facts:      campaign.Facts{Market: "b2c", LastPurchase: campaign.NewDate(2025, 4, 3), Claims: []campaign.Claim{{Status: "yes"}}}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%#v", c)
	}
	for _, wrong := range []string{"", "a\x1cb", old + "}", strings.Replace(old, "\x1c1\x1c", "\x1c\x1c", 1)} {
		if err := bodyInto(wrong, &campaign.Contact{}); err == nil {
			t.Errorf("%q is read as a contact", wrong)
		}
	}
}

// FuzzBody reads whatever stands in the column: an error, never a panic.
func FuzzBody(f *testing.F) {
	c := filled(func() string { return "a\x1b\x1e" })
	f.Add(string(appendBody(nil, &c)))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) { _ = bodyInto(text, &campaign.Contact{}) })
}

// TestPartsEndWhereTheyDo: whatever stands before a separator and behind it, beside which the octets that differ from it by one bit are the
// likeliest to be taken for it.
func TestPartsEndWhereTheyDo(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(3, 4))
	octets := []byte{0, 1, partEnd - 1, partEnd, partEnd, partEnd + 1, factEnd, itemEnd, fieldEnd, ' ', 'a', 0x7f, 0x80, partEnd | 0x80, 0xff}
	for range 20_000 {
		text := make([]byte, draw.IntN(24))
		for n := range text {
			text[n] = octets[draw.IntN(len(octets))]
		}
		p := parts{rest: string(text)}
		for rest := string(text); ; {
			want, behind, more := strings.Cut(rest, string(partEnd))
			if got := p.next(partEnd); got != want || p.rest != behind {
				t.Fatalf("of %q the first part is %q and the rest %q; want %q and %q", rest, got, p.rest, want, behind)
			}
			if rest = behind; !more {
				break
			}
		}
	}
}
