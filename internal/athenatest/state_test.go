package athenatest_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
)

// clock is a clock that a test sets, in nanoseconds since 1970.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(0, c.at.Load()) }

func (c *clock) set(at time.Time) { c.at.Store(at.UnixNano()) }

func TestStatesFollowPolls(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, QueuedPolls: 2, RunningPolls: 1})
	id := start(t, s, "SELECT 1", "a")
	var states []string
	for range 3 {
		states = append(states, state(t, s, id))
	}
	if !slices.Equal(states, []string{"QUEUED", "QUEUED", "RUNNING"}) {
		t.Errorf("states %v", states)
	}
	if a := ended(t, s, id); a.value("QueryExecution.Status.State") != "SUCCEEDED" {
		t.Errorf("got %s", a.body)
	}
}

func TestStatesFollowTheClock(t *testing.T) {
	var now clock
	began := time.Now()
	now.set(began)
	s := athenatest.Start(t, athenatest.Options{Backend: one, Now: now.now, QueuedFor: 2 * time.Second, RunningFor: 3 * time.Second})
	id := start(t, s, "SELECT 1", "a")
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "QUEUED"}, {1999 * time.Millisecond, "QUEUED"}, {2 * time.Second, "RUNNING"}, {4999 * time.Millisecond, "RUNNING"}} {
		now.set(began.Add(step.after))
		if got := state(t, s, id); got != step.want {
			t.Errorf("after %s: %s, want %s", step.after, got, step.want)
		}
	}
	now.set(began.Add(6 * time.Second))
	ended(t, s, id)
	now.set(began.Add(60 * time.Second)) // the times of a finished query do not change
	a := ended(t, s, id)
	for path, want := range map[string]float64{"QueryQueueTimeInMillis": 2000, "EngineExecutionTimeInMillis": 4000, "TotalExecutionTimeInMillis": 6000} {
		if got := a.value("QueryExecution.Statistics." + path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestHeldQueriesEndWhenReleased(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	s.Hold()
	id := start(t, s, "SELECT 1", "a")
	for range 20 {
		if got := state(t, s, id); got != "RUNNING" {
			t.Fatalf("held, but %s", got)
		}
	}
	stopped := start(t, s, "SELECT 2", "b")
	request(t, s, "StopQueryExecution", map[string]any{"QueryExecutionId": stopped})
	if got := state(t, s, stopped); got != "CANCELLED" {
		t.Errorf("stopped, but %s", got)
	}
	s.Release()
	if got := ended(t, s, id).value("QueryExecution.Status.State"); got != "SUCCEEDED" {
		t.Errorf("released, but %v", got)
	}
	if q := s.Queries(); q[1].State != "CANCELLED" || q[1].Reason != "Query cancelled by user" {
		t.Errorf("got %+v", q[1])
	}
}

func TestATokenStartsOneQuery(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one})
	a, b, c := start(t, s, "SELECT 1", "a"), start(t, s, "SELECT 1", "a"), start(t, s, "SELECT 1", "b")
	if a != b || a == c {
		t.Errorf("got ids %s, %s for one token, %s for another", a, b, c)
	}
	if q := s.Queries(); len(q) != 2 || len(q[0].Starts) != 2 || len(q[1].Starts) != 1 {
		t.Errorf("got %+v", q)
	}
	if got := s.Started(); len(got) != 1 || got["SELECT 1"] != 2 {
		t.Errorf("started %v", got)
	}
	for token, want := range map[string]string{
		"short": "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
	} {
		got := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "ClientRequestToken": token})
		if got.status != 400 || got.value("Message") != want {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}
	if got := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1"}); got.value("Message") != "clientRequestToken is null or empty" {
		t.Errorf("got %s", got.body)
	}
}

func TestActiveQueryLimit(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, Active: 2})
	s.Hold()
	first := start(t, s, "SELECT 1", "a")
	start(t, s, "SELECT 2", "b")
	third := map[string]any{"QueryString": "SELECT 3", "ClientRequestToken": pad("c")}
	if got := request(t, s, "StartQueryExecution", third); got.value("__type") != "TooManyRequestsException" || got.value("Reason") != "CONCURRENT_QUERY_LIMIT_EXCEEDED" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if again := start(t, s, "SELECT 1", "a"); again != first {
		t.Error("a repeated start counted as another query")
	}
	request(t, s, "StopQueryExecution", map[string]any{"QueryExecutionId": first})
	if got := request(t, s, "StartQueryExecution", third); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// TestWhatIsBilled checks that a query that exceeds the limit is billed for what it read, a failed one for nothing, and
// that EXPLAIN reads nothing.
func TestWhatIsBilled(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, Scanned: func(string) int64 { return 50 },
		WorkGroups: []athenatest.WorkGroup{{Name: "primary", OutputLocation: "s3://out", BytesCutoff: 50}, {Name: "small", OutputLocation: "s3://out", BytesCutoff: 49}}})
	s.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: "broken", Failure: athenatest.Exhausted()})
	for i, c := range []struct {
		sql, group, state string
		bytes             int64
	}{
		{"SELECT 1", "primary", "SUCCEEDED", 50}, {"SELECT 1", "small", "CANCELLED", 49}, {"SELECT broken", "primary", "FAILED", 0},
		{"EXPLAIN SELECT 1", "small", "SUCCEEDED", 0},
	} {
		a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": c.sql, "WorkGroup": c.group, "ClientRequestToken": pad(fmt.Sprint(i))})
		id, _ := a.value("QueryExecutionId").(string)
		a = ended(t, s, id)
		if q := s.Queries()[i]; a.value("QueryExecution.Status.State") != c.state || a.value("QueryExecution.Statistics.DataScannedInBytes") != float64(c.bytes) ||
			q.State != c.state || q.ScannedBytes != c.bytes {
			t.Errorf("got %+v: %+v, %s", c, q, a.body)
		}
	}
}

func TestWorkGroupSettingsAreEnforced(t *testing.T) {
	s := athenatest.Start(t, athenatest.Options{Backend: one, Buckets: []string{"mine"}, WorkGroups: []athenatest.WorkGroup{
		{Name: "strict", OutputLocation: "s3://theirs/place/", Enforced: true, Encryption: "SSE_KMS", KMSKey: "key"},
		{Name: "loose", OutputLocation: "s3://theirs/place/", Encryption: "SSE_S3"},
		{Name: "closed", Disabled: true},
	}})
	ours := map[string]any{"OutputLocation": "s3://mine/here", "EncryptionConfiguration": map[string]any{"EncryptionOption": "CSE_KMS", "KmsKey": "ours"}}
	for group, want := range map[string]string{"strict": "s3://theirs/place/%s.csv SSE_KMS", "loose": "s3://mine/here/%s.csv CSE_KMS"} {
		a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "WorkGroup": group, "ClientRequestToken": pad(group), "ResultConfiguration": ours})
		id, _ := a.value("QueryExecutionId").(string)
		a = ended(t, s, id)
		got := fmt.Sprint(a.value("QueryExecution.ResultConfiguration.OutputLocation"), " ", a.value("QueryExecution.ResultConfiguration.EncryptionConfiguration.EncryptionOption"))
		if got != fmt.Sprintf(want, id) {
			t.Errorf("%s: got %s", group, got)
		}
	}
	a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "WorkGroup": "closed", "ClientRequestToken": pad("x")})
	if a.value("Message") != "WorkGroup closed is disabled." {
		t.Errorf("got %s", a.body)
	}
}
