package check

import (
	"context"
	"strings"
)

// Authority is one CAA record (RFC 8659): who may issue certificates for a name.
type Authority struct {
	Critical bool // whoever does not know the tag must not issue
	Tag      string
	Value    string
}

// Authorities is what the CAA records say that apply to a name.
type Authorities struct {
	Found  string   // the name at which they stand; "": there are none, and nothing is forbidden
	Issue  []string // who may issue
	Bound  bool     // only they may: there is a record that says so, were it to name nobody
	Strict []string // critical tags that nobody knows, for which nobody may issue
	Broken []string // values that name nobody, because they cannot be read
}

// Nobody reports whether no certificate can be had for the name.
func (a Authorities) Nobody() bool { return len(a.Strict) > 0 || a.Bound && len(a.Issue) == 0 }

// mostLabels bounds how far up the names are asked: a name has no more (RFC 1035 section 2.3.4).
const mostLabels = 127

// LookCAA finds the records that apply to a name: those of the first name above it that has any (RFC 8659 section 3).
func LookCAA(ctx context.Context, r Resolver, name string) (a Authorities, err error) {
	name = bare(name)
	for range mostLabels {
		records, err := r.CAA(ctx, name)
		if err != nil {
			return Authorities{}, err
		}
		if len(records) > 0 {
			return judgeCAA(name, records), nil
		}
		_, above, more := strings.Cut(name, ".")
		if !more || above == "" {
			break
		}
		name = above
	}
	return Authorities{}, nil
}

func judgeCAA(name string, records []Authority) Authorities {
	a := Authorities{Found: name}
	for _, c := range records {
		switch tag := strings.ToLower(c.Tag); {
		case tag == "issue":
			a.Bound = true
			who, _, _ := strings.Cut(c.Value, ";")
			switch who = strings.ToLower(strings.TrimSpace(who)); {
			case who == "":
			case authority(who):
				a.Issue = append(a.Issue, who)
			default:
				a.Broken = append(a.Broken, who)
			}
		case c.Critical && !knownTags[tag]:
			a.Strict = append(a.Strict, tag)
		}
	}
	return a
}

// knownTags are the tags of the register that do not speak of certificates for one name alone (RFC 8659, RFC 9495, and what
// certificate authorities have registered since).
var knownTags = map[string]bool{"issuewild": true, "iodef": true, "issuemail": true, "issuevmc": true, "contactemail": true, "contactphone": true}

// authority reports whether a text can name a certificate authority: a name of the DNS.
func authority(who string) bool {
	for label := range strings.SplitSeq(who, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(who) <= 253
}
