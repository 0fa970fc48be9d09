package forms

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/web"
)

// trial shows the form behind the link of a test message, drawn from the campaign as it stands, with a
// notice that says so. There is nobody whose answer it could be: a POST reads nothing, calls no act and
// is answered with the same page. A one-click from a mail program ends here too.
func (f *Forms) trial(notice string) echo.HandlerFunc {
	return func(c echo.Context) error {
		token, err := f.links.Parse(link.Test, c.Param("token"), f.clock())
		forged := err != nil
		view, err := f.desk.ShowTest(c.Request().Context(), campaign.LinkID(token.ID))
		switch {
		case forged, fault.Is(err, fault.NotFound), err == nil && view.Frozen == nil:
			return f.unknown(c)
		case err != nil:
			return fault.Wrap("forms.trial", err)
		}
		v := &visit{
			path:     c.Request().URL.Path,
			view:     campaign.FormView{Frozen: view.Frozen, Language: view.Language, Email: "test@example.net", Open: true},
			open:     true,
			language: tongue(view.Frozen, c.QueryParam("lang"), view.Language),
		}
		body, err := f.drawTrial(v, notice)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Language", v.language)
		return web.HTML(c, http.StatusOK, body)
	}
}

func (f *Forms) drawTrial(v *visit, notice string) ([]byte, error) {
	docs, err := f.Documents(*v.view.Frozen)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if d.Name == documentName(pageForm, v.language) {
			k, err := take(d)
			if err != nil {
				return nil, err
			}
			return f.fill(k, v, pageForm, notice, "test", v.path)
		}
	}
	return nil, fault.New(fault.Internal, "forms.trial", "the form was not drawn in {language}", "language", v.language).At("forms.drawTrial")
}
