package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/cli"
)

// TestWorkedExampleOfAThreat does what docs/threats.md says: writes its files, and runs its commands.
func TestWorkedExampleOfAThreat(t *testing.T) {
	page, err := os.ReadFile("../../docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "## A worked example")
	example, rest, _ := strings.Cut(example, "\n## ")
	dir := t.TempDir()
	files := 0
	for _, m := range regexp.MustCompile("(?s)\n`([^`]+)`[^`]*:\n\n```[a-z]+\n(.*?)```").FindAllStringSubmatch(example, -1) {
		path := filepath.Join(dir, m[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(m[2]), 0o644); err != nil {
			t.Fatal(err)
		}
		files++
	}
	across := regexp.MustCompile("(?s)```yaml\n(threat: cluster.*?)```").FindStringSubmatch(rest)
	if files != 3 || across == nil {
		t.Fatalf("got %d files of the example", files)
	}
	_, commands, _ := strings.Cut(example, "```sh\n")
	commands, _, _ = strings.Cut(commands, "```")
	t.Chdir(dir)
	run := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := cli.Main(args, strings.NewReader(""), &out, &errs)
		return code, out.String(), errs.String()
	}
	ran := map[string]string{}
	for line := range strings.Lines(commands) {
		args := strings.Fields(line)[1:]
		code, out, errs := run(args...)
		if want := map[string]int{"hunt": 1, "convert": 2}[args[0]]; code != want {
			t.Errorf("%s: exit code %d, want %d\n%s", strings.TrimSpace(line), code, want, errs)
		}
		ran[args[0]+" "+args[1]] = out
	}
	if findings := ran["hunt logs"]; strings.Count(findings, "\n") != 2 || strings.Count(findings, `"threat":{"id":"tokens-tried","title":"Stolen token tried out"}`) != 2 ||
		!strings.Contains(findings, `"event_ids":["a1","a2","a3"]`) || !strings.Contains(findings, `"group":{"user.username":"ci@example.com"}`) {
		t.Errorf("got findings %s", findings)
	}
	if shown := ran["threat show"]; !strings.Contains(shown, "Kubernetes\n") || !strings.Contains(shown, "high           Stolen token tried out (AWS)  (correlation)") {
		t.Errorf("got %s", shown)
	}
	if queries := ran["convert threats"]; !strings.Contains(queries, "Stolen token tried out (AWS)") || !strings.Contains(queries, `g1 AS "userIdentity.arn"`) {
		t.Errorf("got %s", queries)
	}
	// What expand prints are rules: hunted by themselves they find the same.
	expanded := filepath.Join(dir, "expanded.yml")
	if err := os.WriteFile(expanded, []byte(ran["threat expand"]), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, out, errs := run("hunt", "logs", "--rules", expanded, "--format", "jsonl"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "Stolen token tried out (Kubernetes)") {
		t.Errorf("the expanded rules find %s\n%s", out, errs)
	}
	if err := os.WriteFile("across.yml", []byte(across[1]), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := run("threat", "show", "--rules", "across.yml", "cluster-after-sign-in"); code != 0 || errs != "" || !strings.Contains(out, "across vendors\n  medium         Cluster used") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
}
