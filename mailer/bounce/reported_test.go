package bounce

import "testing"

func TestReported(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in      Refusal
		meaning Meaning
		class   Class
		status  string
	}{
		"dead, and said so":                {Refusal{Gone: true, Text: "smtp;550 5.1.1 The email account that you tried to reach does not exist"}, MeansHard, Hard, "5.1.1"},
		"dead by code and status":          {Refusal{Gone: true, Code: 550, Status: "5.1.1"}, MeansHard, Hard, "5.1.1"},
		"dead, and no word why":            {Refusal{Gone: true}, MeansHard, Hard, ""},
		"dead, and words that say nothing": {Refusal{Gone: true, Text: "550 Requested action not taken: mailbox unavailable"}, MeansHard, Hard, ""},
		"dead, but it is our name":         {Refusal{Gone: true, Code: 550, Text: "5.7.1 blocked by Spamhaus"}, MeansSoft, Policy, "5.7.1"},
		"dead, but it is our signature":    {Refusal{Gone: true, Code: 550, Status: "5.7.26", Text: "this mail is unauthenticated"}, MeansSoft, Config, "5.7.26"},
		"dead, but the mailbox is full":    {Refusal{Gone: true, Code: 552, Status: "5.2.2"}, MeansSoft, SoftFinal, "5.2.2"},
		"dead, but put off":                {Refusal{Gone: true, Code: 451, Text: "4.7.1 greylisted"}, MeansSoft, Soft, "4.7.1"},
		"dead, with a code of its own":     {Refusal{Gone: true, Code: 605, Text: "Not delivering to previously bounced address"}, MeansHard, Hard, ""},
		"alive":                            {Refusal{Text: "452 4.2.2 over quota"}, MeansSoft, Soft, "4.2.2"},
		"alive, whatever the server says":  {Refusal{Code: 550, Status: "5.1.1", Text: "user unknown"}, MeansSoft, SoftFinal, "5.1.1"},
		"alive, and no word why":           {Refusal{}, MeansSoft, Policy, ""},
		"a yes":                            {Refusal{Gone: true, Text: "250 2.0.0 OK"}, MeansSoft, Soft, "2.0.0"},
	} {
		if r := Reported(c.in); r.Meaning != c.meaning || r.Class != c.class || r.Status != c.status {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := Reported(Refusal{Text: "a\r\n\u202eb"}); r.Text != "a b" {
		t.Errorf("%q", r.Text)
	}
}

// A mailbox is given up only where the provider and the server agree, whatever they say.
func FuzzReported(f *testing.F) {
	f.Add(true, 550, "5.1.1", "user unknown")
	f.Add(false, 0, "", "")
	f.Add(true, 250, "2.0.0", "250 ok")
	f.Fuzz(func(t *testing.T, gone bool, code int, status, text string) {
		r := Reported(Refusal{Gone: gone, Code: code, Status: status, Text: text})
		if r.Meaning != MeansHard && r.Meaning != MeansSoft || (r.Meaning == MeansHard) != r.Class.Gone() || r.Meaning == MeansHard && !gone || len(r.Text) > maxWords {
			t.Fatalf("%+v", r)
		}
	})
}
