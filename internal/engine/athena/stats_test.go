package athena

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestBilledBytesFollowPriceList checks bytes, minimums and free queries against AWS's price list.
func TestBilledBytesFollowPriceList(t *testing.T) {
	const mb = 1 << 20
	read := func(n int64) *types.QueryExecutionStatistics {
		return &types.QueryExecutionStatistics{DataScannedInBytes: &n}
	}
	reused := read(0)
	reused.ResultReuseInformation = &types.ResultReuseInformation{ReusedPreviousResult: true}
	for _, c := range []struct {
		name            string
		state           types.QueryExecutionState
		statement       types.StatementType
		sql             string
		statistics      *types.QueryExecutionStatistics
		scanned, billed int64
		reused          bool
	}{
		{"small", "SUCCEEDED", "DML", "SELECT 1", read(1000), 1000, 10 * mb, false},
		{"nothing", "SUCCEEDED", "DML", "SELECT 1", read(0), 0, 10 * mb, false},
		{"at the minimum", "SUCCEEDED", "DML", "SELECT 1", read(10 * mb), 10 * mb, 10 * mb, false},
		{"above the minimum", "SUCCEEDED", "DML", "SELECT 1", read(10*mb + 1), 10*mb + 1, 11 * mb, false},
		{"large", "SUCCEEDED", "DML", "SELECT 1", read(5 << 40), 5 << 40, 5 << 40, false},
		{"reused", "SUCCEEDED", "DML", "SELECT 1", reused, 0, 0, true},
		{"failed", "FAILED", "DML", "SELECT 1", read(50 * mb), 50 * mb, 0, false},
		{"stopped", "CANCELLED", "DML", "SELECT 1", read(50*mb + 5), 50*mb + 5, 51 * mb, false},
		{"stopped early", "CANCELLED", "DML", "SELECT 1", read(5), 5, 10 * mb, false},
		{"stopped in the queue", "CANCELLED", "DML", "SELECT 1", read(0), 0, 0, false},
		{"running", "RUNNING", "DML", "SELECT 1", read(70 * mb), 70 * mb, 70 * mb, false},
		{"queued", "QUEUED", "DML", "SELECT 1", nil, 0, 0, false},
		{"unknown", "RUNNING", "DML", "SELECT 1", nil, -1, 0, false},
		{"DDL", "SUCCEEDED", "DDL", "CREATE TABLE x", read(0), 0, 0, false},
		{"utility", "SUCCEEDED", "UTILITY", "SHOW TABLES", read(0), 0, 0, false},
		{"explained", "SUCCEEDED", "DML", "EXPLAIN (TYPE IO, FORMAT JSON) SELECT 1", read(0), 0, 0, false},
		{"explained by running", "SUCCEEDED", "DML", "explain analyze SELECT 1", read(0), 0, 10 * mb, false},
		{"negative", "SUCCEEDED", "DML", "", read(-5), 0, 10 * mb, false},
	} {
		s := statsOf(&types.QueryExecution{Query: &c.sql, StatementType: c.statement, Status: &types.QueryExecutionStatus{State: c.state}, Statistics: c.statistics})
		if s.ScannedBytes != c.scanned || s.BilledBytes != c.billed || s.Reused != c.reused {
			t.Errorf("%s: got %+v, want %d scanned, %d billed, reused %v", c.name, s, c.scanned, c.billed, c.reused)
		}
	}
	s := statsOf(&types.QueryExecution{Status: &types.QueryExecutionStatus{State: "SUCCEEDED"}, Statistics: &types.QueryExecutionStatistics{
		QueryQueueTimeInMillis: aws.Int64(150), EngineExecutionTimeInMillis: aws.Int64(2500)}})
	if s.Queued != 150*time.Millisecond || s.Ran != 2500*time.Millisecond {
		t.Errorf("got queued %v and ran %v, want 150ms and 2.5s", s.Queued, s.Ran)
	}
}

func TestStatesOfQueries(t *testing.T) {
	for state, want := range map[types.QueryExecutionState]engine.State{"QUEUED": engine.Queued, "RUNNING": engine.Running, "SUCCEEDED": engine.Succeeded,
		"FAILED": engine.Failed, "CANCELLED": engine.Stopped, "SOMETHING_NEW": engine.Running} {
		if got := stateOf(&types.QueryExecution{Status: &types.QueryExecutionStatus{State: state}}); got != want {
			t.Errorf("%s: got %s, want %s", state, got, want)
		}
	}
}
