package forms

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
)

// An answer that may be a machine's is asked for once more, yes and no alike, before it is recorded. What makes one
// suspicious is kept in memory for minutes and never stored: that the link was tried with HEAD, or that the link
// which people do not see was followed. The answer itself says the rest: a browser that leaves out what it always
// sends, or a program that names itself as one that looks at mail.
const (
	tripLife = 10 * time.Minute
	trips    = 10_000 // remembered at most; then all is forgotten, which only errs on the lenient side
	trapLink = "seen" // the query of the link that people do not see
)

// tripped remembers the links with which something was done that people do not do.
type tripped struct {
	mu   sync.Mutex
	when map[campaign.LinkID]time.Time
}

func (t *tripped) note(id campaign.LinkID, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.when == nil || len(t.when) >= trips {
		t.when = map[campaign.LinkID]time.Time{}
	}
	t.when[id] = now
}

func (t *tripped) lately(id campaign.LinkID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, known := t.when[id]
	if known && now.Sub(at) > tripLife {
		delete(t.when, id)
		return false
	}
	return known
}

// watch notes a look at a page that no person has.
func (f *Forms) watch(c echo.Context, v *visit) {
	if c.Request().Method == http.MethodHead || c.QueryParam(trapLink) != "" {
		f.tripped.note(v.id, f.clock())
	}
}

// machines are parts of the names by which programs that look at mail, or at everything, call themselves.
var machines = [...]string{"barracuda", "mimecast", "proofpoint", "safelinks", "urldefense", "forcepoint", "fireeye", "trendmicro", "bot/", "crawler", "spider", "scanner"}

// suspicious reports whether an answer may be a machine's.
func (f *Forms) suspicious(c echo.Context, v *visit) bool {
	agent := c.Request().UserAgent()
	name := strings.ToLower(agent)
	for _, m := range machines {
		if strings.Contains(name, m) {
			return true
		}
	}
	return f.tripped.lately(v.id, f.clock()) || silent(c.Request(), agent, f.https)
}

// silent reports a browser that always says where an answer was posted from, and has not. Only over https do they
// say it.
func silent(r *http.Request, agent string, https bool) bool {
	fam := family(agent)
	return https && (fam == "chrome" || fam == "edge" || fam == "firefox") && modern(agent) && r.Header.Get("Sec-Fetch-Site") == ""
}

// modern reports whether a browser is of a version that sends Sec-Fetch-Site: Chrome and Edge from 76, Firefox from 90.
func modern(agent string) bool {
	for mark, least := range map[string]int{"Chrome/": 76, "Firefox/": 90} {
		if _, rest, found := strings.Cut(agent, mark); found {
			n := 0
			for _, d := range rest {
				if d < '0' || d > '9' || n > 1000 {
					break
				}
				n = 10*n + int(d-'0')
			}
			return n >= least
		}
	}
	return false
}
