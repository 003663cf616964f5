package cli

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestWaitsAreTold: at once where the wait is long, after some short ones, and seldom then.
func TestWaitsAreTold(t *testing.T) {
	var stderr strings.Builder
	a := &app{stderr: &stderr}
	tell := a.tellWaits()
	down := errors.New("trino: no answer from\x1b[31m https://trino.example.com")
	tell(down, 100*time.Millisecond)
	if stderr.Len() > 0 {
		t.Errorf("a moment of throttling is told: %q", stderr.String())
	}
	for range 50 {
		tell(down, time.Second)
	}
	if got := stderr.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "waiting: trino: no answer from") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}
