package tablecheck_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/tablecheck"
)

// TestReadColumnsTakesWhatEnginesPrint reads the same table as lines and from the output of DESCRIBE of three
// engines.
func TestReadColumnsTakesWhatEnginesPrint(t *testing.T) {
	const want = "a varchar, b bigint, c struct<x:varchar>"
	for name, text := range map[string]string{
		"lines":       "a varchar\nb bigint\nc struct<x:varchar>\n",
		"definition":  "  `a` varchar,\n  `b` bigint,\n  `c` struct<x:varchar>\n",
		"Hive":        "a\tvarchar\t\nb\tbigint\tfrom the log\nc\tstruct<x:varchar>\n\n# Partition Information\n# col_name\tdata_type\nb\tbigint\n",
		"Trino":       " Column |     Type     | Extra\n--------+--------------+-------\n a      | varchar      |\n b      | bigint       |\n c      | row(x varchar) |\n(3 rows)\n",
		"DuckDB":      "┌─────────────┬─────────────┐\n│ column_name │ column_type │\n├─────────────┼─────────────┤\n│ a │ VARCHAR │\n│ b │ BIGINT │\n│ c │ STRUCT(x VARCHAR) │\n└─────────────┴─────────────┘\n",
		"CSV":         "column_name,column_type\na,VARCHAR\nb,BIGINT\nc,STRUCT(x VARCHAR)\n",
		"quoted CSV":  "\"a\",\"varchar\",\"\"\n\"b\",\"bigint\",\"\"\n\"c\",\"row(x varchar)\",\"\"\n",
		"with colons": "a: varchar\nb: bigint\nc: struct<x:varchar>\n",
	} {
		path := filepath.Join(t.TempDir(), "types")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		columns, err := tablecheck.ReadColumns(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var parts []string
		for _, c := range columns {
			parts = append(parts, c.Name+" "+c.Type.String())
		}
		if got := strings.Join(parts, ", "); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestReadColumnsNamesTheLineAtFault(t *testing.T) {
	for text, want := range map[string]string{
		"a varchar\nb\n":         ":2: \"b\" has no type",
		"a varchar(\n":           ":1: \"varchar(\" is no type",
		"a varchar\na bigint\n":  ":2: column \"a\" is there twice",
		"# nothing\n":            "has no columns",
		"a varchar\nA varchar\n": "",
	} {
		path := filepath.Join(t.TempDir(), "types")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := tablecheck.ReadColumns(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := tablecheck.ReadColumns(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing file gives no error")
	}
}
