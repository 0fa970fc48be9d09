package app

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

// Every dossier held why anybody else had been erased.
func TestADossierSaysNothingOfOthersErasures(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1))
	h.says(person(2))
	_, err := h.app.EraseSubject(t.Context(), person(1), "letter of 3 March", false)
	h.must(err)
	for name, tt := range map[string]struct {
		query ProofQuery
		told  bool
	}{
		"response": {ProofQuery{Response: h.responses(person(0))[0].ID}, false},
		"contact":  {ProofQuery{Contact: person(0)}, false},
		"campaign": {ProofQuery{Campaign: spring}, true}, // whose entries it emptied
		"all":      {ProofQuery{}, true},
	} {
		file := h.dossier(tt.query, "en")
		if r := h.verified(file); !r.OK || len(r.Absent) != 0 && tt.told {
			t.Errorf("%s: %+v", name, r)
		}
		if got := strings.Contains(unzipped(t, file)[ledger.ProofName], "letter of 3 March"); got != tt.told {
			t.Errorf("%s: the reason of an erasure is in it: %v", name, got)
		}
	}
}
