package campaign

import (
	"cmp"
	"slices"
)

// FormerlyBound is why somebody new is not asked whose mailbox was that of somebody who must not be.
const FormerlyBound = "the mailbox was that of a child, or of somebody who is dead, restricted or to be erased: it counts here too until a person has looked"

// conflict keeps what a line says of consent that does not count, once.
func (im *importing) conflict(line int, reason string) {
	if n := len(im.conflicts); n == 0 || im.conflicts[n-1].Line != line {
		im.conflicts = append(im.conflicts, Note{line, "consent_status", reason})
	}
}

// keptAs keeps which fields of a line do not count, because the person had them corrected.
func (im *importing) keptAs(line int, fields []string) {
	for _, f := range fields {
		im.conflicts = append(im.conflicts, Note{line, f, CorrectedStays})
	}
}

// joinConflicts puts conflicts in the order of their lines, each column of a line once, and counts the lines.
func joinConflicts(within, met []Note) (all []Note, lines int) {
	all = slices.Concat(within, met)
	slices.SortStableFunc(all, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	all = slices.CompactFunc(all, func(a, b Note) bool { return a.Line == b.Line && a.Column == b.Column })
	for n := range all {
		if n == 0 || all[n].Line != all[n-1].Line {
			lines++
		}
	}
	return all, lines
}
