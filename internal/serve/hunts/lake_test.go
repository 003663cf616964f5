package hunts

import (
	"context"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/testkit/laketest"
)

// lakeEvents are four events, two of which the rule matches.
var lakeEvents = []string{
	laketest.Event(1, "StopLogging", "aws-cli", "null"), laketest.Event(2, "DescribeTrails", "aws-cli", "null"),
	laketest.Event(3, "StopLogging", "console", "null"), laketest.Event(4, "ListTrails", "aws-cli", "null"),
}

// lakeStore returns a store over places.
func lakeStore(t *testing.T, p *inquiry.Places) *Store {
	t.Helper()
	s := New(filepath.Join(t.TempDir(), "state"), p)
	s.grace = 50 * time.Millisecond
	t.Cleanup(s.Close)
	return s
}

// runs runs a hunt to its end.
func runs(t *testing.T, s *Store, spec Spec) *Record {
	t.Helper()
	spec.KeepRunning = true
	id, err := s.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, s, id)
}

// resultOf returns the result of a hunt in a format.
func resultOf(t *testing.T, s *Store, id, format string) string {
	t.Helper()
	f, packed, err := s.Result(id, format)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if packed {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A hunt in a lake of DuckDB keeps the same rows in the same formats as one in the file that the lake is over.
func TestHuntInALakeOfDuckDB(t *testing.T) {
	s := lakeStore(t, laketest.DuckDB(t, lakeEvents...))
	outline, err := s.Plan(context.Background(), Spec{Kind: Hunt})
	if err != nil || outline.Queries != 1 || outline.Billed {
		t.Errorf("the plan is %+v, %v", outline, err)
	}
	for _, spec := range []Spec{
		{Kind: Hunt},
		{Kind: Hunt, From: "2026-03-10T10:00:02", To: "2026-03-11"},
		{Kind: Search, Actions: []string{"Describe*", "ListTrails"}},
		{Kind: Summary},
	} {
		inLogs := runs(t, s, spec)
		spec.InLake = true
		inLake := runs(t, s, spec)
		if inLake.State != Done || inLake.Why != "" || inLake.Findings != inLogs.Findings || strings.Join(inLake.Formats, " ") != strings.Join(inLogs.Formats, " ") {
			t.Errorf("%+v: in the lake %+v, in the logs %+v", spec, inLake, inLogs)
			continue
		}
		for _, format := range inLake.Formats {
			got, want := resultOf(t, s, inLake.ID, format), resultOf(t, s, inLogs.ID, format)
			// These have nothing of the ledger, which tells what was read, and no positions in files.
			if (format == "csv" || format == "timeline") && got != want {
				t.Errorf("%+v as %s: in the lake\n%s\nin the logs\n%s", spec, format, got, want)
			}
			if got == "" {
				t.Errorf("%+v as %s is empty", spec, format)
			}
		}
	}
}

// The plan tells the price before anything runs. A hunt over its budget is stopped, says so and what it cost, and goes on with Resume.
func TestHuntInALakeThatBills(t *testing.T) {
	p, server := laketest.Athena(t, "100GB", lakeEvents...)
	s := lakeStore(t, p)
	day := Spec{Kind: Hunt, InLake: true, From: "2026-03-10", To: "2026-03-11"}
	outline, err := s.Plan(context.Background(), day)
	if err != nil || !outline.Billed || outline.Queries != 1 || outline.Bytes != laketest.Scanned || outline.Dollars <= 0 {
		t.Errorf("the plan is %+v, %v", outline, err)
	}
	if ran := statements(server); ran != 0 {
		t.Errorf("the plan ran %d queries", ran)
	}
	more := day
	more.Budget = "200GB"
	if r := runs(t, s, more); r.State != Failed || !strings.Contains(r.Why, "larger than that of the server") || statements(server) != 0 {
		t.Errorf("a budget beyond that of the server: %+v", r)
	}
	r := runs(t, s, day)
	// Besides the query of the plan there are those that follow identities. The default price is 5 USD for 10^12 bytes.
	n := statements(server)
	if price := 5 * float64(n*laketest.Scanned) / 1e12; n < 1 || r.State != Done || r.Findings != 2 || math.Abs(r.Dollars-price) > 1e-6 {
		t.Errorf("%d queries: %+v", n, r)
	}
	// A result that cannot be fetched: the query is billed all the same. The results before are those of SHOW PARTITIONS and EXPLAIN.
	server.AddRule(athenatest.Rule{Action: "athena:GetQueryResults", Skip: 2, Refusal: &athenatest.Refusal{Status: 400, Type: "InvalidRequestException", Message: "a fault in the engine"}})
	summary := day
	summary.Kind = Summary
	if r := runs(t, s, summary); r.State != Failed || r.Dollars < 0.0001 || !strings.Contains(r.Why, "a fault in the engine") {
		t.Errorf("a query that failed: %+v", r)
	}
	server.ClearRules()
}

// Stop ends a hunt in a lake and its query on the server, and Resume runs it again to its end.
func TestHuntInALakeIsStoppedAndResumed(t *testing.T) {
	p, server := laketest.Athena(t, "1GB", lakeEvents...)
	s := lakeStore(t, p)
	spec := Spec{Kind: Search, Actions: []string{"StopLogging"}, InLake: true, From: "2026-03-10", To: "2026-03-11", KeepRunning: true}
	// Partitions are listed and the query is explained before.
	server.HoldIf(billed)
	id, err := s.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	for statements(server) == 0 {
		r, err := s.Get(id)
		if err != nil || r.State != Running {
			t.Fatalf("%+v, %v", r, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := s.Stop(id); err != nil {
		t.Fatal(err)
	}
	r := written(t, s, id)
	// Athena charges a stopped query for what it had read, which the endpoint says is all.
	if r.State != Stopped || r.Why != "stopped by its user" || !r.Resumable || r.Dollars < 0.0001 || server.Count("athena:StopQueryExecution") != 1 {
		t.Errorf("%d queries were stopped; %+v", server.Count("athena:StopQueryExecution"), r)
	}
	server.Release()
	if err := s.Resume(id); err != nil {
		t.Fatal(err)
	}
	if r := written(t, s, id); r.State != Done || r.Why != "" || r.Findings != 2 || r.Resumable {
		t.Errorf("resumed: %+v", r)
	}
	if err := s.Resume(id); err == nil {
		t.Error("a hunt that is done was resumed")
	}
}

// A hunt whose budget is used up ends with what it has found, and does not ask again with the same budget.
func TestHuntInALakeOverItsBudget(t *testing.T) {
	p, server := laketest.Athena(t, "1GB", lakeEvents...)
	s := lakeStore(t, p)
	r := runs(t, s, Spec{Kind: Hunt, InLake: true, From: "2026-03-10", To: "2026-03-13", Budget: "15MB"})
	if r.State != Stopped || r.Why != "the budget is used up" || !r.Resumable || r.Findings != 2 {
		t.Errorf("%+v", r)
	}
	before := statements(server)
	if err := s.Resume(r.ID); err != nil {
		t.Fatal(err)
	}
	if again := written(t, s, r.ID); again.Why != "the budget is used up" || statements(server) != before {
		t.Errorf("resumed: %d queries, before %d; %+v", statements(server), before, again)
	}
}

// statements counts the queries that were billed.
func statements(server *athenatest.Server) int {
	n := 0
	// Iteration order does not matter: this adds up.
	for sql, times := range server.Started() {
		if billed(sql) {
			n += times
		}
	}
	return n
}

// billed reports whether a query reads a table: it neither explains another one nor lists partitions.
func billed(sql string) bool {
	return strings.HasPrefix(sql, "SELECT") || strings.HasPrefix(sql, "WITH")
}
