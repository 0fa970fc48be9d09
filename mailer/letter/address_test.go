package letter

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

func TestAddressesAreWrittenAsInTheirCountry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ home, country, region, postcode, want string }{
		{"FR", "FR", "", "67000", "ACME|Ms Ada King|1 Main St|Flat 2|67000 Town"},
		{"FR", "DE", "", "10115", "Ms Ada King|ACME|1 Main St|Flat 2|10115 Town|ALLEMAGNE"},
		{"DE", "FR", "", "67000", "ACME|Ms Ada King|1 Main St|Flat 2|67000 Town|FRANKREICH"},
		{"US", "US", "TX", "78701", "Ms Ada King|ACME|1 Main St|Flat 2|Town, TX 78701"},
		{"US", "US", "", "78701", "Ms Ada King|ACME|1 Main St|Flat 2|Town, 78701"},
		{"US", "CA", "ON", "K1A 0B1", "Ms Ada King|ACME|1 Main St|Flat 2|Town ON K1A 0B1|CANADA"},
		{"ES", "GB", "", "SW1A 1AA", "Ms Ada King|ACME|1 Main St|Flat 2|Town|SW1A 1AA|REINO UNIDO"},
		{"NL", "IE", "", "", "Ms Ada King|ACME|1 Main St|Flat 2|Town|IERLAND"},
		{"IT", "CH", "", "8001", "ACME|Ms Ada King|1 Main St|Flat 2|CH-8001 Town|SVIZZERA"},
		{"PT", "AE", "Dubai", "", "Ms Ada King|ACME|1 Main St|Flat 2|Town, Dubai|EMIRADOS ÁRABES UNIDOS"},
		{"PT", "AE", "", "", "Ms Ada King|ACME|1 Main St|Flat 2|Town|EMIRADOS ÁRABES UNIDOS"},
		{"FR", "AE", "TOWN", "", "Ms Ada King|ACME|1 Main St|Flat 2|TOWN|ÉMIRATS ARABES UNIS"},
		{"FR", "JP", "", "100-0001", "Ms Ada King|ACME|1 Main St|Flat 2, Town|100-0001|JAPON"},
		{"FR", "KY", "", "KY1-1000", "Ms Ada King|ACME|1 Main St|Flat 2|Town KY1-1000|ÎLES CAÏMANS"},
		{"FR", "SG", "", "018956", "Ms Ada King|ACME|1 Main St|Flat 2|SINGAPORE 018956|SINGAPOUR"},
		{"JP", "FR", "", "67000", "ACME|Ms Ada King|1 Main St|Flat 2|67000 Town|FRANCE"},
		{"FR", "XZ", "", "1", "Ms Ada King|ACME|1 Main St|Flat 2|1 Town|XZ"},
		{"FR", "", "", "", "Ms Ada King|ACME|1 Main St|Flat 2|Town"},
	} {
		lines, err := addressOf(campaign.Values{"title": "Ms", "first_name": "Ada", "last_name": "King", "company": "ACME", campaign.ValueLine1: "1 Main St", campaign.ValueLine2: "Flat 2",
			campaign.ValueCity: "Town", campaign.ValuePostcode: test.postcode, campaign.ValueRegion: test.region, campaign.ValueCountry: test.country}, test.home)
		if got := strings.Join(lines, "|"); err != nil || got != test.want {
			t.Errorf("%s to %s: %q %v, want %q", test.home, test.country, got, err, test.want)
		}
	}
}

func TestEveryCountryHasALineForNameStreetAndTown(t *testing.T) {
	t.Parallel()
	for code, c := range countries() {
		for _, part := range []string{"%N", "%A"} {
			if !strings.Contains(c.format, part) {
				t.Errorf("%s: %s", code, c.format)
			}
		}
		if len(c.names) != 7 {
			t.Errorf("%s has %d names", code, len(c.names))
		}
	}
}

func TestEveryLanguageHasEveryLabel(t *testing.T) {
	t.Parallel()
	for language, ws := range labels {
		if len(ws) != len(labelNames) {
			t.Fatalf("%s has %d labels, want %d", language, len(ws), len(labelNames))
		}
		for n, name := range labelNames {
			for _, hole := range []string{"{address}", "{to}", "{batch}", "{n}"} {
				if strings.Contains(labels["en"][n], hole) != strings.Contains(ws[n], hole) {
					t.Errorf("%s, %s: %q", language, name, ws[n])
				}
			}
		}
	}
	if labelsOf("de-AT") == nil || labelsOf("ar") != nil {
		t.Error("the language of a variant is not found, or one that is not there is")
	}
}
