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

// written are the forms in which a value stands in a row of JSON: as itself, as text, as text inside text.
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

// TestJSONTextInJSONRows holds every column of every profile that is an object in the log against the forms in which files
// of JSON have it. What DuckDB gives must be the same for all.
func TestJSONTextInJSONRows(t *testing.T) {
	columns := 0
	for _, p := range schema.AllProfiles() {
		for _, c := range p.Columns {
			for _, way := range objects(&c.Type, nil) {
				columns++
				name := p.FullName() + " " + c.Name + "." + strings.Join(way, ".")
				want := ""
				for _, form := range []string{"itself", "text", "text in a text", "text in texts"} {
					row := inside(c.Name, way, written[form](`{"userName": "bob", "list": [1, {"a": null}]}`))
					if p.Time != nil && p.Time.Place.Column != c.Name {
						row += fmt.Sprintf(`, %q: null`, p.Time.Place.Column)
					}
					file := write(t, filepath.Join(t.TempDir(), "a.jsonl"), "{"+row+"}\n")
					got := cellOf(t, p, file, c.Name, way)
					if form == "itself" {
						if want = got; !strings.Contains(got, "bob") {
							t.Errorf("%s: %q does not have the value", name, got)
						}
						continue
					}
					var x, y any
					if json.Unmarshal([]byte(got), &x) != nil || json.Unmarshal([]byte(want), &y) != nil || fmt.Sprint(x) != fmt.Sprint(y) {
						t.Errorf("%s as %s: %q, expected %q", name, form, got, want)
					}
				}
			}
		}
	}
	if columns < 20 {
		t.Errorf("%d columns of JSON were found", columns)
	}
}

// objects are the ways to JSON in a type, by members.
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

// inside is a member of an object with a value some members deeper.
func inside(name string, way []string, text string) string {
	for i := len(way) - 1; i >= 0; i-- {
		text = fmt.Sprintf("{%q: %s}", way[i], text)
	}
	return fmt.Sprintf("%q: %s", name, text)
}

// cellOf is what a table over a file has in a column, or in a member of it.
func cellOf(t *testing.T, p *schema.Profile, file, column string, way []string) string {
	t.Helper()
	e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Profile{file: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	table, err := e.Describe(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	member := `"` + strings.Join(append([]string{column}, way...), `"."`) + `"`
	_, rows := selectAll(t, e, "SELECT CAST(t."+member+" AS VARCHAR) FROM "+table.Name+" AS t")
	text, _ := rows[0][0].(string)
	return text
}

// TestTextsThatAreNoJSONStay holds strings that only look like JSON text, or hold something else.
func TestTextsThatAreNoJSONStay(t *testing.T) {
	p, err := schema.FindProfile(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"plain"`, `"\"plain\""`, `5`, `true`, `"5"`, `""`, `"a {b}"`} {
		file := write(t, filepath.Join(t.TempDir(), "a.jsonl"), `{"eventtime": "2026-03-10T10:00:00Z", "requestparameters": `+text+"}\n")
		if got := cellOf(t, p, file, "requestparameters", nil); got != text {
			t.Errorf("%s reads as %s", text, got)
		}
	}
}

// TestStructsAsTextInJSONRows reads what a profile has as struct, list and map from text.
func TestStructsAsTextInJSONRows(t *testing.T) {
	athena, err := schema.FindProfile(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	lake, err := schema.FindProfile(schema.All(), "cloudtrail/security-lake-v2")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		profile           *schema.Profile
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
			e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Profile{file: c.profile}})
			if err != nil {
				t.Fatal(err)
			}
			table, err := e.Describe(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			_, rows := selectAll(t, e, "SELECT "+c.expr+" FROM "+table.Name+" AS t")
			if rows[0][0] != c.expect {
				t.Errorf("%s as %s: %v, expected %s", c.expr, form, rows[0][0], c.expect)
			}
			e.Close()
		}
	}
}
