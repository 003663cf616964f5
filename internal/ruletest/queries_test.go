package ruletest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/textgen"
)

func runQueries(t *testing.T, paths ...string) (*ruletest.Report, diag.List) {
	t.Helper()
	files, rest, err := ruletest.QueryFiles(paths)
	if err != nil || len(rest) > 0 {
		t.Fatalf("got %v left and error %v", rest, err)
	}
	report, list, err := ruletest.RunQueries(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	return report, list
}

// The specs of the folder are what someone wrote with docs/backends/format.md alone; what is wanted comes from the manual.
func TestQueriesOfSpecsAndPipelines(t *testing.T) {
	report, list := runQueries(t, "testdata/queries")
	if passed, failed, skipped := report.Count(); passed != 15 || failed != 0 || skipped != 1 || len(list) > 0 {
		for _, r := range report.Results {
			for _, f := range r.Failures {
				t.Errorf("%s: %s", r.Name, f.Message)
			}
		}
		t.Errorf("got %d passed, %d failed, %d skipped, and %v", passed, failed, skipped, list)
	}
	for _, path := range []string{"testdata/queries/ours.yml", "testdata/queries/ours.test.yml"} {
		if report, _ := runQueries(t, path); len(report.Results) != 3 {
			t.Errorf("%s: got %d tests, want 3", path, len(report.Results))
		}
	}
	if files, rest, err := ruletest.QueryFiles([]string{"testdata", "missing.yml"}); len(files) > 0 || len(rest) != 2 || err != nil {
		t.Errorf("got %v, %v and %v for paths without such tests", files, rest, err)
	}
}

// The drafts of egret new work, and all of their tests fail until someone fills them in.
func TestDraftsFailUntilFilledIn(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tiny.yaml": textgen.Draft("tiny"), "tiny.test.yaml": textgen.DraftTests("tiny"),
		"ours.yml": pipeline.Draft("ours"), "ours.test.yaml": pipeline.DraftTests("ours"),
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	report, list := runQueries(t, dir)
	if passed, failed, _ := report.Count(); passed > 0 || failed < 15 || len(list) > 0 {
		t.Errorf("got %d passed, %d failed, and %v", passed, failed, list)
	}
	for _, r := range report.Results {
		if len(r.Failures) != 1 || !strings.HasPrefix(r.Failures[0].Message, "got ") || strings.Contains(r.Failures[0].Message, "error") && !strings.Contains(r.Name, "keywords") {
			t.Errorf("%s: got %v, want a query that is not the one wanted", r.Name, r.Failures)
		}
	}
	if targets, err := textgen.ReadTargets(filepath.Join(dir, "tiny.yaml")); err != nil || len(targets) != 1 {
		t.Errorf("the draft is not read: %v", err)
	}
	if named, err := pipeline.Folder(dir); err != nil || named["ours.test"] != "" || named["tiny.test"] != "" {
		t.Errorf("tests are read as pipelines: %v, %v", named, err)
	}
}

// A test that cannot be read is a diagnostic with its place, and a query that is wrong or missing a failure.
func TestFaultyTestsOfQueries(t *testing.T) {
	dir := t.TempDir()
	spec, tests := filepath.Join(dir, "tiny.yaml"), filepath.Join(dir, "tiny.test.yaml")
	writeFile(t, spec, textgen.Draft("tiny"))
	const rule = "- rule: {detection: {s: {a: x}, condition: s}}\n"
	for text, want := range map[string]string{
		"tests: [":        "test.yaml:1",
		"test: []\n":      `key "test" is not defined`,
		"tests: []\n":     "the file has no tests",
		"tests:\n" + rule: "expected either want or refused",
		"tests:\n" + rule + "  want: a\n  refused: b\n":     "expected either want or refused",
		"tests:\n- want: a\n":                               "the test has no rule",
		"tests:\n" + rule + "  want: a\n  target: lucene\n": "the test is for the target of tiny.yaml",
		"tests:\n" + rule + "  wants: a\n":                  "the nearest key is want",
	} {
		writeFile(t, tests, text)
		if _, list := runQueries(t, spec); !strings.Contains(fmt.Sprint(list), want) {
			t.Errorf("%q: got %v, want %q", text, list, want)
		}
	}
	for text, want := range map[string]string{
		rule + "  want: a=\"y\"\n":                      `got a="x", want a="y"`,
		rule + "  refused: regular\n":                   `got a="x", want an error with "regular"`,
		"- rule: {detection: {s: {a: x}}}\n  want: a\n": "got no query but the error",
		rule + "  want: a\n  format: other\n":           `tiny has no format "other"`,
		rule + "  want: a\n  pipelines: [nothing]\n":    "nothing",
		"- rule: 'detection: ['\n  want: a\n":           "not valid YAML",
	} {
		writeFile(t, tests, "tests:\n"+text)
		report, list := runQueries(t, spec)
		if len(list) > 0 || len(report.Results) != 1 || len(report.Results[0].Failures) != 1 || !strings.Contains(report.Results[0].Failures[0].Message, want) {
			t.Errorf("%q: got %v and %v, want %q", text, report.Results[0].Failures, list, want)
		}
	}
	if err := os.Remove(tests); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ruletest.QueryFiles([]string{spec}); err == nil || !strings.Contains(err.Error(), "tiny.test.yaml beside it") {
		t.Errorf("got %v for a spec without tests", err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
