package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// TestTheLastDateCounts: what the first rows say of the order of day and month holds only if no later row says
// otherwise; the outcome is that of a file whose every date was looked at first.
func TestTheLastDateCounts(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{})
	for name, tt := range map[string]struct {
		first, last string // dates of the first rows, and of the last 1,000
		key         string // of the fault, "" none
		rejected    int
		format      string
	}{
		"as the first":           {"31/12/2024", "30/11/2024", "", 0, "day_first"},
		"nothing at first":       {"", "31/12/2024", "", 0, "day_first"},
		"ISO at first":           {"2024-12-31", "12/31/2024", "", 0, "month_first"},
		"open at first":          {"01/02/2024", "31/12/2024", "", 0, "day_first"},
		"open to the end":        {"01/02/2024", "2024-01-02", "import.dates", 0, ""},
		"open at the end":        {"2024-01-02", "01/02/2024", "import.dates", 0, ""},
		"each column its own":    {"31/12/2024", "12/31/2024", "", 0, "day_first"},
		"many against the first": {"31/12/2024", "many", "import.dates", 0, ""},
		"few against the others": {"31/12/2024", "few", "", 100, "day_first"},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			file.WriteString("external_id,collected_at,last_inbound_at\n")
			for n := range firstDates + 500 {
				fmt.Fprintf(&file, "%s%d,%s,\n", name, n, tt.first)
			}
			for n := range 1000 {
				before, date := "", tt.last
				if most := map[string]int{"few": 100, "many": 900}[tt.last]; most > 0 {
					if before, date = tt.first, ""; n < most {
						before = "12/31/2024"
					}
				}
				fmt.Fprintf(&file, "%s%d,%s,%s\n", name, firstDates+500+n, before, date)
			}
			path := filepath.Join(t.TempDir(), "base.csv")
			h.must(os.WriteFile(path, file.Bytes(), 0o600))
			r, err := h.app.Import(t.Context(), path, ImportOptions{DryRun: true})
			if tt.key != "" {
				if !strings.Contains(fmt.Sprint(err), "column ") || !fault.Is(err, fault.Invalid) {
					t.Fatalf("%v, want %s", err, tt.key)
				}
				return
			}
			if err != nil || r.Rejected != tt.rejected || r.Created != firstDates+1500-tt.rejected {
				t.Fatalf("%+v %v", r.ImportResult.Created, err)
			}
			if got := r.Read.Columns[2].Dates; got != tt.format && r.Read.Columns[1].Dates != tt.format {
				t.Errorf("read as %s and %s, want %s", r.Read.Columns[1].Dates, got, tt.format)
			}
		})
	}
}
