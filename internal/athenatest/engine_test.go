package athenatest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func TestRunsOnDuckDB(t *testing.T) { runsOn(t, sqltest.DuckDB(t)) }

func TestIntegrationRunsOnTrino(t *testing.T) {
	e := sqltest.Trino(t)
	runsOn(t, e)
	s := athenatest.Start(t, athenatest.Options{Backend: athenatest.SQL(e)})
	id := start(t, s, "EXPLAIN SELECT 1", "plan")
	if a := ended(t, s, id); a.value("QueryExecution.Status.State") != "SUCCEEDED" {
		t.Errorf("got %s", a.body)
	}
	if body, err := s.Object("athena-results", id+".txt"); err != nil || !strings.Contains(string(body), "Output") {
		t.Errorf("%q, %v", body, err)
	}
}

// runsOn checks that rows of an engine are written as Athena writes them, and that its errors have Athena's names.
func runsOn(t *testing.T, e sqltest.Engine) {
	t.Helper()
	columns := []schema.Column{
		{Name: "name", Type: schema.Type{Kind: schema.Text}}, {Name: "size", Type: schema.Type{Kind: schema.Integer}},
		{Name: "ratio", Type: schema.Type{Kind: schema.Double}}, {Name: "good", Type: schema.Type{Kind: schema.Boolean}},
		{Name: "seen", Type: schema.Type{Kind: schema.Timestamp}}, {Name: "tags", Type: schema.Type{Kind: schema.Array}},
		{Name: "who", Type: schema.Type{Kind: schema.Struct, Members: []schema.Column{{Name: "type"}, {Name: "arn"}}}},
	}
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	err := e.Load(t.Context(), "things", columns, [][]any{
		{`a "quoted" name`, int64(1), 0.5, true, at, []any{"x", "y"}, map[string]any{"type": "Root", "arn": nil}},
		{nil, nil, nil, nil, nil, nil, nil},
		{"", int64(-2), 1e21, false, at.Add(250 * time.Millisecond), []any{}, map[string]any{"type": "IAMUser", "arn": "arn:x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := athenatest.Start(t, athenatest.Options{Backend: athenatest.SQL(e)})
	id := start(t, s, "SELECT name, size, ratio, good, seen, tags, who FROM things ORDER BY size", "rows")
	if a := ended(t, s, id); a.value("QueryExecution.Status.State") != "SUCCEEDED" {
		t.Fatalf("got %s", a.body)
	}
	body, err := s.Object("athena-results", id+".csv")
	want := `"name","size","ratio","good","seen","tags","who"
"","-2","1.0E21","false","2026-02-03 04:05:06.250","[]","{arn=arn:x, type=IAMUser}"
"a ""quoted"" name","1","0.5","true","2026-02-03 04:05:06.000","[x, y]","{arn=null, type=Root}"
,,,,,,
`
	if err != nil || string(body) != want {
		t.Errorf("%v\n%s", err, body)
	}
	a := request(t, s, "GetQueryResults", map[string]any{"QueryExecutionId": id})
	var types []string
	list, _ := a.value("ResultSet.ResultSetMetadata.ColumnInfo").([]any)
	for _, c := range list {
		name, _ := c.(map[string]any)["Type"].(string)
		types = append(types, name)
	}
	if got := strings.Join(types, " "); got != "varchar bigint double boolean timestamp array row" {
		t.Errorf("types %s", got)
	}
	for sql, reason := range map[string]string{"SELECT * FROM absent": "TABLE_NOT_FOUND: line 1:", "SELECT FROM WHERE": "SYNTAX_ERROR: line 1:"} {
		a := ended(t, s, start(t, s, sql, sql))
		got, _ := a.value("QueryExecution.Status.StateChangeReason").(string)
		if a.value("QueryExecution.Status.State") != "FAILED" || !strings.HasPrefix(got, reason) || a.value("QueryExecution.Status.AthenaError.ErrorCategory") != 2.0 {
			t.Errorf("%s: got %s", sql, a.body)
		}
	}
}
