package mcp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/mcp"
	"github.com/egret-hunt/egret/internal/testkit/laketest"
)

// lakeEvents are four events, two of which the rule matches.
var lakeEvents = []string{
	laketest.Event(1, "StopLogging", "aws-cli", "null"), laketest.Event(2, "DescribeTrails", "aws-cli", "null"),
	laketest.Event(3, "StopLogging", order, "null"), laketest.Event(4, "ListTrails", "aws-cli", "null"),
}

// The tools read a lake in DuckDB as they read the file that it is over.
func TestToolsInALakeOfDuckDB(t *testing.T) {
	s := client(t, laketest.DuckDB(t, lakeEvents...), mcp.Options{})
	_, text, failed := call(t, s, "lake_plan", map[string]any{})
	if failed || !strings.Contains(text, `"queries":1`) {
		t.Errorf("the plan is %s", text)
	}
	for _, c := range []struct {
		tool string
		args map[string]any
		// items are ids of events, in order
		items []string
		text  string
	}{
		{"hunt", map[string]any{}, []string{"000000000001", "000000000003"}, "Trail stopped"},
		{"hunt", map[string]any{"from": "2026-03-10T10:00:02", "to": "2026-03-11"}, []string{"000000000003"}, ""},
		{"hunt", map[string]any{"from": "2027-01-01", "to": "2027-01-02"}, nil, ""},
		{"search", map[string]any{"actions": []string{"Describe*"}}, []string{"000000000002"}, ""},
		{"search", map[string]any{"texts": []string{"earlier instructions"}}, []string{"000000000003"}, ""},
		{"summary", map[string]any{}, nil, "arn:aws:iam::111122223333:user/admin"},
	} {
		for _, in := range []bool{true, false} {
			c.args["in_lake"] = in
			r, text, failed := call(t, s, c.tool, c.args)
			if failed || len(r.Log.Items) != len(c.items) || !strings.Contains(r.Log.Text, c.text) {
				t.Errorf("%s %v: %s", c.tool, c.args, text)
				continue
			}
			for i, id := range c.items {
				if !strings.Contains(string(r.Log.Items[i]), id) {
					t.Errorf("%s %v: item %d is %s, want the event %s", c.tool, c.args, i, r.Log.Items[i], id)
				}
			}
		}
	}
}

// What a lake bills counts for all calls together, also for those that fail after a query, and a plan is free.
func TestBudgetOfALakeThatBills(t *testing.T) {
	p, server := laketest.Athena(t, "50MiB", lakeEvents...)
	s := client(t, p, mcp.Options{})
	day := map[string]any{"in_lake": true, "from": "2026-03-10", "to": "2026-03-11"}
	if _, text, failed := call(t, s, "lake_plan", map[string]any{"from": "2026-03-10", "to": "2026-03-11"}); failed || !strings.Contains(text, `"billed":true`) {
		t.Errorf("the plan is %s", text)
	}
	if n := billed(server); n != 0 {
		t.Errorf("a plan ran %d queries", n)
	}
	// The query reads 20 MiB, and its result cannot be fetched. The results before are those of SHOW PARTITIONS and EXPLAIN.
	server.AddRule(athenatest.Rule{Action: "athena:GetQueryResults", Skip: 2, Refusal: &athenatest.Refusal{
		Status: 400, Type: "InvalidRequestException", Message: "a fault in the engine",
	}})
	if _, text, failed := call(t, s, "summary", day); !failed || !strings.Contains(text, "a fault in the engine") {
		t.Errorf("the query that fails: %s", text)
	}
	server.ClearRules()
	r, text, failed := call(t, s, "summary", day)
	if spent := r.Result["spent_bytes_of_all_calls"]; failed || spent != float64(2*laketest.Scanned) {
		t.Errorf("after a call that failed and one that did not, %v bytes are spent: %s", spent, text)
	}
	// 10 MiB are left: one more query may start, and uses them up.
	if _, text, failed := call(t, s, "hunt", day); failed {
		t.Errorf("the last call: %s", text)
	}
	for _, tool := range []string{"hunt", "search", "summary", "lake_plan"} {
		args := map[string]any{"from": "2026-03-10", "to": "2026-03-11"}
		if tool != "lake_plan" {
			args["in_lake"] = true
		}
		if _, text, failed := call(t, s, tool, args); !failed || !strings.Contains(text, "used up") {
			t.Errorf("%s beyond the budget: %s", tool, text)
		}
	}
}

// Calls at the same time share the budget too: each learns what is left when it is its turn.
func TestCallsAtOnceShareTheBudget(t *testing.T) {
	p, server := laketest.Athena(t, "30MiB", lakeEvents...)
	s := client(t, p, mcp.Options{Timeout: time.Minute})
	done := make(chan bool)
	for range 6 {
		go func() {
			_, _, failed := call(t, s, "summary", map[string]any{"in_lake": true, "from": "2026-03-10", "to": "2026-03-11"})
			done <- failed
		}()
	}
	failures := 0
	for range 6 {
		if <-done {
			failures++
		}
	}
	// The first reads 20 MiB, the second the rest and more; no further query begins.
	if n := billed(server); failures != 4 || n != 2 {
		t.Errorf("%d of 6 calls failed, want 4; %d queries ran, want 2", failures, n)
	}
}

// billed counts the queries that were billed: not those that explain others or list partitions.
func billed(server *athenatest.Server) int {
	n := 0
	// Iteration order does not matter: this adds up.
	for sql, times := range server.Started() {
		if strings.HasPrefix(sql, "SELECT") || strings.HasPrefix(sql, "WITH") {
			n += times
		}
	}
	return n
}
