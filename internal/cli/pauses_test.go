package cli

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestPausesAreReported checks that short pauses are not reported, and that many pauses are reported once.
func TestPausesAreReported(t *testing.T) {
	var stderr strings.Builder
	a := &app{stderr: &stderr}
	tell := a.pauseReporter()
	down := errors.New("trino: no answer from\x1b[31m https://trino.example.com")
	tell(down, 100*time.Millisecond)
	if stderr.Len() > 0 {
		t.Errorf("got %q for short throttling", stderr.String())
	}
	for range 50 {
		tell(down, time.Second)
	}
	if got := stderr.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "waiting: trino: no answer from") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}
