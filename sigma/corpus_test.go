package sigma_test

import (
	"io/fs"
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
	rules, correlations := 0, 0
	var all diag.List
	for _, file := range files {
		collection, list := sigma.Parse(file)
		rules += len(collection.Rules)
		correlations += len(collection.Correlations)
		all = append(all, list...)
		for _, d := range list {
			counts[d.Severity.String()+" "+d.Code]++
			sigma.CheckSpans(t, file, d)
		}
		sigma.CheckSpans(t, file, collection)
		sigma.CheckRoundTrip(t, collection)
	}
	t.Logf("%d rules, %d correlations; %s: %v", rules, correlations, all.Summary(), counts)
	for _, d := range all {
		if d.Severity == diag.Error {
			t.Log(d.String())
		}
	}
}
