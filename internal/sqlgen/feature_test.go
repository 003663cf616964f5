package sqlgen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// TestStandardDialectSaysWhatItCan emits rules in a dialect that overrides nothing.
func TestStandardDialectSaysWhatItCan(t *testing.T) {
	layout := tableOf(t, "", "    time: {column: c, format: text}")
	for lines, want := range map[string]string{
		"s: {a: Xy}\ncondition: s":                 `lower(a) = 'xy'`,
		"s: {a|cased|contains: X_y}\ncondition: s": `POSITION('X_y' IN a) > 0`,
		"s: {a|startswith: 5_}\ncondition: s":      `a LIKE '5\_%' ESCAPE '\'`,
		"s: {a|endswith: 5%}\ncondition: not s":    `NOT COALESCE(a LIKE '%5\%' ESCAPE '\', FALSE)`,
		"s: {n|gt: 5}\ncondition: s":               `n > 5`,
	} {
		query := detection(t, layout, lines)
		got := statement(t, query, sqlgen.Options{Dialect: sqltree.Standard, Layout: layout, Open: true})
		if !strings.HasSuffix(got, "WHERE "+want) {
			t.Errorf("%s\nbecomes %s\nwithout %s", lines, got, want)
		}
	}
}

// TestDialectRefusesWhatItLacks wants a place in the rule and no statement.
func TestDialectRefusesWhatItLacks(t *testing.T) {
	plain, json := tableOf(t, "", "    time: {column: c, format: text}"), tableOf(t, "", "    time: {column: c, format: text}\n    columns: {a: json, b: string, c: string, n: bigint, id: string}")
	for _, lines := range []string{
		"s: {b|re: 'x+'}\ncondition: s",
		"s: {b|cidr: 10.0.0.0/8}\ncondition: s",
		"s: {a.k: x}\ncondition: s",
		"s: {b: x}\nt: {a.k: [x, y]}\ncondition: s or t",
		"s: [word]\ncondition: s",
	} {
		layout := plain
		if strings.Contains(lines, "a.k") || strings.Contains(lines, "word") {
			layout = json
		}
		query := detection(t, layout, lines)
		s, list := sqlgen.Detection(query, nil, sqlgen.Options{Dialect: sqltree.Standard, Layout: layout})
		if s.Select != nil || len(list) == 0 {
			t.Errorf("%s\nis not refused: %v", lines, list)
			continue
		}
		for _, d := range list {
			if d.Code != "feature-in-sql" || d.Span.File == nil || d.Span.Start == d.Span.End {
				t.Errorf("%s\nis refused with %q at %v", lines, d.Code, d.Span)
			}
		}
	}
}

// TestFunctionsAreKnownToDialects wants every function that is called by name to be one that dialects have a word for, or
// say that they have none.
func TestFunctionsAreKnownToDialects(t *testing.T) {
	calls := 0
	for _, folder := range []string{".", "../plan"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				var function ast.Expr
				switch n := n.(type) {
				case *ast.CallExpr:
					switch fn := n.Fun.(type) {
					case *ast.Ident:
						if fn.Name == "call" {
							function = n.Args[0]
						}
					case *ast.SelectorExpr:
						if fn.Sel.Name == "Fn" || fn.Sel.Name == "over" {
							function = n.Args[0]
						}
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Fn" {
						function = n.Value
					}
				}
				literal, ok := function.(*ast.BasicLit)
				if !ok {
					return true
				}
				word, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				calls++
				if _, known := sqltree.Standard.Functions[word]; !known {
					t.Errorf("%s calls %s, for which dialects have no word", name, word)
				}
				return true
			})
		}
	}
	if calls < 40 {
		t.Errorf("only %d calls were found", calls)
	}
}
