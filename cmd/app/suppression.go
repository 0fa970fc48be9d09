package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/tabular"
)

// SuppressionLine is one line of the never-write list.
type SuppressionLine struct {
	Key    string `json:"key"`
	Lifts  bool   `json:"lifts"`
	Reason string `json:"reason"`
	Source string `json:"source"`
	At     string `json:"at"`
	Proof  int64  `json:"proof"`
}

// SuppressionList is a page of the never-write list.
type SuppressionList struct {
	Suppressions []SuppressionLine `json:"suppressions"`
	Next         string            `json:"next"`
	Lists        []ListLine        `json:"lists"` // on the first page
}

// ListLine is one version of a list of another system or of a register.
type ListLine struct {
	Name      string `json:"name"`
	External  bool   `json:"external"`
	Dated     string `json:"dated"`
	Source    string `json:"source"`
	SHA256    string `json:"sha256"`
	Rows      int    `json:"rows"`
	Addresses int    `json:"addresses"`
	Hashes    int    `json:"hashes"`
	Rejected  int    `json:"rejected"`
	At        string `json:"at"`
	Proof     int64  `json:"proof"`
}

func listLines(ls []campaign.List) []ListLine {
	out := make([]ListLine, len(ls))
	for n, l := range ls {
		out[n] = ListLine{Name: l.Name, External: l.External, Dated: l.Dated.String(), Source: l.Source, SHA256: l.SHA256, Rows: l.Rows, Addresses: l.Addresses,
			Hashes: l.Hashes, Rejected: l.Rejected, At: stamp(l.At), Proof: int64(l.Entry)}
	}
	return out
}

func suppressionLine(s campaign.Suppression) SuppressionLine {
	return SuppressionLine{Key: s.Key.String(), Lifts: s.Lifts, Reason: string(s.Reason), Source: s.Source, At: stamp(s.At), Proof: int64(s.Entry)}
}

// SuppressionCheck says how one address stands.
type SuppressionCheck struct {
	Suppressed bool             `json:"suppressed"`
	Line       *SuppressionLine `json:"line"`  // the one that stands, null when none does
	Lists      []ListLine       `json:"lists"` // the lists that name it by a hash, and the external ones
}

// CheckSuppression says whether an address is on the never-write list, and which lists name it.
func (a *App) CheckSuppression(ctx context.Context, address string) (c SuppressionCheck, err error) {
	box := campaign.Address(strings.TrimSpace(address))
	s, err := a.Desk.Suppressed(ctx, box)
	if err != nil {
		return c, err
	}
	if s != nil {
		line := suppressionLine(*s)
		c.Suppressed, c.Line = true, &line
	}
	named, err := a.Desk.ListsNaming(ctx, box)
	c.Lists = listLines(named)
	return c, err
}

// ExportedSuppression is a line that stands, with the address where the base has it.
type ExportedSuppression struct {
	SuppressionLine
	Email string `json:"email"`
}

// ExportSuppressions writes what stands on the never-write list as CSV, or as JSON.
func (a *App) ExportSuppressions(ctx context.Context, w io.Writer, asJSON bool) error {
	e := campaign.Export{What: campaign.ExportSuppressions, Format: textFormat(asJSON)}
	return a.takeOut(ctx, w, Operator(), e, func(w io.Writer, e *campaign.Export) (err error) {
		e.Count, err = a.writeSuppressions(ctx, w, asJSON)
		return err
	})
}

