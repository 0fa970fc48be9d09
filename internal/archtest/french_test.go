package archtest

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/i18n"
)

// elsewhere is code whose faults no page of the dashboard shows: they end at a command line, at the start
// of the program, or on the pages that recipients see.
var elsewhere = strings.Fields(`
	api cmd/app/machine.go cmd/app/token.go internal/account/token.go cmd/reoptin cmd/crash cmd/e2e cmd/mailhouse internal/config internal/keyring internal/link internal/archtest mailer/intake mailer/smtptest
	store/storetest web cmd/app/act.go cmd/app/auditreport.go cmd/app/backup.go cmd/app/bounce.go cmd/app/signer.go cmd/app/demo.go cmd/app/demopage.go
	cmd/app/exportpreset.go cmd/app/file.go cmd/app/import.go cmd/app/init.go cmd/app/list.go cmd/app/undo.go cmd/app/page.go cmd/app/prove.go cmd/app/query.go
	cmd/app/reconcile.go cmd/app/serve.go cmd/app/user.go cmd/app/unknown.go campaign/answering.go campaign/balance.go campaign/bounce.go campaign/respond.go forms/answer.go
	forms/attempt.go forms/forms.go forms/lettercode.go forms/visit.go mailer/relay.go mailer/relays.go mailer/sign.go internal/schedule/scheduler.go
	internal/schedule/spec.go store/backup.go store/balance.go store/open.go store/schema.go cmd/app/byhand.go cmd/app/consentrecord.go cmd/app/subject.go campaign/byhand.go store/scrub.go cmd/app/givehead.go cmd/app/ledgerkey.go mailer/headmail.go`)

// command is a hint that is nothing but a command line, the same in every language.
var command = regexp.MustCompile(`^(reoptin [a-z]+( [a-z]+)?( --role)?( (FILE|NAME|[a-z]+|§|> [a-z.]+))*( --role [a-z§]+)?|--[a-z-]+ [A-Z]+)$`)

// told are the functions whose arguments are read by people, with which argument it is: reasons of verdicts,
// pauses, what is wrong with a row, what the ledger's verification finds.
var told = map[string]map[string]int{
	"campaign": {"out": 0, "review": 0, "soft": 0, "letter": 0, "refresh": 0, "ineligible": 1, "excluded": 1, "ifPost": 1, "lose": 1, "consumer": 0,
		"note": -1, "pause": 0, "conflict": 1, "fault": 1, "step": 3, "suppose": 0},
	"ledger": {"fault": 1},
}

// fields are the fields that hold such a text, by the type of the literal.
var fields = map[string]string{"Finding": "Message", "FunnelStep": "Reason", "Waiting": "Reason", "RowError": "Reason", "Fault": "What", "Reject": "Reason"}

// saying is one text, and where it stands.
type saying struct{ where, text string }

// sayings are what one package lets people read, faults aside.
func (w *words) sayings(pkg string) (out []saying) {
	w.each(func(in *ast.FuncDecl, n ast.Node) {
		add := func(e ast.Expr) {
			for _, text := range w.texts(in, e, 0) {
				out = append(out, saying{w.fset.Position(n.Pos()).String(), text})
			}
		}
		switch n := n.(type) {
		case *ast.CallExpr:
			at, ok := told[pkg][called(n)]
			_, plain := n.Fun.(*ast.Ident)
			switch {
			case !ok || plain && called(n) == "fault" || // a closure that puts something before the text
				at >= len(n.Args):
			case at < 0:
				add(n.Args[len(n.Args)-1])
			case len(n.Args) > at+1 && strings.Contains(strings.Join(w.texts(in, n.Args[at], 0), ""), "%"):
				for _, text := range w.format(in, n, at, 0) {
					out = append(out, saying{w.fset.Position(n.Pos()).String(), text})
				}
			default:
				add(n.Args[at])
			}
		case *ast.CompositeLit:
			name := typeName(n.Type)
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && fields[name] != "" && typeName(kv.Key) == fields[name] {
					add(kv.Value)
				}
			}
			if name == "ruling" && len(n.Elts) == 2 {
				add(n.Elts[1])
			}
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "Message" && len(n.Lhs) == len(n.Rhs) {
					add(n.Rhs[i])
				}
			}
		}
	})
	return out
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// TestEverythingThatPeopleAreToldIsFrench: findings, reasons, what is wrong with rows and ledger have their
// French sentence, found by the English one.
func TestEverythingThatPeopleAreToldIsFrench(t *testing.T) {
	t.Parallel()
	p := french(t)
	for pkg, least := range map[string]int{"campaign": 60, "campaign/lint": 100, "ledger": 40, "store": 20, "internal/tabular": 3} {
		known := 0
		for _, s := range readWords(t, filepath.Join("../..", pkg)).sayings(pkg) {
			if !says.MatchString(s.text) || strings.Contains(s.text, "  ") { // two spaces: nothing stands for a value that is always there
				continue
			}
			if !isFrench(p, s.text) {
				t.Errorf("%s: there is no French for %q", s.where, s.text)
			}
			known++
		}
		if known < least {
			t.Errorf("%s: only %d texts were found", pkg, known)
		}
	}
}

