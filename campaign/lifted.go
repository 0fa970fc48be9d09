package campaign

import "maps"

// A yes lifts what stands on the never-write list for whoever gave it, and for nobody else (ADR 0065). Where two people share a
// mailbox the list has one line for both: what it says of the one is found by whose answer each line that lifts was.

// pasts are the lines behind those keys whose last line is no no any more.
type pasts map[PersonKey][]Suppression

// pastsOf reads them. Of nearly all people there are none.
func pastsOf(r Reader, last map[PersonKey]Suppression) (pasts, error) {
	var over []PersonKey
	for k, s := range last {
		if !s.refuses() {
			over = append(over, k)
		}
	}
	if len(over) == 0 {
		return nil, nil
	}
	return r.SuppressionLines(over)
}

// no is the last no under a key that still stands for a person, whatever somebody else's yes lifted: not one from before since, the
// entry of a yes of their own.
func (p pasts) no(k PersonKey, id ContactID, since EntryNo) (no Suppression, stands bool) {
	for _, s := range p[k] {
		switch {
		case s.refuses() && s.Entry > since:
			no, stands = s, true
		case s.Lifts && s.By == id:
			stands = false
		}
	}
	return no, stands
}

// ownYes is the newest entry by which a person agreed to anything that they did not take back.
func ownYes(rows []ConsentRow) EntryNo {
	yes := NoEntry
	for _, row := range rows {
		if row.State == Granted {
			yes = max(yes, row.Proof)
		}
	}
	return yes
}

// against are the last lines of some keys as they stand for one person.
func (p pasts) against(id ContactID, keys []PersonKey, rows []ConsentRow, last map[PersonKey]Suppression) map[PersonKey]Suppression {
	var own map[PersonKey]Suppression
	for _, k := range keys {
		if no, stands := p.no(k, id, ownYes(rows)); stands {
			if own == nil {
				own = maps.Clone(last)
			}
			own[k] = no
		}
	}
	if own == nil {
		return last
	}
	return own
}

// SuppressedFor finds the first of a person's keys that stands on the never-write list for them.
func SuppressedFor(r Reader, id ContactID, keys []PersonKey) (Suppression, bool, error) {
	last, err := r.SuppressedKeys(keys)
	if err != nil {
		return Suppression{}, false, err
	}
	p, err := pastsOf(r, last)
	if err != nil {
		return Suppression{}, false, err
	}
	if len(p) > 0 {
		rows, err := r.ConsentsOf(id)
		if err != nil {
			return Suppression{}, false, err
		}
		last = p.against(id, keys, rows, last)
	}
	for _, k := range keys {
		if s, there := last[k]; there && !s.Lifts {
			return s, true, nil
		}
	}
	return Suppression{}, false, nil
}
