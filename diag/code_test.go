package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
)

func TestCodesAreSortedAndExplained(t *testing.T) {
	if !slices.IsSortedFunc(diag.Codes, func(a, b diag.Code) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("Codes is not sorted")
	}
	for i, c := range diag.Codes {
		if i > 0 && diag.Codes[i-1].Code == c.Code {
			t.Errorf("duplicate code %s", c.Code)
		}
		if strings.Trim(c.Code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || c.Meaning == "" {
			t.Errorf("%q is not in kebab case or has no meaning", c.Code)
		}
		if found, ok := diag.FindCode(c.Code); !ok || found != c {
			t.Errorf("FindCode(%q) = %v, %v", c.Code, found, ok)
		}
	}
	if _, ok := diag.FindCode("no-such-code"); ok {
		t.Error("FindCode returned an entry for an unknown code")
	}
}

// TestEveryCodeIsInTheCatalogue reads the source of the whole module. A code is the string after `Code:` in a
// Diagnostic, or an argument for a parameter named code of a function in the same package.
func TestEveryCodeIsInTheCatalogue(t *testing.T) {
	used := map[string]string{}
	folders := map[string][]*ast.File{}
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		folders[filepath.Dir(path)] = append(folders[filepath.Dir(path)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		for at, code := range codesOf(folder) {
			used[code] = files.Position(at).String()
		}
	}
	if len(used) < 50 {
		t.Fatalf("found only %d codes", len(used))
	}
	for code, place := range used {
		if _, ok := diag.FindCode(code); !ok {
			t.Errorf("%s: code %q is not in the catalogue", place, code)
		}
	}
	for _, c := range diag.Codes {
		if used[c.Code] == "" {
			t.Errorf("code %q is in the catalogue but nothing uses it", c.Code)
		}
	}
}

// codesOf returns the codes that a package uses, by position.
func codesOf(folder []*ast.File) map[token.Pos]string {
	codes := make(map[token.Pos]string)
	constants := map[string]string{}
	parameters := map[string]int{} // function → index of its parameter code
	for _, file := range folder {
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if i := codeParameter(d.Type); i >= 0 {
					parameters[d.Name.Name] = i
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.CONST && len(v.Values) == 1 {
						constants[v.Names[0].Name] = literal(v.Values[0])
					}
				}
			}
		}
	}
	note := func(expr ast.Expr) {
		code := literal(expr)
		if name, ok := expr.(*ast.Ident); ok {
			code = constants[name.Name]
		}
		if code != "" {
			codes[expr.Pos()] = code
		}
	}
	for _, file := range folder {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if typeName(n.Type) != "Diagnostic" {
					break
				}
				for _, element := range n.Elts {
					if pair, ok := element.(*ast.KeyValueExpr); ok && typeName(pair.Key) == "Code" {
						note(pair.Value)
					}
				}
			case *ast.CallExpr:
				if i, ok := parameters[typeName(n.Fun)]; ok && i < len(n.Args) {
					note(n.Args[i])
				}
			}
			return true
		})
	}
	return codes
}

// codeParameter returns the index of the string parameter named code, or -1.
func codeParameter(f *ast.FuncType) int {
	i := 0
	for _, field := range f.Params.List {
		for _, name := range field.Names {
			if name.Name == "code" && typeName(field.Type) == "string" {
				return i
			}
			i++
		}
	}
	return -1
}

func literal(expr ast.Expr) string {
	if l, ok := expr.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, _ := strconv.Unquote(l.Value)
		return text
	}
	return ""
}

// typeName returns the last part of a qualified name.
func typeName(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
