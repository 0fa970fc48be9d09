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

// unknown stands for what only running tells.
const unknown = "§"

// words reads what the code of one package says: the texts that an expression can have, as far as that
// can be seen without running it.
type words struct {
	fset  *token.FileSet
	files []*ast.File
	calls map[string][]*ast.CallExpr // by the name that is called
}

// readWords reads the code of a folder, without tests and generated files.
func readWords(t *testing.T, dir string) *words {
	t.Helper()
	w := &words{fset: token.NewFileSet(), calls: map[string][]*ast.CallExpr{}}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		f, err := parser.ParseFile(w.fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.files = append(w.files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				w.calls[called(c)] = append(w.calls[called(c)], c)
			}
			return true
		})
	}
	return w
}

// called is the last name of what is called.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// each visits every node with the function that it stands in.
func (w *words) each(do func(in *ast.FuncDecl, n ast.Node)) {
	for _, f := range w.files {
		for _, d := range f.Decls {
			in, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				if n != nil {
					do(in, n)
				}
				return true
			})
		}
	}
}

// texts are what an expression can say; what is not known is unknown.
func (w *words) texts(in *ast.FuncDecl, e ast.Expr, depth int) []string {
	if depth > 6 {
		return []string{unknown}
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{s}
		}
	case *ast.ParenExpr:
		return w.texts(in, e.X, depth)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return join(w.texts(in, e.X, depth+1), w.texts(in, e.Y, depth+1))
		}
	case *ast.Ident:
		return w.named(in, e.Name, depth+1)
	case *ast.SelectorExpr:
		return w.listed(in, e, depth+1)
	case *ast.CallExpr:
		return w.result(in, e, depth+1)
	}
	return []string{unknown}
}

func join(before, after []string) (out []string) {
	for _, b := range before {
		for _, a := range after {
			out = append(out, b+a)
		}
	}
	return out
}

var verb = regexp.MustCompile(`%[-+.0-9]*[a-z]`)

// result is what some calls give that are seen through.
func (w *words) result(in *ast.FuncDecl, c *ast.CallExpr, depth int) []string {
	switch called(c) {
	case "Sprintf", "Errorf":
		return w.format(in, c, 0, depth)
	case "fill": // the verdicts' own: a value that is not known takes its words with it
		var out []string
		for _, f := range w.texts(in, c.Args[0], depth) {
			short := strings.NewReplacer(" on %s", "", " (%s)", "").Replace(f)
			out = append(out, strings.ReplaceAll(f, "%s", unknown), strings.ReplaceAll(short, "%s", unknown))
		}
		return out
	case "Quote":
		return []string{`"` + unknown + `"`}
	case "TrimPrefix", "TrimSpace":
		return w.texts(in, c.Args[0], depth)
	}
	var out []string
	_, plain := c.Fun.(*ast.Ident)
	for _, f := range w.files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || plain != (fn.Recv == nil) || fn.Name.Name != called(c) || fn.Name.Name == "String" || fn.Body == nil || !givesText(fn) {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
					out = append(out, w.texts(fn, r.Results[0], depth+1)...)
				}
				return true
			})
		}
	}
	if len(out) == 0 {
		return []string{unknown}
	}
	return out
}

func givesText(fn *ast.FuncDecl) bool {
	if fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
		return false
	}
	id, ok := fn.Type.Results.List[0].Type.(*ast.Ident)
	return ok && id.Name == "string"
}

// format fills the verbs of a format with what their arguments can say.
func (w *words) format(in *ast.FuncDecl, c *ast.CallExpr, at, depth int) (out []string) {
	for _, f := range w.texts(in, c.Args[at], depth) {
		done, args := []string{""}, c.Args[at+1:]
		for {
			where := verb.FindStringIndex(f)
			if where == nil {
				break
			}
			value := []string{unknown}
			if len(args) > 0 {
				if f[where[1]-1] != 'd' {
					value = w.texts(in, args[0], depth+1)
				}
				args = args[1:]
			}
			if f[where[1]-1] == 'q' {
				value = join(join([]string{`"`}, value), []string{`"`})
			}
			done = join(join(done, []string{f[:where[0]]}), value)
			f = f[where[1]:]
		}
		out = append(out, join(done, []string{strings.ReplaceAll(f, "%%", "%")})...)
	}
	return out
}

