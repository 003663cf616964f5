package plan_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// shortened has objects, and whether engines shorten them to the members a and b.c.
var shortened = []struct {
	text   string
	shorts bool
}{
	{`{"a":"1","z":"LONG","b.c":2}`, true},
	{`{ "z" : "LONG" , "a" : "x, y: \"a\": \\", "b.c" : null }`, true},
	{`{"z":"LONG \"a\":\"no\", ","aa":"1","xa":"2","bxc":"3","a":-1.50e3}`, true},
	{`{"a":true,"a":false,"z":"LONG"}`, true},
	{`{"z":"LONG"}`, true},
	{`{"a":{"a":"1"},"z":"LONG"}`, false},
	{`{"z":{"a":"1"},"a":"LONG"}`, false},
	{`{"a":["1"],"z":"LONG"}`, false},
	{`{"z":"LONG {","a":"1"}`, false},
	{`{"\u0061":"1","z":"LONG"}`, false},
	{`{"a":"1","z":"short"}`, false},
	{`["LONG"]`, false},
	{`"LONG"`, false},
	{``, false},
}

func checkShortened(t *testing.T, db sqltest.Engine, dialect string) {
	t.Helper()
	d := sqlgen.DialectByName(dialect)
	for _, c := range shortened {
		text := strings.ReplaceAll(c.text, "LONG", strings.Repeat("long, ", 30))
		sql := d.Print(&sqltree.Select{
			Columns: []sqltree.Column{{Of: d.MembersOf(sqltree.Name{"c"}, []string{"a", "b.c"}), As: "s"}},
			From:    sqltree.Source{Query: &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Text(text), As: "c"}}}, As: "t"},
		})
		_, rows, err := db.Query(t.Context(), sql)
		if err != nil || len(rows) != 1 {
			t.Fatal(err, sql)
		}
		got, _ := rows[0][0].(string)
		if !c.shorts {
			if got != text {
				t.Errorf("%.60s: got %.200s, want it unchanged", text, got)
			}
			continue
		}
		var all, some, want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got), &some); err != nil {
			t.Errorf("%.60s: got %.200s: %v", text, got, err)
			continue
		}
		want = map[string]json.RawMessage{}
		for _, key := range []string{"a", "b.c"} {
			if v, ok := all[key]; ok {
				want[key] = v
			}
		}
		if !reflect.DeepEqual(some, want) {
			t.Errorf("%.60s: got %s, want only a and b.c", text, got)
		}
	}
}

func TestMembersOfOnDuckDB(t *testing.T) { checkShortened(t, sqltest.DuckDB(t), "duckdb") }

func TestMembersOfOnTrinoIntegration(t *testing.T) { checkShortened(t, sqltest.Trino(t), "trino") }
