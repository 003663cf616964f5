package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/cli"
)

const athenaLakes = `lakes:
  prod:
    engine: athena
    region: eu-west-1
    workgroup: hunting
    database: security
    tables:
      cloudtrail: {table: security.cloudtrail_logs, layout: athena}
    budget: 1GB
  elsewhere: {engine: athena, region: eu-west-1, workgroup: nowhere}
`

// startAthena runs an endpoint that answers every statement with five rows, and goes to a folder whose egret.yaml leads to it.
func startAthena(t *testing.T) *athenatest.Server {
	t.Helper()
	columns := []athenatest.Column{
		{Name: "eventtime", Type: "string"}, {Name: "eventsource", Type: "string"}, {Name: "eventname", Type: "string"},
		{Name: "useridentity", Type: "string"}, {Name: "readonly", Type: "boolean"},
	}
	lake := athenatest.Start(t, athenatest.Options{
		WorkGroups: []athenatest.WorkGroup{{Name: "hunting", OutputLocation: "s3://results/hunt/"}},
		Tables: []athenatest.Table{{
			Database: "security", Name: "cloudtrail_logs", Columns: columns,
			PartitionKeys: []athenatest.Column{{Name: "timestamp", Type: "string"}},
		}},
		Scanned: func(string) int64 { return 123_000_000 },
		Backend: athenatest.BackendFunc(func(_ context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
			if strings.Contains(sql, "FROM nothing") {
				return nil, nil, athenatest.TableMissing("security.nothing")
			}
			return []athenatest.Column{{Name: "n", Type: "bigint"}, {Name: "sql", Type: "varchar"}},
				athenatest.Slice([]any{int64(1), sql}, []any{int64(2), nil}, []any{int64(3), "=x"}, []any{int64(4), "d"}, []any{int64(5), "e"}), nil
		}),
	})
	lake.Endpoint().SetEnv(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("egret.yaml", []byte(athenaLakes), 0o600); err != nil {
		t.Fatal(err)
	}
	return lake
}

// askEgret runs the program in this process and gives its exit code and output. No output ever holds the endpoint's secret.
func askEgret(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = cli.Main(args, strings.NewReader(""), &out, &errs)
	if secret := os.Getenv("AWS_SECRET_ACCESS_KEY"); secret == "" || strings.Contains(out.String()+errs.String(), secret) {
		t.Errorf("egret %s prints a secret", strings.Join(args, " "))
	}
	return code, out.String(), errs.String()
}

// TestQueriesOfAthena: start returns at once, and every other command finds the query by its id.
func TestQueriesOfAthena(t *testing.T) {
	lake := startAthena(t)
	state := filepath.Join(t.TempDir(), "state")
	t.Setenv("XDG_STATE_HOME", state)
	lake.Hold()
	if _, out, errs := askEgret(t, "query", "ping", "--lake", "prod"); out != `{"ok":true,"lake":"prod","engine":"athena","dialect":"athena","attaches":true,"region":"eu-west-1","workgroup":"hunting"}`+"\n" {
		t.Fatalf("%s%s", out, errs)
	}
	code, out, errs := askEgret(t, "query", "start", "--lake", "prod", "SELECT count(*) FROM {cloudtrail};")
	var started struct {
		ID    string
		State string
		Ended bool
	}
	if err := json.Unmarshal([]byte(out), &started); err != nil || code != 0 || started.ID == "" || started.Ended {
		t.Fatalf("%d %v %s%s", code, err, out, errs)
	}
	if _, out, _ := askEgret(t, "query", "status", "--lake", "prod", started.ID); !strings.Contains(out, `"ended":false`) {
		t.Errorf("while it runs: %s", out)
	}
	lake.Release()
	code, out, errs = askEgret(t, "query", "results", "--lake", "prod", started.ID, "--format", "csv")
	if want := "n,sql\n1,\"SELECT count(*) FROM \"\"security\"\".\"\"cloudtrail_logs\"\"\"\n2,\n3,'=x\n4,d\n5,e\n"; code != 0 || out != want {
		t.Errorf("%d %s%s", code, out, errs)
	}
	code, out, errs = askEgret(t, "query", "results", "--lake", "prod", started.ID, "--offset", "2", "--length", "2")
	want := `{"id":"` + started.ID + `","columns":[{"name":"n","type":"bigint"},{"name":"sql","type":"varchar"}],"offset":2,` +
		`"rows":[{"n":"3","sql":"=x"},{"n":"4","sql":"d"}],"length":2,"more":true}` + "\n"
	if code != 0 || out != want {
		t.Errorf("%d\ngot  %swant %s%s", code, out, want, errs)
	}
	if _, out, _ := askEgret(t, "query", "status", "--lake", "prod", started.ID); !strings.Contains(out, `"state":"succeeded","ended":true,"scanned_bytes":123000000`) {
		t.Errorf("at the end: %s", out)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("something was written to the state folder")
	}
}

// TestDeleteStopsAthena: a query that runs is ended on the server.
func TestDeleteStopsAthena(t *testing.T) {
	lake := startAthena(t)
	lake.Hold()
	_, out, errs := askEgret(t, "query", "start", "--lake", "prod", "SELECT 1")
	var started struct{ ID string }
	if err := json.Unmarshal([]byte(out), &started); err != nil {
		t.Fatalf("%v %s%s", err, out, errs)
	}
	if code, out, errs := askEgret(t, "query", "delete", "--lake", "prod", started.ID); code != 0 || out != `{"id":"`+started.ID+`","deleted":true}`+"\n" {
		t.Errorf("%d %s%s", code, out, errs)
	}
	lake.Release()
	if queries := lake.Queries(); len(queries) != 1 || queries[0].State != "CANCELLED" {
		t.Errorf("%+v", queries)
	}
	if _, out, _ := askEgret(t, "query", "status", "--lake", "prod", started.ID); !strings.Contains(out, `"state":"stopped","ended":true`) {
		t.Errorf("afterwards: %s", out)
	}
}

// TestErrorsOfAthena: what is missing is named, for people and for machines.
func TestErrorsOfAthena(t *testing.T) {
	lake := startAthena(t)
	_, out, _ := askEgret(t, "query", "start", "--lake", "prod", "SELECT n FROM nothing")
	var started struct{ ID string }
	if err := json.Unmarshal([]byte(out), &started); err != nil {
		t.Fatal(err, out)
	}
	lake.AddRule(athenatest.Rule{Action: "athena:StartQueryExecution", Refusal: athenatest.DeniedByPolicy("arn:aws:iam::111122223333:user/hunter", "athena:StartQueryExecution", "arn:aws:athena:eu-west-1:111122223333:workgroup/hunting")})
	for _, tt := range []struct {
		args []string
		code int
		want []string // on stdout
		says string   // on stderr
	}{
		{[]string{"query", "results", "--lake", "prod", started.ID}, 4, []string{`"ok":false`, `"kind":"missing"`, started.ID}, "nothing"},
		{[]string{"query", "start", "--lake", "prod", "SELECT 1"}, 4, []string{`"kind":"denied"`, `"permission":"athena:StartQueryExecution"`, "hunting"}, "athena:StartQueryExecution is needed"},
		{[]string{"query", "status", "--lake", "prod", "0e1f2a3b-0000-4000-8000-000000000001"}, 4, []string{`"kind":"missing"`}, "not found"},
		{[]string{"query", "ping", "--lake", "elsewhere"}, 4, []string{`"ok":false`, `"kind":"missing"`, "nowhere"}, "nowhere"},
	} {
		code, out, errs := askEgret(t, tt.args...)
		if code != tt.code || !strings.Contains(errs, tt.says) || strings.Count(out, "\n") != 1 || !json.Valid([]byte(out)) {
			t.Errorf("%v: exit code %d\n%s%s", tt.args, code, out, errs)
		}
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %s in %s", tt.args, want, out)
			}
		}
	}
}

