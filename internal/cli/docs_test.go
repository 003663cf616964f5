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

// TestWorkedExampleOfALogSource does what docs/sources/format.md says: writes its files, and runs its commands.
func TestWorkedExampleOfALogSource(t *testing.T) {
	page, err := os.ReadFile("../../docs/sources/format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "## A worked example")
	dir := t.TempDir()
	file := regexp.MustCompile("(?s)\n`([^`]+)`[^`]*:\n\n```[a-z]+\n(.*?)```")
	for _, m := range file.FindAllStringSubmatch(example, -1) {
		path := filepath.Join(dir, m[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(m[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, commands, _ := strings.Cut(example, "```sh\n")
	commands, _, _ = strings.Cut(commands, "```")
	t.Chdir(dir)
	t.Setenv("XDG_STATE_HOME", dir)
	// What the output of each command has in it, and its exit code.
	want := map[string]struct {
		code int
		text string
	}{
		"hunt": {1, "s2/login_failed/"}, "query": {0, `"length":2`}, "explain": {0, "Admin fails to log in from outside matches"},
		"convert": {0, "FROM security.vpn"}, "table": {0, "as expected"},
	}
	run := 0
	for line := range strings.Lines(commands) {
		args := strings.Fields(line)[1:]
		if strings.Contains(line, "--lake") && !hasDuckDB {
			continue
		}
		var out, errs bytes.Buffer
		code := cli.Main(args, strings.NewReader(""), &out, &errs)
		if w := want[args[0]]; code != w.code || !strings.Contains(out.String(), w.text) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", strings.TrimSpace(line), code, w.code, w.text, &out, &errs)
		}
		run++
	}
	if run < 3 {
		t.Errorf("%d commands were run", run)
	}
}
