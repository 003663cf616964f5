package lake

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestFailingQueriesEndTheHuntInTime checks that a failing query is retried for a limited time, that pauses are
// reported, and that the following tasks do not wait as long.
func TestFailingQueriesEndTheHuntInTime(t *testing.T) {
	down := &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("no workers")}
	f := newFake(func(string, int) ([][]any, int64, error) { return nil, 0, down })
	var mutex sync.Mutex
	var reportedErrors []error
	l := huntOf(t, f, func(o *Options) {
		o.InFlight, o.To, o.Backoff, o.RetryFor = 1, o.From.AddDate(0, 0, 30), 20*time.Millisecond, 100*time.Millisecond
		o.OnPause = func(err error, pause time.Duration) {
			mutex.Lock()
			defer mutex.Unlock()
			if pause <= 0 {
				t.Errorf("got pause %v, want a positive one", pause)
			}
			reportedErrors = append(reportedErrors, err)
		}
	})
	begin(t, l, t.TempDir(), "")
	start := time.Now()
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second || !errors.Is(l.Fault(), down) || len(f.starts) != 1 {
		t.Errorf("got %d chunks tried for %v; fault %v", len(f.starts), took, l.Fault())
	}
	if len(reportedErrors) == 0 || !errors.Is(reportedErrors[0], down) || len(reportedErrors) > maxAttempts {
		t.Errorf("got reported errors %v", reportedErrors)
	}
}

// TestUnreachableEngineIsNotRetried checks that calls that the engine has already retried are not retried, so that an
// outage does not cost time for each task or attempt. The hunt can be resumed.
func TestUnreachableEngineIsNotRetried(t *testing.T) {
	down := &engine.Error{Kind: engine.Transient, Engine: "fake", Retried: true, Err: errors.New("no route to host")}
	f := newFake(func(string, int) ([][]any, int64, error) { return nil, 0, down })
	l := huntOf(t, f, func(o *Options) {
		o.InFlight, o.To, o.Backoff, o.RetryFor = 1, o.From.AddDate(0, 0, 30), time.Hour, 100*time.Hour
		o.OnPause = func(err error, pause time.Duration) { t.Errorf("got pause %v for %v, want none", pause, err) }
	})
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); len(f.starts) != 1 || !errors.Is(l.Fault(), down) || c.Retried != 0 || int(c.Left.Total) != c.Chunks {
		t.Errorf("got %d queries; fault %v, %+v", len(f.starts), l.Fault(), c)
	}
}

// TestAbandonedCallFailsOnlyItsTask checks that the hunt continues while other queries succeed.
func TestAbandonedCallFailsOnlyItsTask(t *testing.T) {
	var l *Lake
	down := &engine.Error{Kind: engine.Transient, Engine: "fake", Retried: true, Err: errors.New("throttled")}
	rows := oneRow(&l)
	var mutex sync.Mutex
	first, worked := true, false
	others := make(chan struct{})
	f := newFake(func(sql string, attempt int) ([][]any, int64, error) {
		mutex.Lock()
		mine := first
		first = false
		mutex.Unlock()
		if mine {
			<-others // another query succeeds before this one fails
			return nil, 0, down
		}
		defer func() {
			mutex.Lock()
			defer mutex.Unlock()
			if !worked {
				worked = true
				time.AfterFunc(200*time.Millisecond, func() { close(others) })
			}
		}()
		return rows(sql, attempt)
	})
	l = huntOf(t, f, func(o *Options) { o.InFlight = 2 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); l.Fault() != nil || c.Left.Total != 1 || c.Done != c.Chunks-1 {
		t.Errorf("got fault %v, %+v", l.Fault(), c)
	}
}
