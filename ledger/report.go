package ledger

import (
	"fmt"
	"strings"
	"unicode"
)

// maxFaults bounds how many faults a report lists; the rest is counted.
const maxFaults = 1000

// Fault is one thing that does not verify.
type Fault struct {
	Seq  int64  `json:"seq"`  // the entry concerned, -1 when it is none in particular
	What string `json:"what"` // in plain words; names the entry, row, node or checkpoint
}

// Report says what was verified. Everything in it has been checked when OK is true; nothing in it
// is to be relied on otherwise.
type Report struct {
	OK         bool           `json:"ok"`
	Origin     string         `json:"origin"`         // name of the ledger
	Size       int64          `json:"size"`           // entries of the ledger at the checkpoint or head
	Held       int            `json:"held,omitempty"` // of a dossier: entries that it holds, of those of the ledger
	Root       string         `json:"root"`           // base64
	Checkpoint string         `json:"checkpoint"`     // the newest signed checkpoint
	Key        string         `json:"key,omitempty"`
	Trust      string         `json:"trust,omitempty"` // in words: whose key was relied on
	Entries    map[string]int `json:"entries"`         // entries verified, by kind
	Erased     []int64        `json:"erased"`          // entries whose content is gone, as one of kind KindErased says; their leaves still verify
	Absent     []int64        `json:"absent"`          // of a dossier: entries whose content is not in it, and nothing in it says that it was erased
	Responses  []Response     `json:"responses,omitempty"`
	Documents  []string       `json:"documents,omitempty"` // SHA-256 of those verified
	Stamps     []Stamp        `json:"timestamps,omitempty"`
	Unproven   []string       `json:"unproven,omitempty"` // files beside the proof that were not checked
	Faults     []Fault        `json:"faults"`
	More       int            `json:"more_faults,omitempty"` // faults beyond those listed
}

// Stamp says that the first entries of the ledger, Size of them, existed at a time. Whether the authority is to be
// trusted is for the reader to say.
type Stamp struct {
	Size        int64  `json:"size"`
	At          string `json:"at"`
	Authority   string `json:"authority"`
	Certificate string `json:"certificate_sha256"`
}

// Response is an answer that the ledger proves.
type Response struct {
	Seq       int64      `json:"seq"`
	Kind      string     `json:"kind"`
	At        string     `json:"at"` // event_time of the payload, else the time of the entry
	Decisions []Decision `json:"decisions"`
}

// Decision is yes or no for one purpose and channel.
type Decision struct {
	Purpose string `json:"purpose"`
	Channel string `json:"channel"`
	State   string `json:"state"` // granted, refused, withdrawn
}

// String says the response in words, safe to print on a terminal.
func (r Response) String() string {
	words := make([]string, len(r.Decisions))
	for i, d := range r.Decisions {
		words[i] = d.String()
	}
	return fmt.Sprintf("entry %d, %s: %s", r.Seq, plain(r.At), strings.Join(words, "; "))
}

// String says the decision in words, safe to print on a terminal.
func (d Decision) String() string {
	state := map[string]string{"granted": "yes", "refused": "no"}[d.State]
	if state == "" {
		state = d.State
	}
	return fmt.Sprintf("%s by %s: %s", plain(d.Purpose), plain(d.Channel), plain(state))
}

func newReport() Report {
	return Report{Entries: map[string]int{}, Erased: []int64{}, Absent: []int64{}, Faults: []Fault{}}
}

// fault records a fault of an entry, or of none when seq is -1.
func (r *Report) fault(seq int64, format string, args ...any) {
	r.add(Fault{Seq: seq, What: fmt.Sprintf(format, args...)})
}

func (r *Report) add(f Fault) {
	if len(r.Faults) == maxFaults {
		r.More++
		return
	}
	r.Faults = append(r.Faults, f)
}

// tell records a fault of a file that only auditors hold, who read it at a command line, in English. What is put into a
// Fault as it is made must have a translation (internal/archtest); this need not.
func (r *Report) tell(format string, args ...any) {
	f := Fault{Seq: -1}
	f.What = fmt.Sprintf(format, args...)
	r.add(f)
}

// entryFault records a fault that starts with the entry's name.
func (r *Report) entryFault(seq int64, format string, args ...any) {
	r.fault(seq, "entry %d: "+format, append([]any{seq}, args...)...)
}

func (r *Report) close() Report {
	r.OK = len(r.Faults) == 0
	return *r
}

// plain makes foreign text safe to print: no control characters, no endless lines.
func plain(s string) string {
	const limit = 120
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '\uFFFD'
		}
		return c
	}, s)
	if cut := []rune(s); len(cut) > limit {
		return string(cut[:limit]) + "…"
	}
	return s
}

// quote is plain text between quotation marks.
func quote(s string) string { return `"` + plain(s) + `"` }

// short is the beginning of a long hash, enough to find it by.
func short(hash string) string {
	if len(hash) > 12 {
		hash = hash[:12] + "…"
	}
	return plain(hash)
}
