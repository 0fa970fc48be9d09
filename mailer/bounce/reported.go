package bounce

// Refusal is what a mail provider says of a message that it could not deliver.
type Refusal struct {
	Address string
	Gone    bool   // the provider calls the mailbox dead
	Code    int    // reply code of the receiving server; 0 when the provider does not say
	Status  string // enhanced code, "" likewise
	Text    string // the server's words
}

// Reported judges a refusal. A mailbox is given up only if the provider calls it dead and what the receiving
// server said does not speak of us: providers count a refused sender among dead mailboxes, too. Where the server
// did not say why, the provider's word stands.
func Reported(f Refusal) Recipient {
	r := Recipient{Address: f.Address, Text: short(f.Text)}
	r.Code, r.Status = spoken(r.Text)
	if f.Code >= 200 && f.Code <= 599 {
		r.Code = f.Code
	}
	if status := statusIn(f.Status); general(r.Status) && status != "" {
		r.Status = status
	}
	code := r.judge(f.Text)
	why, _ := find(code, r.Status, f.Text)
	switch {
	case !f.Gone:
		if r.Meaning = MeansSoft; r.Class.Gone() {
			r.Class = SoftFinal
		}
	case why.vague:
		r.Meaning, r.Class = MeansHard, Hard
	}
	if r.Meaning == MeansDelivered { // a refusal that quotes a yes says nothing of why
		r.Meaning, r.Class = MeansSoft, Soft
	}
	return r
}
