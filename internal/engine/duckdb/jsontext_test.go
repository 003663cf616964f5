//go:build duckdb && cgo

package duckdb_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/schema"
)

// written are the forms in which a JSON row can contain a value: as itself, as text, as text in a text.
var written = map[string]func(value string) string{
	"itself":         func(value string) string { return value },
	"text":           quoted,
	"text in a text": func(value string) string { return quoted(quoted(value)) },
	"text in texts":  func(value string) string { return quoted(quoted(quoted(quoted(value)))) },
}

func quoted(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// TestJSONTextInJSONRows compares, for every column that is an object in the log, the forms in which JSON files
// contain it. DuckDB must return the same for all.
func TestJSONTextInJSONRows(t *testing.T) {
	type column struct {
		layout *schema.Layout
		name   string
		way    []string
		files  map[string]string // by form
	}
	var columns []column
	tables := map[string]*schema.Layout{}
	dir := t.TempDir()
	for _, p := range schema.AllLayouts() {
		for _, c := range p.Columns {
			for _, way := range objects(&c.Type, nil) {
				files := map[string]string{}
				for form, as := range written {
					row := inside(c.Name, way, as(`{"userName": "bob", "list": [1, {"a": null}]}`))
					if p.Time != nil && p.Time.Location.Column != c.Name {
						row += fmt.Sprintf(`, %q: null`, p.Time.Location.Column)
					}
					files[form] = write(t, filepath.Join(dir, fmt.Sprintf("%d.jsonl", len(tables))), "{"+row+"}\n")
					tables[files[form]] = p
				}
				columns = append(columns, column{p, c.Name, way, files})
			}
		}
	}
	e := open(t, duckdb.Options{Tables: tables})
	for _, c := range columns {
		name := c.layout.FullName() + " " + c.name + "." + strings.Join(c.way, ".")
		want := cellIn(t, e, c.files["itself"], c.name, c.way)
		if !strings.Contains(want, "bob") {
			t.Errorf("%s: got %q, want it to contain the value", name, want)
		}
		for _, form := range []string{"text", "text in a text", "text in texts"} {
			got := cellIn(t, e, c.files[form], c.name, c.way)
			var x, y any
			if json.Unmarshal([]byte(got), &x) != nil || json.Unmarshal([]byte(want), &y) != nil || fmt.Sprint(x) != fmt.Sprint(y) {
				t.Errorf("%s as %s: got %q, want %q", name, form, got, want)
			}
		}
	}
	if len(columns) < 20 {
		t.Errorf("got %d columns of JSON, want at least 20", len(columns))
	}
}

// objects returns the paths to JSON in a type, as lists of members.
func objects(t *schema.Type, way []string) (ways [][]string) {
	if t.Kind == schema.JSON {
		return [][]string{way}
	}
	for i := range t.Members {
		m := &t.Members[i]
		ways = append(ways, objects(&m.Type, append(slices.Clip(way), m.Name))...)
	}
	return ways
}

// inside returns a member of an object with a value at a nested path.
func inside(name string, way []string, text string) string {
	for i := len(way) - 1; i >= 0; i-- {
		text = fmt.Sprintf("{%q: %s}", way[i], text)
	}
	return fmt.Sprintf("%q: %s", name, text)
}

// cellOf returns the value of a column of a table over a file, or of a nested member.
func cellOf(t *testing.T, p *schema.Layout, file, column string, way []string) string {
	t.Helper()
	e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Layout{file: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return cellIn(t, e, file, column, way)
}

func cellIn(t *testing.T, e *duckdb.Engine, file, column string, way []string) string {
	t.Helper()
	table, err := e.Describe(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	member := `"` + strings.Join(append([]string{column}, way...), `"."`) + `"`
	_, rows := selectAll(t, e, "SELECT CAST(t."+member+" AS VARCHAR) FROM "+table.Name+" AS t")
	text, _ := rows[0][0].(string)
	return text
}

// TestTextsWithoutJSONAreUnchanged checks strings that only look like JSON text, or contain something else.
func TestTextsWithoutJSONAreUnchanged(t *testing.T) {
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"plain"`, `"\"plain\""`, `5`, `true`, `"5"`, `""`, `"a {b}"`} {
		file := write(t, filepath.Join(t.TempDir(), "a.jsonl"), `{"eventtime": "2026-03-10T10:00:00Z", "requestparameters": `+text+"}\n")
		if got := cellOf(t, p, file, "requestparameters", nil); got != text {
			t.Errorf("%s: got %s, want it unchanged", text, got)
		}
	}
}

// TestStructsAsTextInJSONRows reads structs, lists and maps of a layout from text.
func TestStructsAsTextInJSONRows(t *testing.T) {
	athena, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	lake, err := schema.FindLayout(schema.All(), "cloudtrail/security-lake-v2")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		layout            *schema.Layout
		row, expr, expect string
	}{
		{athena, `{"eventtime": "x", "useridentity": %s}`, `t.useridentity.sessioncontext.sessionissuer.arn`, "arn-1"},
		{athena, `{"eventtime": "x", "resources": %s}`, `t.resources[2].arn`, "arn-2"},
		{lake, `{"time_dt": "2026-03-10T10:00:00Z", "unmapped": %s}`, `t.unmapped['a.b']`, "c"},
		{lake, `{"time_dt": "2026-03-10T10:00:00Z", "api": %s}`, `t.api.request.data`, `{"a":1}`},
		{lake, `{"time_dt": "2026-03-10T10:00:00Z", "api": {"request": %s}}`, `t.api.request.data`, `{"a":1}`},
	} {
		value := map[string]string{
			"useridentity": `{"sessioncontext":{"sessionissuer":{"arn":"arn-1"}}}`, "resources": `[{"arn":"x"},{"arn":"arn-2"}]`,
			"unmapped": `{"a.b":"c"}`, "api": `{"request":{"data":"{\"a\":1}"}}`, "request": `{"data":"{\"a\":1}"}`,
		}[strings.Split(c.row, `"`)[len(strings.Split(c.row, `"`))-2]]
		for form, write1 := range written {
			file := write(t, filepath.Join(t.TempDir(), "a.jsonl"), fmt.Sprintf(c.row, write1(value))+"\n")
			e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Layout{file: c.layout}})
			if err != nil {
				t.Fatal(err)
			}
			table, err := e.Describe(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			_, rows := selectAll(t, e, "SELECT "+c.expr+" FROM "+table.Name+" AS t")
			if rows[0][0] != c.expect {
				t.Errorf("%s as %s: got %v, want %s", c.expr, form, rows[0][0], c.expect)
			}
			e.Close()
		}
	}
}
