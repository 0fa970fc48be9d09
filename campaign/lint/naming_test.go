package lint

import (
	"slices"
	"testing"
)

// A company's own name is no reward, whatever it means: "Atelier Iris" blocked its own form.
func TestOwnNameIsNoReward(t *testing.T) {
	t.Parallel()
	free := func(brand string) bool {
		d := only(good(t), "fr")
		d.Controller.Brands = append(d.Controller.Brands, brand)
		d.Authored = append(d.Authored, Authored{Where: "form.fr.intro", Language: "fr", Text: "Acceptez-vous que Atelier Iris vous envoie des messages commerciaux ?"})
		return slices.ContainsFunc(Check(d), func(f Finding) bool { return f.Rule == "FREE-001" })
	}
	if free("Atelier Iris") {
		t.Error("the company's own name is taken for a reward")
	}
	if !free("Maison Lumen") {
		t.Error("a workshop for a yes is no longer seen: this test proves nothing")
	}
}
