//go:build !windows

package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/cli"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestConvertedFilesRunInDuckDB checks that SQL converted for a file runs in DuckDB as it is printed, with names that dots,
// quotes and folders make hard to quote.
func TestConvertedFilesRunInDuckDB(t *testing.T) {
	db := sqltest.DuckDB(t)
	dir := t.TempDir()
	rule := filepath.Join(dir, "rule.yml")
	put(t, rule, "title: Admin\nlogsource: {product: web}\ndetection:\n  s: {user: admin, status: 403}\n  condition: s\n")
	for _, name := range []string{"x.jsonl", "logs/x.jsonl", "a.b/it's 2026.01.json", "./logs/y.ndjson", "logs/z*.jsonl", `logs/"q".jsonl`} {
		path := filepath.Join(dir, strings.ReplaceAll(name, "*", "1"))
		put(t, path, `{"user":"admin","status":403}`+"\n"+`{"user":"alice","status":403}`+"\n")
		table := dir + "/" + name
		if strings.Contains(name, `"`) { // a name in quotes is one already
			table = `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
		}
		var out, errs strings.Builder
		code := cli.Main([]string{"convert", "-t", "duckdb", "--table", table, rule}, strings.NewReader(""), &out, &errs)
		stdout, stderr := out.String(), errs.String()
		if code != 0 {
			t.Errorf("%s: got exit code %d: %s", name, code, stderr)
			continue
		}
		_, rows, err := db.Query(t.Context(), strings.TrimRight(strings.TrimSpace(stdout), ";"))
		if err != nil || len(rows) != 1 {
			t.Errorf("%s: got %d rows and error %v, want 1 row of\n%s", name, len(rows), err, stdout)
		}
	}
}
