package board

// Proof is where the ledger stands.
type Proof struct {
	Frame
	Facts      []Pair
	Note       string // the checkpoint as signed
	Verify     string
	Verdict    *Flash
	Faults     []string
	Anchors    []AnchorLine
	Given      []AnchorLine
	Keys       []LedgerKeyLine
	Key        string
	Dossier    string // where the forms for a dossier post to
	OfCampaign *Field // nil: there is none
	OfPerson   Field
	Search     string
	Find       []Field
}

// AnchorLine is a way by which somebody else gets heads of the ledger, or one that they got.
type AnchorLine struct {
	Way, Whom, Text, Last, Mend string
	State                       Badge
}

// LedgerKeyLine is one key of the ledger.
type LedgerKeyLine struct {
	Key, Since, How string
	State           Badge
}

// ProofHTML draws it.
func ProofHTML(p Proof) ([]byte, error) { return render(proofPage(p)) }
