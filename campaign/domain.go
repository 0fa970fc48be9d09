package campaign

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// DomainFault is why a domain takes no mail, as the DNS tells.
type DomainFault string

// The faults; "" is none that is certain.
const (
	DomainRefuses     DomainFault = "null_mx"     // it says so itself (RFC 7505)
	DomainAbsent      DomainFault = "absent"      // it does not exist, or names no server and has no address
	DomainUnreachable DomainFault = "unreachable" // no server that it names has a public address
)

// DeadDomain is a domain that takes no mail. It is a fact of the base, kept until a look finds the domain alive:
// an audit asks nobody, and the same facts give the same verdict.
type DeadDomain struct {
	Name  string
	Why   DomainFault
	Since Date // first found
	At    Date // last found
}

// Domains reads the domains of the base's mailboxes.
type Domains interface {
	MailDomains() ([]string, error)                               // ascending, each once
	DeadDomains() (map[string]*DeadDomain, error)                 // all, by name
	DeadDomainsOf(names []string) (map[string]*DeadDomain, error) // those of some that are
}

// DomainWriter keeps what was found of domains.
type DomainWriter interface {
	PutDeadDomains([]DeadDomain) error // inserts, else replaces
	ReviveDomains(names []string) error
	// ForgetDomains lets go of what was found of those in which nobody of the base is any more: the name of such a
	// domain may be that of a person.
	ForgetDomains(names []string) error
}

// Lookup asks whether a domain takes mail. An error says that there was no answer. It is asked by several
// goroutines at once.
type Lookup func(ctx context.Context, domain string) (DomainFault, error)

// LookedUp is what a look at the domains of the base found.
type LookedUp struct {
	Domains     int  `json:"domains"`
	Dead        int  `json:"dead"`        // take no mail, those without an answer as it was found before
	Found       int  `json:"found"`       // of them those that were not known
	Revived     int  `json:"revived"`     // were dead, and take mail again
	Unanswered  int  `json:"unanswered"`  // stay what they were
	Disbelieved bool `json:"disbelieved"` // hardly any domain takes mail, said the name servers: nothing was changed
}

const (
	// LookupsAtOnce is how many domains are asked about at a time.
	LookupsAtOnce = 32
	// hopeless is after how many domains without a single answer nobody is asked any more.
	hopeless = 2 * LookupsAtOnce
	// incredible is of how many domains it is not believed that not even one in livingShare takes mail: name servers that know
	// nobody, or only the names of their own house, say so of each.
	incredible  = 5
	livingShare = 10
)

// LookUpDomains asks about each domain of the base's mailboxes once, and keeps which take no mail. Without an answer what was
// found before stands. told hears after each how many of all are done.
func (d *Desk) LookUpDomains(ctx context.Context, actor Actor, look Lookup, told func(done, of int)) (out LookedUp, err error) {
	var names []string
	err = d.store.View(ctx, func(r Reader) (err error) {
		names, err = r.MailDomains()
		return err
	})
	if err != nil || len(names) == 0 {
		return out, err
	}
	answers, err := lookUp(ctx, names, look, told)
	if err != nil {
		return out, err
	}
	err = d.store.Update(ctx, func(tx Tx) (err error) {
		out, err = keepDomains(tx, names, answers)
		if err != nil {
			return err
		}
		_, err = tx.Append(Entry{Kind: EntryLookedUp, Payload: map[string]any{"actor": actor, "found": out}})
		return err
	})
	return out, err
}

// lookups are those under way.
type lookups struct {
	mu      sync.Mutex
	names   []string // still to be asked about
	of      int
	done    int
	answers map[string]DomainFault
	told    func(done, of int)
}

// lookUp asks about some domains, and gives the answers that came.
func lookUp(ctx context.Context, names []string, look Lookup, told func(done, of int)) (map[string]DomainFault, error) {
	l := &lookups{names: names, of: len(names), answers: map[string]DomainFault{}, told: told}
	var all sync.WaitGroup
	for range min(LookupsAtOnce, len(names)) {
		all.Go(func() {
			for name, ok := l.next(); ok && ctx.Err() == nil; name, ok = l.next() {
				why, err := look(ctx, name)
				l.heard(name, why, err)
			}
		})
	}
	all.Wait()
	return l.answers, ctx.Err()
}

func (l *lookups) next() (name string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.names) == 0 || l.done >= hopeless && len(l.answers) == 0 {
		return "", false
	}
	name, l.names = l.names[0], l.names[1:]
	return name, true
}

func (l *lookups) heard(name string, why DomainFault, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done++
	if err == nil {
		l.answers[name] = why
	}
	if l.told != nil {
		l.told(l.done, l.of)
	}
}

// incredibly reports answers that say more of the name servers than of the domains.
func incredibly(answers map[string]DomainFault) bool {
	living := 0
	for _, why := range answers {
		if why == "" {
			living++
		}
	}
	return len(answers) >= incredible && living*livingShare < len(answers)
}

// keepDomains holds answers against what is known.
func keepDomains(tx Tx, names []string, answers map[string]DomainFault) (out LookedUp, err error) {
	known, err := tx.DeadDomains()
	if err != nil {
		return out, err
	}
	now, err := tx.MailDomains() // people may have been erased meanwhile
	if err != nil {
		return out, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { _, there := slices.BinarySearch(now, name); return !there })
	maps.DeleteFunc(answers, func(name string, _ DomainFault) bool { _, there := slices.BinarySearch(now, name); return !there })
	if incredibly(answers) {
		answers, out.Disbelieved = nil, true
	}
	var dead []DeadDomain
	var alive []string
	today := DateOf(tx.Now())
	out.Domains, out.Unanswered = len(names), len(names)-len(answers)
	for _, name := range names {
		was := known[name]
		why, answered := answers[name]
		switch {
		case answered && why == "" && was != nil:
			alive = append(alive, name)
		case answered && why != "":
			since := today
			if was != nil {
				since = was.Since
			} else {
				out.Found++
			}
			dead = append(dead, DeadDomain{Name: name, Why: why, Since: since, At: today})
		case !answered && was != nil:
			out.Dead++
		}
		delete(known, name)
	}
	out.Dead, out.Revived = out.Dead+len(dead), len(alive)
	if err := tx.PutDeadDomains(dead); err != nil {
		return out, err
	}
	if err := tx.ReviveDomains(alive); err != nil {
		return out, err
	}
	return out, tx.ForgetDomains(slices.Sorted(maps.Keys(known)))
}

// dead is what was found of the domain of a mailbox; nil: nothing, or there is none.
func dead(of map[string]*DeadDomain, a Address) *DeadDomain {
	if len(of) == 0 || a == "" {
		return nil
	}
	return of[a.Domain()]
}

func mailboxes(cs []Contact) []Address {
	out := make([]Address, len(cs))
	for n := range cs {
		out[n] = cs[n].Email
	}
	return out
}

// domainsOf are the domains of some mailboxes, each once.
func domainsOf(as ...Address) (names []string) {
	for _, a := range as {
		if a != "" {
			names = append(names, strings.Clone(a.Domain()))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
