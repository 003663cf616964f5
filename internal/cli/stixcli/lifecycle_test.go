package stixcli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/cli/stixcli"
)

// flowRows is a backend with three flows for the statement that the test expects.
func flowRows(_ context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
	if !strings.HasPrefix(sql, `SELECT "logs"."flows".* FROM "logs"."flows" WHERE `) || !strings.Contains(sql, "'192.0.2.1'") {
		return nil, nil, athenatest.TableMissing("awsdatacatalog.logs.other")
	}
	columns := []athenatest.Column{{Name: "srcaddr"}, {Name: "dstaddr"}, {Name: "dstport"}, {Name: "protocol"}, {Name: "start"}, {Name: "end"}, {Name: "action"}}
	return columns, func(yield func([]any, error) bool) {
		for n := range int64(3) {
			if !yield([]any{"192.0.2.1", "192.0.2.2", 22 + n, int64(1), int64(1_772_445_600), int64(1_772_445_640), "ACCEPT"}, nil) {
				return
			}
		}
	}, nil
}

// TestLifeCycle runs a pattern as scripts do: translate, start, poll, read pages, translate the rows, stop.
func TestLifeCycle(t *testing.T) {
	server := athenatest.Start(t, athenatest.Options{Backend: athenatest.BackendFunc(flowRows), QueuedPolls: 1, RunningPolls: 1,
		WorkGroups: []athenatest.WorkGroup{{Name: "primary", OutputLocation: "s3://results/own/"}}, Region: "eu-west-1"})
	server.SetEnv(t)
	call := func(args ...string) map[string]any {
		t.Helper()
		cmd := stixcli.Command(host{})
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(args)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		var answer map[string]any
		if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
			t.Fatalf("%v in %s", err, out.Bytes())
		}
		return answer
	}
	// Empty keys stand for those of the environment.
	const (
		connection = `{"region": "eu-west-1", "s3_bucket_location": "s3://results/x/", "vpcflow_database_name": "logs", "vpcflow_table_name": "flows"}`
		secret     = `{"auth": {"aws_access_key_id": "", "aws_secret_access_key": ""}}`
		identity   = `{"type": "identity", "id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", "name": "x", "identity_class": "events"}`
	)
	transmit := func(args ...string) map[string]any {
		t.Helper()
		return call(append([]string{"transmit", "aws_athena", connection, secret}, args...)...)
	}
	if got := transmit("ping"); got["success"] != true {
		t.Fatalf("got %v", got)
	}
	queries := call("translate", "aws_athena:vpcflow", "query", "{}", "[ipv4-addr:value = '192.0.2.1']")["queries"].([]any)
	query, err := json.Marshal(queries[0])
	if err != nil {
		t.Fatal(err)
	}
	id, _ := transmit("query", string(query))["search_id"].(string)
	if !strings.HasSuffix(id, ":vpcflow") {
		t.Fatalf("got id %q", id)
	}
	if got := transmit("results", id, "0", "2"); got["code"] != "invalid_parameter" {
		t.Errorf("rows of a query that runs: %v", got)
	}
	var states []any
	for range 5 {
		status := transmit("status", id)
		if states = append(states, status["status"]); status["progress"] == 100.0 {
			break
		}
	}
	if states[0] != "RUNNING" || states[len(states)-1] != "COMPLETED" {
		t.Errorf("got states %v", states)
	}
	first := transmit("results", id, "0", "2")
	metadata, _ := first["metadata"].(string)
	second := transmit("results", id, "2", "2", metadata)
	end, _ := second["metadata"].(string)
	third := transmit("results", id, "4", "2", end)
	rows := append(first["data"].([]any), second["data"].([]any)...)
	if len(rows) != 3 || !strings.HasPrefix(end, "COMPLETE:::") || len(third["data"].([]any)) != 0 {
		t.Fatalf("got %v, %v and %v", first, second, third)
	}
	data, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	bundle := call("translate", "aws_athena", "results", identity, string(data))
	if objects := bundle["objects"].([]any); len(objects) != 4 {
		t.Errorf("got %v", objects)
	} else if o := objects[1].(map[string]any); o["last_observed"] != "2026-03-02T10:00:40.000Z" {
		t.Errorf("got %v", o)
	}
	if got := transmit("delete", id); got["success"] != true {
		t.Errorf("got %v", got)
	}
	if got := call("execute", "aws_athena", "aws_athena", identity, connection, secret, "[ipv4-addr:value = '192.0.2.1']"); len(got["objects"].([]any)) != 4 {
		t.Errorf("got %v", got)
	}
}
