package app

import (
	"context"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// ImportLine is one import in a list.
type ImportLine struct {
	ID         int64  `json:"id"`
	Source     string `json:"source"`
	SHA256     string `json:"sha256"`
	At         string `json:"at"`
	Rows       int    `json:"rows"`
	Created    int    `json:"created"`
	Updated    int    `json:"updated"`
	Unchanged  int    `json:"unchanged"`
	Duplicates int    `json:"duplicates"`
	Conflicts  int    `json:"conflicts"`
	Rejected   int    `json:"rejected"`
	Undone     string `json:"undone"` // when it was taken back, "" when it stands
}

// ImportList is a page of imports.
type ImportList struct {
	Imports []ImportLine `json:"imports"`
	Next    string       `json:"next"`
}

// Imports lists what was imported, oldest first.
func (a *App) Imports(ctx context.Context, p Page) (l ImportList, err error) {
	l.Imports = []ImportLine{}
	var all []campaign.Import
	err = a.store.View(ctx, func(r campaign.Reader) error {
		all, err = r.Imports()
		return err
	})
	if err != nil {
		return l, err
	}
	part, next, err := page(p, all, func(i campaign.Import) int64 { return int64(i.ID) })
	l.Next = next
	for _, i := range part {
		l.Imports = append(l.Imports, ImportLine{ID: int64(i.ID), Source: i.Source, SHA256: i.SHA256, At: stamp(i.At), Rows: i.Rows, Created: i.Created, Updated: i.Updated,
			Unchanged: i.Unchanged, Duplicates: i.Duplicates, Conflicts: i.Conflicts, Rejected: i.Rejected, Undone: stamp(i.Undone)})
	}
	return l, err
}

// UndoImport takes an import back, or says what that would do.
func (a *App) UndoImport(ctx context.Context, number string, dry bool) (campaign.UndoResult, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return campaign.UndoResult{}, fault.New(fault.Invalid, "undo.number", "{number} is no number of an import", "number", strconv.Quote(number)).Hint("reoptin contacts imports")
	}
	return a.Desk.UndoImport(ctx, Operator(), campaign.ImportID(id), dry)
}
