package archtest

import (
	"go/ast"
	"regexp"
	"testing"
)

// An expression that is compiled when it is first used would be found wrong by whoever uses it.
func TestEveryExpressionIsOne(t *testing.T) {
	t.Parallel()
	found := 0
	for _, dir := range folders(t, root) {
		w := readWords(t, dir)
		for _, c := range w.calls["Of"] {
			f, ok := c.Fun.(*ast.SelectorExpr)
			if !ok || typeName(f.X) != "expression" {
				continue
			}
			for _, text := range w.texts(nil, c.Args[0], 0) {
				if text == unknown {
					continue // of a list, which a test of its own goes through
				}
				found++
				if _, err := regexp.Compile(text); err != nil {
					t.Errorf("%s: %v", w.fset.Position(c.Pos()), err)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d expressions were found", found)
	}
}