// named are what a name can stand for: a constant, what is assigned to it in its function, the values of a
// list it runs over, or what its function is called with.
func (w *words) named(in *ast.FuncDecl, name string, depth int) (out []string) {
	add := func(e ast.Expr) { out = append(out, w.texts(in, e, depth)...) }
	see := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok && id.Name == name && len(n.Lhs) == len(n.Rhs) {
					add(n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if id.Name == name && i < len(n.Values) {
					add(n.Values[i])
				}
			}
		}
		return true
	}
	if in != nil {
		ast.Inspect(in, see)
		out = append(out, w.passed(in, name, depth)...)
	}
	if len(out) == 0 {
		for _, f := range w.files {
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
					ast.Inspect(g, see)
				}
			}
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return s == "" })
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return []string{unknown}
	}
	return out
}

// passed are what a function, or one that stands in it under a name, is given for a parameter.
func (w *words) passed(in *ast.FuncDecl, name string, depth int) (out []string) {
	give := func(fn string, t *ast.FuncType, inside bool) {
		at := position(t, name)
		for _, c := range w.calls[fn] {
			if at >= 0 && at < len(c.Args) && (!inside || in == w.around(c)) {
				out = append(out, w.texts(w.around(c), c.Args[at], depth+1)...)
			}
		}
	}
	give(in.Name.Name, in.Type, false)
	ast.Inspect(in, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && len(a.Rhs) == 1 {
			id, named := a.Lhs[0].(*ast.Ident)
			if lit, ok := a.Rhs[0].(*ast.FuncLit); ok && named {
				give(id.Name, lit.Type, true)
			}
		}
		return true
	})
	return out
}

func position(t *ast.FuncType, name string) int {
	n := 0
	for _, f := range t.Params.List {
		for _, id := range f.Names {
			if id.Name == name {
				return n
			}
			n++
		}
	}
	return -1
}

// around is the function that a node stands in.
func (w *words) around(n ast.Node) *ast.FuncDecl {
	for _, f := range w.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Pos() <= n.Pos() && n.End() <= fn.End() {
				return fn
			}
		}
	}
	return nil
}

// folders are all folders below one that hold code.
func folders(t *testing.T, root string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if name := e.Name(); name == "testdata" || len(name) > 2 && name[0] == '.' {
			return filepath.SkipDir
		}
		out = append(out, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// listed are the values of a field in the elements of a list, where a name runs over it, or is a parameter
// of the type of its elements.
func (w *words) listed(in *ast.FuncDecl, s *ast.SelectorExpr, depth int) (out []string) {
	id, ok := s.X.(*ast.Ident)
	if !ok || in == nil {
		return []string{unknown}
	}
	kind := ""
	for _, p := range in.Type.Params.List {
		if slices.ContainsFunc(p.Names, func(n *ast.Ident) bool { return n.Name == id.Name }) {
			kind = typeName(p.Type)
		}
	}
	runs := map[string]bool{}
	ast.Inspect(in, func(n ast.Node) bool {
		if r, ok := n.(*ast.RangeStmt); ok && r.Value != nil && typeName(r.Value) == id.Name {
			runs[typeName(r.X)] = true
			out = append(out, w.elements(in, r.X, s.Sel.Name, depth)...)
		}
		return true
	})
	for _, f := range w.files {
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			list, ok := v.Values[0].(*ast.CompositeLit)
			if ok && (runs[v.Names[0].Name] || kind != "" && elementType(list) == kind) {
				out = append(out, w.elements(in, list, s.Sel.Name, depth)...)
			}
			return true
		})
	}
	if len(out) == 0 {
		return []string{unknown}
	}
	return out
}

func elementType(list *ast.CompositeLit) string {
	if a, ok := list.Type.(*ast.ArrayType); ok {
		return typeName(a.Elt)
	}
	return ""
}

// elements are the values of one field of a list that is written out.
func (w *words) elements(in *ast.FuncDecl, e ast.Expr, field string, depth int) (out []string) {
	list, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	array, ok := list.Type.(*ast.ArrayType)
	if !ok {
		return nil
	}
	at := w.place(array.Elt, field)
	for _, one := range list.Elts {
		if lit, ok := one.(*ast.CompositeLit); ok && at >= 0 && at < len(lit.Elts) {
			out = append(out, w.texts(in, lit.Elts[at], depth)...)
		}
	}
	return out
}

// place is where a field stands in a struct, which may have a name.
func (w *words) place(t ast.Expr, field string) int {
	if name := typeName(t); name != "" {
		for _, f := range w.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.TypeSpec); ok && s.Name.Name == name {
					t = s.Type
				}
				return true
			})
		}
	}
	s, ok := t.(*ast.StructType)
	if !ok {
		return -1
	}
	at := 0
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			if n.Name == field {
				return at
			}
			at++
		}
	}
	return -1
}
