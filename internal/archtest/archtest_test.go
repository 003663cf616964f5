package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listed is the output of `go list -json` for a package.
type listed struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	CgoFiles     []string
	TestImports  []string
	XTestImports []string
}

// list runs `go list` in the root of the module.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,CgoFiles"}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	// With cgo on, so that files that need it are listed.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestImportsFollowTheTable(t *testing.T) {
	var graph []Package
	for _, p := range list(t, "./...") {
		graph = append(graph, Package{p.ImportPath, p.Imports})
	}
	for _, fault := range Check(graph, Layers, Allowed, Forbidden, Narrow) {
		t.Error(fault)
	}
}

// TestTheCoreNeedsNoCgo checks everything that the command and the library link, except the standard library, which has
// fallbacks without cgo.
func TestTheCoreNeedsNoCgo(t *testing.T) {
	for _, p := range list(t, "-deps", ".", "./cmd/egret") {
		if !p.Standard && len(p.CgoFiles) > 0 {
			t.Errorf("%s has files that need cgo: %v", p.ImportPath, p.CgoFiles)
		}
	}
}

// TestTheLibraryNeedsNoNetwork checks that a program that embeds egret to match events does not link a network client.
func TestTheLibraryNeedsNoNetwork(t *testing.T) {
	for _, p := range list(t, "-deps", ".") {
		if p.ImportPath == "net/http" {
			t.Errorf("the packages behind %s include net/http", Module)
		}
		if strings.HasPrefix(p.ImportPath, Module) && slices.Contains(p.Imports, "net") {
			t.Errorf("%s imports net, expected net/netip for addresses", p.ImportPath)
		}
	}
}

// TestDriversStayInTheirLeaves checks that only the packages for another system import its client, so that everything
// else builds without it.
func TestDriversStayInTheirLeaves(t *testing.T) {
	leaves := map[string][]string{"github.com/aws/": {"internal/ddl/s3layout", "internal/engine/athena", "internal/event/s3"}}
	for _, p := range list(t, "./...") {
		for _, path := range p.Imports {
			for driver, own := range leaves {
				if strings.HasPrefix(path, driver) && !slices.Contains(own, relative(p.ImportPath)) {
					t.Errorf("%s imports %s, which only %s may import", relative(p.ImportPath), path, strings.Join(own, ", "))
				}
			}
		}
	}
}

// TestArchitectureNamesEveryPackage checks that the document's table is complete.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Layers {
		for _, p := range l.Packages {
			if p != "." && !strings.Contains(string(text), "`"+strings.TrimPrefix(p, "internal/")+"`") {
				t.Errorf("ARCHITECTURE.md does not name `%s`", strings.TrimPrefix(p, "internal/"))
			}
		}
	}
}

// TestCheckSeesEachFault runs the checker on graphs that break the table.
func TestCheckSeesEachFault(t *testing.T) {
	layers := []Layer{
		{0, -1, []string{"ground"}, "it is the ground"},
		{1, 0, []string{"left", "right"}, "they do not know one another"},
		{1, 0, []string{"leaf/*"}, "a leaf"},
		{2, 1, []string{"leaf/list"}, "it knows the leaves"},
	}
	good := []Package{
		{Module + "/ground", []string{"fmt"}},
		{Module + "/left", []string{Module + "/ground"}},
		{Module + "/right", nil},
		{Module + "/leaf/a", []string{Module + "/ground"}},
		{Module + "/leaf/list", []string{Module + "/leaf/a"}},
	}
	for _, tt := range []struct {
		name               string
		packages           []Package
		allowed, forbidden []Edge
		narrow             []Importers
		want               string
	}{
		{"good", good, nil, nil, nil, ""},
		{"upward", append(slices.Clone(good[1:]), Package{Module + "/ground", []string{Module + "/left"}}), nil, nil, nil,
			"it is the ground"},
		{"sideward", append(slices.Clone(good), Package{Module + "/right", []string{Module + "/left"}}), nil, nil, nil,
			"they do not know one another"},
		{"sideward, excepted", append(slices.Clone(good), Package{Module + "/right", []string{Module + "/left"}}),
			[]Edge{{"right", "left", "why"}}, nil, nil, ""},
		{"exception without use", good, []Edge{{"right", "left", "why"}}, nil, nil, "is not needed"},
		{"forbidden", good, nil, []Edge{{"left", "ground", "too heavy"}}, nil, "too heavy"},
		{"for one alone", good, nil, nil, []Importers{{"ground", []string{"right"}, "right alone"}}, "right alone"},
		{"for those two", good, nil, nil, []Importers{{"ground", []string{"left", "leaf/a"}, "those two"}}, ""},
		{"unlisted", append(slices.Clone(good), Package{Module + "/new", nil}), nil, nil, nil, "new is not in the table"},
		{"a leaf knows another", append(slices.Clone(good), Package{Module + "/leaf/b", []string{Module + "/leaf/a"}}), nil, nil, nil, "a leaf"},
		{"a leaf knows the list", append(slices.Clone(good), Package{Module + "/leaf/b", []string{Module + "/leaf/list"}}), nil, nil, nil, "a leaf"},
		{"no leaf", good[:3], nil, nil, nil, "leaf/* is in the table, but the package does not exist"},
		{"gone", good[:2], nil, nil, nil, "right is in the table, but the package does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(Check(tt.packages, layers, tt.allowed, tt.forbidden, tt.narrow), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
