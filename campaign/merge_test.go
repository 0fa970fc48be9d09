package campaign

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func diff(a, b Contact) string {
	return cmp.Diff(a, b, cmp.Comparer(func(x, y Date) bool { return x == y }))
}

func TestMergeIsAJoin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyContact(t), anyContact(t), anyContact(t)
		if d := diff(Merge(a, b), Merge(b, a)); d != "" {
			t.Fatalf("not commutative: %s", d)
		}
		if d := diff(Merge(Merge(a, b), c), Merge(a, Merge(b, c))); d != "" {
			t.Fatalf("not associative: %s", d)
		}
		if d := diff(Merge(a, a), a); d != "" {
			t.Fatalf("not idempotent: %s", d)
		}
		if ab := Merge(a, b); diff(Merge(ab, a), ab) != "" {
			t.Fatalf("a row of the person changes the person: %s", diff(Merge(ab, a), ab))
		}
	})
}

func TestMergeKeepsTheMostProtective(t *testing.T) {
	t.Parallel()
	a, b := someone(), someone()
	a.ExternalID, b.ExternalID, b.MergedIDs = "20", "10", []string{"15"}
	a.Email, b.Email = "LEA.MARTIN@courrier.example", "lea.martin@courrier.example"
	b.Facts.Objections = []Objection{{Kind: "optout", Scope: "all"}}
	b.Facts.Collected, b.Facts.LastInbound, b.Facts.Minor, b.Facts.Market = mustDate("2020-01-01"), mustDate("2021-01-01"), true, "b2b"
	a.Facts.Bounce, a.Facts.BounceAt = "hard", mustDate("2024-01-01")
	b.Facts.Bounce, b.Facts.BounceAt = "soft", mustDate("2026-01-01")
	b.Country = "DE"
	m := Merge(a, b)
	f := m.Facts
	switch {
	case m.ExternalID != "10" || len(m.MergedIDs) != 2 || m.MergedIDs[0] != "15" || m.MergedIDs[1] != "20":
		t.Errorf("ids %q %q", m.ExternalID, m.MergedIDs)
	case string(m.Email) != "lea.martin@courrier.example" || f.AddressChanged:
		t.Errorf("two spellings of one mailbox: %q, changed %v", string(m.Email), f.AddressChanged)
	case len(f.Objections) != 1 || !f.Minor || f.Market != "b2c" || f.Bounce != "hard" || f.BounceAt != mustDate("2024-01-01"):
		t.Errorf("facts %+v", f)
	case f.Collected != mustDate("2020-01-01") || f.LastInbound != mustDate("2026-05-02"):
		t.Errorf("oldest collection %v, newest contact %v", f.Collected, f.LastInbound)
	case m.Country != CountryUnclear:
		t.Errorf("country %q of a person whom two rows place in FR and DE", m.Country)
	case len(f.Claims) != 1:
		t.Errorf("the same claim twice: %+v", f.Claims)
	}
}

func TestTwoMailboxesMakeEveryClaimOneForAnotherAddress(t *testing.T) {
	t.Parallel()
	a, b := sure(), sure()
	a.ExternalID, b.ExternalID, b.Email = "1", "1", "lea@ailleurs.example"
	if v := Audit(Merge(a, b), Standing{}, shop(), day); v.Code != "T-34" {
		t.Errorf("%+v", v)
	}
}

func TestImportCanOnlyLower(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stored, row := anyContact(t), anyContact(t)
		// Where a person lives, when they were last heard of, be it by the date of a claim, and who their mailbox is are
		// facts of today, not permission: held still here.
		stored.Facts.LastInbound = mustDate("2026-10-20")
		row.Country, row.Inferred, row.Email, row.Facts.LastInbound, row.Facts.LastPurchase = stored.Country, stored.Inferred, stored.Email, stored.Facts.LastInbound, stored.Facts.LastPurchase
		row.Facts.LastMarketing, row.Facts.RelationEnd, row.Facts.Collected = stored.Facts.LastMarketing, stored.Facts.RelationEnd, stored.Facts.Collected
		row.FirstName, row.LastName, row.Address1, row.City, row.JobTitle, row.Company = stored.FirstName, stored.LastName, stored.Address1, stored.City, stored.JobTitle, stored.Company
		row.Facts.Market, row.Facts.Relationship = stored.Facts.Market, stored.Facts.Relationship
		row.Facts.Origins = stored.Facts.Origins
		stored.Facts.Claims = unproven(stored.Facts.Claims)
		before := Audit(stored, Standing{}, shop(), day)
		lowered, changed, _ := Lower(stored, row)
		after := Audit(lowered, Standing{}, shop(), day)
		if mailable(after) && !mailable(before) || after.Class == OptedIn && before.Class != OptedIn {
			t.Fatalf("%+v became %+v", before, after)
		}
		again, more, _ := Lower(lowered, row)
		if more {
			t.Fatalf("the same row changes twice (first %v): %s", changed, diff(lowered, again))
		}
	})
}

