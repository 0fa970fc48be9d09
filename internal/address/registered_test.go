package address

import "testing"

func TestOrganisationDomain(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{"shop.example": "shop.example", "News.Shop.example": "shop.example", "a.b.shop.co.uk": "shop.co.uk",
		"co.uk": "", "example": "", "": "", "..": "", "xn--caf-dma.fr": "xn--caf-dma.fr"} {
		if got := OrganisationDomain(domain); got != want {
			t.Errorf("%q is of %q, want %q", domain, got, want)
		}
	}
}
