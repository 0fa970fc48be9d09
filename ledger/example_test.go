package ledger_test

import (
	"fmt"
	"os"

	"github.com/reoptin/reoptin/ledger"
)

// An auditor checks a dossier with a public key that came by another way.
func ExampleVerify() {
	f, err := os.Open("testdata/proof.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	key := "consent.lumen.example/ledger+779d73d3+AS2t66Y8jqA6iglM+/cf9SK9to/kWF5ZOKQuzBizIkt0"
	rep, err := ledger.Verify(f, key)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("verified:", rep.OK, "of", rep.Size, "entries")
	for _, r := range rep.Responses {
		fmt.Println(r)
	}
	// Output:
	// verified: true of 12 entries
	// entry 6, 2026-03-02T09:00:00.000Z: newsletter by email: yes; newsletter by sms: no
}
