package store

import (
	"context"
	"errors"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// place holds the number of the file against the one that the database knows. While nobody was asked, and nothing is about to
// ask, it may be any.
func (j *Journal) place(is, known string, asked bool) error {
	if known == is || is == "" {
		return nil
	}
	if j.moved = asked && known != "" && !sameFile(known, is); j.moved {
		return nil
	}
	return j.TakeOver()
}

// sameFile compares what fileNumber says. Older versions knew the number alone, and so does a file system that keeps no more.
func sameFile(known, is string) bool {
	number, made, _ := strings.Cut(known, "/")
	isNumber, isMade, _ := strings.Cut(is, "/")
	return number == isNumber && (made == isMade || made == "" || isMade == "")
}

// Moved reports whether the journal is another file than the database knows although somebody was, or is to be, asked:
// one of the two was copied, moved or restored, and there may be a second installation.
func (j *Journal) Moved() bool { return j.moved }

// TakeOver lets the database know this file.
func (j *Journal) TakeOver() error {
	number, err := fileNumber(j.file)
	if err != nil {
		return err
	}
	j.moved = false
	return j.db.noteJournalFile(number)
}

// journalFile is the number of the journal's file as the database knows it, "" when it knows none, and whether a campaign is armed.
func (d *DB) journalFile() (number string, armed bool, err error) {
	err = d.view(context.Background(), func(t *tx) error {
		if number, err = t.meta("journal_file"); err != nil {
			return err
		}
		var running int
		err := t.row([]any{&running}, "SELECT count(*) FROM campaign WHERE status IN ('running', 'paused')")
		armed = running > 0
		return err
	})
	return number, armed, err
}

func (d *DB) noteJournalFile(number string) error {
	if d.options.ReadOnly {
		return nil
	}
	return d.update(context.Background(), func(t *tx) error {
		return t.setMeta("journal_file", number)
	})
}

// withdraw takes back what a write left that found no room on the disk, in the quota or in the size that a file may have. The
// disk was not asked yet to keep it, and nobody else reads before the lock is given back: the journal is what it was, and the
// next Append tries anew. Of any other failure nothing is known.
func (j *Journal) withdraw(err error) error {
	if !fault.NoRoom(err) {
		return err
	}
	if cut := j.file.Truncate(j.tail.offset()); cut != nil {
		return errors.Join(err, cut)
	}
	return journalFault("journal.full", "there is no room for the send journal {path}", j.path, err).
		Hint("make room on the disk, then try again")
}
