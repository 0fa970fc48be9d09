package campaign

import (
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// What is kept when a person is erased must not say who it was.
func TestAReasonThatNamesTheErasedPersonIsRefused(t *testing.T) {
	t.Parallel()
	c := Contact{Email: "Jeanne.Roy@example.net", FirstName: "Jeanne", LastName: "Martin", ExternalID: "C-4711", MergedIDs: []string{"K99x"}, Phone: "+33 6 12 34 56 78"}
	short := Contact{FirstName: "Bo", LastName: "Li", ExternalID: "7", Phone: "112"}
	for text, test := range map[string]struct {
		who   Contact
		names bool
	}{
		"":                                  {c, false},
		"asked by letter":                   {c, false},
		"asked on 2026-03-10, case 4":       {c, false},
		"asked by jeanne.roy@EXAMPLE.net":   {c, true},
		"asked by old@example.net":          {c, true},
		"asked by another@example.net":      {c, false},
		"asked by Jeanne.ROY":               {c, true},
		"asked by jeanne.royal":             {c, false},
		"from the info desk":                {Contact{Email: "info@example.net"}, false},
		"asked by jo":                       {Contact{Email: "jo@example.net"}, false},
		"Mrs MARTIN called":                 {c, true},
		"Martinique":                        {c, false},
		"Saint-Martin called":               {c, true},
		"Jeanne called":                     {c, false},
		"customer C-4711":                   {c, true},
		"customer C-47110":                  {c, false},
		"customer k99X":                     {c, true},
		"called from 06 12 34 56 78":        {c, true},
		"called from 06.12.34.56.78 today":  {c, true},
		"called from +33612345678":          {c, true},
		"called from 06 12 34 56 79":        {c, false},
		"Li called":                         {short, false},
		"Bo Li called":                      {short, true},
		"Li, Bo":                            {short, true},
		"Bolivia and Libya":                 {short, false},
		"7 letters, 112":                    {short, false},
		"nothing is known of them 12345678": {Contact{}, false},
	} {
		if err := unnamed(text, test.who, "old@example.net"); fault.Is(err, fault.Invalid) != test.names || !test.names && err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
