package dashboard

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/web"
)

// route is one page or act: how it is reached, the right it takes, and what does it.
type route struct {
	method string
	path   string // under the dashboard's root; :name stands for one part
	right  account.Right
	handle func(*visit) error
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is the whole dashboard on one page. A line without a right is shown to nobody, and a test fails.
func (d *Dashboard) routes() []route { return slices.Concat(d.entrances(), d.rooms(), d.records()) }

// entrances are where people come in, and what they do about themselves.
func (d *Dashboard) entrances() []route {
	return []route{
		{get, "/login", account.Anyone, d.showLogin},
		{post, "/login", account.Anyone, d.login},
		{get, "/login/code", account.Anyone, d.showCode},
		{post, "/login/code", account.Anyone, d.second},
		{post, "/login/passkey/ask", account.Anyone, d.askKey},
		{post, "/login/passkey", account.Anyone, d.secondKey},
		{post, "/login/signon", account.Anyone, d.signOn},
		{get, "/login/back", account.Anyone, d.signedOn},
		{post, "/logout", account.Member, d.logout},
		{post, "/look", account.Anyone, d.setLook},

		{get, "/account", account.Member, d.showAccount},
		{post, "/account/password", account.Member, d.changePassword},
		{post, "/account/sessions", account.Member, d.endSessions},
		{post, "/account/factor", account.Member, d.setUpFactor},
		{post, "/account/factor/add", account.Member, d.addFactor},
		{post, "/account/factor/remove", account.Member, d.removeFactor},
		{post, "/account/passkey/ask", account.Member, d.askKey},
		{post, "/account/passkey", account.Member, d.addKey},
		{post, "/account/passkey/remove", account.Member, d.removeKey},
		{post, "/prove/passkey/ask", account.Member, d.askKey},
		{post, "/prove/passkey", account.Member, d.proveKey},
		{get, "/prove", account.Member, d.showProve},
		{post, "/prove", account.Member, d.prove},
	}
}

func (d *Dashboard) rooms() []route {
	return []route{
		{get, "/", account.See, d.home},

		{get, "/users", account.Users, d.showUsers},
		{post, "/users", account.Users, d.addUser},
		{post, "/users/:name/disable", account.Users, d.disableUser},

		{get, "/base", account.See, d.showBase},
		{post, "/base/audit", account.Import, d.audit},
		{get, "/base/contacts", account.See, d.showContacts},
		{post, "/base/contacts/find", account.See, d.findContact},
		{get, "/base/contacts/:contact", account.See, d.showContact},
		{post, "/base/import", account.Import, d.bring},
		{get, "/base/import/:upload", account.Import, d.showImport},
		{post, "/base/import/:upload/read", account.Import, d.reread},
		{post, "/base/import/:upload/run", account.Import, d.takeOver},
		{post, "/base/import/:upload/forget", account.Import, d.forgetImport},
		{get, "/base/import/:upload/rejects", account.Import, d.showRejects},
		{get, "/base/imports/:import", account.Import, d.showUndo},
		{post, "/base/imports/:import/undo", account.Import, d.undoImport},

		{get, "/organisation", account.See, d.showOrganisation},
		{post, "/organisation", account.Settings, d.applyOrganisation},
		{post, "/organisation/policy", account.Sign, d.applyOrganisation},

		{get, "/relays", account.Test, d.showRelays},
		{post, "/relays/check", account.Settings, d.checkRelays},

		{get, "/suppressions", account.See, d.showSuppressions},
		{post, "/suppressions", account.Suppress, d.suppress},
		{post, "/suppressions/check", account.See, d.checkSuppression},

		{get, "/campaigns", account.See, d.showCampaigns},
		{post, "/campaigns", account.Edit, d.newCampaign},
		{get, "/campaigns/:campaign", account.See, d.showCampaign},
		{get, "/campaigns/:campaign/edit", account.Edit, d.showEdit},
		{post, "/campaigns/:campaign/edit", account.Edit, d.saveCampaign},
		{post, "/campaigns/:campaign/preview", account.Edit, d.previewDraft},
		{get, "/campaigns/:campaign/text", account.Edit, d.showText},
		{post, "/campaigns/:campaign/text", account.Edit, d.saveText},
		{post, "/campaigns/:campaign/delete", account.Edit, d.deleteDraft},
		{get, "/campaigns/:campaign/audience", account.See, d.showAudience},
		{get, "/campaigns/:campaign/check", account.Test, d.showCheck},
		{get, "/campaigns/:campaign/frame/:sheet", account.Test, d.showFrame},
		{post, "/campaigns/:campaign/test", account.Test, d.sendTest},
		{get, "/campaigns/:campaign/approve", account.Approve, d.showApprove},
		{post, "/campaigns/:campaign/approve", account.Approve, d.approve},
		{get, "/campaigns/:campaign/start", account.Start, d.showStart},
		{post, "/campaigns/:campaign/start", account.Start, d.start},
		{get, "/campaigns/:campaign/events", account.See, d.events},
		{post, "/campaigns/:campaign/pause", account.Start, d.pause},
		{post, "/campaigns/:campaign/resume", account.Start, d.resume},
		{post, "/campaigns/:campaign/close", account.Start, d.closeCampaign},
		{post, "/campaigns/:campaign/settle", account.Settle, d.settle},
		{get, "/campaigns/:campaign/letters", account.See, d.showLetters},
		{post, "/campaigns/:campaign/letters", account.Start, d.printLetters},
		{post, "/campaigns/:campaign/letters/again", account.Start, d.printAgain},
		{post, "/campaigns/:campaign/letters/mark", account.Start, d.markLetters},
		{post, "/campaigns/:campaign/letters/return", account.Suppress, d.returnLetters},
		{get, "/campaigns/:campaign/results", account.See, d.showResults},
		{get, "/campaigns/:campaign/consents", account.Import, d.exportConsents},
	}
}

// records are what people answered and what proves it, and what they ask for by right.
func (d *Dashboard) records() []route {
	return []route{
		{get, "/responses", account.See, d.showResponses},
		{post, "/responses/find", account.See, d.findResponses},
		{get, "/responses/:response", account.See, d.showResponse},
		{get, "/responses/:response/page", account.See, d.showAnsweredPage},
		{post, "/responses/:response/verify", account.Proofs, d.verifyResponse},
		{post, "/responses/:response/proof", account.Proofs, d.exportProof},
		{get, "/proof", account.Proofs, d.showProof},
		{post, "/proof/verify", account.Proofs, d.verifyLedger},
		{post, "/proof/dossier", account.Proofs, d.exportDossier},

		{get, "/rights", account.Erase, d.showRights},
		{post, "/rights/find", account.Erase, d.findSubject},
		{post, "/rights/erase", account.Erase, d.eraseStranger},
		{post, "/rights/retention", account.Erase, d.previewRetention},
		{post, "/rights/retention/apply", account.Erase, d.applyRetention},
		{get, "/rights/:case", account.Erase, d.showCase},
		{post, "/rights/:case/close", account.Erase, d.closeCase},
		{post, "/rights/:case/extend", account.Erase, d.extendCase},
		{get, "/rights/people/:contact", account.Erase, d.showSubject},
		{post, "/rights/people/:contact/case", account.Erase, d.openCase},
		{post, "/rights/people/:contact/access", account.Erase, d.giveAccess},
		{get, "/rights/people/:contact/rectify", account.Erase, d.showRectify},
		{post, "/rights/people/:contact/rectify", account.Erase, d.rectify},
		{get, "/rights/people/:contact/erase", account.Erase, d.showErase},
		{post, "/rights/people/:contact/erase", account.Erase, d.erase},
	}
}

// binds reports whether a route does what cannot be taken back, gives people's data away or says who may do such
// things: whoever does it has proved a short while ago who they are, so that a screen left alone is no danger. To
// stop is always allowed at once.
func (r route) binds() bool {
	switch r.path {
	case "/campaigns/:campaign/pause", "/rights/find", "/rights/retention":
		return false
	case "/rights/people/:contact/rectify", "/rights/people/:contact/erase": // before anything is typed there
		return true
	case "/campaigns/:campaign/consents", "/responses/:response/proof", "/proof/dossier", "/base/imports/:import/undo":
		return true
	case "/account/factor", "/account/factor/add", "/account/factor/remove", "/account/passkey/ask", "/account/passkey", "/account/passkey/remove":
		return true // to add one too, not its page alone: the session that begins with it counts as proved
	}
	return r.method == post && slices.Contains([]account.Right{account.Start, account.Settle, account.Sign, account.Erase, account.Users}, r.right)
}

// textBytes is the largest body of a form that holds the texts of a campaign.
const textBytes = 256 << 10

// bytes is the largest body that a route takes. The one that takes a base file bounds it itself, so that
// it can say what is wrong.
func (r route) bytes() int64 {
	switch {
	case r.path == "/base/import":
		return math.MaxInt64
	case r.path == "/base/import/:upload/read":
		return mappingBytes
	case r.path == "/campaigns/:campaign/letters/return":
		return textBytes
	case r.path == "/organisation", r.path == "/organisation/policy":
		return fileBytes
	case r.keeps(), r.path == "/login", r.path == "/login/code", strings.HasPrefix(r.path, "/login/passkey"), strings.HasPrefix(r.path, "/prove"): // which may carry such a form
		return textBytes
	}
	return web.FormBytes
}

// section is a page that the bar leads to, for those who have the right for it.
type section struct {
	path  string
	key   string // of its label
	setup bool   // it stands among those that are seldom needed
}

// sections are the pages of the bar, in its order. What a person may not open is not shown: the right
// is the route's.
func sections() []section {
	return []section{
		{path: "/", key: "board.nav.home"},
		{path: "/base", key: "board.nav.base"},
		{path: "/campaigns", key: "board.nav.campaigns"},
		{path: "/responses", key: "board.nav.responses"},
		{path: "/proof", key: "board.nav.proof"},
		{path: "/rights", key: "board.nav.rights"},
		{path: "/suppressions", key: "board.nav.suppressions"},
		{path: "/organisation", key: "board.nav.organisation", setup: true},
		{path: "/relays", key: "board.nav.relays", setup: true},
		{path: "/users", key: "board.nav.users", setup: true},
	}
}

// right is the one that a page takes; none for a page that is not there.
func (d *Dashboard) right(path string) account.Right {
	for _, r := range d.table {
		if r.method == get && r.path == path {
			return r.right
		}
	}
	return 0
}

// part is one part of a path as our own links write it: nothing that a browser could take for another
// host, a folder above or an escape.
var part = expression.Of(`^[A-Za-z0-9](?:[A-Za-z0-9._@-]*[A-Za-z0-9])?$`)

// own gives a path to go on to, if it is that of one of our pages; else the first page's.
func (d *Dashboard) own(path string) string {
	for _, r := range d.table {
		if r.method == get && !slices.Contains([]string{"/login", "/login/code", "/login/back", "/prove"}, r.path) && fits(r.path, path) {
			return path
		}
	}
	return "/"
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if w != got[i] && !(strings.HasPrefix(w, ":") && part.MatchString(got[i])) {
			return false
		}
	}
	return true
}
