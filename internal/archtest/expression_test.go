package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An expression that is compiled when it is first used would be found wrong by whoever uses it.
func TestEveryExpressionIsOne(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && slices.Contains(skipped, d.Name()):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok || !isExpressionOf(c) {
				return true
			}
			text, ok := constant(c.Args[0])
			if !ok {
				return true // of a list, which a test of its own goes through
			}
			found++
			if _, err := regexp.Compile(text); err != nil {
				t.Errorf("%s: %v", set.Position(c.Pos()), err)
			}
			return true
		})
		return nil
	})
	if err != nil || found < 60 {
		t.Errorf("%d expressions were found: %v", found, err)
	}
}

func isExpressionOf(c *ast.CallExpr) bool {
	s, ok := c.Fun.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Of" && typeName(s.X) == "expression" && len(c.Args) == 1
}

// constant is the text of a literal, or of several put together.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		a, okA := constant(e.X)
		b, okB := constant(e.Y)
		return a + b, okA && okB && e.Op == token.ADD
	}
	return "", false
}
