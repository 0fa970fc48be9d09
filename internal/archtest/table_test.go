package archtest

import "strings"

const module = "github.com/reoptin/reoptin"

// everything stands for every package of the module outside cmd.
const everything = "*"

// mayImport is the import table: package → packages of this module that its code may import. Test
// files are free. The packages of internal follow levels below instead.
var mayImport = map[string]string{
	"cmd/reoptin":      "cmd/app internal/config internal/fault ledger",
	"cmd/app":          everything,
	"cmd/crash":        "",
	"cmd/e2e":          "",
	"cmd/mailhouse":    "",
	"forms":            "campaign web templates/consent static internal/expression internal/paper internal/link internal/i18n internal/fault",
	"dashboard":        "campaign campaign/lint dashboard/signon web templates/board internal/account internal/expression internal/i18n internal/fault",
	"dashboard/signon": "internal/fault",
	"api":              "campaign ledger web mailer/bounce internal/account internal/expression internal/fault",
	"web":              "templates/page static internal/i18n internal/fault",
	"mailer":           "campaign templates/mail mailer/bounce internal/expression internal/link internal/i18n internal/failpoint internal/fault",
	"mailer/intake":    "campaign mailer/bounce internal/expression internal/link internal/fault",
	"mailer/bounce":    "internal/expression",
	"mailer/maillog":   "",
	"mailer/check":     "",
	"mailer/letter":    "campaign internal/expression internal/link internal/i18n internal/paper internal/fault",
	"mailer/smtptest":  "internal/fault",
	"mailer/zonetest":  "mailer/check",
	"metrics":          "campaign",
	"store":            "campaign ledger internal/account internal/failpoint internal/fault",
	"store/storetest":  "campaign ledger store internal/account internal/address internal/failpoint internal/fault",
	"templates/page":   "static internal/i18n",
	"templates/*":      "templates/page static internal/i18n",
	"campaign":         "campaign/lint internal/address internal/expression internal/failpoint internal/fault internal/spool",
	"campaign/lint":    "internal/expression",
	"ledger":           "",
	"static":           "",

	"cmd/reoptin-verify": "ledger",
}

// levels of the cellar: a package imports only those of a lower level.
var levels = map[string]int{
	"internal/expression": 0,
	"internal/failpoint":  0,
	"internal/fault":      0,
	"internal/spool":      0,
	"internal/address":    1,
	"internal/i18n":       1,
	"internal/keyring":    1,
	"internal/paper":      1,
	"internal/schedule":   1,
	"internal/tabular":    1,
	"internal/account":    2,
	"internal/config":     2,
	"internal/link":       2,
	"internal/archtest":   3,
}

// homes says where each third-party library lives: import path prefix → packages. Where several
// prefixes match, the longest counts.
var homes = map[string]string{
	"github.com/spf13":               "cmd/reoptin",
	"github.com/vbauerster/mpb":      "cmd/reoptin",
	"golang.org/x/term":              "cmd/reoptin",
	"github.com/labstack/echo":       "forms dashboard api web",
	"github.com/wneessen/go-mail":    "mailer",
	"github.com/emersion/go-msgauth": "mailer",
	"github.com/yuin/goldmark":       "mailer",
	"golang.org/x/time/rate":         "mailer web forms",
	"github.com/emersion/go-imap":    "mailer/intake",
	"github.com/emersion/go-sasl":    "mailer/intake",
	"github.com/emersion/go-smtp":    "mailer/intake mailer/smtptest",
	"codeberg.org/go-pdf/fpdf":       "internal/paper",
	"rsc.io/qr":                      "mailer/letter dashboard",
	"modernc.org/sqlite":             "store",
	"github.com/prometheus":          "metrics",
	"github.com/jackc/pgx":           "store",
	"github.com/pressly/goose":       "store",
	"golang.org/x/sys":               "store",
	"github.com/a-h/templ":           "templates/*",
	"golang.org/x/net/dns":           "mailer/check",
	"golang.org/x/net/html":          "campaign/lint",
	"github.com/coreos/go-oidc":      "dashboard/signon",
	"golang.org/x/oauth2":            "dashboard/signon",
	"golang.org/x/mod":               "ledger",
	"golang.org/x/net/idna":          "internal/address",
	"golang.org/x/net/publicsuffix":  "internal/address",
	"golang.org/x/text":              "internal/address internal/i18n internal/paper internal/tabular",
	"golang.org/x/text/unicode/norm": "internal/address internal/i18n internal/paper internal/tabular campaign/lint",
	"github.com/nicksnyder/go-i18n":  "internal/i18n",
	"github.com/go-playground":       "internal/i18n",
	"github.com/BurntSushi/toml":     "internal/config internal/i18n cmd/app",
	"github.com/robfig/cron":         "internal/schedule",
	"golang.org/x/crypto":            "internal/account internal/keyring",
}

// neverLinked are packages that must not be part of the program.
var neverLinked = []string{
	module + "/mailer/smtptest", module + "/mailer/zonetest", module + "/store/storetest", module + "/internal/archtest",
	"testing", "pgregory.net/rapid", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/chromedp",
}

// foreign are the standard packages that only adapters and doors may know: the desk, the ledger and
// the cellar know nothing of HTTP, SQL or SMTP.
var foreign = []string{"net/http", "net/smtp", "database/sql"}

func isDesk(pkg string) bool {
	return under(pkg, "campaign") || under(pkg, "ledger") || under(pkg, "internal")
}

// allowed reports whether a package may import another of the module; known is false for a package
// that the table does not have.
func allowed(pkg, target string) (ok, known bool) {
	if level, cellar := levels[pkg]; cellar {
		other, known := levels[target]
		return known && other < level, true
	}
	row, known := mayImport[pkg]
	if !known && under(pkg, "templates") {
		row, known = mayImport["templates/*"]
	}
	return listed(row, target), known
}

func listed(row, target string) bool {
	for entry := range strings.FieldsSeq(row) {
		switch {
		case entry == target:
			return true
		case entry == everything && !under(target, "cmd") && !isTestSupport(target):
			return true
		case strings.HasSuffix(entry, "/*") && under(target, strings.TrimSuffix(entry, "/*")):
			return true
		}
	}
	return false
}

func isTestSupport(pkg string) bool {
	return pkg == "mailer/smtptest" || pkg == "mailer/zonetest" || pkg == "store/storetest" || pkg == "internal/archtest"
}

// home finds where a third-party import lives; found is false for a library without a home.
func home(path string) (row string, found bool) {
	longest := ""
	for prefix := range homes {
		if under(path, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return homes[longest], longest != ""
}

// under reports whether path is dir or inside it.
func under(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}
