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

// listed is what `go list -json` says of a package.
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
	// With cgo on, so that files which need it are seen.
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
	for _, fault := range Check(graph, Layers, Allowed, Forbidden) {
		t.Error(fault)
	}
}

// TestTheCoreNeedsNoCgo looks at everything that the command and the library link, the standard library left out: it
// has its own ways without cgo.
func TestTheCoreNeedsNoCgo(t *testing.T) {
	for _, p := range list(t, "-deps", ".", "./cmd/egret") {
		if !p.Standard && len(p.CgoFiles) > 0 {
			t.Errorf("%s has files that need cgo: %v", p.ImportPath, p.CgoFiles)
		}
	}
}

// TestTheLibraryNeedsNoNetwork: whoever embeds egret to match events does not get a network client with it.
func TestTheLibraryNeedsNoNetwork(t *testing.T) {
	for _, p := range list(t, "-deps", ".") {
		if p.ImportPath == "net/http" {
			t.Errorf("the packages behind %s include net/http", Module)
		}
		if strings.HasPrefix(p.ImportPath, Module) && slices.Contains(p.Imports, "net") {
			t.Errorf("%s imports net; addresses are net/netip's", p.ImportPath)
		}
	}
}

// TestDriversStayInTheirLeaves: a client of another system is imported by its leaves only, so that everything else builds
// and is understood without it.
func TestDriversStayInTheirLeaves(t *testing.T) {
	leaves := map[string][]string{"github.com/aws/": {"internal/ddl/s3layout", "internal/engine/athena", "internal/event/s3"}}
	for _, p := range list(t, "./...") {
		for _, path := range p.Imports {
			for driver, own := range leaves {
				if strings.HasPrefix(path, driver) && !slices.Contains(own, relative(p.ImportPath)) {
					t.Errorf("%s imports %s, which is for %s alone", relative(p.ImportPath), path, strings.Join(own, ", "))
				}
			}
		}
	}
}

// TestArchitectureNamesEveryPackage keeps the table of the document complete.
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

// TestCheckSeesEachFault tries the checker on graphs that break the table.
func TestCheckSeesEachFault(t *testing.T) {
	layers := []Layer{
		{0, -1, []string{"ground"}, "it is the ground"},
		{1, 0, []string{"left", "right"}, "they do not know one another"},
	}
	good := []Package{
		{Module + "/ground", []string{"fmt"}},
		{Module + "/left", []string{Module + "/ground"}},
		{Module + "/right", nil},
	}
	for _, tt := range []struct {
		name               string
		packages           []Package
		allowed, forbidden []Edge
		want               string
	}{
		{"good", good, nil, nil, ""},
		{"upward", append(slices.Clone(good[1:]), Package{Module + "/ground", []string{Module + "/left"}}), nil, nil,
			"it is the ground"},
		{"sideward", append(slices.Clone(good[:2]), Package{Module + "/right", []string{Module + "/left"}}), nil, nil,
			"they do not know one another"},
		{"sideward, excepted", append(slices.Clone(good[:2]), Package{Module + "/right", []string{Module + "/left"}}),
			[]Edge{{"right", "left", "why"}}, nil, ""},
		{"exception without use", good, []Edge{{"right", "left", "why"}}, nil, "is not needed"},
		{"forbidden", good, nil, []Edge{{"left", "ground", "too heavy"}}, "too heavy"},
		{"unlisted", append(slices.Clone(good), Package{Module + "/new", nil}), nil, nil, "new is not in the table"},
		{"gone", good[:2], nil, nil, "right is in the table, but there is no such package"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(Check(tt.packages, layers, tt.allowed, tt.forbidden), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
