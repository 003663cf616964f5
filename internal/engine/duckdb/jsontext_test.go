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
	// layout is a layout with its places of JSON. Each form has a file, whose only row has a value in all places.
	type layout struct {
		layout *schema.Layout
		places [][]string
		files  map[string]string // by form
	}
	var layouts []layout
	tables := map[string]*schema.Layout{}
	dir := t.TempDir()
	for _, p := range schema.AllLayouts() {
		l := layout{p, nil, map[string]string{}}
		for _, c := range p.Columns {
			for _, way := range objects(&c.Type, nil) {
				l.places = append(l.places, append([]string{c.Name}, way...))
			}
		}
		if len(l.places) == 0 {
			continue
		}
		for form, as := range written {
			row := map[string]any{}
			if p.Time != nil {
				row[p.Time.Location.Column] = nil
			}
			for n, place := range l.places {
				putInside(row, place, json.RawMessage(as(fmt.Sprintf(`{"userName": "bob%d", "list": [1, {"a": null}]}`, n))))
			}
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			l.files[form] = write(t, filepath.Join(dir, fmt.Sprintf("%d.jsonl", len(tables))), string(text)+"\n")
			tables[l.files[form]] = p
		}
		layouts = append(layouts, l)
	}
	e := open(t, duckdb.Options{Tables: tables})
	places := 0
	for _, l := range layouts {
		places += len(l.places)
		wanted := cellsIn(t, e, l.files["itself"], l.places)
		for n, place := range l.places {
			if name := fmt.Sprintf(`"bob%d"`, n); !strings.Contains(wanted[n], name) {
				t.Errorf("%s %q: got %q, want it to contain %s", l.layout.FullName(), place, wanted[n], name)
			}
		}
		for _, form := range []string{"text", "text in a text", "text in texts"} {
			for n, got := range cellsIn(t, e, l.files[form], l.places) {
				var x, y any
				if json.Unmarshal([]byte(got), &x) != nil || json.Unmarshal([]byte(wanted[n]), &y) != nil || fmt.Sprint(x) != fmt.Sprint(y) {
					t.Errorf("%s %q as %s: got %q, want %q", l.layout.FullName(), l.places[n], form, got, wanted[n])
				}
			}
		}
	}
	if places < 20 {
		t.Errorf("got %d columns of JSON, want at least 20", places)
	}
}

// putInside sets a member of an object at a nested path.
func putInside(row map[string]any, place []string, v any) {
	for _, name := range place[:len(place)-1] {
		inner, ok := row[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			row[name] = inner
		}
		row = inner
	}
	row[place[len(place)-1]] = v
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

// cellOf returns the value of a column of a table over a file, or of a nested member.
func cellOf(t *testing.T, p *schema.Layout, file, column string, way []string) string {
	t.Helper()
	e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Layout{file: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return cellsIn(t, e, file, [][]string{append([]string{column}, way...)})[0]
}

// cellsIn returns the values at places in the only row of a table, as texts.
func cellsIn(t *testing.T, e *duckdb.Engine, file string, places [][]string) []string {
	t.Helper()
	table, err := e.Describe(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, place := range places {
		members = append(members, `CAST(t."`+strings.Join(place, `"."`)+`" AS VARCHAR)`)
	}
	_, rows := selectAll(t, e, "SELECT "+strings.Join(members, ", ")+" FROM "+table.Name+" AS t")
	var texts []string
	for _, cell := range rows[0] {
		text, _ := cell.(string)
		texts = append(texts, text)
	}
	return texts
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
