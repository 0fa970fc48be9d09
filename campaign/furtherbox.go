package campaign

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
)

// A base may have further columns of mailboxes: E-mail 2, Work email. Nobody is known by them or written to there, but a no is its person's
// at each of them: another file may have that mailbox alone.

// furtherWords are what stands before or behind the name of a column of mailboxes to say that it is another one, as plain reduces it.
var furtherWords = strings.Fields("value secondary second secondaire autre other alternate alternative additional personal personnel personnelle perso private prive privee " +
	"professional professionnel professionnelle pro work zweite weitere private dienstliche otro otra segundo secundario altra altro secondaria secondario tweede andere outro outra secundaria")

// isBox reports that a heading, as plain reduces it, is that of a column of mailboxes, be it a further one.
func isBox(p string) bool {
	byName, byHeading := fieldNames()
	known := func(p string) bool { return byName[p] == "email" || byHeading[p] == "email" }
	if known(p) {
		return true
	}
	if at := strings.IndexAny(p, "123456789"); at >= 0 {
		p = p[:at] + p[at+1:]
	}
	return known(p) || slices.ContainsFunc(furtherWords, func(w string) bool {
		return known(strings.TrimPrefix(p, w)) || known(strings.TrimSuffix(p, w))
	})
}

// findBoxes finds them among the columns that are no field.
func (c *columns) findBoxes() {
	for _, i := range c.rest {
		if isBox(plain(c.header[i])) {
			c.boxes = append(c.boxes, i)
		}
	}
}

// beside are the keys of the further mailboxes of whoever says no in the row that was read last.
func (r *rowReader) beside(c *Contact, k Keyer) (keys []PersonKey) {
	if len(r.columns.boxes) == 0 || !c.Facts.saidNo() {
		return nil
	}
	for _, i := range r.columns.boxes {
		if box, err := address.Parse(r.at(i)); err == nil {
			keys = append(keys, k.Mailbox(Address(box.String()))...)
		}
	}
	return keys
}

// silenceRows gathers the noes of rejected rows, and those at further mailboxes, but for whom the never-write list knows: whoever said yes
// since is not silenced again by the same old row.
func (im *importing) silenceRows() error {
	for _, keys := range im.in.Suppress {
		im.suppress = append(im.suppress, keys...)
	}
	for some := range slices.Chunk(im.in.Beside, importChunk) {
		known, err := im.tx.SuppressedKeys(slices.Concat(some...))
		if err != nil {
			return err
		}
		for _, keys := range some {
			im.suppress = append(im.suppress, unsaid(keys, known)...)
		}
	}
	return nil
}
