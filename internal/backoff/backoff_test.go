package backoff_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/backoff"
)

// TestPausesDoubleUpToTheirLimit checks the longest and the shortest pause that the random source allows.
func TestPausesDoubleUpToTheirLimit(t *testing.T) {
	half, full := func() float64 { return 0 }, func() float64 { return 1 }
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second, 5: 5 * time.Second, 1000: 5 * time.Second} {
		p := backoff.Policy{First: time.Second, Max: 5 * time.Second, Random: full}
		if got := p.Pause(failures); got != want {
			t.Errorf("after %d failures: got at most %v, want %v", failures, got, want)
		}
		p.Random = half
		if got := p.Pause(failures); got != want/2 {
			t.Errorf("after %d failures: got at least %v, want %v", failures, got, want/2)
		}
	}
	if got := (backoff.Policy{First: time.Second, Random: full}).Pause(9); got != time.Second {
		t.Errorf("policy without Max: got pause %v, want %v", got, time.Second)
	}
}

// TestSleepEndsWithTheContext also checks that Sleep waits for the whole duration otherwise.
func TestSleepEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := backoff.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	start := time.Now()
	if err := backoff.Sleep(t.Context(), 10*time.Millisecond); err != nil || time.Since(start) < 10*time.Millisecond {
		t.Errorf("got error %v after %v, want nil after at least 10ms", err, time.Since(start))
	}
}
