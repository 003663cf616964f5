package sigma_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// ruleFiles reads all rule files below a folder of the public rules. The info.yml files of the regression data are no
// rules.
func ruleFiles(t testing.TB, folder string) []*source.File {
	t.Helper()
	root := testkit.Shared(t, folder)
	var files []*source.File
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "regression_data" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".yml") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		files = append(files, source.NewFile(filepath.ToSlash(name), string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestPublicRulesLoad(t *testing.T) {
	files := ruleFiles(t, "data/sigmahq")
	if len(files) != 4039 {
		t.Fatalf("%d rule files, expected 4039", len(files))
	}
	counts := map[string]int{}
	var all diag.List
	var loaded sigma.Collection
	for n, file := range files {
		whole := n%8 == 0 || !testing.Short()
		collection, list := sigma.Parse(file)
		for _, d := range list {
			if d.Severity == diag.Error {
				counts[d.Code]++
			}
			if d.Severity != diag.Note && !strings.HasPrefix(file.Name, "unsupported/") {
				t.Errorf("a rule that is in use is faulted:\n%s", d)
			}
			sigma.CheckSpans(t, file, d)
		}
		if whole {
			sigma.CheckSpans(t, file, collection)
			sigma.CheckRoundTrip(t, collection)
		}
		all = append(all, list...)
		loaded.Rules = append(loaded.Rules, collection.Rules...)
		loaded.Correlations = append(loaded.Correlations, collection.Correlations...)
	}
	t.Logf("%d rules, %d of them the base of a correlation; %s", len(loaded.Rules), len(loaded.Correlations), all.Summary())
	// 55 public rules have an old aggregation: 8 use near, 8 have no timeframe. Four conditions are prose.
	want := map[string]int{"near-aggregation": 8, "missing-timeframe": 8, "condition-syntax": 4}
	if !maps.Equal(counts, want) {
		t.Errorf("errors are %v, want %v", counts, want)
		for _, d := range all {
			if d.Severity == diag.Error {
				t.Log(d)
			}
		}
	}
	if n := len(loaded.Correlations); n != 55-8-8 {
		t.Errorf("%d old aggregations became correlations", n)
	}
	// 4,039 files hold 4,041 rules: two of the three rule collections have two rules each, the third has one rule.
	if n := len(loaded.Rules); n != 4041-20 {
		t.Errorf("%d rules", n)
	}
}