func (a *App) writeSuppressions(ctx context.Context, w io.Writer, asJSON bool) (n int, err error) {
	if asJSON {
		all := []ExportedSuppression{}
		err := a.store.View(ctx, func(r campaign.Reader) error {
			return a.eachSuppression(r, func(s campaign.Suppression, email string) error {
				all = append(all, ExportedSuppression{suppressionLine(s), email})
				return nil
			})
		})
		return len(all), errors.Join(err, writeJSON(w, map[string]any{"suppressions": all}))
	}
	out := tabular.NewWriter(w, ',')
	out.Guard = true
	if err := out.Write("key", "email", "reason", "source", "at", "proof"); err != nil {
		return 0, err
	}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		return a.eachSuppression(r, func(s campaign.Suppression, email string) error {
			n++
			l := suppressionLine(s)
			return out.Write(l.Key, email, l.Reason, l.Source, l.At, strconv.FormatInt(l.Proof, 10))
		})
	})
	return n, errors.Join(err, out.Flush())
}

// eachSuppression goes through the lines that stand.
func (a *App) eachSuppression(r campaign.Reader, do func(campaign.Suppression, string) error) error {
	for after := (campaign.SuppressionPlace{Entry: campaign.NoEntry}); ; {
		page, err := r.SuppressionPage(after, 1000)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Place()
		if err := a.standing(r, page, do); err != nil {
			return err
		}
	}
}

// standing gives those of some lines that stand, each with the mailbox of whoever has it now; of a key that somebody only had once,
// with that of the oldest who did.
func (a *App) standing(r campaign.Reader, lines []campaign.Suppression, do func(campaign.Suppression, string) error) error {
	keys := make([]campaign.PersonKey, len(lines))
	for n := range lines {
		keys[n] = lines[n].Key
	}
	last, err := r.SuppressedKeys(keys)
	if err != nil {
		return err
	}
	holders, err := r.KeyHolders(keys)
	if err != nil {
		return err
	}
	var ids []campaign.ContactID
	for _, some := range holders {
		ids = append(ids, some...)
	}
	contacts, err := r.ContactsOf(ids)
	if err != nil {
		return err
	}
	mailbox := func(k campaign.PersonKey) (email string) {
		for _, id := range slices.Backward(holders[k]) {
			email = string(contacts[id].Email)
			if slices.Contains(a.keyer.Mailbox(contacts[id].Email), k) {
				break
			}
		}
		return email
	}
	for _, s := range lines {
		if now := last[s.Key]; now.Lifts || now.Place() != s.Place() {
			continue
		}
		if err := do(s, mailbox(s.Key)); err != nil {
			return err
		}
	}
	return nil
}

// Suppressions lists the never-write list line by line, in the order in which the lines were added.
func (a *App) Suppressions(ctx context.Context, p Page) (SuppressionList, error) {
	l := SuppressionList{Suppressions: []SuppressionLine{}, Lists: []ListLine{}}
	after, err := p.afterLine()
	if err != nil {
		return l, err
	}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		if p.Cursor == "" {
			lists, err := r.Lists()
			if err != nil {
				return err
			}
			l.Lists = listLines(lists)
		}
		ss, err := r.SuppressionPage(after, p.limit()+1) // the one too many says that there are more
		if len(ss) > p.limit() {
			ss = ss[:p.limit()]
			l.Next = lineCursor(ss[len(ss)-1].Place())
		}
		for _, s := range ss {
			l.Suppressions = append(l.Suppressions, suppressionLine(s))
		}
		return err
	})
	return l, err
}

// lineCursor names a line of the never-write list.
func lineCursor(at campaign.SuppressionPlace) string { return fmt.Sprintf("%d.%d", at.Entry, at.Line) }

// afterLine is the line of the never-write list behind which the page begins.
func (p Page) afterLine() (campaign.SuppressionPlace, error) {
	if p.Cursor == "" {
		return campaign.SuppressionPlace{Entry: campaign.NoEntry}, nil
	}
	entry, line, _ := strings.Cut(p.Cursor, ".")
	e, errEntry := strconv.ParseInt(entry, 10, 64)
	n, errLine := strconv.ParseInt(line, 10, 64)
	if errEntry != nil || errLine != nil || e < 0 || n < 0 {
		return campaign.SuppressionPlace{}, p.noCursor()
	}
	return campaign.SuppressionPlace{Entry: campaign.EntryNo(e), Line: n}, nil
}
