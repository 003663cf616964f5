package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLazyExpressionsCompile compiles the expressions that package lazyre compiles when they are first used, so that a faulty
// one is found without a run that uses it.
func TestLazyExpressionsCompile(t *testing.T) {
	root, compiled := filepath.Join("..", ".."), 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("lazyre.New")) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, text := range lazyExpressions(file) {
			compiled++
			if _, err := regexp.Compile(text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if compiled < 100 {
		t.Errorf("found %d expressions in the repository; there are more", compiled)
	}
}

// lazyExpressions returns the expressions of lazyre.New in a file. Names in them stand for an empty text.
func lazyExpressions(file *ast.File) []string {
	var texts []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "New" {
			if p, ok := f.X.(*ast.Ident); ok && p.Name == "lazyre" {
				texts = append(texts, literalText(call.Args[0]))
			}
		}
		return true
	})
	return texts
}

// literalText joins the literals of a concatenation.
func literalText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return literalText(e.X) + literalText(e.Y)
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	}
	return ""
}

func TestLazyExpressionsAreFound(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\nvar a, b = lazyre.New(`a(` + \"b\"), regexp.MustCompile(`c`)", 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := lazyExpressions(file); len(found) != 1 || found[0] != "a(b" {
		t.Errorf("found %q, want a(b alone", found)
	}
}
