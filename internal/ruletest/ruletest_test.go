package ruletest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

// loaded returns the rules of a folder and their tests.
func loaded(t testing.TB, dirs ...string) (*ruleset.Set, *ruletest.Tests) {
	t.Helper()
	var folders []ruleset.Folder
	for _, dir := range dirs {
		folders = append(folders, ruleset.Folder{Name: dir, FS: os.DirFS(dir)})
	}
	set, list, err := ruleset.Load(t.Context(), folders, ruleset.Options{
		Schemas: append(schema.All(), schema.Generic()), CheckCorrelation: correlate.Check, Statuses: []string{"deprecated", "unsupported"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if list.HasErrors() {
		t.Fatal(list)
	}
	tests, err := ruletest.Find(t.Context(), set, schema.All())
	if err != nil {
		t.Fatal(err)
	}
	return set, tests
}

// TestStarterPack runs the samples of the starter pack, which other code reads and evaluates too.
func TestStarterPack(t *testing.T) {
	set, tests := loaded(t, filepath.Join("..", "rulepack", "data"))
	for _, d := range tests.Diagnostics {
		t.Error(d)
	}
	report, err := ruletest.Run(t.Context(), set, tests.Cases, ruletest.Options{Schemas: schema.All(), Cover: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range report.Results {
		for _, f := range res.Failures {
			t.Errorf("%s: %s: %s", res.Path, res.Name, f.Message)
		}
	}
	if len(tests.Cases) < 1000 {
		t.Errorf("got %d tests, want those of the whole pack", len(tests.Cases))
	}
	for _, info := range report.Cover.Untested {
		t.Errorf("no test: %s", info.Title)
	}
}

// TestSwappedSamplesFail runs the samples of the pack with the opposite expectation: each must fail.
func TestSwappedSamplesFail(t *testing.T) {
	set, tests := loaded(t, filepath.Join("..", "rulepack", "data", "iam"), filepath.Join("..", "rulepack", "data", "okta"))
	for _, c := range tests.Cases {
		c.Want.Count = -1 - c.Want.Count // Any is -1
	}
	report, err := ruletest.Run(t.Context(), set, tests.Cases, ruletest.Options{Schemas: schema.All()})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range report.Results {
		if len(res.Failures) == 0 {
			t.Errorf("%s: %s passed with the opposite expectation", res.Path, res.Name)
		}
	}
	if len(tests.Cases) < 50 {
		t.Errorf("got only %d tests", len(tests.Cases))
	}
}

// TestRegressionData runs SigmaHQ's regression tests: Windows events and the rules that they must match.
func TestRegressionData(t *testing.T) {
	root := testkit.Shared(t, "data/sigmahq")
	set, tests := loaded(t, filepath.Join(root, "rules", "windows"), filepath.Join(root, "rules-emerging-threats"), filepath.Join(root, "rules-threat-hunting"))
	report, err := ruletest.Run(t.Context(), set, tests.Cases, ruletest.Options{Schemas: schema.All()})
	if err != nil {
		t.Fatal(err)
	}
	passed, failed, skipped := report.Count()
	for _, res := range report.Results {
		for _, f := range res.Failures {
			t.Errorf("%s: %s: %s", res.Path, res.Name, f.Message)
		}
	}
	if passed < 120 || skipped > 0 {
		t.Errorf("got %d passed, %d failed, %d skipped tests, want all of 135", passed, failed, skipped)
	}
}

const rule = `title: Root login
id: 0a1b2c3d-0000-4000-8000-000000000031
logsource: {product: aws, service: cloudtrail}
detection:
  s: {eventName: ConsoleLogin}
  condition: s
level: high
`

// written writes a rule and a file of tests into a folder.
func written(t testing.TB, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	for file, content := range map[string]string{"root.yml": rule, name: text} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFaults checks that faults have a place and the nearest name.
func TestFaults(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for _, c := range []struct{ file, text, want string }{
		{"root.test.yaml", "", "1:1: error[test-value]: the file has no tests"},
		{"root.test.yaml", "tests: [", "error[test-syntax]: "},
		{"root.test.yaml", "tests: []\n", "1:8: error[test-value]: the list of tests is empty"},
		{"root.test.yaml", "test: []\n", `1:1: error[unknown-test-key]: key "test" is not defined`},
		{"root.test.yaml", "tests:\n- event: {a: b}\n", "2:3: error[test-value]: the test expects nothing"},
		{"root.test.yaml", "tests:\n- match: true\n", "2:3: error[test-value]: the test has no events"},
		{"root.test.yaml", "tests:\n- event: {a: b}\n  match: perhaps\n", `3:10: error[test-value]: expected true, false or the number of findings, found "perhaps"`},
		{"root.test.yaml", "events: {login: {a: b}}\ntests:\n- event: logn\n  match: true\n", `3:10: error[test-value]: no event is named "logn"`},
		{"root.test.yaml", "tests:\n- event: {a: b}\n  findings: []\n", `3:13: error[test-value]: findings are of correlations, and "Root login" is none`},
		{"root.test.yaml", "tests:\n- file: none.json\n  match: true\n", "2:9: error[test-file]: "},
		{"root.test.yaml", "tests:\n- events: [{repeat: 5, every: 1, event: {a: b}}]\n  match: true\n", "expected a duration such as 10s"},
		{"root.test.yaml", "tests:\n- events: [{repeat: 2000000, event: {a: b}}]\n  match: true\n", "the file has too many events"},
		{"root.test.yaml", "tests:\n- event: {a: " + deep + "}\n  match: true\n", "the events are too large"},
		{"root.test.yaml", "a: &a [x, x, x, x, x, x, x, x, x, x]\n", `unknown-test-key`},
		{"root.events.json", "{", "error[test-syntax]: unexpected end of JSON input"},
		{"root.events.json", `{"match": [{"a": 1}], "nomatch": []}`, `1:34: error[test-value]: key "nomatch" is not defined`},
		{"root.events.json", `{"match": [1]}`, "1:12: error[test-value]: expected an event"},
		{"root.events.json", `{"match": [[{"repeat": 0, "event": {}}]]}`, "1:13: error[test-value]: expected"},
	} {
		_, tests := loaded(t, written(t, c.file, c.text))
		if len(tests.Diagnostics) == 0 || !strings.Contains(tests.Diagnostics[0].String(), c.want) {
			t.Errorf("%s: got %v, want %s", c.text, tests.Diagnostics, c.want)
		}
		if len(tests.Cases) > 1 || len(tests.Cases) == 1 && c.file == "root.test.yaml" {
			t.Errorf("%s: got %d tests with a fault", c.text, len(tests.Cases))
		}
	}
}

// FuzzTestFile checks that no file of tests makes the reader panic, or a test without a rule.
func FuzzTestFile(f *testing.F) {
	f.Add("tests:\n- {name: a, event: {a: 1.5, b: [x, null, 2026-01-01]}, match: true}\n", true)
	f.Add("events: {e: {x: y}}\ntests:\n- events: [e, {repeat: 3, every: 1m, event: e}]\n  findings: [{group: {a: b}, events: 2}]\n", true)
	f.Add("tests: [*a, &a {event: *a}]", true)
	f.Add(`{"match": [{"a": 1}, [{"repeat": 2, "seconds": 3, "event": {"i": "{i}"}}]], "no_match": [], "base": {"x": {}}}`, false)
	f.Fuzz(func(t *testing.T, text string, isYAML bool) {
		name := "root.events.json"
		if isYAML {
			name = "root.test.yaml"
		}
		if strings.Contains(text, "file") {
			t.Skip("files outside the folder")
		}
		_, tests := loaded(t, written(t, name, text))
		for _, c := range tests.Cases {
			if len(c.Rules) != 1 || c.Span.IsZero() {
				t.Errorf("got a test without rule or place: %+v", c)
			}
		}
	})
}
