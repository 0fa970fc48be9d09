package dashboard

import (
	"net/http"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// showUndo says what taking an import back would do.
func (d *Dashboard) showUndo(v *visit) error { return v.undoPage(http.StatusOK, nil) }

// undoImport takes an import back, after a look at what that does.
func (d *Dashboard) undoImport(v *visit) error {
	v.path = "/base/imports/" + v.Param("import")
	v.patience(uploadTime)
	_, err := d.desk.UndoImport(v.ctx(), v.actor(), campaign.ImportID(number(v.Param("import"))), false)
	if fault.Is(err, fault.Conflict) {
		return v.undoPage(http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return v.done("/base", "import_undone")
}

func (v *visit) undoPage(status int, wrong error) error {
	id := number(v.Param("import"))
	r, err := v.d.desk.UndoImport(v.ctx(), v.actor(), campaign.ImportID(id), true)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	p := board.Undo{Frame: v.frame(v.P.T("home.undo.title")), Back: board.Link{Label: v.P.T("board.base.title"), Href: v.d.href("/base")}, Name: r.Source}
	if wrong == nil {
		wrong = err
	}
	if p.Problem = v.sentence(wrong); wrong == nil {
		p.Action = v.d.href("/base/imports/" + strconv.FormatInt(id, 10) + "/undo")
		for _, f := range []struct {
			key string
			n   int
		}{{"removed", r.Removed}, {"restored", r.Restored}, {"kept", len(r.Kept)}} {
			p.Figures = append(p.Figures, board.Figure{Label: v.P.T("home.undo." + f.key), N: v.P.Number(f.n)})
		}
	}
	body, err := board.UndoHTML(p)
	return v.show(status, body, err)
}

// undoLink leads to taking an import back.
func (v *visit) undoLink(i campaign.Import) *board.Link {
	id := strconv.FormatInt(int64(i.ID), 10)
	return &board.Link{Label: v.P.T("home.undo.short"), Href: v.d.href("/base/imports/" + id)}
}
