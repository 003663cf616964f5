package lake

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestServerThatIsDownEndsTheHuntInTime: a task is tried for a bounded time, what is waited for is said, and the tasks behind it
// do not wait as long each.
func TestServerThatIsDownEndsTheHuntInTime(t *testing.T) {
	down := &engine.Error{Kind: engine.Transient, Engine: "fake", Err: errors.New("no route to host")}
	f := newFake(func(string, int) ([][]any, int64, error) { return nil, 0, down })
	var mutex sync.Mutex
	var said []error
	l := huntOf(t, f, func(o *Options) {
		o.InFlight, o.To, o.Backoff, o.RetryFor = 1, o.From.AddDate(0, 0, 30), 20*time.Millisecond, 100*time.Millisecond
		o.Waits = func(err error, pause time.Duration) {
			mutex.Lock()
			defer mutex.Unlock()
			if pause <= 0 {
				t.Errorf("a pause of %v is told", pause)
			}
			said = append(said, err)
		}
	})
	begin(t, l, t.TempDir(), "")
	start := time.Now()
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second || !errors.Is(l.Fault(), down) || len(f.starts) != 1 {
		t.Errorf("%d slices were tried for %v; fault %v", len(f.starts), took, l.Fault())
	}
	if len(said) == 0 || !errors.Is(said[0], down) || len(said) > maxAttempts {
		t.Errorf("told were %v", said)
	}
}