// An import that says nothing but bears a sign of consent opened the e-mail to a customer who had none (T-41).
func TestAnUnknownClaimWithASignOpensNoDoor(t *testing.T) {
	t.Parallel()
	for name, sign := range map[string]Claim{
		"click of a double opt-in": {Status: statusUnknown, DoubleAt: mustDate("2017-03-01")},
		"date and source":          {Status: statusUnknown, At: mustDate("2025-03-01"), Source: "shop"},
		"paper":                    {Status: statusUnknown, Method: "paper", Proof: "folder 12"},
		"wording":                  {Text: "J'accepte.", At: mustDate("2025-03-01")},
	} {
		customer := someone()
		customer.Country, customer.Facts = "FR", Facts{Relationship: "customer", LastPurchase: mustDate("2025-08-01")}
		customer.Keys = testKeys.keys(customer)
		row := customer
		row.Facts.Claims = []Claim{sign}
		before := Audit(customer, Standing{}, shop(), day)
		lowered, _, conflict := Lower(customer, row)
		if after := Audit(lowered, Standing{}, shop(), day); mailable(before) || mailable(after) || !conflict {
			t.Errorf("%s: %+v became %+v, conflict %v", name, before, after, conflict)
		}
		if first := Audit(row, Standing{}, shop(), day); !mailable(first) {
			t.Errorf("%s: in the first import it is no sign: %+v", name, first)
		}
	}
}

// A yes without a date that names us opened the way to somebody of a partner's list whose own yes names nobody (T-13).
func TestAnotherYesMakesNoPartnersListOurs(t *testing.T) {
	t.Parallel()
	listed := someone()
	listed.Country, listed.Facts = "US", Facts{Origins: []string{"partner_named"}, LastInbound: mustDate("2026-08-01"), Claims: []Claim{{Status: statusYes}}}
	listed.Keys = testKeys.keys(listed)
	row := listed
	row.Facts.Claims = []Claim{{Status: statusYes, Text: "J'accepte.", Controller: "Atelier Nord"}}
	lowered, _, _ := Lower(listed, row)
	if v := Audit(lowered, Standing{}, shop(), day); v.Code != "T-13" {
		t.Errorf("%+v", v)
	}
	if v := Audit(row, Standing{}, shop(), day); v.Code == "T-13" {
		t.Errorf("alone it names us: %+v", v)
	}
}

func unproven(claims []Claim) (out []Claim) {
	for _, c := range claims {
		if !c.proven() {
			out = append(out, c)
		}
	}
	return out
}

func TestLower(t *testing.T) {
	t.Parallel()
	refused := someone()
	refused.ID, refused.Facts.Objections, refused.Facts.Claims = 7, []Objection{{Kind: "no"}}, nil
	for name, tc := range map[string]struct {
		stored, row       Contact
		changed, conflict bool
		code              string
	}{
		"a yes against a no":              {refused, sure(), false, true, "T-03"},
		"the same again":                  {someone(), someone(), false, false, "T-50"},
		"a no":                            {sure(), refused, true, false, "T-03"},
		"proof found later lifts nothing": {someone(), sure(), false, true, "T-50"},
		"a new proof beside a proof":      {sure(), newer(sure()), true, false, "T-30"},
		"another mailbox":                 {sure(), at(sure(), "lea@ailleurs.example"), true, false, "T-34"},
		"another mailbox, nothing stored": {buyer(), at(buyer(), "lea@ailleurs.example"), true, false, "T-40"},
	} {
		m, changed, conflict := Lower(tc.stored, tc.row)
		v := Audit(m, Standing{}, shop(), day)
		if changed != tc.changed || conflict != tc.conflict || v.Code != tc.code {
			t.Errorf("%s: changed %v conflict %v %s, want %v %v %s", name, changed, conflict, v.Code, tc.changed, tc.conflict, tc.code)
		}
		if m.ID != tc.stored.ID {
			t.Errorf("%s: id %d became %d", name, tc.stored.ID, m.ID)
		}
	}
}

func newer(c Contact) Contact {
	c.Facts.Claims[0].At = mustDate("2026-08-01")
	return c
}

func at(c Contact, a Address) Contact {
	c.Email = a
	return c
}

// TestEveryFieldMakesAnotherContact changes one field after the other of one of two equal contacts, in
// depth, so that a field that is added and forgotten in sameContact makes it fail.
func TestEveryFieldMakesAnotherContact(t *testing.T) {
	t.Parallel()
	var a, b Contact
	var each func(x, y reflect.Value, path string)
	leaf := func(x reflect.Value, path string, to any) {
		was := reflect.New(x.Type()).Elem()
		was.Set(x)
		x.Set(reflect.ValueOf(to).Convert(x.Type()))
		if sameContact(a, b) || !sameContact(a, a) {
			t.Errorf("%s is not compared", path)
		}
		x.Set(was)
	}
	each = func(x, y reflect.Value, path string) {
		switch x.Kind() {
		case reflect.String:
			leaf(x, path, "x")
		case reflect.Bool:
			leaf(x, path, true)
		case reflect.Array:
			leaf(x, path, [32]byte{1})
		case reflect.Map:
			leaf(x, path, map[string]string{"a": "b"})
		case reflect.Slice:
			one := reflect.MakeSlice(x.Type(), 1, 1)
			leaf(x, path, one.Interface())
			x.Set(one)
			y.Set(reflect.MakeSlice(x.Type(), 1, 1))
			each(x.Index(0), y.Index(0), path+"[]")
			x.SetZero()
			y.SetZero()
		case reflect.Struct:
			if _, day := x.Interface().(Date); day {
				leaf(x, path, NewDate(2001, 2, 3))
				return
			}
			if _, at := x.Interface().(time.Time); at {
				leaf(x, path, mustDate("2001-02-03").Time())
				return
			}
			for i := range x.NumField() {
				each(x.Field(i), y.Field(i), path+"."+x.Type().Field(i).Name)
			}
		default:
			t.Fatalf("%s is a %s", path, x.Kind())
		}
	}
	for i := range reflect.TypeFor[Contact]().NumField() {
		if name := reflect.TypeFor[Contact]().Field(i).Name; name != "ID" && name != "Verdict" {
			each(reflect.ValueOf(&a).Elem().Field(i), reflect.ValueOf(&b).Elem().Field(i), name)
		}
	}
}