// says is a text with at least one word in it.
var says = regexp.MustCompile(`[a-z]{3}`)

// isFrench reports whether a text that holds the unknown is said in French as far as it is known.
func isFrench(p i18n.Printer, text string) bool {
	said, known := p.Said(text)
	return said != text && (known || strings.Contains(said, unknown))
}

func french(t *testing.T) i18n.Printer {
	t.Helper()
	c, err := i18n.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return c.House().For("fr")
}

var hole = regexp.MustCompile(`\{[a-z_]+\}`)

// TestEveryFaultOnAPageIsFrench: a fault has a French sentence under its key, whose placeholders are
// arguments of the fault, or one found by the English sentence. So has its hint, unless it is a command.
func TestEveryFaultOnAPageIsFrench(t *testing.T) {
	t.Parallel()
	p, found := french(t), 0
	for _, dir := range folders(t, "../..") {
		pkg := filepath.ToSlash(strings.TrimPrefix(dir, "../../"))
		if slices.ContainsFunc(elsewhere, func(e string) bool { return under(pkg, e) }) {
			continue
		}
		w := readWords(t, dir)
		w.each(func(in *ast.FuncDecl, n ast.Node) {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			at := w.fset.Position(n.Pos())
			if slices.Contains(elsewhere, strings.TrimPrefix(filepath.ToSlash(at.Filename), "../../")) {
				return
			}
			if f, ok := c.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "New" && typeName(f.X) == "fault" && typeName(c.Args[0]) != "Internal" {
				found++
				for _, wrong := range w.faultInEnglish(p, in, c) {
					t.Errorf("%s: %s", at, wrong)
				}
			}
			if called(c) == "Hint" && len(c.Args) == 1 {
				for _, hint := range w.texts(in, c.Args[0], 0) {
					if hint != unknown && !command.MatchString(hint) && !isFrench(p, hint) {
						t.Errorf("%s: there is no French for the hint %q", at, hint)
					}
				}
			}
		})
	}
	if found < 120 {
		t.Errorf("only %d faults were found", found)
	}
}

// faultInEnglish says what of a fault no French page could say.
func (w *words) faultInEnglish(p i18n.Printer, in *ast.FuncDecl, c *ast.CallExpr) (wrong []string) {
	var args []string
	open := false // arguments that are handed on cannot be seen
	for i, a := range c.Args[3:] {
		if _, literal := a.(*ast.BasicLit); i%2 == 0 && literal {
			args = append(args, "{"+w.texts(in, a, 0)[0]+"}")
		} else if i%2 == 0 {
			open = true
		}
	}
	for _, key := range w.texts(in, c.Args[1], 0) {
		if text := p.Or(key, ""); key != unknown && text != "" {
			for _, h := range hole.FindAllString(text, -1) {
				if !open && !slices.Contains(args, h) {
					wrong = append(wrong, "the French of "+key+" has "+h+", which the fault has not")
				}
			}
			continue
		}
		for _, text := range w.texts(in, c.Args[2], 0) {
			if text = hole.ReplaceAllString(text, unknown); !isFrench(p, text) {
				wrong = append(wrong, "there is no French for "+key+": "+text)
			}
		}
	}
	return wrong
}
