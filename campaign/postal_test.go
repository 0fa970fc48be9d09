package campaign

import (
	"slices"
	"testing"
)

// one is a group of spellings of one person at one address; no two groups are the same person.
var onePerson = [][]Contact{
	{
		{FirstName: "Zoé", LastName: "Dupont-Martin", Address1: "12 rue de l’Église", PostalCode: "67000", City: "Strasbourg"},
		{FirstName: "ZOE", LastName: "DUPONT MARTIN", Address1: "12, r. de l'Eglise", PostalCode: "67 000", City: "STRASBOURG CEDEX"},
		{FirstName: "Dupont-Martin", LastName: "Zoé", Address1: "12 Rue de l Eglise", PostalCode: "67000", City: "Strasbourg"},
	},
	{{FirstName: "Léo", LastName: "Dupont-Martin", Address1: "12 rue de l’Église", PostalCode: "67000", City: "Strasbourg"}}, // of the same household
	{{FirstName: "Zoé", LastName: "Dupont-Martin", Address1: "13 rue de l’Église", PostalCode: "67000", City: "Strasbourg"}}, // next door
	{{FirstName: "Zoé", LastName: "Dupont-Martin", Address1: "12 rue de l’Église", PostalCode: "67100", City: "Strasbourg"}},
	{
		{LastName: "Müller", FirstName: "Jan", Address1: "Berliner Straße 5b", PostalCode: "10115", City: "Berlin"},
		{LastName: "Muller", FirstName: "Jan", Address1: "Berliner Str. 5 B", PostalCode: "10115", City: "Berlin"},
		{LastName: "Müller", FirstName: "Jan", Address1: "Berlinerstrasse 5b", PostalCode: "10115", City: "berlin"},
	},
	{
		{LastName: "Rossi", FirstName: "Ada", Address1: "Av. du Général-Leclerc, 3 bis", Address2: "Bât. C, appt 4", PostalCode: "75014", City: "Paris"},
		{LastName: "Rossi", FirstName: "Ada", Address1: "avenue du Général Leclerc 3bis", Address2: "Bâtiment C, appartement n° 4", PostalCode: "75014", City: "Paris"},
	},
	{
		{Company: "Lumen & Fils", Address1: "1 bd Voltaire", City: "Lyon"},
		{Company: "LUMEN FILS", Address1: "1, Boulevard Voltaire", City: "lyon"},
	},
	{
		{FirstName: "Ana", LastName: "García", Address1: "Calle Mayor 4", PostalCode: "28013", City: "Madrid"},
		{FirstName: "ANA", LastName: "GARCIA", Address1: "C/ Mayor, 4", PostalCode: "28013", City: "Madrid"},
	},
}

func TestOnePersonAtOnePostalAddress(t *testing.T) {
	t.Parallel()
	k := NewKeyer([]byte("test"))
	var seen []PersonKey
	for n, spellings := range onePerson {
		var of PersonKey
		for m, c := range spellings {
			key, ok := k.Postal(&c)
			if !ok || m > 0 && key != of {
				t.Errorf("group %d, spelling %d is another person", n, m)
			}
			of = key
		}
		if slices.Contains(seen, of) {
			t.Errorf("group %d is the person of another group", n)
		}
		seen = append(seen, of)
	}
	for _, c := range []Contact{{}, {FirstName: "Zoé", Address1: "12 rue"}, {Address1: "12 rue", City: "Lyon"}} {
		if _, ok := k.Postal(&c); ok {
			t.Errorf("%+v has a postal key", c)
		}
	}
}

func TestWindowsAreThoseOfTheCountry(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]Window{"FR": WindowNF, "DE": WindowDIN, "US": WindowUS, "CA": WindowUS, "": WindowDIN} {
		if got := WindowFor(country); got != want {
			t.Errorf("%q: %s, want %s", country, got, want)
		}
	}
}
