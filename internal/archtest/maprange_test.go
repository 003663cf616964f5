package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// anyOrder begins a comment that says why the order of a loop over a map cannot affect a result, an error or a choice.
const anyOrder = "// Iteration order does not matter: "

// TestMapRanges enforces that two runs give the same bytes. Go visits a map in a different order on each run, so a loop
// over a map must have the same effect in any order (orderFree), or a comment above it must say why the order does not
// matter.
func TestMapRanges(t *testing.T) {
	if testing.Short() {
		t.Skip("checks the types of the whole module")
	}
	for _, place := range mapRanges(t, ".", "./cmd/egret") {
		t.Errorf("%s: loop over a map: sort the keys, or explain with a comment %q above the loop", place, anyOrder+"…")
	}
}

// TestMapRangesFindsLoops checks the check on loops of each kind.
func TestMapRangesFindsLoops(t *testing.T) {
	source := `package p
import ("errors"; "maps"; "slices")
type named map[string]int
func f(m map[string]int, n named, s []int) error {
	for range m { print() }
	for k := range n { print(k) }
	for k := range maps.Keys(m) { print(k) }
	for _, v := range s { print(v) }
	// Iteration order does not matter: for the test.
	for _, v := range m { print(v) }
	var keys, others []string
	sum, text := 0, ""
	for k, v := range m {
		n[k] = v
		if sum += v; v > 1 { continue }
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for k := range m {
		others = append(others, k)
	}
	for k := range m { text += k }
	for _, v := range m { if v > 0 { return errors.New(text) } }
	for _, v := range m { if v > 0 { return nil } }
	return nil
}
func g[M ~map[string]int](m M) { for range m { print() } }
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	got := unexplained(t, fset, "p", []*ast.File{file}, exported(fset, compiledPackages(t, "errors", "maps", "slices")))
	want := []string{"p.go:5", "p.go:6", "p.go:7", "p.go:19", "p.go:22", "p.go:23", "p.go:27"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got loops at %v, want %v", got, want)
	}
}

// A compiledPackage is what `go list` says of a package.
type compiledPackage struct {
	ImportPath, Dir string
	Export          string // file of its exported types, for the compiler
	GoFiles         []string
	Module          *struct{ Path string }
}

// compiledPackages returns packages and their imports.
func compiledPackages(t *testing.T, patterns ...string) []compiledPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-tags", "duckdb", "-json=ImportPath,Dir,Export,GoFiles,Module"}, patterns...)...)
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var packages []compiledPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p compiledPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// exported returns an importer of compiled packages.
func exported(fset *token.FileSet, packages []compiledPackage) types.Importer {
	files := map[string]string{}
	for _, p := range packages {
		files[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
}

// mapRanges returns the positions of unexplained loops over maps in packages and their imports, without tests.
func mapRanges(t *testing.T, patterns ...string) []string {
	t.Helper()
	packages := compiledPackages(t, patterns...)
	fset := token.NewFileSet()
	compiled := exported(fset, packages)
	var places []string
	for _, p := range packages {
		if p.Module == nil || p.Module.Path != Module {
			continue
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		places = append(places, unexplained(t, fset, p.ImportPath, files, compiled)...)
	}
	return places
}

// unexplained returns the unexplained loops over maps in a package, as file:line.
func unexplained(t *testing.T, fset *token.FileSet, path string, files []*ast.File, from types.Importer) []string {
	t.Helper()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: from}
	if _, err := config.Check(path, fset, files, info); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, file := range files {
		explained := map[int]bool{} // lines after an explaining comment
		for _, group := range file.Comments {
			if strings.Contains("// "+group.Text(), anyOrder) {
				explained[fset.Position(group.End()).Line+1] = true
				explained[fset.Position(group.End()).Line] = true
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			loop, ok := n.(*ast.RangeStmt)
			if !ok || !isMap(info.TypeOf(loop.X)) && !isMapIterator(info, loop.X) {
				return true
			}
			position := fset.Position(loop.Pos())
			if !explained[position.Line] && !(&orderFree{info, file, loop}).all(loop.Body.List) {
				places = append(places, fmt.Sprintf("%s:%d", position.Filename, position.Line))
			}
			return true
		})
	}
	return places
}

func isMap(t types.Type) bool {
	if parameter, ok := t.(*types.TypeParam); ok {
		t = parameter.Underlying().(*types.Interface).EmbeddedType(0)
		if union, ok := t.(*types.Union); ok {
			t = union.Term(0).Type()
		}
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// isMapIterator reports whether a call is one of maps.All, maps.Keys and maps.Values.
func isMapIterator(info *types.Info, of ast.Expr) bool {
	call, ok := of.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	used := info.Uses[selector.Sel]
	return used != nil && used.Pkg() != nil && used.Pkg().Path() == "maps"
}
