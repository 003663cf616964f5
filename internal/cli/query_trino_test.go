package cli_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestQueriesOfTrinoIntegration: on a real cluster, whose queries end with their process, start keeps the rows.
func TestQueriesOfTrinoIntegration(t *testing.T) {
	e := sqltest.Trino(t)
	text := schema.Type{Kind: schema.Text}
	err := e.Load(t.Context(), "events", []schema.Column{{Name: "event", Type: text}}, [][]any{{`{"eventName":"A"}`}, {`{"eventName":"B"}`}})
	if err != nil {
		t.Fatal(err)
	}
	_, rows, err := e.Query(t.Context(), "SELECT current_schema")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("AWS_SECRET_ACCESS_KEY", "nobody-asks-for-it")
	t.Chdir(t.TempDir())
	config := "lakes: {prod: {engine: trino, url: '" + strings.TrimSuffix(os.Getenv("EGRET_TRINO"), "/") + "', user: hunter, catalog: memory, schema: " +
		rows[0][0].(string) + ", tables: {cloudtrail: {table: events, layout: files}}}}"
	if err := os.WriteFile("egret.yaml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := askEgret(t, "query", "ping", "--lake", "prod"); code != 0 || !strings.Contains(out, `"ok":true,"lake":"prod","engine":"trino"`) {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	code, out, errs := askEgret(t, "query", "start", "--lake", "prod", "SELECT event, 9007199254740993 AS n FROM {cloudtrail} ORDER BY 1")
	var started struct{ ID string }
	if err := json.Unmarshal([]byte(out), &started); err != nil || code != 0 {
		t.Fatalf("%d %v %s%s", code, err, out, errs)
	}
	want := `{"event":"{\"eventName\":\"A\"}","n":9007199254740993}` + "\n" + `{"event":"{\"eventName\":\"B\"}","n":9007199254740993}` + "\n"
	if code, out, errs := askEgret(t, "query", "results", "--lake", "prod", started.ID, "--format", "jsonl"); code != 0 || out != want {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, out, errs := askEgret(t, "query", "delete", "--lake", "prod", started.ID); code != 0 {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, out, _ := askEgret(t, "query", "start", "--lake", "prod", "SELECT nothing"); code != 4 || !strings.Contains(out, `"engine":"trino"`) {
		t.Errorf("%d %s", code, out)
	}
	if code, out, errs := askEgret(t, "table", "check", "--lake", "prod"); code != 0 || !strings.HasPrefix(out, "events (cloudtrail/files): as expected\n") {
		t.Errorf("%d %s%s", code, out, errs)
	}
}