// TestCheckOfAthena compares a table of the data catalog with its schema.
func TestCheckOfAthena(t *testing.T) {
	startAthena(t)
	code, out, errs := askEgret(t, "table", "check", "--lake", "prod", "--format", "json")
	var answer struct {
		Tables []struct {
			Differences []struct{ Kind, Column, Expected, Found string }
			Rules, Run  int
			CannotRun   []struct{ Column, Reason string } `json:"cannot_run"`
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 1 || len(answer.Tables) != 1 {
		t.Fatalf("%d %v %s%s", code, err, out, errs)
	}
	table := answer.Tables[0]
	byColumn := map[string]string{}
	for _, d := range table.Differences {
		byColumn[d.Column] = d.Kind + " " + d.Found
	}
	for column, want := range map[string]string{
		"useridentity": "type string", "readonly": "type boolean", "requestparameters": "missing ", "eventname": "", "timestamp": "",
	} {
		if byColumn[column] != want {
			t.Errorf("%s: %q, want %q", column, byColumn[column], want)
		}
	}
	if table.Rules == 0 || table.Run != table.Rules-len(table.CannotRun) || len(table.CannotRun) == 0 {
		t.Errorf("%d of %d rules run, %d cannot", table.Run, table.Rules, len(table.CannotRun))
	}
	for _, c := range table.CannotRun {
		if byColumn[c.Column] == "" || c.Reason == "" {
			t.Errorf("%+v for want of a column that is as expected", c)
		}
	}
}
